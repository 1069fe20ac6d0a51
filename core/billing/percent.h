/* A percent as a fraction: coef / bh_percent_den. Inside core/billing only. */
#ifndef BH_PERCENT_H
#define BH_PERCENT_H
#include "base/dec.h"

static inline bh_i128 bh_percent_den(bh_dec percent) {
  bh_i128 den = 100;
  for (int32_t i = 0; i < percent.scale; i++) den *= 10;
  return den;
}
#endif
