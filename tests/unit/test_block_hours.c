/* block_hours against a ledger kept by hand. */
#include "models_test.h"

static void terms(const char *hours, const char *expires, const char *threshold, const char *overage)
{
  f.line.param_count = f.record_count = 0;
  f.line.carries = f.line.by_day = true;
  f.line.carry = (bh_str){"", 0};
  m_param("#hours", hours);
  m_param("$price", "2200.00");
  if (expires)
    m_param("!expires_months", expires);
  if (threshold)
    m_param("#threshold", threshold);
  if (overage)
    m_param("$overage_price", "130.00");
}

static void test_the_first_block_is_bought_when_the_line_begins(void **state)
{
  terms("20", "12", "2", NULL);
  m_period("2026-11-01", "2026-12-01");
  f.line.from += 9; /* from the 10th: a block is never prorated */
  f.line.fraction = (bh_ratio){21, 30};
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-10, good until 2027-11-09");
  assert_string_equal(f.notes, "at the end: 20 left of the block of 2026-11-10");
  m_period("2026-12-01", "2027-01-01");
  M_SAYS("block_hours", "0×0×1 drawn from what is prepaid, 20 left");
  terms("20", NULL, "2", NULL);
  m_period("2026-11-01", "2026-12-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-01");
}

static void test_a_new_block_on_the_day_the_threshold_is_reached(void **state)
{
  terms("20", "12", "2", NULL);
  m_period("2026-11-01", "2026-12-01");
  m_used("2026-11-05", "7.5");
  m_used("2026-11-12", "10.25"); /* 2.25 left: above 2 */
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-01, good until 2027-10-31; 71/4×0×1 drawn from what is prepaid, 2.25 left");
  m_period("2026-12-01", "2027-01-01");
  m_used("2026-12-03", "0.25"); /* exactly 2 left: reached */
  m_used("2026-12-20", "3");    /* 2 of the old block, 1 of the new */
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-12-03, good until 2027-12-02; 13/4×0×1 drawn from what is prepaid, 19 left");
  assert_string_equal(f.notes, "at the start: 2.25 left of the block of 2026-11-01\n2026-12-03: 2 left, threshold 2: a block is bought\n"
                               "at the end: 19 left of the block of 2026-12-03");
}

static void test_one_day_may_buy_several(void **state)
{
  terms("20", NULL, "0", NULL);
  m_period("2026-11-01", "2026-12-01");
  m_used("2026-11-05", "60"); /* three blocks to the last hour: the fourth for what comes */
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-01; 1×2200.00×1 20 bought 2026-11-05; 1×2200.00×1 20 bought 2026-11-05; "
                        "1×2200.00×1 20 bought 2026-11-05; 60×0×1 drawn from what is prepaid, 20 left");
  terms("2", NULL, "5", NULL); /* blocks smaller than the threshold: as many as it takes */
  m_period("2026-11-01", "2026-12-01");
  M_SAYS("block_hours", "1×2200.00×1 2 bought 2026-11-01; 1×2200.00×1 2 bought 2026-11-01; 1×2200.00×1 2 bought 2026-11-01");
}

static void test_overage_where_none_is_bought(void **state)
{
  terms("20", "12", NULL, "130.00");
  m_period("2026-11-01", "2026-12-01");
  m_used("2026-11-05", "18");
  m_used("2026-11-06", "5.5");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-01, good until 2027-10-31; 20×0×1 drawn from what is prepaid, 0 left; "
                        "7/2×130.00×1 beyond what is prepaid");
  m_period("2026-12-01", "2027-01-01");
  m_used("2026-12-05", "1");
  M_SAYS("block_hours", "0×0×1 drawn from what is prepaid, 0 left; 1×130.00×1 beyond what is prepaid");
}

static void test_blocks_lapse(void **state)
{
  terms("20", "12", NULL, "130.00");
  m_record("opening", "#hours", "3", ".bought", "2025-11-15");
  m_record("opening", "#hours", "13.25", ".bought", "2026-08-01");
  m_record("opening", "#hours", "1", ".bought", "2025-11-15"); /* two on one day */
  m_period("2026-11-01", "2026-12-01");
  m_used("2026-11-14", "2"); /* the last day of the two old ones */
  m_used("2026-11-15", "1"); /* they are over: of the one of August */
  M_SAYS("block_hours", "3×0×1 drawn from what is prepaid, 12.25 left");
  M_NOTES("2026-11-15: 1 left of the block of 2025-11-15 lapse");
  M_NOTES("at the end: 12.25 left of the block of 2026-08-01");
  /* a block that lapses makes the next one due on that day */
  terms("20", "12", "2", NULL);
  m_record("opening", "#hours", "5", ".bought", "2025-11-15");
  m_period("2026-11-01", "2026-12-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-15, good until 2027-11-14");
  m_period("2027-11-01", "2027-12-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2027-11-15, good until 2028-11-14");
}

static void test_months_end_and_leap_years(void **state)
{
  terms("20", "12", "2", NULL);
  m_record("opening", "#hours", "5", ".bought", "2028-02-29");
  m_period("2029-02-01", "2029-03-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2029-02-28, good until 2030-02-27");
  terms("20", "48", "2", NULL);
  m_record("opening", "#hours", "5", ".bought", "2028-02-29");
  m_period("2032-02-01", "2032-03-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2032-02-29, good until 2036-02-28");
  terms("20", "1", "2", NULL);
  m_record("opening", "#hours", "5", ".bought", "2026-01-31");
  m_period("2026-02-01", "2026-03-01");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-02-28, good until 2026-03-27");
}

static void test_hours_taken_back(void **state)
{
  terms("20", NULL, NULL, "130.00");
  m_period("2026-11-01", "2026-12-01");
  m_used("2026-11-05", "22");
  m_used("2026-11-06", "-3"); /* 2 off the overage, 1 back */
  m_used("2026-11-07", "0.5");
  M_SAYS("block_hours", "1×2200.00×1 20 bought 2026-11-01; 39/2×0×1 drawn from what is prepaid, 0.5 left");
  m_period("2026-12-01", "2027-01-01");
  m_used("2026-12-01", "-4");
  M_SAYS("block_hours", "-4×0×1 drawn from what is prepaid, 4.5 left");
}

static void test_mistakes(void **state)
{
  terms("0", NULL, "2", NULL);
  m_period("2026-11-01", "2026-12-01");
  M_FAILS("block_hours", "hours: more than 0 is expected");
  terms("20", "-1", "2", NULL);
  M_FAILS("block_hours", "expires_months: 0 (never)");
  terms("1", NULL, "0", NULL);
  m_used("2026-11-05", "100000");
  M_FAILS("block_hours", "emitted more than 10,000 lines");
  terms("20", NULL, "0", NULL);
  m_period("2026-11-01", "2026-12-01");
  f.line.carry = BH_S("\x01zzzz");
  M_FAILS("block_hours", "of another version");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, models_setup, models_teardown)
  const struct CMUnitTest tests[] = {T(test_the_first_block_is_bought_when_the_line_begins), T(test_a_new_block_on_the_day_the_threshold_is_reached),
    T(test_one_day_may_buy_several), T(test_overage_where_none_is_bought), T(test_blocks_lapse), T(test_months_end_and_leap_years),
    T(test_hours_taken_back), T(test_mistakes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
