/* Draft: what is due for a client becomes documents in the store, one per currency and split key. A draft whose content is unchanged keeps its
 * id, date and batch; one on which nothing is owed any more disappears. */
#ifndef BH_DRAFT_H
#define BH_DRAFT_H
#include "batch/by_hand.h"
#include "batch/difference.h"
#include "batch/engine.h"

/* What a run counts, for its report. */
typedef struct bh_held { bh_str client, invoice, reason, message; } bh_held; /* invoice empty: none could be drafted */
typedef struct bh_total { bh_str currency; int32_t decimals; int64_t amount; } bh_total;
typedef struct bh_run_stats {
  bh_arena arena;
  int64_t drafted, unchanged;
  bh_held *held; size_t held_count, held_cap;
  bh_held *failed; size_t failed_count, failed_cap;  /* client and message */
  bh_total *totals; size_t total_count;
} bh_run_stats;
void bh_stats_held(bh_run_stats *s, bh_str client, bh_str invoice, bh_str reason, bh_str message);
void bh_stats_failed(bh_run_stats *s, bh_str client, bh_str message);

typedef struct bh_drafting {
  bh_store *store;
  const bh_workspace *ws;
  bh_plugin_specs specs;
  bh_day date;
  int64_t pull_last;
  int32_t batch;
  bh_run_stats *stats;
  bh_by_hand by_hand;
  bh_arena contents_arena;     /* content numbers by hash, small and bounded */
  bh_map contents;
  bh_buf json, evidence;       /* of the document at hand */
  int64_t *automatic; size_t automatic_count, automatic_cap; /* drafts that nothing holds of clients with approval = "auto" */
} bh_drafting;
bh_status bh_drafting_init(bh_drafting *d);
void bh_drafting_dispose(bh_drafting *d);
/* The number of a content, remembered. */
bh_status bh_drafting_content(bh_drafting *d, int32_t *out, const bh_sha *hash, bh_str kind, bh_str text, bh_error *err);

typedef struct bh_draft_input {
  const bh_client_terms *client;
  bh_client_row *row;          /* doc_ord and open_draft are kept up to date */
  const bh_due *due;
  const bh_holds *holds;
  bh_settle settle;
} bh_draft_input;
bh_status bh_draft_client(bh_drafting *d, const bh_draft_input *in, bh_arena *a, bh_error *err);
/* {"message","reason"}… as a JSON array; empty string where none. */
bh_str bh_holds_json(bh_arena *a, const bh_holds *h);
#endif
