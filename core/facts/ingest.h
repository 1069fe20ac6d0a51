/* Bringing facts in: staged until the connector has said it is done, then compared with what is there, and only what
 * changed is written, in the caller's transaction. A failed pull changes nothing. */
#ifndef BH_INGEST_H
#define BH_INGEST_H
#include "facts/facts.h"

typedef struct bh_ingest bh_ingest;

/* How the rows of one kind are to be read. */
typedef enum bh_scope_mode {
  BH_SCOPE_INTERVALS, /* assets with from/to of their own (to: BH_DAY_MAX still there): a thing not sent is gone from the pull's day;
                         an edited from or to restates history */
  BH_SCOPE_PRESENT,   /* a complete list of what is there on the pull's day: new ones start that day, absent ones end the day before */
  BH_SCOPE_DATED,     /* full lists per date: each row carries its date; days between two lists carry the earlier one forward */
  BH_SCOPE_CHANGES    /* only what is sent is touched */
} bh_scope_mode;

typedef struct bh_in_asset {
  bh_str client, kind, klass, id, name;
  bh_day from, to;             /* INTERVALS: as said; DATED: from = the list's date; PRESENT: ignored */
  bh_day last_seen;            /* BH_DAY_MIN where the platform does not say */
  bh_str attrs;                /* canonical JSON object, "{}" where none */
} bh_in_asset;
typedef struct bh_in_gauge { bh_str client, metric; bh_day day; bh_dec value; } bh_in_gauge;
typedef struct bh_in_usage { bh_str client, metric, id, description; bh_day day; bh_dec quantity; bh_str attrs; } bh_in_usage;
typedef struct bh_in_charge { bh_str client, id, product, description, po, contract; bh_day day; bh_dec quantity; bool has_price; bh_dec price; bool has_cost; bh_dec cost; } bh_in_charge;

typedef struct bh_in_product { bh_str id, name; bool has_price; bh_dec price; bool has_cost; bh_dec cost; } bh_in_product;
typedef struct bh_in_cost { bh_str client, id, product, description, currency; bh_day from, until; bh_dec quantity, amount; } bh_in_cost; /* [from, until) */

typedef struct bh_ingest_result {
  int64_t pull;                          /* its number */
  int64_t assets, gauges, usage, charges, products, costs;/* rows that came */
  int64_t changed, gone;                 /* things that are new or different; things no longer there */
  bh_str *unmapped; size_t unmapped_count; /* platform clients that no client of ours claims (filled by the caller's `claimed`) */
} bh_ingest_result;

/* Staging for one connector; day: the pull's civil date. tmp_dir for spilling (NULL: /tmp). Several may be open at once. What is staged is limited to
 * 8 GiB, and the temporary folder keeps 256 MiB free: beyond either, rows are refused with BH_E_OVERFLOW and BH_E_STORE. $BILLHOOK_STAGED_MIB (1 to 8192)
 * and $BILLHOOK_FREE_MIB (from 256 on) make that stricter, for tests. */
bh_status bh_ingest_new(bh_ingest **out, bh_str connector, bh_day day, const char *tmp_dir, bh_error *err);
uint64_t bh_staged_bytes_max(void);
void bh_ingest_free(bh_ingest *in);
/* Each checks what it is given (negative quantities, reversed dates, ids twice with different content in one list) and fails with a
 * message for the connector's author. */
bh_status bh_ingest_client(bh_ingest *in, bh_str client, bh_str name, bh_str domain, bh_error *err); /* the platform knows this client, even with nothing in it */
bh_status bh_ingest_asset(bh_ingest *in, bh_scope_mode mode, const bh_in_asset *x, bh_error *err);
bh_status bh_ingest_gauge(bh_ingest *in, const bh_in_gauge *x, bh_error *err);
bh_status bh_ingest_usage(bh_ingest *in, const bh_in_usage *x, bh_error *err);
bh_status bh_ingest_charge(bh_ingest *in, const bh_in_charge *x, bh_error *err);
/* Of the platform, not of a client: a vendor's invoice line may name a client that the platform does not know any more. */
bh_status bh_ingest_product(bh_ingest *in, const bh_in_product *x, bh_error *err);
bh_status bh_ingest_cost(bh_ingest *in, const bh_in_cost *x, bh_error *err);
/* Where the connector stands when this pull is committed; `made_with`: a hash of what decides whether the next one may go on from there. */
void bh_ingest_cursor(bh_ingest *in, bh_str cursor, const bh_sha *made_with);
/* Completeness: kind ("device", "user", a metric, or "*"), client ("*" for all). */
bh_status bh_ingest_scope(bh_ingest *in, bh_str kind, bh_str client, bool complete, bh_error *err);
bh_status bh_ingest_client_failed(bh_ingest *in, bh_str client, bh_str why, bh_error *err);
/* Merges all that was staged into the store, inside the caller's write transaction. */
bh_status bh_ingest_commit(bh_ingest_result *out, bh_ingest *in, bh_store *store, bh_arena *a, bh_error *err);
/* Records that a pull failed (nothing else changes): "a connector that has never succeeded" is then known. */
bh_status bh_ingest_failed(bh_store *store, bh_str connector, bh_day day, bh_str why, bh_error *err);
#endif
