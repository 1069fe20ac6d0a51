#include "batch/adjust.h"

typedef struct rhythm { bh_adjust_kind kind; int32_t every; bh_unit unit; } rhythm;

static rhythm rhythm_of(const bh_contract_plan *p, const bh_line_terms *t)
{
  if (t != NULL)
    return (rhythm){ t->adjust, t->adjust_every, t->adjust_unit };
  return (rhythm){ p->terms->adjust, p->terms->adjust_every, p->terms->adjust_unit };
}

/* The last boundary up to `date` and the first after it; the start itself is none. */
static void boundaries(rhythm r, bh_day starts, bh_day date, bh_day *last, bh_day *next)
{
  *last = BH_DAY_MIN;
  *next = BH_DAY_MAX;
  for (int64_t k = 1; k < 100000; k++) {
    bh_day at = bh_day_add(starts, k * r.every, r.unit);
    if (at > date) {
      *next = at;
      return;
    }
    *last = at;
  }
}

bool bh_adjust_rhythm(bh_day *next, const bh_contract_plan *p, bh_day date)
{
  bool any = false;
  *next = BH_DAY_MAX;
  for (size_t i = 0; i <= p->terms->line_count; i++) {
    rhythm r = rhythm_of(p, i < p->terms->line_count ? &p->terms->lines[i] : NULL);
    bh_day last, then;
    if (r.kind != BH_ADJUST_EVERY || r.every < 1)
      continue;
    any = true;
    boundaries(r, p->terms->starts, date, &last, &then);
    if (then < *next)
      *next = then;
  }
  return any;
}

/* Differences on billings that were made wait for the contract's next scheduled billing, or its end. By a rhythm they go out once for each
 * boundary: in the first run on or after it, as often as that draft is made anew, and not again once it was charged. */
static bool goes_out(bh_adjusting *w, const bh_line_terms *t)
{
  rhythm r = rhythm_of(w->plan, t);
  bh_day last, next;
  if (r.kind == BH_ADJUST_NOW || w->plan->ended)
    return true;
  if (r.kind == BH_ADJUST_NEXT || r.every < 1)
    return w->scheduled;
  boundaries(r, w->plan->terms->starts, w->date, &last, &next);
  bool due = last > BH_DAY_MIN && last > w->looked && last > w->adjusted;
  w->by_rhythm = w->by_rhythm || due;
  return due;
}

bool bh_adjust_never_billed(const bh_due_line *l)
{
  return l->planned != NULL && l->planned->charged == NULL && !l->planned->late && l->kind != BH_LINE_ADJUSTMENT;
}

bool bh_adjust_send(bh_due *fresh, const bh_due *pending, bool reopened, bh_adjusting *w, bh_arena *a)
{
  bool some = reopened, waits = false;
  bh_due_append(fresh, a, &(bh_due){ .carries = pending->carries, .carry_count = pending->carry_count });
  for (size_t i = 0; i < pending->line_count; i++) {
    const bh_plan_line *l = pending->lines[i].planned;
    if (!pending->lines[i].reopened && !bh_adjust_never_billed(&pending->lines[i]) && !goes_out(w, l != NULL ? l->terms : NULL)) {
      waits = true;
      continue;
    }
    some = true;
    bh_due_append(fresh, a, &(bh_due){ .lines = &pending->lines[i], .line_count = 1 });
  }
  if (pending->discount_count == 0)
    return waits;
  if (some || goes_out(w, NULL))
    bh_due_append(fresh, a, &(bh_due){ .discounts = pending->discounts, .discount_count = pending->discount_count });
  else
    waits = true;
  return waits;
}
