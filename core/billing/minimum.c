/* The contract's minimum (BILLING 6.6). */
#include "billing/rating.h"

/* What a rule adds is owed anew in every billing: it counts like a recurring line. */
static bool is_recurring(const bh_billing *b, const bh_owed_line *l) {
  if (l->removed || l->kind == BH_OWED_ONCE) return false;
  if (!bh_of_takes(&b->minimum_of, l, b->contract)) return false;
  return l->line_index >= b->line_count ? l->kind == BH_OWED_RULE : b->lines[l->line_index].recurring;
}

/* What the minimum is of says what it is taxed as, where that is one category. */
static bh_str category_of(const bh_of *of) {
  for (size_t i = 0; i < of->test_count; i++)
    if (of->tests[i].key == BH_OF_TAX && of->tests[i].value_count == 1) return of->tests[i].values[0];
  return (bh_str){0};
}

bh_status bh_minimum_apply(bh_rated *r, const bh_billing *b, bh_arena *a, bh_error *err) {
  if (!b->has_minimum || b->minimum_minor <= 0) return BH_OK;
  int64_t net = 0, shortfall = b->minimum_minor;
  bool ok = true;
  for (size_t i = 0; ok && i < r->line_count; i++) {
    if (!is_recurring(b, &r->lines[i])) continue;
    ok = bh_money_add(&net, r->lines[i].amount);
    for (size_t d = 0; ok && d < r->discount_count; d++)
      if (r->discounts[d].shares != NULL) ok = bh_money_add(&net, r->discounts[d].shares[i]);
  }
  if (!ok || net == INT64_MIN || !bh_money_add(&shortfall, -net))
    return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": minimum: the sum of its lines does not fit a number",
                   BH_STR_ARG(b->contract));
  if (shortfall <= 0) return BH_OK;
  bh_owed_line line = {
    .line_index = UINT32_MAX, .kind = BH_OWED_MINIMUM, .key = BH_S("minimum"), .description = BH_S("Contract minimum"),
    .whole_from = b->period_from, .whole_until = b->period_until, .from = b->period_from, .until = b->period_until,
    .quantity = bh_ratio_int(1), .unit_price = bh_money_dec(shortfall, b->decimals), .fraction = bh_ratio_int(1),
    .amount = shortfall, .category = category_of(&b->minimum_of),
  };
  bh_rated_add_line(r, a, &line);
  return BH_OK;
}
