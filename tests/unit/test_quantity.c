/* BILLING 3: from counts to the quantity that is billed. */
#include "billing_test.h"

static bh_ratio applied(bh_ratio raw, const char *minimum, const char *included, const char *step, const char *maximum) {
  bh_dec lo = {0}, up = {0}, hi = {0};
  bh_ratio inc = {0, 1}, out = {0, 1};
  bh_error err = {0};
  if (minimum != NULL) lo = dec(minimum);
  if (included != NULL) assert_true(bh_ratio_of_dec(&inc, dec(included)));
  if (step != NULL) up = dec(step);
  if (maximum != NULL) hi = dec(maximum);
  assert_int_equal(bh_quantity_apply(&out, raw, minimum ? &lo : NULL, included ? &inc : NULL, step ? &up : NULL,
                                     maximum ? &hi : NULL, &err), BH_OK);
  return out;
}

static void each_alone(void **state) {
  same_ratio(applied(ratio(7, 1), NULL, NULL, NULL, NULL), 7, 1);
  same_ratio(applied(ratio(7, 1), "10", NULL, NULL, NULL), 10, 1);
  same_ratio(applied(ratio(10, 1), "10", NULL, NULL, NULL), 10, 1);
  same_ratio(applied(ratio(12, 1), "10", NULL, NULL, NULL), 12, 1);
  same_ratio(applied(ratio(12, 1), NULL, "5", NULL, NULL), 7, 1);
  same_ratio(applied(ratio(5, 1), NULL, "5", NULL, NULL), 0, 1);
  same_ratio(applied(ratio(4, 1), NULL, "5", NULL, NULL), 0, 1); /* never below zero */
  same_ratio(applied(ratio(101, 100), NULL, NULL, "0.25", NULL), 5, 4);
  same_ratio(applied(ratio(5, 4), NULL, NULL, "0.25", NULL), 5, 4);
  same_ratio(applied(ratio(114, 31), NULL, NULL, "1", NULL), 4, 1);
  same_ratio(applied(ratio(0, 1), NULL, NULL, "0.25", NULL), 0, 1);
  same_ratio(applied(ratio(9, 1), NULL, NULL, NULL, "8"), 8, 1);
  same_ratio(applied(ratio(7, 1), NULL, NULL, NULL, "8"), 7, 1);
}

static void in_this_order(void **state) {
  same_ratio(applied(ratio(3, 1), "10", "5", NULL, NULL), 5, 1);     /* minimum before included */
  same_ratio(applied(ratio(21, 2), NULL, "10.25", "1", NULL), 1, 1); /* included before round_up_to */
  same_ratio(applied(ratio(9, 1), NULL, NULL, "10", "8"), 8, 1);     /* maximum last, no multiple of the step */
  same_ratio(applied(ratio(2, 1), "12", "2", "3", "11"), 11, 1);
}

static void mistakes(void **state) {
  bh_dec zero = {0, 0, 0}, big = {INT64_MAX, 0, 0}, tiny = {1, 9, 0};
  bh_ratio out, inc = {INT64_MAX, 1};
  bh_error err = {0};
  assert_int_equal(bh_quantity_apply(&out, ratio(1, 1), NULL, NULL, &zero, NULL, &err), BH_E_INVALID);
  says(&err, "round_up_to");
  assert_int_equal(bh_quantity_apply(&out, ratio(INT64_MIN + 1, 1), NULL, &inc, NULL, NULL, &err), BH_E_OVERFLOW);
  assert_int_equal(bh_quantity_apply(&out, ratio(2, 1), &big, NULL, &tiny, NULL, &err), BH_E_OVERFLOW);
}

/* June: 3 up to the 10th, 5 up to the 20th, 4 to the end; read from the 30th of May on for a lead. */
static bh_ratio at(bh_at how, const char *from, const char *until, const char *issue) {
  bh_count_run runs[] = {
    {D("2026-05-20"), D("2026-06-11"), {3, 1}}, {D("2026-06-11"), D("2026-06-21"), {5, 1}}, {D("2026-06-21"), D("2026-07-01"), {4, 1}},
  };
  bh_ratio out = {0, 1};
  bh_error err = {0};
  assert_int_equal(bh_quantity_at(&out, how, runs, 3, D(from), D(until), D(issue), &err), BH_OK);
  return out;
}

static void one_quantity_of_a_period(void **state) {
  same_ratio(at(BH_AT_ISSUE, "2026-06-01", "2026-07-01", "2026-06-15"), 5, 1);
  same_ratio(at(BH_AT_ISSUE, "2026-06-01", "2026-07-01", "2026-05-22"), 3, 1); /* before the period, for lead_days */
  same_ratio(at(BH_AT_START, "2026-06-01", "2026-07-01", "2026-06-15"), 3, 1);
  same_ratio(at(BH_AT_END, "2026-06-01", "2026-07-01", "2026-06-15"), 4, 1);
  same_ratio(at(BH_AT_PEAK, "2026-06-01", "2026-07-01", "2026-06-15"), 5, 1);
  same_ratio(at(BH_AT_AVERAGE, "2026-06-01", "2026-07-01", "2026-06-15"), 4, 1);
}

static void only_the_days_in_force(void **state) {
  same_ratio(at(BH_AT_START, "2026-06-11", "2026-07-01", "2026-06-11"), 5, 1);
  same_ratio(at(BH_AT_END, "2026-06-01", "2026-06-21", "2026-06-01"), 5, 1);
  same_ratio(at(BH_AT_END, "2026-06-01", "2026-06-11", "2026-06-01"), 3, 1);
  same_ratio(at(BH_AT_PEAK, "2026-06-21", "2026-07-01", "2026-06-21"), 4, 1);
  same_ratio(at(BH_AT_AVERAGE, "2026-06-10", "2026-06-13", "2026-06-10"), 13, 3); /* exact */
  same_ratio(at(BH_AT_AVERAGE, "2026-06-20", "2026-06-21", "2026-06-20"), 5, 1);
}

static void counts_must_cover_the_days(void **state) {
  bh_count_run runs[] = {{D("2026-06-01"), D("2026-06-11"), {3, 1}}, {D("2026-06-12"), D("2026-07-01"), {5, 1}}};
  bh_ratio out;
  bh_error err = {0};
  bh_day from = D("2026-06-01"), until = D("2026-07-01");
  assert_int_equal(bh_quantity_at(&out, BH_AT_ISSUE, runs, 2, from, until, D("2026-06-11"), &err), BH_E_INVALID);
  says(&err, "2026-06-11");
  assert_int_equal(bh_quantity_at(&out, BH_AT_ISSUE, runs, 2, from, until, D("2026-05-31"), &err), BH_E_INVALID);
  assert_int_equal(bh_quantity_at(&out, BH_AT_AVERAGE, runs, 2, from, until, from, &err), BH_E_INVALID);
  says(&err, "29 of 30 days");
  assert_int_equal(bh_quantity_at(&out, BH_AT_PEAK, NULL, 0, from, until, from, &err), BH_E_INVALID);
  assert_int_equal(bh_quantity_at(&out, BH_AT_START, runs, 2, from, from, from, &err), BH_E_INVALID);
  assert_int_equal(bh_quantity_at(&out, BH_AT_DAILY, runs, 2, from, until, from, &err), BH_E_INVALID);
  assert_int_equal(bh_quantity_at(&out, BH_AT_SUM, runs, 2, from, until, from, &err), BH_E_INVALID);
  runs[0].until = D("2026-06-12");
  runs[0].count = runs[1].count = ratio(INT64_MAX, 1);
  assert_int_equal(bh_quantity_at(&out, BH_AT_AVERAGE, runs, 2, from, until, from, &err), BH_E_OVERFLOW);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_alone), cmocka_unit_test(in_this_order), cmocka_unit_test(mistakes),
    cmocka_unit_test(one_quantity_of_a_period), cmocka_unit_test(only_the_days_in_force),
    cmocka_unit_test(counts_must_cover_the_days),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
