/* Contracts: clustered by (client, id), so that a client's are one short scan. */
#include "store/engine.h"

#define COLUMNS "num,client,id,hash,next_due,currency,terms"

static void read_row(bh_contract_row *out, sqlite3_stmt *st, bh_arena *a) {
  *out = (bh_contract_row){.num = bh_col_i32(st, 0), .client = bh_col_i32(st, 1), .id = bh_col_str(st, 2, a), .hash = bh_col_sha(st, 3),
                           .next_due = bh_col_i32(st, 4), .currency = bh_col_str(st, 5, a), .terms = bh_col_str(st, 6, a)};
}

bh_status bh_store_contracts_of(bh_store *s, bh_contract_row **out, size_t *n, bh_arena *a, int32_t client, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM contract WHERE client=?1 ORDER BY id", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) read_row(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_contract_find(bh_store *s, bh_contract_row *out, bh_arena *a, bh_str id, bh_error *err) {
  *out = (bh_contract_row){.next_due = BH_DAY_MIN};
  /* One that was charged before one that moved house without ever being charged. */
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM contract WHERE id=?1 ORDER BY currency='', num DESC LIMIT 1", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, id);
  int more = bh_sql_step(s, st, err);
  if (more > 0) read_row(out, st, a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_contract_put(bh_store *s, bh_contract_row *io, bh_error *err) {
  bool make = io->num == 0;
  int64_t num = io->num;
  if (make) {
    bh_status status = bh_counter_next(s, &num, BH_COUNT_CONTRACT, err);
    if (status != BH_OK) return status;
  }
  sqlite3_stmt *st = bh_sql_write(s, make
    ? "INSERT INTO contract(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7)"
    : "UPDATE contract SET hash=?4,next_due=?5,currency=?6,terms=?7 WHERE client=?2 AND id=?3 AND num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_int(st, 2, io->client);
  bh_bind_str(st, 3, io->id);
  bh_bind_sha(st, 4, &io->hash);
  bh_bind_int(st, 5, io->next_due);
  bh_bind_str(st, 6, io->currency);
  bh_bind_str(st, 7, io->terms);
  bh_status status = bh_sql_run(s, st, err);
  if (status != BH_OK) return bh_fail_prefix(err, "contract \"%.*s\"", BH_STR_ARG(io->id));
  if (!make && sqlite3_changes(s->db) != 1)
    return bh_fail(err, BH_E_BUG, "%s: there is no contract \"%.*s\" (%d) of client %d", s->path, BH_STR_ARG(io->id), io->num, io->client);
  io->num = (int32_t)num;
  return BH_OK;
}

bh_status bh_store_contract_settle(bh_store *s, int32_t client, int32_t num, const bh_sha *hash, bh_day next_due, bh_str currency, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE contract SET hash=?3,next_due=?4,currency=?5 WHERE client=?1 AND num=?2", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_int(st, 2, num);
  bh_bind_sha(st, 3, hash);
  bh_bind_int(st, 4, next_due);
  bh_bind_str(st, 5, currency);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_contracts_any(bh_store *s, bool *out, bh_error *err) {
  int64_t found = 0;
  bh_status st = bh_sql_int(s, &found, "SELECT 1 FROM contract LIMIT 1", 0, err);
  *out = found != 0;
  return st;
}
