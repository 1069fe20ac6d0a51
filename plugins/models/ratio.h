/* Exact quantities for models: ratios in lowest terms, 128-bit intermediates; false means that it does not fit. */
#ifndef BILLHOOK_MODELS_RATIO_H
#define BILLHOOK_MODELS_RATIO_H
#include <billhook/plugin.h>

__extension__ typedef __int128 wide;

static inline int ratio_make(bh_ratio *out, wide num, wide den)
{
  wide a = num < 0 ? -num : num, b = den;
  while (b) {
    wide r = a % b;
    a = b;
    b = r;
  }
  num /= a;
  den /= a;
  *out = (bh_ratio){(int64_t)num, (int64_t)den};
  return out->num == num && out->den == den;
}

static inline bh_ratio ratio_of_dec(bh_dec d)
{
  bh_ratio r;
  int64_t den = 1;
  for (int32_t i = 0; i < d.scale; i++)
    den *= 10;
  (void)ratio_make(&r, d.coef, den); /* both fit as they are */
  return r;
}

static inline int ratio_cmp(bh_ratio a, bh_ratio b)
{
  wide x = (wide)a.num * b.den, y = (wide)b.num * a.den;
  return x < y ? -1 : x > y;
}

static inline int ratio_add(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  wide x = (wide)a.num * b.den, y = (wide)b.num * a.den, d;
  if (__builtin_add_overflow(x, y, &d))
    return 0;
  return ratio_make(out, d, (wide)a.den * b.den);
}

static inline int ratio_mul(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  return ratio_make(out, (wide)a.num * b.num, (wide)a.den * b.den);
}

/* The least whole number that is not below a / b; b > 0. */
static inline int ratio_ceil_div(int64_t *out, bh_ratio a, bh_ratio b)
{
  bh_ratio n;
  if (!ratio_make(&n, (wide)a.num * b.den, (wide)a.den * b.num))
    return 0;
  *out = n.num / n.den + (n.num % n.den > 0);
  return 1;
}

/* Without reducing first the difference of two products of 2^63 · 2^63 still fits 128 bits but for one step. */
static inline int ratio_sub(bh_ratio *out, bh_ratio a, bh_ratio b)
{
  wide x = (wide)a.num * b.den, y = (wide)b.num * a.den, d;
  if (__builtin_sub_overflow(x, y, &d))
    return 0;
  return ratio_make(out, d, (wide)a.den * b.den);
}
#endif
