/* Money in minor units: the one rounding, scaling, splitting. */
#include "base/dec.h"
#include "base/i128.h"
#include <stdlib.h>

/* The product of the factors, false where it does not fit. */
static bool product(bh_i128 *out, const bh_i128 *factors, size_t n)
{
  bh_i128 p = 1;
  bool fits = true;
  for (size_t i = 0; i < n; i++) {
    if (factors[i] == 0)
      return *out = 0, true; /* however large the others are */
    fits = fits && !__builtin_mul_overflow(p, factors[i], &p);
  }
  *out = p;
  return fits;
}

/* round(Π num / Π den). Common factors are cancelled only where the plain products do not fit: it is the rare case. */
static bool round_fraction(int64_t *out, bh_i128 *num, size_t nums, bh_i128 *den, size_t dens, bh_rounding mode)
{
  bh_i128 n, d;
  if (!product(&n, num, nums) || !product(&d, den, dens)) {
    for (size_t i = 0; i < nums; i++)
      for (size_t k = 0; k < dens; k++) {
        bh_i128 g = (bh_i128)bh_gcd(bh_abs128(num[i]), bh_abs128(den[k])); /* divides den > 0: it fits */
        num[i] /= g;
        den[k] /= g;
      }
    if (!product(&n, num, nums) || !product(&d, den, dens))
      return false;
  }
  return bh_fit64(out, bh_div_round(n, d, mode));
}

bool bh_money_amount(int64_t *out_minor, bh_dec unit_price, bh_ratio quantity, bh_ratio fraction, int decimals, bh_rounding mode)
{
  bh_require(unit_price.scale >= 0 && unit_price.scale <= BH_DEC_SCALE_MAX && decimals >= 0 && decimals <= BH_DEC_SCALE_MAX);
  bh_require(quantity.den > 0 && fraction.den > 0);
  int up = decimals - unit_price.scale;
  bh_i128 num[] = {unit_price.coef, quantity.num, fraction.num, up > 0 ? bh_pow10(up) : 1};
  bh_i128 den[] = {up < 0 ? bh_pow10(-up) : 1, quantity.den, fraction.den};
  return round_fraction(out_minor, num, 4, den, 3, mode);
}

bool bh_money_scale(int64_t *out_minor, int64_t minor, bh_i128 num, bh_i128 den, bh_rounding mode)
{
  bh_require(den > 0);
  bh_i128 nums[] = {minor, num}, dens[] = {den};
  return round_fraction(out_minor, nums, 2, dens, 1, mode);
}

bool bh_money_of_dec(int64_t *out_minor, bh_dec d, int decimals, bh_rounding mode)
{
  bh_dec rounded;
  if (!bh_dec_round(&rounded, d, decimals, mode))
    return false;
  *out_minor = rounded.coef;
  return true;
}

bool bh_money_add(int64_t *io, int64_t x)
{
  int64_t sum;
  if (__builtin_add_overflow(*io, x, &sum))
    return false;
  *io = sum;
  return true;
}

size_t bh_money_format(char out[32], int64_t minor, int decimals)
{
  return bh_dec_format(out, bh_money_dec(minor, decimals));
}

bh_dec bh_money_dec(int64_t minor, int decimals)
{
  return (bh_dec){minor, decimals, 0};
}

typedef struct share {
  bh_i128 remainder;
  size_t index;
} share;

static int larger_remainder_first(const void *x, const void *y)
{
  const share *a = x, *b = y;
  if (a->remainder != b->remainder)
    return a->remainder > b->remainder ? -1 : 1;
  return a->index < b->index ? -1 : 1;
}

bool bh_money_split(int64_t *out, int64_t total, const int64_t *weights, size_t n)
{
  if (n == 0)
    return total == 0;
  bh_i128 sum = 0;
  for (size_t i = 0; i < n; i++) {
    bh_require(weights[i] >= 0);
    sum += weights[i];
  }
  if (sum == 0) {
    memset(out, 0, n * sizeof *out);
    out[0] = total;
    return true;
  }
  share few[32], *shares = few;
  if (n > sizeof few / sizeof *few && !(shares = malloc(n * sizeof *shares)))
    bh_out_of_memory(n * sizeof *shares);
  /* Of the magnitude, so that a credit is split as its charge was. |total| * weight is at most 2^126. */
  bh_i128 magnitude = bh_abs64(total), left = magnitude;
  for (size_t i = 0; i < n; i++) {
    bh_i128 exact = magnitude * weights[i], part = exact / sum;
    shares[i] = (share){exact % sum, i};
    left -= part;
    out[i] = (int64_t)(total < 0 ? -part : part);
  }
  if (left > 0)
    qsort(shares, n, sizeof *shares, larger_remainder_first);
  for (size_t i = 0; i < (size_t)left; i++)
    out[shares[i].index] += total < 0 ? -1 : 1;
  if (shares != few)
    free(shares);
  return true;
}
