/* The `re-rated` hold: an edit of a contract that changes what periods cost that are over. */
#ifndef BH_RERATED_H
#define BH_RERATED_H
#include "batch/difference.h"
/* "price 42.00 → 44.00 re-rates 10 periods, +840.00: date it, or approve --force", with every change between the text that was charged and today's
 * (the first few of them). */
void bh_rerated_hold(bh_holds *holds, bh_arena *a, const bh_contract_plan *p, const bh_rerated *r);
#endif
