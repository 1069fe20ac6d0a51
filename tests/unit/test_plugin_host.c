/* The host table: numbers, dates, scratch memory, reasons, secrets. */
#include "plugin/host.h"
#include "test_util.h"

static void test_numbers(void **state)
{
  static const struct { const char *text, *value; } good[] = {{"0", "0"}, {"-0", "0"}, {"19", "19"}, {"-0.25", "-0.25"}, {"1.5e3", "1500"}, {"1E+2", "100"},
    {"12.50", "12.5"}, {"1e-9", "0.000000001"}, {"0.30000000000000004", "0.3"}, {"0.0000000005", "0"}, {"0.0000000015", "0.000000002"}, {"1e-400", "0"},
    {"9223372036854775807", "9223372036854775807"}, {"0e999999", "0"}, {"2.675000000000000000000000000000000000000000000001", "2.675"},
    {"100000000000e-11", "1"}, {"+7", "7"}, {"000012", "12"}};
  static const char *const bad[] = {"", "-", ".5", "5.", "1e", "1e+", "abc", "1 ", " 1", "1,5", "0x10", "1e400", "9223372036854775808", "99999999999.999999999999", "--1", "NaN"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    bh_dec d;
    char text[32];
    if (!bh_number_parse(&d, bh_str_c(good[i].text)))
      fail_msg("%s was not taken", good[i].text);
    bh_dec_format(text, d);
    assert_string_equal(text, good[i].value);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    bh_dec d;
    if (bh_number_parse(&d, bh_str_c(bad[i])))
      fail_msg("\"%s\" was taken", bad[i]);
  }
}

static void test_dates(void **state)
{
  static const struct { const char *text, *zone, *date; } rows[] = {
    {"2026-12-01", "America/New_York", "2026-12-01"}, {"2026-12-01T03:00:00Z", "America/New_York", "2026-11-30"},
    {"2026-12-01T03:00:00Z", "Europe/Berlin", "2026-12-01"}, {"2026-12-01 23:30", "Europe/Berlin", "2026-12-02"},
    {"2026-12-01T23:30:00.123456+01:00", "Europe/Berlin", "2026-12-01"}, {"2026-12-01T23:30:00-0500", "UTC", "2026-12-02"},
    {"2026-12-01T23:30:60Z", "UTC", "2026-12-01"}, {"2026-02-29", "UTC", NULL}, {"2026-12-01T24:00:00Z", "UTC", NULL}, {"2026-12-01T", "UTC", NULL},
    {"2026-12-01T03:00:00 CET", "UTC", NULL}, {"2026-12-01T03:00:00Zx", "UTC", NULL}, {"", "UTC", NULL}, {"1764547200", "UTC", NULL},
    {"2026-12-01T03:00:00+1", "UTC", NULL}, {"2026-12-01T3:00", "UTC", NULL}};
  bh_host_ctx c;
  bh_host_ctx_init(&c);
  bh_host_call_begin(&c);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bh_date d;
    char text[12];
    c.zone = rows[i].zone;
    bh_status rc = c.table.parse_date(&c, bh_str_c(rows[i].text), &d);
    if ((rc == BH_OK) != (rows[i].date != NULL))
      fail_msg("%s: %s", rows[i].text, rc ? c.reason : "taken");
    if (rc)
      continue;
    bh_day_format(text, bh_civil_day(d));
    assert_string_equal(text, rows[i].date);
  }
  bh_host_ctx_dispose(&c);
}

static void test_scratch(void **state)
{
  bh_host_ctx c;
  bh_host_ctx_init(&c);
  assert_null(c.table.scratch(&c, 16)); /* not in a call */
  bh_host_call_begin(&c);
  char *p = c.table.scratch(&c, 100);
  assert_non_null(p);
  for (int i = 0; i < 100; i++)
    assert_int_equal(p[i], 0);
  assert_null(c.table.scratch(&c, SIZE_MAX));
  assert_int_equal(bh_host_call_end(&c, BH_OK, "x", NULL), BH_OK);
  assert_null(c.table.get_service(&c, BH_SERVICE_HTTP));
  bh_host_ctx_dispose(&c);
}

static void test_reason(void **state)
{
  bh_host_ctx c;
  bh_error err = {0};
  bh_host_ctx_init(&c);
  bh_host_call_begin(&c);
  assert_int_equal((c.table.fail)(c.table.ctx, BH_E_AUTH, "no %s for %d", "key", 7), BH_E_AUTH);
  assert_int_equal(bh_host_call_end(&c, BH_E_AUTH, "pull", &err), BH_E_AUTH);
  assert_string_equal(err.message, "pull: no key for 7");
  bh_host_call_begin(&c); /* the reason of before is gone */
  assert_int_equal(bh_host_call_end(&c, BH_E_TRANSIENT, "pull", &err), BH_E_TRANSIENT);
  assert_string_equal(err.message, "pull: failed (a passing trouble) without saying why");
  bh_host_call_begin(&c);
  (c.table.fail)(c.table.ctx, BH_E_INVALID, "cut \xc3");
  assert_int_equal(bh_host_call_end(&c, -5, "pull", &err), BH_E_PERMANENT);
  assert_true(bh_utf8_ok(bh_str_c(err.message)));
  bh_host_ctx_dispose(&c);
}

static void test_redaction(void **state)
{
  static const bh_option o[] = {{.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET}, {.key = "user", .type = BH_OPT_TEXT}, {.key = NULL}};
  const bh_pull_option given[] = {{BH_S("token"), BH_S("abcd"), true}, {BH_S("user"), BH_S("bob@x"), true}};
  bh_values v;
  bh_arena a;
  bh_error err = {0};
  char message[] = "abcd and abcdabcd, bob@x; xabcd";
  bh_arena_init(&a);
  assert_int_equal(bh_values_of_options(&v, &a, o, given, 2, &err), BH_OK);
  bh_host_redact(&v, message);
  assert_string_equal(message, "*** and ******, ***; x***");
  bh_arena_dispose(&a);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_dates), cmocka_unit_test(test_scratch),
    cmocka_unit_test(test_reason), cmocka_unit_test(test_redaction)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
