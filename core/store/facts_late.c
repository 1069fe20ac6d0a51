/* What pulls brought that speaks of days gone by. */
#include "store/engine.h"

bh_status bh_store_pull_last(bh_store *s, int64_t *out, bh_error *err) {
  return bh_sql_int(s, out, "SELECT num FROM pull WHERE ok=1 ORDER BY num DESC LIMIT 1", 0, err);
}

/* 0: nothing known; the place's latest pull that wrote anything comes with it, so that the common answer is one look-up. */
static bh_status place_of(bh_store *s, int64_t *place, int64_t *late_pull, const bh_fact_ref *ref, bh_error *err) {
  *place = *late_pull = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT num,late_pull FROM place WHERE connector=(SELECT num FROM connector WHERE name=?1) AND ref=?2", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, ref->connector);
  bh_bind_str(st, 2, ref->ref);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    *place = bh_col_int(st, 0);
    *late_pull = bh_col_int(st, 1);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_late_day(bh_store *s, bh_day *out, const bh_fact_ref *refs, size_t n, int64_t pull, bh_error *err) {
  *out = BH_DAY_MAX;
  for (size_t i = 0; i < n; i++) {
    int64_t place, late_pull;
    bh_status status = refs[i].ref.len ? place_of(s, &place, &late_pull, &refs[i], err) : BH_OK;
    if (status != BH_OK) return status;
    if (!refs[i].ref.len || late_pull <= pull) continue;
    sqlite3_stmt *st = bh_sql(s, "SELECT min(min_day) FROM late WHERE place=?1 AND pull>?2", err);
    if (!st) return bh_code(err);
    bh_bind_int(st, 1, place);
    bh_bind_int(st, 2, pull);
    int more = bh_sql_step(s, st, err);
    if (more > 0 && sqlite3_column_type(st, 0) != SQLITE_NULL && bh_col_i32(st, 0) < *out) *out = bh_col_i32(st, 0);
    bh_sql_done(s, st);
    if (more < 0) return bh_code(err);
  }
  return BH_OK;
}

bh_status bh_store_late_any(bh_store *s, bool *out, int64_t pull, bh_error *err) {
  int64_t found = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT 1 FROM place WHERE late_pull>?1 LIMIT 1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, pull);
  int more = bh_sql_step(s, st, err);
  if (more > 0) found = bh_col_int(st, 0);
  bh_sql_done(s, st);
  *out = found != 0;
  return more < 0 ? bh_code(err) : BH_OK;
}
