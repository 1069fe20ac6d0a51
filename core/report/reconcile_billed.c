/* What approved documents bill of the month, by client and product. */
#include "report/reconcile.h"

/* Documents on which lines of the month may stand: a year in advance, and as late as a quarter in arrears. */
enum { BEFORE_DAYS = 400, AFTER_DAYS = 130 };

static bool read_period(bh_day *from, bh_day *until, const bh_node *line) {
  const bh_node *p = bh_node_get(line, "period");
  if (!p || !bh_day_parse(from, bh_report_text(p, "from")) || !bh_day_parse(until, bh_report_text(p, "to"))) return false;
  ++*until;
  return true;
}

static bh_status one_line(bh_reconcile *r, const bh_doc_row *row, bh_str client, const bh_node *line) {
  bh_str product = bh_report_text(line, "product"), kind = bh_report_text(line, "kind"), served = bh_report_text(line, "client"), exact = bh_report_text(line, "quantity_exact");
  bh_day from, until;
  int64_t amount;
  bh_ratio quantity;
  bool charge = bh_str_eqz(kind, "charge");
  if (!product.len || (!charge && !bh_str_eqz(kind, "adjustment")) || !read_period(&from, &until, line) || from >= r->until || until <= r->from) return BH_OK;
  bh_reconcile_row *x = bh_reconcile_of(r, served.len ? served : client, product);
  if (!x->currency.len) {
    x->currency = bh_arena_str(&r->arena, row->currency);
    x->decimals = row->decimals;
  }
  bool in_force = charge && (x->usage || (from <= r->day && r->day < until)); /* an adjustment's quantity is one */
  if (in_force) {
    x->billed.known = true;
    if (!bh_report_ratio(&quantity, exact.len ? exact : bh_report_text(line, "quantity")) || !bh_ratio_add(&x->billed.quantity, x->billed.quantity, quantity))
      return bh_fail(r->err, BH_E_OVERFLOW, "%.*s: a sum of quantities does not fit a number", BH_STR_ARG(product));
  }
  if (!bh_str_eq(x->currency, row->currency)) return BH_OK; /* a client has a product in one currency */
  if (!bh_report_minor(&amount, line, "amount", row->decimals) || !bh_reconcile_share(&amount, r, from, until) || !bh_money_add(&x->billed.amount, amount))
    return bh_fail(r->err, BH_E_OVERFLOW, "%.*s: a sum of amounts does not fit a number", BH_STR_ARG(product));
  x->billed.known = x->billed.priced = true;
  return BH_OK;
}

static bh_status on_doc(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  bh_reconcile *r = ctx;
  bh_node *json, **lines;
  if (row->state == BH_DOC_DRAFT || row->state == BH_DOC_VOID) return BH_OK;
  bh_arena_reset(&r->scratch);
  bh_status st = bh_json_parse(&json, &r->scratch, body->json, NULL, err);
  size_t n = st == BH_OK ? bh_report_items(&lines, json, "lines") : 0;
  for (size_t i = 0; i < n && st == BH_OK; i++) st = one_line(r, row, client, lines[i]);
  return st;
}

bh_status bh_reconcile_billed(bh_reconcile *r) {
  const bh_doc_filter f = {.state = -1, .from = r->from - BEFORE_DAYS, .to = r->until + AFTER_DAYS};
  return bh_store_docs_each(r->b->store, &f, true, on_doc, r, r->err);
}
