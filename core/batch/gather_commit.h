/* Committed quantities on their way to be rated: the counts since the term began, and what they hold up. */
#ifndef BH_GATHER_COMMIT_H
#define BH_GATHER_COMMIT_H
#include "batch/plan.h"
#include "billing/commit.h"

typedef struct bh_held_runs {
  bh_count_run *raw, *held;    /* side by side: what was asked for, what is committed */
  bh_commit_run *runs; size_t count;
} bh_held_runs;

/* The first day whose count the line's commitment depends on; `from` where it has none, or none before. */
bh_day bh_gather_held_from(const bh_contract_terms *c, const bh_plan_line *l, bh_day from);
/* Raw counts from there on → raw and committed runs of [from, until), the last of them stretched over days that are committed and not counted.
 * Only for lines with a commitment. */
bh_status bh_gather_held(bh_held_runs *out, bh_arena *a, const bh_contract_terms *c, const bh_plan_line *l, const bh_count_run *raw, size_t n,
                         bh_day from, bh_day until, bh_error *err);
#endif
