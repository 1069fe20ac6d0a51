/* Transactions, and what is kept in the handle between them. */
#include "store/engine.h"

bh_status bh_store_begin(bh_store *s, bh_error *err) {
  if (s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a transaction within a transaction", s->path);
  if (s->mode != BH_STORE_WRITE) return bh_fail(err, BH_E_BUG, "%s: opened for reading only", s->path);
  bh_status status = bh_sql_run(s, bh_sql(s, "BEGIN IMMEDIATE", err), err);
  if (status != BH_OK) return status;
  bh_facts_cache_stale(s);
  s->writing = s->in_transaction = true;
  s->counters_read = s->counters_changed = false;
  s->client_last = -1;
  s->batch_num = 0;
  return BH_OK;
}

bh_status bh_store_begin_read(bh_store *s, bh_error *err) {
  if (s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a transaction within a transaction", s->path);
  bh_status status = bh_sql_run(s, bh_sql(s, "BEGIN", err), err);
  if (status != BH_OK) return status;
  bh_facts_cache_stale(s);
  s->in_transaction = true;
  int64_t ignored; /* the first read takes the snapshot */
  status = bh_sql_int(s, &ignored, "SELECT count(*) FROM counter", 0, err);
  if (status != BH_OK) bh_store_rollback(s);
  return status;
}

bh_status bh_store_commit(bh_store *s, bh_error *err) {
  if (!s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a commit without a transaction", s->path);
  bh_status status = s->writing ? bh_counters_flush(s, err) : BH_OK;
  if (status == BH_OK && s->writing) status = bh_series_flush(s, err);
  if (status == BH_OK) status = bh_sql_run(s, bh_sql(s, "COMMIT", err), err);
  if (status == BH_OK) s->writing = s->in_transaction = false;
  return status;
}

void bh_store_rollback(bh_store *s) {
  if (!s->in_transaction) return;
  if (!sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  if (s->writing) { /* names that were given are not given after all */
    memset(s->contents, 0, sizeof s->contents);
    bh_arena_reset(&s->names_arena);
    bh_map_init(&s->accounts, &s->names_arena);
    s->first_series = NULL;
    bh_facts_cache_drop(s);
  }
  s->batch_num = 0;
  s->counters_read = s->counters_changed = false;
  s->writing = s->in_transaction = false;
}

bh_status bh_store_integrity(bh_store *s, bh_buf *problems, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "PRAGMA integrity_check(100)", err);
  if (!st) return bh_code(err);
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_str line = bh_col_view(st, 0);
    if (bh_str_eqz(line, "ok")) continue;
    if (problems->len) bh_buf_putc(problems, '\n');
    bh_buf_puts(problems, line);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}
