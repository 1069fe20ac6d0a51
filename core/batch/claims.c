/* What the clients of the workspace claim of platforms: names as hashes, so that memory does not grow with what they are called. */
#include "batch/pull.h"
#include <stdlib.h>

static uint64_t claim_hash(bh_str connector, bh_str ref)
{
  uint64_t h = bh_hash64(connector);
  return (h ^ (h >> 29)) * 0x9E3779B97F4A7C15u + bh_hash64(ref);
}

void bh_claims_add(bh_claims *c, bh_str connector, bh_str ref)
{
  if (c->count == c->cap) {
    size_t cap = c->cap ? c->cap * 2 : 1024;
    uint64_t *more = realloc(c->items, cap * sizeof *more);
    bh_require(more != NULL);
    c->items = more;
    c->cap = cap;
  }
  c->items[c->count++] = claim_hash(connector, ref);
}

static int by_value(const void *x, const void *y)
{
  uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  return a < b ? -1 : a > b;
}

void bh_claims_sort(bh_claims *c)
{
  if (c->count > 1)
    qsort(c->items, c->count, sizeof *c->items, by_value);
}

bool bh_claims_have(const bh_claims *c, bh_str connector, bh_str ref)
{
  uint64_t h = claim_hash(connector, ref);
  return c->count > 0 && bsearch(&h, c->items, c->count, sizeof h, by_value) != NULL;
}

void bh_claims_dispose(bh_claims *c) { free(c->items); }

bh_status bh_claims_read(bh_claims *out, billhook *b, bh_error *err)
{
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_client_terms *terms = NULL;
    bh_arena_reset(&a);
    st = bh_clients_resolve(it, &terms, &a, &b->mistakes, err);
    for (size_t i = 0; st == BH_OK && terms != NULL && i < terms->id_count; i++)
      bh_claims_add(out, terms->ids[i].connector, terms->ids[i].ref);
  }
  bh_clients_close(it);
  bh_arena_dispose(&a);
  bh_claims_sort(out);
  return st;
}
