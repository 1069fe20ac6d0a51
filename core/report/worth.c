#include "report/worth.h"

static const bh_param *param(const bh_param *params, size_t n, const char *key) {
  for (size_t i = 0; i < n; i++)
    if (bh_str_eqz(params[i].key, key)) return &params[i];
  return NULL;
}

static const bh_dec *number(const bh_param *params, size_t n, const char *key, bh_day day) {
  const bh_param *p = param(params, n, key);
  return p ? bh_dated_on(&p->number, day) : NULL;
}

static bool add(int64_t *sum, bh_dec price, bh_ratio quantity, int32_t decimals) {
  int64_t amount;
  return bh_money_amount(&amount, price, quantity, bh_ratio_int(1), decimals, BH_HALF_UP) && bh_money_add(sum, amount);
}

/* graduated: each tier's units at its price; volume and stairstep: the tier that the quantity is in. */
static bool tiers(int64_t *out, const bh_param *list, bh_str mode, bh_ratio quantity, bh_day day, int32_t decimals) {
  bh_ratio before = bh_ratio_int(0), zero = bh_ratio_int(0);
  bool graduated = !bh_str_eqz(mode, "volume") && !bh_str_eqz(mode, "stairstep");
  for (size_t i = 0; i < list->record_count && bh_ratio_cmp(quantity, before) > 0; i++) {
    const bh_param_record *r = &list->records[i];
    const bh_dec *end = number(r->params, r->count, "up_to", day), *price = number(r->params, r->count, "price", day), *flat = number(r->params, r->count, "flat", day);
    bh_ratio up_to = zero, units = quantity;
    bool last = end == NULL;
    if (end && !bh_ratio_of_dec(&up_to, *end)) return false;
    bool inside = last || bh_ratio_cmp(quantity, up_to) <= 0;
    if (graduated && !bh_ratio_sub(&units, inside ? quantity : up_to, before)) return false;
    if ((graduated || inside) && price && !add(out, *price, units, decimals)) return false;
    if ((graduated || inside) && flat && !add(out, *flat, bh_ratio_int(1), decimals)) return false;
    if (inside) return true;
    before = up_to;
  }
  return true;
}

static bool packages(int64_t *out, const bh_line_terms *t, bh_dec price, bh_ratio quantity, bh_day day, int32_t decimals) {
  const bh_dec *size = number(t->params, t->param_count, "size", day), *included = number(t->params, t->param_count, "included", day);
  bh_ratio per, less, whole;
  if (!size || size->coef <= 0 || !bh_ratio_of_dec(&per, *size)) return false;
  if (included && (!bh_ratio_of_dec(&less, *included) || !bh_ratio_sub(&quantity, quantity, less))) return false;
  if (bh_ratio_cmp(quantity, bh_ratio_int(0)) <= 0) return true;
  if (!bh_ratio_div(&whole, quantity, per)) return false;
  return add(out, price, bh_ratio_int(whole.num / whole.den + (whole.num % whole.den != 0)), decimals);
}

bool bh_worth(int64_t *out, const bh_line_terms *t, bh_ratio quantity, bh_day day, int32_t decimals) {
  const bh_dec *price = number(t->params, t->param_count, "price", day);
  const bh_param *list = param(t->params, t->param_count, "tiers"), *mode = param(t->params, t->param_count, "mode");
  *out = 0;
  if (t->price_missing) return false;
  if (bh_str_eqz(t->model, "per_unit") || bh_str_eqz(t->model, "plan")) return price && add(out, *price, quantity, decimals);
  if (bh_str_eqz(t->model, "tiered")) return list && tiers(out, list, mode ? mode->text : BH_S("graduated"), quantity, day, decimals);
  return bh_str_eqz(t->model, "package") && price && packages(out, t, *price, quantity, day, decimals);
}

bool bh_worth_monthly(int64_t *io, const bh_bill *bill) {
  static const struct { int64_t num, den; } months[] = {[BH_UNIT_DAY] = {12, 365}, [BH_UNIT_WEEK] = {84, 365}, [BH_UNIT_MONTH] = {1, 1}, [BH_UNIT_QUARTER] = {3, 1},
                                                        [BH_UNIT_YEAR] = {12, 1}};
  int64_t every = bill->every > 0 ? bill->every : 1;
  return bh_money_scale(io, *io, months[bill->unit].den, (bh_i128)months[bill->unit].num * every, BH_HALF_UP);
}
