/* An invoice as a page a client can read and print. */
#include "report/export.h"

static void cell(bh_buf *o, const char *attributes, bh_str text) {
  bh_buf_fmt(o, "<td%s>", attributes);
  bh_html(o, text);
  bh_buf_putz(o, "</td>");
}

static void line_of(bh_buf *o, bh_str text, bool *any) {
  if (text.len == 0) return;
  if (*any) bh_buf_putz(o, "<br>");
  *any = true;
  bh_html(o, text);
}

static void party(bh_buf *o, bh_arena *a, const bh_node *who, const char *title) {
  static const struct { const char *key, *label; } more[] = {{"tax_id", "Tax id: "}, {"email", ""}, {"po", "Your order: "}};
  const bh_node *at = who != NULL ? bh_node_get(who, "address") : NULL;
  bool any = false;
  bh_buf_putz(o, "<address>");
  if (title[0]) bh_buf_fmt(o, "<h2>%s</h2>", title);
  bh_str name = bh_report_text(who, "name");
  if (name.len) {
    bh_buf_putz(o, "<strong>");
    bh_html(o, name);
    bh_buf_putz(o, "</strong>");
    any = true;
  }
  if (at != NULL && at->kind == BH_NODE_TABLE) {
    bh_str city = bh_report_text(at, "city"), region = bh_report_text(at, "region"), code = bh_report_text(at, "postcode");
    line_of(o, bh_report_text(at, "street"), &any);
    line_of(o, bh_arena_fmt(a, "%.*s%s%.*s%s%.*s", BH_STR_ARG(city), city.len && (region.len || code.len) ? ", " : "", BH_STR_ARG(region),
                            region.len && code.len ? " " : "", BH_STR_ARG(code)), &any);
    line_of(o, bh_report_text(at, "country"), &any);
  }
  for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
    bh_str text = bh_report_text(who, more[i].key);
    if (text.len) line_of(o, bh_arena_fmt(a, "%s%.*s", more[i].label, BH_STR_ARG(text)), &any);
  }
  bh_buf_putz(o, "</address>");
}

static void fact(bh_buf *o, const char *label, bh_str value) {
  if (value.len == 0) return;
  bh_buf_fmt(o, "<dt>%s</dt><dd>", label);
  bh_html(o, value);
  bh_buf_putz(o, "</dd>");
}

static void discounts_of(bh_buf *o, const bh_node *doc, const bh_str *line) {
  bh_node **list;
  size_t n = bh_report_items(&list, doc, "discounts");
  for (size_t i = 0; i < n; i++) {
    const bh_node *of = bh_node_get(list[i], "line");
    bool on_line = of != NULL && of->kind == BH_NODE_STR;
    if (line != NULL ? !on_line || !bh_str_eq(of->text, *line) : on_line) continue;
    bh_str percent = bh_report_text(list[i], "percent");
    bh_buf_putz(o, "<tr class=discount><td colspan=4>");
    bh_html(o, bh_report_text(list[i], "description"));
    if (percent.len) {
      bh_buf_putz(o, " (");
      bh_html(o, percent);
      bh_buf_putz(o, "%)");
    }
    bh_buf_putz(o, "</td>");
    cell(o, " class=n", bh_report_text(list[i], "amount"));
    bh_buf_putz(o, "</tr>\n");
  }
}

static void invoice_line(bh_buf *o, const bh_node *doc, const bh_node *line) {
  const bh_node *period = bh_node_get(line, "period");
  bh_str from = bh_report_text(period, "from"), to = bh_report_text(period, "to"), fraction = bh_report_text(line, "fraction");
  bh_str id = bh_report_text(line, "id"), unit = bh_report_text(line, "unit");
  bh_buf_putz(o, "<tr><td>");
  bh_html(o, bh_report_text(line, "description"));
  bh_buf_putz(o, "</td><td class=muted>");
  bh_html(o, from);
  if (to.len && !bh_str_eq(from, to)) {
    bh_buf_putz(o, " – ");
    bh_html(o, to);
  }
  if (fraction.len && !bh_str_eqz(fraction, "1")) {
    bh_buf_putz(o, "<br>× ");
    bh_html(o, fraction);
  }
  bh_buf_putz(o, "</td><td class=n>");
  bh_html(o, bh_report_text(line, "quantity"));
  if (unit.len) {
    bh_buf_putc(o, ' ');
    bh_html(o, unit);
  }
  bh_buf_putz(o, "</td>");
  cell(o, " class=n", bh_report_text(line, "unit_price"));
  cell(o, " class=n", bh_report_text(line, "amount"));
  bh_buf_putz(o, "</tr>\n");
  discounts_of(o, doc, &id);
}

static void sum(bh_buf *o, const char *class, const char *label, bh_str detail, bh_str amount) {
  bh_buf_fmt(o, "<tr%s%s><td colspan=4 class=n>%s", class[0] ? " class=" : "", class, label);
  bh_html(o, detail);
  bh_buf_putz(o, "</td>");
  cell(o, " class=n", amount);
  bh_buf_putz(o, "</tr>\n");
}

static void sums(bh_buf *o, bh_arena *a, const bh_node *doc) {
  bh_node **list;
  bh_str currency = bh_report_text(doc, "currency"), paid = bh_report_text(doc, "paid");
  size_t n = bh_report_items(&list, doc, "taxes");
  bh_buf_putz(o, "<tfoot>\n");
  sum(o, "", "Subtotal", (bh_str){"", 0}, bh_report_text(doc, "subtotal"));
  for (size_t i = 0; i < n; i++) {
    bh_str name = bh_report_text(list[i], "name"), rate = bh_report_text(list[i], "rate"), reason = bh_report_text(list[i], "reason");
    if (name.len == 0) name = bh_report_text(list[i], "tax");
    const bh_node *inside = bh_node_get(list[i], "inclusive");
    sum(o, "", inside != NULL && inside->boolean ? "of which " : "",
        bh_arena_fmt(a, "%.*s %.*s%% on %.*s%s%.*s", BH_STR_ARG(name), BH_STR_ARG(rate), BH_STR_ARG(bh_report_text(list[i], "base")),
                     reason.len ? " – " : "", BH_STR_ARG(reason)), bh_report_text(list[i], "amount"));
  }
  sum(o, "total", "Total ", currency, bh_report_text(doc, "total"));
  bh_dec d;
  if (bh_dec_parse(&d, paid, BH_DEC_SCALE_MAX) && d.coef != 0) {
    sum(o, "", "Paid", (bh_str){"", 0}, paid);
    sum(o, "due", "Balance ", currency, bh_report_text(doc, "balance"));
  }
  bh_buf_putz(o, "</tfoot>");
}

static void section_row(bh_buf *o, const char *class, bh_str name, const bh_node *section) {
  bool total = section != NULL;
  bh_buf_fmt(o, "<tr class=%s>", class);
  cell(o, total ? " colspan=4" : " colspan=5", name);
  if (total) cell(o, " class=n", bh_report_text(section, "subtotal"));
  bh_buf_putz(o, "</tr>\n");
}

/* The lines by section. Of a section with show = "total" the one sum stands for all of them; what was taken off them is shown all the same. */
static void lines_of(bh_buf *o, const bh_node *doc) {
  bh_node **list, **sections;
  size_t n = bh_report_items(&list, doc, "lines"), count = bh_report_items(&sections, doc, "sections"), at = 0;
  for (size_t i = 0, j; i < n; i = j) {
    bh_str name = bh_report_text(list[i], "section"), client = bh_report_text(list[i], "client");
    const bh_node *section = name.len > 0 && at < count ? sections[at++] : NULL;
    bool total = section != NULL && bh_str_eqz(bh_report_text(section, "show"), "total");
    if (name.len > 0) section_row(o, "section", name, total ? section : NULL);
    for (j = i; j < n && bh_str_eq(bh_report_text(list[j], "section"), name) && bh_str_eq(bh_report_text(list[j], "client"), client); j++) {
      bh_str id = bh_report_text(list[j], "id");
      if (total) discounts_of(o, doc, &id);
      else invoice_line(o, doc, list[j]);
    }
    if (section != NULL && !total) section_row(o, "subtotal", BH_S("Subtotal"), section);
  }
}

void bh_html_invoice(bh_buf *o, bh_arena *a, const bh_node *doc) {
  bool credit = bh_str_eqz(bh_report_text(doc, "type"), "credit_note");
  bh_str state = bh_report_text(doc, "state"), number = bh_report_text(doc, "number");
  bh_node **list;
  bh_buf_putz(o, "<main>\n");
  if (bh_str_eqz(state, "draft")) bh_buf_putz(o, "<div class=mark aria-hidden=true>DRAFT</div>\n");
  if (bh_str_eqz(state, "void")) bh_buf_putz(o, "<div class=mark aria-hidden=true>VOID</div>\n");
  bh_buf_putz(o, "<header>");
  party(o, a, bh_node_get(doc, "company"), "");
  bh_buf_fmt(o, "<div class=right><h1>%s</h1><dl>", credit ? "Credit note" : "Invoice");
  if (number.len) fact(o, "Number", number);
  else fact(o, "Draft", bh_report_text(doc, "id"));
  fact(o, "Date", bh_report_text(doc, "issue_date"));
  if (!credit) fact(o, "Due", bh_report_text(doc, "due_date"));
  fact(o, "Order", bh_report_text(doc, "po"));
  fact(o, "Site", bh_report_text(doc, "site"));
  bh_buf_putz(o, "</dl></div></header>\n<header>");
  party(o, a, bh_node_get(doc, "client"), credit ? "Credited to" : "Billed to");
  bh_buf_putz(o, "</header>\n<table>\n<thead><tr><th>Description<th>Period<th class=n>Quantity<th class=n>Price<th class=n>Amount</tr></thead>\n<tbody>\n");
  lines_of(o, doc);
  discounts_of(o, doc, NULL);
  bh_buf_putz(o, "</tbody>\n");
  sums(o, a, doc);
  bh_buf_putz(o, "\n</table>\n");
  size_t n = bh_report_items(&list, doc, "memos");
  for (size_t i = 0; i < n; i++) {
    bh_buf_putz(o, "<p class=memo>");
    bh_html(o, list[i]->text);
    bh_buf_putz(o, "</p>\n");
  }
  bh_str note = bh_report_text(bh_node_get(doc, "client"), "note");
  if (note.len) {
    bh_buf_putz(o, "<p class=memo>");
    bh_html(o, note);
    bh_buf_putz(o, "</p>\n");
  }
  bh_buf_putz(o, "</main>\n");
}
