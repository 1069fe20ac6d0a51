/* Gauges: intervals of one value, clustered by place, metric and first day. */
#include "store/facts_engine.h"

#define GAUGE "metric,from_day,since_pull,until_pull,seen_day,coef,scale"

static void read_gauge(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_gauge_row *)row = (bh_gauge_row){.metric = bh_col_i32(st, 0), .from = bh_col_i32(st, 1), .since = bh_col_int(st, 2), .until = bh_col_pull(st, 3),
                                        .seen = bh_col_i32(st, 4), .value = {.coef = bh_col_int(st, 5), .scale = bh_col_i32(st, 6)}};
}

bh_status bh_gauges_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " GAUGE " FROM gauge WHERE place=?1 AND from_day<?2 ORDER BY metric,from_day,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, p->num);
  bh_bind_int(st, 2, until);
  return bh_rows_read(s, st, &out->gauges, &out->gauge_count, sizeof *out->gauges, read_gauge, a, err);
}

bh_status bh_store_gauges_now(bh_store *s, bh_gauge_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " GAUGE " FROM gauge WHERE place=?1 AND until_pull IS NULL ORDER BY metric,from_day", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  return bh_rows_read(s, st, out, n, sizeof **out, read_gauge, a, err);
}

bh_status bh_store_gauge_add(bh_store *s, int32_t place, const bh_gauge_row *r, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO gauge(place," GAUGE ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->metric);
  bh_bind_int(st, 3, r->from);
  bh_bind_int(st, 4, r->since);
  bh_bind_pull(st, 5, r->until);
  bh_bind_int(st, 6, r->seen);
  bh_bind_int(st, 7, r->value.coef);
  bh_bind_int(st, 8, r->value.scale);
  return bh_sql_run(s, st, err);
}

static bh_status change(bh_store *s, const char *sql, int32_t place, const bh_gauge_row *r, int64_t value, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, sql, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->metric);
  bh_bind_int(st, 3, r->from);
  bh_bind_int(st, 4, r->since);
  bh_bind_int(st, 5, value);
  return bh_row_closed(s, st, "a gauge", err);
}

bh_status bh_store_gauge_close(bh_store *s, int32_t place, const bh_gauge_row *r, int64_t pull, bh_error *err) {
  return change(s, "UPDATE gauge SET until_pull=?5 WHERE place=?1 AND metric=?2 AND from_day=?3 AND since_pull=?4", place, r, pull, err);
}

bh_status bh_store_gauge_seen(bh_store *s, int32_t place, const bh_gauge_row *r, bh_error *err) {
  return change(s, "UPDATE gauge SET seen_day=?5 WHERE place=?1 AND metric=?2 AND from_day=?3 AND since_pull=?4", place, r, r->seen, err);
}
