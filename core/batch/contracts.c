/* Contracts as they come from a connector, gathered until its pull is done. */
#include "batch/contracts.h"
#include <stdlib.h>

void bh_contracts_init(bh_contracts *c)
{
  *c = (bh_contracts){ 0 };
  bh_arena_init(&c->arena);
}

void bh_contracts_dispose(bh_contracts *c) { bh_arena_dispose(&c->arena); }

bh_status bh_contracts_add(bh_contracts *c, bh_str client, bh_str id, bh_str json, bh_error *err)
{
  if (c->count == c->cap) {
    size_t cap = c->cap ? c->cap * 2 : 256;
    bh_contract_in *grown = BH_NEWN(&c->arena, bh_contract_in, cap);
    if (c->count)
      memcpy(grown, c->items, c->count * sizeof *grown);
    c->items = grown;
    c->cap = cap;
  }
  bh_contract_in *x = &c->items[c->count];
  *x = (bh_contract_in){ .client = bh_arena_str(&c->arena, client), .id = bh_arena_str(&c->arena, id) };
  bh_status st = bh_json_parse(&x->json, &c->arena, json, NULL, err);
  if (st == BH_OK && (x->json->kind != BH_NODE_TABLE || x->json->is_array))
    st = bh_fail(err, BH_E_INVALID, "expected a JSON object");
  if (st != BH_OK) {
    bh_fail_prefix(err, "contract \"%.*s\"", BH_STR_ARG(id));
    return err != NULL ? (err->code = BH_E_INVALID) : BH_E_INVALID;
  }
  bh_buf text;
  bh_buf_init(&text, 16u << 20);
  bh_json_write(&text, x->json);
  x->text = bh_arena_str(&c->arena, bh_buf_str(&text));
  bool failed = text.failed;
  bh_buf_dispose(&text);
  if (failed)
    return bh_fail(err, BH_E_INVALID, "contract \"%.*s\": nested too deep", BH_STR_ARG(id));
  c->count++;
  return BH_OK;
}

static void not_all(bh_contracts *c, bh_str client)
{
  if (c->unread_count == c->unread_cap) {
    size_t cap = c->unread_cap ? c->unread_cap * 2 : 16;
    bh_str *grown = BH_NEWN(&c->arena, bh_str, cap);
    if (c->unread_count)
      memcpy(grown, c->unread, c->unread_count * sizeof *grown);
    c->unread = grown;
    c->unread_cap = cap;
  }
  c->unread[c->unread_count++] = bh_arena_str(&c->arena, client);
}

void bh_contracts_scope(bh_contracts *c, bh_str kind, bh_str client, bool complete)
{
  bool named = bh_str_eqz(kind, "contract"), all = bh_str_eqz(client, "*");
  if (!named && !bh_str_eqz(kind, "*"))
    return;
  if (complete)
    c->complete = c->complete || (named && all);
  else if (all)
    c->partial = true;
  else
    not_all(c, client);
}

void bh_contracts_failed(bh_contracts *c, bh_str client) { not_all(c, client); }

static int by_ref(const void *x, const void *y)
{
  const bh_contract_in *a = x, *b = y;
  int k = bh_str_cmp(a->id, b->id);
  return k != 0 ? k : bh_str_cmp(a->client, b->client);
}

bh_status bh_contracts_check(bh_contracts *c, billhook *b, bh_str connector, bh_error *err)
{
  bh_contract_old *old;
  size_t n, kept = 0;
  if (c->count > 1)
    qsort(c->items, c->count, sizeof *c->items, by_ref);
  for (size_t i = 0; i < c->count; i++) {
    const bh_contract_in *x = &c->items[i], *last = kept > 0 ? &c->items[kept - 1] : NULL;
    if (last != NULL && bh_str_eq(last->id, x->id)) {
      if (!bh_str_eq(last->client, x->client) || !bh_str_eq(last->text, x->text))
        return bh_fail(err, BH_E_INVALID, "connector \"%.*s\": contract \"%.*s\" stands twice, with different content", BH_STR_ARG(connector), BH_STR_ARG(x->id));
      continue;
    }
    c->items[kept++] = *x;
  }
  c->count = kept;
  return bh_contracts_old(&old, &n, &c->arena, b, connector, err);
}
