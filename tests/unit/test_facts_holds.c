/* What may not be billed: the table of reasons, and that each message says who, when and what lifts it. */
#include "facts_fixture.h"

static void good_pull(fixture *f, const char *connector, int day, const char *client) {
  bh_ingest *in = pull_start(connector, dec_day(day));
  pull_device(in, client, "a");
  pull_complete(in, "*", "*");
  pull_end(f, in);
}

static bh_count at(fixture *f, const char *const *connectors, int day, int64_t pull) {
  return count(f, connectors, devices(), (ask){.from = dec_day(day), .until = dec_day(day + 1), .pull = pull});
}

static void stale(void **state) {
  fixture *f = *state;
  good_pull(f, "rmm", 1, "acme");
  int64_t first = f->result.pull;
  assert_str(at(f, rmm, 4, 0).hold_reason, "");
  bh_count c = at(f, rmm, 5, 0);
  assert_str(c.hold_reason, "stale-facts");
  assert_str(c.connector, "rmm");
  assert_int_equal(c.runs[0].count.num, 1);
  assert_string_equal(c.hold_message.ptr, "client \"acme\", connector \"rmm\" (acme), {\"devices\":{}}: the last complete list is of 2026-12-01, 4 days before "
                                          "2026-12-05 (stale_days is 3). A good pull of the connector lifts this, or `approve --force`");
  good_pull(f, "rmm", 6, "acme");
  assert_str(at(f, rmm, 5, 0).hold_reason, "");
  assert_str(at(f, rmm, 5, first).hold_reason, "stale-facts"); /* as known then */
  /* The run's date, where the day that is read is to come. */
  c = count(f, rmm, devices(), (ask){.from = dec_day(20), .until = dec_day(21), .as_of = dec_day(8)});
  assert_str(c.hold_reason, "");
  assert_int_equal(c.runs[0].count.num, 1);
}

static void failed(void **state) {
  fixture *f = *state;
  assert_str(at(f, rmm, 1, 0).hold_reason, "no-facts"); /* never pulled */
  pull_failed(f, "rmm", dec_day(1), "503 Service Unavailable");
  bh_count c = at(f, rmm, 1, 0);
  assert_str(c.hold_reason, "connector-failed");
  assert_non_null(strstr(c.hold_message.ptr, "never succeeded; the last attempt, on 2026-12-01: 503 Service Unavailable"));
  good_pull(f, "rmm", 2, "acme");
  pull_failed(f, "rmm", dec_day(3), "timed out");
  assert_str(at(f, rmm, 3, 0).hold_reason, ""); /* fresh enough */
  c = at(f, rmm, 6, 0);
  assert_str(c.hold_reason, "connector-failed");
  assert_non_null(strstr(c.hold_message.ptr, "and the pull of 2026-12-03 failed: timed out"));
  bh_ingest *in = pull_start("rmm", dec_day(7));
  pull_device(in, "globex", "x");
  pull_complete(in, "*", "*");
  OK(bh_ingest_client_failed(in, BH_S("acme"), BH_S("403 Forbidden"), &f->err));
  pull_end(f, in);
  c = at(f, rmm, 7, 0);
  assert_str(c.hold_reason, "connector-failed");
  assert_non_null(strstr(c.hold_message.ptr, "could not read this client: 403 Forbidden"));
  int64_t last;
  OK(bh_store_pull_last(f->store, &last, &f->err));
  assert_int_equal(last, f->result.pull);
  pull_failed(f, "rmm", dec_day(8), "timed out");
  OK(bh_store_pull_last(f->store, &last, &f->err));
  assert_int_equal(last, f->result.pull);
}

static void unknown_and_unmapped(void **state) {
  fixture *f = *state;
  static const char *const nobody[] = {NULL};
  assert_str(at(f, nobody, 1, 0).hold_reason, "unmapped-client");
  good_pull(f, "rmm", 1, "globex");
  bh_count c = at(f, rmm, 1, 0);
  assert_str(c.hold_reason, "unknown-client");
  assert_non_null(strstr(c.hold_message.ptr, "the last good pull, of 2026-12-01, does not know such a client"));
  assert_str(at(f, sheet, 1, 0).hold_reason, "no-facts"); /* what it would bring is not known */
  bh_ingest *in = pull_start("sheet", dec_day(1));
  pull_gauge(in, "acme", "m", dec_day(1), 1);
  pull_end(f, in);
  c = at(f, sheet, 1, 0);
  assert_str(c.hold_reason, "unmapped-client"); /* rmm could answer */
  assert_non_null(strstr(c.hold_message.ptr, "connector \"rmm\" brings this, and the client names no id for it"));
  bh_selector sel = devices();
  sel.from = BH_S("graph");
  c = count(f, rmm, sel, (ask){.from = dec_day(1), .until = dec_day(2)});
  assert_str(c.hold_reason, "unmapped-client");
  good_pull(f, "rmm", 2, "acme");
  assert_str(at(f, rmm, 2, 0).hold_reason, "");
  assert_str(at(f, rmm, 1, 0).hold_reason, "no-facts"); /* the day before it was known */
  good_pull(f, "rmm", 3, "globex");
  assert_str(at(f, rmm, 2, 0).hold_reason, "");
  c = at(f, rmm, 3, 0);
  assert_str(c.hold_reason, "unknown-client");
  assert_non_null(strstr(c.hold_message.ptr, "since 2026-12-03 it no longer knows such a client"));
  good_pull(f, "rmm", 4, "globex");
  assert_str(at(f, rmm, 4, 0).hold_reason, "unknown-client");
  good_pull(f, "rmm", 5, "acme");
  assert_str(at(f, rmm, 5, 0).hold_reason, "");
}

static void never_observed(void **state) {
  fixture *f = *state;
  good_pull(f, "rmm", 1, "acme");
  bh_selector users = {.kind = BH_SEL_ASSETS, .asset_kind = BH_S("user")};
  bh_count c = count(f, rmm, users, (ask){.from = dec_day(1), .until = dec_day(2)});
  assert_str(c.hold_reason, "no-facts");
  assert_non_null(strstr(c.hold_message.ptr, "it has never brought assets of this kind, of any client"));
  /* A connector of which nothing is said to be complete. */
  bh_ingest *in = pull_start("sheet", dec_day(1));
  pull_row(in, "acme", "a", "server", dec_day(1), BH_DAY_MAX);
  pull_end(f, in);
  assert_str(at(f, sheet, 1, 0).hold_reason, "no-facts");
  /* One that states intervals knows days before its first pull; one that lists what is there does not. */
  in = pull_start("sheet", dec_day(1));
  pull_row(in, "acme", "a", "server", dec_day(-20), BH_DAY_MAX);
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_str(at(f, sheet, -10, 0).hold_reason, "");
  assert_str(at(f, rmm, -10, 0).hold_reason, "no-facts");
}

static void changes_after_a_complete_list(void **state) {
  fixture *f = *state;
  for (int day = 1; day <= 10; day += 3) {
    bh_ingest *in = pull_start("rmm", dec_day(day));
    bh_in_asset x = {.client = BH_S("acme"), .kind = BH_S("device"), .klass = BH_S("pc"), .id = day == 1 ? BH_S("a") : BH_S("b"), .name = BH_S(""),
                     .from = BH_DAY_MIN, .to = day == 10 ? dec_day(9) : BH_DAY_MAX, .last_seen = BH_DAY_MIN, .attrs = BH_S("{}")};
    if (day != 7) OK(bh_ingest_asset(in, BH_SCOPE_CHANGES, &x, &f->err));
    OK(bh_ingest_scope(in, BH_S("device"), BH_S("acme"), day == 1, &f->err));
    pull_end(f, in);
    assert_int_equal(f->result.gone, 0);
  }
  assert_str(at(f, rmm, 13, 0).hold_reason, ""); /* changes brought it up to date on the 10th */
  assert_str(at(f, rmm, 14, 0).hold_reason, "stale-facts");
  assert_int_equal(at(f, rmm, 3, 0).runs[0].count.num, 1);
  assert_int_equal(at(f, rmm, 4, 0).runs[0].count.num, 2);
  assert_int_equal(at(f, rmm, 10, 0).runs[0].count.num, 1);
}

static void scopes_of_single_clients(void **state) {
  fixture *f = *state;
  int64_t writes = 0;
  for (int day = 1; day <= 3; day++) {
    if (day == 2) writes = bh_store_writes(f->store);
    bh_ingest *in = pull_start("rmm", dec_day(day));
    OK(bh_ingest_client(in, BH_S("acme"), BH_S("Acme"), BH_S(""), &f->err));
    OK(bh_ingest_client(in, BH_S("globex"), BH_S("Globex"), BH_S(""), &f->err));
    pull_device(in, "acme", "a");
    pull_device(in, "globex", "x");
    pull_complete(in, "device", "acme");
    pull_complete(in, "device", "globex");
    pull_end(f, in);
  }
  assert_int_equal(bh_store_writes(f->store) - writes, 2);
  assert_str(at(f, rmm, 6, 0).hold_reason, "");
  assert_str(at(f, rmm, 7, 0).hold_reason, "stale-facts");
  bh_ingest *in = pull_start("rmm", dec_day(10)); /* this time acme was not read */
  pull_complete(in, "device", "globex");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 1); /* globex's */
  assert_str(at(f, rmm, 10, 0).hold_reason, "stale-facts");
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    T(stale), T(failed), T(unknown_and_unmapped), T(never_observed), T(changes_after_a_complete_list), T(scopes_of_single_clients),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
