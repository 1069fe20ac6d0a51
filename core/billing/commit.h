/* Committed quantities (BILLING 3, decrease): up at once, down only with the next period, or at the renewal of a term. Pure. */
#ifndef BH_COMMIT_H
#define BH_COMMIT_H
#include "billing/rating.h"

/* A term of months, [from, until). `renewed`: it begins with a renewal, at which and in whose window the quantity may come down; the first
 * term of a line does not. */
typedef struct bh_term { bh_day from, until; bool renewed; } bh_term;

/* The term that a day stands in, of a line whose first day in force is `starts`. Boundaries are counted in months from the day after the common
 * end date, else from the day after what was taken over, else from `starts`; never chained. The days up to what was taken over are one term's,
 * which ends then. Only for decrease = "renewal". */
bh_term bh_commit_term(const bh_commitment *c, bh_day starts, bh_day day);

/* Days [from, until) with one count and one committed quantity; held_until: the first day after the term (or the period) that holds it. */
typedef struct bh_commit_run { bh_day from, until; bh_ratio raw, quantity; bh_day held_until; } bh_commit_run;

/* What is committed on each day of [from, until): raw counts, which must reach back to the beginning of the term (decrease = "renewal") or of
 * the period (whole_from, whole_until; "next_period") that `from` stands in, as far as they are known, and cover the days from there on without
 * gaps. Runs in the arena. BH_E_INVALID where a day has no count. */
bh_status bh_commit_runs(bh_commit_run **out, size_t *n, bh_arena *a, const bh_commitment *c, bh_day starts, bh_day whole_from, bh_day whole_until,
                         const bh_count_run *raw, size_t raw_n, bh_day from, bh_day until, bh_error *err);

/* The first day after the commitment that a line stands in on its last day in force: the day after `last` where nothing is left of it, where it
 * ends in a renewal's window, and where the line is released. */
bh_day bh_commit_rest(const bh_commitment *c, bh_day starts, bh_day last);
#endif
