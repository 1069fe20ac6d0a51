#include "batch/rate_pool_impl.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
  FRAMES_PER_WORKER = 2,         /* one being rated, one waiting behind it */
  FRAME_TIMEOUT_MS = 10000,      /* a group that takes longer is replayed client by client */
  FRAMES_A_TURN = 64,            /* read of one worker before the clock is looked at */
  MODEL_MEMORY = 1 << 30
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
  p->workers = BH_NEWN(&p->arena, bh_pool_worker, (size_t)p->jobs);
  p->refused = BH_NEWN(&p->arena, bh_str, plugins->count + 1);
  p->cap = (size_t)p->jobs * FRAMES_PER_WORKER + 4;
  p->queue = BH_NEWN(&p->arena, bh_pool_group, p->cap);
  for (size_t i = 0; i < p->cap; i++)
    bh_buf_init(&p->queue[i].reply, BH_FRAME_MAX);
  bh_buf_init(&p->frame, BH_FRAME_MAX);
  *out = p;
  return BH_OK;
}

void bh_pool_worker_end(bh_pool *p, int w)
{
  bh_pool_worker *x = &p->workers[w];
  if (x->process == NULL)
    return;
  bh_worker_kill(x->process);
  long kib = bh_worker_peak_kib(x->process);
  if (kib > p->peak_kib)
    p->peak_kib = kib;
  bh_worker_free(x->process);
  *x = (bh_pool_worker){ 0 };
}

void bh_pool_free(bh_pool *p)
{
  if (p == NULL)
    return;
  for (int w = 0; w < p->jobs; w++)
    bh_pool_worker_end(p, w);
  for (size_t i = 0; i < p->cap; i++)
    bh_buf_dispose(&p->queue[i].reply);
  bh_buf_dispose(&p->frame);
  bh_arena_dispose(&p->arena);
  free(p);
}

size_t bh_pool_pending(const bh_pool *p) { return p->count; }
long bh_pool_peak_kib(const bh_pool *p) { return p->peak_kib; }

static bh_pool_group *group_at(bh_pool *p, size_t i) { return &p->queue[(p->head + i) % p->cap]; }

bh_status bh_pool_worker_up(bh_pool *p, int w, bh_error *err)
{
  if (p->workers[w].process != NULL)
    return BH_OK;
  char name[24];
  snprintf(name, sizeof name, "rating %d", w + 1);
  bh_worker_spec spec = { .role = "rating", .name = name, .memory_max_bytes = MODEL_MEMORY };
  bh_status st = bh_worker_start(&p->workers[w].process, &spec, err);
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
    bh_put_str(&init, p->refused[i].ptr ? p->refused[i] : BH_S(""));
  }
  bh_put_i64(&init, 32 << 20);
  bh_put_i64(&init, 10000000);
  st = bh_worker_send(p->workers[w].process, BH_FRAME_INIT, bh_buf_str(&init), err);
  bh_buf_dispose(&init);
  return st;
}

bool bh_pool_entered(bh_pool_worker *w, bh_str payload)
{
  bool ok = payload.len < sizeof w->entered;
  for (size_t i = 0; i < payload.len && ok; i++) {
    char c = payload.ptr[i];
    ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }
  if (!ok)
    return false;
  memcpy(w->entered, payload.ptr, payload.len);
  w->entered[payload.len] = 0;
  w->up = w->up || payload.len == 0;
  return true;
}

bool bh_pool_blame(bh_pool *p, bh_pool_worker *w, bh_str cause)
{
  for (size_t i = 0; i < p->plugins->count && !w->up; i++)
    if (bh_str_eqz(p->plugins->items[i].id, w->entered) && p->refused[i].ptr == NULL) {
      p->refused[i] = bh_arena_fmt(&p->arena, "model \"%s\": the rating worker %.*s while it loaded it", w->entered, BH_STR_ARG(cause));
      return true;
    }
  return false;
}

void bh_pool_frame(bh_buf *f, uint32_t number, const bh_billing *const *billings, size_t n)
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
    bh_pool_group *g = group_at(p, i);
    if (g->worker >= 0 || g->done)
      continue;
    int best = -1;
    for (int k = 0; k < p->jobs; k++) {
      int w = (p->next + k) % p->jobs;
      if (p->workers[w].load < FRAMES_PER_WORKER && (best < 0 || p->workers[w].load < p->workers[best].load))
        best = w;
    }
    if (best < 0)
      return BH_OK;
    p->next = (best + 1) % p->jobs;
    bh_status st = bh_pool_worker_up(p, best, err);
    if (st != BH_OK)
      return st;
    bh_pool_frame(&p->frame, g->number, g->billings, g->n);
    if (p->frame.failed)
      return bh_fail(err, BH_E_WORKER, "a group of %zu billings is larger than a frame may be", g->n);
    g->worker = best;
    g->started_ms = bh_monotonic_ms();
    p->workers[best].load++;
    st = bh_worker_send(p->workers[best].process, BH_FRAME_RATE, bh_buf_str(&p->frame), err);
    if (st != BH_OK)
      return BH_OK; /* it died: the next pump sees it */
  }
  return BH_OK;
}

void bh_pool_answer(bh_pool *p, bh_worker *worker, bh_pool_group *g, bh_str payload, size_t offset)
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

static bh_pool_group *group_oldest_of(bh_pool *p, int worker)
{
  for (size_t i = 0; i < p->count; i++) {
    bh_pool_group *g = group_at(p, i);
    if (g->worker == worker && !g->done)
      return g;
  }
  return NULL;
}

static bh_status worker_lost(bh_pool *p, int w, bh_str cause, bh_error *err)
{
  bool loading = bh_pool_blame(p, &p->workers[w], cause);
  bh_pool_worker_end(p, w);
  /* Replaying uses worker 0: take it down first so that its own groups are replayed too, in order. */
  if (!loading && w != 0)
    bh_pool_worker_end(p, 0);
  for (size_t i = 0; i < p->count; i++) {
    bh_pool_group *g = group_at(p, i);
    if (g->done || (g->worker != w && (loading || g->worker != 0)))
      continue;
    if (loading) { /* it has not got to them: they are handed out again */
      g->worker = -1;
      continue;
    }
    bh_status st = bh_pool_replay(p, g, err);
    if (st != BH_OK)
      return st;
  }
  if (!loading)
    p->workers[0].load = 0;
  return BH_OK;
}

/* An error that a worker reports of itself: of one that is not up yet, and has no model to blame, the run's. */
static bh_status take_error(bh_pool *p, int w, bh_str payload, bh_error *err)
{
  bh_get in = bh_get_init(payload);
  bh_status code = (bh_status)bh_get_i64(&in);
  bh_str message = bh_get_str(&in);
  if (in.bad || !bh_utf8_ok(message) || p->workers[w].up || p->workers[w].entered[0])
    return worker_lost(p, w, BH_S("sent an error"), err);
  return bh_fail(err, code > 0 && code <= BH_E_BUG ? code : BH_E_WORKER, "rating worker: %.*s", BH_STR_ARG(message));
}

static bh_status take_rated(bh_pool *p, int w, bh_str payload, bh_error *err)
{
  bh_pool_group *g = group_oldest_of(p, w);
  bh_get in = bh_get_init(payload);
  if (g == NULL || bh_get_u32(&in) != g->number || in.bad)
    return worker_lost(p, w, BH_S("sent garbage"), err);
  bh_buf_clear(&g->reply);
  bh_buf_puts(&g->reply, payload);
  g->done = true;
  p->workers[w].load--;
  bh_pool_group *next = group_oldest_of(p, w);
  if (next != NULL)
    next->started_ms = bh_monotonic_ms();
  return hand_out(p, err);
}

/* Reads what one worker has to say: so much that one that talks without end keeps nobody from looking at the clock. */
static bh_status serve(bh_pool *p, int w, bh_error *err)
{
  bh_status st = BH_OK;
  for (int i = 0; i < FRAMES_A_TURN && st == BH_OK; i++) {
    bh_pool_worker *x = &p->workers[w];
    if (x->process == NULL)
      return BH_OK;
    bh_frame f;
    bool ready = false;
    bh_error why = { 0 };
    if (bh_worker_pump(x->process, &f, &ready, &why) != BH_OK)
      return worker_lost(p, w, bh_str_c(why.message), err);
    if (!ready)
      return BH_OK;
    if (f.type == BH_FRAME_QUERY)
      bh_pool_answer(p, x->process, group_oldest_of(p, w), f.payload, 0);
    else if (f.type == BH_FRAME_ERROR)
      st = take_error(p, w, f.payload, err);
    else if (f.type == BH_FRAME_RATED)
      st = take_rated(p, w, f.payload, err);
    else if (f.type != BH_FRAME_PHASE || !bh_pool_entered(x, f.payload))
      st = worker_lost(p, w, BH_S("sent garbage"), err);
  }
  return st;
}

bh_status bh_pool_pump(bh_pool *p, bh_error *err)
{
  for (int w = 0; w < p->jobs; w++) {
    bh_status st = serve(p, w, err);
    if (st != BH_OK)
      return st;
    bh_pool_group *g = p->workers[w].process != NULL ? group_oldest_of(p, w) : NULL;
    if (g != NULL && bh_monotonic_ms() - g->started_ms > FRAME_TIMEOUT_MS) {
      st = worker_lost(p, w, BH_S("hung"), err);
      if (st != BH_OK)
        return st;
    }
  }
  return hand_out(p, err);
}

/* 0 says that a client is by itself. */
static uint32_t number_by_lot(void)
{
  uint32_t n = 0;
  while (n == 0)
    if (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n)
      n = (uint32_t)bh_monotonic_ms() | 1;
  return n;
}

bh_status bh_pool_submit(bh_pool *p, void *group, const bh_billing *const *billings, size_t n, bh_error *err)
{
  bh_require(p->count < p->cap);
  bh_pool_group *g = group_at(p, p->count);
  bh_buf reply = g->reply;
  bh_buf_clear(&reply);
  *g = (bh_pool_group){ .group = group, .billings = billings, .n = n, .number = number_by_lot(), .worker = -1, .reply = reply };
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
    if (p->workers[w].process != NULL)
      fds[n++] = (struct pollfd){ .fd = bh_worker_fd(p->workers[w].process),
        .events = (short)(POLLIN | (bh_worker_has_output(p->workers[w].process) ? POLLOUT : 0)) };
  (void)poll(fds, n, 200);
  return bh_pool_pump(p, err);
}

bh_status bh_pool_next(bh_pool *p, bool wait, void **group, bh_arena *(*arena_of)(void *group), bh_rated **out, size_t *n, bh_error *err)
{
  *group = NULL;
  if (p->count == 0)
    return BH_OK;
  bh_pool_group *g = group_at(p, 0);
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
    st = worker_lost(p, g->worker >= 0 ? g->worker : 0, BH_S("sent garbage"), err);
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
