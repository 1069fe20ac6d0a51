/* Lines, clustered by document, and the one index from contracts to documents. A line is packed: nothing but its contract is searched for. */
#include "base/wire.h"
#include "store/doc.h"

#define COLUMNS(p) p "doc," p "n," p "contract," p "body"

enum { FIELD_CARRIES = 1, FIELD_WISH, FIELD_TAKES_BACK, FIELD_PO }; /* optional fields stand at the end, each behind its number: most lines have none */

static void pack(bh_buf *b, const bh_doc_line *l) {
  bh_put_u8(b, l->kind);
  bh_put_u8(b, l->counts);
  bh_put_str(b, l->key);
  bh_put_i64(b, l->whole_from);
  bh_put_i64(b, l->whole_until);
  bh_put_i64(b, l->from);
  bh_put_i64(b, l->until);
  bh_put_str(b, l->line_id);
  bh_put_str(b, l->product);
  bh_put_i64(b, l->book);
  bh_put_i64(b, l->rule);
  bh_put_i64(b, l->quantity.num);
  bh_put_i64(b, l->quantity.den);
  bh_put_i64(b, l->amount);
  bh_put_i64(b, l->issue);
  bh_put_str(b, l->taxes);
  bh_put_i64(b, l->pull);
  bh_put_i64(b, l->as_of);
  if (l->carries.len) {
    bh_put_u8(b, FIELD_CARRIES);
    bh_put_str(b, l->carries);
  }
  if (l->wish) {
    bh_put_u8(b, FIELD_WISH);
    bh_put_i64(b, l->wish);
  }
  if (l->takes_back) {
    bh_put_u8(b, FIELD_TAKES_BACK);
    bh_put_u8(b, l->takes_back);
  }
  if (l->po.len) {
    bh_put_u8(b, FIELD_PO);
    bh_put_str(b, l->po);
  }
}

static void unpack_optional(bh_doc_line *out, bh_get *g) {
  while (!g->bad && g->at < g->end) {
    switch (bh_get_u8(g)) {
    case FIELD_CARRIES: out->carries = bh_get_str(g); break;
    case FIELD_WISH: out->wish = bh_get_i64(g); break;
    case FIELD_TAKES_BACK: out->takes_back = bh_get_u8(g); break;
    case FIELD_PO: out->po = bh_get_str(g); break;
    default: g->bad = true;
    }
  }
}

static bh_status read_line(bh_store *s, bh_doc_line *out, sqlite3_stmt *st, bh_arena *a, bh_error *err) {
  bh_get g = bh_get_init(bh_col_str(st, 3, a)); /* one copy: its texts point into it */
  *out = (bh_doc_line){.contract = bh_col_i32(st, 2), .kind = bh_get_u8(&g)};
  out->counts = bh_get_u8(&g) != 0;
  out->key = bh_get_str(&g);
  out->whole_from = (bh_day)bh_get_i64(&g);
  out->whole_until = (bh_day)bh_get_i64(&g);
  out->from = (bh_day)bh_get_i64(&g);
  out->until = (bh_day)bh_get_i64(&g);
  out->line_id = bh_get_str(&g);
  out->product = bh_get_str(&g);
  out->book = (int32_t)bh_get_i64(&g);
  out->rule = (int32_t)bh_get_i64(&g);
  out->quantity.num = bh_get_i64(&g);
  out->quantity.den = bh_get_i64(&g);
  out->amount = bh_get_i64(&g);
  out->issue = (bh_day)bh_get_i64(&g);
  out->taxes = bh_get_str(&g);
  out->pull = bh_get_i64(&g);
  out->as_of = (bh_day)bh_get_i64(&g);
  unpack_optional(out, &g);
  if (bh_get_done(&g)) return BH_OK;
  return bh_fail(err, BH_E_STORE, "%s: a line of document %lld cannot be read: the store is damaged", s->path, (long long)bh_col_int(st, 0));
}

static bh_status write_billed(bh_store *s, int32_t contract, int64_t doc, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO billed(contract,doc,until_day) VALUES(?1,?2,?3)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_bind_int(st, 2, doc);
  bh_bind_int(st, 3, until);
  return bh_sql_run(s, st, err);
}

/* One row for each contract of the lines. */
static bh_status write_contracts(bh_store *s, int64_t doc, const bh_doc_line *lines, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < n && status == BH_OK; i++) {
    int32_t contract = lines[i].contract;
    bool done = contract == 0 || (i > 0 && lines[i - 1].contract == contract);
    for (size_t j = 0; j + 1 < i && !done; j++) done = lines[j].contract == contract;
    if (done) continue;
    bh_day until = BH_DAY_MIN;
    for (size_t j = i; j < n; j++) if (lines[j].contract == contract && lines[j].whole_until > until) until = lines[j].whole_until;
    status = write_billed(s, contract, doc, until, err);
  }
  return status;
}

static bh_status write_rows(bh_store *s, int64_t doc, size_t first, const bh_doc_line *lines, size_t n, bh_error *err) {
  static const char *const inserts[BH_ROWS_MAX] = BH_ROW_INSERTS("INSERT OR FAIL INTO line(" COLUMNS("") ") VALUES", "(?,?,?,?)");
  size_t ends[BH_ROWS_MAX], begin = 0;
  bh_buf_clear(&s->scratch);
  for (size_t i = 0; i < n; i++) {
    pack(&s->scratch, &lines[i]);
    ends[i] = s->scratch.len;
  }
  if (s->scratch.failed) return bh_fail(err, BH_E_INVALID, "a line of document %lld is too large", (long long)doc);
  sqlite3_stmt *st = bh_sql_write(s, inserts[n - 1], err);
  if (!st) return bh_code(err);
  int at = 0;
  for (size_t i = 0; i < n; begin = ends[i++]) {
    bh_bind_int(st, ++at, doc);
    bh_bind_int(st, ++at, (int64_t)(first + i));
    bh_bind_int(st, ++at, lines[i].contract);
    bh_bind_blob(st, ++at, (bh_str){s->scratch.ptr + begin, ends[i] - begin});
  }
  return bh_sql_run(s, st, err);
}

bh_status bh_doc_lines_write(bh_store *s, int64_t doc, const bh_doc_line *lines, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  for (size_t i = 0; i < n && status == BH_OK; i += BH_ROWS_MAX) status = write_rows(s, doc, i, lines + i, bh_rows_now(n - i), err);
  return status == BH_OK ? write_contracts(s, doc, lines, n, err) : status;
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
  int more = 0;
  bh_status status = BH_OK;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = read_line(s, bh_vec_push(&rows, a), st, a, err);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_charged_since(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_day since, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS("l.") ",d.client FROM billed AS b CROSS JOIN document AS d CROSS JOIN line AS l"
                               " WHERE b.contract=?1 AND b.until_day>?2 AND d.doc=b.doc AND d.state BETWEEN 1 AND 4 AND l.doc=b.doc AND +l.contract=?1"
                               " ORDER BY b.doc, l.n", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_bind_int(st, 2, since);
  bh_vec rows = {.size = sizeof **out};
  int more = 0;
  bh_status status = BH_OK;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_charged_line *row = bh_vec_push(&rows, a);
    row->doc = bh_col_int(st, 0);
    row->n = bh_col_i32(st, 1);
    row->client = bh_col_i32(st, 4);
    status = read_line(s, &row->line, st, a, err);
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_charged(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err) {
  return bh_store_charged_since(s, out, n, a, contract, INT32_MIN, err);
}

bh_status bh_store_charged_last(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT b.doc,d.client FROM billed AS b CROSS JOIN document AS d WHERE b.contract=?1 AND d.doc=b.doc"
                               " AND d.state BETWEEN 1 AND 4 ORDER BY b.doc DESC LIMIT 1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  int more = bh_sql_step(s, st, err);
  int64_t doc = more > 0 ? bh_col_int(st, 0) : 0;
  int32_t client = more > 0 ? bh_col_i32(st, 1) : 0;
  bh_sql_done(s, st);
  if (more <= 0) return more < 0 ? bh_code(err) : BH_OK;
  bh_doc_line *lines;
  size_t count;
  bh_status status = bh_store_doc_lines(s, &lines, &count, a, doc, err);
  if (status != BH_OK) return status;
  *out = BH_NEWN(a, bh_charged_line, count ? count : 1);
  for (size_t i = 0; i < count; i++)
    if (lines[i].contract == contract) (*out)[(*n)++] = (bh_charged_line){doc, (int32_t)i, client, lines[i]};
  return BH_OK;
}

bh_status bh_store_po_used(bh_store *s, int64_t *out, int32_t client, bh_str currency, bh_str po, bh_error *err) {
  *out = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS("l.") " FROM document AS d INDEXED BY document_client CROSS JOIN line AS l"
                               " WHERE d.client=?1 AND d.state BETWEEN 1 AND 4 AND d.currency=?2 AND l.doc=d.doc", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_str(st, 2, currency);
  bh_arena a;
  bh_arena_init(&a);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) {
    bh_doc_line line;
    bh_arena_reset(&a);
    status = read_line(s, &line, st, &a, err);
    if (status == BH_OK && bh_str_eq(line.po, po) && !bh_money_add(out, line.amount))
      status = bh_fail(err, BH_E_OVERFLOW, "what stands against purchase order \"%.*s\" does not fit a number", BH_STR_ARG(po));
  }
  bh_arena_dispose(&a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}
