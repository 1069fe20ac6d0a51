/* One client on its way through a run: terms → plans → gathered billings → rated → due → documents. */
#ifndef BH_RUN_CLIENT_H
#define BH_RUN_CLIENT_H
#include "batch/draft.h"

typedef struct bh_run_client {
  const bh_client_terms *terms;
  bh_client_row row;
  bh_sha raw_hash;
  bh_contract_plan *plans; size_t plan_count;
  bh_gathered *gathered; size_t gathered_count;  /* in the order of plans and their billings */
  bh_client_facts *facts;
  bh_holds holds;
  size_t unit;                 /* how many clients from this one on are billed together; 0: it is billed alone, or the first says */
  bool incomplete;             /* something could not be looked at: nothing is settled but by a later run */
} bh_run_client;

/* Only billings with an issue date in [from, to] are looked at: for tests and what-if, over a store without documents. */
typedef struct bh_issue_window { bool on; bh_day from, to; } bh_issue_window;

typedef struct bh_run_ctx {
  billhook *engine;
  bh_drafting drafting;
  bool no_digest;
  bh_issue_window window;
  bool reopened;               /* people have re-opened keys, at some time */
  bool contracts;              /* the store knew contracts when the run began: one that is new may have been another client's */
} bh_run_ctx;

/* Reads what the store knows of the client, plans its contracts, and gathers what is to be rated. Mistakes that only the store can tell (a
 * charged contract's currency or client was changed) go to the engine's. `fresh` is the row as read. */
bh_status bh_run_prepare(bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, bh_error *err);
/* After rating: differences, holds, documents, what is settled. c[0 .. n) are billed together (one, for nearly all clients); rated[] belongs to
 * c[0].gathered[], c[1].gathered[] … */
bh_status bh_run_finish(bh_run_client *c, size_t n, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err);

/* What one of them owes, and what approving it would settle. */
typedef struct bh_run_due { bh_due due; bh_settle settle; bool client_settled; /* nothing is left to be settled by a document */ } bh_run_due;
bh_status bh_run_due_of(bh_run_due *out, bh_run_client *c, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err);
#endif
