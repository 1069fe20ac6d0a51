/* The ratchet of committed quantities. */
#include "billing/commit.h"

static int64_t month_of(bh_day d) {
  int y, m, day;
  bh_day_split(d, &y, &m, &day);
  return (int64_t)y * 12 + m;
}

/* Boundary k is counted from the anchor: a term from 31 January renews on the last of February, and on 31 March. */
static bh_day boundary(bh_day anchor, int32_t months, int64_t k) { return bh_day_add(anchor, k * months, BH_UNIT_MONTH); }

static int64_t term_at(bh_day anchor, int32_t months, bh_day day) {
  int64_t diff = month_of(day) - month_of(anchor), k = diff / months - (diff % months < 0);
  return boundary(anchor, months, k) > day ? k - 1 : k; /* boundary k stands in the day's month or before it, k + 1 in a later one */
}

static bool under_taken(const bh_commitment *c, bh_day day) { return c->taken && day <= c->taken_until; }

bh_term bh_commit_term(const bh_commitment *c, bh_day starts, bh_day day) {
  bool before = under_taken(c, day);
  bh_day anchor = !before && c->coterm > BH_DAY_MIN ? c->coterm + 1 : c->taken ? c->taken_until + 1 : starts;
  int64_t k = term_at(anchor, c->term_months, day);
  bh_term t = {boundary(anchor, c->term_months, k), boundary(anchor, c->term_months, k + 1), true};
  if (before) t.until = c->taken_until + 1;
  else if (c->taken && t.from <= c->taken_until) t.from = c->taken_until + 1;
  if (t.from <= starts) t = (bh_term){starts, t.until, false};
  return t;
}

/* The first day after the window in which the quantity may come down. */
static bh_day window_end(const bh_commitment *c, const bh_term *t) {
  return t->renewed ? t->from + (c->window_days > 1 ? c->window_days : 1) : t->from;
}

typedef struct runs { bh_commit_run *items; size_t count, cap; bh_arena *a; } runs;

static void push(runs *r, bh_commit_run x) {
  bh_commit_run *last = r->count ? &r->items[r->count - 1] : NULL;
  if (last && last->held_until == x.held_until && bh_ratio_cmp(last->raw, x.raw) == 0 &&
      bh_ratio_cmp(last->quantity, x.quantity) == 0) {
    last->until = x.until;
    return;
  }
  if (r->count == r->cap) {
    r->cap = r->cap ? r->cap * 2 : 4;
    bh_commit_run *grown = BH_NEWN(r->a, bh_commit_run, r->cap);
    if (r->count) memcpy(grown, r->items, r->count * sizeof *grown);
    r->items = grown;
  }
  r->items[r->count++] = x;
}

static bh_day sooner(bh_day next, bh_day day, bh_day candidate) { return candidate > day && candidate < next ? candidate : next; }

bh_status bh_commit_runs(bh_commit_run **out, size_t *n, bh_arena *a, const bh_commitment *c, bh_day starts, bh_day whole_from, bh_day whole_until,
                         const bh_count_run *raw, size_t raw_n, bh_day from, bh_day until, bh_error *err) {
  bool renewal = c->decrease == BH_DECREASE_RENEWAL;
  bh_term whole = {whole_from, whole_until, false};
  bh_term t = renewal ? bh_commit_term(c, starts, from) : whole;
  bh_ratio floor = bh_ratio_int(0), held = bh_ratio_int(0);
  if (c->taken) (void)bh_ratio_of_dec(&floor, c->taken_quantity); /* every decimal is a ratio */
  runs r = {.a = a};
  size_t i = 0;
  bh_day day = raw_n ? raw[0].from : from;
  if (t.from > day) day = t.from < from ? t.from : from;
  for (bool first = true; day < until; first = false) {
    while (i < raw_n && raw[i].until <= day) i++;
    if (i == raw_n || raw[i].from > day) {
      char text[12];
      bh_day_format(text, day);
      return bh_fail(err, BH_E_INVALID, "there is no count for %s", text);
    }
    if (renewal) t = bh_commit_term(c, starts, day);
    bh_day free_until = window_end(c, &t);
    if (first || day == t.from || day < free_until || bh_ratio_cmp(raw[i].count, held) > 0) held = raw[i].count;
    bool taken = under_taken(c, day);
    bh_day next = raw[i].until < until ? raw[i].until : until;
    next = sooner(sooner(sooner(next, day, t.until), day, free_until), day, from);
    if (taken) next = sooner(next, day, c->taken_until + 1);
    if (day >= from)
      push(&r, (bh_commit_run){day, next, raw[i].count, taken && bh_ratio_cmp(floor, held) > 0 ? floor : held, t.until});
    day = next;
  }
  *out = r.items;
  *n = r.count;
  return BH_OK;
}

bh_day bh_commit_rest(const bh_commitment *c, bh_day starts, bh_day last) {
  if (c->decrease != BH_DECREASE_RENEWAL || c->release || last < starts || last >= BH_DAY_MAX - 1) return last < BH_DAY_MAX ? last + 1 : last;
  bh_term t = bh_commit_term(c, starts, last);
  bool in_window = !under_taken(c, last) && last + 1 < window_end(c, &t);
  return in_window ? last + 1 : t.until;
}
