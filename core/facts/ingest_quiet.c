/* Quiet spells: the platform's "last seen" moves with every pull while a thing is in use, and that is not written. It is written when it
 * stops moving, and when it moves again. */
#include "facts/ingest_impl.h"

/* What was seen yesterday may have been off when the pull came by night: silence begins a day later, and is then dated exactly. */
enum { SLACK_DAYS = 1 };

bh_status bh_merge_quiet(bh_merge *m, int32_t kind, bh_str id, bh_day last_seen, bh_error *err) {
  if (last_seen <= BH_DAY_MIN) return BH_OK;
  if (last_seen > m->in->day) last_seen = m->in->day;
  bool silent = last_seen < m->in->day - SLACK_DAYS;
  const bh_quiet_row *open = NULL;
  size_t low = 0, high = m->quiet_count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const bh_quiet_row *q = &m->quiets[mid];
    int order = q->kind != kind ? (q->kind < kind ? -1 : 1) : bh_str_cmp(q->id, id);
    if (order == 0) open = q;
    if (order < 0) low = mid + 1; else high = mid;
  }
  if (!open && !silent) return BH_OK;
  if (open && last_seen <= open->last) return BH_OK;
  bh_status status = BH_OK;
  if (open) {
    bh_quiet_row over = *open;
    over.since = m->pull;
    over.back = last_seen;
    status = bh_store_quiet_close(m->store, m->place.num, open, m->pull, err);
    if (status == BH_OK) status = bh_store_quiet_add(m->store, m->place.num, &over, err);
    bh_merge_late(m, last_seen);
  }
  if (status == BH_OK && silent) {
    bh_quiet_row row = {kind, id, last_seen, BH_DAY_MAX, m->pull, BH_PULL_OPEN};
    bh_merge_has(m, BH_HAS_QUIET);
    status = bh_store_quiet_add(m->store, m->place.num, &row, err);
    bh_merge_late(m, last_seen + 1);
  }
  return status;
}
