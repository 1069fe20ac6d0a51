/* What pulls said of completeness, and the dates of dated lists: spans of pulls, written only when something changes. */
#include "store/facts_engine.h"

#define SCOPE "kind,state,since_pull,until_pull,why"
#define LISTING "kind,day,since_pull,until_pull"

static void read_scope(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_scope_row *)row = (bh_scope_row){.kind = bh_col_i32(st, 0), .state = (bh_scope_state)bh_col_i32(st, 1), .since = bh_col_int(st, 2),
                                        .until = bh_col_pull(st, 3), .why = bh_col_str(st, 4, a)};
}

static void read_listing(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_listing_row *)row = (bh_listing_row){.kind = bh_col_i32(st, 0), .day = bh_col_i32(st, 1), .since = bh_col_int(st, 2), .until = bh_col_pull(st, 3)};
}

static bh_status rows_of(bh_store *s, const char *sql, void *out, size_t *n, size_t size, bh_row_fn fn, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, sql, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  return bh_rows_read(s, st, out, n, size, fn, a, err);
}

bh_status bh_scopes_read(bh_store *s, bh_scope_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  return rows_of(s, "SELECT " SCOPE " FROM scope WHERE place=?1 ORDER BY kind,state,since_pull", out, n, sizeof **out, read_scope, a, place, err);
}

bh_status bh_listings_read(bh_store *s, bh_listing_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  return rows_of(s, "SELECT " LISTING " FROM listing WHERE place=?1 ORDER BY kind,day,since_pull", out, n, sizeof **out, read_listing, a, place, err);
}

bh_status bh_store_scopes_now(bh_store *s, bh_scope_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  return rows_of(s, "SELECT " SCOPE " FROM scope WHERE place=?1 AND until_pull IS NULL ORDER BY kind,state", out, n, sizeof **out, read_scope, a, place, err);
}

bh_status bh_store_listings_now(bh_store *s, bh_listing_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  return rows_of(s, "SELECT " LISTING " FROM listing WHERE place=?1 AND until_pull IS NULL ORDER BY kind,day", out, n, sizeof **out, read_listing, a, place, err);
}

static bh_status write(bh_store *s, const char *sql, int32_t place, int32_t kind, int64_t key, int64_t since, int64_t until, const bh_str *why, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, sql, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, kind);
  bh_bind_int(st, 3, key);
  bh_bind_int(st, 4, since);
  bh_bind_pull(st, 5, until);
  if (why) bh_bind_str(st, 6, *why);
  return bh_row_closed(s, st, "what a pull said", err);
}

bh_status bh_store_scope_add(bh_store *s, int32_t place, const bh_scope_row *r, bh_error *err) {
  return write(s, "INSERT INTO scope(place," SCOPE ") VALUES(?1,?2,?3,?4,?5,?6)", place, r->kind, r->state, r->since, r->until, &r->why, err);
}

bh_status bh_store_scope_close(bh_store *s, int32_t place, const bh_scope_row *r, int64_t pull, bh_error *err) {
  return write(s, "UPDATE scope SET until_pull=?5 WHERE place=?1 AND kind=?2 AND state=?3 AND since_pull=?4", place, r->kind, r->state, r->since, pull, NULL, err);
}

bh_status bh_store_listing_add(bh_store *s, int32_t place, const bh_listing_row *r, bh_error *err) {
  return write(s, "INSERT INTO listing(place," LISTING ") VALUES(?1,?2,?3,?4,?5)", place, r->kind, r->day, r->since, r->until, NULL, err);
}

bh_status bh_store_listing_close(bh_store *s, int32_t place, const bh_listing_row *r, int64_t pull, bh_error *err) {
  return write(s, "UPDATE listing SET until_pull=?5 WHERE place=?1 AND kind=?2 AND day=?3 AND since_pull=?4", place, r->kind, r->day, r->since, pull, NULL, err);
}
