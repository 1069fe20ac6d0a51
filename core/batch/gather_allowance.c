#include "batch/gather_allowance.h"

static bh_status too_large(bh_error *err) { return bh_fail(err, BH_E_OVERFLOW, "included: out of range"); }

bool bh_allowance_on(const bh_line_terms *t, bh_str product)
{
  bool is = t->included_per.len > 0 && bh_str_eq(t->included_per, product);
  for (size_t i = 0; i < t->bundle_count && !is; i++)
    is = bh_str_eq(t->bundles[i], product);
  return is;
}

/* A line's quantity on a day; before and after its days the nearest one. */
static bh_ratio quantity_on(const bh_rate_line *l, bh_day day)
{
  size_t at = 0;
  for (size_t i = 0; i < l->run_count; i++)
    if (l->runs[i].from <= day)
      at = i;
  return l->run_count > 0 ? l->runs[at].quantity : bh_ratio_int(0);
}

static bool units_on(bh_ratio *out, const bh_billing *b, bh_str product, bh_day day)
{
  bool ok = true;
  *out = bh_ratio_int(0);
  for (size_t i = 0; i < b->line_count && ok; i++)
    if (bh_str_eq(b->lines[i].product, product))
      ok = bh_ratio_add(out, *out, quantity_on(&b->lines[i], day));
  return ok;
}

/* What the bundles give on a day, less what earlier lines of the product took of it. */
static bool bundled_on(bh_ratio *out, const bh_allowance *w, bh_day day)
{
  bool ok = true;
  bh_ratio units;
  *out = bh_ratio_int(0);
  for (size_t i = 0; i < w->terms->bundle_count && ok; i++)
    ok = units_on(&units, w->billing, w->terms->bundles[i], day) && bh_ratio_add(out, *out, units);
  for (size_t i = 0; i < w->billing->line_count && ok && w->terms->bundle_count > 0; i++)
    if (bh_str_eq(w->billing->lines[i].product, w->terms->product))
      ok = bh_ratio_sub(out, *out, w->took[i]);
  if (out->num < 0)
    *out = bh_ratio_int(0);
  return ok;
}

bh_status bh_allowance_of(bh_allowance *w, bh_ratio *out, bool *set, bh_day day, bh_ratio quantity, bh_error *err)
{
  const bh_line_terms *t = w->terms;
  const bh_dec *d = t->included.set ? bh_dated_on(&t->included.value, w->first) : NULL;
  const bh_dec *min = t->minimum.set ? bh_dated_on(&t->minimum.value, w->first) : NULL;
  bh_ratio units, bundled, least, left;
  *set = d != NULL || t->bundle_count > 0;
  *out = bh_ratio_int(0);
  if (d != NULL && !bh_ratio_of_dec(out, *d))
    return too_large(err);
  if (d != NULL && t->included_per.len > 0 && (!units_on(&units, w->billing, t->included_per, day) || !bh_ratio_mul(out, *out, units)))
    return too_large(err);
  if (t->bundle_count == 0)
    return BH_OK;
  if (min != NULL && bh_ratio_of_dec(&least, *min) && bh_ratio_cmp(quantity, least) < 0)
    quantity = least;
  if (!bundled_on(&bundled, w, day) || !bh_ratio_sub(&left, quantity, *out) || !bh_ratio_add(out, *out, bundled))
    return too_large(err);
  if (bh_ratio_cmp(left, bundled) > 0)
    left = bundled;
  if (bh_ratio_cmp(left, w->took_now) > 0)
    w->took_now = left;
  return BH_OK;
}

void bh_allowance_cut(const bh_allowance *w, bh_arena *a, bh_count_run **runs, size_t *n)
{
  const bh_billing *b = w->billing;
  for (size_t i = 0; i < b->line_count; i++)
    for (size_t j = 1; bh_allowance_on(w->terms, b->lines[i].product) && j < b->lines[i].run_count; j++) {
      bh_day at = b->lines[i].runs[j].from;
      bh_count_run *cut = BH_NEWN(a, bh_count_run, *n + 1);
      size_t count = 0;
      for (size_t k = 0; k < *n; k++) {
        bh_count_run r = (*runs)[k];
        if (r.from < at && at < r.until) {
          cut[count++] = (bh_count_run){ r.from, at, r.count };
          r.from = at;
        }
        cut[count++] = r;
      }
      *runs = cut;
      *n = count;
    }
}
