/* The amount of one tax row: exclusive, compound or inclusive, one rounding each (BILLING 6.7). */
#include "billing/percent.h"
#include "billing/tax_rows.h"

static bh_status overflow(bh_tax_work *w, const bh_tax_sum *s) {
  return bh_fail(w->err, BH_E_OVERFLOW, "tax \"%.*s\": its base or amount does not fit a number", BH_STR_ARG(s->id));
}

static bh_status circle(bh_tax_work *w, const bh_tax_sum *s) {
  return bh_fail(w->err, BH_E_INVALID, "tax \"%.*s\": the taxes that it stands on stand on it", BH_STR_ARG(s->id));
}

static bool set_has(const bh_tax_set *set, uint32_t q) {
  for (uint32_t i = 0; i < set->count; i++)
    if (set->sums[i] == q) return true;
  return false;
}

static bool stands_on(const bh_tax *tax, bh_str id) {
  for (size_t i = 0; i < tax->on_count; i++)
    if (bh_str_eq(tax->on[i], id)) return true;
  return false;
}

static bool is_inclusive(const bh_tax_sum *s) { return s->tax != NULL && s->tax->inclusive && !s->relieved; }

static bh_status exclusive(bh_tax_work *w, uint32_t q, const uint8_t *within, int64_t *base, int64_t *amount);

/* The amounts of the taxes that sums[q] stands on, as far as they fall on its own items. Where all of a lower tax does,
 * that is the amount on its row; else it is worked out for the common items alone. */
static bh_status add_lower(bh_tax_work *w, uint32_t q, const uint8_t *within, int64_t *base) {
  const bh_tax_sum *s = &w->sums[q];
  for (uint32_t p = 0; p < w->sum_count; p++) {
    const bh_tax_sum *lower = &w->sums[p];
    if (p == q || is_inclusive(lower) || !stands_on(s->tax, lower->id)) continue;
    uint8_t *common = BH_NEWN(w->arena, uint8_t, w->item_count + 1);
    uint32_t n = 0;
    for (size_t i = 0; i < w->item_count; i++) {
      common[i] = (within == NULL || within[i] != 0) && set_has(w->sets[i], q) && set_has(w->sets[i], p);
      n += common[i];
    }
    int64_t lower_base, lower_amount;
    if (n == 0) continue;
    bh_status st = exclusive(w, p, n == lower->items ? NULL : common, &lower_base, &lower_amount);
    if (st != BH_OK) return st;
    if (!bh_money_add(base, lower_amount)) return overflow(w, s);
  }
  return BH_OK;
}

static bh_status exclusive(bh_tax_work *w, uint32_t q, const uint8_t *within, int64_t *base, int64_t *amount) {
  bh_tax_sum *s = &w->sums[q];
  if (within == NULL && s->done) return *base = s->base, *amount = s->amount, BH_OK;
  if (s->busy) return circle(w, s);
  *base = within == NULL ? s->net : 0;
  for (size_t i = 0; within != NULL && i < w->item_count; i++)
    if (within[i] != 0 && !bh_money_add(base, w->items[i].net)) return overflow(w, s);
  if (s->tax != NULL && s->tax->on_count > 0 && !s->relieved) {
    s->busy = true;
    bh_status st = add_lower(w, q, within, base);
    s->busy = false;
    if (st != BH_OK) return st;
  }
  if (!bh_money_scale(amount, *base, s->rate.coef, bh_percent_den(s->rate), w->mode)) return overflow(w, s);
  if (within == NULL) s->base = *base, s->amount = *amount, s->done = true;
  return BH_OK;
}

static bh_i128 gcd(bh_i128 a, bh_i128 b) {
  while (b != 0) {
    bh_i128 t = a % b;
    a = b;
    b = t;
  }
  return a < 0 ? -a : a;
}

/* num/den += a/b, kept in lowest terms. */
static bool add_fraction(bh_i128 *num, bh_i128 *den, bh_i128 a, bh_i128 b) {
  bh_i128 g = gcd(*den, b), left, right;
  int bad = __builtin_mul_overflow(*num, b / g, &left);
  bad += __builtin_mul_overflow(a, *den / g, &right);
  bad += __builtin_add_overflow(left, right, num);
  bad += __builtin_mul_overflow(*den, b / g, den);
  if (bad != 0) return false;
  g = gcd(*num, *den);
  if (g > 1) *num /= g, *den /= g;
  return true;
}

/* gross × r / (100 + Σr), Σr over the inclusive taxes of the set: none of them stands on another, which check refuses. */
static bh_status add_inclusive(bh_tax_work *w, uint32_t q, const bh_tax_set *set, int64_t gross, bh_i128 *num, bh_i128 *den) {
  bh_dec all = {100, 0, 0};
  for (uint32_t i = 0; i < set->count; i++)
    if (is_inclusive(&w->sums[set->sums[i]]) && !bh_dec_add(&all, all, w->sums[set->sums[i]].rate)) return overflow(w, &w->sums[q]);
  if (all.coef <= 0) return overflow(w, &w->sums[q]);
  bh_ratio part, whole;
  (void)bh_ratio_of_dec(&part, w->sums[q].rate); /* every decimal is a ratio */
  (void)bh_ratio_of_dec(&whole, all);
  bh_i128 a, b;
  int bad = __builtin_mul_overflow((bh_i128)part.num * whole.den, (bh_i128)gross, &a);
  bad += __builtin_mul_overflow((bh_i128)part.den, (bh_i128)whole.num, &b);
  if (bad != 0) return overflow(w, &w->sums[q]);
  return add_fraction(num, den, a, b) ? BH_OK : overflow(w, &w->sums[q]);
}

static bh_status inclusive(bh_tax_work *w, uint32_t q) {
  bh_tax_sum *s = &w->sums[q];
  bh_i128 num = 0, den = 1;
  for (size_t i = 0; i < w->item_count;) {
    const bh_tax_set *set = w->sets[i];
    int64_t gross = 0;
    bool ok = true;
    for (; i < w->item_count && w->sets[i] == set; i++) ok = ok && bh_money_add(&gross, w->items[i].net);
    if (!ok) return overflow(w, s);
    if (!set_has(set, q)) continue;
    bh_status st = add_inclusive(w, q, set, gross, &num, &den);
    if (st != BH_OK) return st;
  }
  if (!bh_money_scale(&s->amount, 1, num, den, w->mode)) return overflow(w, s);
  s->base = s->net;
  s->done = true;
  return BH_OK;
}

bh_status bh_tax_sum_compute(bh_tax_work *w, uint32_t q) {
  int64_t base, amount;
  return is_inclusive(&w->sums[q]) ? inclusive(w, q) : exclusive(w, q, NULL, &base, &amount);
}
