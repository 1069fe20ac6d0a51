/* What approval writes: a number in its series, a place in the chain, and the small row of the document. */
#include "store/doc.h"

typedef struct bh_series { bh_str name; int64_t last; struct bh_series *next; } bh_series;

static bh_series *find_series(bh_store *s, bh_str name) {
  bh_series *x = s->first_series;
  while (x && !bh_str_eq(x->name, name)) x = x->next;
  return x;
}

bh_status bh_store_series_next(bh_store *s, int64_t *out, bh_str series, bh_error *err) {
  bh_series *x = find_series(s, series);
  if (!x) { /* at the first number of the transaction */
    sqlite3_stmt *st = bh_sql_write(s, "SELECT last FROM series WHERE name=?1", err);
    if (!st) return bh_code(err);
    bh_bind_str(st, 1, series);
    int more = bh_sql_step(s, st, err);
    int64_t last = more > 0 ? bh_col_int(st, 0) : 0;
    bh_sql_done(s, st);
    if (more < 0) return bh_code(err);
    x = BH_NEW(&s->names_arena, bh_series);
    *x = (bh_series){bh_arena_str(&s->names_arena, series), last, s->first_series};
    s->first_series = x;
  }
  *out = ++x->last;
  return BH_OK;
}

bh_status bh_series_flush(bh_store *s, bh_error *err) {
  bh_status status = BH_OK;
  for (bh_series *x = s->first_series; x && status == BH_OK; x = x->next) {
    sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO series(name,last) VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET last=excluded.last", err);
    if (!st) return bh_code(err);
    bh_bind_str(st, 1, x->name);
    bh_bind_int(st, 2, x->last);
    status = bh_sql_run(s, st, err);
  }
  if (status == BH_OK) s->first_series = NULL;
  return status;
}

bh_status bh_store_series_each(bh_store *s, bh_status (*fn)(void *ctx, bh_str series, int64_t last, bh_error *err), void *ctx, bh_error *err) {
  bh_status status = s->writing ? bh_series_flush(s, err) : BH_OK;
  if (status != BH_OK) return status;
  sqlite3_stmt *st = bh_sql(s, "SELECT name,last FROM series ORDER BY name", err);
  if (!st) return bh_code(err);
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = fn(ctx, bh_col_view(st, 0), bh_col_int(st, 1), err);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_chain_last(bh_store *s, int64_t *place, bh_sha *hash, bh_error *err) {
  *place = 0;
  *hash = (bh_sha){{0}};
  sqlite3_stmt *st = bh_sql(s, "SELECT place,hash FROM chain ORDER BY place DESC LIMIT 1", err);
  if (!st) return bh_code(err);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    *place = bh_col_int(st, 0);
    *hash = bh_col_sha(st, 1);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

static bh_status append_rows(bh_store *s, const bh_chain_link *links, size_t n, bh_error *err) {
  static const char *const inserts[BH_ROWS_MAX] = BH_ROW_INSERTS("INSERT OR FAIL INTO chain(place,doc,hash) VALUES", "(?,?,?)");
  sqlite3_stmt *st = bh_sql_write(s, inserts[n - 1], err);
  if (!st) return bh_code(err);
  int at = 0;
  for (size_t i = 0; i < n; i++) {
    bh_bind_int(st, ++at, links[i].place);
    bh_bind_int(st, ++at, links[i].doc);
    bh_bind_blob(st, ++at, (bh_str){(const char *)links[i].hash.b, sizeof links[i].hash.b});
  }
  return bh_sql_run(s, st, err);
}

bh_status bh_store_chain_append(bh_store *s, const bh_chain_link *links, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < n && status == BH_OK; i += BH_ROWS_MAX) status = append_rows(s, links + i, bh_rows_now(n - i), err);
  return status;
}

bh_status bh_store_chain_each(bh_store *s, bh_status (*fn)(void *ctx, int64_t place, int64_t doc, const bh_sha *hash, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT place,doc,hash FROM chain ORDER BY place", err);
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_sha hash = bh_col_sha(st, 2);
    status = fn(ctx, bh_col_int(st, 0), bh_col_int(st, 1), &hash, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_frozen_each(bh_store *s, bh_frozen_fn fn, void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT c.doc,d.number,b.json FROM chain AS c CROSS JOIN document AS d CROSS JOIN body AS b"
                               " WHERE d.doc=c.doc AND b.doc=c.doc ORDER BY c.place", err);
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = fn(ctx, bh_col_int(st, 0), bh_col_view(st, 1), bh_col_view(st, 2), err);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_doc_approve(bh_store *s, int64_t doc, bh_str number, int64_t chain, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE document SET state=1,number=?2,chain=?3 WHERE doc=?1 AND state=0", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_bind_str_null(st, 2, number);
  bh_bind_int(st, 3, chain);
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1)
    return bh_fail(err, BH_E_INVALID, "%s: document %lld is not a draft: it cannot be approved", s->path, (long long)doc);
  return status;
}
