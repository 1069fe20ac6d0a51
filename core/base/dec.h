/* Exact numbers: decimals, ratios, money in minor units. 64-bit values, 128-bit checked intermediates,
 * never binary floating point. Every function that can overflow says so and returns false / BH_E_OVERFLOW. */
#ifndef BH_DEC_H
#define BH_DEC_H
#include "base/base.h"

enum { BH_DEC_SCALE_MAX = 9 };
typedef enum bh_rounding { BH_HALF_UP = 0, BH_HALF_EVEN = 1 } bh_rounding; /* half-up is away from zero */

/* "-12.50" → coef -1250, scale 2. Only [+-]digits[.digits]; at most max_scale decimals; no exponent, no spaces. */
bool bh_dec_parse(bh_dec *out, bh_str text, int max_scale);
bh_dec bh_dec_int(int64_t v);
bh_dec bh_dec_trim(bh_dec d);                               /* fewest decimals of the same value */
int bh_dec_cmp(bh_dec a, bh_dec b);
bool bh_dec_add(bh_dec *out, bh_dec a, bh_dec b);           /* false: overflow */
bool bh_dec_sub(bh_dec *out, bh_dec a, bh_dec b);
bool bh_dec_mul(bh_dec *out, bh_dec a, bh_dec b);           /* exact, or (over 9 decimals) half-even to 9 */
bool bh_dec_div(bh_dec *out, bh_dec a, bh_dec b);           /* 9 decimals, half-even, trailing zeros cut; false: by zero or overflow */
bool bh_dec_round(bh_dec *out, bh_dec a, int scale, bh_rounding mode); /* scale 0..9; result has that scale */
/* Writes as given by scale ("12.50"); at most 32 bytes with the NUL; returns the length. */
size_t bh_dec_format(char out[32], bh_dec d);
/* The same without trailing zeros ("12.5"). */
size_t bh_dec_format_trim(char out[32], bh_dec d);

/* Plain decimal digits of an integer, with a NUL; returns the length. */
size_t bh_int_format(char out[32], int64_t v);

/* Ratios: den > 0, lowest terms, zero is 0/1. */
bool bh_ratio_make(bh_ratio *out, bh_i128 num, bh_i128 den); /* reduces; false: overflow or den 0 */
bh_ratio bh_ratio_int(int64_t v);
bool bh_ratio_of_dec(bh_ratio *out, bh_dec d);
bool bh_ratio_add(bh_ratio *out, bh_ratio a, bh_ratio b);
bool bh_ratio_sub(bh_ratio *out, bh_ratio a, bh_ratio b);
bool bh_ratio_mul(bh_ratio *out, bh_ratio a, bh_ratio b);
bool bh_ratio_div(bh_ratio *out, bh_ratio a, bh_ratio b);
int bh_ratio_cmp(bh_ratio a, bh_ratio b);
bool bh_ratio_is_int(bh_ratio r);
/* The quantity as shown: at most `places` decimals, trailing zeros cut; half-up. *exact (may be NULL) is
 * false where rounding changed it. places 0..9. */
size_t bh_ratio_format_dec(char out[32], bh_ratio r, int places, bool *exact);
size_t bh_ratio_format(char out[48], bh_ratio r);            /* "114/31", or "3" */
/* Rounds to a decimal with `scale` places. */
bool bh_ratio_round(bh_dec *out, bh_ratio r, int scale, bh_rounding mode);

/* The one rounding of BILLING 4: round(unit_price × quantity × fraction) in minor units (10^-decimals). false: overflow. */
bool bh_money_amount(int64_t *out_minor, bh_dec unit_price, bh_ratio quantity, bh_ratio fraction, int decimals, bh_rounding mode);
/* round(minor × num / den); den > 0. */
bool bh_money_scale(int64_t *out_minor, int64_t minor, bh_i128 num, bh_i128 den, bh_rounding mode);
bool bh_money_of_dec(int64_t *out_minor, bh_dec d, int decimals, bh_rounding mode); /* decimal in major units → minor */
bool bh_money_add(int64_t *io, int64_t x);
/* Minor units as "1764.00" (decimals 2), "-5" (0). */
size_t bh_money_format(char out[32], int64_t minor, int decimals);
bh_dec bh_money_dec(int64_t minor, int decimals);
/* Shares of `total` in proportion to weights[] (all ≥ 0; where all are zero the first gets everything), adding up exactly:
 * largest remainder, ties to the earlier. false: overflow. */
bool bh_money_split(int64_t *out, int64_t total, const int64_t *weights, size_t n);
/* ISO 4217 minor-unit digits: 0, 2 or 3; -1 where the code is not a currency. */
int bh_currency_decimals(bh_str code);
#endif
