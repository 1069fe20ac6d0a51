/* What discounts have left of each owed line. Inside core/billing only. */
#ifndef BH_DISCOUNT_LEFT_H
#define BH_DISCOUNT_LEFT_H
#include "billing/rating.h"

typedef struct bh_left {
  bh_rated *r; const bh_billing *b; bh_arena *arena; bh_error *err;
  int64_t *left;               /* per owed line: what the discounts so far have left of it; 0 for removed ones */
  uint32_t *first, *parts;     /* owed lines by billing line: parts[first[i] .. first[i + 1]) */
  uint32_t *pool; size_t pool_count; /* the owed lines that the discount in hand may take from */
  bh_str line;                 /* whose they are, for messages; empty: the contract's */
  int64_t *weights, *split;    /* scratch, as long as the lines */
} bh_left;

/* The discount for what line `i` is above its maximum_amount. */
bh_status bh_bounds_excess(bh_left *x, uint32_t i);

/* The sum of what is left in the pool, at least zero. */
bh_status bh_left_base(bh_left *x, int64_t *out);
/* Takes `wanted` (at most the base) from the pool into d->amount and d->shares. */
void bh_left_take(bh_left *x, bh_owed_discount *d, int64_t wanted, int64_t base);
/* An error that names the contract and the line (empty: none). */
bh_status bh_billing_overflow(const bh_billing *b, bh_str line, const char *what, bh_error *err);
#endif
