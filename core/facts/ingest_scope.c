/* What a pull says of completeness becomes spans of pulls: a pull that says what the last one said writes nothing. */
#include "facts/ingest_impl.h"

typedef struct wanted { int32_t kind; bh_scope_state state; bh_str why; bool there; } wanted;
typedef BH_ROWS(wanted) wanteds;

static bh_status wants(bh_merge *m, wanteds *out, const bh_saids *said, bool vanished, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < said->rows.count && status == BH_OK; i++) {
    wanted *w = BH_ROWS_PUSH(out, &m->place_arena);
    w->state = said->rows.items[i].complete ? BH_SPAN_COMPLETE : BH_SPAN_PARTIAL;
    w->why = BH_S("");
    if (!bh_str_eqz(said->rows.items[i].kind, "*")) status = bh_store_word_make(m->store, &w->kind, said->rows.items[i].kind, err);
  }
  if (said->failed) *BH_ROWS_PUSH(out, &m->place_arena) = (wanted){.state = BH_SPAN_FAILED, .why = said->why};
  if (vanished) *BH_ROWS_PUSH(out, &m->place_arena) = (wanted){.state = BH_SPAN_VANISHED, .why = {"", 0}};
  return status;
}

bh_status bh_merge_scopes(bh_merge *m, const bh_saids *said, bool named, bool vanished, bh_error *err) {
  if (!said->rows.count && !said->failed && !vanished && !(m->place.has & BH_HAS_SCOPE)) return BH_OK;
  wanteds w = {0};
  bh_scope_row *open = NULL;
  size_t n = 0;
  bh_status status = wants(m, &w, said, vanished, err);
  if (status == BH_OK && (m->place.has & BH_HAS_SCOPE)) status = bh_store_scopes_now(m->store, &open, &n, &m->place_arena, m->place.num, err);
  for (size_t i = 0; i < n && status == BH_OK; i++) {
    bool keep = false;
    for (size_t j = 0; j < w.count && !keep; j++) {
      keep = w.items[j].kind == open[i].kind && w.items[j].state == open[i].state && bh_str_eq(w.items[j].why, open[i].why);
      if (keep) w.items[j].there = true;
    }
    bool gone = open[i].state == BH_SPAN_VANISHED;
    m->was_gone |= gone;
    if (!keep && (named || !gone)) /* a client stays gone until it is named again */
      status = bh_store_scope_close(m->store, m->place.num, &open[i], m->pull, err);
  }
  for (size_t j = 0; j < w.count && status == BH_OK; j++) {
    if (w.items[j].there) continue;
    bh_merge_has(m, BH_HAS_SCOPE);
    bh_scope_row row = {w.items[j].kind, w.items[j].state, m->pull, BH_PULL_OPEN, w.items[j].why};
    status = bh_store_scope_add(m->store, m->place.num, &row, err);
  }
  return status;
}
