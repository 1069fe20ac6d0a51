/* Counts by day, as runs, and whether they may be billed. */
#include "facts/facts_impl.h"

typedef struct runs { bh_count_run *items; size_t count, cap; bh_arena *a; } runs;

static void push(runs *r, bh_day from, bh_day until, bh_ratio count) {
  if (from >= until) return;
  bh_count_run *last = r->count ? &r->items[r->count - 1] : NULL;
  if (last && last->until == from && bh_ratio_cmp(last->count, count) == 0) {
    last->until = until;
    return;
  }
  if (r->count == r->cap) {
    r->cap = r->cap ? r->cap * 2 : 4;
    bh_count_run *grown = BH_NEWN(r->a, bh_count_run, r->cap);
    if (r->count) memcpy(grown, r->items, r->count * sizeof *grown);
    r->items = grown;
  }
  r->items[r->count++] = (bh_count_run){from, until, count};
}

/* Ids that are left out on all of their days. */
static size_t left_out(const bh_seens *all) {
  size_t n = 0;
  for (size_t i = 0; i < all->count;) {
    const bh_seen *s = &all->items[i];
    bool counted = false, matched = false;
    size_t j = i;
    for (; j < all->count && all->items[j].source == s->source && bh_str_eq(all->items[j].row->id, s->row->id); j++) {
      const bh_seen *x = &all->items[j];
      matched |= x->match;
      for (bh_day d = x->from; d < x->until && x->match && !counted; d++) counted = !x->left_out || x->left_out[d - x->from] == BH_LEFT_OUT_NO;
    }
    n += matched && !counted;
    i = j;
  }
  return n;
}

static bh_status count_assets(runs *out, size_t *out_left_out, const bh_question *q, const bh_answer *who, bh_day from, bh_day until) {
  bh_seens all;
  bh_status status = bh_assets_see(&all, q, who);
  if (status != BH_OK) return status;
  size_t days = (size_t)(q->hi - q->lo);
  int64_t *change = BH_NEWN(q->a, int64_t, days + 1);
  for (size_t i = 0; i < all.count; i++) {
    const bh_seen *s = &all.items[i];
    if (!s->match) continue;
    if (!s->left_out) {
      change[s->from - q->lo]++;
      change[s->until - q->lo]--;
      continue;
    }
    for (bh_day d = s->from; d < s->until; d++) {
      if (s->left_out[d - s->from] != BH_LEFT_OUT_NO) continue;
      change[d - q->lo]++;
      change[d - q->lo + 1]--;
    }
  }
  int64_t now = 0;
  for (bh_day d = q->lo; d < q->hi; d++) {
    now += change[d - q->lo];
    if (d >= from) push(out, d, d + 1, bh_ratio_int(now));
  }
  bh_day done = q->hi > from ? q->hi : from;
  push(out, done, until, bh_ratio_int(now)); /* days to come carry the last known one */
  *out_left_out = left_out(&all);
  return BH_OK;
}

static bh_status count_gauge(runs *out, const bh_question *q, const bh_answer *who, bh_day from, bh_day until) {
  bh_levels l = {NULL, 0};
  if (who->count) l = bh_levels_of(q, who->sources[0]);
  push(out, from, l.count && l.items[0]->from < until ? l.items[0]->from : until, bh_ratio_int(0));
  for (size_t i = 0; i < l.count; i++) {
    bh_day start = l.items[i]->from > from ? l.items[i]->from : from, end = i + 1 < l.count ? l.items[i + 1]->from : until;
    bh_ratio value;
    if (!bh_ratio_of_dec(&value, l.items[i]->value))
      return bh_fail(q->err, BH_E_OVERFLOW, "client \"%.*s\": gauge \"%.*s\" is out of range", BH_STR_ARG(q->f->client->id), BH_STR_ARG(q->sel->metric));
    push(out, start, end < until ? end : until, value);
  }
  return BH_OK;
}

static bh_status count_usage(runs *out, const bh_question *q, const bh_answer *who, bh_day from, bh_day until) {
  bh_ratio sum;
  bh_status status = bh_usage_sum(&sum, q, who);
  push(out, from, until, sum);
  return status;
}

bh_status bh_facts_count(bh_count *out, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until, bh_day read_from,
                         bh_day read_until, int64_t pull, bh_day as_of, int32_t stale_days, bh_error *err) {
  *out = (bh_count){.connector = {"", 0}, .hold_reason = {"", 0}, .hold_message = {"", 0}};
  bh_question q;
  bh_answer who;
  bh_str clash = {"", 0};
  bh_status status = bh_question_init(&q, f, a, sel, from, until, pull, as_of, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  if (status != BH_OK) return status;
  out->hold_reason = who.hold_reason;
  out->hold_message = who.hold_message;
  q.clash = &clash;
  if (who.count) out->connector = who.sources[0]->connector;
  bh_day to = read_until - 1 < as_of ? read_until - 1 : as_of;
  for (size_t i = 0; i < who.count && status == BH_OK; i++)
    status = bh_hold_judge(out, &q, who.sources[i], read_from < to ? read_from : to, to, stale_days);
  runs r = {.a = a};
  if (status == BH_OK && sel->kind == BH_SEL_ASSETS) status = count_assets(&r, &out->left_out, &q, &who, from, until);
  else if (status == BH_OK && sel->kind == BH_SEL_GAUGE) status = count_gauge(&r, &q, &who, from, until);
  else if (status == BH_OK && sel->kind == BH_SEL_USAGE) status = count_usage(&r, &q, &who, from, until);
  else if (status == BH_OK) status = bh_fail(err, BH_E_BUG, "a selector of no kind is counted");
  if (clash.len && !out->hold_reason.len) {
    out->hold_reason = BH_S("unmapped-client");
    out->hold_message = clash;
  }
  out->runs = r.items;
  out->run_count = r.count;
  return status;
}
