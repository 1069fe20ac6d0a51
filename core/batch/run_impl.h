/* A run in hand, as run.c, run_groups.c, run_walk.c and run_report.c share it. */
#ifndef BH_RUN_IMPL_H
#define BH_RUN_IMPL_H
#include "batch/approve.h"
#include "batch/pull.h"
#include "batch/rate_pool.h"
#include "batch/run.h"

enum { BH_RUN_GROUP_CLIENTS = 256 };

typedef struct bh_run_group {
  bh_arena arena;
  bh_run_client few[BH_RUN_GROUP_CLIENTS], *clients; /* clients: the few, or in the arena those of a unit that is larger */
  size_t client_count;
  const bh_billing **billings;
  uint32_t *owner;             /* billing → client */
  size_t *place;               /* billing → its place among the client's gathered */
  size_t billing_count;
  bool out;
} bh_run_group;

typedef struct bh_run {
  bh_run_ctx ctx;
  billhook *b;
  const billhook_run_options *options;
  bh_pool *pool;
  bh_run_group *groups; size_t group_count;
  bh_run_group *filling;
  int64_t seen, skipped;
  struct { size_t left, first, count; bool chosen, settled; } unit; /* clients that are billed together, as they come */
  bool *found;                 /* of --client, one each */
  uint8_t *met; size_t met_bytes;   /* bitmap of client numbers that the files still have */
  bh_run_stats stats;
  bh_error *err;
  /* late facts since a pull: asked once a pull number */
  int64_t late_pull; bool late_any, late_known;
  bool charges;                /* connectors have brought one-off charges */
} bh_run;

/* ---- run_groups.c: groups of clients on their way through the workers ---- */
void bh_run_on_ask(void *run, void *group, size_t index, int what, bh_str selector, int64_t n, bh_buf *answer);
/* Takes groups that are rated, differences and drafts them; `wait`: at least one. *any: there was one. */
bh_status bh_run_collect(bh_run *r, bool wait, bool *any);
bh_status bh_run_submit(bh_run *r);          /* the group that is being filled goes out */
bh_status bh_run_need_group(bh_run *r);      /* r->filling is one that has room */

/* ---- run_walk.c: clients as they stream by ---- */
bh_status bh_run_all_clients(bh_run *r, bool *stopped);

/* ---- run_report.c ---- */
void bh_run_log(const bh_run *r, bh_str batch, const bh_pulled *pulled, size_t n);
void bh_run_report(bh_buf *out, const bh_run *r, bh_str batch, const bh_pulled *pulled, size_t pulled_n);
#endif
