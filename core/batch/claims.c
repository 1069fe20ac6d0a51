/* What the clients of the workspace claim of platforms: names as hashes, so that memory does not grow with what they are called. */
#include "batch/each_client.h"
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

static bh_status claim(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err)
{
  for (size_t i = 0; i < terms->id_count; i++)
    bh_claims_add(ctx, terms->ids[i].connector, terms->ids[i].ref);
  return BH_OK;
}

bh_status bh_claims_read(bh_claims *out, billhook *b, bh_error *err)
{
  bh_status st = bh_each_client(b, claim, out, err);
  bh_claims_sort(out);
  return st;
}
