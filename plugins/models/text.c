#include "text.h"
#include <inttypes.h>
#include <stdio.h>

static void put(char out[NUMBER_LEN], bh_dec d)
{
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%s%0*" PRIu64, d.coef < 0 ? "-" : "", (int)d.scale + 1,
                   d.coef < 0 ? 0 - (uint64_t)d.coef : (uint64_t)d.coef);
  if (d.scale)
    snprintf(out, NUMBER_LEN, "%.*s.%s", n - (int)d.scale, digits, digits + n - d.scale);
  else
    snprintf(out, NUMBER_LEN, "%s", digits);
}

void text_of_money(char out[NUMBER_LEN], bh_dec d) { put(out, d); }

void text_of_dec(char out[NUMBER_LEN], bh_dec d)
{
  while (d.scale > 0 && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  put(out, d);
}

void text_of_ratio(char out[NUMBER_LEN], bh_ratio r)
{
  int64_t unit = 1;
  for (int32_t scale = 0; scale <= 9; scale++, unit *= 10)
    if (unit % r.den == 0) {
      wide coef = (wide)r.num * (unit / r.den);
      if (coef != (int64_t)coef)
        break;
      text_of_dec(out, (bh_dec){(int64_t)coef, scale, 0});
      return;
    }
  snprintf(out, NUMBER_LEN, "%" PRId64 "/%" PRId64, r.num, r.den);
}

void text_of_date(char out[DATE_LEN], bh_date d)
{
  snprintf(out, DATE_LEN, "%04d-%02d-%02d", d.year % 10000, d.month % 100, d.day % 100);
}
