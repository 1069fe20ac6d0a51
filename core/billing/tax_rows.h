/* Tax rows in the making. Inside core/billing only. */
#ifndef BH_TAX_ROWS_H
#define BH_TAX_ROWS_H
#include "billing/rating.h"

#define BH_NO_ROW UINT32_MAX

/* One tax at one rate: it becomes a row of the document. */
typedef struct bh_tax_sum {
  bh_str id; const bh_tax *tax; /* tax NULL: one that a correction names and the client has no more */
  uint32_t tax_index;
  bh_dec rate;
  bool relieved, reverse; bh_str reason; /* exempt or reverse charge: rate 0, with the reason */
  int64_t net; uint32_t items; /* the sum of what it applies to, and how many items that is */
  int64_t base, amount;
  bool done, busy;
  uint32_t next;               /* the same tax at the next higher rate */
} bh_tax_sum;

/* The taxes of an item, as indexes into sums. Neighbours with the same taxes share one. */
typedef struct bh_tax_set { uint32_t *sums; uint32_t count; } bh_tax_set;

typedef struct bh_tax_work {
  bh_arena *arena; bh_error *err; bh_rounding mode;
  const bh_tax *const *taxes; size_t tax_count;
  bh_tax_item *items; size_t item_count;
  const bh_tax_set **sets;     /* per item */
  bh_tax_sum *sums; uint32_t sum_count, sum_cap;
  uint32_t *heads; uint32_t head_count, head_cap; /* per tax: of the client's list, then the unknown ones */
} bh_tax_work;

/* base and amount of sums[q]. BH_E_INVALID where taxes build on each other in a circle; BH_E_OVERFLOW. */
bh_status bh_tax_sum_compute(bh_tax_work *w, uint32_t q);
#endif
