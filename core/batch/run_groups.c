/* Groups of clients: filled, sent to the workers, and drafted in the order in which they went. */
#include "batch/run_impl.h"
#include "batch/run_answers.h"
#include "base/failpoint.h"

static bh_arena *group_arena(void *group) { return &((bh_run_group *)group)->arena; }

void bh_run_on_ask(void *ctx, void *group, size_t index, int what, bh_str selector, int64_t n, bh_buf *answer)
{
  bh_run *r = ctx;
  bh_run_group *g = group;
  bh_run_client *c = &g->clients[g->owner[index]];
  bh_run_answer(&r->ctx, c, &c->gathered[g->place[index]], what, selector, n, &g->arena, answer);
}

static bh_status finish_group(bh_run *r, bh_run_group *g, bh_rated *rated)
{
  size_t at = 0;
  bh_status st = BH_OK;
  for (size_t i = 0, n; i < g->client_count && st == BH_OK; i += n) {
    bh_run_client *c = &g->clients[i];
    n = c->unit > 1 ? c->unit : 1;
    st = bh_run_finish(c, n, &r->ctx, rated + at, &g->arena, r->err);
    for (size_t k = 0; k < n; k++)
      at += c[k].gathered_count;
    BH_FAILPOINT("run.client");
  }
  bh_arena_reset(&g->arena);
  g->client_count = 0;
  g->billing_count = 0;
  g->out = false;
  return st;
}

/* Takes back the oldest group, if it is there (or waits for it). */
bh_status bh_run_collect(bh_run *r, bool wait, bool *any)
{
  void *group = NULL;
  bh_rated *rated;
  size_t n;
  *any = false;
  bh_status st = bh_pool_next(r->pool, wait, &group, group_arena, &rated, &n, r->err);
  if (st != BH_OK || group == NULL)
    return st;
  *any = true;
  return finish_group(r, group, rated);
}

bh_status bh_run_submit(bh_run *r)
{
  bh_run_group *g = r->filling;
  if (g == NULL || g->client_count == 0)
    return BH_OK;
  size_t n = 0;
  for (size_t i = 0; i < g->client_count; i++)
    n += g->clients[i].gathered_count;
  g->billings = BH_NEWN(&g->arena, const bh_billing *, n ? n : 1);
  g->owner = BH_NEWN(&g->arena, uint32_t, n ? n : 1);
  g->place = BH_NEWN(&g->arena, size_t, n ? n : 1);
  g->billing_count = 0;
  for (size_t i = 0; i < g->client_count; i++)
    for (size_t j = 0; j < g->clients[i].gathered_count; j++) {
      g->owner[g->billing_count] = (uint32_t)i;
      g->place[g->billing_count] = j;
      g->billings[g->billing_count++] = &g->clients[i].gathered[j].billing;
    }
  g->out = true;
  r->filling = NULL;
  return bh_pool_submit(r->pool, g, g->billings, n, r->err);
}

/* A group to fill: a free one, else the oldest that is out is waited for. */
bh_status bh_run_need_group(bh_run *r)
{
  while (r->filling == NULL) {
    for (size_t i = 0; i < r->group_count; i++)
      if (!r->groups[i].out) {
        r->filling = &r->groups[i];
        r->filling->clients = r->filling->few;
        return BH_OK;
      }
    bool any;
    bh_status st = bh_run_collect(r, true, &any);
    if (st == BH_OK && !any && bh_engine_stopped(r->b))
      st = BH_E_INTERRUPTED; /* no message: the caller ends its loop */
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}
