/* What approval writes: a number in its series, a place in the chain, and the small row of the document. */
#include "store/doc.h"

bh_status bh_store_series_next(bh_store *s, int64_t *out, bh_str series, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO series(name,last) VALUES(?1,1) ON CONFLICT(name) DO UPDATE SET last=last+1 RETURNING last", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, series);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    *out = bh_col_int(st, 0);
    more = bh_sql_step(s, st, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_series_each(bh_store *s, bh_status (*fn)(void *ctx, bh_str series, int64_t last, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT name,last FROM series ORDER BY name", err);
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
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

bh_status bh_store_chain_append(bh_store *s, int64_t place, int64_t doc, const bh_sha *hash, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO chain(place,doc,hash) VALUES(?1,?2,?3)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, doc);
  bh_bind_blob(st, 3, (bh_str){(const char *)hash->b, sizeof hash->b});
  return bh_sql_run(s, st, err);
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
