/* The journal's postings, clustered by document and entry; accounts are interned. */
#include "store/engine.h"

static bh_status account_num(bh_store *s, int64_t *out, bh_str name, bh_error *err) {
  void *known = bh_map_get(&s->accounts, name);
  if (known) {
    *out = (int64_t)(intptr_t)known;
    return BH_OK;
  }
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO account(num,name) VALUES(NULL,?1) ON CONFLICT(name) DO UPDATE SET name=excluded.name RETURNING num", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, name);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    *out = bh_col_int(st, 0);
    more = bh_sql_step(s, st, err);
  }
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  bh_map_put(&s->accounts, name, (void *)(intptr_t)*out);
  return BH_OK;
}

static bh_status post_rows(bh_store *s, const bh_posting *p, size_t n, bh_error *err) {
  static const char *const inserts[BH_ROWS_MAX] = BH_ROW_INSERTS("INSERT OR FAIL INTO posting(doc,entry,n,day,account,amount,from_day,until_day) VALUES",
                                                                 "(?,?,?,?,?,?,?,?)");
  int64_t accounts[BH_ROWS_MAX];
  for (size_t i = 0; i < n; i++) {
    bh_status status = account_num(s, &accounts[i], p[i].account, err);
    if (status != BH_OK) return status;
  }
  sqlite3_stmt *st = bh_sql_write(s, inserts[n - 1], err);
  if (!st) return bh_code(err);
  int at = 0;
  for (size_t i = 0; i < n; i++) {
    bh_bind_int(st, ++at, p[i].doc);
    bh_bind_int(st, ++at, p[i].entry);
    bh_bind_int(st, ++at, p[i].n);
    bh_bind_int(st, ++at, p[i].day);
    bh_bind_int(st, ++at, accounts[i]);
    bh_bind_int(st, ++at, p[i].amount);
    bh_bind_day_if(st, ++at, bh_span_set(p[i].span), p[i].span.from);
    bh_bind_day_if(st, ++at, bh_span_set(p[i].span), p[i].span.until);
  }
  return bh_sql_run(s, st, err);
}

bh_status bh_store_post(bh_store *s, const bh_posting *p, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < n && status == BH_OK; i += BH_ROWS_MAX) status = post_rows(s, p + i, bh_rows_now(n - i), err);
  return status;
}

#define POSTINGS "SELECT p.doc,p.entry,p.n,p.day,a.name,coalesce(d.currency,m.currency,''),p.amount,p.from_day,p.until_day FROM posting AS p" \
                 " CROSS JOIN account AS a ON a.num=p.account LEFT JOIN document AS d ON d.doc=p.doc" \
                 " LEFT JOIN money AS m ON m.num=-p.doc"

static bh_status each(bh_store *s, sqlite3_stmt *st, bh_status (*fn)(void *ctx, const bh_posting *p, bh_error *err), void *ctx, bh_error *err) {
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_posting p = {.doc = bh_col_int(st, 0), .entry = bh_col_i32(st, 1), .n = bh_col_i32(st, 2), .day = bh_col_i32(st, 3),
                    .account = bh_col_view(st, 4), .currency = bh_col_view(st, 5), .amount = bh_col_int(st, 6),
                    .span = {bh_col_i32(st, 7), bh_col_i32(st, 8)}};
    status = fn(ctx, &p, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_postings_each(bh_store *s, bh_status (*fn)(void *ctx, const bh_posting *p, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, POSTINGS " ORDER BY p.doc,p.entry,p.n", err);
  return st ? each(s, st, fn, ctx, err) : bh_code(err);
}

bh_status bh_store_postings_of(bh_store *s, int64_t doc, bh_status (*fn)(void *ctx, const bh_posting *p, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, POSTINGS " WHERE p.doc=?1 ORDER BY p.entry,p.n", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  return each(s, st, fn, ctx, err);
}
