/* Payments and refunds that a person enters. */
#include "receivables/entry.h"

typedef struct twin { const bh_money_row *of; bool found; } twin;

static bh_status on_event(void *ctx, const bh_money_row *row, bh_error *err) {
  twin *x = ctx;
  (void)err;
  x->found = x->found || (row->kind == x->of->kind && row->day == x->of->day && row->amount == x->of->amount && row->doc == x->of->doc &&
                          bh_str_eq(row->currency, x->of->currency) && bh_str_eq(row->method, x->of->method) && bh_str_eq(row->reference, x->of->reference));
  return BH_OK;
}

/* The same words twice, with a reference, are the same payment entered twice. */
static bh_status check_twice(bh_entry *h, const bh_money_row *event, bh_error *err) {
  twin x = {.of = event};
  bh_status st = event->reference.len ? bh_store_money_each(h->b->store, h->client, false, on_event, &x, err) : BH_OK;
  if (st == BH_OK && x.found)
    return bh_fail(err, BH_E_USAGE, "%s: it is entered already, with the same date, amount and reference \"%.*s\"", h->what, BH_STR_ARG(event->reference));
  return st;
}

static bh_status check_invoice(bh_entry *h, bh_error *err) {
  const bh_doc_row *row = &h->invoice;
  const char *is = row->state == BH_DOC_DRAFT ? "a draft" : row->state == BH_DOC_VOID ? "void" : row->total < 0 ? "a credit note" : NULL;
  if (is == NULL) return BH_OK;
  return bh_fail(err, BH_E_USAGE, "%s: %.*s is %s: expected an approved invoice, or the client (`billhook payment add %.*s …` keeps it as customer credit)", h->what,
                 BH_STR_ARG(h->invoice_id), is, BH_STR_ARG(h->client_id));
}

/* To the invoice that was named, or to the client's open ones, the one due first first; what is over becomes customer credit. */
static bh_status add(bh_entry *h, bh_error *err) {
  bh_doc_row *open = &h->invoice;
  size_t open_n = 1, n = 0;
  bh_status st = h->invoice.doc ? check_invoice(h, err) : bh_store_docs_open(h->b->store, &open, &open_n, &h->a, h->client, h->currency, err);
  bh_money_row event = bh_entry_event(h, BH_MONEY_PAYMENT);
  if (st == BH_OK) st = check_twice(h, &event, err);
  if (st != BH_OK) return st;
  bh_settling *items = BH_NEWN(&h->a, bh_settling, open_n + 1);
  int64_t left = h->amount;
  for (size_t i = 0; i < open_n && left > 0; i++) {
    int64_t balance = open[i].total - open[i].paid, part = balance < left ? balance : left;
    if (part <= 0) continue;
    items[n++] = (bh_settling){&open[i], part};
    left -= part;
  }
  st = bh_ledger_enter(&h->ledger, &event, h->amount, 0, items, n, &h->a, err);
  bh_entry_answer(h, "payment");
  bh_jw_key(&h->w, "method"); bh_jw_str(&h->w, h->method);
  bh_jw_key(&h->w, "reference"); bh_jw_str(&h->w, h->reference);
  return st == BH_OK ? bh_entry_answer_end(h, items, n, err) : st;
}

int billhook_payment_add(billhook *b, const billhook_payment_options *o, const billhook_out *out) {
  bh_error err = {0};
  bh_entry h;
  bh_status st = bh_entry_begin(&h, b, "payment add", o, &err);
  if (st == BH_OK) st = add(&h, &err);
  return bh_entry_end(&h, st, &err, out);
}

/* What was paid in money on the invoice, refunds taken off. */
static bh_status money_on(bh_entry *h, int64_t *out, bh_error *err) {
  bh_settled *rows;
  size_t n;
  *out = 0;
  bh_status st = bh_store_settled_of(h->b->store, &rows, &n, &h->a, h->invoice.doc, err);
  for (size_t i = 0; i < n && st == BH_OK; i++)
    if (rows[i].kind == BH_MONEY_PAYMENT || rows[i].kind == BH_MONEY_REFUND) bh_require(bh_money_add(out, rows[i].amount));
  if (h->invoice.state == BH_DOC_VOID) *out = 0; /* it became customer credit */
  return st;
}

/* Out of customer credit (an invoice's: what came from it), then out of what was paid on the invoice, which is open again by that. */
static bh_status refund(bh_entry *h, bh_error *err) {
  bool of_invoice = h->invoice.doc != 0;
  int64_t drawn = 0, paid = 0;
  bh_money_row event = bh_entry_event(h, BH_MONEY_REFUND);
  bh_status st = check_twice(h, &event, err);
  if (st == BH_OK) st = bh_ledger_draw(&h->ledger, &drawn, h->client, h->currency, h->invoice.doc, of_invoice, h->amount, err);
  if (st == BH_OK && of_invoice && drawn < h->amount) st = money_on(h, &paid, err);
  if (st != BH_OK) return st;
  int64_t back = h->amount - drawn;
  if (back > paid) {
    char most[32];
    bh_money_format(most, drawn + paid, h->decimals);
    return bh_fail(err, BH_E_USAGE, "%s: %.*s has %s %.*s that can be paid back", h->what, BH_STR_ARG(of_invoice ? h->invoice_id : h->client_id), most, BH_STR_ARG(h->currency));
  }
  bh_settling item = {&h->invoice, -back};
  size_t n = back > 0;
  st = bh_ledger_enter(&h->ledger, &event, -h->amount, 0, &item, n, &h->a, err);
  bh_entry_answer(h, "refund");
  bh_jw_key(&h->w, "method"); bh_jw_str(&h->w, h->method);
  bh_jw_key(&h->w, "reference"); bh_jw_str(&h->w, h->reference);
  return st == BH_OK ? bh_entry_answer_end(h, &item, n, err) : st;
}

int billhook_payment_refund(billhook *b, const billhook_payment_options *o, const billhook_out *out) {
  bh_error err = {0};
  bh_entry h;
  bh_status st = bh_entry_begin(&h, b, "payment refund", o, &err);
  if (st == BH_OK) st = refund(&h, &err);
  return bh_entry_end(&h, st, &err, out);
}
