/* JSON lines: what show prints, and what sinks get. */
#include "report/export.h"

bh_status bh_export_json_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  (void)client;
  bh_status st = bh_doc_shown(&x->text, &x->arena, row, body, bh_batch_name(&x->batches, row->batch), err);
  if (st == BH_OK) bh_out_line(x->out, &x->text);
  return st;
}

bh_status bh_export_tree(bh_node **out, bh_export *x, const bh_doc_row *row, const bh_doc_body *body, bh_error *err) {
  bh_buf shown;
  bh_buf_init(&shown, BH_REPORT_LINE_MAX);
  bh_status st = bh_doc_shown(&shown, &x->arena, row, body, bh_batch_name(&x->batches, row->batch), err);
  if (st == BH_OK) st = bh_json_parse(out, &x->arena, bh_buf_str(&shown), NULL, err);
  bh_buf_dispose(&shown);
  return st;
}
