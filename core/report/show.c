/* One document, as a program or a sink gets it. */
#include "report/report.h"

int billhook_show(billhook *b, const char *invoice, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  bh_arena a;
  bh_buf text;
  bh_arena_init(&a);
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  bh_status st = bh_report_open(&present, b, &err);
  if (st == BH_OK && !present) st = bh_fail(&err, BH_E_NOTFOUND, "there is no invoice \"%s\": nothing has been billed in this workspace yet", invoice);
  bh_doc_row row;
  bh_str client;
  bh_doc_body body;
  bh_batch_row batch = {0};
  bh_by_hand by_hand = {0};
  if (st == BH_OK) st = bh_store_begin_read(b->store, &err);
  bool reading = st == BH_OK && present;
  if (st == BH_OK) st = bh_doc_find(&row, &client, &a, b->store, bh_str_c(invoice), &err);
  if (st == BH_OK) st = bh_store_doc_body(b->store, &body, &a, row.doc, &err);
  if (st == BH_OK && row.batch != 0) st = bh_store_batch_get(b->store, &batch, &a, row.batch, &err);
  if (st == BH_OK) st = bh_by_hand_load(&by_hand, b->store, &a, b->today, &err);
  if (st == BH_OK) bh_by_hand_lay(&by_hand, &a, &row, client);
  if (st == BH_OK) st = bh_doc_shown(&text, &a, &row, &body, batch.num ? bh_batch_format(&a, &batch) : (bh_str){"", 0}, &err);
  if (reading) bh_store_rollback(b->store);
  if (st == BH_OK) bh_out_line(out, &text);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}
