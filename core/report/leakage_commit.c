/* What a line's commitment (decrease) holds its quantity at: agreed to be billed, whether it is there or not, until a day on which it may come down. */
#include "billing/commit.h"
#include "billing/schedule.h"
#include "report/leakage.h"

static const char *const decreases[] = {"now", "next_period", "renewal"};

/* Counts of the days since the commitment began, from facts of their own: the report's are of its one day. */
static bh_status counts(bh_count_run **out, size_t *n, bh_leak_client *c, const bh_line_terms *t, bh_day since, bh_error *err) {
  bh_leakage *l = c->l;
  bh_client_facts *facts;
  bh_count all;
  *n = 0;
  bh_status st = bh_facts_load(&facts, l->b->store, &l->scratch, c->terms, l->b->ws->identities, l->b->ws->identity_count, since, l->day + 1, err);
  if (st == BH_OK)
    st = bh_facts_count(&all, facts, &l->scratch, &t->count, since, l->day + 1, l->day, l->day + 1, BH_PULL_NOW, l->day, c->terms->stale_days, err);
  if (st != BH_OK) return st;
  *out = all.runs;
  *n = all.run_count;
  return BH_OK;
}

bh_status bh_leak_commit_of(bh_leak_commit *out, bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t, bh_error *err) {
  bh_leakage *l = c->l;
  bh_day first = t->from > k->starts ? t->from : k->starts, last = t->ends < k->ends ? t->ends : k->ends;
  bh_sched_period period = {0, first, first};
  bh_schedule schedule;
  bh_count_run *raw;
  bh_commit_run *held;
  size_t n, held_n;
  *out = (bh_leak_commit){.quantity = bh_ratio_int(0)};
  if (t->commit.decrease == BH_DECREASE_NOW) return BH_OK;
  bh_status st = bh_schedule_init(&schedule, &t->bill, k->starts, err);
  if (st != BH_OK) return st;
  period = bh_schedule_period_at(&schedule, l->day);
  bool renewal = t->commit.decrease == BH_DECREASE_RENEWAL;
  bh_day since = renewal ? bh_commit_term(&t->commit, first, l->day).from : period.from > first ? period.from : first;
  st = t->counted ? counts(&raw, &n, c, t, since, err) : bh_quantity_runs(&raw, &n, &l->scratch, &t->quantity, since, l->day + 1, err);
  if (st != BH_OK || n == 0) return st;
  st = bh_commit_runs(&held, &held_n, &l->scratch, &t->commit, first, period.from, period.until, raw, n, l->day, l->day + 1, err);
  if (st != BH_OK || held_n == 0) return st;
  *out = (bh_leak_commit){true, bh_str_c(decreases[t->commit.decrease]), held[0].quantity, held[0].held_until};
  bool ends_with_line = !renewal || t->commit.release; /* else the rest of the term is charged at the line's end */
  if (ends_with_line && last < BH_DAY_MAX && last + 1 < out->until) out->until = last + 1;
  return BH_OK;
}
