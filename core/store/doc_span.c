/* Documents whose numbers follow one another, read together: what stands side by side is found once. */
#include "store/doc.h"

enum { SPAN_DOCS_MAX = 256, SPAN_TEXT_BYTES = 1 << 20 };

bh_status bh_store_doc_span(bh_store *s, bh_doc_whole **out, size_t *n, bh_arena *a, int64_t first, int64_t last, bool with_text, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, with_text
    ? "SELECT " BH_DOC_COLUMNS("d.") ",c.id,b.json,b.postings FROM document AS d CROSS JOIN client AS c CROSS JOIN body AS b"
      " WHERE d.doc BETWEEN ?1 AND ?2 AND c.num=d.client AND b.doc=d.doc ORDER BY d.doc LIMIT ?3"
    : "SELECT " BH_DOC_COLUMNS("d.") ",c.id FROM document AS d CROSS JOIN client AS c WHERE d.doc BETWEEN ?1 AND ?2 AND c.num=d.client"
      " ORDER BY d.doc LIMIT ?3", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, first);
  bh_bind_int(st, 2, last);
  bh_bind_int(st, 3, SPAN_DOCS_MAX);
  bh_vec rows = {.size = sizeof **out};
  size_t bytes = 0;
  int more = 0;
  while (bytes < SPAN_TEXT_BYTES && (more = bh_sql_step(s, st, err)) > 0) {
    bh_doc_whole *d = bh_vec_push(&rows, a);
    bh_doc_read(&d->row, st, a);
    d->client = bh_col_str(st, BH_DOC_COLUMN_COUNT, a);
    d->body = (bh_doc_body){{"", 0}, {"", 0}, {"", 0}};
    if (!with_text) continue;
    d->body.json = bh_col_str(st, BH_DOC_COLUMN_COUNT + 1, a);
    d->body.postings = bh_col_str(st, BH_DOC_COLUMN_COUNT + 2, a);
    bytes += d->body.json.len;
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}
