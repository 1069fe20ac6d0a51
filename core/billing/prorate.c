/* The share of a whole period (BILLING 4's table). */
#include "billing/schedule.h"

static bool february_last(int year, int month, int day) { return month == 2 && day == bh_month_days(year, 2); }

/* NASD's 30/360 (30U/360), with the first day not in force any more as the second date. The order of the four steps is
 * the rule's own: a last of February as the second date counts as the 30th only behind a last of February. */
int32_t bh_days360(bh_day from, bh_day until) {
  int y1, m1, d1, y2, m2, d2;
  bh_day_split(from, &y1, &m1, &d1);
  bh_day_split(until, &y2, &m2, &d2);
  bool feb1 = february_last(y1, m1, d1);
  if (feb1 && february_last(y2, m2, d2)) d2 = 30;
  if (feb1) d1 = 30;
  if (d2 == 31 && d1 >= 30) d2 = 30;
  if (d1 == 31) d1 = 30;
  return (int32_t)((y2 - y1) * 360 + (m2 - m1) * 30 + (d2 - d1));
}

/* At most 1. Days fit a ratio whatever they are. */
static void share(bh_ratio *out, int64_t days, int64_t of) {
  if (days >= of) *out = bh_ratio_int(1);
  else (void)bh_ratio_make(out, days, of);
}

bh_status bh_prorate_fraction(bh_ratio *out, bh_prorate how, const bh_bill *bill, bh_day whole_from, bh_day whole_until,
                              bh_day from, bh_day until, bh_error *err) {
  *out = bh_ratio_int(0);
  bool by_month = bill->unit == BH_UNIT_MONTH || bill->unit == BH_UNIT_QUARTER || bill->unit == BH_UNIT_YEAR;
  if (how == BH_PRORATE_30_360 && !by_month)
    return bh_fail(err, BH_E_INVALID, "prorate = \"30/360\" counts months of 30 days and does not go with days or weeks: "
                                      "expected \"daily\", \"none\" or \"full\"");
  if (from < whole_from) from = whole_from;
  if (until > whole_until) until = whole_until;
  if (from >= until) return BH_OK;
  switch (how) {
    case BH_PRORATE_DAILY: share(out, (int64_t)until - from, (int64_t)whole_until - whole_from); return BH_OK;
    case BH_PRORATE_30_360: {
      if (from == whole_from && until == whole_until) break;
      int64_t months = (int64_t)bill->every * (bill->unit == BH_UNIT_MONTH ? 1 : bill->unit == BH_UNIT_QUARTER ? 3 : 12);
      share(out, bh_days360(from, until), 30 * months);
      return BH_OK;
    }
    case BH_PRORATE_NONE:
      if (from != whole_from) return BH_OK;
      break;
    case BH_PRORATE_FULL: break;
    default: return bh_fail(err, BH_E_INVALID, "prorate is none of \"daily\", \"30/360\", \"none\", \"full\"");
  }
  *out = bh_ratio_int(1);
  return BH_OK;
}

bh_status bh_prorate_part(bh_ratio *out, bh_prorate how, const bh_bill *bill, bh_day whole_from, bh_day whole_until, bh_day in_force,
                          bh_day from, bh_day until, bh_error *err) {
  bh_ratio before;
  bh_status s = bh_prorate_fraction(out, how, bill, whole_from, whole_until, in_force, until, err);
  if (s != BH_OK) return s;
  (void)bh_prorate_fraction(&before, how, bill, whole_from, whole_until, in_force, from, err); /* the same way of prorating: it can be done */
  (void)bh_ratio_sub(out, *out, before); /* both are days over days of one period: it fits */
  return BH_OK;
}
