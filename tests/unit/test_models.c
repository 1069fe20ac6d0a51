/* package, plan, usage, percent and commit against values worked out by hand. */
#include "models_test.h"

static void test_package(void **state)
{
  static const struct { const char *q, *lines; } rows[] = {
    {"0", "0×15.00×1 0 in packages of 10"}, {"1", "1×15.00×1 1 in packages of 10"}, {"10", "1×15.00×1 10 in packages of 10"},
    {"10.000001", "2×15.00×1 10.000001 in packages of 10"}, {"27", "3×15.00×1 27 in packages of 10"}, {"114/31", "1×15.00×1 114/31 in packages of 10"},
    {"-3", "0×15.00×1 -3 in packages of 10"}};
  m_period("2026-11-01", "2026-12-01");
  m_param("#size", "10");
  m_param("$price", "15.00");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    m_run(rows[i].q);
    M_SAYS("package", rows[i].lines);
  }
  f.params[0].number = m_dec("2.5");
  f.line.fraction = (bh_ratio){1, 2}; /* amounts are prorated, sizes are not */
  m_run("5.1");
  M_SAYS("package", "3×15.00×1/2 5.1 in packages of 2.5");
  f.params[0].number = m_dec("0");
  M_FAILS("package", "size: more than 0 is expected");
}

static void test_plan(void **state)
{
  m_period("2026-11-01", "2026-12-01");
  m_param(".family", "support");
  m_param(".level", "gold");
  m_param("$price", "900.00");
  f.line.fraction = (bh_ratio){2, 3};
  m_run("1");
  M_SAYS("plan", "1×900.00×2/3");
  m_run("12");
  M_SAYS("plan", "12×900.00×2/3");
  f.line.param_count = 2;
  M_FAILS("plan", "levels: none is \"gold\"");
  m_record("levels", ".level", "silver", "$price", "500.00");
  m_record("levels", ".level", "gold", "$price", "950.00");
  M_SAYS("plan", "12×950.00×2/3 gold");
  f.params[1].text = BH_S("bronze");
  M_FAILS("plan", "levels: none is \"bronze\"");
}

static void test_usage(void **state)
{
  static const struct { const char *q, *lines; } rows[] = {
    {"0", "0×120.00×1 0 used, 10 included"}, {"10", "0×120.00×1 10 used, 10 included"}, {"10.01", "1/4×120.00×1 10.01 used, 10 included"},
    {"12.1", "9/4×120.00×1 12.1 used, 10 included"}, {"12.25", "9/4×120.00×1 12.25 used, 10 included"}, {"-2", "0×120.00×1 -2 used, 10 included"},
    {"1000", "20×120.00×1 1000 used, 10 included"}};
  m_period("2026-11-01", "2026-12-01");
  m_param("$price", "120.00");
  m_param("#included", "10");
  m_param("#round_up_to", "0.25");
  m_param("#maximum", "20");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    m_run(rows[i].q);
    M_SAYS("usage", rows[i].lines);
    assert_int_equal(f.line.carry.len, 0);
  }
  m_run("12.1");
  M_SAYS("usage", "9/4×120.00×1 12.1 used, 10 included");
  assert_string_equal(f.notes, "included 10, left 0\nused 12.1: 2.1 over what is included, billed 2.25");
  f.line.param_count = 1; /* without an allowance usage is a plain price, below zero too */
  m_run("-2.5");
  M_SAYS("usage", "-5/2×120.00×1");
  m_param("!rollover", "1");
  M_FAILS("usage", "rollover: there is no allowance to carry on");
}

static void test_usage_tiers(void **state)
{
  m_period("2026-11-01", "2026-12-01");
  m_param("#included", "1000");
  m_param(".mode", "graduated");
  m_record("tiers", "#up_to", "500", "$price", "0.05");
  m_record("tiers", "$price", "0.04", NULL, NULL);
  m_run("1000");
  M_SAYS("usage", "0×0×1 1000 used, 1000 included"); /* a price of nothing for nothing */
  m_run("1700.5");
  M_SAYS("usage", "500×0.05×1 1700.5 used, 1000 included, up to 500; 401/2×0.04×1 1700.5 used, 1000 included, over 500");
  f.params[1].text = BH_S("volume");
  M_SAYS("usage", "1401/2×0.04×1 1700.5 used, 1000 included, over 500");
}

/* Unused hours serve the next n periods, oldest first, and lapse after them. */
static void test_rollover(void **state)
{
  static const char *const months[] = {"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"};
  static const struct { const char *used, *over1, *over2; } rows[] = {
    /* n = 1 */                                                                   /* n = 2 */
    {"4", "0", "0"},       /* left 6 */                                           /* 6 */
    {"3", "0", "0"},       /* 3 of Jan, Jan's 3 lapse; left 10 */                 /* Jan 3, Feb 10 */
    {"25", "5", "2"},      /* 10 of Feb + 10: 5 over */                           /* 3 + 10 + 10: 2 over */
    {"10", "0", "0"},      {"0", "0", "0"}, /* left 10 */
    {"20.5", "1/2", "1/2"} /* 10 + 10: 0.5 over */};
  for (int n = 1; n <= 2; n++) {
    f.line.carry = (bh_str){"", 0};
    f.line.carries = true;
    f.line.param_count = 0;
    m_param("$price", "120.00");
    m_param("#included", "10");
    m_param("!rollover", n == 1 ? "1" : "2");
    for (size_t i = 0; i < 6; i++) {
      m_period(months[i], months[i + 1]);
      m_run(rows[i].used);
      const char *got = m_rate("usage"), *want = n == 1 ? rows[i].over1 : rows[i].over2;
      if (strncmp(got, want, strlen(want)) != 0 || strncmp(got + strlen(want), "×", 2) != 0)
        fail_msg("rollover %d, period %zu: \"%s\" is not %s over", n, i + 1, got, want);
    }
  }
  M_NOTES("left from the period of 2026-05-01: 10, used 10, left 0");
  m_period("2026-07-01", "2026-08-01");
  f.line.carry = BH_S("\x09zzzz");
  m_run("1");
  M_FAILS("usage", "is of another version");
}

static void test_rollover_says_what_lapses(void **state)
{
  f.line.carries = true;
  m_param("$price", "120.00");
  m_param("#included", "10");
  m_param("!rollover", "1");
  m_record("opening", "#hours", "3.5", ".bought", "2025-12-20");
  m_period("2026-01-01", "2026-02-01");
  m_run("1.25");
  M_SAYS("usage", "0×120.00×1 1.25 used, 10 included, 1.25 rolled over");
  assert_string_equal(f.notes, "left from the period of 2025-12-01: 3.5, used 1.25, left 2.25, which lapses\n"
                               "included 10, left 10, which serves the periods to come\nused 1.25: 0 over what is included");
  m_period("2026-02-01", "2026-03-01");
  m_run("21");
  M_SAYS("usage", "1×120.00×1 21 used, 10 included, 10 rolled over");
  f.line.carry = (bh_str){"", 0};
  f.records[0][1].text = BH_S("2025-11-30"); /* a period too old for n = 1 */
  m_period("2026-01-01", "2026-02-01");
  m_run("11");
  M_SAYS("usage", "1×120.00×1 11 used, 10 included");
  f.line.carry = (bh_str){"", 0};
  f.params[2].number = m_dec("2");
  M_SAYS("usage", "0×120.00×1 11 used, 10 included, 3.5 rolled over");
  f.line.carry = (bh_str){"", 0};
  f.records[0][1].text = BH_S("2025-12-18"); /* two weeks back, in weeks */
  f.params[2].number = m_dec("2");
  m_period("2026-01-01", "2026-01-08");
  m_run("11");
  M_SAYS("usage", "0×120.00×1 11 used, 10 included, 3.5 rolled over");
}

static void test_percent(void **state)
{
  m_period("2026-11-01", "2026-12-01");
  m_param(".of", "{\"product\":[\"m365\"]}");
  m_param("%percent", "3");
  m_other("m365", 26400);
  m_other("av", 99999);
  M_SAYS("percent", "3/100×264.00×1 3% of 264.00");
  assert_string_equal(f.notes, "of m365: 264.00");
  m_param("$minimum", "5.00");
  f.others[0].amount = 16667; /* 5.0001: more than the minimum by what rounding takes away */
  M_SAYS("percent", "3/100×166.67×1 3% of 166.67");
  f.others[0].amount = 16666;
  M_SAYS("percent", "1×5.00×1 minimum; 3% of 166.66 is less");
  f.line.fraction = (bh_ratio){1, 2};
  M_SAYS("percent", "3/100×166.66×1 3% of 166.66"); /* half a period: at least 2.50 */
  f.amount_count = 0;
  M_SAYS("percent", "1×5.00×1/2 minimum; 3% of 0.00 is less");
  f.line.param_count = 2;
  M_SAYS("percent", "3/100×0.00×1 3% of 0.00");
  f.others[0].amount = -10000; /* a rule took more off than there was */
  f.amount_count = 1;
  M_SAYS("percent", "3/100×-100.00×1 3% of -100.00");
}

static void test_commit(void **state)
{
  m_period("2026-11-01", "2026-12-01");
  m_param("$amount", "2000.00");
  m_param(".of", "all");
  m_other("a", 123456);
  m_other("b", 5000);
  M_SAYS("commit", "1×715.44×1 2000.00 committed, 1284.56 billed");
  f.others[1].amount = 76544;
  M_SAYS("commit", "1×0.00×1 2000.00 committed, 2000.00 billed");
  f.others[1].amount = 76545;
  M_SAYS("commit", "1×0.00×1 2000.00 committed, 2000.01 billed");
  f.line.fraction = (bh_ratio){1, 3};
  f.amount_count = 0;
  M_SAYS("commit", "1×666.67×1 666.67 committed, 0.00 billed");
  assert_string_equal(f.notes, "committed: 2000.00 × 1/3 = 666.67");
  /* 0.25 × 1/2 = 0.125: to 0.13 half-up, to 0.12 half-even; and 0.375 to 0.38 either way */
  f.params[0].number = m_dec("0.25");
  f.line.fraction = (bh_ratio){1, 2};
  M_SAYS("commit", "1×0.13×1 0.13 committed, 0.00 billed");
  f.rounding = BH_HALF_EVEN;
  M_SAYS("commit", "1×0.12×1 0.12 committed, 0.00 billed");
  f.params[0].number = m_dec("0.75");
  M_SAYS("commit", "1×0.38×1 0.38 committed, 0.00 billed");
  f.decimals = 0;
  f.params[0].number = m_dec("2001");
  M_SAYS("commit", "1×1000×1 1000 committed, 0 billed");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, models_setup, models_teardown)
  const struct CMUnitTest tests[] = {T(test_package), T(test_plan), T(test_usage), T(test_usage_tiers), T(test_rollover),
    T(test_rollover_says_what_lapses), T(test_percent), T(test_commit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
