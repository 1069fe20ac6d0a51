/* After a rating worker has died: its clients one by one, so that it costs the one alone at whom it dies. */
#include "batch/rate_pool_impl.h"

enum { CLIENT_TIMEOUT_MS = 6000 };

typedef struct replay { bh_pool *p; bh_pool_group *g; size_t from, n; bh_buf *reply; } replay;

/* Until the client is rated, or the worker ends, which *why tells. A worker that talks on and on has no more time than one that is silent. */
static bh_status exchange(const replay *r, bh_error *why)
{
  bh_pool_worker *w = &r->p->workers[r->g->worker];
  bh_status st = bh_worker_send(w->process, BH_FRAME_RATE, bh_buf_str(&r->p->frame), why);
  int64_t until = bh_monotonic_ms() + CLIENT_TIMEOUT_MS;
  while (st == BH_OK) {
    bh_frame f;
    int64_t left = until - bh_monotonic_ms();
    if (left <= 0)
      return bh_fail(why, BH_E_WORKER, "hung for %d s", CLIENT_TIMEOUT_MS / 1000);
    st = bh_worker_wait(w->process, &f, (int)left, why);
    if (st != BH_OK)
      return st;
    if (f.type == BH_FRAME_RATED) {
      bh_buf_clear(r->reply);
      bh_buf_puts(r->reply, f.payload);
      return BH_OK;
    }
    if (f.type == BH_FRAME_QUERY) {
      bh_pool_answer(r->p, w->process, r->g, f.payload, r->from);
    } else if (f.type == BH_FRAME_ERROR) {
      bh_get in = bh_get_init(f.payload);
      (void)bh_get_i64(&in);
      bh_str message = bh_get_str(&in);
      st = in.bad || !bh_utf8_ok(message) ? bh_fail(why, BH_E_WORKER, "sent garbage") : bh_fail(why, BH_E_WORKER, "%.*s", BH_STR_ARG(message));
    } else if (f.type != BH_FRAME_PHASE || !bh_pool_entered(w, f.payload)) {
      st = bh_fail(why, BH_E_WORKER, "sent garbage");
    }
  }
  return st;
}

/* What came is the client's billings, rated, and nothing else. */
static bool whole(bh_arena *a, bh_str payload, size_t n)
{
  bh_get in = bh_get_init(payload);
  bool ok = bh_get_u32(&in) == 0 && bh_get_count(&in, UINT32_MAX) == n;
  for (size_t i = 0; i < n && ok; i++) {
    bh_rated rated;
    ok = bh_rated_get(&rated, a, &in);
  }
  return ok && bh_get_done(&in);
}

/* Rates one client's billings. *died says how the worker ended where it did, *entered in which model. */
static bh_status one_client(const replay *r, bh_str *died, bh_str *entered, bh_error *err)
{
  bh_pool *p = r->p;
  int w = r->g->worker;
  for (;;) {
    bh_error why = { 0 };
    bh_status st = bh_pool_worker_up(p, w, r->g->models, err);
    if (st != BH_OK)
      return st;
    bh_pool_frame(&p->frame, 0, r->g->billings + r->from, r->n);
    st = exchange(r, &why);
    if (st == BH_OK) {
      bh_arena a;
      bh_arena_init(&a);
      if (!whole(&a, bh_buf_str(r->reply), r->n))
        st = bh_fail(&why, BH_E_WORKER, "sent garbage");
      bh_arena_dispose(&a);
    }
    if (st == BH_OK)
      return BH_OK;
    bool loading = bh_pool_blame(p, &p->workers[w], bh_str_c(why.message));
    *entered = bh_arena_str(&p->arena, bh_str_c(p->workers[w].entered));
    *died = bh_arena_str(&p->arena, bh_str_c(why.message));
    bh_pool_worker_end(p, w);
    if (!loading)
      return BH_OK;
    *died = (bh_str){ "", 0 }; /* without that model once more */
  }
}

static void hold(bh_buf *all, bh_pool *p, const bh_billing *b, bh_str died, bh_str entered)
{
  bool rule = b->rule_name.len > 0 && entered.len == 0;
  bh_str who = entered.len ? bh_arena_fmt(&p->arena, "model \"%.*s\": ", BH_STR_ARG(entered)) : (bh_str){ "", 0 };
  bh_rated held = { .contract = b->contract, .issue = b->issue, .status = BH_E_WORKER,
    .hold_reason = rule ? BH_S("rule-failed") : BH_S("plugin-failed"),
    .hold_message = bh_arena_fmt(&p->arena, "contract \"%.*s\": %.*sthe rating worker %.*s while it rated this client%s%.*s%s", BH_STR_ARG(b->contract),
                                 BH_STR_ARG(who), BH_STR_ARG(died), rule ? " (rule \"" : "", rule ? (int)b->rule_name.len : 0, b->rule_name.ptr,
                                 rule ? "\")" : "") };
  bh_rated_put(all, &held);
}

bh_status bh_pool_replay(bh_pool *p, bh_pool_group *g, bh_error *err)
{
  bh_buf one, all;
  bh_buf_init(&one, BH_FRAME_MAX);
  bh_buf_init(&all, BH_FRAME_MAX);
  bh_put_u32(&all, g->number);
  bh_put_u32(&all, (uint32_t)g->n);
  bh_status st = BH_OK;
  for (size_t i = 0; i < g->n && st == BH_OK;) {
    bh_str died = { "", 0 }, entered = { "", 0 };
    size_t n = 1;
    while (i + n < g->n && bh_str_eq(g->billings[i + n]->client, g->billings[i]->client))
      n++;
    st = one_client(&(replay){ p, g, i, n, &one }, &died, &entered, err);
    if (st == BH_OK && died.len == 0) {
      bh_get in = bh_get_init(bh_buf_str(&one));
      (void)bh_get_u32(&in);
      (void)bh_get_count(&in, UINT32_MAX);
      bh_buf_put(&all, in.at, (size_t)(in.end - in.at));
    }
    for (size_t k = 0; k < n && died.len; k++)
      hold(&all, p, g->billings[i + k], died, entered);
    i += n;
  }
  if (st == BH_OK) {
    bh_buf_clear(&g->reply);
    bh_buf_puts(&g->reply, bh_buf_str(&all));
    g->done = true;
  }
  bh_buf_dispose(&one);
  bh_buf_dispose(&all);
  return st;
}
