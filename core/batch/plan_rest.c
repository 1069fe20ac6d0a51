/* The rest of a commitment. A line that ends inside one is owed to the commitment's end. The period in which it ended goes on under its own key,
 * and so does each that was charged before the end was known: nothing is credited there. The periods after it have keys of their own, due
 * together on the day after the end; where the end is taken back or moved, they are owed less or nothing, and the difference goes back. */
#include "batch/plan_impl.h"
#include "billing/commit.h"

#define REST "#commitment" /* no id and no product's ordinal ends like this */

static const bh_str rest_word = { REST, sizeof REST - 1 };

bh_str bh_plan_rest_key(bh_arena *a, bh_str key) { return bh_arena_fmt(a, "%.*s" REST, BH_STR_ARG(key)); }

bh_str bh_plan_rest_of(bh_str key)
{
  if (key.len > rest_word.len && memcmp(key.ptr + key.len - rest_word.len, rest_word.ptr, rest_word.len) == 0)
    key.len -= rest_word.len;
  return key;
}

/* The first day after the line's commitment; its life's end where nothing is left of one. */
static bh_day held_until(const bh_planner *q, const bh_line_terms *t, bh_life line)
{
  if (t->commit.decrease != BH_DECREASE_RENEWAL || line.from >= line.until || line.until >= BH_DAY_MAX)
    return line.until;
  bh_day starts = q->p->terms->starts;
  return bh_commit_rest(&t->commit, t->from > starts ? t->from : starts, line.until - 1);
}

/* A line's terms under the rest's key and with words that say what it is. */
static const bh_line_terms *rest_terms(bh_planner *q, const bh_line_terms *t, bh_day held)
{
  bh_line_terms *rest = BH_NEW(q->a, bh_line_terms);
  char day[12];
  *rest = *t;
  rest->key = bh_plan_rest_key(q->a, t->key);
  bh_day_format(day, held - 1);
  rest->name = bh_arena_fmt(q->a, "%.*s (committed until %s)", BH_STR_ARG(t->name.len ? t->name : t->product), day);
  return rest;
}

static bool charged(const bh_contract_plan *p, bh_str key, bh_day from, bh_day until)
{
  const bh_charged_key *k = bh_plan_key(p, key, from, until);
  return k != NULL && !k->open;
}

/* The days in force: of a line that ended inside a commitment they go on to its end, in the period of the end and in those that were charged; a
 * rest has the days after it. */
void bh_plan_in_force(bh_planner *q, const bh_plan_ask *ask, const bh_line_terms *t, bool was_charged, bh_plan_line *line)
{
  bh_life l = bh_plan_line_life(q->life, t);
  bh_day held = held_until(q, t, l), until = l.until;
  line->counted_until = l.until < ask->whole_until ? l.until : ask->whole_until;
  if (ask->rest) {
    bool own = l.until <= ask->whole_from && !charged(q->p, t->key, ask->whole_from, ask->whole_until);
    l.from = l.until;
    until = own ? held : l.until; /* the period of the end, and one that was charged, go on under the line's key */
  } else if (held > l.until && l.until < ask->whole_until && (l.until > ask->whole_from || was_charged)) {
    until = held;
  }
  line->from = l.from > ask->whole_from ? l.from : ask->whole_from;
  if (ask->not_before != 0 && ask->not_before > line->from)
    line->from = ask->not_before;
  line->until = until < ask->whole_until ? until : ask->whole_until;
  if (ask->not_after != 0 && ask->not_after < line->until)
    line->until = ask->not_after;
  if (line->counted_until > line->until)
    line->counted_until = line->until;
  if (line->from >= line->until)
    line->from = line->until = line->counted_until = ask->whole_from;
  if (ask->rest)
    line->terms = rest_terms(q, t, held);
}

bh_status bh_plan_rest(bh_planner *q, uint32_t index)
{
  bh_contract_plan *p = q->p;
  const bh_line_terms *t = &p->terms->lines[index];
  bh_life l = bh_plan_line_life(q->life, t);
  bh_day held = held_until(q, t, l);
  bh_status st = BH_OK;
  if (held > l.until) {
    bh_schedule s;
    bh_day issue = l.until + (t->bill.timing == BH_ARREARS ? t->bill.lag_days : 0);
    if ((st = bh_schedule_init(&s, &t->bill, p->terms->starts, q->err)) != BH_OK)
      return st;
    if (issue > q->date) {
      bh_plan_note_next(p, issue);
      p->unsettled = true; /* periods after the end may have been charged already: they are looked up when it has come */
    }
    bool due = issue <= q->date && (p->full || issue >= p->row.next_due); /* everything issued before row.next_due is settled */
    for (bh_sched_period at = bh_schedule_period_at(&s, l.until); due && at.from < held && st == BH_OK; at = bh_schedule_period(&s, at.k + 1))
      if (at.from >= l.until)
        st = bh_plan_piece(q, &(bh_plan_ask){ .index = index, .whole_from = at.from, .whole_until = at.until, .issue = issue, .rest = true });
  }
  /* Rests that were charged: still owed where the commitment goes on over those days, and else given back. */
  for (size_t i = 0; p->full && i < p->key_count && st == BH_OK; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (!k->seen && k->kind != BH_LINE_DISCOUNT && bh_plan_is_rest(k->key) && bh_str_eq(bh_plan_rest_of(k->key), t->key))
      st = bh_plan_piece(q, &(bh_plan_ask){ .index = index, .whole_from = k->whole_from, .whole_until = k->whole_until, .issue = k->issue, .rest = true });
  }
  return st;
}
