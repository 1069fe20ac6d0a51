/* How much a credit by hand gives back, line by line. */
#ifndef BH_CREDIT_AMOUNTS_H
#define BH_CREDIT_AMOUNTS_H
#include "batch/credited.h"

typedef struct bh_crediting {
  const billhook_credit_options *options;
  bh_str invoice, currency; int32_t decimals; bh_rounding rounding;
  const bh_net_line *lines; size_t count;      /* of the invoice */
  int64_t apart;                               /* discounts of it that lie on no line */
  const int64_t *left;                         /* of each line's net, what no credit has given back yet */
  const bool *chosen;                          /* by LINE, else all */
} bh_crediting;
/* out[i]: what is given back of line i, net, of the opposite sign. Never more than is left of a line, nor, together, of the invoice.
 *   --full     all that is left
 *   --percent  that share of what was charged, shared out by largest remainder; one minor unit more than is left counts as all of it, so that
 *              three thirds and the rest come to the whole
 *   --amount   shared out over what is left */
bh_status bh_credit_amounts(int64_t *out, bh_arena *a, const bh_crediting *c, bh_error *err);
#endif
