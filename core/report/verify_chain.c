/* The chain of frozen documents: each hash over the one before and the bytes that were frozen. */
#include "report/verify.h"

typedef struct link { int64_t place, doc; bh_sha hash; } link_row;
typedef struct links { bh_arena *a; link_row *items; size_t n, cap; } links;

static bh_status add(void *ctx, int64_t place, int64_t doc, const bh_sha *hash, bh_error *err) {
  links *l = ctx;
  (void)err;
  if (l->n == l->cap) {
    size_t cap = l->cap ? l->cap * 2 : 1024;
    link_row *bigger = BH_NEWN(l->a, link_row, cap);
    if (l->n) memcpy(bigger, l->items, l->n * sizeof *bigger);
    l->items = bigger;
    l->cap = cap;
  }
  l->items[l->n++] = (link_row){place, doc, *hash};
  return BH_OK;
}

/* What the link's hash must be. False: the document cannot be read, which is told. */
static bool recompute(bh_verify *v, bh_sha *out, const bh_sha *previous, const link_row *l) {
  bh_doc_row row;
  bh_doc_body body;
  bh_error err = {0};
  bh_buf frozen;
  bh_buf_init(&frozen, BH_REPORT_LINE_MAX);
  bool ok = bh_store_doc_get(v->store, &row, &v->scratch, l->doc, &err) == BH_OK &&
            bh_store_doc_body(v->store, &body, &v->scratch, l->doc, &err) == BH_OK &&
            bh_doc_frozen(&frozen, &row, &body, &err) == BH_OK;
  if (ok) {
    bh_str parts[] = {{(const char *)previous->b, sizeof previous->b}, bh_buf_str(&frozen)};
    *out = bh_sha256(parts, 2);
  } else bh_verify_problem(v, BH_VERIFY_CHAIN, "place %lld of the chain: %s", (long long)l->place, err.message);
  bh_buf_dispose(&frozen);
  return ok;
}

bh_status bh_verify_chain(bh_verify *v, bh_error *err) {
  links l = {.a = &v->arena};
  bh_sha previous = {0};
  size_t in_chain = 0;
  bh_status st = bh_store_chain_each(v->store, add, &l, err);
  if (st != BH_OK) return st;
  for (size_t i = 0; i < l.n; i++) {
    const link_row *x = &l.items[i];
    bh_arena_reset(&v->scratch);
    const bh_verify_doc *d = bh_verify_find(v, x->doc);
    bh_sha sum;
    if (x->place != (int64_t)i + 1)
      bh_verify_problem(v, BH_VERIFY_CHAIN, "the chain has place %lld where place %zu was expected", (long long)x->place, i + 1);
    if (d == NULL) bh_verify_problem(v, BH_VERIFY_CHAIN, "place %lld of the chain is a document that is not there", (long long)x->place);
    else if (d->chain != x->place)
      bh_verify_problem(v, BH_VERIFY_CHAIN, "%s says it stands at place %lld of the chain and stands at %lld", bh_verify_name(v, x->doc), (long long)d->chain, (long long)x->place);
    if (d != NULL && recompute(v, &sum, &previous, x) && memcmp(sum.b, x->hash.b, sizeof sum.b) != 0)
      bh_verify_problem(v, BH_VERIFY_CHAIN, "%s is not what was frozen: its hash at place %lld of the chain does not come out", bh_verify_name(v, x->doc), (long long)x->place);
    previous = x->hash; /* one altered document is one problem, not one for each that follows */
  }
  v->has_chain = l.n > 0;
  v->head = previous;
  for (size_t i = 0; i < v->doc_count; i++) in_chain += v->docs[i].chain != 0;
  if (in_chain != l.n) bh_verify_problem(v, BH_VERIFY_CHAIN, "%zu documents say that they are in the chain, which has %zu", in_chain, l.n);
  return BH_OK;
}
