/* What people decided by hand: re-opened keys and holds speak of what is there. */
#include "report/verify.h"

typedef struct hand { bh_verify *v; } hand;

static bh_status on_reopened(void *ctx, const bh_reopened_row *r, bh_error *err) {
  bh_verify *v = ((hand *)ctx)->v;
  bool contract = false, book = true, rule = true;
  bh_status st = bh_store_contract_known(v->store, &contract, r->contract, err);
  if (st == BH_OK && r->settled) st = bh_store_content_known(v->store, &book, r->book, err);
  if (st == BH_OK && r->rule != 0) st = bh_store_content_known(v->store, &rule, r->rule, err);
  if (st != BH_OK) return st;
  if (!contract) bh_verify_problem(v, BH_VERIFY_KEYS, "a key %.*s is re-opened of a contract %d that is not there", BH_STR_ARG(r->key), r->contract);
  if (!book || !rule) bh_verify_problem(v, BH_VERIFY_KEYS, "the re-opened key %.*s keeps a %s that is not there", BH_STR_ARG(r->key), book ? "rule" : "price book");
  if (r->wish < 1 || r->whole_from >= r->whole_until) bh_verify_problem(v, BH_VERIFY_KEYS, "the re-opened key %.*s makes no sense", BH_STR_ARG(r->key));
  return BH_OK;
}

static bh_status check_holds(bh_verify *v, bh_error *err) {
  bh_hold_row *holds;
  size_t n;
  bh_arena_reset(&v->scratch);
  bh_status st = bh_store_holds(v->store, &holds, &n, &v->scratch, err);
  for (size_t i = 0; st == BH_OK && i < n; i++) {
    bh_str client;
    bh_doc_row row;
    bh_status found = bh_store_client_id(v->store, &client, &v->scratch, holds[i].client, NULL);
    if (found == BH_E_NOTFOUND) bh_verify_problem(v, BH_VERIFY_STORE, "a hold by hand is of a client %d that is not there", holds[i].client);
    if (holds[i].doc == 0) continue;
    found = bh_store_doc_get(v->store, &row, &v->scratch, holds[i].doc, NULL);
    if (found == BH_E_NOTFOUND || (found == BH_OK && row.client != holds[i].client))
      bh_verify_problem(v, BH_VERIFY_STORE, "a hold by hand is of a document %lld that %s", (long long)holds[i].doc, found == BH_OK ? "is another client's" : "is not there");
  }
  return st;
}

bh_status bh_verify_hand(bh_verify *v, bh_error *err) {
  hand h = {v};
  bh_status st = bh_store_reopened_each(v->store, on_reopened, &h, err);
  return st == BH_OK ? check_holds(v, err) : st;
}
