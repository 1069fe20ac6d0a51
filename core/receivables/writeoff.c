/* Writing off what a client will not pay. */
#include "receivables/entry.h"

static bh_status write_off(bh_entry *h, const char *reason, bh_error *err) {
  bh_doc_row *row = &h->invoice;
  if (row->doc == 0) return bh_fail(err, BH_E_USAGE, "writeoff: \"%.*s\" is a client: expected an invoice", BH_STR_ARG(h->client_id));
  int64_t open = row->state == BH_DOC_DRAFT || row->state == BH_DOC_VOID || row->total < 0 ? 0 : row->total - row->paid;
  if (h->amount > open) {
    char most[32];
    bh_money_format(most, open, h->decimals);
    return bh_fail(err, BH_E_USAGE, "writeoff: %.*s has an open balance of %s %.*s: no more than that can be written off", BH_STR_ARG(h->invoice_id), most,
                   BH_STR_ARG(h->currency));
  }
  bh_money_row event = bh_entry_event(h, BH_MONEY_WRITE_OFF);
  event.method = (bh_str){"", 0};
  event.reason = bh_str_c(reason);
  bh_settling item = {row, h->amount};
  bh_status st = bh_ledger_enter(&h->ledger, &event, 0, h->amount, &item, 1, &h->a, err);
  bh_event e = {.at_s = h->ledger.now_s, .who = h->ledger.who, .what = BH_S("written off"), .reason = event.reason, .doc = row->doc, .client = row->client};
  if (st == BH_OK) st = bh_store_event_add(h->b->store, &e, err);
  bh_entry_answer(h, "writeoff");
  bh_jw_key(&h->w, "reason"); bh_jw_z(&h->w, reason);
  return st == BH_OK ? bh_entry_answer_end(h, &item, 1, err) : st;
}

int billhook_writeoff(billhook *b, const char *invoice, const char *amount, const char *reason, const char *date, const billhook_out *out) {
  bh_error err = {0};
  bh_entry h;
  billhook_payment_options o = {.struct_size = sizeof o, .target = invoice, .amount = amount, .date = date};
  bh_status st = bh_entry_begin(&h, b, "writeoff", &o, &err);
  if (st == BH_OK && (reason == NULL || *reason == 0 || !bh_utf8_ok(bh_str_c(reason)))) st = bh_fail(&err, BH_E_USAGE, "writeoff needs --reason, which is recorded");
  if (st == BH_OK) st = write_off(&h, reason, &err);
  return bh_entry_end(&h, st, &err, out);
}
