/* Reading arrays of fact rows; the facts of one place together. */
#include "store/facts_engine.h"

void bh_col_strs(bh_str *const *out, const int *columns, size_t n, sqlite3_stmt *st, bh_arena *a) {
  size_t total = 0;
  bh_str views[4];
  bh_require(n <= 4);
  for (size_t i = 0; i < n; i++) {
    views[i] = bh_col_view(st, columns[i]);
    total += views[i].len + 1;
  }
  char *at = bh_arena_alloc(a, total);
  for (size_t i = 0; i < n; i++) {
    if (views[i].len) memcpy(at, views[i].ptr, views[i].len);
    *out[i] = (bh_str){at, views[i].len};
    at += views[i].len + 1;
  }
}

bh_status bh_rows_read(bh_store *s, sqlite3_stmt *st, void *out, size_t *n, size_t size, bh_row_fn fn, bh_arena *a, bh_error *err) {
  bh_vec rows = {.size = size};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) fn(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  memcpy(out, &rows.items, sizeof rows.items);
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_row_closed(bh_store *s, sqlite3_stmt *st, const char *what, bh_error *err) {
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1) return bh_fail(err, BH_E_BUG, "%s: %s to be closed is not there", s->path, what);
  return status;
}

bh_status bh_store_place_facts(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *place, bh_day from, bh_day until, bool texts, bh_error *err) {
  *out = (bh_place_facts){0};
  bh_status status = BH_OK;
  if (place->has & BH_HAS_ASSET) status = bh_assets_read(s, out, a, place, from, until, texts, err);
  if (status == BH_OK && texts && (place->has & BH_HAS_QUIET)) status = bh_quiets_read(s, out, a, place, from, until, err);
  if (status == BH_OK && (place->has & BH_HAS_GAUGE)) status = bh_gauges_read(s, out, a, place, until, err);
  if (status == BH_OK && (place->has & BH_HAS_USAGE)) status = bh_usages_read(s, out, a, place, from, until, err);
  if (status == BH_OK && (place->has & BH_HAS_SCOPE)) status = bh_scopes_read(s, &out->scopes, &out->scope_count, a, place->num, err);
  if (status == BH_OK && (place->has & BH_HAS_LISTING)) status = bh_listings_read(s, &out->listings, &out->listing_count, a, place->num, err);
  return status;
}

bh_status bh_store_mark(bh_store *s, bh_error *err) { return bh_sql_run(s, bh_sql_write(s, "SAVEPOINT pull", err), err); }

bh_status bh_store_mark_keep(bh_store *s, bh_error *err) { return bh_sql_run(s, bh_sql_write(s, "RELEASE pull", err), err); }

void bh_store_mark_undo(bh_store *s) {
  if (s->writing && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK TO pull; RELEASE pull", NULL, NULL, NULL);
  bh_facts_cache_drop(s); /* words that were given are not given after all */
}

int64_t bh_store_writes(bh_store *s) { return sqlite3_total_changes64(s->db); }
