/* Gauges: levels that carry forward, and how old they are. Usage: delivered again, with another quantity, late. Charges. */
#include "facts_fixture.h"

static bh_count level(fixture *f, int from, int until, int64_t pull) {
  return count(f, rmm, gauge_of("m365.SPB"), (ask){.from = dec_day(from), .until = dec_day(until), .pull = pull});
}

static int64_t observe(fixture *f, int pulled, int day, int value) {
  bh_ingest *in = pull_start("rmm", dec_day(pulled));
  pull_gauge(in, "acme", "m365.SPB", dec_day(day), value);
  return pull_end(f, in);
}

static void gauges(void **state) {
  fixture *f = *state;
  int64_t p1 = observe(f, 1, 1, 10);
  assert_int_equal(f->result.changed, 1);
  int64_t at = bh_store_writes(f->store);
  observe(f, 2, 2, 10); /* the pull, and when it was seen last */
  assert_int_equal(bh_store_writes(f->store) - at, 2);
  assert_int_equal(f->result.changed, 0);
  observe(f, 2, 2, 10);
  assert_int_equal(bh_store_writes(f->store) - at, 3); /* the same again: only the pull */
  int64_t p3 = observe(f, 10, 10, 12);
  bh_count c = level(f, 1, 12, 0);
  assert_int_equal(c.run_count, 2);
  assert_int_equal(c.runs[0].count.num, 10);
  assert_int_equal(c.runs[1].from, dec_day(10));
  assert_int_equal(c.runs[1].count.num, 12);
  c = level(f, 1, 12, p1);
  assert_int_equal(c.run_count, 1);
  /* A corrected observation in the midst. */
  observe(f, 11, 11, 12);
  observe(f, 12, 12, 12);
  observe(f, 13, 11, 15);
  c = level(f, 10, 14, 0);
  assert_int_equal(c.run_count, 3); /* 12, 15, 12 */
  assert_int_equal(c.runs[1].count.num, 15);
  assert_int_equal(c.runs[1].until, dec_day(12));
  c = level(f, 10, 13, p3);
  assert_int_equal(c.run_count, 1);
  bh_day late;
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("rmm"), BH_S("acme")}, 1, p3, &f->err));
  assert_int_equal(late, dec_day(11));
  /* One from before. */
  observe(f, 14, -5, 9);
  c = level(f, -5, 2, 0);
  assert_int_equal(c.run_count, 2);
  assert_int_equal(c.runs[0].count.num, 9);
  bh_client_facts *facts;
  bh_fact_level *levels;
  size_t n;
  bh_selector sel = gauge_of("m365.SPB");
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(14), &f->err));
  OK(bh_facts_levels(&levels, &n, facts, &f->arena, &sel, dec_day(1), dec_day(14), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 4);
  assert_int_equal(levels[0].observed, dec_day(2));
  assert_int_equal(levels[0].until, dec_day(10));
}

static void age_of_gauges(void **state) {
  fixture *f = *state;
  observe(f, 1, 1, 10);
  observe(f, 5, 5, 10);
  observe(f, 20, 20, 11);
  assert_str(level(f, 8, 9, 0).hold_reason, "");
  bh_count c = level(f, 9, 10, 0);
  assert_str(c.hold_reason, "stale-facts");
  assert_int_equal(c.runs[0].count.num, 10);
  c = count(f, rmm, gauge_of("m365.SPB"), (ask){.from = dec_day(1), .until = dec_day(22), .read_from = dec_day(1)});
  assert_str(c.hold_reason, "stale-facts"); /* the 19th leans on the 5th */
  assert_str(level(f, 0, 1, 0).hold_reason, "no-facts");
  c = count(f, rmm, gauge_of("m365.E5"), (ask){.from = dec_day(1), .until = dec_day(2)});
  assert_str(c.hold_reason, "no-facts");
  assert_int_equal(c.runs[0].count.num, 0);
  /* A connector that says that this metric is complete says zero by leaving it out. */
  bh_ingest *in = pull_start("rmm", dec_day(21));
  OK(bh_ingest_client(in, BH_S("acme"), BH_S(""), BH_S(""), &f->err));
  pull_complete(in, "m365.E5", "*");
  pull_end(f, in);
  c = count(f, rmm, gauge_of("m365.E5"), (ask){.from = dec_day(21), .until = dec_day(22)});
  assert_str(c.hold_reason, "");
  /* Nothing dated after as_of. */
  c = count(f, rmm, gauge_of("m365.SPB"), (ask){.from = dec_day(6), .until = dec_day(25), .as_of = dec_day(8)});
  assert_int_equal(c.run_count, 1);
  assert_int_equal(c.runs[0].count.num, 10);
  assert_str(c.hold_reason, "");
}

static int64_t use(fixture *f, int pulled, const char *id, int day, int quantity) {
  bh_ingest *in = pull_start("rmm", dec_day(pulled));
  pull_usage(in, "acme", id, dec_day(day), quantity);
  pull_complete(in, "*", "*");
  return pull_end(f, in);
}

static int64_t sum(fixture *f, int from, int until, int64_t pull, bool restate, int as_of) {
  bh_client_facts *facts;
  bh_ratio out;
  bh_selector sel = usage_of("gb");
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(from), dec_day(until), &f->err));
  OK(bh_facts_usage(&out, facts, &f->arena, &sel, dec_day(from), dec_day(until), pull, restate, dec_day(as_of), &f->err));
  assert_int_equal(out.den, 1);
  return out.num;
}

static void usage(void **state) {
  fixture *f = *state;
  use(f, 1, "u1", 1, 10);
  int64_t at = bh_store_writes(f->store);
  int64_t p1 = use(f, 2, "u1", 1, 10); /* delivered again */
  assert_int_equal(bh_store_writes(f->store) - at, 1);
  assert_int_equal(f->result.changed, 0);
  use(f, 3, "u2", 2, 5);
  int64_t p3 = use(f, 4, "u1", 1, 14); /* another quantity */
  assert_int_equal(f->result.changed, 1);
  assert_int_equal(sum(f, 1, 20, BH_PULL_NOW, false, 20), 19);
  assert_int_equal(sum(f, 1, 20, p1, false, 20), 15); /* u1 as of then, u2 joins in */
  assert_int_equal(sum(f, 1, 20, p1, true, 20), 19);
  assert_int_equal(sum(f, 1, 20, p1, false, 1), 10);
  assert_int_equal(sum(f, 2, 20, p1, false, 20), 5);
  bh_count c = count(f, rmm, usage_of("gb"), (ask){.from = dec_day(1), .until = dec_day(5), .pull = p1});
  assert_int_equal(c.run_count, 1);
  assert_int_equal(c.runs[0].count.num, 10);
  /* Dated anew: the charged days keep it, those that are not charged have it. */
  use(f, 5, "u2", 9, 5);
  assert_int_equal(sum(f, 1, 5, p3, false, 20), 19);
  assert_int_equal(sum(f, 1, 5, p3, true, 20), 14);
  assert_int_equal(sum(f, 5, 20, p3, false, 20), 0);
  assert_int_equal(sum(f, 5, 20, BH_PULL_NOW, false, 20), 5);
  bh_day late;
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("rmm"), BH_S("acme")}, 1, p3, &f->err));
  assert_int_equal(late, dec_day(2));
  bh_client_facts *facts;
  bh_fact_usage *list;
  size_t n;
  bh_selector sel = usage_of("gb");
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(20), &f->err));
  OK(bh_facts_usage_list(&list, &n, facts, &f->arena, &sel, dec_day(1), dec_day(20), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 2);
  assert_str(list[0].id, "u1");
  assert_int_equal(list[0].quantity.num, 14);
  /* A record that disappears is no correction; a fresh zero is one. */
  c = count(f, rmm, usage_of("gb"), (ask){.from = dec_day(2), .until = dec_day(6)});
  assert_str(c.hold_reason, "");
  assert_int_equal(c.runs[0].count.num, 0);
  c = count(f, rmm, usage_of("gb"), (ask){.from = dec_day(2), .until = dec_day(10)});
  assert_str(c.hold_reason, "stale-facts");
  c = count(f, rmm, usage_of("tb"), (ask){.from = dec_day(2), .until = dec_day(6)});
  assert_str(c.hold_reason, "no-facts");
}

static void usage_without_scopes(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(1));
  pull_usage(in, "acme", "u1", dec_day(1), 3);
  pull_end(f, in);
  assert_str(count(f, rmm, usage_of("gb"), (ask){.from = dec_day(1), .until = dec_day(3)}).hold_reason, "");
  assert_str(count(f, rmm, usage_of("gb"), (ask){.from = dec_day(1), .until = dec_day(9)}).hold_reason, "stale-facts");
}

static void charges(void **state) {
  fixture *f = *state;
  bh_in_charge x = {.client = BH_S("acme"), .id = BH_S("c1"), .product = BH_S("cable"), .description = BH_S("Cables"), .po = BH_S("PO-1"), .contract = BH_S(""),
                    .day = dec_day(3), .quantity = bh_dec_int(4), .has_price = true, .price = {.coef = 1250, .scale = 2}};
  int64_t first = 0;
  for (int i = 0; i < 3; i++) {
    bh_ingest *in = pull_start("rmm", dec_day(3 + i));
    if (i == 2) x.quantity = bh_dec_int(5);
    OK(bh_ingest_charge(in, &x, &f->err));
    int64_t pull = pull_end(f, in);
    if (!i) first = pull;
    assert_int_equal(f->result.changed, i != 1);
    assert_int_equal(f->result.charges, 1);
  }
  bh_client_facts *facts;
  bh_fact_charge *list;
  size_t n;
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(20), &f->err));
  OK(bh_facts_charges(&list, &n, facts, &f->arena, dec_day(1), dec_day(20), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 1);
  assert_str(list[0].product, "cable");
  assert_str(list[0].connector, "rmm");
  assert_str(list[0].po, "PO-1");
  assert_int_equal(list[0].quantity.coef, 5);
  assert_true(list[0].has_price && !list[0].has_cost);
  assert_int_equal(list[0].price.coef, 1250);
  OK(bh_facts_charges(&list, &n, facts, &f->arena, dec_day(1), dec_day(20), first, &f->err));
  assert_int_equal(list[0].quantity.coef, 4);
  OK(bh_facts_charges(&list, &n, facts, &f->arena, dec_day(4), dec_day(20), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 0);
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {T(gauges), T(age_of_gauges), T(usage), T(usage_without_scopes), T(charges)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
