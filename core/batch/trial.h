/* A trial: one contract's billing of one date over facts that somebody makes up, through the run's own stages (plan, gather, rate in a worker,
 * draft), over a scratch store. What `billhook test` calls a bill. */
#ifndef BH_TRIAL_H
#define BH_TRIAL_H
#include "batch/engine.h"

typedef struct bh_trial bh_trial;
typedef struct bh_trial_doc { bh_str json, evidence; } bh_trial_doc; /* json: as `show --json` has it */
typedef struct bh_trial_bill {
  bh_trial_doc *docs; size_t doc_count;  /* none: nothing was worth a document */
  bh_str client, currency; int32_t decimals;
  bh_str hold;                           /* of a bill without a document: {"message","reason"} as JSON; empty: not held */
} bh_trial_bill;

/* Loads the handle's workspace and reads all clients; mistakes are BH_E_WORKSPACE and left in b->mistakes. One trial serves any number of bills, one
 * worker rates them. Keeps the text of all clients in memory. */
bh_status bh_trial_new(bh_trial **out, billhook *b, bh_error *err);
void bh_trial_free(bh_trial *t);
/* `facts` (may be NULL) is a table with devices, users, assets, gauges, usage and charges (trial_facts.h); what it does not name is zero and fresh.
 * History is empty. BH_E_INVALID says what is wrong with what was asked. Results live in `a`. */
bh_status bh_trial_run(bh_trial_bill *out, bh_trial *t, bh_arena *a, bh_str contract, bh_day date, const bh_node *facts, bh_error *err);
#endif
