#include "batch/carry.h"
#include "batch/plan_impl.h"
#include "facts/facts.h"
#include <stdlib.h>

/* The days of a contract that can be owed: after what another system billed, up to its end. */
bh_life bh_plan_contract_life(const bh_contract_terms *c)
{
  bh_life l = { c->starts, c->ends >= BH_DAY_MAX ? BH_DAY_MAX : c->ends + 1 };
  if (c->billed_through > BH_DAY_MIN && c->billed_through + 1 > l.from)
    l.from = c->billed_through + 1;
  return l;
}

bh_life bh_plan_line_life(bh_life l, const bh_line_terms *t)
{
  if (t->from > l.from)
    l.from = t->from;
  if (t->billed_through > BH_DAY_MIN && t->billed_through + 1 > l.from)
    l.from = t->billed_through + 1;
  if (t->ends < BH_DAY_MAX && t->ends + 1 < l.until)
    l.until = t->ends + 1;
  return l;
}

bh_charged_key *bh_plan_key(const bh_contract_plan *p, bh_str key, bh_day from, bh_day until)
{
  for (size_t i = 0; i < p->key_count; i++)
    if (p->keys[i].whole_from == from && p->keys[i].whole_until == until && bh_str_eq(p->keys[i].key, key))
      return &p->keys[i];
  return NULL;
}

static bh_plan_billing *billing_at(bh_contract_plan *p, bh_arena *a, bh_day issue)
{
  for (size_t i = p->billing_count; i > 0; i--)
    if (p->billings[i - 1].issue == issue)
      return &p->billings[i - 1];
  if (p->billing_count == p->billing_cap) {
    size_t cap = p->billing_cap ? p->billing_cap * 2 : 4;
    bh_plan_billing *grown = BH_NEWN(a, bh_plan_billing, cap);
    if (p->billing_count)
      memcpy(grown, p->billings, p->billing_count * sizeof *grown);
    p->billings = grown;
    p->billing_cap = cap;
  }
  bh_plan_billing *b = &p->billings[p->billing_count++];
  *b = (bh_plan_billing){ .issue = issue, .not_before = BH_DAY_MIN };
  return b;
}

static void billing_add(bh_contract_plan *p, bh_arena *a, bh_day issue, const bh_plan_line *line, bh_day not_before)
{
  bh_plan_billing *b = billing_at(p, a, issue);
  if (not_before > b->not_before)
    b->not_before = not_before;
  if (b->line_count == b->line_cap) {
    size_t cap = b->line_cap ? b->line_cap * 2 : p->terms->line_count;
    bh_plan_line *grown = BH_NEWN(a, bh_plan_line, cap);
    if (b->line_count)
      memcpy(grown, b->lines, b->line_count * sizeof *grown);
    b->lines = grown;
    b->line_cap = cap;
  }
  b->lines[b->line_count++] = *line;
}

/* Other lines were billed for days of this period: what is added to it is a difference, and waits as `adjust` says. */
static bool inside_billed(const bh_contract_plan *p, bh_day whole_from, bh_day whole_until)
{
  for (size_t i = 0; p->full && i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (k->kind == BH_LINE_CHARGE && !k->open && k->whole_from < whole_until && k->whole_until > whole_from)
      return true;
  }
  return false;
}

/* A line that includes the product of `t` was charged for the period. */
static bool bundle_charged(const bh_contract_plan *p, const bh_line_terms *t, bh_day whole_from, bh_day whole_until)
{
  for (size_t i = 0; i < p->terms->line_count; i++)
    for (size_t j = 0; j < t->bundle_count; j++) {
      const bh_charged_key *k = bh_str_eq(p->terms->lines[i].product, t->bundles[j]) ? bh_plan_key(p, p->terms->lines[i].key, whole_from, whole_until) : NULL;
      if (k != NULL && !k->open)
        return true;
    }
  return false;
}

/* true_up = "none": what was charged stays, whatever changes; usage that comes late is billed all the same. */
static bool keeps(const bh_line_terms *t) { return t->true_up == BH_TRUE_UP_NONE && !(t->counted && t->count.kind == BH_SEL_USAGE); }

bh_status bh_plan_piece(bh_planner *q, const bh_plan_ask *ask)
{
  const bh_line_terms *t = &q->p->terms->lines[ask->index];
  bh_day whole_from = ask->whole_from, whole_until = ask->whole_until, issue = ask->issue;
  bh_str key = ask->rest ? bh_plan_rest_key(q->a, t->key) : t->key;
  bh_charged_key *k = q->p->full ? bh_plan_key(q->p, key, whole_from, whole_until) : NULL;
  bh_plan_line line = { .terms = t, .index = ask->index, .whole_from = whole_from, .whole_until = whole_until,
    .pull = BH_PULL_NOW, .as_of = q->date };
  bh_plan_in_force(q, ask, t, k != NULL && !k->open, &line);
  if (k != NULL) {
    k->seen = true;
    issue = k->issue;
  }
  if (k != NULL && !k->open) {
    line.charged = k;
    bh_day billed = t->billed_through > q->p->terms->billed_through ? t->billed_through : q->p->terms->billed_through;
    /* Too long ago to be looked at again; and nothing on or before billed_through is ever credited or trued up. */
    line.fixed = k->from <= billed || (k->whole_until - 1 <= q->limit && !k->pending) || (keeps(t) && !k->pending);
    if (line.fixed) {
      line.from = k->from;
      line.until = line.counted_until = k->until;
    }
    if (!k->pending && t->true_up != BH_TRUE_UP_ALL) {
      line.pull = k->pull;
      line.as_of = k->as_of;
    }
    if (k->book != 0 && !k->pending && !line.fixed) { /* a re-opened key has today's */
      bool same = false;
      bh_line_terms *then = BH_NEW(q->a, bh_line_terms);
      bh_status st = q->books->resolve(q->books->ctx, then, q->a, q->p->terms, ask->index, k->book, &same, q->err);
      if (st != BH_OK)
        return st;
      if (!same)
        bh_plan_in_force(q, ask, then, true, &line);
      if (!same && !ask->rest)
        line.terms = then;
    }
  } else if (line.from >= line.until) {
    return BH_OK; /* never in force, never charged */
  } else {
    line.late = !t->once && !ask->rest && inside_billed(q->p, whole_from, whole_until);
    if (line.late && t->of_bundle && bundle_charged(q->p, t, whole_from, whole_until))
      return BH_OK; /* the price book of then did not include it, or it was nothing and hidden */
  }
  bh_day piece0 = q->life.from > whole_from ? q->life.from : whole_from;
  if (ask->not_before != 0 && ask->not_before > piece0)
    piece0 = ask->not_before;
  line.piece_issue = issue + (line.from > piece0 ? line.from - piece0 : 0);
  if (ask->rest)
    line.piece_issue = line.counted_until - 1;
  if (line.piece_issue > line.as_of)
    line.piece_issue = line.as_of;
  billing_add(q->p, q->a, issue, &line, ask->not_before != 0 ? ask->not_before : BH_DAY_MIN);
  return BH_OK;
}

/* Billings that nothing can change any more go. Of the others every line stays: discounts and the minimum are worked out over all of them. */
static void drop_fixed(bh_contract_plan *p)
{
  size_t kept = 0;
  for (size_t i = 0; i < p->billing_count; i++) {
    bh_plan_billing *b = &p->billings[i];
    bool live = false;
    for (size_t j = 0; j < b->line_count; j++) {
      live = live || !b->lines[j].fixed;
      b->reopened = b->reopened || (b->lines[j].charged != NULL && b->lines[j].charged->pending && !b->lines[j].fixed);
    }
    for (size_t j = 0; j < p->again_count && !live; j++)
      live = p->again[j] == b->issue;
    if (live)
      p->billings[kept++] = *b;
  }
  p->billing_count = kept;
}

/* What stands as it was charged is rated over the price book of then, so that it comes to what it came to. */
static bh_status fixed_over_their_books(bh_planner *q)
{
  for (size_t i = 0; i < q->p->billing_count; i++)
    for (size_t j = 0; j < q->p->billings[i].line_count; j++) {
      bh_plan_line *line = &q->p->billings[i].lines[j];
      if (!line->fixed || line->charged->book == 0 || bh_plan_is_rest(line->charged->key))
        continue;
      bool same = false;
      bh_line_terms *then = BH_NEW(q->a, bh_line_terms);
      bh_status st = q->books->resolve(q->books->ctx, then, q->a, q->p->terms, line->index, line->charged->book, &same, q->err);
      if (st != BH_OK)
        return st;
      if (!same)
        line->terms = then;
    }
  return BH_OK;
}

/* Whether a line's charged periods are those of today's schedule: any of them not, or not the last one. */
static void schedule_moved(const bh_contract_plan *p, bh_str key, const bh_schedule *s, bool *moved, bool *last_fits)
{
  bh_day last = BH_DAY_MIN;
  for (size_t i = 0; i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (!bh_str_eq(k->key, key))
      continue;
    bh_sched_period at = bh_schedule_period_at(s, k->whole_from);
    bool fits = at.from == k->whole_from && at.until == k->whole_until;
    *moved = *moved || !fits;
    if (k->whole_until > last) {
      last = k->whole_until;
      *last_fits = fits;
    }
  }
}

void bh_plan_note_next(bh_contract_plan *p, bh_day issue)
{
  if (issue < p->next_due)
    p->next_due = issue;
}

static bh_status plan_recurring(bh_planner *q, uint32_t index)
{
  bh_contract_plan *p = q->p;
  const bh_line_terms *t = &p->terms->lines[index];
  bh_schedule s;
  bh_status st = bh_schedule_init(&s, &t->bill, p->terms->starts, q->err);
  if (st != BH_OK)
    return bh_fail_prefix(q->err, "contract \"%.*s\" %.*s", BH_STR_ARG(p->terms->id), BH_STR_ARG(t->path));
  bool moved = false, last_fits = true;
  if (p->full)
    schedule_moved(p, t->key, &s, &moved, &last_fits);
  if (!last_fits)
    p->unsettled = true;
  bh_day first = q->life.from;
  bh_day due_from = BH_DAY_MIN;
  if (!p->full) { /* everything issued before row.next_due is settled */
    due_from = p->row.next_due;
    bh_day back = due_from - t->bill.lag_days - 1;
    if (back > first)
      first = back;
  }
  bh_sched_period period = bh_schedule_period_at(&s, first);
  if (!p->full && period.from > q->life.from)
    period = bh_schedule_period(&s, period.k - 1);
  for (; period.from < q->life.until; period = bh_schedule_period(&s, period.k + 1)) {
    if (period.until <= q->life.from)
      continue;
    bh_day issue = bh_schedule_issue_date(&s, &period, q->life.from, q->life.until);
    bh_plan_ask ask = { .index = index, .whole_from = period.from, .whole_until = period.until };
    if (moved) { /* The schedule was changed: days already charged stay charged, the new one holds from their end. */
      if (!bh_plan_left(q, t, &ask) && bh_plan_key(p, t->key, period.from, period.until) == NULL)
        continue;
      if (t->bill.timing == BH_ADVANCE && ask.not_before != 0 && ask.not_before - t->bill.lead_days > issue)
        issue = ask.not_before - t->bill.lead_days; /* the stub is billed when it begins */
    }
    ask.issue = issue;
    if (issue > q->date && p->full && bh_plan_key(p, t->key, period.from, period.until) != NULL) {
      /* Charged already, and due only later by today's schedule: until then every run must look at what was charged. */
      p->unsettled = true;
      continue;
    }
    if (issue > q->date) {
      bh_plan_note_next(p, issue);
      break;
    }
    if (issue < due_from)
      continue;
    if (period.until - 1 > p->charged_to && period.until < BH_DAY_MAX)
      p->charged_to = period.until - 1;
    st = bh_plan_piece(q, &ask);
    if (st != BH_OK)
      return st;
  }
  /* Charged periods that today's terms no longer have: a schedule of before, or days after an end. */
  for (size_t i = 0; p->full && i < p->key_count; i++) {
    bh_charged_key *k = &p->keys[i];
    if (k->seen || k->kind == BH_LINE_DISCOUNT || !bh_str_eq(k->key, t->key))
      continue;
    bh_plan_ask ask = { .index = index, .whole_from = k->whole_from, .whole_until = k->whole_until, .issue = k->issue };
    if (moved)
      bh_plan_left(q, t, &ask);
    st = bh_plan_piece(q, &ask);
    if (st != BH_OK)
      return st;
  }
  return bh_plan_rest(q, index);
}

static bh_status plan_once(bh_planner *q, uint32_t index)
{
  const bh_line_terms *t = &q->p->terms->lines[index];
  if (t->once_on > q->date) {
    bh_plan_note_next(q->p, t->once_on);
    return BH_OK;
  }
  bool inside = t->once_on >= q->life.from && t->once_on < q->life.until;
  bh_charged_key *k = q->p->full ? bh_plan_key(q->p, t->key, t->once_on, t->once_on + 1) : NULL;
  if (k == NULL && (!inside || (!q->p->full && t->once_on < q->p->row.next_due)))
    return BH_OK;
  if (t->once_on > q->p->charged_to)
    q->p->charged_to = t->once_on;
  return bh_plan_piece(q, &(bh_plan_ask){ .index = index, .whole_from = t->once_on, .whole_until = t->once_on + 1, .issue = t->once_on });
}

/* A billing that was made keeps the period it was made for, whatever the schedule is now: the whole period of its charged lines that goes with
 * the contract's own timing. */
static bool made_period(const bh_contract_plan *p, const bh_plan_billing *b, bh_sched_period *out)
{
  bool found = false;
  for (size_t i = 0; i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (k->kind != BH_LINE_CHARGE || k->issue != b->issue || k->open || bh_plan_is_rest(k->key))
      continue;
    bool better = p->terms->bill.timing == BH_ADVANCE ? k->whole_from > out->from : k->whole_from < out->from;
    if (!found || better)
      *out = (bh_sched_period){ .from = k->whole_from, .until = k->whole_until };
    found = true;
  }
  return found;
}

/* The period of the contract's own schedule whose issue date is the billing's. */
static bool own_period(const bh_planner *q, const bh_schedule *s, const bh_plan_billing *b, bh_sched_period *out)
{
  const bh_bill *bill = &q->p->terms->bill;
  bh_day near = b->not_before > BH_DAY_MIN ? b->not_before : b->issue + (bill->timing == BH_ADVANCE ? bill->lead_days : -bill->lag_days - 1);
  if (near < q->life.from)
    near = q->life.from;
  *out = bh_schedule_period_at(s, near);
  bool lives = out->from < q->life.until && out->until > q->life.from;
  if (lives && (b->not_before > BH_DAY_MIN || bh_schedule_issue_date(s, out, q->life.from, q->life.until) == b->issue))
    return true;
  return b->made && made_period(q->p, b, out); /* made for a period that today's schedule issues on another date */
}

/* The contract's own schedule gives each billing its period (rules, the contract's minimum). */
static bh_status plan_own_periods(bh_planner *q)
{
  bh_contract_plan *p = q->p;
  if (p->billing_count == 0)
    return BH_OK;
  bh_schedule s;
  bh_status st = bh_schedule_init(&s, &p->terms->bill, p->terms->starts, q->err);
  if (st != BH_OK)
    return bh_fail_prefix(q->err, "contract \"%.*s\"", BH_STR_ARG(p->terms->id));
  for (size_t i = 0; i < p->billing_count; i++) {
    bh_plan_billing *b = &p->billings[i];
    bh_sched_period at = { 0 };
    if (own_period(q, &s, b, &at)) {
      b->own_from = at.from > q->life.from ? at.from : q->life.from;
      if (b->not_before > b->own_from)
        b->own_from = b->not_before;
      b->own_until = at.until < q->life.until ? at.until : q->life.until;
      b->whole_own = b->own_from < b->own_until;
      if (!b->whole_own)
        continue;
      st = bh_prorate_fraction(&b->own_fraction, BH_PRORATE_DAILY, &p->terms->bill, at.from, at.until, b->own_from, b->own_until, q->err);
      if (st != BH_OK)
        return st;
    } else {
      b->own_from = BH_DAY_MAX;
      b->own_until = BH_DAY_MIN;
      for (size_t j = 0; j < b->line_count; j++) {
        if (b->lines[j].whole_from < b->own_from)
          b->own_from = b->lines[j].whole_from;
        if (b->lines[j].whole_until > b->own_until)
          b->own_until = b->lines[j].whole_until;
      }
    }
  }
  return BH_OK;
}

static int billing_order(const void *x, const void *y)
{
  const bh_plan_billing *a = x, *b = y;
  return a->issue < b->issue ? -1 : a->issue > b->issue;
}

/* A charged line that no line of the contract carries any more. */
static void find_removed(bh_planner *q)
{
  bh_contract_plan *p = q->p;
  for (size_t i = 0; i < p->key_count; i++) {
    const bh_charged_key *k = &p->keys[i];
    if (k->kind == BH_LINE_DISCOUNT || k->kind == BH_LINE_MINIMUM || k->kind == BH_LINE_RULE || k->kind == BH_LINE_ONCE || k->seen)
      continue;
    bool known = bh_plan_is_rest(k->key); /* a rest: the line had ended */
    for (size_t j = 0; j < p->terms->line_count && !known; j++)
      known = bh_str_eq(p->terms->lines[j].key, k->key);
    if (!known && k->pending) { /* it cannot be rated again as long as it is not there */
      p->removed_key = k->key;
      continue;
    }
    /* It had ended before where its last charged days stop inside their period, or the rest of a commitment was charged. */
    if (known || k->until < k->whole_until || k->whole_until - 1 <= q->limit)
      continue;
    bool later_stub = false;
    for (size_t j = 0; j < p->key_count && !later_stub; j++)
      later_stub = (bh_str_eq(p->keys[j].key, k->key) && p->keys[j].until < p->keys[j].whole_until && p->keys[j].whole_from >= k->whole_from) ||
                   (bh_plan_is_rest(p->keys[j].key) && bh_str_eq(bh_plan_rest_of(p->keys[j].key), k->key));
    if (!later_stub)
      p->removed_key = k->key;
  }
}

/* What of a billing was charged: with it goes the rule of then, the one of its latest re-rating; a billing that is re-opened has today's. */
static void note_made(const bh_contract_plan *p, bh_plan_billing *b)
{
  int64_t latest = -1;
  for (size_t j = 0; j < p->key_count; j++) {
    const bh_charged_key *k = &p->keys[j];
    if (k->issue != b->issue || k->open)
      continue;
    b->made = true;
    if (k->rule != 0 && k->wish >= latest && !b->reopened) {
      b->rule = k->rule;
      latest = k->wish;
    }
  }
}

bh_status bh_plan_contract(bh_contract_plan *p, bh_arena *a, bh_day date, int32_t true_up_months, const bh_book_resolver *books, bh_error *err)
{
  bh_planner q = { .p = p, .a = a, .date = date, .limit = bh_day_add(date, -(int64_t)true_up_months, BH_UNIT_MONTH),
    .life = bh_plan_contract_life(p->terms), .books = books, .err = err };
  p->next_due = BH_DAY_MAX;
  p->charged_to = BH_DAY_MIN;
  p->ended = p->terms->ends < date;
  for (uint32_t i = 0; i < p->terms->line_count; i++) {
    bh_status st = p->terms->lines[i].once ? plan_once(&q, i) : plan_recurring(&q, i);
    if (st != BH_OK)
      return st;
  }
  if (p->full) {
    find_removed(&q);
    drop_fixed(p);
    for (size_t i = 0; i < p->billing_count; i++)
      note_made(p, &p->billings[i]);
    bh_status st = fixed_over_their_books(&q);
    if (st != BH_OK)
      return st;
    /* What a contract that ends still owes or is owed goes out when it has ended. */
    if (!p->ended && p->terms->ends < BH_DAY_MAX)
      bh_plan_note_next(p, p->terms->ends + 1);
  }
  if (p->billing_count > 1)
    qsort(p->billings, p->billing_count, sizeof *p->billings, billing_order);
  bh_carries_order(p);
  return plan_own_periods(&q);
}
