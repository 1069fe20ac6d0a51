#include "batch/gather_commit.h"

static bh_day begins(const bh_contract_terms *c, const bh_line_terms *t) { return t->from > c->starts ? t->from : c->starts; }

/* The day whose term holds the line's quantity: its first in force, or (where all of it comes after the end) its last counted one. */
static bh_day term_day(const bh_plan_line *l) { return l->from < l->counted_until ? l->from : l->counted_until - 1; }

bh_day bh_gather_held_from(const bh_contract_terms *c, const bh_plan_line *l, bh_day from)
{
  const bh_line_terms *t = l->terms;
  if (t->commit.decrease == BH_DECREASE_NOW)
    return from;
  bh_day first = begins(c, t), since = first > l->whole_from ? first : l->whole_from;
  if (t->commit.decrease == BH_DECREASE_RENEWAL)
    since = bh_commit_term(&t->commit, first, term_day(l)).from;
  return since < from ? since : from;
}

bh_status bh_gather_held(bh_held_runs *out, bh_arena *a, const bh_contract_terms *c, const bh_plan_line *l, const bh_count_run *raw, size_t n,
                         bh_day from, bh_day until, bh_error *err)
{
  const bh_line_terms *t = l->terms;
  bh_day first = begins(c, t);
  bh_status st = bh_commit_runs(&out->runs, &out->count, a, &t->commit, first, l->whole_from, l->whole_until, raw, n, from, until, err);
  if (st != BH_OK)
    return st;
  out->raw = BH_NEWN(a, bh_count_run, out->count + 1);
  out->held = BH_NEWN(a, bh_count_run, out->count + 1);
  bh_day held_until = t->commit.decrease == BH_DECREASE_RENEWAL ? bh_commit_term(&t->commit, first, term_day(l)).until : l->whole_until;
  for (size_t i = 0; i < out->count; i++) {
    bh_commit_run *r = &out->runs[i];
    if (r->until <= l->from)
      r->held_until = held_until; /* read before the period began (lead_days): it is the period's term that holds it */
    if (i + 1 == out->count && r->until < l->until)
      r->until = l->until;
    out->raw[i] = (bh_count_run){ r->from, r->until, r->raw };
    out->held[i] = (bh_count_run){ r->from, r->until, r->quantity };
  }
  return BH_OK;
}
