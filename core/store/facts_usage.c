/* Usage records, clustered by place and day as they are billed; found by their key through an index of those in force. */
#include "store/facts_engine.h"

#define USAGE "metric,id,day,since_pull,until_pull,first_pull,coef,scale,description,attrs"

static void read_usage(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_usage_row *r = row;
  r->metric = bh_col_i32(st, 0);
  r->day = bh_col_i32(st, 2);
  r->since = bh_col_int(st, 3);
  r->until = bh_col_pull(st, 4);
  r->first = bh_col_int(st, 5);
  r->quantity = (bh_dec){.coef = bh_col_int(st, 6), .scale = bh_col_i32(st, 7)};
  bh_col_strs((bh_str *const[]){&r->id, &r->description, &r->attrs}, (const int[]){1, 8, 9}, 3, st, a);
}

bh_status bh_usages_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " USAGE " FROM usage NOT INDEXED WHERE place=?1 AND day>=?2 AND day<?3 ORDER BY day,metric,id,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, p->num);
  bh_bind_int(st, 2, from);
  bh_bind_int(st, 3, until);
  return bh_rows_read(s, st, &out->usages, &out->usage_count, sizeof *out->usages, read_usage, a, err);
}

bh_status bh_store_usage_now(bh_store *s, bh_usage_row *out, bool *found, bh_arena *a, int32_t place, int32_t metric, bh_str id, bh_error *err) {
  *found = false;
  sqlite3_stmt *st = bh_sql(s, "SELECT " USAGE " FROM usage INDEXED BY usage_key WHERE place=?1 AND metric=?2 AND id=?3 AND until_pull IS NULL", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, metric);
  bh_bind_str(st, 3, id);
  int more = bh_sql_step(s, st, err);
  if (more > 0) read_usage(out, st, a);
  *found = more > 0;
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_usage_add(bh_store *s, int32_t place, const bh_usage_row *r, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO usage(place," USAGE ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->metric);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->day);
  bh_bind_int(st, 5, r->since);
  bh_bind_pull(st, 6, r->until);
  bh_bind_int(st, 7, r->first);
  bh_bind_int(st, 8, r->quantity.coef);
  bh_bind_int(st, 9, r->quantity.scale);
  bh_bind_str(st, 10, r->description);
  bh_bind_str(st, 11, r->attrs);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_usage_close(bh_store *s, int32_t place, const bh_usage_row *r, int64_t pull, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE usage SET until_pull=?6 WHERE place=?1 AND day=?2 AND metric=?3 AND id=?4 AND since_pull=?5", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->day);
  bh_bind_int(st, 3, r->metric);
  bh_bind_str(st, 4, r->id);
  bh_bind_int(st, 5, r->since);
  bh_bind_int(st, 6, pull);
  return bh_row_closed(s, st, "a usage record", err);
}
