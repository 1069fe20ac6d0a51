/* Civil dates, zones, the clock. */
#include "base/date.h"
#include "test_util.h"
#include <stdlib.h>

static bh_day day(const char *z)
{
  bh_day d;
  if (!bh_day_parse(&d, bh_str_c(z)))
    fail_msg("\"%s\" is not a date", z);
  return d;
}

static void assert_day(bh_day d, const char *z)
{
  char text[12];
  assert_int_equal(bh_day_format(text, d), 10);
  assert_string_equal(text, z);
}

static void test_parse(void **state)
{
  static const char *const good[] = {"1970-01-01", "1900-01-01", "2999-12-31", "2024-02-29", "2000-02-29", "2026-12-31"};
  static const char *const bad[] = {
    "", "2026-1-01", "2026-01-1", "2026-02-29", "1900-02-29", "2100-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32",
    "1899-12-31", "3000-01-01", "2026/01/01", "20260101", "2026-01-01 ", " 2026-01-01", "2026-01-01T00:00:00Z", "-026-01-01", "2026-+1-01", "2026-01- 1", "abcd-ef-gh",
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_day(day(good[i]), good[i]);
  bh_day d;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (bh_day_parse(&d, bh_str_c(bad[i])))
      fail_msg("\"%s\" was taken", bad[i]);
  assert_false(bh_day_parse(&d, (bh_str){"2026-01-0\0", 10}));
  assert_int_equal(day("1970-01-01"), 0);
  assert_int_equal(day("2000-03-01"), 11017);
  assert_int_equal(day("1969-12-31"), -1);
}

/* Every day of four centuries and more, against counting. */
static void test_calendar(void **state)
{
  bh_day d = bh_day_make(1899, 12, 31);
  int weekday = 6; /* a Sunday */
  for (int y = 1900; y < 2310; y++)
    for (int m = 1; m <= 12; m++) {
      int last = m == 2 ? (y % 4 == 0 && (y % 100 || y % 400 == 0) ? 29 : 28) : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
      assert_int_equal(bh_month_days(y, m), last);
      for (int k = 1; k <= last; k++) {
        int year, month, dom;
        d++;
        weekday = (weekday + 1) % 7;
        bh_day_split(d, &year, &month, &dom);
        if (year != y || month != m || dom != k || bh_day_make(y, m, k) != d || bh_weekday(d) != weekday)
          fail_msg("%d-%d-%d", y, m, k);
        bh_date civil = bh_day_civil(d);
        assert_int_equal(bh_civil_day(civil), d);
      }
    }
  int year, month, dom;
  bh_day_split(BH_DAY_MIN, &year, &month, &dom);
  assert_int_equal(bh_day_make(year, month, dom), BH_DAY_MIN);
  bh_day_split(BH_DAY_MAX, &year, &month, &dom);
  assert_int_equal(bh_day_make(year, month, dom), BH_DAY_MAX);
  assert_int_equal(bh_weekday(day("2026-01-01")), 3);
  assert_int_equal(bh_weekday(day("1969-12-28")), 6);
}

static void test_add(void **state)
{
  static const struct { const char *anchor; int64_t n; bh_unit unit; const char *result; } cases[] = {
    {"2026-01-31", 1, BH_UNIT_MONTH, "2026-02-28"}, {"2026-01-31", 2, BH_UNIT_MONTH, "2026-03-31"}, {"2024-01-31", 1, BH_UNIT_MONTH, "2024-02-29"},
    {"2026-01-31", 3, BH_UNIT_MONTH, "2026-04-30"}, {"2026-03-31", -1, BH_UNIT_MONTH, "2026-02-28"}, {"2026-01-15", -1, BH_UNIT_MONTH, "2025-12-15"},
    {"2026-01-31", -13, BH_UNIT_MONTH, "2024-12-31"}, {"2024-02-29", 1, BH_UNIT_YEAR, "2025-02-28"}, {"2024-02-29", 4, BH_UNIT_YEAR, "2028-02-29"},
    {"2024-02-29", -1, BH_UNIT_YEAR, "2023-02-28"}, {"2024-02-29", 76, BH_UNIT_YEAR, "2100-02-28"}, {"2026-11-30", 1, BH_UNIT_QUARTER, "2027-02-28"},
    {"2026-11-30", 2, BH_UNIT_QUARTER, "2027-05-30"}, {"2026-12-31", 1, BH_UNIT_DAY, "2027-01-01"}, {"2026-12-31", 1, BH_UNIT_WEEK, "2027-01-07"},
    {"2024-02-28", 1, BH_UNIT_DAY, "2024-02-29"}, {"2026-05-31", 0, BH_UNIT_MONTH, "2026-05-31"}, {"2026-12-31", 12, BH_UNIT_MONTH, "2027-12-31"},
    {"2026-12-15", 1, BH_UNIT_MONTH, "2027-01-15"}, {"2027-01-07", -1, BH_UNIT_WEEK, "2026-12-31"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_day(bh_day_add(day(cases[i].anchor), cases[i].n, cases[i].unit), cases[i].result);
  bh_day d = day("2026-01-31");
  for (bh_unit unit = BH_UNIT_DAY; unit <= BH_UNIT_YEAR; unit++) {
    assert_int_equal(bh_day_add(d, INT64_MAX, unit), BH_DAY_MAX);
    assert_int_equal(bh_day_add(d, INT64_MIN, unit), BH_DAY_MIN);
    assert_int_equal(bh_day_add(BH_DAY_MAX, -1, unit), BH_DAY_MAX);
    assert_int_equal(bh_day_add(BH_DAY_MIN, 1, unit), BH_DAY_MIN);
  }
}

static void test_month_on(void **state)
{
  assert_day(bh_month_on(2026, 0, 31), "2026-01-31");
  assert_day(bh_month_on(2026, 1, 31), "2026-02-28");
  assert_day(bh_month_on(2026, 13, 31), "2027-02-28");
  assert_day(bh_month_on(2026, 25, 31), "2028-02-29");
  assert_day(bh_month_on(2026, -1, 30), "2025-12-30");
  assert_day(bh_month_on(2026, -12, 1), "2025-01-01");
  assert_day(bh_month_on(2026, -13, 31), "2024-12-31");
  assert_day(bh_month_on(2026, 11, 15), "2026-12-15");
  /* The same as adding months to an anchor. */
  for (int k = -50; k < 50; k++)
    assert_int_equal(bh_month_on(2026, k, 31), bh_day_add(day("2026-01-31"), k, BH_UNIT_MONTH));
}

static int64_t instant(const char *date, int h, int m, int s)
{
  return (int64_t)day(date) * 86400 + h * 3600 + m * 60 + s;
}

static void test_zones(void **state)
{
  static const struct { const char *zone, *date; int h, m, s; const char *local; } cases[] = {
    {"UTC", "2026-06-30", 23, 59, 59, "2026-06-30"}, {"UTC", "2026-07-01", 0, 0, 0, "2026-07-01"},
    {"America/New_York", "2026-01-01", 4, 59, 59, "2025-12-31"}, {"America/New_York", "2026-01-01", 5, 0, 0, "2026-01-01"},
    {"America/New_York", "2026-07-01", 3, 59, 59, "2026-06-30"}, {"America/New_York", "2026-07-01", 4, 0, 0, "2026-07-01"},
    /* The clocks change on 8 March and 1 November 2026 at 2 o'clock: midnights around them. */
    {"America/New_York", "2026-03-08", 4, 59, 59, "2026-03-07"}, {"America/New_York", "2026-03-08", 5, 0, 0, "2026-03-08"},
    {"America/New_York", "2026-03-09", 3, 59, 59, "2026-03-08"}, {"America/New_York", "2026-03-09", 4, 0, 0, "2026-03-09"},
    {"America/New_York", "2026-11-01", 4, 0, 0, "2026-11-01"}, {"America/New_York", "2026-11-02", 4, 59, 59, "2026-11-01"},
    {"America/New_York", "2026-11-02", 5, 0, 0, "2026-11-02"},
    /* Beyond the table: the rule. 11 March and 4 November 2040. */
    {"America/New_York", "2040-01-15", 4, 59, 59, "2040-01-14"}, {"America/New_York", "2040-01-15", 5, 0, 0, "2040-01-15"},
    {"America/New_York", "2040-07-15", 3, 59, 59, "2040-07-14"}, {"America/New_York", "2040-07-15", 4, 0, 0, "2040-07-15"},
    {"America/New_York", "2040-03-11", 5, 0, 0, "2040-03-11"}, {"America/New_York", "2040-03-12", 3, 59, 59, "2040-03-11"},
    {"America/New_York", "2040-03-12", 4, 0, 0, "2040-03-12"}, {"America/New_York", "2040-11-05", 4, 59, 59, "2040-11-04"},
    {"America/New_York", "2040-11-05", 5, 0, 0, "2040-11-05"},
    /* Southern summers cross the year, Lord Howe moves half an hour, Dublin's "summer" is its standard time. */
    {"Australia/Sydney", "2040-01-14", 12, 59, 59, "2040-01-14"}, {"Australia/Sydney", "2040-01-14", 13, 0, 0, "2040-01-15"},
    {"Australia/Sydney", "2040-07-14", 13, 59, 59, "2040-07-14"}, {"Australia/Sydney", "2040-07-14", 14, 0, 0, "2040-07-15"},
    {"Australia/Sydney", "2039-12-31", 12, 59, 59, "2039-12-31"}, {"Australia/Sydney", "2039-12-31", 13, 0, 0, "2040-01-01"},
    {"Australia/Lord_Howe", "2040-07-14", 13, 29, 59, "2040-07-14"}, {"Australia/Lord_Howe", "2040-07-14", 13, 30, 0, "2040-07-15"},
    {"Australia/Lord_Howe", "2040-01-14", 12, 59, 59, "2040-01-14"}, {"Australia/Lord_Howe", "2040-01-14", 13, 0, 0, "2040-01-15"},
    {"Europe/Dublin", "2040-07-14", 22, 59, 59, "2040-07-14"}, {"Europe/Dublin", "2040-07-14", 23, 0, 0, "2040-07-15"},
    {"Europe/Dublin", "2040-01-14", 23, 59, 59, "2040-01-14"}, {"Europe/Dublin", "2040-01-15", 0, 0, 0, "2040-01-15"},
    {"Asia/Kathmandu", "2026-01-14", 18, 14, 59, "2026-01-14"}, {"Asia/Kathmandu", "2026-01-14", 18, 15, 0, "2026-01-15"},
    {"Asia/Kolkata", "2050-01-14", 18, 29, 59, "2050-01-14"}, {"Asia/Kolkata", "2050-01-14", 18, 30, 0, "2050-01-15"},
    {"America/St_Johns", "2040-01-15", 3, 29, 59, "2040-01-14"}, {"America/St_Johns", "2040-01-15", 3, 30, 0, "2040-01-15"},
    /* Samoa skipped 30 December 2011. */
    {"Pacific/Apia", "2011-12-30", 9, 59, 59, "2011-12-29"}, {"Pacific/Apia", "2011-12-30", 10, 0, 0, "2011-12-31"},
    {"Pacific/Kiritimati", "2026-01-01", 9, 59, 59, "2026-01-01"}, {"Pacific/Kiritimati", "2026-01-01", 10, 0, 0, "2026-01-02"},
    {"Europe/Berlin", "1969-12-31", 23, 0, 0, "1970-01-01"}, {"Europe/Berlin", "1969-12-31", 22, 59, 59, "1969-12-31"},
    {"America/Argentina/Buenos_Aires", "2026-01-01", 2, 59, 59, "2025-12-31"}, {"Etc/GMT+5", "2026-01-01", 4, 59, 59, "2025-12-31"},
  };
  bh_error err;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_day d;
    if (bh_zone_day(&d, cases[i].zone, instant(cases[i].date, cases[i].h, cases[i].m, cases[i].s), &err))
      fail_msg("%s", err.message);
    if (d != day(cases[i].local))
      fail_msg("%s at %s %d:%d:%d", cases[i].zone, cases[i].date, cases[i].h, cases[i].m, cases[i].s);
  }
  bh_day d;
  assert_int_equal(bh_zone_day(&d, "America/New_York", INT64_MAX, &err), BH_OK);
  assert_in_range(d, BH_DAY_MAX - 1, BH_DAY_MAX);
  assert_int_equal(bh_zone_day(&d, "America/New_York", INT64_MIN, &err), BH_OK);
  assert_in_range(d, BH_DAY_MIN, BH_DAY_MIN + 1);
}

static void test_zone_names(void **state)
{
  static const char *const bad[] = {
    "", "Nowhere/City", "/etc/passwd", "../../../etc/passwd", "America/../America/New_York", "America", "America/", "/America/New_York", "America//New_York",
    "./UTC", "America/New York", "zone.tab", "tzdata.zi", "America/New_York\n", "EST5EDT,M3.2.0,M11.1.0",
    "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  };
  bh_error err;
  bh_day d;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (bh_zone_check(bad[i], &err) != BH_E_NOTFOUND)
      fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(bh_zone_day(&d, bad[i], 0, &err), BH_E_NOTFOUND);
  }
  assert_int_equal(bh_zone_check(NULL, &err), BH_E_NOTFOUND);
  assert_int_equal(bh_zone_check("Europe/Berlin", &err), BH_OK);
}

static void test_clock(void **state)
{
  static const struct { const char *now; bool good; int64_t seconds; } cases[] = {
    {"2026-12-01T03:00:00Z", true, 1796094000}, {"2026-12-01", true, 1796083200}, {"1970-01-01T00:00:01Z", true, 1}, {"2024-02-29T23:59:59Z", true, 1709251199},
    {"", false, 0}, {"2026-12-01T03:00:00", false, 0}, {"2026-12-01T03:00:00+01:00", false, 0}, {"2026-12-01 03:00:00Z", false, 0}, {"2026-12-01T24:00:00Z", false, 0},
    {"2026-12-01T03:60:00Z", false, 0}, {"2026-12-01T03:00:60Z", false, 0}, {"2026-02-29", false, 0}, {"2026-12-01T03:00Z", false, 0}, {"now", false, 0},
    {"2026-12-01T", false, 0}, {"2026-12-01T03:00:00Z ", false, 0}, {"2026-12-01T-3:00:00Z", false, 0}, {"1796094000", false, 0},
  };
  bh_error err;
  int64_t s;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    setenv("BILLHOOK_NOW", cases[i].now, 1);
    bh_status rc = bh_clock_now(&s, &err);
    if ((rc == BH_OK) != cases[i].good || (cases[i].good && s != cases[i].seconds))
      fail_msg("\"%s\"", cases[i].now);
  }
  unsetenv("BILLHOOK_NOW");
  assert_int_equal(bh_clock_now(&s, &err), BH_OK);
  assert_true(s > 1700000000);
  int64_t before = bh_monotonic_ms();
  assert_true(bh_monotonic_ms() >= before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_parse),    cmocka_unit_test(test_calendar),   cmocka_unit_test(test_add),   cmocka_unit_test(test_month_on),
    cmocka_unit_test(test_zones),    cmocka_unit_test(test_zone_names), cmocka_unit_test(test_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
