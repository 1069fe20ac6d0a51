/* Decimals: a 64-bit coefficient and 0 to 9 decimal places. */
#include "base/dec.h"
#include "base/i128.h"

static bool dec_set(bh_dec *out, bh_i128 coef, int scale)
{
  int64_t fits;
  while (!bh_fit64(&fits, coef)) { /* zeros at the end may be what is too much */
    if (scale == 0 || coef % 10)
      return false;
    coef /= 10;
    scale--;
  }
  *out = (bh_dec){fits, scale, 0};
  return true;
}

bool bh_dec_parse(bh_dec *out, bh_str text, int max_scale)
{
  const char *p = text.ptr, *end = p + text.len;
  bool negative = false, point = false, digit = false;
  if (max_scale > BH_DEC_SCALE_MAX)
    max_scale = BH_DEC_SCALE_MAX;
  if (p < end && (*p == '-' || *p == '+'))
    negative = *p++ == '-';
  uint64_t coef = 0;
  int scale = 0;
  for (; p < end; p++) {
    unsigned d = (unsigned)(unsigned char)*p - '0';
    if (d <= 9) {
      if (coef > (UINT64_MAX - 9) / 10)
        return false;
      coef = coef * 10 + d;
      digit = true;
      if (point && ++scale > max_scale)
        return false;
    } else if (*p == '.' && !point && digit) {
      point = true;
      digit = false; /* one must follow */
    } else {
      return false;
    }
  }
  if (!digit || coef > (uint64_t)INT64_MAX + negative)
    return false;
  *out = (bh_dec){negative ? (int64_t)(0 - coef) : (int64_t)coef, scale, 0};
  return true;
}

bh_dec bh_dec_int(int64_t v)
{
  return (bh_dec){v, 0, 0};
}

bh_dec bh_dec_trim(bh_dec d)
{
  while (d.scale > 0 && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  return d;
}

/* Both coefficients at the larger of the two scales: below 2^63 * 10^9, so sums and comparisons fit as well. */
static int align(bh_i128 *x, bh_i128 *y, bh_dec a, bh_dec b)
{
  int scale = a.scale > b.scale ? a.scale : b.scale;
  *x = (bh_i128)a.coef * bh_pow10(scale - a.scale);
  *y = (bh_i128)b.coef * bh_pow10(scale - b.scale);
  return scale;
}

int bh_dec_cmp(bh_dec a, bh_dec b)
{
  bh_i128 x, y;
  align(&x, &y, a, b);
  return (x > y) - (x < y);
}

bool bh_dec_add(bh_dec *out, bh_dec a, bh_dec b)
{
  bh_i128 x, y;
  int scale = align(&x, &y, a, b);
  return dec_set(out, x + y, scale);
}

bool bh_dec_sub(bh_dec *out, bh_dec a, bh_dec b)
{
  bh_i128 x, y;
  int scale = align(&x, &y, a, b);
  return dec_set(out, x - y, scale);
}

bool bh_dec_mul(bh_dec *out, bh_dec a, bh_dec b)
{
  bh_i128 coef = (bh_i128)a.coef * b.coef;
  int scale = a.scale + b.scale;
  if (scale > BH_DEC_SCALE_MAX) {
    coef = bh_div_round(coef, bh_pow10(scale - BH_DEC_SCALE_MAX), BH_HALF_EVEN);
    scale = BH_DEC_SCALE_MAX;
  }
  return dec_set(out, coef, scale);
}

bool bh_dec_div(bh_dec *out, bh_dec a, bh_dec b)
{
  if (b.coef == 0)
    return false;
  bh_i128 num = (bh_i128)a.coef * bh_pow10(BH_DEC_SCALE_MAX + b.scale - a.scale), den = b.coef;
  if (den < 0) {
    num = -num;
    den = -den;
  }
  bh_dec exact;
  if (!dec_set(&exact, bh_div_round(num, den, BH_HALF_EVEN), BH_DEC_SCALE_MAX))
    return false;
  *out = bh_dec_trim(exact);
  return true;
}

bool bh_dec_round(bh_dec *out, bh_dec a, int scale, bh_rounding mode)
{
  bh_require(scale >= 0 && scale <= BH_DEC_SCALE_MAX);
  bh_i128 coef = scale >= a.scale ? (bh_i128)a.coef * bh_pow10(scale - a.scale)
                                  : bh_div_round(a.coef, bh_pow10(a.scale - scale), mode);
  int64_t fits;
  if (!bh_fit64(&fits, coef))
    return false;
  *out = (bh_dec){fits, scale, 0};
  return true;
}

size_t bh_dec_format(char out[32], bh_dec d)
{
  bh_require(d.scale >= 0 && d.scale <= BH_DEC_SCALE_MAX);
  char digits[24], *first = digits + sizeof digits, *p = out;
  uint64_t left = bh_abs64(d.coef);
  int n = 0;
  do {
    *--first = (char)('0' + left % 10);
    left /= 10;
    if (++n == d.scale)
      *--first = '.';
  } while (left || n <= d.scale); /* one digit stands before the point */
  if (d.coef < 0)
    *p++ = '-';
  size_t len = (size_t)(digits + sizeof digits - first);
  memcpy(p, first, len);
  p[len] = 0;
  return (size_t)(p - out) + len;
}

size_t bh_dec_format_trim(char out[32], bh_dec d)
{
  return bh_dec_format(out, bh_dec_trim(d));
}

size_t bh_int_format(char out[32], int64_t v)
{
  return bh_dec_format(out, bh_dec_int(v));
}
