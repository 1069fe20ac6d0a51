/* Deferred revenue: straight line by days, cumulative, to the last cent. */
#include "billing/earned.h"
#include "billing_test.h"

static bh_day day(int month, int d) { return bh_day_make(2026, month, d); }
static bh_span month(int m) { return (bh_span){day(m, 1), bh_day_make(2026 + m / 12, m % 12 + 1, 1)}; }

static void a_month_in_advance(void **state) {
  (void)state;
  bh_span dec = month(12); /* 31 days */
  assert_int_equal(bh_earned(10000, dec, day(12, 1), day(11, 30)), 0);
  assert_int_equal(bh_earned(10000, dec, day(12, 1), day(12, 1)), 323);   /* 322.58 */
  assert_int_equal(bh_earned(10000, dec, day(12, 1), day(12, 2)), 645);   /* 645.16 */
  assert_int_equal(bh_earned(10000, dec, day(12, 1), day(12, 30)), 9677); /* 9677.42 */
  assert_int_equal(bh_earned(10000, dec, day(12, 1), day(12, 31)), 10000);
  assert_int_equal(bh_earned(10000, dec, day(12, 1), bh_day_make(2030, 1, 1)), 10000);
}

static void days_before_the_document_are_earned_with_it(void **state) {
  (void)state;
  /* November, on a document of the 21st: 21 of 30 days at once */
  assert_int_equal(bh_earned(3000, month(11), day(11, 21), day(11, 20)), 0);
  assert_int_equal(bh_earned(3000, month(11), day(11, 21), day(11, 21)), 2100);
  assert_int_equal(bh_earned(3000, month(11), day(11, 21), day(11, 22)), 2200);
}

static void billed_ahead_of_the_period(void **state) {
  (void)state;
  assert_int_equal(bh_earned(3100, month(12), day(11, 16), day(11, 30)), 0); /* lead_days = 15 */
  assert_int_equal(bh_earned(3100, month(12), day(11, 16), day(12, 1)), 100);
}

static void days_add_up_and_credits_mirror(void **state) {
  (void)state;
  static const int64_t amounts[] = {1, 99, 100, 12345, 9999999, INT64_MAX};
  bh_span year = {day(1, 15), bh_day_make(2027, 1, 15)};
  for (size_t k = 0; k < sizeof amounts / sizeof amounts[0]; k++) {
    int64_t before = 0, sum = 0;
    for (bh_day d = day(1, 1); d < bh_day_make(2027, 2, 1); d++) {
      int64_t now = bh_earned(amounts[k], year, day(1, 15), d);
      assert_true(now >= before && now <= amounts[k]);
      assert_int_equal(bh_earned(-amounts[k], year, day(1, 15), d), -now);
      sum += now - before;
      before = now;
    }
    assert_int_equal(sum, amounts[k]);
  }
}

static void an_end_taken_back_is_what_the_rest_would_have_earned(void **state) {
  (void)state;
  /* a year of 365.00 billed on 1 January, ended with June: 184.00 for 184 days come back over just these days */
  bh_span year = {day(1, 1), bh_day_make(2027, 1, 1)}, rest = {day(7, 1), bh_day_make(2027, 1, 1)};
  for (bh_day d = day(7, 1); d <= day(12, 31); d++)
    assert_int_equal(bh_earned(36500, year, day(1, 1), d) + bh_earned(-18400, rest, day(7, 1), d), 18100);
}

static void what_defers(void **state) {
  (void)state;
  assert_true(bh_span_defers(month(12), day(12, 1)));
  assert_true(bh_span_defers(month(12), day(12, 30)));
  assert_false(bh_span_defers(month(12), day(12, 31)));
  assert_false(bh_span_defers((bh_span){day(12, 5), day(12, 6)}, day(12, 5))); /* a one-off on its day */
  assert_true(bh_span_defers((bh_span){day(12, 5), day(12, 6)}, day(12, 4)));
  assert_false(bh_span_defers((bh_span){0, 0}, day(12, 5)));
  assert_int_equal(bh_earned(500, (bh_span){0, 0}, day(12, 5), day(12, 5)), 500);
  assert_int_equal(bh_earned(500, (bh_span){0, 0}, day(12, 5), day(12, 4)), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_month_in_advance), cmocka_unit_test(days_before_the_document_are_earned_with_it), cmocka_unit_test(billed_ahead_of_the_period),
    cmocka_unit_test(days_add_up_and_credits_mirror), cmocka_unit_test(an_end_taken_back_is_what_the_rest_would_have_earned), cmocka_unit_test(what_defers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
