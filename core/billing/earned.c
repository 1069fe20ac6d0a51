#include "billing/earned.h"

int64_t bh_earned(int64_t amount, bh_span span, bh_day posted, bh_day through)
{
  if (through < posted)
    return 0;
  if (!bh_span_set(span) || through >= span.until - 1)
    return amount;
  if (through < span.from)
    return 0;
  int64_t earned = 0;
  (void)bh_money_scale(&earned, amount, through - span.from + 1, span.until - span.from, BH_HALF_UP); /* a part of the amount: it always fits */
  return earned;
}
