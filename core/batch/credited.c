#include "batch/credited.h"

typedef struct credited { int64_t sum; bh_str invoice, by; bh_arena *keep; bh_arena a; } credited;

static bh_str text_of(const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v && v->kind == BH_NODE_STR ? v->text : (bh_str){ "", 0 };
}

static bh_status on_document(void *ctx, const bh_doc_row *row, bh_str client_id, const bh_doc_body *body, bh_error *err)
{
  credited *x = ctx;
  bh_node *json;
  if (!row->by_hand || row->state == BH_DOC_VOID)
    return BH_OK;
  bh_arena_reset(&x->a);
  bh_status st = bh_json_parse(&json, &x->a, body->json, NULL, err);
  const bh_node *lines = st == BH_OK ? bh_node_get(json, "lines") : NULL;
  bh_str prefix = bh_arena_fmt(&x->a, "%.*s:", BH_STR_ARG(x->invoice));
  for (size_t i = 0; lines != NULL && i < lines->item_count; i++) {
    bh_dec d;
    int64_t amount = 0;
    if (!bh_str_starts(text_of(lines->items[i], "corrects"), prefix))
      continue;
    if (!bh_dec_parse(&d, text_of(lines->items[i], "amount"), 9) || !bh_money_of_dec(&amount, d, row->decimals, BH_HALF_UP) || !bh_money_add(&x->sum, amount))
      return bh_fail(err, BH_E_STORE, "a credit of %.*s cannot be read back", BH_STR_ARG(x->invoice));
    x->by = bh_doc_id(x->keep, client_id, row->ord);
  }
  return st;
}

bh_status bh_credited(int64_t *sum, bh_str *by, bh_arena *a, bh_store *s, int32_t client, bh_str invoice, bh_error *err)
{
  credited x = { .invoice = invoice, .by = { "", 0 }, .keep = a };
  bh_arena_init(&x.a);
  bh_doc_filter f = { .client = client, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX };
  bh_status st = bh_store_docs_each(s, &f, true, on_document, &x, err);
  bh_arena_dispose(&x.a);
  *sum = x.sum;
  *by = x.by;
  return st;
}
