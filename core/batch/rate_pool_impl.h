/* Inside the pool of rating workers: what its parts share. */
#ifndef BH_RATE_POOL_IMPL_H
#define BH_RATE_POOL_IMPL_H
#include "base/wire.h"
#include "batch/rate_pool.h"
#include "plugin/worker.h"

enum { BH_POOL_ID_LEN = 100, BH_POOL_FRAMES_A_WORKER = 2 }; /* one being rated, one waiting behind it */

/* What goes to a worker at once. A group is one of these, or several: where some of its clients have lines of foreign models. */
typedef struct bh_pool_group {
  void *group;
  const bh_billing *const *billings;
  size_t n;
  uint64_t models;               /* the foreign ones that it needs, a bit each */
  size_t parts;                  /* of the group, this one and those behind it in the queue; 0: one of those behind */
  uint32_t *place;               /* of each billing in the group; NULL: as they are */
  void *held;                    /* what billings and place stand in, where they are not the group's own */
  uint32_t number;               /* drawn by lot: what a model sends in a worker's name does not fit */
  int worker;                    /* -1: not handed out yet; once it is done, who did it */
  bool done;
  bh_buf reply;                  /* the RATED payload */
  int64_t started_ms;
} bh_pool_group;

typedef struct bh_pool_worker {
  bh_worker *process;            /* NULL: not started */
  int load;                      /* frames out */
  uint64_t models;               /* the foreign ones that it has */
  bool up;                       /* it has loaded its models */
  char entered[BH_POOL_ID_LEN];  /* the model that it is loading, or calling where that is told; empty: none */
} bh_pool_worker;

struct bh_pool {
  bh_arena arena;
  const bh_plugin_set *plugins;
  bh_str *refused;               /* of each plugin: why it is not to be loaded any more; empty: it is */
  uint64_t *foreign;             /* of each plugin: its bit where it is a model of somebody else; from the 63rd on they share one */
  bool any_foreign;
  bh_pool_worker *workers;       /* jobs of them for everybody, then those that are kept apart */
  int jobs, worker_count, next;  /* next: the worker whose turn it is among those with the same load */
  const volatile int *stop;
  bh_pool_ask ask;
  void *ctx;
  bh_pool_group *queue;          /* a ring, oldest first */
  size_t head, count, cap;
  bh_buf frame;
  long peak_kib;
};

/* A worker with these foreign models: one that has others is ended first. */
bh_status bh_pool_worker_up(bh_pool *p, int w, uint64_t models, bh_error *err);
void bh_pool_worker_end(bh_pool *p, int w);
void bh_pool_frame(bh_buf *f, uint32_t number, const bh_billing *const *billings, size_t n);
void bh_pool_answer(bh_pool *p, bh_worker *worker, bh_pool_group *g, bh_str payload, size_t offset);
/* What a PHASE frame says. False where it is none. */
bool bh_pool_entered(bh_pool_worker *w, bh_str payload);
/* A worker ended while it loaded a model: that model is loaded no more. False where it had loaded all. */
bool bh_pool_blame(bh_pool *p, bh_pool_worker *w, bh_str cause);
/* After a worker died: its group once more, client by client in the same place, the result packed as one RATED payload. */
bh_status bh_pool_replay(bh_pool *p, bh_pool_group *g, bh_error *err);

/* ---- rate_apart.c ---- */
void bh_pool_find_foreign(bh_pool *p);
/* The foreign models of each billing's client, to be freed; NULL where none has any. */
uint64_t *bh_pool_models_of(const bh_pool *p, const bh_billing *const *billings, size_t n);
/* The next part of a group: the first billing that is not in one yet, and all that need the same. Marks them; false where there are no more. */
bool bh_pool_part(bh_pool_group *out, uint64_t *models, const bh_billing *const *billings, size_t n);
/* The worker for a group of foreign models, which may still have others; -1: none is free. */
int bh_pool_pick_apart(const bh_pool *p, uint64_t models);
#endif
