/* Days of a line that are charged already under another period: what a changed schedule leaves of a period, and changes that leave no whole piece. */
#include "batch/plan_impl.h"

enum { PIECES_MAX = 64 };
typedef struct piece { bh_day from, until; } piece;

/* Whether key `j` holds days of the line that key `k` (NULL: a period never charged) may not bill again: it was there before. Keys stand in the
 * order of their first charges. */
static bool precedes(const bh_charged_key *j, const bh_charged_key *k) { return k == NULL || j < k; }

/* What is left of [from, until) without the days of earlier charged periods; at most PIECES_MAX pieces, the first ones. */
static size_t uncovered(piece *out, const bh_contract_plan *p, bh_str key, bh_day whole_from, bh_day whole_until, bh_day from, bh_day until)
{
  const bh_charged_key *k = bh_plan_key(p, key, whole_from, whole_until);
  size_t n = 0;
  for (bh_day at = from; at < until && n < PIECES_MAX;) {
    bh_day next = until;
    bool covered = false;
    for (size_t i = 0; i < p->key_count && !covered; i++) {
      const bh_charged_key *j = &p->keys[i];
      if (j == k || j->kind == BH_LINE_DISCOUNT || !precedes(j, k) || !bh_str_eq(j->key, key))
        continue;
      if (j->whole_from <= at && at < j->whole_until) {
        covered = true;
        next = j->whole_until;
      } else if (j->whole_from > at && j->whole_from < next) {
        next = j->whole_from;
      }
    }
    if (!covered)
      out[n++] = (piece){ at, next };
    at = next;
  }
  return n;
}

bool bh_plan_left(const bh_planner *q, const bh_line_terms *t, bh_plan_ask *ask)
{
  piece left[PIECES_MAX];
  bh_life l = bh_plan_line_life(q->life, t);
  bh_day from = l.from > ask->whole_from ? l.from : ask->whole_from;
  size_t n = uncovered(left, q->p, t->key, ask->whole_from, ask->whole_until, from, ask->whole_until);
  if (n == 0)
    return false;
  if (left[n - 1].from > from)
    ask->not_before = left[n - 1].from;
  if (left[n - 1].until < ask->whole_until)
    ask->not_after = left[n - 1].until;
  return true;
}

static bool moved(const bh_contract_plan *p, bh_str key, const bh_schedule *s, bh_day *last)
{
  bool is = false;
  *last = BH_DAY_MIN;
  for (size_t i = 0; i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (k->kind == BH_LINE_DISCOUNT || !bh_str_eq(k->key, key))
      continue;
    bh_sched_period at = bh_schedule_period_at(s, k->whole_from);
    is = is || at.from != k->whole_from || at.until != k->whole_until;
    if (k->whole_until > *last)
      *last = k->whole_until;
  }
  return is;
}

static bh_str words(bh_arena *a, const char *fmt, bh_day first, bh_day last, bh_day from, bh_day until)
{
  char text[4][12];
  bh_day_format(text[0], first);
  bh_day_format(text[1], last);
  bh_day_format(text[2], from);
  bh_day_format(text[3], until - 1);
  char out[400];
  snprintf(out, sizeof out, fmt, text[0], text[1], text[2], text[3]);
  return bh_arena_str(a, bh_str_c(out));
}

/* A schedule of which a period has days to bill on both sides of one that was charged. */
static bool schedule_cuts(bh_plan_cut *out, bh_arena *a, const bh_contract_plan *p, const bh_line_terms *t, bh_life life)
{
  bh_schedule s;
  bh_error none;
  bh_day last;
  bh_life l = bh_plan_line_life(life, t);
  if (t->once || bh_schedule_init(&s, &t->bill, p->terms->starts, &none) != BH_OK || !moved(p, t->key, &s, &last))
    return false;
  for (bh_sched_period at = bh_schedule_period_at(&s, l.from); at.from < last && at.from < l.until; at = bh_schedule_period(&s, at.k + 1)) {
    piece left[PIECES_MAX];
    size_t n = uncovered(left, p, t->key, at.from, at.until, l.from > at.from ? l.from : at.from, l.until < at.until ? l.until : at.until);
    if (n < 2)
      continue;
    *out = (bh_plan_cut){ bh_arena_fmt(a, "%.*s.bill", BH_STR_ARG(t->path)),
                          words(a, "the schedule's period %s – %s would be cut by %s – %s, which has been charged: expected a schedule that goes on from the end of what "
                                   "was charged", at.from, at.until - 1, left[0].until, left[1].from) };
    return true;
  }
  return false;
}

static bool billed_cuts(bh_plan_cut *out, bh_arena *a, const bh_contract_plan *p, bh_day billed, bh_str only, bh_str path)
{
  for (size_t i = 0; billed > BH_DAY_MIN && i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (k->kind != BH_LINE_CHARGE || k->open || bh_plan_is_rest(k->key) || (only.len && !bh_str_eq(only, k->key)) || billed < k->from || billed >= k->until - 1)
      continue;
    *out = (bh_plan_cut){ path, words(a, "%s would cut a period that has been charged: expected its last day, %s, or a day before %s", billed, k->until - 1, k->from, k->until) };
    return true;
  }
  return false;
}

bool bh_plan_cuts(bh_plan_cut *out, bh_arena *a, const bh_contract_plan *p)
{
  bh_life life = bh_plan_contract_life(p->terms);
  if (billed_cuts(out, a, p, p->terms->billed_through, (bh_str){ "", 0 }, BH_S("billed_through")))
    return true;
  for (size_t i = 0; i < p->terms->line_count; i++) {
    const bh_line_terms *t = &p->terms->lines[i];
    if (schedule_cuts(out, a, p, t, life) || billed_cuts(out, a, p, t->billed_through, t->key, bh_arena_fmt(a, "%.*s.billed_through", BH_STR_ARG(t->path))))
      return true;
  }
  return false;
}
