#include "batch/rate_pool_impl.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
  APART_MORE = 1,                /* workers for foreign models, beside one a job */
  FRAME_TIMEOUT_MS = 10000,      /* a group that takes longer is replayed client by client */
  POLLED_MAX = 192,
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
  p->worker_count = 2 * p->jobs + APART_MORE;
  p->workers = BH_NEWN(&p->arena, bh_pool_worker, (size_t)p->worker_count);
  p->refused = BH_NEWN(&p->arena, bh_str, plugins->count + 1);
  p->cap = (size_t)p->jobs * BH_POOL_FRAMES_A_WORKER + 4;
  p->queue = calloc(p->cap, sizeof *p->queue);
  if (p->queue == NULL)
    bh_out_of_memory(p->cap * sizeof *p->queue);
  bh_pool_find_foreign(p);
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
  for (int w = 0; w < p->worker_count; w++)
    bh_pool_worker_end(p, w);
  for (size_t i = 0; i < p->cap; i++) {
    bh_buf_dispose(&p->queue[i].reply);
    free(p->queue[i].held);
  }
  free(p->queue);
  bh_buf_dispose(&p->frame);
  bh_arena_dispose(&p->arena);
  free(p);
}

size_t bh_pool_pending(const bh_pool *p) { return p->count; }
long bh_pool_peak_kib(const bh_pool *p) { return p->peak_kib; }

static bh_pool_group *group_at(bh_pool *p, size_t i) { return &p->queue[(p->head + i) % p->cap]; }

/* Is it a model for a worker that has these foreign ones? */
static bool wanted(const bh_pool *p, size_t i, uint64_t models)
{
  const bh_manifest *m = &p->plugins->items[i];
  return bh_str_eqz(m->kind, "model") && m->trusted && (p->foreign[i] == 0 || (p->foreign[i] & models) != 0);
}

bh_status bh_pool_worker_up(bh_pool *p, int w, uint64_t models, bh_error *err)
{
  if (p->workers[w].process != NULL && p->workers[w].models == models)
    return BH_OK;
  bh_pool_worker_end(p, w);
  p->workers[w].models = models;
  char name[24];
  snprintf(name, sizeof name, "rating %d", w + 1);
  bh_worker_spec spec = { .role = "rating", .name = name, .memory_max_bytes = MODEL_MEMORY };
  bh_status st = bh_worker_start(&p->workers[w].process, &spec, err);
  if (st != BH_OK)
    return st;
  bh_buf init;
  bh_buf_init(&init, 1 << 20);
  uint32_t count = 0;
  for (size_t i = 0; i < p->plugins->count; i++)
    count += wanted(p, i, models);
  bh_put_u32(&init, count);
  for (size_t i = 0; i < p->plugins->count; i++) {
    const bh_manifest *m = &p->plugins->items[i];
    if (!wanted(p, i, models))
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

static int pick(const bh_pool *p, uint64_t models)
{
  int best = -1;
  if (models != 0)
    return bh_pool_pick_apart(p, models);
  for (int k = 0; k < p->jobs; k++) {
    int w = (p->next + k) % p->jobs;
    if (p->workers[w].load < BH_POOL_FRAMES_A_WORKER && (best < 0 || p->workers[w].load < p->workers[best].load))
      best = w;
  }
  return best;
}

/* Hands waiting groups to workers that have room. */
static bh_status hand_out(bh_pool *p, bh_error *err)
{
  for (size_t i = 0; i < p->count; i++) {
    bh_pool_group *g = group_at(p, i);
    if (g->worker >= 0 || g->done)
      continue;
    int best = pick(p, g->models);
    if (best < 0)
      continue; /* others may be for other workers */
    if (g->models == 0)
      p->next = (best + 1) % p->jobs;
    bh_status st = bh_pool_worker_up(p, best, g->models, err);
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
    p->ask(p->ctx, g->group, g->place != NULL ? g->place[index] : index, what, selector, n, &out);
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
  for (size_t i = 0; i < p->count; i++) {
    bh_pool_group *g = group_at(p, i);
    if (g->done || g->worker != w)
      continue;
    if (loading) { /* it has not got to them: they are handed out again */
      g->worker = -1;
      continue;
    }
    bh_status st = bh_pool_replay(p, g, err);
    if (st != BH_OK)
      return st;
  }
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
  for (int w = 0; w < p->worker_count; w++) {
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

/* A place behind the queue's last, for `part` of a group. */
static bh_pool_group *push(bh_pool *p, const bh_pool_group *part)
{
  if (p->count == p->cap) {
    bh_pool_group *larger = calloc(2 * p->cap, sizeof *larger);
    if (larger == NULL)
      bh_out_of_memory(2 * p->cap * sizeof *larger);
    for (size_t i = 0; i < p->cap; i++) {
      larger[i] = *group_at(p, i);
      bh_buf_init(&larger[p->cap + i].reply, BH_FRAME_MAX);
    }
    free(p->queue);
    p->queue = larger;
    p->head = 0;
    p->cap *= 2;
  }
  bh_pool_group *g = group_at(p, p->count++);
  bh_buf reply = g->reply;
  bh_buf_clear(&reply);
  *g = *part;
  g->number = number_by_lot();
  g->worker = -1;
  g->reply = reply;
  return g;
}

bh_status bh_pool_submit(bh_pool *p, void *group, const bh_billing *const *billings, size_t n, bh_error *err)
{
  uint64_t *models = p->any_foreign ? bh_pool_models_of(p, billings, n) : NULL;
  size_t first = p->count;
  bh_pool_group part = { .billings = billings, .n = n };
  while (models != NULL && bh_pool_part(&part, models, billings, n))
    push(p, &part)->group = group;
  free(models);
  if (p->count == first) {
    bh_pool_group *g = push(p, &part);
    g->group = group;
    if (n == 0) {
      g->done = true;
      bh_put_u32(&g->reply, g->number);
      bh_put_u32(&g->reply, 0);
    }
  }
  group_at(p, first)->parts = p->count - first;
  return bh_pool_pump(p, err);
}

static bh_status wait_some(bh_pool *p, bh_error *err)
{
  struct pollfd fds[POLLED_MAX];
  nfds_t n = 0;
  for (int w = 0; w < p->worker_count && n < POLLED_MAX; w++)
    if (p->workers[w].process != NULL)
      fds[n++] = (struct pollfd){ .fd = bh_worker_fd(p->workers[w].process),
        .events = (short)(POLLIN | (bh_worker_has_output(p->workers[w].process) ? POLLOUT : 0)) };
  (void)poll(fds, n, 200);
  return bh_pool_pump(p, err);
}

/* The oldest group, and all its parts. */
static bool is_done(bh_pool *p)
{
  for (size_t i = 0; i < group_at(p, 0)->parts; i++)
    if (!group_at(p, i)->done)
      return false;
  return true;
}

/* Puts what a part came to into the group's places. */
static bool unpack(const bh_pool_group *g, bh_arena *a, bh_rated *rated)
{
  bh_str copy = bh_arena_str(a, bh_buf_str(&g->reply)); /* decoded strings point into it */
  bh_get in = bh_get_init(copy);
  (void)bh_get_u32(&in);
  bool ok = bh_get_count(&in, UINT32_MAX) == g->n;
  for (size_t i = 0; i < g->n && ok; i++)
    ok = bh_rated_get(&rated[g->place != NULL ? g->place[i] : i], a, &in);
  return ok && bh_get_done(&in);
}

static void pop(bh_pool *p)
{
  bh_pool_group *g = group_at(p, 0);
  free(g->held);
  g->held = NULL;
  p->head = (p->head + 1) % p->cap;
  p->count--;
}

bh_status bh_pool_next(bh_pool *p, bool wait, void **group, bh_arena *(*arena_of)(void *group), bh_rated **out, size_t *n, bh_error *err)
{
  *group = NULL;
  if (p->count == 0)
    return BH_OK;
  bh_status st = bh_pool_pump(p, err);
  while (st == BH_OK && wait && !is_done(p) && !(p->stop != NULL && *p->stop))
    st = wait_some(p, err);
  if (st != BH_OK || !is_done(p))
    return st;
  size_t parts = group_at(p, 0)->parts, count = 0;
  for (size_t i = 0; i < parts; i++)
    count += group_at(p, i)->n;
  void *whose = group_at(p, 0)->group;
  bh_arena *a = arena_of(whose);
  bh_rated *rated = BH_NEWN(a, bh_rated, count ? count : 1);
  for (size_t i = 0; i < parts; i++) {
    bh_pool_group *g = group_at(p, i);
    if (unpack(g, a, rated))
      continue;
    /* Garbage from a worker is its death: once more, client by client. */
    g->done = false;
    st = worker_lost(p, g->worker >= 0 ? g->worker : 0, BH_S("sent garbage"), err);
    if (st == BH_OK && !g->done)
      st = bh_fail(err, BH_E_WORKER, "rating workers keep sending garbage");
    return st == BH_OK ? bh_pool_next(p, wait, group, arena_of, out, n, err) : st;
  }
  *group = whose;
  *out = rated;
  *n = count;
  while (parts-- > 0)
    pop(p);
  return hand_out(p, err);
}
