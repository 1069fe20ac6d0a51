/* A line's minimum_amount and maximum_amount (BILLING 5): bounds on its gross amount, prorated like the line. */
#include "billing/discount_left.h"

static bh_status bound_minor(int64_t *out, bh_dec bound, const bh_billing *b, const bh_rate_line *l, bh_error *err) {
  if (bh_money_amount(out, bound, bh_ratio_int(1), l->fraction, b->decimals, b->rounding)) return BH_OK;
  return bh_billing_overflow(b, l->key, "its minimum or maximum amount", err);
}

static bh_owed_line shortfall_line(const bh_billing *b, uint32_t i, int64_t amount, bh_arena *a) {
  const bh_rate_line *l = &b->lines[i];
  return (bh_owed_line){
    .line_index = i, .kind = BH_OWED_MINIMUM, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until,
    .product = l->product, .description = bh_arena_fmt(a, "%.*s: minimum amount", BH_STR_ARG(l->description)),
    .category = l->category, .from = l->from, .until = l->until, .quantity = bh_ratio_int(1),
    .unit_price = bh_money_dec(amount, b->decimals), .fraction = bh_ratio_int(1), .amount = amount,
    .section = l->section, .po = l->po,
  };
}

bh_status bh_bounds_shortfalls(bh_rated *r, const bh_billing *b, const bool *skip, bh_arena *a, bh_error *err) {
  bool any = false;
  for (size_t i = 0; i < b->line_count; i++) any = any || b->lines[i].has_min_amount;
  if (!any) return BH_OK;
  int64_t *gross = BH_NEWN(a, int64_t, b->line_count);
  uint8_t *seen = BH_NEWN(a, uint8_t, b->line_count); /* 1: only removed parts so far, 2: has a part that stands */
  for (size_t k = 0; k < r->line_count; k++) {
    const bh_owed_line *l = &r->lines[k];
    if (l->line_index >= b->line_count) continue;
    if (l->removed) {
      if (seen[l->line_index] == 0) seen[l->line_index] = 1;
      continue;
    }
    seen[l->line_index] = 2;
    if (!bh_money_add(&gross[l->line_index], l->amount)) return bh_billing_overflow(b, l->key, "the sum of its parts", err);
  }
  for (uint32_t i = 0; i < b->line_count; i++) {
    const bh_rate_line *l = &b->lines[i];
    if (!l->has_min_amount || seen[i] == 1 || (skip != NULL && skip[i])) continue; /* what a rule has removed is owed nothing, and no minimum */
    int64_t bound, amount;
    bh_status s = bound_minor(&bound, l->min_amount, b, l, err);
    if (s != BH_OK) return s;
    if (bound <= 0 || gross[i] >= bound) continue;
    if (__builtin_sub_overflow(bound, gross[i], &amount)) return bh_billing_overflow(b, l->key, "its minimum amount", err);
    bh_owed_line line = shortfall_line(b, i, amount, a);
    bh_rated_add_line(r, a, &line);
  }
  return BH_OK;
}

bh_status bh_bounds_excess(bh_left *x, uint32_t i) {
  const bh_rate_line *l = &x->b->lines[i];
  int64_t bound, base;
  bh_status s = bound_minor(&bound, l->max_amount, x->b, l, x->err);
  if (s == BH_OK) s = bh_left_base(x, &base);
  if (s != BH_OK) return s;
  if (bound < 0) bound = 0;
  if (base <= bound) return BH_OK;
  char text[32];
  bh_money_format(text, bound, x->b->decimals);
  bh_owed_discount d = {
    .key = bh_arena_fmt(x->arena, "discount:line:%.*s:maximum", BH_STR_ARG(l->key)), .on_line = true, .line_key = l->key,
    .description = bh_arena_fmt(x->arena, "Maximum amount %s", text),
    .whole_from = l->whole_from, .whole_until = l->whole_until,
  };
  bh_left_take(x, &d, base - bound, base);
  bh_rated_add_discount(x->r, x->arena, &d);
  return BH_OK;
}
