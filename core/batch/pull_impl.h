/* Inside a pull: one connector's way into the store. */
#ifndef BH_PULL_IMPL_H
#define BH_PULL_IMPL_H
#include "batch/pull.h"
#include "facts/ingest.h"
#include "plugin/pull.h"

typedef struct bh_puller {
  const bh_plugin_use *use;
  bh_ingest *in;
  bh_contracts contracts;      /* where the connector has contracts = true */
  bh_buf secrets;              /* wiped after the pull */
  bh_sha made_with;            /* what decides whether a cursor may be used again */
  bh_buf cursor;
} bh_puller;
void bh_puller_init(bh_puller *p, const bh_plugin_use *use);
void bh_puller_dispose(bh_puller *p);

/* pull_sink.c: its functions take a bh_puller. */
extern const bh_pull_sink bh_puller_sink;
/* pull_job.c: options as text, certificates, and from where to go on. The job points into the arena and the puller. */
bh_status bh_puller_job(bh_pull_job *job, bh_puller *p, bh_arena *a, billhook *b, bool whole, bh_error *err);
#endif
