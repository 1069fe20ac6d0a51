/* Decimals and ratios. */
#include "base/dec.h"
#include "test_util.h"

static bh_dec dec(const char *z)
{
  bh_dec d;
  if (!bh_dec_parse(&d, bh_str_c(z), 9))
    fail_msg("\"%s\" is not a decimal", z);
  return d;
}

static const char *shown(bh_dec d)
{
  static char text[32];
  bh_dec_format(text, d);
  return text;
}

static void test_parse(void **state)
{
  static const struct { const char *text; int64_t coef; int32_t scale; const char *formatted; } good[] = {
    {"0", 0, 0, "0"}, {"-0", 0, 0, "0"}, {"-0.00", 0, 2, "0.00"}, {"+5", 5, 0, "5"}, {"12.50", 1250, 2, "12.50"}, {"-12.50", -1250, 2, "-12.50"},
    {"007", 7, 0, "7"}, {"0.000000001", 1, 9, "0.000000001"}, {"-0.05", -5, 2, "-0.05"}, {"9223372036854775807", INT64_MAX, 0, "9223372036854775807"},
    {"-9223372036854775808", INT64_MIN, 0, "-9223372036854775808"}, {"9223372036.854775807", INT64_MAX, 9, "9223372036.854775807"},
    {"-9223372036.854775808", INT64_MIN, 9, "-9223372036.854775808"}, {"00000000000000000000000000012", 12, 0, "12"},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    bh_dec d = dec(good[i].text);
    assert_true(d.coef == good[i].coef && d.scale == good[i].scale && d.zero == 0);
    char text[32];
    assert_int_equal(bh_dec_format(text, d), strlen(good[i].formatted));
    assert_string_equal(text, good[i].formatted);
  }
  static const char *const bad[] = {
    "", "-", "+", ".", ".5", "5.", "-.5", "1e3", "1E3", " 1", "1 ", "1,5", "--1", "+-1", "1.2.3", "0x10", "1_000", "nan", "inf",
    "9223372036854775808", "-9223372036854775809", "92233720368547758070", "184467440737095516160", "9223372036.8547758070",
    "0.0000000001", "1.", "\xC2\xBD", "1-", "99999999999999999999999999999999999999999999",
  };
  bh_dec d;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (bh_dec_parse(&d, bh_str_c(bad[i]), 9))
      fail_msg("\"%s\" was taken", bad[i]);
  assert_false(bh_dec_parse(&d, BH_S("1.000"), 2));
  assert_true(bh_dec_parse(&d, BH_S("1.00"), 2));
  assert_false(bh_dec_parse(&d, BH_S("1.0"), 0));
  assert_false(bh_dec_parse(&d, BH_S("1.0000000000"), 20)); /* nine whatever is asked for */
  assert_false(bh_dec_parse(&d, (bh_str){"1\0", 2}, 9));
}

static void test_trim_and_format(void **state)
{
  static const struct { const char *text, *trimmed; } cases[] = {
    {"12.50", "12.5"}, {"12.00", "12"}, {"0.000", "0"}, {"100", "100"}, {"-3.140", "-3.14"}, {"0.000000001", "0.000000001"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[32];
    assert_int_equal(bh_dec_format_trim(text, dec(cases[i].text)), strlen(cases[i].trimmed));
    assert_string_equal(text, cases[i].trimmed);
    assert_int_equal(bh_dec_cmp(dec(cases[i].text), dec(cases[i].trimmed)), 0);
  }
}

static void test_compare(void **state)
{
  static const struct { const char *a, *b; int order; } cases[] = {
    {"1", "1.000000000", 0}, {"1.1", "1.09", 1}, {"-1.1", "-1.09", -1}, {"9223372036854775807", "0.000000001", 1},
    {"-9223372036854775808", "-9223372036.854775808", -1}, {"0", "-0.000", 0}, {"9223372036854775807", "9223372036854775806", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(bh_dec_cmp(dec(cases[i].a), dec(cases[i].b)), cases[i].order);
    assert_int_equal(bh_dec_cmp(dec(cases[i].b), dec(cases[i].a)), -cases[i].order);
  }
}

static void test_arithmetic(void **state)
{
  static const struct { const char *a; char op; const char *b, *result; /* NULL: overflow */ } cases[] = {
    {"1.10", '+', "2.2", "3.30"}, {"0.1", '+', "0.2", "0.3"}, {"1", '-', "1.00", "0.00"}, {"-1", '-', "-9223372036854775808", "9223372036854775807"},
    {"9223372036854775807", '+', "1", NULL}, {"9223372036854775807", '+', "0.0", "9223372036854775807"},
    {"9223372036854775807", '+', "0.1", NULL}, {"-9223372036854775808", '-', "1", NULL}, {"-9223372036854775808", '+', "9223372036854775807", "-1"},
    {"12.50", '*', "3", "37.50"}, {"-1.5", '*', "1.5", "-2.25"}, {"0.00001", '*', "0.00001", "0.000000000"},
    {"0.00005", '*', "0.00001", "0.000000000"}, {"0.00015", '*', "0.00001", "0.000000002"}, {"-0.00015", '*', "0.00001", "-0.000000002"},
    {"0.00025", '*', "0.00001", "0.000000002"}, {"0.000250001", '*', "0.00001", "0.000000003"}, {"3037000500", '*', "3037000500", NULL},
    {"4000000000", '*', "2.000000000", "8000000000.000000000"}, {"9000000000", '*', "10.000000000", "90000000000.00000000"},
    {"9223372036854775807", '*', "-1", "-9223372036854775807"}, {"-9223372036854775808", '*', "-1", NULL},
    {"10", '/', "4", "2.5"}, {"1", '/', "3", "0.333333333"}, {"2", '/', "3", "0.666666667"}, {"-2", '/', "3", "-0.666666667"}, {"2", '/', "-3", "-0.666666667"},
    {"1", '/', "0", NULL}, {"1", '/', "0.000", NULL}, {"0", '/', "5", "0"}, {"9223372036854775807", '/', "0.000000001", NULL},
    {"9223372036854775807", '/', "1", "9223372036854775807"}, {"-9223372036854775808", '/', "-1", NULL}, {"9223372036854775807", '/', "2", NULL},
    {"0.000000001", '/', "2", "0"}, {"0.000000003", '/', "2", "0.000000002"}, {"0.000000005", '/', "2", "0.000000002"}, {"-0.000000003", '/', "2", "-0.000000002"},
    {"1.000000000", '/', "0.000000001", "1000000000"}, {"-9223372036854775808", '/', "-9223372036854775808", "1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_dec a = dec(cases[i].a), b = dec(cases[i].b), r;
    bool ok = cases[i].op == '+' ? bh_dec_add(&r, a, b) : cases[i].op == '-' ? bh_dec_sub(&r, a, b)
            : cases[i].op == '*' ? bh_dec_mul(&r, a, b) : bh_dec_div(&r, a, b);
    if (ok != (cases[i].result != NULL) || (ok && strcmp(shown(r), cases[i].result)))
      fail_msg("%s %c %s: got %s", cases[i].a, cases[i].op, cases[i].b, ok ? shown(r) : "overflow");
  }
}

static void test_round(void **state)
{
  static const struct { const char *text; int scale; const char *up, *even; } cases[] = {
    {"0.5", 0, "1", "0"}, {"1.5", 0, "2", "2"}, {"2.5", 0, "3", "2"}, {"-0.5", 0, "-1", "0"}, {"-1.5", 0, "-2", "-2"}, {"-2.5", 0, "-3", "-2"},
    {"0.49", 0, "0", "0"}, {"0.51", 0, "1", "1"}, {"-0.49", 0, "0", "0"}, {"-0.51", 0, "-1", "-1"}, {"1.005", 2, "1.01", "1.00"}, {"1.015", 2, "1.02", "1.02"},
    {"-1.005", 2, "-1.01", "-1.00"}, {"1.0050000", 2, "1.01", "1.00"}, {"1.0050001", 2, "1.01", "1.01"}, {"2.5", 3, "2.500", "2.500"}, {"7", 2, "7.00", "7.00"},
    {"0.000000005", 8, "0.00000001", "0.00000000"}, {"9.995", 2, "10.00", "10.00"}, {"9223372036.854775807", 0, "9223372037", "9223372037"},
    {"-9223372036.854775808", 8, "-9223372036.85477581", "-9223372036.85477581"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_dec r;
    assert_true(bh_dec_round(&r, dec(cases[i].text), cases[i].scale, BH_HALF_UP));
    assert_string_equal(shown(r), cases[i].up);
    assert_true(bh_dec_round(&r, dec(cases[i].text), cases[i].scale, BH_HALF_EVEN));
    assert_string_equal(shown(r), cases[i].even);
  }
  bh_dec r;
  assert_false(bh_dec_round(&r, dec("9223372036854775807"), 1, BH_HALF_UP));
  assert_false(bh_dec_round(&r, dec("-9223372036854775808"), 9, BH_HALF_EVEN));
}

static void assert_ratio(bh_ratio r, int64_t num, int64_t den)
{
  if (r.num != num || r.den != den)
    fail_msg("got %lld/%lld, expected %lld/%lld", (long long)r.num, (long long)r.den, (long long)num, (long long)den);
}

static void test_ratio_make(void **state)
{
  bh_ratio r;
  static const struct { int64_t num, den, n, d; } cases[] = {
    {0, 5, 0, 1}, {0, -5, 0, 1}, {6, 4, 3, 2}, {-6, 4, -3, 2}, {6, -4, -3, 2}, {-6, -4, 3, 2}, {31, 31, 1, 1}, {INT64_MIN, 2, INT64_MIN / 2, 1},
    {INT64_MIN, INT64_MIN, 1, 1}, {INT64_MIN, 1, INT64_MIN, 1}, {INT64_MAX, -1, -INT64_MAX, 1}, {1, INT64_MAX, 1, INT64_MAX},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(bh_ratio_make(&r, cases[i].num, cases[i].den));
    assert_ratio(r, cases[i].n, cases[i].d);
  }
  assert_false(bh_ratio_make(&r, 1, 0));
  assert_false(bh_ratio_make(&r, 0, 0));
  assert_false(bh_ratio_make(&r, INT64_MIN, -1));
  assert_false(bh_ratio_make(&r, 1, INT64_MIN));
  assert_true(bh_ratio_make(&r, 2, INT64_MIN));
  assert_ratio(r, -1, INT64_C(1) << 62);
  bh_i128 large = (bh_i128)INT64_MAX * INT64_MAX;
  assert_true(bh_ratio_make(&r, large, -(bh_i128)INT64_MAX));
  assert_ratio(r, -INT64_MAX, 1);
  assert_false(bh_ratio_make(&r, large, 2));
  bh_i128 lowest = (bh_i128)((unsigned __int128)1 << 127);
  assert_true(bh_ratio_make(&r, lowest, lowest));
  assert_ratio(r, 1, 1);
  assert_true(bh_ratio_of_dec(&r, dec("12.50")));
  assert_ratio(r, 25, 2);
  assert_true(bh_ratio_of_dec(&r, dec("-0.000000001")));
  assert_ratio(r, -1, 1000000000);
}

static void test_ratio_arithmetic(void **state)
{
  bh_ratio r, third = {1, 3}, half = {1, 2};
  assert_true(bh_ratio_add(&r, third, half));
  assert_ratio(r, 5, 6);
  assert_true(bh_ratio_sub(&r, third, half));
  assert_ratio(r, -1, 6);
  assert_true(bh_ratio_mul(&r, (bh_ratio){2, 3}, (bh_ratio){3, 2}));
  assert_ratio(r, 1, 1);
  assert_true(bh_ratio_div(&r, third, (bh_ratio){-2, 1}));
  assert_ratio(r, -1, 6);
  assert_false(bh_ratio_div(&r, third, (bh_ratio){0, 1}));
  assert_false(bh_ratio_add(&r, bh_ratio_int(INT64_MAX), bh_ratio_int(1)));
  assert_false(bh_ratio_mul(&r, bh_ratio_int(INT64_MAX), bh_ratio_int(2)));
  assert_false(bh_ratio_add(&r, (bh_ratio){1, INT64_MAX}, (bh_ratio){1, INT64_MAX - 1}));
  assert_true(bh_ratio_sub(&r, bh_ratio_int(INT64_MIN), bh_ratio_int(INT64_MIN)));
  assert_ratio(r, 0, 1);
  assert_true(bh_ratio_add(&r, (bh_ratio){INT64_MIN, INT64_MAX}, (bh_ratio){INT64_MAX, INT64_MAX}));
  assert_ratio(r, -1, INT64_MAX);
  assert_int_equal(bh_ratio_cmp(third, half), -1);
  assert_int_equal(bh_ratio_cmp(half, third), 1);
  assert_int_equal(bh_ratio_cmp((bh_ratio){INT64_MIN, INT64_MAX}, (bh_ratio){INT64_MAX, 1}), -1);
  assert_int_equal(bh_ratio_cmp((bh_ratio){-1, 3}, (bh_ratio){-1, 3}), 0);
  assert_true(bh_ratio_is_int(bh_ratio_int(-4)));
  assert_false(bh_ratio_is_int(half));
}

static void test_ratio_format(void **state)
{
  static const struct { bh_ratio r; int places; const char *text; bool exact; } cases[] = {
    {{114, 31}, 4, "3.6774", false}, {{1, 2}, 4, "0.5", true}, {{3, 1}, 4, "3", true}, {{0, 1}, 4, "0", true}, {{-1, 3}, 2, "-0.33", false},
    {{1, 3}, 0, "0", false}, {{1, 2}, 0, "1", false}, {{-1, 2}, 0, "-1", false}, {{1, 100000}, 4, "0", false}, {{1, 20000}, 4, "0.0001", false},
    {{99999, 100000}, 4, "1", false}, {{1, 8}, 3, "0.125", true}, {{1, 8}, 2, "0.13", false}, {{INT64_MIN, 1}, 9, "-9223372036854775808", true},
    {{INT64_MAX, 2}, 9, "4611686018427387903.5", true}, {{INT64_MIN, 3}, 9, "-3074457345618258602.666666667", false},
    {{INT64_MAX, INT64_MAX - 1}, 9, "1", false}, {{5, 1000000000}, 9, "0.000000005", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[32];
    bool exact = !cases[i].exact;
    size_t n = bh_ratio_format_dec(text, cases[i].r, cases[i].places, &exact);
    assert_string_equal(text, cases[i].text);
    assert_int_equal(n, strlen(text));
    assert_int_equal(exact, cases[i].exact);
    bh_ratio_format_dec(text, cases[i].r, cases[i].places, NULL);
  }
  char text[48];
  assert_int_equal(bh_ratio_format(text, (bh_ratio){114, 31}), 6);
  assert_string_equal(text, "114/31");
  bh_ratio_format(text, bh_ratio_int(3));
  assert_string_equal(text, "3");
  assert_int_equal(bh_ratio_format(text, (bh_ratio){INT64_MIN, INT64_MAX}), 40);
}

static void test_ratio_round(void **state)
{
  bh_dec d;
  assert_true(bh_ratio_round(&d, (bh_ratio){1, 8}, 2, BH_HALF_UP));
  assert_string_equal(shown(d), "0.13");
  assert_true(bh_ratio_round(&d, (bh_ratio){1, 8}, 2, BH_HALF_EVEN));
  assert_string_equal(shown(d), "0.12");
  assert_true(bh_ratio_round(&d, (bh_ratio){-1, 8}, 2, BH_HALF_UP));
  assert_string_equal(shown(d), "-0.13");
  assert_true(bh_ratio_round(&d, bh_ratio_int(3), 2, BH_HALF_UP));
  assert_string_equal(shown(d), "3.00");
  assert_false(bh_ratio_round(&d, bh_ratio_int(INT64_MAX), 1, BH_HALF_UP));
}

/* What is written is read back as the same. */
static void test_round_trip(void **state)
{
  uint64_t seed = 42;
  for (int i = 0; i < 100000; i++) {
    bh_dec d = {(int64_t)(test_random(&seed) >> test_random_below(&seed, 64)), (int32_t)test_random_below(&seed, 10), 0}, back;
    if (test_random(&seed) & 1)
      d.coef = (int64_t)(0 - (uint64_t)d.coef);
    char text[32];
    size_t n = bh_dec_format(text, d);
    assert_true(bh_dec_parse(&back, (bh_str){text, n}, 9));
    assert_true(back.coef == d.coef && back.scale == d.scale);
    n = bh_dec_format_trim(text, d);
    assert_true(bh_dec_parse(&back, (bh_str){text, n}, 9));
    assert_int_equal(bh_dec_cmp(back, d), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_parse),       cmocka_unit_test(test_trim_and_format),  cmocka_unit_test(test_compare),
    cmocka_unit_test(test_arithmetic),  cmocka_unit_test(test_round),            cmocka_unit_test(test_ratio_make),
    cmocka_unit_test(test_ratio_arithmetic), cmocka_unit_test(test_ratio_format), cmocka_unit_test(test_ratio_round),
    cmocka_unit_test(test_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
