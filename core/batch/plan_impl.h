/* What the files of the plan share. Nothing outside core/batch/plan*.c includes it. */
#ifndef BH_PLAN_IMPL_H
#define BH_PLAN_IMPL_H
#include "batch/plan.h"

/* Days that can be owed, [from, until). */
typedef struct bh_life { bh_day from, until; } bh_life;

typedef struct bh_planner {
  bh_contract_plan *p;
  bh_arena *a;
  bh_day date, limit;          /* charged periods that end on or before `limit` are looked at no more */
  bh_life life;                /* the contract's */
  const bh_book_resolver *books;
  bh_error *err;
} bh_planner;

/* One (line, whole period) whose issue date has come. */
typedef struct bh_plan_ask {
  uint32_t index;              /* in the contract's lines */
  bh_day whole_from, whole_until, issue;
  bh_day not_before, not_after; /* a changed schedule: the days that are not charged under another period, [not_before, not_after); 0: no bound */
  bool rest;                   /* what is left of a commitment after the period in which the line ended: a key of its own */
} bh_plan_ask;
bh_status bh_plan_piece(bh_planner *q, const bh_plan_ask *ask);

/* What a changed schedule leaves of the period: its bounds, in *ask. False where all of it is charged under other periods. */
bool bh_plan_left(const bh_planner *q, const bh_line_terms *t, bh_plan_ask *ask);

bh_life bh_plan_contract_life(const bh_contract_terms *c);
bh_life bh_plan_line_life(bh_life contract, const bh_line_terms *t);
bh_charged_key *bh_plan_key(const bh_contract_plan *p, bh_str key, bh_day whole_from, bh_day whole_until);
void bh_plan_note_next(bh_contract_plan *p, bh_day issue);

/* ---- commitments that line or contract ends inside (plan_rest.c) ---- */
bh_str bh_plan_rest_key(bh_arena *a, bh_str key);
/* The key of the line that a rest belongs to; the same key where it is no rest. */
bh_str bh_plan_rest_of(bh_str key);
static inline bool bh_plan_is_rest(bh_str key) { return bh_plan_rest_of(key).len != key.len; }
/* The days in force of what is asked for, in *line: of a line that ended inside a commitment they go on to its end, in the period of the end and
 * in those that were charged (was_charged); a rest has the days after it, and terms of its own. */
void bh_plan_in_force(bh_planner *q, const bh_plan_ask *ask, const bh_line_terms *t, bool was_charged, bh_plan_line *line);
/* What is left of the line's commitment, due when it has ended. */
bh_status bh_plan_rest(bh_planner *q, uint32_t index);
#endif
