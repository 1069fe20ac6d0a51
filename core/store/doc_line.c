/* Lines, clustered by document, and the one index from contracts to documents. */
#include "store/doc.h"

#define COLUMNS(p)                                                                                                                   \
  p "doc," p "n," p "contract," p "key," p "whole_from," p "whole_until," p "from_day," p "until_day," p "kind," p "counts," p       \
    "line_id," p "product," p "book," p "rule," p "quantity," p "quantity_den," p "amount," p "issue," p "taxes," p "pull," p "as_of"

static void bind_line(sqlite3_stmt *st, int64_t doc, size_t n, const bh_doc_line *l) {
  bh_bind_int(st, 1, doc);
  bh_bind_int(st, 2, (int64_t)n);
  bh_bind_int(st, 3, l->contract);
  bh_bind_str(st, 4, l->key);
  bh_bind_int(st, 5, l->whole_from);
  bh_bind_int(st, 6, l->whole_until);
  bh_bind_int(st, 7, l->from);
  bh_bind_int(st, 8, l->until);
  bh_bind_int(st, 9, l->kind);
  bh_bind_int(st, 10, l->counts);
  bh_bind_str(st, 11, l->line_id);
  bh_bind_str(st, 12, l->product);
  bh_bind_int(st, 13, l->book);
  bh_bind_int(st, 14, l->rule);
  bh_bind_int(st, 15, l->quantity.num);
  bh_bind_int(st, 16, l->quantity.den);
  bh_bind_int(st, 17, l->amount);
  bh_bind_int(st, 18, l->issue);
  bh_bind_blob(st, 19, l->taxes);
  bh_bind_int(st, 20, l->pull);
  bh_bind_int(st, 21, l->as_of);
}

static void read_line(bh_doc_line *out, sqlite3_stmt *st, bh_arena *a) {
  *out = (bh_doc_line){
    .contract = bh_col_i32(st, 2), .key = bh_col_str(st, 3, a), .whole_from = bh_col_i32(st, 4), .whole_until = bh_col_i32(st, 5),
    .from = bh_col_i32(st, 6), .until = bh_col_i32(st, 7), .kind = (uint8_t)bh_col_i32(st, 8), .counts = bh_col_int(st, 9) != 0,
    .line_id = bh_col_str(st, 10, a), .product = bh_col_str(st, 11, a), .book = bh_col_i32(st, 12), .rule = bh_col_i32(st, 13),
    .quantity = {bh_col_int(st, 14), bh_col_int(st, 15)}, .amount = bh_col_int(st, 16), .issue = bh_col_i32(st, 17),
    .taxes = bh_col_str(st, 18, a), .pull = bh_col_int(st, 19), .as_of = bh_col_i32(st, 20)};
}

static bh_status write_billed(bh_store *s, int32_t contract, int64_t doc, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO billed(contract,doc,until_day) VALUES(?1,?2,?3)"
                                     " ON CONFLICT DO UPDATE SET until_day=max(until_day,excluded.until_day)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_bind_int(st, 2, doc);
  bh_bind_int(st, 3, until);
  return bh_sql_run(s, st, err);
}

bh_status bh_doc_lines_write(bh_store *s, int64_t doc, const bh_doc_line *lines, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO line(" COLUMNS("") ") VALUES"
                                     "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)", err);
  if (!st) return bh_code(err);
  int more = 0;
  for (size_t i = 0; i < n && more >= 0; i++) {
    bind_line(st, doc, i, &lines[i]);
    more = bh_sql_step(s, st, err);
    sqlite3_reset(st);
  }
  bh_sql_done(s, st);
  if (more < 0) status = bh_code(err);
  /* Lines stand by contract: a run of one contract is one row of the index. */
  for (size_t i = 0; i < n && status == BH_OK;) {
    int32_t contract = lines[i].contract;
    bh_day until = BH_DAY_MIN;
    for (; i < n && lines[i].contract == contract; i++) if (lines[i].whole_until > until) until = lines[i].whole_until;
    if (contract) status = write_billed(s, contract, doc, until, err);
  }
  return status;
}

bh_status bh_doc_lines_delete(bh_store *s, int64_t doc, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM billed WHERE doc=?1 AND contract IN (SELECT contract FROM line WHERE line.doc=?1)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_status status = bh_sql_run(s, st, err);
  if (status != BH_OK) return status;
  st = bh_sql_write(s, "DELETE FROM line WHERE doc=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_doc_lines(bh_store *s, bh_doc_line **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS("") " FROM line WHERE doc=?1 ORDER BY n", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) read_line(bh_vec_push(&rows, a), st, a);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_charged_since(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_day since, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS("l.") " FROM billed AS b CROSS JOIN document AS d CROSS JOIN line AS l"
                               " WHERE b.contract=?1 AND b.until_day>?2 AND d.doc=b.doc AND d.state BETWEEN 1 AND 4 AND l.doc=b.doc AND +l.contract=?1"
                               " ORDER BY b.doc, l.n", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_bind_int(st, 2, since);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_charged_line *row = bh_vec_push(&rows, a);
    row->doc = bh_col_int(st, 0);
    row->n = bh_col_i32(st, 1);
    read_line(&row->line, st, a);
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_charged(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err) {
  return bh_store_charged_since(s, out, n, a, contract, INT32_MIN, err);
}

bh_status bh_store_charged_last(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT b.doc FROM billed AS b CROSS JOIN document AS d WHERE b.contract=?1 AND d.doc=b.doc"
                               " AND d.state BETWEEN 1 AND 4 ORDER BY b.doc DESC LIMIT 1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  int more = bh_sql_step(s, st, err);
  int64_t doc = more > 0 ? bh_col_int(st, 0) : 0;
  bh_sql_done(s, st);
  if (more <= 0) return more < 0 ? bh_code(err) : BH_OK;
  bh_doc_line *lines;
  size_t count;
  bh_status status = bh_store_doc_lines(s, &lines, &count, a, doc, err);
  if (status != BH_OK) return status;
  *out = BH_NEWN(a, bh_charged_line, count ? count : 1);
  for (size_t i = 0; i < count; i++)
    if (lines[i].contract == contract) (*out)[(*n)++] = (bh_charged_line){doc, (int32_t)i, lines[i]};
  return BH_OK;
}
