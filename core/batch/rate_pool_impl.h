/* Inside the pool of rating workers: what its parts share. */
#ifndef BH_RATE_POOL_IMPL_H
#define BH_RATE_POOL_IMPL_H
#include "base/wire.h"
#include "batch/rate_pool.h"
#include "plugin/worker.h"

enum { BH_POOL_ID_LEN = 100 };

typedef struct bh_pool_group {
  void *group;
  const bh_billing *const *billings;
  size_t n;
  uint32_t number;               /* drawn by lot: what a model sends in a worker's name does not fit */
  int worker;                    /* -1: not handed out yet */
  bool done;
  bh_buf reply;                  /* the RATED payload */
  int64_t started_ms;
} bh_pool_group;

typedef struct bh_pool_worker {
  bh_worker *process;            /* NULL: not started */
  int load;                      /* frames out */
  bool up;                       /* it has loaded its models */
  char entered[BH_POOL_ID_LEN];  /* the model that it is loading, or calling where that is told; empty: none */
} bh_pool_worker;

struct bh_pool {
  bh_arena arena;
  const bh_plugin_set *plugins;
  bh_str *refused;               /* of each plugin: why it is not to be loaded any more; empty: it is */
  bh_pool_worker *workers;
  int jobs, next;                /* next: the worker whose turn it is among those with the same load */
  const volatile int *stop;
  bh_pool_ask ask;
  void *ctx;
  bh_pool_group *queue;          /* a ring, oldest first */
  size_t head, count, cap;
  bh_buf frame;
  long peak_kib;
};

bh_status bh_pool_worker_up(bh_pool *p, int w, bh_error *err);
void bh_pool_worker_end(bh_pool *p, int w);
void bh_pool_frame(bh_buf *f, uint32_t number, const bh_billing *const *billings, size_t n);
void bh_pool_answer(bh_pool *p, bh_worker *worker, bh_pool_group *g, bh_str payload, size_t offset);
/* What a PHASE frame says. False where it is none. */
bool bh_pool_entered(bh_pool_worker *w, bh_str payload);
/* A worker ended while it loaded a model: that model is loaded no more. False where it had loaded all. */
bool bh_pool_blame(bh_pool *p, bh_pool_worker *w, bh_str cause);
/* After a worker died: its group once more, client by client, the result packed as one RATED payload. */
bh_status bh_pool_replay(bh_pool *p, bh_pool_group *g, bh_error *err);
#endif
