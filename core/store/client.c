/* Clients: one small row each, found by id, written by number. */
#include "store/engine.h"

#define COLUMNS "num,raw_hash,next_due,settled_pull,charged_to,doc_ord,open_draft"

static void read_row(bh_client_row *out, sqlite3_stmt *st) {
  *out = (bh_client_row){.num = bh_col_i32(st, 0), .raw_hash = bh_col_sha(st, 1), .next_due = bh_col_i32(st, 2),
                         .settled_pull = bh_col_int(st, 3), .charged_to = bh_col_i32(st, 4), .doc_ord = bh_col_i32(st, 5),
                         .open_draft = bh_col_int(st, 6) != 0, .exists = true};
}

bh_status bh_store_client_get(bh_store *s, bh_client_row *out, bh_str id, bh_error *err) {
  *out = (bh_client_row){.next_due = BH_DAY_MIN, .charged_to = BH_DAY_MIN};
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM client WHERE id=?1", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, id);
  int more = bh_sql_step(s, st, err);
  if (more > 0) read_row(out, st);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_client_number(bh_store *s, int32_t *out, bh_error *err) {
  if (!s->writing) return bh_fail(err, BH_E_BUG, "%s: a write outside of a write transaction", s->path);
  if (s->client_last < 0) {
    bh_status status = bh_sql_int(s, &s->client_last, "SELECT max(num) FROM client", 0, err);
    if (status != BH_OK) return status;
  }
  if (s->client_last >= INT32_MAX) return bh_fail(err, BH_E_STORE, "%s: too many clients", s->path);
  *out = (int32_t)++s->client_last;
  return BH_OK;
}

bh_status bh_store_client_put(bh_store *s, bh_client_row *io, bh_str id, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, io->exists
    ? "UPDATE client SET raw_hash=?2,next_due=?3,settled_pull=?4,charged_to=?5,doc_ord=?6,open_draft=?7 WHERE num=?1"
    : "INSERT INTO client(" COLUMNS ",id) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)", err);
  if (!st) return bh_code(err);
  if (io->num == 0) {
    bh_status status = bh_store_client_number(s, &io->num, err);
    if (status != BH_OK) {
      bh_sql_done(s, st);
      return status;
    }
  }
  bh_bind_int(st, 1, io->num);
  bh_bind_sha(st, 2, &io->raw_hash);
  bh_bind_int(st, 3, io->next_due);
  bh_bind_int(st, 4, io->settled_pull);
  bh_bind_int(st, 5, io->charged_to);
  bh_bind_int(st, 6, io->doc_ord);
  bh_bind_int(st, 7, io->open_draft);
  if (!io->exists) bh_bind_str(st, 8, id);
  bh_status status = bh_sql_run(s, st, err);
  if (status != BH_OK) return bh_fail_prefix(err, "client \"%.*s\"", BH_STR_ARG(id));
  if (sqlite3_changes(s->db) != 1) return bh_fail(err, BH_E_BUG, "%s: there is no client %d", s->path, io->num);
  io->exists = true;
  return BH_OK;
}

bh_status bh_store_client_settle(bh_store *s, int32_t num, const bh_sha *raw_hash, bh_day next_due, int64_t settled_pull, bh_day charged_to, bh_error *err) {
  sqlite3_stmt *open = bh_sql(s, "SELECT 1 FROM document INDEXED BY document_draft WHERE client=?1 AND state=0 LIMIT 1", err);
  if (!open) return bh_code(err);
  bh_bind_int(open, 1, num);
  int drafts = bh_sql_step(s, open, err);
  bh_sql_done(s, open);
  if (drafts < 0) return bh_code(err);
  static const bh_sha none;
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE client SET raw_hash=?2,next_due=?3,settled_pull=?4,charged_to=max(charged_to,?5),open_draft=?6 WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_sha(st, 2, drafts ? &none : raw_hash);
  bh_bind_int(st, 3, next_due);
  bh_bind_int(st, 4, settled_pull);
  bh_bind_int(st, 5, charged_to);
  bh_bind_int(st, 6, drafts);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_client_id(bh_store *s, bh_str *out, bh_arena *a, int32_t num, bh_error *err) {
  *out = BH_S("");
  sqlite3_stmt *st = bh_sql(s, "SELECT id FROM client WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = bh_col_str(st, 0, a);
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  return more ? BH_OK : bh_fail(err, BH_E_NOTFOUND, "%s: there is no client %d", s->path, num);
}

bh_status bh_store_clients_each(bh_store *s, bh_client_fn fn, void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS ",id FROM client ORDER BY id", err);
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_client_row row;
    read_row(&row, st);
    status = fn(ctx, bh_col_view(st, 7), &row, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}
