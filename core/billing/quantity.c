/* From counts to the quantity that is billed (BILLING 3). */
#include "billing/rating.h"

static bh_status too_large(bh_error *err) { return bh_fail(err, BH_E_OVERFLOW, "the quantity does not fit a number"); }

/* The least whole multiple of `step` that is not below q. */
static bool round_up(bh_ratio *out, bh_ratio q, bh_ratio step) {
  bh_ratio n;
  if (!bh_ratio_div(&n, q, step)) return false;
  int64_t up = n.num / n.den + (n.num % n.den > 0);
  return bh_ratio_mul(out, bh_ratio_int(up), step);
}

bh_status bh_quantity_apply(bh_ratio *out, bh_ratio raw, const bh_dec *minimum, const bh_ratio *included,
                            const bh_dec *round_up_to, const bh_dec *maximum, bh_error *err) {
  bh_ratio q = raw, bound;
  if (minimum != NULL) {
    (void)bh_ratio_of_dec(&bound, *minimum); /* every decimal is a ratio */
    if (bh_ratio_cmp(q, bound) < 0) q = bound;
  }
  if (included != NULL) {
    if (!bh_ratio_sub(&q, q, *included)) return too_large(err);
    if (q.num < 0) q = bh_ratio_int(0);
  }
  if (round_up_to != NULL) {
    if (round_up_to->coef <= 0) return bh_fail(err, BH_E_INVALID, "round_up_to must be above zero");
    (void)bh_ratio_of_dec(&bound, *round_up_to);
    if (!round_up(&q, q, bound)) return too_large(err);
  }
  if (maximum != NULL) {
    (void)bh_ratio_of_dec(&bound, *maximum);
    if (bh_ratio_cmp(q, bound) > 0) q = bound;
  }
  *out = q;
  return BH_OK;
}

bh_status bh_quantity_runs(bh_count_run **out, size_t *n, bh_arena *a, const bh_dated *quantity, bh_day from, bh_day until, bh_error *err) {
  bh_count_run *runs = BH_NEWN(a, bh_count_run, quantity->count + 1);
  size_t count = 0;
  for (bh_day at = from; at < until;) {
    bh_day next = until;
    for (size_t i = 0; i < quantity->count; i++)
      if (quantity->items[i].from > at && quantity->items[i].from < next) next = quantity->items[i].from;
    const bh_dec *v = bh_dated_on(quantity, at);
    bh_ratio value = bh_ratio_int(0);
    if (quantity->count == 0) value = bh_ratio_int(1);
    else if (v != NULL && !bh_ratio_of_dec(&value, *v)) return too_large(err);
    if (count > 0 && bh_ratio_cmp(runs[count - 1].count, value) == 0) runs[count - 1].until = next;
    else runs[count++] = (bh_count_run){at, next, value};
    at = next;
  }
  *out = runs;
  *n = count;
  return BH_OK;
}

static bh_status count_on(bh_ratio *out, const bh_count_run *runs, size_t n, bh_day day, bh_error *err) {
  size_t lo = 0, hi = n; /* runs[0..lo) begin on or before `day` */
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (runs[mid].from <= day) lo = mid + 1;
    else hi = mid;
  }
  if (lo == 0 || runs[lo - 1].until <= day) {
    char text[12];
    bh_day_format(text, day);
    return bh_fail(err, BH_E_INVALID, "there is no count for %s", text);
  }
  *out = runs[lo - 1].count;
  return BH_OK;
}

static bh_status peak_or_mean(bh_ratio *out, bool peak, const bh_count_run *runs, size_t n, bh_day from, bh_day until,
                              bh_error *err) {
  bh_ratio sum = bh_ratio_int(0), high = bh_ratio_int(0);
  int64_t days = 0;
  for (size_t i = 0; i < n; i++) {
    bh_day a = runs[i].from > from ? runs[i].from : from, b = runs[i].until < until ? runs[i].until : until;
    if (a >= b) continue;
    if (days == 0 || bh_ratio_cmp(runs[i].count, high) > 0) high = runs[i].count;
    days += b - a;
    bh_ratio part;
    if (!peak && (!bh_ratio_mul(&part, runs[i].count, bh_ratio_int(b - a)) || !bh_ratio_add(&sum, sum, part)))
      return too_large(err);
  }
  if (days != (int64_t)until - from)
    return bh_fail(err, BH_E_INVALID, "the counts cover %lld of %lld days", (long long)days, (long long)until - from);
  if (peak) *out = high;
  else if (!bh_ratio_div(out, sum, bh_ratio_int(days))) return too_large(err);
  return BH_OK;
}

bh_status bh_quantity_at(bh_ratio *out, bh_at at, const bh_count_run *runs, size_t n, bh_day from, bh_day until,
                         bh_day issue_day, bh_error *err) {
  *out = bh_ratio_int(0);
  if (from >= until) return bh_fail(err, BH_E_INVALID, "a quantity needs at least one day in force");
  switch (at) {
    case BH_AT_ISSUE: return count_on(out, runs, n, issue_day, err);
    case BH_AT_START: return count_on(out, runs, n, from, err);
    case BH_AT_END: return count_on(out, runs, n, until - 1, err);
    case BH_AT_PEAK: return peak_or_mean(out, true, runs, n, from, until, err);
    case BH_AT_AVERAGE: return peak_or_mean(out, false, runs, n, from, until, err);
    default: return bh_fail(err, BH_E_INVALID, "at = \"daily\" and \"sum\" are no single count");
  }
}
