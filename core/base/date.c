/* Civil dates as day numbers. Conversions: Howard Hinnant, "chrono-compatible low-level date algorithms" (eras of 400
 * years that begin on 1 March, so that the leap day is a year's last). */
#include "base/date.h"

enum { DAYS_PER_ERA = 146097, DAYS_0000_TO_1970 = 719468 };

static int64_t floor_div(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

bool bh_year_leap(int year)
{
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int bh_month_days(int year, int month)
{
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bh_require(month >= 1 && month <= 12);
  return month == 2 && bh_year_leap(year) ? 29 : days[month - 1];
}

/* Any year that 64 bits hold comfortably; the day of the month within its month. */
static int64_t day_number(int64_t year, int month, int day)
{
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_0000_TO_1970;
}

static bh_day bounded(int64_t day)
{
  return day <= BH_DAY_MIN ? BH_DAY_MIN : day >= BH_DAY_MAX ? BH_DAY_MAX : (bh_day)day;
}

bh_day bh_day_make(int year, int month, int day)
{
  bh_require(month >= 1 && month <= 12 && day >= 1 && day <= bh_month_days(year, month));
  return (bh_day)day_number(year, month, day);
}

void bh_day_split(bh_day d, int *year, int *month, int *day)
{
  int64_t z = (int64_t)d + DAYS_0000_TO_1970;
  int64_t era = floor_div(z, DAYS_PER_ERA), day_of_era = z - era * DAYS_PER_ERA;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t mp = (5 * day_of_year + 2) / 153;
  *day = (int)(day_of_year - (153 * mp + 2) / 5 + 1);
  *month = (int)(mp < 10 ? mp + 3 : mp - 9);
  *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* n digits at p; false where one is not a digit. */
static bool digits(int *out, const char *p, int n)
{
  *out = 0;
  for (int i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9')
      return false;
    *out = *out * 10 + (p[i] - '0');
  }
  return true;
}

bool bh_day_parse(bh_day *out, bh_str text)
{
  int year, month, day;
  if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || !digits(&year, text.ptr, 4) ||
      !digits(&month, text.ptr + 5, 2) || !digits(&day, text.ptr + 8, 2))
    return false;
  if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1 || day > bh_month_days(year, month))
    return false;
  *out = bh_day_make(year, month, day);
  return true;
}

static void put_digits(char *p, int v, int n)
{
  while (n-- > 0) {
    p[n] = (char)('0' + v % 10);
    v /= 10;
  }
}

size_t bh_day_format(char out[12], bh_day d)
{
  int year, month, day;
  bh_day_split(d, &year, &month, &day);
  put_digits(out, year < 0 ? 0 : year, 4); /* before the year 0 stands only "since ever", which is nobody's date */
  out[4] = out[7] = '-';
  put_digits(out + 5, month, 2);
  put_digits(out + 8, day, 2);
  out[10] = 0;
  return 10;
}

int bh_weekday(bh_day d)
{
  int64_t w = ((int64_t)d + 3) % 7; /* 1970-01-01 was a Thursday */
  return (int)(w < 0 ? w + 7 : w);
}

static bh_day month_on(int64_t year, int64_t month0, int day)
{
  year += floor_div(month0, 12);
  int month = (int)(month0 - floor_div(month0, 12) * 12) + 1;
  int last = bh_month_days((int)(year % 400), month);
  return bounded(day_number(year, month, day < last ? day : last));
}

bh_day bh_month_on(int year, int month0_based_total, int day_of_month)
{
  bh_require(day_of_month >= 1 && day_of_month <= 31);
  return month_on(year, month0_based_total, day_of_month);
}

bh_day bh_day_add(bh_day anchor, int64_t n, bh_unit unit)
{
  if (anchor <= BH_DAY_MIN || anchor >= BH_DAY_MAX)
    return bounded(anchor); /* for ever and a month is for ever */
  int64_t limit = 2 * (int64_t)BH_DAY_MAX; /* days: beyond it every unit leaves the calendar */
  n = n < -limit ? -limit : n > limit ? limit : n;
  if (unit == BH_UNIT_DAY || unit == BH_UNIT_WEEK)
    return bounded(anchor + n * (unit == BH_UNIT_WEEK ? 7 : 1));
  int year, month, day;
  bh_day_split(anchor, &year, &month, &day);
  return month_on(year, month - 1 + n * (unit == BH_UNIT_MONTH ? 1 : unit == BH_UNIT_QUARTER ? 3 : 12), day);
}

bh_date bh_day_civil(bh_day d)
{
  int year, month, day;
  bh_day_split(d, &year, &month, &day);
  return (bh_date){(int16_t)year, (uint8_t)month, (uint8_t)day};
}

bh_day bh_civil_day(bh_date d)
{
  return bh_day_make(d.year, d.month, d.day);
}
