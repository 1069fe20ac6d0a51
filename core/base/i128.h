/* 128-bit intermediates, for dec, ratio and money alone: powers of ten, common factors, division with rounding. */
#ifndef BH_I128_H
#define BH_I128_H
#include "base/dec.h"

typedef unsigned __int128 bh_u128;

/* 10^0 … 10^18: the largest that fits 64 bits. */
static inline int64_t bh_pow10(int n)
{
  static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
    10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
    100000000000000000, 1000000000000000000};
  return powers[n];
}

static inline bool bh_fit64(int64_t *out, bh_i128 v)
{
  *out = (int64_t)v;
  return *out == v;
}

static inline uint64_t bh_abs64(int64_t v)
{
  return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static inline bh_u128 bh_abs128(bh_i128 v)
{
  return v < 0 ? 0 - (bh_u128)v : (bh_u128)v;
}

static inline bh_u128 bh_gcd(bh_u128 a, bh_u128 b)
{
  while (b >> 64) {
    bh_u128 r = a % b;
    a = b;
    b = r;
  }
  if (!b)
    return a;
  /* b fits 64 bits, and after one step both do: 64-bit division is several times cheaper. */
  uint64_t x = (uint64_t)b, y = (uint64_t)(a % b);
  while (y) {
    uint64_t r = x % y;
    x = y;
    y = r;
  }
  return x;
}

/* num / den to the nearest integer; den > 0. Cannot overflow: where there is a remainder, den is at least 2. */
static inline bh_i128 bh_div_round(bh_i128 num, bh_i128 den, bh_rounding mode)
{
  bh_i128 q, r;
  int64_t n64, d64;
  if (bh_fit64(&n64, num) && bh_fit64(&d64, den)) { /* den > 0, so no INT64_MIN / -1 */
    q = n64 / d64;
    r = n64 % d64;
  } else {
    q = num / den;
    r = num % den;
  }
  if (r == 0)
    return q;
  bh_i128 part = r < 0 ? -r : r, rest = den - part; /* part against rest: twice part might not fit */
  if (part > rest || (part == rest && (mode == BH_HALF_UP || (q & 1))))
    q += num < 0 ? -1 : 1;
  return q;
}
#endif
