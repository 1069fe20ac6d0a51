/* Periods and issue dates (BILLING 2). Boundary k is always computed from the anchor, never from boundary k - 1:
 * that is what brings 31 Jan, 28 Feb, 31 Mar. */
#include "billing/schedule.h"

enum { PERIOD_MONTHS_MAX = 1200, PERIOD_DAYS_MAX = 36525 }; /* a hundred years */

static int32_t unit_months(bh_unit u) {
  switch (u) {
    case BH_UNIT_MONTH: return 1;
    case BH_UNIT_QUARTER: return 3;
    case BH_UNIT_YEAR: return 12;
    default: return 0;
  }
}

static int32_t unit_days(bh_unit u) { return u == BH_UNIT_WEEK ? 7 : 1; }

static const char *unit_word(bh_unit u) {
  switch (u) {
    case BH_UNIT_DAY: return "days";
    case BH_UNIT_WEEK: return "weeks";
    case BH_UNIT_MONTH: return "months";
    case BH_UNIT_QUARTER: return "quarters";
    default: return "years";
  }
}

static bh_day clamp_day(int64_t d) {
  return d < BH_DAY_MIN ? BH_DAY_MIN : d > BH_DAY_MAX ? BH_DAY_MAX : (bh_day)d;
}

static int64_t floor_div(int64_t a, int64_t b) { /* b > 0 */
  return a / b - (a % b < 0);
}

/* The wished day of the month with this number (year × 12 + month - 1), or the month's last. */
static bh_day month_day(int64_t month, int32_t day) {
  if (month < 12) return BH_DAY_MIN; /* before year 1: nothing that is billed */
  if (month > 4700LL * 12) return BH_DAY_MAX;
  int year = (int)(month / 12), m = (int)(month % 12) + 1;
  int last = bh_month_days(year, m);
  return bh_day_make(year, m, day < last ? day : last);
}

static bh_status init_weeks(bh_schedule *s, const bh_bill *bill, bh_day starts, bh_error *err) {
  int32_t on = bill->on == 0 ? 1 : bill->on;
  if (bill->on_month != 0 || on < 1 || on > 7)
    return bh_fail(err, BH_E_INVALID, "`on` of a schedule of weeks is a weekday, 1 (Monday) to 7 (Sunday)");
  int32_t back = (int32_t)bh_weekday(starts) + 1 - on;
  s->anchor = starts - (back < 0 ? back + 7 : back);
  return BH_OK;
}

static bh_status init_months(bh_schedule *s, const bh_bill *bill, bh_day starts, bh_error *err) {
  int32_t on = bill->on == 0 ? 1 : bill->on, step = bill->every * unit_months(bill->unit);
  if (bill->on_month < 0 || bill->on_month > 12)
    return bh_fail(err, BH_E_INVALID, "`on` is a day of the month, 1 to 31, or a date \"MM-DD\"");
  /* 2000 was a leap year: 29 February is a day that a schedule can be on */
  int32_t last = bill->on_month == 0 ? 31 : bh_month_days(2000, bill->on_month);
  if (on < 1 || on > last)
    return bill->on_month == 0
               ? bh_fail(err, BH_E_INVALID, "`on` is a day of the month, 1 to 31, or a date \"MM-DD\"; not %d", (int)on)
               : bh_fail(err, BH_E_INVALID, "`on` is no date: month %d has no day %d", (int)bill->on_month, (int)on);
  if (bill->on_month == 0 && bill->unit != BH_UNIT_YEAR && 12 % step != 0)
    return bh_fail(err, BH_E_INVALID, "%d %s do not divide a year: `on` must name a month and day to count from, \"MM-DD\"",
                   (int)bill->every, unit_word(bill->unit));
  int year, month, day;
  bh_day_split(starts, &year, &month, &day);
  s->day = on;
  s->month0 = (int64_t)year * 12 + (bill->on_month == 0 ? 0 : bill->on_month - 1);
  if (bill->unit == BH_UNIT_YEAR && month_day(s->month0, on) > starts) s->month0 -= 12;
  s->anchor = month_day(s->month0, on);
  return BH_OK;
}

bh_status bh_schedule_init(bh_schedule *out, const bh_bill *bill, bh_day starts, bh_error *err) {
  *out = (bh_schedule){.bill = *bill, .anchor = starts};
  int32_t months = unit_months(bill->unit);
  int32_t max = months != 0 ? PERIOD_MONTHS_MAX / months : PERIOD_DAYS_MAX / unit_days(bill->unit);
  if (bill->every < 1 || bill->every > max)
    return bh_fail(err, BH_E_INVALID, "`every` is a whole number of %s from 1 to %d, not %d", unit_word(bill->unit), (int)max,
                   (int)bill->every);
  if (bill->align == BH_ALIGN_ANNIVERSARY) {
    if (bill->on_month != 0)
      return bh_fail(err, BH_E_INVALID, "`on` does not go with align = \"anniversary\", which counts from `starts`");
    int year, month, day;
    bh_day_split(starts, &year, &month, &day);
    out->day = day;
    out->month0 = (int64_t)year * 12 + month - 1;
    return BH_OK;
  }
  if (months != 0) return init_months(out, bill, starts, err);
  if (bill->unit == BH_UNIT_WEEK) return init_weeks(out, bill, starts, err);
  if (bill->on_month != 0 || bill->on > 1)
    return bh_fail(err, BH_E_INVALID, "`on` does not go with a schedule of days, which are counted from `starts`");
  return BH_OK;
}

bh_day bh_schedule_boundary(const bh_schedule *s, int64_t k) {
  int32_t months = unit_months(s->bill.unit);
  int64_t step = (int64_t)s->bill.every * (months != 0 ? months : unit_days(s->bill.unit)), n;
  if (__builtin_mul_overflow(k, step, &n) || n > INT32_MAX || n < -(int64_t)INT32_MAX)
    return k < 0 ? BH_DAY_MIN : BH_DAY_MAX;
  return months != 0 ? month_day(s->month0 + n, s->day) : clamp_day(s->anchor + n);
}

bh_sched_period bh_schedule_period(const bh_schedule *s, int64_t k) {
  return (bh_sched_period){k, bh_schedule_boundary(s, k), bh_schedule_boundary(s, k + 1)};
}

bh_sched_period bh_schedule_period_at(const bh_schedule *s, bh_day day) {
  int32_t months = unit_months(s->bill.unit);
  if (months == 0)
    return bh_schedule_period(s, floor_div((int64_t)day - s->anchor, (int64_t)s->bill.every * unit_days(s->bill.unit)));
  int year, month, dom;
  bh_day_split(day, &year, &month, &dom);
  /* Boundary k stands in the day's month or in one before, boundary k + 1 in a later one: at most one step back. */
  int64_t k = floor_div((int64_t)year * 12 + month - 1 - s->month0, (int64_t)s->bill.every * months);
  if (bh_schedule_boundary(s, k) > day) k--;
  return bh_schedule_period(s, k);
}

bh_day bh_schedule_issue_date(const bh_schedule *s, const bh_sched_period *p, bh_day life_from, bh_day life_until) {
  if (s->bill.timing == BH_ADVANCE) {
    bh_day first = p->from > life_from ? p->from : life_from;
    return clamp_day((int64_t)first - s->bill.lead_days);
  }
  bh_day after = p->until < life_until ? p->until : life_until;
  return clamp_day((int64_t)after + s->bill.lag_days);
}
