/* One export under way, and the forms that it can take. */
#ifndef BH_EXPORT_DOCS_H
#define BH_EXPORT_DOCS_H
#include "report/report.h"

typedef struct bh_export {
  billhook *b;
  const billhook_out *out;
  const char *folder;          /* pages go there, one a document; NULL: all to out */
  bh_batch_names batches;
  bh_by_hand by_hand;
  bh_arena arena;              /* emptied before each document */
  bh_buf text;                 /* likewise */
  bh_buf index;                /* html: the list of pages */
  int64_t done;
} bh_export;

/* Each form is told of every document in turn. */
bh_status bh_export_json_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err);
bh_status bh_export_csv_begin(bh_export *x, bh_error *err);
bh_status bh_export_csv_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err);
bh_status bh_export_html_begin(bh_export *x, bh_error *err);
bh_status bh_export_html_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err);
bh_status bh_export_html_end(bh_export *x, bh_error *err);
/* The whole journal, for hledger. */
bh_status bh_export_hledger(bh_export *x, bh_error *err);
/* Writes x->folder/name whole or not at all. */
bh_status bh_export_file(bh_export *x, const char *name, const bh_buf *text, bh_error *err);

/* The document of a row as a tree, with state, hold, batch, paid and balance. */
bh_status bh_export_tree(bh_node **out, bh_export *x, const bh_doc_row *row, const bh_doc_body *body, bh_error *err);

/* html_text.c: text into a page, escaped. */
void bh_html(bh_buf *out, bh_str text);
/* html_invoice.c: the body of one document's page. */
void bh_html_invoice(bh_buf *out, bh_arena *a, const bh_node *doc);
extern const char bh_html_style[];
#endif
