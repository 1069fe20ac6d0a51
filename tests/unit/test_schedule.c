/* BILLING 2: periods and issue dates. */
#include "billing_test.h"

static bh_bill bill(int32_t every, bh_unit unit, int32_t on) {
  return (bh_bill){.every = every, .unit = unit, .on = on, .align = BH_ALIGN_CALENDAR, .timing = BH_ADVANCE};
}

static bh_bill since(int32_t every, bh_unit unit) {
  bh_bill b = bill(every, unit, 1);
  b.align = BH_ALIGN_ANNIVERSARY;
  return b;
}

static bh_schedule made(bh_bill b, const char *starts) {
  bh_schedule s;
  bh_error err = {0};
  assert_int_equal(bh_schedule_init(&s, &b, D(starts), &err), BH_OK);
  return s;
}

static void refused(bh_bill b, const char *starts, const char *part) {
  bh_schedule s;
  bh_error err = {0};
  assert_int_equal(bh_schedule_init(&s, &b, D(starts), &err), BH_E_INVALID);
  says(&err, part);
}

static void contains(const bh_schedule *s, const char *day, const char *from, const char *until) {
  bh_sched_period p = bh_schedule_period_at(s, D(day));
  same_day(p.from, from);
  same_day(p.until, until);
  bh_sched_period again = bh_schedule_period(s, p.k);
  assert_int_equal(again.from, p.from);
  assert_int_equal(again.until, p.until);
  assert_int_equal(bh_schedule_boundary(s, p.k), p.from);
}

static void months_of_the_calendar(void **state) {
  bh_schedule s = made(bill(1, BH_UNIT_MONTH, 1), "2026-01-15");
  contains(&s, "2026-01-15", "2026-01-01", "2026-02-01");
  contains(&s, "2026-01-31", "2026-01-01", "2026-02-01");
  contains(&s, "2026-02-01", "2026-02-01", "2026-03-01");
  contains(&s, "2025-12-31", "2025-12-01", "2026-01-01");
  s = made(bill(1, BH_UNIT_MONTH, 0), "2026-01-15"); /* on: 1 by default */
  contains(&s, "2026-01-15", "2026-01-01", "2026-02-01");
  s = made(bill(1, BH_UNIT_MONTH, 15), "2026-01-01");
  contains(&s, "2026-01-14", "2025-12-15", "2026-01-15");
  contains(&s, "2026-01-15", "2026-01-15", "2026-02-15");
}

static void clamped_and_never_chained(void **state) {
  bh_schedule s = made(bill(1, BH_UNIT_MONTH, 31), "2026-01-31");
  contains(&s, "2026-01-31", "2026-01-31", "2026-02-28");
  contains(&s, "2026-02-27", "2026-01-31", "2026-02-28");
  contains(&s, "2026-02-28", "2026-02-28", "2026-03-31");
  contains(&s, "2026-03-30", "2026-02-28", "2026-03-31");
  contains(&s, "2026-03-31", "2026-03-31", "2026-04-30");
  contains(&s, "2028-02-28", "2028-01-31", "2028-02-29");
  contains(&s, "2028-02-29", "2028-02-29", "2028-03-31");
  s = made(since(1, BH_UNIT_MONTH), "2026-01-31");
  contains(&s, "2026-02-28", "2026-02-28", "2026-03-31");
  assert_int_equal(bh_schedule_boundary(&s, 0), D("2026-01-31"));
  assert_int_equal(bh_schedule_boundary(&s, 1), D("2026-02-28"));
  assert_int_equal(bh_schedule_boundary(&s, 2), D("2026-03-31"));
}

static void a_leap_day_yearly(void **state) {
  bh_schedule s = made(since(1, BH_UNIT_YEAR), "2024-02-29");
  contains(&s, "2024-02-29", "2024-02-29", "2025-02-28");
  contains(&s, "2025-02-28", "2025-02-28", "2026-02-28");
  contains(&s, "2028-02-28", "2027-02-28", "2028-02-29");
  contains(&s, "2028-02-29", "2028-02-29", "2029-02-28");
  bh_bill b = bill(1, BH_UNIT_YEAR, 29);
  b.on_month = 2;
  s = made(b, "2025-02-28"); /* starts on a clamped boundary: no stub */
  contains(&s, "2025-02-28", "2025-02-28", "2026-02-28");
  s = made(b, "2025-02-27");
  contains(&s, "2025-02-27", "2024-02-29", "2025-02-28");
}

static void a_start_on_a_clamped_boundary_has_no_stub(void **state) {
  bh_schedule s = made(bill(1, BH_UNIT_MONTH, 30), "2026-02-28");
  assert_int_equal(bh_schedule_period_at(&s, D("2026-02-28")).from, D("2026-02-28"));
}

static void counted_from_january(void **state) {
  bh_schedule s = made(bill(2, BH_UNIT_MONTH, 1), "2026-02-10");
  contains(&s, "2026-02-10", "2026-01-01", "2026-03-01");
  s = made(bill(3, BH_UNIT_MONTH, 15), "2026-02-10");
  contains(&s, "2026-02-10", "2026-01-15", "2026-04-15");
  contains(&s, "2026-01-14", "2025-10-15", "2026-01-15");
  s = made(bill(1, BH_UNIT_QUARTER, 1), "2026-05-20");
  contains(&s, "2026-05-20", "2026-04-01", "2026-07-01");
  s = made(bill(2, BH_UNIT_QUARTER, 1), "2026-05-20");
  contains(&s, "2026-05-20", "2026-01-01", "2026-07-01");
  s = made(bill(12, BH_UNIT_MONTH, 1), "2026-05-20");
  contains(&s, "2026-05-20", "2026-01-01", "2027-01-01");
  s = made(bill(1, BH_UNIT_YEAR, 1), "2026-05-20");
  contains(&s, "2026-05-20", "2026-01-01", "2027-01-01");
}

static void from_a_month_and_day(void **state) {
  refused(bill(5, BH_UNIT_MONTH, 1), "2026-01-01", "MM-DD");
  refused(bill(24, BH_UNIT_MONTH, 1), "2026-01-01", "MM-DD");
  refused(bill(3, BH_UNIT_QUARTER, 1), "2026-01-01", "3 quarters");
  bh_bill b = bill(5, BH_UNIT_MONTH, 1);
  b.on_month = 3;
  bh_schedule s = made(b, "2026-02-10"); /* 1 March of the year of starts, less 5 months */
  contains(&s, "2026-02-10", "2025-10-01", "2026-03-01");
  contains(&s, "2026-08-01", "2026-08-01", "2027-01-01");
  b = bill(1, BH_UNIT_QUARTER, 15);
  b.on_month = 2;
  s = made(b, "2026-01-10");
  contains(&s, "2026-01-10", "2025-11-15", "2026-02-15");
  contains(&s, "2026-02-15", "2026-02-15", "2026-05-15");
  b = bill(1, BH_UNIT_YEAR, 6);
  b.on_month = 4;
  s = made(b, "2026-04-05");
  contains(&s, "2026-04-05", "2025-04-06", "2026-04-06");
  s = made(b, "2026-04-06");
  contains(&s, "2026-04-06", "2026-04-06", "2027-04-06");
}

static void years_from_the_last_on_up_to_starts(void **state) {
  bh_bill b = bill(2, BH_UNIT_YEAR, 1);
  bh_schedule s = made(b, "2026-05-20");
  contains(&s, "2026-05-20", "2026-01-01", "2028-01-01");
  contains(&s, "2025-12-31", "2024-01-01", "2026-01-01");
  b.on_month = 7;
  s = made(b, "2026-05-20");
  contains(&s, "2026-05-20", "2025-07-01", "2027-07-01");
}

static void weeks_and_days(void **state) {
  bh_schedule s = made(bill(1, BH_UNIT_WEEK, 1), "2026-11-18"); /* a Wednesday */
  contains(&s, "2026-11-18", "2026-11-16", "2026-11-23");
  s = made(bill(2, BH_UNIT_WEEK, 3), "2026-11-18"); /* on a Wednesday: starts is a boundary */
  contains(&s, "2026-11-18", "2026-11-18", "2026-12-02");
  contains(&s, "2026-11-17", "2026-11-04", "2026-11-18");
  s = made(bill(2, BH_UNIT_WEEK, 4), "2026-11-18");
  contains(&s, "2026-11-18", "2026-11-12", "2026-11-26");
  s = made(bill(1, BH_UNIT_WEEK, 7), "2026-11-18");
  contains(&s, "2026-11-18", "2026-11-15", "2026-11-22");
  s = made(since(2, BH_UNIT_WEEK), "2026-11-18");
  contains(&s, "2026-12-01", "2026-11-18", "2026-12-02");
  s = made(bill(10, BH_UNIT_DAY, 1), "2026-02-25");
  contains(&s, "2026-03-06", "2026-02-25", "2026-03-07");
  contains(&s, "2026-03-07", "2026-03-07", "2026-03-17");
  contains(&s, "2026-02-24", "2026-02-15", "2026-02-25");
}

static void anniversaries(void **state) {
  bh_schedule s = made(since(1, BH_UNIT_QUARTER), "2025-11-30");
  contains(&s, "2026-02-27", "2025-11-30", "2026-02-28");
  contains(&s, "2026-02-28", "2026-02-28", "2026-05-30");
  s = made(since(5, BH_UNIT_MONTH), "2026-01-15"); /* need not divide a year */
  contains(&s, "2026-06-14", "2026-01-15", "2026-06-15");
  s = made(since(1, BH_UNIT_DAY), "2026-01-15");
  contains(&s, "2026-01-15", "2026-01-15", "2026-01-16");
}

static void mistakes(void **state) {
  refused(bill(0, BH_UNIT_MONTH, 1), "2026-01-01", "every");
  refused(bill(-1, BH_UNIT_DAY, 1), "2026-01-01", "every");
  refused(bill(INT32_MAX, BH_UNIT_YEAR, 1), "2026-01-01", "every");
  refused(bill(1, BH_UNIT_MONTH, 32), "2026-01-01", "day of the month");
  refused(bill(1, BH_UNIT_MONTH, -1), "2026-01-01", "day of the month");
  refused(bill(1, BH_UNIT_WEEK, 8), "2026-01-01", "weekday");
  refused(bill(1, BH_UNIT_DAY, 3), "2026-01-01", "days");
  bh_bill b = bill(1, BH_UNIT_YEAR, 30);
  b.on_month = 2;
  refused(b, "2026-01-01", "no date");
  b = bill(1, BH_UNIT_YEAR, 1);
  b.on_month = 13;
  refused(b, "2026-01-01", "MM-DD");
  b = bill(1, BH_UNIT_WEEK, 1);
  b.on_month = 2;
  refused(b, "2026-01-01", "weekday");
  b = since(1, BH_UNIT_YEAR);
  b.on_month = 4;
  refused(b, "2026-01-01", "anniversary");
}

static void far_boundaries_stop_at_the_ends(void **state) {
  bh_schedule s = made(bill(1, BH_UNIT_MONTH, 1), "2026-01-15");
  assert_int_equal(bh_schedule_boundary(&s, INT64_MAX), BH_DAY_MAX);
  assert_int_equal(bh_schedule_boundary(&s, INT64_MIN), BH_DAY_MIN);
  assert_int_equal(bh_schedule_boundary(&s, 1000000), BH_DAY_MAX);
  assert_int_equal(bh_schedule_boundary(&s, -1000000), BH_DAY_MIN);
  s = made(bill(36525, BH_UNIT_DAY, 1), "2026-01-15");
  assert_int_equal(bh_schedule_boundary(&s, 1 << 20), BH_DAY_MAX);
}

/* Every day of ten years is in exactly the period that says so. */
static void every_day_is_in_its_period(void **state) {
  bh_bill all[] = {bill(1, BH_UNIT_MONTH, 31), bill(3, BH_UNIT_MONTH, 30), since(1, BH_UNIT_MONTH), since(7, BH_UNIT_MONTH),
                   bill(2, BH_UNIT_WEEK, 5), since(1, BH_UNIT_YEAR), bill(9, BH_UNIT_DAY, 1), since(2, BH_UNIT_QUARTER)};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    bh_schedule s = made(all[i], "2024-02-29");
    bh_sched_period last = bh_schedule_period_at(&s, D("2020-01-01"));
    for (bh_day d = D("2020-01-01"); d < D("2030-01-01"); d++) {
      bh_sched_period p = bh_schedule_period_at(&s, d);
      assert_true(p.from <= d && d < p.until);
      if (p.k != last.k) assert_true(p.k == last.k + 1 && p.from == last.until && p.from == d);
      last = p;
    }
  }
}

static bh_day issued(bh_timing timing, int32_t days, const char *in, const char *life_from, const char *life_until) {
  bh_bill b = bill(1, BH_UNIT_MONTH, 1);
  b.timing = timing;
  b.lead_days = timing == BH_ADVANCE ? days : 99;
  b.lag_days = timing == BH_ARREARS ? days : 99;
  bh_schedule s = made(b, life_from);
  bh_sched_period p = bh_schedule_period_at(&s, D(in));
  return bh_schedule_issue_date(&s, &p, D(life_from), life_until == NULL ? BH_DAY_MAX : D(life_until));
}

static void issue_dates(void **state) {
  same_day(issued(BH_ADVANCE, 0, "2026-02-01", "2026-01-15", NULL), "2026-02-01");
  same_day(issued(BH_ADVANCE, 10, "2026-03-01", "2026-01-15", NULL), "2026-02-19");
  /* the first stub is issued when the contract starts, less the lead */
  same_day(issued(BH_ADVANCE, 0, "2026-01-20", "2026-01-15", NULL), "2026-01-15");
  same_day(issued(BH_ADVANCE, 5, "2026-01-20", "2026-01-15", NULL), "2026-01-10");
  same_day(issued(BH_ARREARS, 0, "2026-01-20", "2026-01-15", NULL), "2026-02-01");
  same_day(issued(BH_ARREARS, 3, "2026-01-20", "2026-01-15", NULL), "2026-02-04");
  /* a leaver's last bill does not wait: ends 2026-06-10, so the first day out is the 11th */
  same_day(issued(BH_ARREARS, 0, "2026-06-01", "2026-01-15", "2026-06-11"), "2026-06-11");
  same_day(issued(BH_ARREARS, 2, "2026-06-01", "2026-01-15", "2026-06-11"), "2026-06-13");
  same_day(issued(BH_ARREARS, 0, "2026-05-01", "2026-01-15", "2026-06-11"), "2026-06-01");
  same_day(issued(BH_ARREARS, 0, "2026-06-01", "2026-01-15", "2026-07-01"), "2026-07-01");
  same_day(issued(BH_ADVANCE, 0, "2026-06-01", "2026-01-15", "2026-06-11"), "2026-06-01");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(months_of_the_calendar), cmocka_unit_test(clamped_and_never_chained), cmocka_unit_test(a_leap_day_yearly),
    cmocka_unit_test(a_start_on_a_clamped_boundary_has_no_stub), cmocka_unit_test(counted_from_january),
    cmocka_unit_test(from_a_month_and_day), cmocka_unit_test(years_from_the_last_on_up_to_starts),
    cmocka_unit_test(weeks_and_days), cmocka_unit_test(anniversaries), cmocka_unit_test(mistakes),
    cmocka_unit_test(far_boundaries_stop_at_the_ends), cmocka_unit_test(every_day_is_in_its_period),
    cmocka_unit_test(issue_dates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
