/* Gauges: an observation of the value that is known already only moves the day on which it was last seen. */
#include "facts/ingest_impl.h"

typedef struct level { bh_gauge_row row; bh_day again; bool made, closed, seen; } level; /* again: observed in this pull, last on that day */
typedef BH_ROWS(level) levels;

static level *make(levels *l, bh_merge *m, int32_t metric, bh_day from, bh_day seen, bh_dec value) {
  size_t at = l->count;
  while (at > 0 && l->items[at - 1].row.from > from) at--;
  (void)BH_ROWS_PUSH(l, &m->place_arena);
  memmove(l->items + at + 1, l->items + at, (l->count - 1 - at) * sizeof *l->items);
  l->items[at] = (level){.row = {metric, from, seen, value, m->pull, BH_PULL_OPEN}, .again = BH_DAY_MIN, .made = true};
  return &l->items[at];
}

static void observe(levels *l, bh_merge *m, int32_t metric, bh_day day, bh_dec value) {
  level *r = NULL;
  for (size_t i = 0; i < l->count; i++)
    if (!l->items[i].closed && l->items[i].row.from <= day) r = &l->items[i];
  if (r && bh_dec_cmp(r->row.value, value) == 0) {
    r->again = day;
    if (day <= r->row.seen) return;
    r->row.seen = day;
    r->seen = true;
    return;
  }
  bh_merge_late(m, day);
  m->result.changed++;
  if (!r || day > r->row.seen) { /* a level of its own; on the same first day there is only the branch below */
    make(l, m, metric, day, day, value);
    return;
  }
  /* In the midst of a level that is known: its days before stay, and its last observation holds from its own day on. Of the days between
   * only those are known to have been observed that came again. */
  bh_gauge_row old = r->row;
  bh_day again = r->again > old.from ? r->again : old.from;
  r->closed = true;
  if (old.from < day) make(l, m, metric, old.from, again, old.value);
  make(l, m, metric, day, day, value);
  if (old.seen > day) make(l, m, metric, old.seen, old.seen, old.value);
}

static bh_status write_levels(levels *l, bh_merge *m, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < l->count && status == BH_OK; i++) {
    level *x = &l->items[i];
    if (x->made && x->closed) continue;
    if (x->closed) status = bh_store_gauge_close(m->store, m->place.num, &x->row, m->pull, err);
    else if (x->made) status = bh_store_gauge_add(m->store, m->place.num, &x->row, err);
    else if (x->seen) status = bh_store_gauge_seen(m->store, m->place.num, &x->row, err);
  }
  return status;
}

static bh_status one_metric(bh_merge *m, const bh_gauge_row *known, size_t n, bh_error *err) {
  bh_str name = bh_arena_str(&m->place_arena, m->rec.kind);
  int32_t metric;
  bh_status status = bh_store_word_make(m->store, &metric, name, err);
  if (status == BH_OK) status = bh_store_provides_add(m->store, m->connector, BH_PROVIDES_GAUGE, metric, err);
  levels l = {0};
  for (size_t i = 0; i < n; i++) if (known[i].metric == metric) *BH_ROWS_PUSH(&l, &m->place_arena) = (level){.row = known[i], .again = BH_DAY_MIN};
  bh_day last = BH_DAY_MIN;
  bh_dec last_value = {0};
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_GAUGE) && bh_str_eq(m->rec.kind, name)) {
    bh_dec value = bh_get_dec(&m->rec.payload);
    if (m->rec.day == last && bh_dec_cmp(value, last_value) != 0) {
      char day[12];
      bh_day_format(day, last);
      return bh_fail(err, BH_E_INVALID, "client \"%.*s\": gauge \"%.*s\" has two values on %s", BH_STR_ARG(m->place.ref), BH_STR_ARG(name), day);
    }
    last = m->rec.day;
    last_value = value;
    observe(&l, m, metric, last, value);
    status = bh_merge_step(m, err);
  }
  return status == BH_OK ? write_levels(&l, m, err) : status;
}

bh_status bh_merge_gauges(bh_merge *m, bh_error *err) {
  if (!bh_merge_at(m, BH_STAGED_GAUGE)) return BH_OK;
  bh_gauge_row *known = NULL;
  size_t n = 0;
  bh_status status = BH_OK;
  if (m->place.has & BH_HAS_GAUGE) status = bh_store_gauges_now(m->store, &known, &n, &m->place_arena, m->place.num, err);
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_GAUGE)) status = one_metric(m, known, n, err);
  bh_merge_has(m, BH_HAS_GAUGE);
  return status;
}
