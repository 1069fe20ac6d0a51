/* Money beside the documents: events, what each settled, and how far a document is paid. */
#include "store/doc.h"

#define MONEY "m.num,m.kind,m.client,m.currency,m.decimals,m.day,m.amount,m.unused,m.doc,m.method,m.reference,m.reason,m.who,m.at_s"

static bh_status put_row(bh_store *s, bh_money_row *io, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO money(num,kind,client,currency,decimals,day,amount,unused,doc,method,reference,reason,who,at_s)"
                                     " VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) RETURNING num", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, io->kind);
  bh_bind_int(st, 2, io->client);
  bh_bind_str(st, 3, io->currency);
  bh_bind_int(st, 4, io->decimals);
  bh_bind_int(st, 5, io->day);
  bh_bind_int(st, 6, io->amount);
  bh_bind_int(st, 7, io->left);
  bh_bind_int(st, 8, io->doc);
  bh_bind_str(st, 9, io->method);
  bh_bind_str(st, 10, io->reference);
  bh_bind_str(st, 11, io->reason);
  bh_bind_str(st, 12, io->who);
  bh_bind_int(st, 13, io->at_s);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    io->num = bh_col_int(st, 0);
    more = bh_sql_step(s, st, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_money_put(bh_store *s, bh_money_row *io, const bh_settled *items, size_t n, bh_error *err) {
  bh_status status = put_row(s, io, err);
  for (size_t i = 0; i < n && status == BH_OK; i++) {
    sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO settled(money,doc,amount) VALUES(?1,?2,?3)", err);
    if (!st) return bh_code(err);
    bh_bind_int(st, 1, io->num);
    bh_bind_int(st, 2, items[i].doc);
    bh_bind_int(st, 3, items[i].amount);
    status = bh_sql_run(s, st, err);
  }
  return status;
}

static bh_status one_row(bh_store *s, sqlite3_stmt *st, int64_t num, const char *what, bh_error *err) {
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1) return bh_fail(err, BH_E_BUG, "%s: there is no %s %lld", s->path, what, (long long)num);
  return status;
}

bh_status bh_store_money_left(bh_store *s, int64_t num, int64_t left, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE money SET unused=?2 WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_int(st, 2, left);
  return one_row(s, st, num, "money event", err);
}

bh_status bh_store_doc_settle(bh_store *s, int64_t doc, int64_t paid, bh_doc_state state, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE document SET paid=?2,state=?3 WHERE doc=?1 AND state>0", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_bind_int(st, 2, paid);
  bh_bind_int(st, 3, state);
  return one_row(s, st, doc, "approved document", err);
}

static bh_money_row read_row(sqlite3_stmt *st, bh_arena *a) {
  return (bh_money_row){.num = bh_col_int(st, 0), .kind = (bh_money_kind)bh_col_i32(st, 1), .client = bh_col_i32(st, 2), .currency = bh_col_str(st, 3, a),
    .decimals = bh_col_i32(st, 4), .day = bh_col_i32(st, 5), .amount = bh_col_int(st, 6), .left = bh_col_int(st, 7), .doc = bh_col_int(st, 8),
    .method = bh_col_str(st, 9, a), .reference = bh_col_str(st, 10, a), .reason = bh_col_str(st, 11, a), .who = bh_col_str(st, 12, a), .at_s = bh_col_int(st, 13)};
}

bh_status bh_store_money_each(bh_store *s, int32_t client, bool with_left, bh_money_fn fn, void *ctx, bh_error *err) {
  const char *sql = !client ? "SELECT " MONEY " FROM money AS m WHERE (?2=0 OR m.unused>0) ORDER BY m.day,m.num"
                    : with_left ? "SELECT " MONEY " FROM money AS m INDEXED BY money_unused WHERE m.client=?1 AND m.unused>0 ORDER BY m.day,m.num"
                                : "SELECT " MONEY " FROM money AS m INDEXED BY money_client WHERE m.client=?1 ORDER BY m.day,m.num";
  sqlite3_stmt *st = bh_sql(s, sql, err);
  if (!st) return bh_code(err);
  if (client) bh_bind_int(st, 1, client);
  else bh_bind_int(st, 2, with_left);
  bh_arena a; /* fn may change the row that it is given: it gets a copy */
  bh_arena_init(&a);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_arena_reset(&a);
    bh_money_row row = read_row(st, &a);
    status = fn(ctx, &row, err);
  }
  bh_arena_dispose(&a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_money_get(bh_store *s, bh_money_row *out, bh_arena *a, int64_t num, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " MONEY " FROM money AS m WHERE m.num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = read_row(st, a);
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  return more ? BH_OK : bh_fail(err, BH_E_NOTFOUND, "there is no payment or other money event %lld", (long long)num);
}

bh_status bh_store_credit_any(bh_store *s, bool *out, bh_error *err) {
  int64_t any = 0;
  bh_status status = bh_sql_int(s, &any, "SELECT EXISTS(SELECT 1 FROM money INDEXED BY money_unused WHERE unused>0)", 0, err);
  *out = any != 0;
  return status;
}

static bh_status settled(bh_store *s, sqlite3_stmt *st, int64_t key, bh_settled **out, size_t *n, bh_arena *a, bh_error *err) {
  *out = NULL;
  *n = 0;
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, key);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_settled *x = bh_vec_push(&rows, a);
    *x = (bh_settled){.money = bh_col_int(st, 0), .doc = bh_col_int(st, 1), .amount = bh_col_int(st, 2), .kind = (bh_money_kind)bh_col_i32(st, 3), .day = bh_col_i32(st, 4)};
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

#define SETTLED "SELECT x.money,x.doc,x.amount,m.kind,m.day FROM settled AS x"

bh_status bh_store_settled_of(bh_store *s, bh_settled **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err) {
  return settled(s, bh_sql(s, SETTLED " INDEXED BY settled_doc CROSS JOIN money AS m ON m.num=x.money WHERE x.doc=?1 ORDER BY x.money", err), doc, out, n, a, err);
}

bh_status bh_store_settled_by(bh_store *s, bh_settled **out, size_t *n, bh_arena *a, int64_t money, bh_error *err) {
  return settled(s, bh_sql(s, SETTLED " CROSS JOIN money AS m ON m.num=x.money WHERE x.money=?1 ORDER BY x.doc", err), money, out, n, a, err);
}

bh_status bh_store_docs_open(bh_store *s, bh_doc_row **out, size_t *n, bh_arena *a, int32_t client, bh_str currency, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document INDEXED BY document_client WHERE client=?1 AND state BETWEEN 1 AND 3 AND total>paid"
                               " AND currency=?2 ORDER BY due,doc", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_str(st, 2, currency);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) bh_doc_read(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}
