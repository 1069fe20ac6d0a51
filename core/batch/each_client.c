#include "batch/each_client.h"

bh_status bh_each_client(billhook *b, bh_on_client each, void *ctx, bh_error *err)
{
  bh_client_iter *it = NULL;
  bh_arena scratch;
  int64_t done = 0;
  bh_arena_init(&scratch);
  bh_status st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw;
    bh_client_terms *terms = NULL;
    st = bh_engine_stopped(b) ? bh_fail(err, BH_E_INTERRUPTED, "stopped") : bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_arena_reset(&scratch);
    st = bh_clients_resolve(it, &terms, &scratch, &b->mistakes, err);
    if (st == BH_OK && terms != NULL)
      st = each(ctx, &scratch, terms, err);
    bh_engine_progress(b, "clients", ++done, 0);
  }
  bh_clients_close(it);
  bh_arena_dispose(&scratch);
  if (st == BH_OK && b->mistakes.total > 0) {
    st = bh_engine_mistakes(b);
    if (err != &b->error)
      *err = b->error;
  }
  return st;
}
