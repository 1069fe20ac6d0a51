/* Periods, proration and prices at the edges of the calendar and of numbers, and every mistake by its words (BILLING 2, 4, 6.1). */
#include "billing_test.h"

static bh_schedule made(bh_bill b, bh_day starts) {
  bh_schedule s;
  bh_error err = {0};
  assert_int_equal(bh_schedule_init(&s, &b, starts, &err), BH_OK);
  return s;
}

static void refused(bh_bill b, const char *part) {
  bh_schedule s;
  bh_error err = {0};
  assert_int_equal(bh_schedule_init(&s, &b, D("2026-01-01"), &err), BH_E_INVALID);
  says(&err, part);
}

static void units_by_name(void **state) {
  static const char *const words[] = {"days", "weeks", "months", "quarters", "years"};
  for (bh_unit u = BH_UNIT_DAY; u <= BH_UNIT_YEAR; u++) refused((bh_bill){.unit = u}, words[u]);
}

static void days_of_schedules(void **state) {
  bh_schedule s = made((bh_bill){.every = 1, .unit = BH_UNIT_WEEK}, D("2026-11-18")); /* a week begins on Monday */
  same_day(bh_schedule_boundary(&s, 0), "2026-11-16");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_WEEK, .on = -1}, "weekday");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_WEEK, .on = 8}, "weekday");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_WEEK, .on = 1, .on_month = 2}, "weekday");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_MONTH, .on = 1, .on_month = -1}, "MM-DD");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_MONTH, .on = 1, .on_month = 13}, "MM-DD");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_DAY, .on = 0, .on_month = 1}, "days");
  refused((bh_bill){.every = 1, .unit = BH_UNIT_DAY, .on = 2}, "days");
}

static void no_boundary_leaves_the_calendar(void **state) {
  bh_schedule s = made((bh_bill){.every = 2, .unit = BH_UNIT_DAY}, D("2026-01-01"));
  assert_int_equal(bh_schedule_boundary(&s, INT64_MAX), BH_DAY_MAX); /* k × every does not fit */
  assert_int_equal(bh_schedule_boundary(&s, INT64_MIN), BH_DAY_MIN);
  assert_int_equal(bh_schedule_boundary(&s, (int64_t)1 << 40), BH_DAY_MAX); /* it fits, and is no day */
  assert_int_equal(bh_schedule_boundary(&s, -((int64_t)1 << 40)), BH_DAY_MIN);
  assert_int_equal(bh_schedule_boundary(&s, 1000000), BH_DAY_MAX);
  assert_int_equal(bh_schedule_boundary(&s, -1000000), BH_DAY_MIN);
  s = made((bh_bill){.every = 1, .unit = BH_UNIT_YEAR}, D("2026-01-01"));
  assert_int_equal(bh_schedule_boundary(&s, 3000), BH_DAY_MAX);
  assert_int_equal(bh_schedule_boundary(&s, -3000), BH_DAY_MIN);
}

static void no_issue_date_leaves_the_calendar(void **state) {
  bh_schedule s = made((bh_bill){.every = 1, .unit = BH_UNIT_MONTH, .lead_days = 31}, D("2026-01-01"));
  bh_sched_period ever = {0, BH_DAY_MIN, BH_DAY_MAX};
  assert_int_equal(bh_schedule_issue_date(&s, &ever, BH_DAY_MIN, BH_DAY_MAX), BH_DAY_MIN);
  s.bill.timing = BH_ARREARS;
  s.bill.lag_days = 31;
  assert_int_equal(bh_schedule_issue_date(&s, &ever, BH_DAY_MIN, BH_DAY_MAX), BH_DAY_MAX);
}

static void proration_knows_four_ways(void **state) {
  bh_bill month = {.every = 1, .unit = BH_UNIT_MONTH};
  bh_ratio r;
  bh_error err = {0};
  assert_int_equal(bh_prorate_fraction(&r, (bh_prorate)4, &month, 0, 31, 0, 10, &err), BH_E_INVALID);
  says(&err, "\"full\"");
  assert_int_equal(bh_prorate_part(&r, (bh_prorate)4, &month, 0, 31, 0, 5, 10, &err), BH_E_INVALID);
  assert_int_equal(bh_prorate_fraction(&r, BH_PRORATE_NONE, &month, 0, 31, 1, 31, &err), BH_OK);
  same_ratio(r, 0, 1);
}

static void a_price_with_no_room_for_cents(void **state) {
  bh_uplift u = {.on = true, .percent = dec("1"), .every_months = 12, .from = 0};
  bh_dec p = {INT64_MAX, 0, 0};
  bh_error err = {0};
  assert_int_equal(bh_uplift_apply(&p, &u, 10, 2, BH_HALF_UP, &err), BH_E_OVERFLOW);
  says(&err, "after 1 steps");
}

/* Records in records: eight deep are taken, a ninth is refused with the way to it. */
static void records_too_deep(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  enum { DEEP = 9 };
  bh_param p[DEEP];
  bh_param_record r[DEEP];
  for (int i = 0; i < DEEP; i++) {
    p[i] = (bh_param){.key = BH_S("parts"), .type = BH_PARAM_RECORDS};
    if (i + 1 < DEEP) {
      r[i] = (bh_param_record){&p[i + 1], 1};
      p[i].records = &r[i];
      p[i].record_count = 1;
    }
  }
  bh_bound *b;
  size_t n;
  bh_error err = {0};
  assert_int_equal(bh_params_bind(&b, &n, &a, p, 1, 0, NULL, 2, BH_HALF_UP, &err), BH_E_INVALID);
  says(&err, "parts[1]: parts[1]");
  says(&err, "more than 8 deep");
  assert_int_equal(bh_params_bind(&b, &n, &a, p + 1, 1, 0, NULL, 2, BH_HALF_UP, &err), BH_OK);
  bh_arena_dispose(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(units_by_name), cmocka_unit_test(days_of_schedules), cmocka_unit_test(no_boundary_leaves_the_calendar),
    cmocka_unit_test(no_issue_date_leaves_the_calendar), cmocka_unit_test(proration_knows_four_ways),
    cmocka_unit_test(a_price_with_no_room_for_cents), cmocka_unit_test(records_too_deep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
