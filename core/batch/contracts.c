/* Contracts as they come from a connector, gathered until its pull is done. */
#include "batch/contracts.h"
#include "facts/ingest.h"
#include <stdlib.h>

enum { BYTES_MAX = 128 << 20 }; /* of JSON, which takes some ten times as much memory */

void bh_contracts_init(bh_contracts *c)
{
  *c = (bh_contracts){ 0 };
  bh_arena_init(&c->arena);
}

void bh_contracts_dispose(bh_contracts *c) { bh_arena_dispose(&c->arena); }

static bh_status room(bh_contracts *c, size_t bytes, bh_error *err)
{
  uint64_t max = bh_staged_bytes_max() < BYTES_MAX ? bh_staged_bytes_max() : BYTES_MAX;
  c->bytes += bytes;
  return c->bytes <= max ? BH_OK : bh_fail(err, BH_E_OVERFLOW, "more came than the %llu MiB of contracts that one pull may bring: %zu contracts",
                                           (unsigned long long)(max >> 20), c->count);
}

bh_status bh_contracts_add(bh_contracts *c, bh_str client, bh_str id, bh_str json, bh_error *err)
{
  bh_status st = room(c, client.len + id.len + json.len, err);
  if (st != BH_OK)
    return st;
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
  st = bh_json_parse(&x->json, &c->arena, json, NULL, err);
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

static bh_status not_all(bh_contracts *c, bh_str client, bh_error *err)
{
  bh_status st = room(c, sizeof client + client.len, err);
  if (st != BH_OK)
    return st;
  if (c->unread_count == c->unread_cap) {
    size_t cap = c->unread_cap ? c->unread_cap * 2 : 16;
    bh_str *grown = BH_NEWN(&c->arena, bh_str, cap);
    if (c->unread_count)
      memcpy(grown, c->unread, c->unread_count * sizeof *grown);
    c->unread = grown;
    c->unread_cap = cap;
  }
  c->unread[c->unread_count++] = bh_arena_str(&c->arena, client);
  return BH_OK;
}

bh_status bh_contracts_scope(bh_contracts *c, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  bool named = bh_str_eqz(kind, "contract"), all = bh_str_eqz(client, "*");
  if (!named && !bh_str_eqz(kind, "*"))
    return BH_OK;
  if (complete)
    c->complete = c->complete || (named && all);
  else if (all)
    c->partial = true;
  else
    return not_all(c, client, err);
  return BH_OK;
}

bh_status bh_contracts_failed(bh_contracts *c, bh_str client, bh_error *err) { return not_all(c, client, err); }

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
