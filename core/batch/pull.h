/* Bringing facts in: every connector of the workspace in a worker of its own, side by side; each that succeeds is written, each that fails changes nothing. */
#ifndef BH_BATCH_PULL_H
#define BH_BATCH_PULL_H
#include "batch/contracts.h"

typedef struct bh_pulled {
  bh_str name; bool ok; bh_str error;
  int64_t assets, gauges, usage, charges, products, costs, changed, gone, took_ms, peak_kib;
  bh_str *unmapped; size_t unmapped_count;
  bool contracts; bh_contracts_done done; /* contracts = true: what became of its contracts */
} bh_pulled;
/* What the files claim: (connector, ref) pairs as hashes. */
typedef struct bh_claims { uint64_t *items; size_t count, cap; } bh_claims;
void bh_claims_add(bh_claims *c, bh_str connector, bh_str ref);
void bh_claims_sort(bh_claims *c);
bool bh_claims_have(const bh_claims *c, bh_str connector, bh_str ref);
void bh_claims_dispose(bh_claims *c);

/* Reads all clients once: validates them and notes what they claim. */
bh_status bh_claims_read(bh_claims *out, billhook *b, bh_error *err);
/* names: only these; n 0: all. whole: everything is asked for again, wherever the last pull stood. Writes inside transactions of its own. */
bh_status bh_pull_all(bh_pulled **out, size_t *out_n, bh_arena *a, billhook *b, const char *const *names, size_t n, bool whole, const bh_claims *claims, bh_error *err);
/* {"name","ok",…} of one connector. */
void bh_pulled_json(bh_jw *w, const bh_pulled *p);
/* The list of contracts that were left out. */
void bh_left_out_json(bh_jw *w, const bh_contracts_done *d);
/* A contract that was left out, for a person: `contract 17: …`. */
bh_str bh_contract_left_words(bh_arena *a, const bh_left_out *x);
#endif
