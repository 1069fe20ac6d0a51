#include "batch/batch_hash.h"

static bh_status add(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err)
{
  bh_sha *sum = ctx;
  char head[64];
  (void)err;
  int n = snprintf(head, sizeof head, "-%ld:%zu:%zu:", (long)row->ord, body->json.len, row->hold.len);
  bh_str parts[] = { { (const char *)sum->b, sizeof sum->b }, client, { head, (size_t)n }, body->json, row->hold };
  *sum = bh_sha256(parts, sizeof parts / sizeof parts[0]);
  return BH_OK;
}

bh_status bh_batch_hash(bh_sha *out, bh_store *s, int32_t batch_num, bh_error *err)
{
  bh_doc_filter f = { .batch = batch_num, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX };
  *out = (bh_sha){ { 0 } };
  return bh_store_docs_each(s, &f, true, add, out, err);
}
