/* Pages: one an invoice in a folder, with a list of them, or all on one page for printing. Nothing is fetched from elsewhere. */
#include "base/hash.h"
#include "report/export.h"

static void head(bh_buf *o, bh_str title) {
  bh_buf_putz(o, "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
                 "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
  bh_html(o, title);
  bh_buf_putz(o, "</title>\n<style>");
  bh_buf_putz(o, bh_html_style);
  bh_buf_putz(o, "</style>\n</head>\n<body>\n");
}

static const char foot[] = "</body>\n</html>\n";

/* A file's name from a number such as "INV/2026 7": letters, digits, dot, dash and underscore stay, another byte is =HH. */
static bh_str file_name(bh_arena *a, bh_str id) {
  enum { NAME_MAX_BYTES = 230, KEPT = 150 };
  char *name = bh_arena_alloc(a, id.len * 3 + 1);
  size_t n = 0;
  for (size_t i = 0; i < id.len; i++) {
    char c = id.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0);
    if (plain) name[n++] = c;
    else n += (size_t)snprintf(name + n, 4, "=%02X", (unsigned)(unsigned char)c); /* two documents never share a page */
  }
  if (n <= NAME_MAX_BYTES) return bh_arena_fmt(a, "%.*s.html", (int)n, name);
  char hex[65];
  bh_sha sum = bh_sha256_1(id);
  bh_hex(hex, sum.b, sizeof sum.b);
  return bh_arena_fmt(a, "%.*s-%.32s.html", (int)KEPT, name, hex);
}

bh_status bh_export_html_begin(bh_export *x, bh_error *err) {
  (void)err;
  if (x->folder != NULL) {
    head(&x->index, BH_S("Invoices"));
    bh_buf_putz(&x->index, "<main>\n<h1>Invoices</h1>\n<table>\n<thead><tr><th>Document<th>Client<th>State<th>Date<th>Due<th class=n>Total<th>Currency</tr></thead>\n<tbody>\n");
    return BH_OK;
  }
  bh_buf_clear(&x->text);
  head(&x->text, BH_S("Invoices"));
  bh_out_buf(x->out, &x->text);
  return BH_OK;
}

static void index_row(bh_export *x, const bh_node *doc, bh_str label, bh_str name) {
  static const char *const keys[] = {"state", "issue_date", "due_date"};
  bh_buf *o = &x->index;
  bh_buf_putz(o, "<tr><td><a href=\"");
  bh_html(o, name);
  bh_buf_putz(o, "\">");
  bh_html(o, label);
  bh_buf_putz(o, "</a></td><td>");
  bh_html(o, bh_report_text(bh_node_get(doc, "client"), "name"));
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    bh_buf_putz(o, "</td><td>");
    bh_html(o, bh_report_text(doc, keys[i]));
  }
  bh_buf_putz(o, "</td><td class=n>");
  bh_html(o, bh_report_text(doc, "total"));
  bh_buf_putz(o, "</td><td>");
  bh_html(o, bh_report_text(doc, "currency"));
  bh_buf_putz(o, "</td></tr>\n");
}

bh_status bh_export_html_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  bh_node *doc;
  (void)client;
  bh_status st = bh_export_tree(&doc, x, row, body, err);
  if (st != BH_OK) return st;
  if (x->folder == NULL) {
    bh_html_invoice(&x->text, &x->arena, doc);
    bh_out_buf(x->out, &x->text);
    return BH_OK;
  }
  bh_str label = row->number.len ? row->number : bh_report_text(doc, "id"), name = file_name(&x->arena, label);
  head(&x->text, label);
  bh_html_invoice(&x->text, &x->arena, doc);
  bh_buf_putz(&x->text, foot);
  st = bh_export_file(x, name.ptr, &x->text, err);
  if (st != BH_OK) return st;
  index_row(x, doc, label, name);
  bh_buf_clear(&x->text);
  bh_buf_puts(&x->text, name);
  bh_out_line(x->out, &x->text);
  return BH_OK;
}

bh_status bh_export_html_end(bh_export *x, bh_error *err) {
  bh_buf_clear(&x->text);
  if (x->folder == NULL) {
    bh_buf_putz(&x->text, foot);
    bh_out_buf(x->out, &x->text);
    return BH_OK;
  }
  bh_buf_fmt(&x->index, "</tbody>\n</table>\n</main>\n%s", foot);
  bh_status st = bh_export_file(x, "index.html", &x->index, err);
  bh_buf_putz(&x->text, "index.html");
  if (st == BH_OK) bh_out_line(x->out, &x->text);
  return st;
}
