/* What ingest refuses, and that a pull which fails changes nothing. */
#include "facts_fixture.h"

static void refused(fixture *f, bh_status status, const char *words) {
  assert_int_equal(status, BH_E_INVALID);
  if (!strstr(f->err.message, words)) fail_msg("got \"%s\", expected \"%s\"", f->err.message, words);
}

static void rows_are_checked(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(1));
  bh_in_asset good = {.client = BH_S("acme"), .kind = BH_S("device"), .klass = BH_S("pc"), .id = BH_S("a"), .name = BH_S("A"), .from = dec_day(2), .to = BH_DAY_MAX,
                      .last_seen = BH_DAY_MIN, .attrs = BH_S("{}")}, x = good;
  x.to = dec_day(1);
  refused(f, bh_ingest_asset(in, BH_SCOPE_INTERVALS, &x, &f->err), "asset \"a\" of client \"acme\": to (2026-12-01) is before from (2026-12-02)");
  x = good, x.client = BH_S("");
  refused(f, bh_ingest_asset(in, BH_SCOPE_PRESENT, &x, &f->err), "the client is empty");
  x = good, x.client = BH_S("*");
  refused(f, bh_ingest_asset(in, BH_SCOPE_PRESENT, &x, &f->err), "stands for all");
  x = good, x.id = BH_S("");
  refused(f, bh_ingest_asset(in, BH_SCOPE_PRESENT, &x, &f->err), "id is empty");
  x = good, x.kind = BH_S("");
  refused(f, bh_ingest_asset(in, BH_SCOPE_PRESENT, &x, &f->err), "kind is empty");
  x = good, x.name = BH_S("\xff");
  refused(f, bh_ingest_asset(in, BH_SCOPE_PRESENT, &x, &f->err), "name is not UTF-8");
  x = good, x.from = BH_DAY_MIN;
  refused(f, bh_ingest_asset(in, BH_SCOPE_DATED, &x, &f->err), "a date is needed");
  OK(bh_ingest_asset(in, BH_SCOPE_INTERVALS, &good, &f->err));
  refused(f, bh_ingest_asset(in, BH_SCOPE_DATED, &good, &f->err), "come as intervals and as dated lists in one pull");
  bh_in_gauge g = {BH_S("acme"), BH_S("m"), dec_day(1), bh_dec_int(-1)};
  refused(f, bh_ingest_gauge(in, &g, &f->err), "gauge \"m\" of client \"acme\": value is negative: -1");
  bh_in_usage u = {.client = BH_S("acme"), .metric = BH_S("gb"), .id = BH_S("u"), .day = dec_day(1), .quantity = {.coef = -125, .scale = 2}};
  refused(f, bh_ingest_usage(in, &u, &f->err), "quantity is negative: -1.25");
  u.quantity = bh_dec_int(1), u.id = BH_S("");
  refused(f, bh_ingest_usage(in, &u, &f->err), "id is empty");
  bh_in_charge c = {.client = BH_S("acme"), .id = BH_S("c"), .day = dec_day(1), .quantity = bh_dec_int(1)};
  refused(f, bh_ingest_charge(in, &c, &f->err), "a product or a description is needed");
  c.product = BH_S("p"), c.quantity = bh_dec_int(-1);
  refused(f, bh_ingest_charge(in, &c, &f->err), "quantity is negative");
  bh_ingest_free(in);
}

static bh_ingest *start(fixture *f) {
  bh_ingest *in = pull_start("rmm", dec_day(5));
  pull_device(in, "aaa", "first");
  return in;
}

static void twice_in_one_list(void **state) {
  fixture *f = *state;
  bh_ingest *in = start(f);
  pull_attrs(in, "acme", "a", "pc", "A", "{}");
  pull_attrs(in, "acme", "a", "pc", "B", "{}");
  refused(f, pull_try(f, in), "connector \"rmm\": client \"acme\": device \"a\" stands twice in one list, with different content");
  in = pull_start("rmm", dec_day(5));
  pull_row(in, "acme", "a", "pc", dec_day(1), dec_day(4));
  pull_row(in, "acme", "a", "pc", dec_day(4), dec_day(5));
  refused(f, pull_try(f, in), "with days that overlap");
  in = pull_start("rmm", dec_day(5));
  pull_listed(in, dec_day(1), "acme", "a");
  bh_in_asset x = {.client = BH_S("acme"), .kind = BH_S("device"), .klass = BH_S("server"), .id = BH_S("a"), .name = BH_S("a"), .from = dec_day(1), .to = BH_DAY_MAX,
                   .last_seen = BH_DAY_MIN};
  OK(bh_ingest_asset(in, BH_SCOPE_DATED, &x, &f->err));
  refused(f, pull_try(f, in), "stands twice in the list of 2026-12-01");
  in = start(f);
  pull_gauge(in, "acme", "m", dec_day(1), 1);
  pull_gauge(in, "acme", "m", dec_day(1), 2);
  refused(f, pull_try(f, in), "gauge \"m\" has two values on 2026-12-01");
  in = start(f);
  pull_usage(in, "acme", "u", dec_day(1), 1);
  pull_usage(in, "acme", "u", dec_day(1), 2);
  refused(f, pull_try(f, in), "usage \"u\" stands twice");
  /* The same content twice is once. */
  in = start(f);
  for (int i = 0; i < 2; i++) {
    pull_device(in, "acme", "a");
    pull_gauge(in, "acme", "m", dec_day(1), 1);
    pull_usage(in, "acme", "u", dec_day(1), 1);
  }
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.assets, 3);
  assert_int_equal(f->result.changed, 4);
  assert_int_equal(on_day(f, devices(), dec_day(5)), 1);
}

/* The caller's transaction may hold other connectors' pulls: a bad one is undone alone. */
static void a_bad_pull_is_undone_alone(void **state) {
  fixture *f = *state;
  bh_ingest *good = pull_start("rmm", dec_day(1)), *bad = pull_start("sheet", dec_day(1));
  pull_device(good, "acme", "a");
  pull_complete(good, "*", "*");
  pull_gauge(bad, "acme", "aaa", dec_day(1), 1);
  pull_device(bad, "acme", "b");
  pull_gauge(bad, "acme", "m", dec_day(1), 1);
  pull_gauge(bad, "acme", "m", dec_day(1), 2);
  bh_ingest_result r;
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_ingest_commit(&r, good, f->store, &f->arena, &f->err));
  refused(f, bh_ingest_commit(&r, bad, f->store, &f->arena, &f->err), "connector \"sheet\"");
  OK(bh_ingest_failed(f->store, BH_S("sheet"), dec_day(1), bh_str_c(f->err.message), &f->err));
  OK(bh_store_commit(f->store, &f->err));
  bh_ingest_free(good);
  bh_ingest_free(bad);
  assert_int_equal(on_day(f, devices(), dec_day(1)), 1);
  bh_count c = count(f, sheet, devices(), (ask){.from = dec_day(1), .until = dec_day(2)});
  assert_str(c.hold_reason, "connector-failed");
  assert_int_equal(c.runs[0].count.num, 0);
  bh_ingest *in = pull_start("sheet", dec_day(2));
  pull_gauge(in, "acme", "m", dec_day(2), 7);
  pull_end(f, in);
  c = count(f, sheet, gauge_of("m"), (ask){.from = dec_day(2), .until = dec_day(3)});
  assert_int_equal(c.runs[0].count.num, 7);
}

static void clients_that_are_named(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(1));
  OK(bh_ingest_client(in, BH_S("zeta"), BH_S("Zeta Ltd"), BH_S(""), &f->err));
  OK(bh_ingest_client(in, BH_S("acme"), BH_S("Acme Dental"), BH_S(""), &f->err));
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.unmapped_count, 2);
  assert_str(f->result.unmapped[0], "acme");
  assert_str(f->result.unmapped[1], "zeta");
  const bh_connector_facts *c;
  size_t n;
  bh_place_row *places;
  OK(bh_store_connectors(f->store, &c, &n, &f->err));
  assert_int_equal(n, 1);
  OK(bh_store_places_after(f->store, &places, &n, &f->arena, c[0].num, BH_S(""), 10, &f->err));
  assert_int_equal(n, 2);
  assert_str(places[0].name, "Acme Dental");
}

/* More than the sorter holds in memory, and what came is in the order of nothing. */
static void spills(void **state) {
  fixture *f = *state;
  enum { N = 60000 };
  for (int round = 0; round < 2; round++) {
    bh_ingest *in = pull_start("rmm", dec_day(1 + round));
    for (int i = 0; i < N; i++) {
      char id[24], client[16], attrs[200];
      int k = (int)((int64_t)i * 7919 % N);
      snprintf(id, sizeof id, "device-%06d", k);
      snprintf(client, sizeof client, "c%03d", k % 50);
      snprintf(attrs, sizeof attrs, "{\"serial\":\"%0120d\"}", k);
      pull_attrs(in, client, id, "workstation", id, attrs);
    }
    pull_complete(in, "*", "*");
    int64_t writes = bh_store_writes(f->store);
    pull_end(f, in);
    assert_int_equal(f->result.changed, round ? 0 : N);
    if (round) assert_int_equal(bh_store_writes(f->store) - writes, 1);
  }
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    T(rows_are_checked), T(twice_in_one_list), T(a_bad_pull_is_undone_alone), T(clients_that_are_named), T(spills),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
