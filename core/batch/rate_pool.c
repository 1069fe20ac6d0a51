#include "batch/rate_pool.h"
#include "base/wire.h"
#include "plugin/worker.h"
#include <poll.h>
#include <stdlib.h>

enum {
  FRAMES_PER_WORKER = 2,         /* one being rated, one waiting behind it */
  FRAME_TIMEOUT_MS = 10000,      /* a group that takes longer is replayed client by client, */
  CLIENT_TIMEOUT_MS = 6000,      /* and a client that takes longer than this is the one */
  MODEL_MEMORY = 1 << 30
};

typedef struct pool_group {
  void *group;
  const bh_billing *const *billings;
  size_t n;
  uint32_t number;
  int worker;                    /* -1: not handed out yet */
  bool done;
  bh_buf reply;                  /* the RATED payload */
  int64_t started_ms;
} pool_group;

struct bh_pool {
  bh_arena arena;
  const bh_plugin_set *plugins;
  bh_worker **workers;
  int *loads;                    /* frames out per worker */
  int jobs, next;                /* next: the worker whose turn it is among those with the same load */
  const volatile int *stop;
  bh_pool_ask ask;
  void *ctx;
  pool_group *queue;             /* a ring, oldest first */
  size_t head, count, cap;
  uint32_t numbers;
  bh_buf frame;
  long peak_kib;
};

bh_status bh_pool_new(bh_pool **out, const bh_plugin_set *plugins, int jobs, const volatile int *stop, bh_pool_ask ask, void *ctx, bh_error *err)
{
  bh_pool *p = calloc(1, sizeof *p);
  if (p == NULL)
    return bh_fail(err, BH_E_NOMEM, "no memory for rating workers");
  bh_arena_init(&p->arena);
  p->plugins = plugins;
  p->jobs = jobs > 0 ? jobs : 1;
  p->stop = stop;
  p->ask = ask;
  p->ctx = ctx;
  p->workers = BH_NEWN(&p->arena, bh_worker *, (size_t)p->jobs);
  p->loads = BH_NEWN(&p->arena, int, (size_t)p->jobs);
  p->cap = (size_t)p->jobs * FRAMES_PER_WORKER + 4;
  p->queue = BH_NEWN(&p->arena, pool_group, p->cap);
  for (size_t i = 0; i < p->cap; i++)
    bh_buf_init(&p->queue[i].reply, BH_FRAME_MAX);
  bh_buf_init(&p->frame, BH_FRAME_MAX);
  *out = p;
  return BH_OK;
}

static void worker_end(bh_pool *p, int w)
{
  if (p->workers[w] == NULL)
    return;
  bh_worker_kill(p->workers[w]);
  long kib = bh_worker_peak_kib(p->workers[w]);
  if (kib > p->peak_kib)
    p->peak_kib = kib;
  bh_worker_free(p->workers[w]);
  p->workers[w] = NULL;
  p->loads[w] = 0;
}

void bh_pool_free(bh_pool *p)
{
  if (p == NULL)
    return;
  for (int w = 0; w < p->jobs; w++)
    worker_end(p, w);
  for (size_t i = 0; i < p->cap; i++)
    bh_buf_dispose(&p->queue[i].reply);
  bh_buf_dispose(&p->frame);
  bh_arena_dispose(&p->arena);
  free(p);
}

size_t bh_pool_pending(const bh_pool *p) { return p->count; }
long bh_pool_peak_kib(const bh_pool *p) { return p->peak_kib; }

static pool_group *group_at(bh_pool *p, size_t i) { return &p->queue[(p->head + i) % p->cap]; }

static bh_status worker_up(bh_pool *p, int w, bh_error *err)
{
  if (p->workers[w] != NULL)
    return BH_OK;
  char name[24];
  snprintf(name, sizeof name, "rating %d", w + 1);
  bh_worker_spec spec = { .role = "rating", .name = name, .memory_max_bytes = MODEL_MEMORY };
  bh_status st = bh_worker_start(&p->workers[w], &spec, err);
  if (st != BH_OK)
    return st;
  bh_buf init;
  bh_buf_init(&init, 1 << 20);
  uint32_t models = 0;
  for (size_t i = 0; i < p->plugins->count; i++)
    models += bh_str_eqz(p->plugins->items[i].kind, "model") && p->plugins->items[i].trusted;
  bh_put_u32(&init, models);
  for (size_t i = 0; i < p->plugins->count; i++) {
    const bh_manifest *m = &p->plugins->items[i];
    if (!bh_str_eqz(m->kind, "model") || !m->trusted)
      continue;
    bh_put_str(&init, m->id);
    bh_put_str(&init, m->path);
  }
  bh_put_i64(&init, 32 << 20);
  bh_put_i64(&init, 10000000);
  st = bh_worker_send(p->workers[w], BH_FRAME_INIT, bh_buf_str(&init), err);
  bh_buf_dispose(&init);
  return st;
}

static void frame_encode(bh_buf *f, uint32_t number, const bh_billing *const *billings, size_t n)
{
  bh_buf_clear(f);
  bh_put_u32(f, number);
  bh_put_u32(f, (uint32_t)n);
  for (size_t i = 0; i < n; i++)
    bh_billing_put(f, billings[i]);
}

/* Hands waiting groups to workers that have room. */
static bh_status hand_out(bh_pool *p, bh_error *err)
{
  for (size_t i = 0; i < p->count; i++) {
    pool_group *g = group_at(p, i);
    if (g->worker >= 0 || g->done)
      continue;
    int best = -1;
    for (int k = 0; k < p->jobs; k++) {
      int w = (p->next + k) % p->jobs;
      if (p->loads[w] < FRAMES_PER_WORKER && (best < 0 || p->loads[w] < p->loads[best]))
        best = w;
    }
    if (best < 0)
      return BH_OK;
    p->next = (best + 1) % p->jobs;
    bh_status st = worker_up(p, best, err);
    if (st != BH_OK)
      return st;
    frame_encode(&p->frame, g->number, g->billings, g->n);
    if (p->frame.failed)
      return bh_fail(err, BH_E_WORKER, "a group of %zu billings is larger than a frame may be", g->n);
    g->worker = best;
    g->started_ms = bh_monotonic_ms();
    p->loads[best]++;
    st = bh_worker_send(p->workers[best], BH_FRAME_RATE, bh_buf_str(&p->frame), err);
    if (st != BH_OK)
      return BH_OK; /* it died: the next pump sees it */
  }
  return BH_OK;
}

static void answer(bh_pool *p, bh_worker *worker, pool_group *g, bh_str payload, size_t offset)
{
  bh_get in = bh_get_init(payload);
  size_t index = bh_get_u32(&in) + offset;
  int what = bh_get_u8(&in);
  bh_str selector = { "", 0 };
  int64_t n = 0;
  if (what == 3)
    n = bh_get_i64(&in);
  else
    selector = bh_get_str(&in);
  bh_buf out;
  bh_buf_init(&out, BH_FRAME_MAX);
  if (in.bad || g == NULL || index >= g->n) {
    bh_put_u8(&out, 0);
    bh_put_str(&out, BH_S("malformed question"));
  } else {
    p->ask(p->ctx, g->group, index, what, selector, n, &out);
  }
  bh_error ignored;
  (void)bh_worker_send(worker, BH_FRAME_ANSWER, bh_buf_str(&out), &ignored);
  bh_buf_dispose(&out);
}

static pool_group *group_oldest_of(bh_pool *p, int worker)
{
  for (size_t i = 0; i < p->count; i++) {
    pool_group *g = group_at(p, i);
    if (g->worker == worker && !g->done)
      return g;
  }
  return NULL;
}

/* One client's billings in a worker of their own. *died says how it ended where it did. */
static bh_status replay_client(bh_pool *p, pool_group *g, size_t from, size_t n, bh_buf *reply, bh_str *died, bh_error *err)
{
  bh_status st = worker_up(p, 0, err);
  if (st != BH_OK)
    return st;
  bh_worker *w = p->workers[0];
  frame_encode(&p->frame, 0, g->billings + from, n);
  bh_error why = { 0 };
  st = bh_worker_send(w, BH_FRAME_RATE, bh_buf_str(&p->frame), &why);
  int64_t until = bh_monotonic_ms() + CLIENT_TIMEOUT_MS;
  while (st == BH_OK) {
    bh_frame f;
    int left = (int)(until - bh_monotonic_ms());
    st = bh_worker_wait(w, &f, left > 0 ? left : 0, &why);
    if (st != BH_OK)
      break;
    if (f.type == BH_FRAME_RATED) {
      bh_buf_clear(reply);
      bh_buf_puts(reply, f.payload);
      return BH_OK;
    }
    if (f.type == BH_FRAME_QUERY)
      answer(p, w, g, f.payload, from);
    else if (f.type == BH_FRAME_ERROR) {
      bh_get in = bh_get_init(f.payload);
      (void)bh_get_i64(&in);
      st = bh_fail(&why, BH_E_WORKER, "%.*s", BH_STR_ARG(bh_get_str(&in)));
    }
  }
  worker_end(p, 0);
  *died = bh_arena_str(&p->arena, bh_str_c(why.message));
  return BH_OK;
}

/* After a worker died: its groups once more, client by client, each result packed as one RATED payload. */
static bh_status replay_group(bh_pool *p, pool_group *g, bh_error *err)
{
  bh_buf one, all;
  bh_buf_init(&one, BH_FRAME_MAX);
  bh_buf_init(&all, BH_FRAME_MAX);
  bh_put_u32(&all, g->number);
  bh_put_u32(&all, (uint32_t)g->n);
  bh_status st = BH_OK;
  for (size_t i = 0; i < g->n && st == BH_OK;) {
    size_t n = 1;
    while (i + n < g->n && bh_str_eq(g->billings[i + n]->client, g->billings[i]->client))
      n++;
    bh_str died = { "", 0 };
    st = replay_client(p, g, i, n, &one, &died, err);
    if (st != BH_OK)
      break;
    bh_get in = bh_get_init(bh_buf_str(&one));
    if (died.len == 0) {
      (void)bh_get_u32(&in);
      if (bh_get_count(&in, UINT32_MAX) != n || in.bad)
        died = BH_S("a rating worker sent garbage");
    }
    if (died.len == 0) {
      bh_buf_put(&all, in.at, (size_t)(in.end - in.at));
    } else {
      for (size_t k = 0; k < n; k++) {
        const bh_billing *b = g->billings[i + k];
        bool rule = b->rule_name.len > 0;
        bh_rated held = { .contract = b->contract, .issue = b->issue, .status = BH_E_WORKER,
          .hold_reason = rule ? BH_S("rule-failed") : BH_S("plugin-failed"),
          .hold_message = bh_arena_fmt(&p->arena, "contract \"%.*s\": the rating worker %.*s while it rated this client%s%.*s%s",
                                       BH_STR_ARG(b->contract), BH_STR_ARG(died), rule ? " (rule \"" : "", BH_STR_ARG(b->rule_name), rule ? "\")" : "") };
        bh_rated_put(&all, &held);
      }
    }
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

static bh_status worker_lost(bh_pool *p, int w, bh_error *err)
{
  worker_end(p, w);
  /* Replaying uses worker 0: take it down first so that its own groups are replayed too, in order. */
  if (w != 0 && p->workers[0] != NULL)
    worker_end(p, 0);
  for (size_t i = 0; i < p->count; i++) {
    pool_group *g = group_at(p, i);
    if (g->done || (g->worker != w && g->worker != 0))
      continue;
    bh_status st = replay_group(p, g, err);
    if (st != BH_OK)
      return st;
  }
  p->loads[0] = 0;
  return BH_OK;
}

/* Reads whatever one worker has to say. */
static bh_status serve(bh_pool *p, int w, bool *any, bh_error *err)
{
  for (;;) {
    bh_worker *worker = p->workers[w];
    if (worker == NULL)
      return BH_OK;
    bh_frame f;
    bool ready = false;
    bh_error why = { 0 };
    bh_status st = bh_worker_pump(worker, &f, &ready, &why);
    if (st != BH_OK) {
      *any = true;
      return worker_lost(p, w, err);
    }
    if (!ready)
      return BH_OK;
    *any = true;
    pool_group *g = group_oldest_of(p, w);
    if (f.type == BH_FRAME_QUERY) {
      answer(p, worker, g, f.payload, 0);
    } else if (f.type == BH_FRAME_ERROR) {
      bh_get in = bh_get_init(f.payload);
      bh_status code = (bh_status)bh_get_i64(&in);
      return bh_fail(err, code ? code : BH_E_WORKER, "rating worker: %.*s", BH_STR_ARG(bh_get_str(&in)));
    } else if (f.type == BH_FRAME_RATED) {
      bh_get in = bh_get_init(f.payload);
      if (g == NULL || bh_get_u32(&in) != g->number || in.bad)
        return worker_lost(p, w, err);
      bh_buf_clear(&g->reply);
      bh_buf_puts(&g->reply, f.payload);
      g->done = true;
      p->loads[w]--;
      pool_group *next = group_oldest_of(p, w);
      if (next != NULL)
        next->started_ms = bh_monotonic_ms();
      st = hand_out(p, err);
      if (st != BH_OK)
        return st;
    }
  }
}

bh_status bh_pool_pump(bh_pool *p, bh_error *err)
{
  bool any = false;
  for (int w = 0; w < p->jobs; w++) {
    bh_status st = serve(p, w, &any, err);
    if (st != BH_OK)
      return st;
    pool_group *g = p->workers[w] != NULL ? group_oldest_of(p, w) : NULL;
    if (g != NULL && bh_monotonic_ms() - g->started_ms > FRAME_TIMEOUT_MS) {
      st = worker_lost(p, w, err);
      if (st != BH_OK)
        return st;
    }
  }
  return hand_out(p, err);
}

bh_status bh_pool_submit(bh_pool *p, void *group, const bh_billing *const *billings, size_t n, bh_error *err)
{
  bh_require(p->count < p->cap);
  pool_group *g = group_at(p, p->count);
  bh_buf reply = g->reply;
  bh_buf_clear(&reply);
  *g = (pool_group){ .group = group, .billings = billings, .n = n, .number = ++p->numbers, .worker = -1, .reply = reply };
  if (n == 0) {
    g->done = true;
    bh_put_u32(&g->reply, g->number);
    bh_put_u32(&g->reply, 0);
  }
  p->count++;
  return bh_pool_pump(p, err);
}

static bh_status wait_some(bh_pool *p, bh_error *err)
{
  struct pollfd fds[64];
  nfds_t n = 0;
  for (int w = 0; w < p->jobs && n < 64; w++)
    if (p->workers[w] != NULL)
      fds[n++] = (struct pollfd){ .fd = bh_worker_fd(p->workers[w]),
        .events = (short)(POLLIN | (bh_worker_has_output(p->workers[w]) ? POLLOUT : 0)) };
  (void)poll(fds, n, 200);
  return bh_pool_pump(p, err);
}

bh_status bh_pool_next(bh_pool *p, bool wait, void **group, bh_arena *(*arena_of)(void *group), bh_rated **out, size_t *n, bh_error *err)
{
  *group = NULL;
  if (p->count == 0)
    return BH_OK;
  pool_group *g = group_at(p, 0);
  bh_status st = bh_pool_pump(p, err);
  while (st == BH_OK && wait && !g->done && !(p->stop != NULL && *p->stop))
    st = wait_some(p, err);
  if (st != BH_OK || !g->done)
    return st;
  bh_arena *a = arena_of(g->group);
  bh_str copy = bh_arena_str(a, bh_buf_str(&g->reply)); /* decoded strings point into it */
  bh_get in = bh_get_init(copy);
  (void)bh_get_u32(&in);
  size_t count = bh_get_count(&in, UINT32_MAX);
  bh_rated *rated = BH_NEWN(a, bh_rated, count ? count : 1);
  bool bad = count != g->n;
  for (size_t i = 0; i < count && !bad; i++)
    bad = !bh_rated_get(&rated[i], a, &in);
  if (bad || !bh_get_done(&in)) {
    /* Garbage from a worker is its death: once more, client by client. */
    g->done = false;
    st = worker_lost(p, g->worker >= 0 ? g->worker : 0, err);
    if (st == BH_OK && !g->done)
      st = bh_fail(err, BH_E_WORKER, "rating workers keep sending garbage");
    return st == BH_OK ? bh_pool_next(p, wait, group, arena_of, out, n, err) : st;
  }
  *group = g->group;
  *out = rated;
  *n = count;
  p->head = (p->head + 1) % p->cap;
  p->count--;
  return hand_out(p, err);
}
