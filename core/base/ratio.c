/* Ratios of 64-bit integers, always in lowest terms. Cross products of two such fit 127 bits, and so does their sum. */
#include "base/dec.h"
#include "base/i128.h"

bool bh_ratio_make(bh_ratio *out, bh_i128 num, bh_i128 den)
{
  if (den == 0)
    return false;
  bool negative = (num < 0) != (den < 0);
  bh_u128 n = bh_abs128(num), d = bh_abs128(den), g = bh_gcd(n, d);
  if (g > 1) {
    n /= g;
    d /= g;
  }
  if (d > INT64_MAX || n > (uint64_t)INT64_MAX + (negative ? 1u : 0u))
    return false;
  *out = (bh_ratio){negative ? (int64_t)(0 - (uint64_t)n) : (int64_t)n, (int64_t)d};
  return true;
}

bh_ratio bh_ratio_int(int64_t v)
{
  return (bh_ratio){v, 1};
}

bool bh_ratio_of_dec(bh_ratio *out, bh_dec d)
{
  return bh_ratio_make(out, d.coef, bh_pow10(d.scale));
}

bool bh_ratio_add(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  return bh_ratio_make(out, (bh_i128)a.num * b.den + (bh_i128)b.num * a.den, (bh_i128)a.den * b.den);
}

bool bh_ratio_sub(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  return bh_ratio_make(out, (bh_i128)a.num * b.den - (bh_i128)b.num * a.den, (bh_i128)a.den * b.den);
}

bool bh_ratio_mul(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  return bh_ratio_make(out, (bh_i128)a.num * b.num, (bh_i128)a.den * b.den);
}

bool bh_ratio_div(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  return bh_ratio_make(out, (bh_i128)a.num * b.den, (bh_i128)a.den * b.num);
}

int bh_ratio_cmp(bh_ratio a, bh_ratio b)
{
  bh_i128 x = (bh_i128)a.num * b.den, y = (bh_i128)b.num * a.den;
  return (x > y) - (x < y);
}

bool bh_ratio_is_int(bh_ratio r)
{
  return r.den == 1;
}

bool bh_ratio_round(bh_dec *out, bh_ratio r, int scale, bh_rounding mode)
{
  bh_require(scale >= 0 && scale <= BH_DEC_SCALE_MAX);
  int64_t coef;
  if (!bh_fit64(&coef, bh_div_round((bh_i128)r.num * bh_pow10(scale), r.den, mode)))
    return false;
  *out = (bh_dec){coef, scale, 0};
  return true;
}

size_t bh_ratio_format_dec(char out[32], bh_ratio r, int places, bool *exact)
{
  bh_require(places >= 0 && places <= BH_DEC_SCALE_MAX);
  if (r.den == 1) { /* whole: what most quantities are */
    if (exact)
      *exact = true;
    return bh_int_format(out, r.num);
  }
  bh_i128 scaled = (bh_i128)r.num * bh_pow10(places);
  bh_i128 rounded = bh_div_round(scaled, r.den, BH_HALF_UP);
  if (exact)
    *exact = rounded * r.den == scaled;
  while (places > 0 && rounded % 10 == 0) {
    rounded /= 10;
    places--;
  }
  /* The integer part fits 64 bits (it is not above |num|); with the decimals it may not. */
  bh_u128 magnitude = bh_abs128(rounded);
  uint64_t whole = (uint64_t)(magnitude / (uint64_t)bh_pow10(places));
  uint64_t part = (uint64_t)(magnitude % (uint64_t)bh_pow10(places));
  const char *sign = rounded < 0 ? "-" : "";
  int n = places ? snprintf(out, 32, "%s%llu.%0*llu", sign, (unsigned long long)whole, places, (unsigned long long)part)
                 : snprintf(out, 32, "%s%llu", sign, (unsigned long long)whole);
  return (size_t)n;
}

size_t bh_ratio_format(char out[48], bh_ratio r)
{
  int n = r.den == 1 ? snprintf(out, 48, "%lld", (long long)r.num)
                     : snprintf(out, 48, "%lld/%lld", (long long)r.num, (long long)r.den);
  return (size_t)n;
}
