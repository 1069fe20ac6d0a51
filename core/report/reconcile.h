/* What is counted, what is billed and what the vendor has invoiced, side by side, of one month. */
#ifndef BH_RECONCILE_H
#define BH_RECONCILE_H
#include "batch/mapping.h"
#include "facts/facts.h"
#include "report/worth.h"

typedef struct bh_figure { bool known; bh_ratio quantity; bool priced; int64_t amount; } bh_figure;
/* A product of a client. Quantities are those of the day, and of usage those of the month; amounts those of the month. */
typedef struct bh_reconcile_row {
  bh_str client, product, connector; /* connector: that of the vendor's lines; empty where there are none */
  bh_figure counted, billed, vendor;
  bh_str currency, cost_currency; int32_t decimals, cost_decimals;
  bool many_currencies;        /* the vendor's lines are in more than one: the first counts */
  bool usage;
  bh_str unknown;              /* why the count is not known; empty where it is, or nothing counts the product */
  bool staked; int64_t at_stake; /* what the greatest difference to what is billed is worth */
  struct bh_reconcile_row *next; /* of the same client */
} bh_reconcile_row;
/* A vendor's line of a client or a product that nobody maps. */
typedef struct bh_reconcile_loose { const bh_cost_row *cost; bh_str client, product; } bh_reconcile_loose; /* ours, where known */

typedef struct bh_reconcile {
  billhook *b;
  bh_arena arena, scratch;
  bh_day from, until, day;     /* the month, and the day in it that quantities are of */
  bh_mapping mapping;
  bh_map by_key, by_client;    /* "CLIENT\nPRODUCT" → row; client → its first row */
  bh_reconcile_row **rows; size_t count, cap;
  bh_reconcile_loose *loose; size_t loose_count;
  bh_error *err;
} bh_reconcile;

bh_reconcile_row *bh_reconcile_of(bh_reconcile *r, bh_str client, bh_str product);
/* The part of an amount for [from, until) that falls into the month, by days. */
bool bh_reconcile_share(int64_t *io, const bh_reconcile *r, bh_day from, bh_day until);
bh_status bh_reconcile_costs(bh_reconcile *r);
bh_status bh_reconcile_billed(bh_reconcile *r);
bh_status bh_reconcile_counted(bh_reconcile *r);
bh_status bh_reconcile_write(bh_reconcile *r, bool csv, const billhook_out *out);
#endif
