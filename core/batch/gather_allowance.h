/* What is included in a line's price: its own number, a number for each unit of another line (included … per), one for each unit of the products
 * that include it (includes). */
#ifndef BH_GATHER_ALLOWANCE_H
#define BH_GATHER_ALLOWANCE_H
#include "batch/plan.h"

typedef struct bh_allowance {
  const bh_billing *billing;   /* the lines before: those that allowances speak of stand among them */
  const bh_line_terms *terms;
  bh_day first;                /* the period's first day in force, on which numbers are read */
  const bh_ratio *took;        /* by line of the billing: units of its bundles that it took; lines of one product share them */
  bh_ratio took_now;           /* what this line has taken, the most of its days */
} bh_allowance;

/* Whether a line's allowance hangs on the quantity of other lines. */
static inline bool bh_allowance_hangs(const bh_line_terms *t) { return t->included_per.len > 0 || t->bundle_count > 0; }
/* Whether one of the products that it hangs on is `product`. */
bool bh_allowance_on(const bh_line_terms *t, bh_str product);
/* The allowance on a day, for a quantity before it; *set false where nothing is included. Notes what is taken of the bundles. BH_E_OVERFLOW. */
bh_status bh_allowance_of(bh_allowance *w, bh_ratio *out, bool *set, bh_day day, bh_ratio quantity, bh_error *err);
/* Runs cut where the quantity of a line changes that the allowance hangs on. */
void bh_allowance_cut(const bh_allowance *w, bh_arena *a, bh_count_run **runs, size_t *n);
#endif
