/* Writing documents: a new one only appends, a draft is replaced as a whole. */
#include "store/doc.h"

static void bind_row(sqlite3_stmt *st, const bh_doc_row *d) {
  bh_bind_int(st, 1, d->doc);
  bh_bind_int(st, 2, d->client);
  bh_bind_int(st, 3, d->ord);
  bh_bind_int(st, 4, d->type);
  bh_bind_int(st, 5, d->state);
  bh_bind_int(st, 6, d->by_hand);
  bh_bind_str(st, 7, d->split);
  bh_bind_str(st, 8, d->currency);
  bh_bind_int(st, 9, d->decimals);
  bh_bind_int(st, 10, d->batch);
  bh_bind_int(st, 11, d->issue);
  bh_bind_int(st, 12, d->due);
  bh_bind_int(st, 13, d->rated_on);
  bh_bind_int(st, 14, d->pull);
  bh_bind_int(st, 15, d->subtotal);
  bh_bind_int(st, 16, d->total);
  bh_bind_int(st, 17, d->paid);
  bh_bind_str_null(st, 18, d->number);
  bh_bind_int(st, 19, d->chain);
  bh_bind_str(st, 20, d->hold);
  bh_bind_blob(st, 21, d->settle);
}

static bh_status write_body(bh_store *s, const char *sql, int64_t doc, const bh_doc_body *body, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, sql, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_bind_str(st, 2, body->json);
  bh_bind_str(st, 3, body->evidence);
  bh_bind_blob(st, 4, body->postings);
  return bh_sql_run(s, st, err);
}

static bh_status update_row(bh_store *s, const char *sql, const bh_doc_row *row, const char *what, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, sql, err);
  if (!st) return bh_code(err);
  bind_row(st, row);
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1)
    return bh_fail(err, BH_E_INVALID, "%s: document %lld is not %s", s->path, (long long)row->doc, what);
  return status == BH_OK ? bh_batch_saw(s, row->batch, row->doc, err) : status;
}

#define UPDATE                                                                                                                       \
  "UPDATE document SET client=?2,ord=?3,type=?4,state=?5,by_hand=?6,split=?7,currency=?8,decimals=?9,batch=?10,issue=?11,due=?12,"   \
  "rated_on=?13,pull=?14,subtotal=?15,total=?16,paid=?17,number=?18,chain=?19,hold=?20,settle=?21 WHERE doc=?1"

static bh_status replace_draft(bh_store *s, const bh_doc_row *row, const bh_doc_body *body, bh_error *err) {
  bh_status status = update_row(s, UPDATE " AND state=0", row, "a draft: it cannot be replaced", err);
  if (status == BH_OK) status = bh_doc_lines_delete(s, row->doc, err);
  if (status == BH_OK) status = write_body(s, "UPDATE body SET json=?2,evidence=?3,postings=?4 WHERE doc=?1", row->doc, body, err);
  return status;
}

static bh_status append(bh_store *s, bh_doc_row *io, const bh_doc_body *body, bh_error *err) {
  bh_doc_row row = *io;
  bh_status status = bh_counter_next(s, &row.doc, BH_COUNT_DOC, err);
  if (status != BH_OK) return status;
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO document(" BH_DOC_COLUMNS("") ") VALUES"
                                     "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)", err);
  if (!st) return bh_code(err);
  bind_row(st, &row);
  status = bh_sql_run(s, st, err);
  if (status == BH_OK) status = bh_batch_saw(s, row.batch, row.doc, err);
  if (status == BH_OK) status = write_body(s, "INSERT INTO body(doc,json,evidence,postings) VALUES(?1,?2,?3,?4)", row.doc, body, err);
  if (status == BH_OK) io->doc = row.doc;
  return status;
}

bh_status bh_store_doc_put(bh_store *s, bh_doc_row *io, const bh_doc_body *body, const bh_doc_line *lines, size_t n, bh_error *err) {
  bh_status status = io->doc ? replace_draft(s, io, body, err) : append(s, io, body, err);
  return status == BH_OK ? bh_doc_lines_write(s, io->doc, lines, n, err) : status;
}

bh_status bh_store_doc_update(bh_store *s, const bh_doc_row *row, bh_error *err) {
  return update_row(s, UPDATE, row, "there", err);
}

bh_status bh_store_doc_body_update(bh_store *s, int64_t doc, const bh_doc_body *body, bh_error *err) {
  bh_status status = write_body(s, "UPDATE body SET json=?2,evidence=?3,postings=?4 WHERE doc=?1", doc, body, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1)
    return bh_fail(err, BH_E_INVALID, "%s: document %lld is not there", s->path, (long long)doc);
  return status;
}

bh_status bh_store_doc_delete(bh_store *s, int64_t doc, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM document WHERE doc=?1 AND state=0", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1)
    return bh_fail(err, BH_E_INVALID, "%s: document %lld is not a draft: it cannot be deleted", s->path, (long long)doc);
  if (status == BH_OK) status = bh_doc_lines_delete(s, doc, err);
  if (status == BH_OK) status = bh_hold_forget(s, doc, err);
  if (status != BH_OK) return status;
  st = bh_sql_write(s, "DELETE FROM body WHERE doc=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  return bh_sql_run(s, st, err);
}
