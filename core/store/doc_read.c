/* Reading single documents. */
#include "store/doc.h"

static bh_str text(sqlite3_stmt *st, int i, bh_arena *a) { return a ? bh_col_str(st, i, a) : bh_col_view(st, i); }

void bh_doc_read(bh_doc_row *out, sqlite3_stmt *st, bh_arena *a) {
  *out = (bh_doc_row){
    .doc = bh_col_int(st, 0), .client = bh_col_i32(st, 1), .ord = bh_col_i32(st, 2), .type = (bh_doc_type)bh_col_i32(st, 3),
    .state = (bh_doc_state)bh_col_i32(st, 4), .by_hand = bh_col_int(st, 5) != 0, .split = text(st, 6, a), .currency = text(st, 7, a),
    .decimals = bh_col_i32(st, 8), .batch = bh_col_i32(st, 9), .issue = bh_col_i32(st, 10), .due = bh_col_i32(st, 11),
    .rated_on = bh_col_i32(st, 12), .pull = bh_col_int(st, 13), .subtotal = bh_col_int(st, 14), .total = bh_col_int(st, 15),
    .paid = bh_col_int(st, 16), .number = text(st, 17, a), .chain = bh_col_int(st, 18), .hold = text(st, 19, a), .settle = text(st, 20, a)};
}

bh_status bh_doc_read_one(bh_store *s, sqlite3_stmt *st, bh_doc_row *out, bh_arena *a, bh_error *err) {
  *out = (bh_doc_row){0};
  int more = bh_sql_step(s, st, err);
  if (more > 0) bh_doc_read(out, st, a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_doc_get(bh_store *s, bh_doc_row *out, bh_arena *a, int64_t doc, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document WHERE doc=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_status status = bh_doc_read_one(s, st, out, a, err);
  if (status == BH_OK && !out->doc) return bh_fail(err, BH_E_NOTFOUND, "there is no document %lld", (long long)doc);
  return status;
}

bh_status bh_store_doc_by_ord(bh_store *s, bh_doc_row *out, bh_arena *a, int32_t client, int32_t ord, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document WHERE client=?1 AND ord=?2", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_int(st, 2, ord);
  bh_status status = bh_doc_read_one(s, st, out, a, err);
  if (status == BH_OK && !out->doc) return bh_fail(err, BH_E_NOTFOUND, "client %d has no document %d", client, ord);
  return status;
}

bh_status bh_store_doc_by_number(bh_store *s, bh_doc_row *out, bh_arena *a, bh_str number, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document WHERE number=?1", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, number);
  bh_status status = bh_doc_read_one(s, st, out, a, err);
  if (status == BH_OK && !out->doc) return bh_fail(err, BH_E_NOTFOUND, "there is no document with the number \"%.*s\"", BH_STR_ARG(number));
  return status;
}

bh_status bh_store_doc_body(bh_store *s, bh_doc_body *out, bh_arena *a, int64_t doc, bh_error *err) {
  *out = (bh_doc_body){{"", 0}, {"", 0}, {"", 0}};
  sqlite3_stmt *st = bh_sql(s, "SELECT json,evidence,postings FROM body WHERE doc=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = (bh_doc_body){bh_col_str(st, 0, a), bh_col_str(st, 1, a), bh_col_str(st, 2, a)};
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  return more ? BH_OK : bh_fail(err, BH_E_NOTFOUND, "there is no document %lld", (long long)doc);
}

bh_status bh_store_drafts_of(bh_store *s, bh_doc_row **out, size_t *n, bh_arena *a, int32_t client, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document INDEXED BY document_draft WHERE client=?1 AND state=0 ORDER BY doc", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) bh_doc_read(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_doc_before(bh_store *s, bh_doc_row *out, bh_arena *a, int32_t client, bh_str currency, int64_t doc, bh_error *err) {
  /* Ordinals of a client rise with its documents: the index gives the latest first. */
  sqlite3_stmt *st = bh_sql(s, "SELECT " BH_DOC_COLUMNS("") " FROM document WHERE client=?1 AND (?2=0 OR doc<?2) AND type=0"
                               " AND +state BETWEEN 1 AND 4 AND currency=?3 ORDER BY ord DESC LIMIT 1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_int(st, 2, doc);
  bh_bind_str(st, 3, currency);
  return bh_doc_read_one(s, st, out, a, err);
}
