/* Assets, gauges and usage as intervals in two times: the days on which a thing was there, and the pull that told us.
 * Reading: everything of one client is loaded once, then any selector, any day, any pull is answered from memory.
 * Writing: ingest.h. */
#ifndef BH_FACTS_H
#define BH_FACTS_H
#include "billing/rating.h"
#include "store/store.h"

#define BH_PULL_NOW INT64_MAX /* "as known today" */

typedef struct bh_client_facts bh_client_facts;

/* Loads all that the store knows of a client (through its ids, one per connector) for days [from, until), superseded versions
 * included. `identities` merges one thing seen by several connectors. Lives in the arena. Its rows are read at the first question, in the store's
 * transaction of then; it is good until the store begins another transaction, pulls or closes. */
bh_status bh_facts_load(bh_client_facts **out, bh_store *store, bh_arena *a, const bh_client_terms *client,
                        const struct bh_identity *identities, size_t identity_count, bh_day from, bh_day until, bh_error *err);

/* The same facts with the exceptions of another state of the client, and other identities: for what was counted then. It shares the rows of `f`, and lives
 * as long as it and `client`. */
bh_client_facts *bh_facts_with(const bh_client_facts *f, bh_arena *a, const bh_client_terms *client, const struct bh_identity *identities, size_t identity_count);

/* What a count came to. `hold_reason` is empty where it can be billed. */
typedef struct bh_count {
  bh_count_run *runs; size_t run_count;  /* assets, gauges: cover [from, until) without gaps; usage: one run with the sum */
  bh_str connector;                      /* who answered */
  bh_str hold_reason, hold_message;      /* stale-facts, no-facts, unmapped-client, unknown-client, connector-failed */
  size_t left_out;
} bh_count;

/* Counts by day in [from, until), as known at `pull`, with nothing dated after `as_of` (the run's date). Staleness is
 * measured on the days in [read_from, read_until) that the caller will really read, or as_of if earlier. Two connectors
 * that answer without `from` or an identity rule: BH_E_INVALID naming both. */
bh_status bh_facts_count(bh_count *out, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                         bh_day read_from, bh_day read_until, int64_t pull, bh_day as_of, int32_t stale_days, bh_error *err);

/* Usage of a charged period: records first known after `pull` join in; known ones keep the quantity of then, unless `restate`. */
bh_status bh_facts_usage(bh_ratio *out, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                         int64_t pull, bool restate, bh_day as_of, bh_error *err);

/* The same records day by day, in order: one run for each day that has any. `restate` for a period that was never charged. */
bh_status bh_facts_usage_days(bh_count_run **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                              int64_t pull, bool restate, bh_day as_of, bh_error *err);

/* The list behind a count, for evidence and rules. */
typedef struct bh_fact_asset { bh_str id, name, klass, connector; bh_day from, to; /* to inclusive, BH_DAY_MAX: still there */
  bh_str attrs; /* JSON object */ bh_str left_out; /* reason, or empty: counted */ } bh_fact_asset;
bh_status bh_facts_list(bh_fact_asset **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from,
                        bh_day until, int64_t pull, bh_error *err);
typedef struct bh_fact_usage { bh_str id, connector, description; bh_day day; bh_ratio quantity; bh_str attrs; } bh_fact_usage;
bh_status bh_facts_usage_list(bh_fact_usage **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from,
                              bh_day until, int64_t pull, bh_error *err);
/* One-off charges of the client dated in [from, until), as known at `pull`; every connector's. Read from the store at each call. */
typedef struct bh_fact_charge { bh_str id, connector, product, description, po, contract; bh_day day; bh_dec quantity; bool has_price; bh_dec price;
  bool has_cost; bh_dec cost; } bh_fact_charge;
bh_status bh_facts_charges(bh_fact_charge **out, size_t *n, bh_client_facts *f, bh_arena *a, bh_day from, bh_day until, int64_t pull, bh_error *err);
/* Gauge levels in [from, until) as runs with the day each was observed. */
typedef struct bh_fact_level { bh_day from, until, observed; bh_ratio value; bh_str connector; } bh_fact_level;
bh_status bh_facts_levels(bh_fact_level **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from,
                          bh_day until, int64_t pull, bh_error *err);
#endif
