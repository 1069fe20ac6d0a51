/* BILLING 1 (dated numbers) and 6.1 (uplift), and the two together in a line's parameters. */
#include "billing_test.h"

static void dated_numbers(void **state) {
  bh_dated_item items[] = {{BH_DAY_MIN, {4200, 2, 0}}, {D("2027-01-01"), {4400, 2, 0}}, {D("2028-01-01"), {4500, 2, 0}}};
  bh_dated d = {items, 3};
  same_dec(*bh_dated_on(&d, BH_DAY_MIN), "42.00");
  same_dec(*bh_dated_on(&d, D("2026-12-31")), "42.00");
  same_dec(*bh_dated_on(&d, D("2027-01-01")), "44.00");
  same_dec(*bh_dated_on(&d, D("2027-12-31")), "44.00");
  same_dec(*bh_dated_on(&d, BH_DAY_MAX), "45.00");
  bh_dated late = {items + 1, 2}, none = {NULL, 0};
  assert_null(bh_dated_on(&late, D("2026-12-31")));
  assert_null(bh_dated_on(&none, D("2026-12-31")));
}

static bh_uplift uplift(const char *percent, int32_t every, const char *from) {
  return (bh_uplift){.on = true, .percent = dec(percent), .every_months = every, .from = D(from)};
}

static void steps(void **state) {
  bh_uplift u = uplift("3.5", 12, "2027-01-01");
  assert_int_equal(bh_uplift_steps(&u, D("2026-12-31")), 0);
  assert_int_equal(bh_uplift_steps(&u, D("2027-01-01")), 1); /* up to the day, itself included */
  assert_int_equal(bh_uplift_steps(&u, D("2027-12-31")), 1);
  assert_int_equal(bh_uplift_steps(&u, D("2028-01-01")), 2);
  assert_int_equal(bh_uplift_steps(&u, D("2036-06-01")), 10);
  u = uplift("3.5", 1, "2026-01-31"); /* clamped, never chained */
  assert_int_equal(bh_uplift_steps(&u, D("2026-02-27")), 1);
  assert_int_equal(bh_uplift_steps(&u, D("2026-02-28")), 2);
  assert_int_equal(bh_uplift_steps(&u, D("2026-03-30")), 2);
  assert_int_equal(bh_uplift_steps(&u, D("2026-03-31")), 3);
  u = uplift("3.5", 0, "2026-01-31"); /* once */
  assert_int_equal(bh_uplift_steps(&u, D("2036-03-31")), 1);
  u.on = false;
  assert_int_equal(bh_uplift_steps(&u, D("2036-03-31")), 0);
}

static void raised(const char *price, const char *percent, const char *day, int decimals, bh_rounding mode, const char *want) {
  bh_uplift u = uplift(percent, 12, "2027-01-01");
  bh_dec p = dec(price);
  bh_error err = {0};
  assert_int_equal(bh_uplift_apply(&p, &u, D(day), decimals, mode, &err), BH_OK);
  same_dec(p, want);
}

static void each_step_is_rounded(void **state) {
  raised("42.00", "3.5", "2026-12-01", 2, BH_HALF_UP, "42.00");
  raised("42.00", "3.5", "2027-01-01", 2, BH_HALF_UP, "43.47");
  raised("42.00", "3.5", "2028-01-01", 2, BH_HALF_UP, "44.99");  /* 44.99145 */
  raised("42.00", "3.5", "2029-01-01", 2, BH_HALF_UP, "46.56");  /* 44.99 × 1.035 = 46.56465; unrounded: 46.566… */
  raised("0.015", "3.5", "2027-01-01", 2, BH_HALF_UP, "0.016");  /* the price's own three decimals */
  raised("10", "2.5", "2027-01-01", 2, BH_HALF_UP, "10.25");     /* at least the currency's */
  raised("10", "2.5", "2027-01-01", 0, BH_HALF_UP, "10");        /* JPY: a step that changes nothing */
  raised("100", "2.5", "2027-01-01", 0, BH_HALF_UP, "103");
  raised("100", "2.5", "2027-01-01", 0, BH_HALF_EVEN, "102");
  raised("1.000", "3.3", "2027-01-01", 3, BH_HALF_UP, "1.033");  /* KWD */
  raised("0.10", "3", "2040-01-01", 2, BH_HALF_UP, "0.10");      /* 14 steps of nothing */
  raised("100.00", "-10", "2028-01-01", 2, BH_HALF_UP, "81.00");
  raised("0.123456789", "1", "2027-01-01", 2, BH_HALF_UP, "0.124691357");
}

/* Dated percents: a step that changes nothing may be followed by one that does. */
static void each_step_has_its_own_percent(void **state) {
  bh_dated_item percents[] = {{BH_DAY_MIN, dec("3")}, {D("2028-01-01"), dec("50")}};
  bh_uplift u = uplift("3", 12, "2027-01-01");
  u.percents = (bh_dated){percents, 2};
  bh_dec p = dec("0.10");
  bh_error err = {0};
  assert_int_equal(bh_uplift_apply(&p, &u, D("2028-06-01"), 2, BH_HALF_UP, &err), BH_OK);
  same_dec(p, "0.15"); /* 0.103, then 0.15 */
}

static void overflow(void **state) {
  bh_uplift u = uplift("100", 1, "1900-01-01");
  bh_dec p = dec("1.00");
  bh_error err = {0};
  assert_int_equal(bh_uplift_apply(&p, &u, D("2027-01-01"), 2, BH_HALF_UP, &err), BH_E_OVERFLOW);
  says(&err, "uplift");
  same_dec(p, "1.00");
}

static void parameters_of_a_day(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_dated_item price[] = {{BH_DAY_MIN, dec("42.00")}, {D("2028-01-01"), dec("50.00")}};
  bh_dated_item tier[] = {{BH_DAY_MIN, dec("0.100")}}, flat[] = {{BH_DAY_MIN, dec("9.00")}}, up_to[] = {{BH_DAY_MIN, dec("10")}};
  bh_dated_item minimum[] = {{BH_DAY_MIN, dec("5.00")}}, percent[] = {{BH_DAY_MIN, dec("3")}};
  bh_param first[] = {{.key = BH_S("up_to"), .type = BH_PARAM_QUANTITY, .number = {up_to, 1}},
                      {.key = BH_S("price"), .type = BH_PARAM_MONEY, .number = {tier, 1}}};
  bh_param second[] = {{.key = BH_S("up_to"), .type = BH_PARAM_QUANTITY}, {.key = BH_S("flat"), .type = BH_PARAM_MONEY, .number = {flat, 1}}};
  bh_param_record tiers[] = {{first, 2}, {second, 2}};
  bh_param params[] = {
    {.key = BH_S("price"), .type = BH_PARAM_MONEY, .number = {price, 2}},
    {.key = BH_S("minimum"), .type = BH_PARAM_MONEY, .number = {minimum, 1}},
    {.key = BH_S("amount"), .type = BH_PARAM_MONEY, .number = {minimum, 1}},
    {.key = BH_S("percent"), .type = BH_PARAM_PERCENT, .number = {percent, 1}},
    {.key = BH_S("mode"), .type = BH_PARAM_CHOICE, .text = BH_S("volume")},
    {.key = BH_S("family"), .type = BH_PARAM_TEXT},
    {.key = BH_S("tiers"), .type = BH_PARAM_RECORDS, .records = tiers, .record_count = 2},
  };
  bh_uplift u = uplift("10", 12, "2027-01-01");
  bh_bound *b;
  size_t n;
  bh_error err = {0};
  assert_int_equal(bh_params_bind(&b, &n, &a, params, 7, D("2027-06-01"), &u, 2, BH_HALF_UP, &err), BH_OK);
  assert_int_equal(n, 7);
  same_dec(b[0].number, "46.20");
  same_dec(b[1].number, "5.00"); /* a minimum is not lifted, nor a commitment, nor what is no money */
  same_dec(b[2].number, "5.00");
  same_dec(b[3].number, "3");
  assert_true(b[4].set);
  same_str(b[4].text, "volume");
  assert_false(b[5].set);
  assert_int_equal(b[6].record_count, 2);
  same_dec(b[6].records[0].items[0].number, "10");
  same_dec(b[6].records[0].items[1].number, "0.110");
  assert_false(b[6].records[1].items[0].set); /* the last tier is open */
  same_dec(b[6].records[1].items[1].number, "9.90");
  assert_int_equal(bh_params_bind(&b, &n, &a, params, 7, D("2028-01-01"), &u, 2, BH_HALF_UP, &err), BH_OK);
  same_dec(b[0].number, "60.50"); /* the dated price, both steps */
  assert_int_equal(bh_params_bind(&b, &n, &a, params, 7, D("2026-06-01"), &u, 2, BH_HALF_UP, &err), BH_OK);
  same_dec(b[0].number, "42.00");
  assert_int_equal(bh_params_bind(&b, &n, &a, params, 7, D("2027-06-01"), NULL, 2, BH_HALF_UP, &err), BH_OK);
  same_dec(b[0].number, "42.00");
  tier[0].value = (bh_dec){INT64_MAX, 3, 0};
  assert_int_equal(bh_params_bind(&b, &n, &a, params, 7, D("2027-06-01"), &u, 2, BH_HALF_UP, &err), BH_E_OVERFLOW);
  says(&err, "tiers[1]: price");
  bh_arena_dispose(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(dated_numbers), cmocka_unit_test(steps), cmocka_unit_test(each_step_is_rounded), cmocka_unit_test(each_step_has_its_own_percent), cmocka_unit_test(overflow),
    cmocka_unit_test(parameters_of_a_day),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
