/* BILLING 4: the share of a whole period. */
#include "billing_test.h"

static bh_bill every(int32_t n, bh_unit unit) { return (bh_bill){.every = n, .unit = unit, .on = 1}; }

static bh_ratio share(bh_prorate how, bh_bill b, const char *wf, const char *wu, const char *f, const char *u) {
  bh_ratio r = {9, 9};
  bh_error err = {0};
  assert_int_equal(bh_prorate_fraction(&r, how, &b, D(wf), D(wu), D(f), D(u), &err), BH_OK);
  return r;
}

static void daily(void **state) {
  bh_bill m = every(1, BH_UNIT_MONTH);
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-01-01", "2026-02-01", "2026-01-01", "2026-02-01"), 1, 1);
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-01-01", "2026-02-01", "2026-01-15", "2026-02-01"), 17, 31); /* first stub */
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-01-01", "2026-02-01", "2026-01-01", "2026-01-16"), 15, 31); /* last stub */
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-01-01", "2026-02-01", "2026-01-10", "2026-01-11"), 1, 31);
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-02-01", "2026-03-01", "2026-02-15", "2026-03-01"), 1, 2);
  same_ratio(share(BH_PRORATE_DAILY, m, "2028-02-01", "2028-03-01", "2028-02-15", "2028-03-01"), 15, 29); /* a leap year */
  same_ratio(share(BH_PRORATE_DAILY, every(1, BH_UNIT_YEAR), "2028-01-01", "2029-01-01", "2028-02-29", "2028-03-01"), 1, 366);
  same_ratio(share(BH_PRORATE_DAILY, every(1, BH_UNIT_WEEK), "2026-11-16", "2026-11-23", "2026-11-18", "2026-11-23"), 5, 7);
}

static void cut_to_the_whole_period(void **state) {
  bh_bill m = every(1, BH_UNIT_MONTH);
  same_ratio(share(BH_PRORATE_DAILY, m, "2026-01-01", "2026-02-01", "2025-06-01", "2027-02-01"), 1, 1);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-01", "2026-02-01", "2025-06-01", "2027-02-01"), 1, 1);
  for (int how = BH_PRORATE_DAILY; how <= BH_PRORATE_FULL; how++) {
    same_ratio(share((bh_prorate)how, m, "2026-01-01", "2026-02-01", "2026-02-01", "2026-03-01"), 0, 1);
    same_ratio(share((bh_prorate)how, m, "2026-01-01", "2026-02-01", "2026-01-10", "2026-01-10"), 0, 1);
    same_ratio(share((bh_prorate)how, m, "2026-01-01", "2026-02-01", "2026-01-10", "2026-01-05"), 0, 1);
  }
}

static void thirty_360(void **state) {
  bh_bill m = every(1, BH_UNIT_MONTH);
  /* a whole period is 1, however long */
  same_ratio(share(BH_PRORATE_30_360, m, "2026-02-01", "2026-03-01", "2026-02-01", "2026-03-01"), 1, 1);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-31", "2026-02-28", "2026-01-31", "2026-02-28"), 1, 1);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-01", "2026-02-01", "2026-01-16", "2026-02-01"), 1, 2);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-01", "2026-02-01", "2026-01-01", "2026-01-16"), 1, 2);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-01", "2026-02-01", "2026-01-31", "2026-02-01"), 1, 30);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-02-01", "2026-03-01", "2026-02-15", "2026-03-01"), 16, 30);
  /* the last of February counts as the 30th: one day is left, not three */
  same_ratio(share(BH_PRORATE_30_360, m, "2026-02-01", "2026-03-01", "2026-02-28", "2026-03-01"), 1, 30);
  same_ratio(share(BH_PRORATE_30_360, m, "2028-02-01", "2028-03-01", "2028-02-28", "2028-03-01"), 3, 30);
  same_ratio(share(BH_PRORATE_30_360, m, "2028-02-01", "2028-03-01", "2028-02-29", "2028-03-01"), 1, 30);
  /* 30 days of 31 are 30/30 already; never more than 1 */
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-01", "2026-02-01", "2026-01-01", "2026-01-31"), 1, 1);
  same_ratio(share(BH_PRORATE_30_360, m, "2026-01-15", "2026-03-01", "2026-01-15", "2026-02-28"), 1, 1);
  same_ratio(share(BH_PRORATE_30_360, every(1, BH_UNIT_QUARTER), "2026-01-01", "2026-04-01", "2026-02-01", "2026-04-01"), 2, 3);
  same_ratio(share(BH_PRORATE_30_360, every(2, BH_UNIT_MONTH), "2026-01-01", "2026-03-01", "2026-02-01", "2026-03-01"), 1, 2);
  same_ratio(share(BH_PRORATE_30_360, every(1, BH_UNIT_YEAR), "2026-01-01", "2027-01-01", "2026-11-16", "2027-01-01"), 45, 360);
}

static void thirty_360_needs_months(void **state) {
  bh_unit units[] = {BH_UNIT_DAY, BH_UNIT_WEEK};
  for (size_t i = 0; i < 2; i++) {
    bh_bill b = every(1, units[i]);
    bh_ratio r;
    bh_error err = {0};
    assert_int_equal(bh_prorate_fraction(&r, BH_PRORATE_30_360, &b, 0, 7, 0, 7, &err), BH_E_INVALID);
    says(&err, "30/360");
  }
}

static void days360(void **state) {
  assert_int_equal(bh_days360(D("2026-01-01"), D("2026-02-01")), 30);
  assert_int_equal(bh_days360(D("2026-01-31"), D("2026-03-31")), 60);
  assert_int_equal(bh_days360(D("2026-01-30"), D("2026-01-31")), 0);
  assert_int_equal(bh_days360(D("2026-01-15"), D("2026-01-31")), 16); /* the 31st stays behind a day before the 30th */
  assert_int_equal(bh_days360(D("2026-02-28"), D("2026-03-31")), 30);
  assert_int_equal(bh_days360(D("2026-02-28"), D("2027-02-28")), 360);
  assert_int_equal(bh_days360(D("2028-02-29"), D("2029-02-28")), 360);
  assert_int_equal(bh_days360(D("2028-02-28"), D("2028-02-29")), 1);
  assert_int_equal(bh_days360(D("2026-02-10"), D("2026-02-28")), 18);
  assert_int_equal(bh_days360(D("2026-12-16"), D("2027-01-01")), 15);
}

static void none_and_full(void **state) {
  bh_bill m = every(1, BH_UNIT_MONTH);
  same_ratio(share(BH_PRORATE_NONE, m, "2026-01-01", "2026-02-01", "2026-01-02", "2026-02-01"), 0, 1); /* a first stub is free */
  same_ratio(share(BH_PRORATE_NONE, m, "2026-01-01", "2026-02-01", "2026-01-01", "2026-01-02"), 1, 1);
  same_ratio(share(BH_PRORATE_FULL, m, "2026-01-01", "2026-02-01", "2026-01-31", "2026-02-01"), 1, 1);
}

/* One rounding, at the end; 0, 2 and 3 decimals; half-up away from zero. */
static void amounts_round_once(void **state) {
  int64_t got;
  struct { const char *price; int64_t qn, qd, fn, fd; int decimals; bh_rounding mode; int64_t want; } cases[] = {
    {"10.00", 1, 1, 17, 31, 2, BH_HALF_UP, 548},    {"42.00", 42, 1, 1, 1, 2, BH_HALF_UP, 176400},
    {"1000", 3, 1, 1, 7, 0, BH_HALF_UP, 429},       {"1.000", 1, 1, 1, 16, 3, BH_HALF_UP, 63},
    {"1.000", 1, 1, 1, 16, 3, BH_HALF_EVEN, 62},    {"0.125", 1, 1, 1, 1, 2, BH_HALF_UP, 13},
    {"0.125", 1, 1, 1, 1, 2, BH_HALF_EVEN, 12},     {"-0.125", 1, 1, 1, 1, 2, BH_HALF_UP, -13},
    {"0.015", 114, 31, 1, 1, 2, BH_HALF_UP, 6},     {"0.333333333", 3, 1, 1, 1, 2, BH_HALF_UP, 100},
    {"0.5", 1, 1, 1, 1, 0, BH_HALF_UP, 1},          {"2.5", 1, 1, 1, 1, 0, BH_HALF_EVEN, 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(bh_money_amount(&got, dec(cases[i].price), ratio(cases[i].qn, cases[i].qd), ratio(cases[i].fn, cases[i].fd),
                                cases[i].decimals, cases[i].mode));
    assert_int_equal(got, cases[i].want);
  }
  assert_false(bh_money_amount(&got, (bh_dec){INT64_MAX, 0, 0}, ratio(10, 1), ratio(1, 1), 2, BH_HALF_UP));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(daily), cmocka_unit_test(cut_to_the_whole_period), cmocka_unit_test(thirty_360),
    cmocka_unit_test(thirty_360_needs_months), cmocka_unit_test(days360), cmocka_unit_test(none_and_full),
    cmocka_unit_test(amounts_round_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
