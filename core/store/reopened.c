/* Charged keys that are to be re-rated: few, and looked up by contract. */
#include "store/engine.h"

#define COLUMNS "contract,key,whole_from,whole_until,wish,settled,book,rule,pull,as_of"

static void read_row(bh_reopened_row *out, sqlite3_stmt *st, bh_arena *a) {
  *out = (bh_reopened_row){.contract = bh_col_i32(st, 0), .key = a ? bh_col_str(st, 1, a) : bh_col_view(st, 1), .whole_from = bh_col_i32(st, 2),
                           .whole_until = bh_col_i32(st, 3), .wish = bh_col_int(st, 4), .settled = bh_col_int(st, 5) != 0,
                           .book = bh_col_i32(st, 6), .rule = bh_col_i32(st, 7), .pull = bh_col_int(st, 8), .as_of = bh_col_i32(st, 9)};
}

bh_status bh_store_reopened_any(bh_store *s, bool *out, bh_error *err) {
  int64_t found = 0;
  bh_status status = bh_sql_int(s, &found, "SELECT 1 FROM reopened LIMIT 1", 0, err);
  *out = found != 0;
  return status;
}

bh_status bh_store_reopened_of(bh_store *s, bh_reopened_row **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM reopened WHERE contract=?1 ORDER BY key,whole_from,whole_until", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) read_row(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_reopened_put(bh_store *s, const bh_reopened_row *row, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT OR REPLACE INTO reopened(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, row->contract);
  bh_bind_str(st, 2, row->key);
  bh_bind_int(st, 3, row->whole_from);
  bh_bind_int(st, 4, row->whole_until);
  bh_bind_int(st, 5, row->wish);
  bh_bind_int(st, 6, row->settled);
  bh_bind_int(st, 7, row->book);
  bh_bind_int(st, 8, row->rule);
  bh_bind_int(st, 9, row->pull);
  bh_bind_int(st, 10, row->as_of);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_reopened_each(bh_store *s, bh_status (*fn)(void *ctx, const bh_reopened_row *row, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM reopened ORDER BY contract,key,whole_from,whole_until", err);
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_reopened_row row;
    read_row(&row, st, NULL);
    status = fn(ctx, &row, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

static bh_status known(bh_store *s, bool *out, const char *sql, int32_t num, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, sql, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  int more = bh_sql_step(s, st, err);
  bh_sql_done(s, st);
  *out = more > 0;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_contract_known(bh_store *s, bool *out, int32_t contract, bh_error *err) {
  return known(s, out, "SELECT 1 FROM contract WHERE num=?1", contract, err);
}

bh_status bh_store_content_known(bh_store *s, bool *out, int32_t content, bh_error *err) {
  return known(s, out, "SELECT 1 FROM content WHERE num=?1", content, err);
}
