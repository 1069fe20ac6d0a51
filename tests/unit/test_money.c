/* Amounts, scaling, splitting, currencies. */
#include "base/dec.h"
#include "test_util.h"

static bh_dec dec(const char *z)
{
  bh_dec d;
  if (!bh_dec_parse(&d, bh_str_c(z), 9))
    fail_msg("\"%s\" is not a decimal", z);
  return d;
}

static void test_amount(void **state)
{
  static const struct { const char *price; bh_ratio q, f; int decimals; int64_t up, even; } cases[] = {
    {"42.00", {42, 1}, {1, 1}, 2, 176400, 176400},
    {"42.00", {1, 1}, {17, 31}, 2, 2303, 2303},       /* 23.0322… */
    {"0.005", {1, 1}, {1, 1}, 2, 1, 0}, {"0.015", {1, 1}, {1, 1}, 2, 2, 2}, {"-0.005", {1, 1}, {1, 1}, 2, -1, 0}, {"-0.015", {1, 1}, {1, 1}, 2, -2, -2},
    {"0.01", {1, 1}, {1, 2}, 2, 1, 0}, {"0.03", {1, 1}, {1, 2}, 2, 2, 2}, {"0.05", {-1, 1}, {1, 2}, 2, -3, -2},
    {"1000", {1, 1}, {1, 3}, 0, 333, 333}, {"1", {1, 1}, {1, 2}, 0, 1, 0}, {"3", {1, 1}, {1, 2}, 0, 2, 2},
    {"1.0005", {1, 1}, {1, 1}, 3, 1001, 1000}, {"12.345", {1, 1}, {1, 1}, 3, 12345, 12345},
    {"0.000000001", {1000000000, 1}, {1, 1}, 2, 100, 100}, {"10.00", {114, 31}, {1, 1}, 2, 3677, 3677}, {"5", {0, 1}, {1, 1}, 2, 0, 0}, {"5", {1, 1}, {0, 1}, 2, 0, 0},
    {"92233720368547758.07", {1, 1}, {1, 1}, 2, INT64_MAX, INT64_MAX}, {"-92233720368547758.08", {1, 1}, {1, 1}, 2, INT64_MIN, INT64_MIN},
    /* Plain products of more than 128 bits that reduce. */
    {"9223372036.854775807", {INT64_MAX, 3}, {3, INT64_MAX}, 2, 922337203685, 922337203685},
    {"-9223372036.854775808", {INT64_MAX, 7}, {7, INT64_MAX}, 9, INT64_MIN, INT64_MIN},
    {"0", {INT64_MAX, 1}, {INT64_MAX, 1}, 2, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t up, even;
    assert_true(bh_money_amount(&up, dec(cases[i].price), cases[i].q, cases[i].f, cases[i].decimals, BH_HALF_UP));
    assert_true(bh_money_amount(&even, dec(cases[i].price), cases[i].q, cases[i].f, cases[i].decimals, BH_HALF_EVEN));
    if (up != cases[i].up || even != cases[i].even)
      fail_msg("case %zu: %lld and %lld", i, (long long)up, (long long)even);
  }
  int64_t m;
  bh_ratio one = {1, 1};
  assert_false(bh_money_amount(&m, dec("92233720368547758.07"), bh_ratio_int(2), one, 2, BH_HALF_UP));
  assert_false(bh_money_amount(&m, dec("9223372036854775807"), one, one, 2, BH_HALF_UP));
  assert_false(bh_money_amount(&m, dec("9223372036854775807"), bh_ratio_int(INT64_MAX), bh_ratio_int(INT64_MAX), 3, BH_HALF_UP));
  /* Everything fits on the way but the result. */
  assert_false(bh_money_amount(&m, dec("9223372036854775807"), (bh_ratio){2, 1}, (bh_ratio){1, 2}, 1, BH_HALF_UP));
}

/* Credits mirror charges, in both modes; and one rounding: the parts of a month differ from the whole by less than a unit each. */
static void test_amount_properties(void **state)
{
  uint64_t seed = 7;
  for (int i = 0; i < 50000; i++) {
    bh_dec price = {test_random_below(&seed, 10000000), (int32_t)test_random_below(&seed, 10), 0}, minus = {-price.coef, price.scale, 0};
    bh_ratio q, f;
    assert_true(bh_ratio_make(&q, test_random_below(&seed, 100000), 1 + test_random_below(&seed, 31)));
    int64_t days = 28 + test_random_below(&seed, 4);
    assert_true(bh_ratio_make(&f, test_random_below(&seed, days + 1), days));
    int decimals = (int)test_random_below(&seed, 4);
    for (bh_rounding mode = BH_HALF_UP; mode <= BH_HALF_EVEN; mode++) {
      int64_t charge, credit, rest, whole;
      bh_ratio other;
      assert_true(bh_ratio_sub(&other, bh_ratio_int(1), f));
      assert_true(bh_money_amount(&charge, price, q, f, decimals, mode));
      assert_true(bh_money_amount(&credit, minus, q, f, decimals, mode));
      assert_true(bh_money_amount(&rest, price, q, other, decimals, mode));
      assert_true(bh_money_amount(&whole, price, q, bh_ratio_int(1), decimals, mode));
      assert_int_equal(charge, -credit);
      assert_in_range(charge + rest - whole + 1, 0, 2);
    }
  }
}

static void test_scale(void **state)
{
  int64_t m;
  assert_true(bh_money_scale(&m, 10000, 21, 100, BH_HALF_UP));
  assert_int_equal(m, 2100);
  assert_true(bh_money_scale(&m, 5, 1, 2, BH_HALF_UP));
  assert_int_equal(m, 3);
  assert_true(bh_money_scale(&m, 5, 1, 2, BH_HALF_EVEN));
  assert_int_equal(m, 2);
  assert_true(bh_money_scale(&m, -5, 1, 2, BH_HALF_UP));
  assert_int_equal(m, -3);
  assert_true(bh_money_scale(&m, INT64_MIN, 1, 1, BH_HALF_UP));
  assert_true(m == INT64_MIN);
  assert_false(bh_money_scale(&m, INT64_MIN, -1, 1, BH_HALF_UP));
  bh_i128 large = (bh_i128)1 << 120;
  assert_true(bh_money_scale(&m, 123456789, large, large, BH_HALF_UP));
  assert_int_equal(m, 123456789);
  assert_true(bh_money_scale(&m, 1, large, large * 2, BH_HALF_UP));
  assert_int_equal(m, 1);
  assert_true(bh_money_scale(&m, 1, large, large * 2, BH_HALF_EVEN));
  assert_int_equal(m, 0);
  assert_true(bh_money_scale(&m, 3, large - 1, large, BH_HALF_EVEN));
  assert_int_equal(m, 3);
  assert_false(bh_money_scale(&m, INT64_MAX, large, 3, BH_HALF_EVEN));
  /* Half of an odd denominator that fills 127 bits is never reached, and comparing it must not overflow. */
  bh_i128 most = (bh_i128)(~(unsigned __int128)0 >> 1);
  assert_true(bh_money_scale(&m, 1, most / 2, most, BH_HALF_UP));
  assert_int_equal(m, 0);
  assert_true(bh_money_scale(&m, 1, most / 2 + 1, most, BH_HALF_UP));
  assert_int_equal(m, 1);
}

static void test_of_dec_and_format(void **state)
{
  static const struct { const char *text; int decimals; int64_t minor; const char *shown; } cases[] = {
    {"1764", 2, 176400, "1764.00"}, {"-5", 0, -5, "-5"}, {"0.005", 2, 1, "0.01"}, {"1.2345", 3, 1235, "1.235"}, {"-0.01", 2, -1, "-0.01"}, {"0", 3, 0, "0.000"},
    {"0.4", 0, 0, "0"}, {"-92233720368547758.08", 2, INT64_MIN, "-92233720368547758.08"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t m;
    char text[32];
    assert_true(bh_money_of_dec(&m, dec(cases[i].text), cases[i].decimals, BH_HALF_UP));
    assert_true(m == cases[i].minor);
    assert_int_equal(bh_money_format(text, m, cases[i].decimals), strlen(cases[i].shown));
    assert_string_equal(text, cases[i].shown);
  }
  int64_t m = 5;
  assert_false(bh_money_of_dec(&m, dec("92233720368547758.07"), 3, BH_HALF_UP));
  assert_true(bh_money_add(&m, -7));
  assert_int_equal(m, -2);
  m = INT64_MAX;
  assert_false(bh_money_add(&m, 1));
  assert_true(m == INT64_MAX);
  bh_dec d = bh_money_dec(-5, 2);
  assert_true(d.coef == -5 && d.scale == 2);
}

static void test_split(void **state)
{
  static const struct { int64_t total; size_t n; int64_t weights[5], shares[5]; } cases[] = {
    {100, 3, {1, 1, 1}, {34, 33, 33}}, {-100, 3, {1, 1, 1}, {-34, -33, -33}}, {200, 3, {1, 1, 1}, {67, 67, 66}}, {1, 3, {1, 1, 1}, {1, 0, 0}},
    {2, 3, {1, 2, 1}, {1, 1, 0}},        /* 0.5, 1, 0.5: the tie to the earlier */
    {10, 2, {0, 5}, {0, 10}}, {10, 3, {0, 0, 0}, {10, 0, 0}}, {0, 3, {1, 2, 3}, {0, 0, 0}}, {7, 1, {3}, {7}},
    {100, 3, {1, 1, 4}, {17, 17, 66}},   /* 16.67, 16.67, 66.67 */
    {-1, 2, {1, 1}, {-1, 0}}, {5, 5, {1, 0, 1, 0, 1}, {2, 0, 2, 0, 1}},
    {INT64_MAX, 2, {INT64_MAX, INT64_MAX}, {INT64_MAX / 2 + 1, INT64_MAX / 2}}, {INT64_MIN, 1, {INT64_MAX}, {INT64_MIN}},
    {INT64_MIN, 2, {INT64_MAX, INT64_MAX}, {INT64_MIN / 2, INT64_MIN / 2}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t out[5];
    assert_true(bh_money_split(out, cases[i].total, cases[i].weights, cases[i].n));
    for (size_t k = 0; k < cases[i].n; k++)
      if (out[k] != cases[i].shares[k])
        fail_msg("case %zu, share %zu: %lld", i, k, (long long)out[k]);
  }
  assert_true(bh_money_split(NULL, 0, NULL, 0));
  assert_false(bh_money_split(NULL, 1, NULL, 0));
}

/* They add up; each is its exact share rounded down or up; nothing goes to a weight of zero; a credit mirrors. */
static void test_split_properties(void **state)
{
  uint64_t seed = 20260101;
  static int64_t weights[300], out[300], mirrored[300];
  for (int i = 0; i < 20000; i++) {
    size_t n = 1 + (size_t)test_random_below(&seed, i % 50 == 0 ? 300 : 12);
    int64_t total = test_random_below(&seed, INT64_C(1) << test_random_below(&seed, 62)), left = total;
    int64_t bound = INT64_C(1) << test_random_below(&seed, 62);
    bh_i128 sum = 0;
    for (size_t k = 0; k < n; k++)
      sum += weights[k] = test_random(&seed) % 4 ? test_random_below(&seed, bound) : 0;
    assert_true(bh_money_split(out, total, weights, n));
    assert_true(bh_money_split(mirrored, -total, weights, n));
    for (size_t k = 0; k < n; k++) {
      left -= out[k];
      assert_true(out[k] == -mirrored[k]);
      if (sum == 0)
        continue;
      bh_i128 floor = (bh_i128)total * weights[k] / sum;
      assert_true(out[k] == floor || (out[k] == floor + 1 && (bh_i128)total * weights[k] % sum != 0));
      for (size_t j = 0; j < k; j++) /* the same weights: the earlier never has less */
        assert_false(weights[j] == weights[k] && out[j] < out[k]);
    }
    assert_int_equal(left, 0);
  }
}

static void test_currencies(void **state)
{
  static const struct { const char *code; int decimals; } cases[] = {
    {"USD", 2}, {"EUR", 2}, {"GBP", 2}, {"CHF", 2}, {"AUD", 2}, {"NZD", 2}, {"CAD", 2}, {"ZAR", 2}, {"INR", 2}, {"AED", 2}, {"ZWG", 2}, {"HUF", 2}, {"MXN", 2},
    {"SEK", 2}, {"XCD", 2}, {"XCG", 2}, {"MGA", 2}, {"MRU", 2}, {"UYU", 2}, {"TWD", 2}, {"IDR", 2},
    {"JPY", 0}, {"KRW", 0}, {"CLP", 0}, {"ISK", 0}, {"VND", 0}, {"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"BIF", 0}, {"UGX", 0}, {"PYG", 0}, {"RWF", 0},
    {"KWD", 3}, {"BHD", 3}, {"TND", 3}, {"OMR", 3}, {"JOD", 3}, {"IQD", 3}, {"LYD", 3},
    {"usd", -1}, {"US", -1}, {"USDX", -1}, {"", -1}, {"XXX", -1}, {"XAU", -1}, {"AAA", -1}, {"ZZZ", -1}, {"SDU", -1}, {"DEM", -1}, {"CLF", -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (bh_currency_decimals(bh_str_c(cases[i].code)) != cases[i].decimals)
      fail_msg("%s", cases[i].code);
  /* Every code of the tables is found, so they are in order: 16, 7 and the rest. */
  int count[4] = {0};
  for (char a = 'A'; a <= 'Z'; a++)
    for (char b = 'A'; b <= 'Z'; b++)
      for (char c = 'A'; c <= 'Z'; c++) {
        int d = bh_currency_decimals((bh_str){(char[]){a, b, c}, 3});
        if (d >= 0)
          count[d]++;
      }
  assert_int_equal(count[0], 16);
  assert_int_equal(count[3], 7);
  assert_int_equal(count[1], 0);
  assert_int_equal(count[2], 134);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_amount),           cmocka_unit_test(test_amount_properties), cmocka_unit_test(test_scale),
    cmocka_unit_test(test_of_dec_and_format), cmocka_unit_test(test_split),            cmocka_unit_test(test_split_properties),
    cmocka_unit_test(test_currencies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
