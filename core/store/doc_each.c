/* Streaming documents by filter. What is ordered by client is sorted by its keys alone; rows are then read one by one. */
#include "store/doc.h"

#define FILTER                                                                                                                       \
  " AND (?1=0 OR d.batch=?1) AND (?2=0 OR d.client=?2) AND (?3<0 OR d.state=?3) AND d.issue>=?4 AND d.issue<=?5"

typedef struct each {
  bh_store *s;
  const bh_doc_filter *f;
  bool with_body;
  bh_doc_fn fn;
  void *ctx;
} each;

static void bind_filter(sqlite3_stmt *st, const bh_doc_filter *f) {
  bh_bind_int(st, 1, f->batch);
  bh_bind_int(st, 2, f->client);
  bh_bind_int(st, 3, f->state);
  bh_bind_int(st, 4, f->from);
  bh_bind_int(st, 5, f->to);
}

/* The narrowest way in: a client's documents, the drafts, a batch from its first document on, or all. */
static const char *keys_sql(const bh_doc_filter *f) {
  if (f->client) return "SELECT d.doc,c.id FROM document AS d INDEXED BY document_client CROSS JOIN client AS c WHERE c.num=d.client AND d.client=?2" FILTER
                        " ORDER BY c.id,d.currency,d.split,d.doc";
  if (f->state == BH_DOC_DRAFT && !f->batch) return "SELECT d.doc,c.id FROM document AS d INDEXED BY document_draft CROSS JOIN client AS c WHERE c.num=d.client AND d.state=0" FILTER
                                       " ORDER BY c.id,d.currency,d.split,d.doc";
  return "SELECT d.doc,c.id FROM document AS d NOT INDEXED CROSS JOIN client AS c WHERE c.num=d.client"
         " AND d.doc>=coalesce((SELECT first_doc FROM batch WHERE num=?1),0)" FILTER " ORDER BY c.id,d.currency,d.split,d.doc";
}

static const char *rows_sql(const bh_doc_filter *f) {
  if (f->client) return "SELECT " BH_DOC_COLUMNS("d.") ",c.id FROM document AS d INDEXED BY document_client CROSS JOIN client AS c"
                        " WHERE c.num=d.client AND d.client=?2" FILTER " ORDER BY d.ord";
  return "SELECT " BH_DOC_COLUMNS("d.") ",c.id FROM document AS d NOT INDEXED CROSS JOIN client AS c WHERE c.num=d.client"
         " AND d.doc>=coalesce((SELECT first_doc FROM batch WHERE num=?1),0)" FILTER " ORDER BY d.doc";
}

static bh_status give(each *e, const bh_doc_row *row, bh_str client, sqlite3_stmt *body, bh_error *err) {
  bh_doc_body b = {{"", 0}, {"", 0}, {"", 0}};
  if (e->with_body) {
    bh_bind_int(body, 1, row->doc);
    int more = bh_sql_step(e->s, body, err);
    if (more < 0) return bh_code(err);
    if (more > 0) b = (bh_doc_body){bh_col_view(body, 0), bh_col_view(body, 1), bh_col_view(body, 2)};
  }
  bh_status status = e->fn(e->ctx, row, client, e->with_body ? &b : NULL, err);
  if (e->with_body) sqlite3_reset(body);
  return status;
}

static bh_status each_by_doc(each *e, sqlite3_stmt *body, bh_error *err) {
  sqlite3_stmt *st = bh_sql(e->s, rows_sql(e->f), err);
  if (!st) return bh_code(err);
  bind_filter(st, e->f);
  /* fn may change the row that it is given: it gets a copy. */
  bh_arena a;
  bh_arena_init(&a);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(e->s, st, err)) > 0) {
    bh_arena_reset(&a);
    bh_doc_row row;
    bh_doc_read(&row, st, &a);
    status = give(e, &row, bh_col_str(st, BH_DOC_COLUMN_COUNT, &a), body, err);
  }
  bh_arena_dispose(&a);
  bh_sql_done(e->s, st);
  return more < 0 ? bh_code(err) : status;
}

static bh_status each_by_client(each *e, sqlite3_stmt *body, bh_error *err) {
  sqlite3_stmt *st = bh_sql(e->s, keys_sql(e->f), err);
  sqlite3_stmt *one = st ? bh_sql(e->s, "SELECT " BH_DOC_COLUMNS("") " FROM document WHERE doc=?1", err) : NULL;
  if (!one) {
    bh_sql_done(e->s, st);
    return bh_code(err);
  }
  bind_filter(st, e->f);
  bh_arena a;
  bh_arena_init(&a);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(e->s, st, err)) > 0) {
    bh_arena_reset(&a);
    bh_doc_row row;
    bh_bind_int(one, 1, bh_col_int(st, 0));
    int found = bh_sql_step(e->s, one, err);
    if (found > 0) bh_doc_read(&row, one, &a);
    sqlite3_reset(one);
    if (found < 0) status = bh_code(err);
    else if (found) status = give(e, &row, bh_col_view(st, 1), body, err);
  }
  bh_arena_dispose(&a);
  bh_sql_done(e->s, one);
  bh_sql_done(e->s, st);
  return more < 0 ? bh_code(err) : status;
}

bh_status bh_store_docs_each(bh_store *s, const bh_doc_filter *f, bool with_body, bh_doc_fn fn, void *ctx, bh_error *err) {
  each e = {s, f, with_body, fn, ctx};
  sqlite3_stmt *body = NULL;
  if (with_body && !(body = bh_sql(s, "SELECT json,evidence,postings FROM body WHERE doc=?1", err))) return bh_code(err);
  bh_status status = f->by_client ? each_by_client(&e, body, err) : each_by_doc(&e, body, err);
  bh_sql_done(s, body);
  return status;
}

bh_status bh_store_doc_nums_each(bh_store *s, const bh_doc_filter *f, bh_status (*fn)(void *ctx, int64_t doc, bh_error *err), void *ctx, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, keys_sql(f), err);
  if (!st) return bh_code(err);
  bind_filter(st, f);
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = fn(ctx, bh_col_int(st, 0), err);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : status;
}
