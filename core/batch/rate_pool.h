/* Rating in worker processes: groups of billings go out, rated billings come back in the order they were given. A worker that dies or hangs
 * costs the client it was rating: the group is replayed client by client in new workers. */
#ifndef BH_RATE_POOL_H
#define BH_RATE_POOL_H
#include "billing/rating.h"
#include "plugin/plugins.h"

typedef struct bh_pool bh_pool;

/* What rules ask while they run (batch/rate.h's QUERY): writes the ANSWER's payload. */
typedef void (*bh_pool_ask)(void *ctx, void *group, size_t index, int what, bh_str selector, int64_t n, bh_buf *answer);

/* jobs workers, started at the first group, with the models that come with this program. A model of somebody else is loaded where a client's lines name it,
 * into workers that rate such clients alone: nobody else's results depend on what it does, nor on whether it can be loaded. Where *stop (may be NULL) becomes nonzero, waiting ends: what is
 * out is then dropped, and owed again by the next run. */
bh_status bh_pool_new(bh_pool **out, const bh_plugin_set *plugins, int jobs, const volatile int *stop, bh_pool_ask ask, void *ctx, bh_error *err);
void bh_pool_free(bh_pool *p);

/* Hands a group out. `billings` and everything they point to stay alive until the group comes back. */
bh_status bh_pool_submit(bh_pool *p, void *group, const bh_billing *const *billings, size_t n, bh_error *err);
/* Groups that are out. */
size_t bh_pool_pending(const bh_pool *p);
/* Serves the workers without waiting (questions of rules, results). */
bh_status bh_pool_pump(bh_pool *p, bh_error *err);
/* The oldest group, once it is rated: wait = false returns *group NULL where it is not. Rated billings live in `a`. */
bh_status bh_pool_next(bh_pool *p, bool wait, void **group, bh_arena *(*arena_of)(void *group), bh_rated **out, size_t *n, bh_error *err);
/* Largest peak memory of a worker so far ended, KiB. */
long bh_pool_peak_kib(const bh_pool *p);
#endif
