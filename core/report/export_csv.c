/* CSV (RFC 4180): one row a line of a document, the document's own columns repeated. */
#include "report/csv.h"
#include "report/export.h"

enum { TEXT, NUMBER };
typedef struct column { const char *name; const char *key; const char *inner; bool of_line; int kind; } column;
static const column columns[] = {
  {"id", "id", NULL, false, TEXT},
  {"number", "number", NULL, false, TEXT},
  {"type", "type", NULL, false, TEXT},
  {"state", "state", NULL, false, TEXT},
  {"batch", "batch", NULL, false, TEXT},
  {"client", "client", "id", false, TEXT},
  {"client_name", "client", "name", false, TEXT},
  {"currency", "currency", NULL, false, TEXT},
  {"issue_date", "issue_date", NULL, false, TEXT},
  {"due_date", "due_date", NULL, false, TEXT},
  {"subtotal", "subtotal", NULL, false, NUMBER},
  {"total", "total", NULL, false, NUMBER},
  {"paid", "paid", NULL, false, NUMBER},
  {"balance", "balance", NULL, false, NUMBER},
  {"line", "id", NULL, true, TEXT},
  {"contract", "contract", NULL, true, TEXT},
  {"product", "product", NULL, true, TEXT},
  {"kind", "kind", NULL, true, TEXT},
  {"section", "section", NULL, true, TEXT},
  {"description", "description", NULL, true, TEXT},
  {"from", "period", "from", true, TEXT},
  {"to", "period", "to", true, TEXT},
  {"quantity", "quantity", NULL, true, NUMBER},
  {"quantity_exact", "quantity_exact", NULL, true, TEXT},
  {"unit", "unit", NULL, true, TEXT},
  {"unit_price", "unit_price", NULL, true, NUMBER},
  {"fraction", "fraction", NULL, true, TEXT},
  {"amount", "amount", NULL, true, NUMBER},
  {"tax", "tax", NULL, true, TEXT},
  {"corrects", "corrects", NULL, true, TEXT},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

static void put_field(bh_buf *out, bh_str s, int kind) {
  if (kind == TEXT) bh_csv_text(out, s);
  else bh_csv_number(out, s);
}

static void put_value(bh_buf *out, const column *c, const bh_node *from) {
  const bh_node *n = from != NULL ? bh_node_get(from, c->key) : NULL;
  if (n != NULL && c->inner != NULL) n = n->kind == BH_NODE_TABLE ? bh_node_get(n, c->inner) : NULL;
  if (n == NULL) return;
  if (n->kind == BH_NODE_STR || n->kind == BH_NODE_INT) put_field(out, n->text, c->kind);
  if (n->kind != BH_NODE_TABLE) return;
  bh_buf list;
  bh_buf_init(&list, 65536);
  for (size_t i = 0; i < n->item_count; i++) {
    if (i) bh_buf_putc(&list, ' ');
    bh_buf_puts(&list, n->items[i]->text);
  }
  put_field(out, bh_buf_str(&list), c->kind);
  bh_buf_dispose(&list);
}

bh_status bh_export_csv_begin(bh_export *x, bh_error *err) {
  (void)err;
  bh_buf_clear(&x->text);
  for (int i = 0; i < COLUMN_COUNT; i++) bh_buf_fmt(&x->text, "%s%s", i ? "," : "", columns[i].name);
  bh_buf_putz(&x->text, "\r\n");
  bh_out_buf(x->out, &x->text);
  return BH_OK;
}

bh_status bh_export_csv_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  bh_node *doc, **lines;
  (void)client;
  bh_status st = bh_export_tree(&doc, x, row, body, err);
  if (st != BH_OK) return st;
  size_t n = bh_report_items(&lines, doc, "lines");
  for (size_t i = 0; i < n; i++) {
    for (int c = 0; c < COLUMN_COUNT; c++) {
      if (c) bh_buf_putc(&x->text, ',');
      put_value(&x->text, &columns[c], columns[c].of_line ? lines[i] : doc);
    }
    bh_buf_putz(&x->text, "\r\n");
  }
  bh_out_buf(x->out, &x->text);
  return BH_OK;
}
