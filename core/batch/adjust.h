/* When differences go out (BILLING 1, adjust): with the next scheduled billing, at once, or by a rhythm of their own. */
#ifndef BH_ADJUST_H
#define BH_ADJUST_H
#include "batch/difference.h"

typedef struct bh_adjusting {
  const bh_contract_plan *plan;
  bh_day date;                 /* of the run */
  bool scheduled;              /* a scheduled billing of the contract goes out */
  bh_day looked;               /* { every … }: the last day on which its differences were looked at and none was due; MIN: never */
  bh_day adjusted;             /* the last run's day whose adjustments were charged; MIN: never */
  bool by_rhythm;              /* set where something went out because a boundary of its rhythm has passed */
} bh_adjusting;

/* Whether the contract or a line of it has a rhythm; its next boundary after `date` (MAX: none) goes to *next. Boundaries are counted from the
 * contract's start. */
bool bh_adjust_rhythm(bh_day *next, const bh_contract_plan *p, bh_day date);

/* A period of a line that nobody was billed for yet: a scheduled billing that was never made, due at once. */
bool bh_adjust_never_billed(const bh_due_line *l);

/* Moves what goes out of one billing's differences to *fresh; what was re-opened by hand waits for nothing, and discounts go with the lines of their
 * billing. True where something waits. */
bool bh_adjust_send(bh_due *fresh, const bh_due *pending, bool reopened, bh_adjusting *w, bh_arena *a);
#endif
