/* Agreed price increases (BILLING 6.1). */
#include "billing/percent.h"
#include "billing/rating.h"

int32_t bh_uplift_steps(const bh_uplift *u, bh_day day) {
  if (!u->on || day < u->from) return 0;
  if (u->every_months <= 0) return 1;
  int y0, m0, d0, y1, m1, d1;
  bh_day_split(u->from, &y0, &m0, &d0);
  bh_day_split(day, &y1, &m1, &d1);
  int32_t k = ((int32_t)(y1 - y0) * 12 + (m1 - m0)) / u->every_months;
  /* the step's own day is clamped: an uplift from 31 January steps on 28 February */
  if (k > 0 && bh_day_add(u->from, (int64_t)k * u->every_months, BH_UNIT_MONTH) > day) k--;
  return 1 + k;
}

bh_status bh_uplift_apply(bh_dec *io_price, const bh_uplift *u, bh_day day, int currency_decimals, bh_rounding mode, bh_error *err) {
  int32_t steps = bh_uplift_steps(u, day);
  if (steps == 0) return BH_OK;
  int scale = io_price->scale > currency_decimals ? (int)io_price->scale : currency_decimals;
  bh_dec price;
  bool ok = bh_dec_round(&price, *io_price, scale, mode); /* only adds zeros */
  for (int32_t i = 0; ok && i < steps; i++) {
    int64_t next;
    const bh_dec *dated = bh_dated_on(&u->percents, bh_day_add(u->from, (int64_t)i * u->every_months, BH_UNIT_MONTH));
    bh_dec percent = dated != NULL ? *dated : u->percent;
    bh_i128 hundred = bh_percent_den(percent);
    ok = bh_money_scale(&next, price.coef, hundred + percent.coef, hundred, mode);
    if (!ok || (next == price.coef && u->percents.count < 2)) break; /* a step that changes nothing is followed by none that does */
    price.coef = next;
  }
  if (!ok) return bh_fail(err, BH_E_OVERFLOW, "the price after %d steps of uplift does not fit a number", (int)steps);
  *io_price = price;
  return BH_OK;
}
