/* Deferred revenue: how much of an amount that was charged for a span of days has been earned by a day (BILLING 8). Pure. */
#ifndef BH_EARNED_H
#define BH_EARNED_H
#include "base/date.h"
#include "base/dec.h"

/* Whether revenue over the span is deferred on a document (or an entry) of that date: its last day is still to come. */
static inline bool bh_span_defers(bh_span s, bh_day date) { return bh_span_set(s) && s.until - 1 > date; }

/* What has been earned of `amount` (minor units, signed) by the end of the day `through`, where it was posted on `posted`: nothing before that
 * day; then all days of the span up to and with `through`, those before `posted` too.
 *   round(amount × days elapsed / days of the span), half away from zero
 * An empty span is earned at once. Cumulative, so that what single days or months earn adds up to the amount exactly, and −amount mirrors amount. */
int64_t bh_earned(int64_t amount, bh_span span, bh_day posted, bh_day through);
#endif
