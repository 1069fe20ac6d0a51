#include "batch/batch_hash.h"

typedef struct hashing { bh_sha sum; const bh_by_hand *by_hand; bh_arena a; } hashing;

static bh_status add(void *ctx, const bh_doc_row *stored, bh_str client, const bh_doc_body *body, bh_error *err)
{
  hashing *h = ctx;
  bh_doc_row row = *stored;
  char head[64];
  (void)err;
  bh_arena_reset(&h->a);
  bh_by_hand_lay(h->by_hand, &h->a, &row, client);
  int n = snprintf(head, sizeof head, "-%ld:%zu:%zu:", (long)row.ord, body->json.len, row.hold.len);
  bh_str parts[] = { { (const char *)h->sum.b, sizeof h->sum.b }, client, { head, (size_t)n }, body->json, row.hold };
  h->sum = bh_sha256(parts, sizeof parts / sizeof parts[0]);
  return BH_OK;
}

bh_status bh_batch_hash(bh_sha *out, bh_store *s, int32_t batch_num, const bh_by_hand *by_hand, bh_error *err)
{
  bh_doc_filter f = { .batch = batch_num, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX };
  hashing h = { .by_hand = by_hand };
  bh_arena_init(&h.a);
  bh_status st = bh_store_docs_each(s, &f, true, add, &h, err);
  bh_arena_dispose(&h.a);
  *out = h.sum;
  return st;
}
