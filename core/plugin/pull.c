/* The host's side of a pull: a worker a connector, side by side. What one of them does costs it alone. */
#include "plugin/pull.h"
#include "plugin/fact_wire.h"
#include "plugin/pull_init.h"
#include "plugin/worker.h"
#include <poll.h>
#include <stdlib.h>

enum { TIMEOUT_DEFAULT_S = 3600, STOP_GRACE_MS = 1000, TURN_MS = 200, FRAMES_A_TURN = 16, PHASE_LEN = 40, INIT_BYTES_MAX = 16 * 1024 * 1024,
  CURSOR_BYTES_MAX = 4096 };

/* A program inherits its worker's limit, and the runtimes of some languages reserve far more than they use. */
static const size_t programs_address_bytes = (size_t)64 * 1024 * 1024 * 1024;

typedef struct runner {
  bh_pull_job *job;
  const bh_pull_sink *sink;
  bh_worker *worker;
  int64_t started_ms, until_ms;
  char phase[PHASE_LEN];
  bool running, stopping;
} runner;

static void end(runner *r, bh_status rc)
{
  r->running = false;
  r->job->status = rc;
  r->job->took_ms = bh_monotonic_ms() - r->started_ms;
  if (rc == BH_OK)
    return; /* its worker goes on to destroy(); it is waited for when all are through */
  bh_fail_prefix(&r->job->error, "%.*s \"%.*s\"", BH_STR_ARG(r->job->plugin->kind), BH_STR_ARG(r->job->name));
  r->job->error.code = rc;
  if (r->worker)
    bh_worker_kill(r->worker);
}

static void end_in_phase(runner *r, bh_status rc)
{
  if (r->phase[0]) {
    bh_error *e = &r->job->error;
    size_t len = strlen(e->message);
    snprintf(e->message + len, sizeof e->message - len, " in %s", r->phase);
  }
  end(r, rc);
}

static bh_status send_init(runner *r)
{
  const bh_pull_job *j = r->job;
  bh_buf b;
  bh_buf_init(&b, INIT_BYTES_MAX);
  bh_pull_init_put(&b, &(bh_pull_init){.plugin = j->plugin->id, .path = j->plugin->path, .name = j->name, .workspace_dir = j->workspace_dir,
    .timezone = j->timezone, .cursor = j->cursor, .ca = j->ca, .day = j->day, .since = j->since, .call = j->call, .record = j->record, .programs = j->plugin->programs,
    .options = (bh_pull_option *)(uintptr_t)j->options, .option_count = j->option_count, .outward = j->outward});
  bh_status rc = b.failed ? bh_fail(&r->job->error, BH_E_INVALID, "its options are larger than 16 MiB")
                          : bh_worker_send(r->worker, BH_FRAME_INIT, bh_buf_str(&b), &r->job->error);
  if (b.ptr)
    explicit_bzero(b.ptr, b.cap);
  bh_buf_dispose(&b);
  return rc;
}

static void start(runner *r)
{
  char name[64];
  bh_pull_job *j = r->job;
  j->status = BH_OK;
  j->error = (bh_error){0};
  r->started_ms = bh_monotonic_ms();
  r->until_ms = r->started_ms + 1000 * (int64_t)(j->timeout_s > 0 ? j->timeout_s : TIMEOUT_DEFAULT_S);
  r->running = true;
  snprintf(r->phase, sizeof r->phase, "start");
  snprintf(name, sizeof name, "%.*s", BH_STR_ARG(j->name));
  if (!j->plugin->trusted) {
    bh_fail(&j->error, BH_E_INVALID, "%.*s", BH_STR_ARG(j->plugin->distrust));
    end(r, BH_E_INVALID);
    return;
  }
  bh_worker_spec spec = {.role = "connector", .name = name};
  if (j->plugin->programs)
    spec.memory_max_bytes = programs_address_bytes;
  bh_status rc = bh_worker_start(&r->worker, &spec, &j->error);
  if (rc == BH_OK)
    rc = send_init(r);
  if (rc)
    end(r, rc);
}

/* ---- what comes from the worker ---- */

static void garbage(runner *r, const char *what)
{
  bh_fail(&r->job->error, BH_E_WORKER, "sent garbage: %s", what);
  end_in_phase(r, BH_E_WORKER);
}

static void take_error(runner *r, bh_str payload)
{
  bh_get g = bh_get_init(payload);
  int64_t code = bh_get_i64(&g);
  bh_str message = bh_get_str(&g);
  if (!bh_get_done(&g) || !bh_utf8_ok(message) || code <= 0 || code > BH_E_BUG)
    garbage(r, "an error that is none");
  else {
    bh_fail(&r->job->error, (bh_status)code, "%.*s", BH_STR_ARG(message));
    end(r, (bh_status)code);
  }
}

static void take_done(runner *r, bh_str payload)
{
  bh_status rc = BH_OK;
  if (payload.len > CURSOR_BYTES_MAX || !bh_utf8_ok(payload)) {
    garbage(r, "a cursor that is none");
    return;
  }
  if (payload.len && r->sink->cursor)
    rc = r->sink->cursor(r->job->ctx, payload, &r->job->error);
  end(r, rc);
}

static void take_log(runner *r, bh_str payload)
{
  bh_get g = bh_get_init(payload);
  int32_t level = bh_get_u8(&g);
  bh_str text = bh_get_str(&g);
  if (!bh_get_done(&g) || !bh_utf8_ok(text))
    garbage(r, "a log message that is none");
  else if (r->sink->log)
    r->sink->log(r->job->ctx, r->job->name, level, text);
}

static void take_phase(runner *r, bh_str payload)
{
  bool ok = payload.len > 0 && payload.len < sizeof r->phase;
  for (size_t i = 0; i < payload.len && ok; i++)
    ok = payload.ptr[i] >= 'a' && payload.ptr[i] <= 'z';
  if (!ok)
    garbage(r, "a phase that is none");
  else
    snprintf(r->phase, sizeof r->phase, "%.*s", BH_STR_ARG(payload));
}

static void take_exchange(runner *r, bh_str payload)
{
  bh_get g = bh_get_init(payload);
  bh_exchange x = {.method = bh_get_str(&g), .url = bh_get_str(&g), .sent = bh_get_str(&g), .token = bh_get_str(&g), .status = (int32_t)bh_get_i64(&g), .headers = bh_get_str(&g),
    .body = bh_get_str(&g)};
  if (!bh_get_done(&g) || !r->job->record)
    garbage(r, "an exchange that is none");
  else if (r->sink->exchange)
    r->sink->exchange(r->job->ctx, &x);
}

static void take(runner *r, const bh_frame *f)
{
  bh_status rc;
  switch (f->type) {
  case BH_FRAME_HELLO: break;
  case BH_FRAME_PHASE: take_phase(r, f->payload); break;
  case BH_FRAME_LOG: take_log(r, f->payload); break;
  case BH_FRAME_EXCHANGE: take_exchange(r, f->payload); break;
  case BH_FRAME_ERROR: take_error(r, f->payload); break;
  case BH_FRAME_DONE: take_done(r, f->payload); break;
  case BH_FRAME_FACTS:
    rc = bh_facts_unpack(f->payload, r->sink, r->job->ctx, &r->job->error);
    if (rc == BH_E_WORKER)
      end_in_phase(r, rc);
    else if (rc)
      end(r, rc);
    break;
  default: garbage(r, "a frame of an unknown type"); break;
  }
}

/* A few frames at a time, so that a fast talker does not keep the others waiting. */
static void turn(runner *r)
{
  for (int i = 0; i < FRAMES_A_TURN && r->running; i++) {
    bh_frame f;
    bool frame = false;
    bh_status rc = bh_worker_pump(r->worker, &f, &frame, &r->job->error);
    if (rc)
      end_in_phase(r, rc);
    else if (!frame)
      return;
    else
      take(r, &f);
  }
}

static void check_time(runner *r, int64_t now)
{
  if (!r->running || now < r->until_ms)
    return;
  if (r->stopping) {
    bh_fail(&r->job->error, BH_E_INTERRUPTED, "interrupted");
    end(r, BH_E_INTERRUPTED);
    return;
  }
  bh_fail(&r->job->error, BH_E_WORKER, "hung: not done after %lld s", (long long)(r->until_ms - r->started_ms) / 1000);
  end_in_phase(r, BH_E_WORKER);
}

static void stop_all(runner *r, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (r[i].running && !r[i].stopping) {
      r[i].stopping = true;
      r[i].until_ms = bh_monotonic_ms() + STOP_GRACE_MS;
      if (bh_worker_send(r[i].worker, BH_FRAME_STOP, (bh_str){"", 0}, NULL))
        r[i].until_ms = 0;
    }
}

static bool poll_all(runner *r, size_t n, struct pollfd *fds)
{
  size_t live = 0;
  int64_t now = bh_monotonic_ms(), next = now + TURN_MS;
  for (size_t i = 0; i < n; i++) {
    if (!r[i].running)
      continue;
    fds[live++] = (struct pollfd){.fd = bh_worker_fd(r[i].worker), .events = (short)(POLLIN | (bh_worker_has_output(r[i].worker) ? POLLOUT : 0))};
    next = r[i].until_ms < next ? r[i].until_ms : next;
  }
  if (live)
    (void)poll(fds, (nfds_t)live, next > now ? (int)(next - now) : 0);
  return live > 0;
}

bh_status bh_pull_run(bh_pull_job *jobs, size_t n, const bh_pull_sink *sink, const volatile int *stop, bh_error *err)
{
  runner *r = calloc(n + 1, sizeof *r);
  struct pollfd *fds = calloc(n + 1, sizeof *fds);
  if (!r || !fds)
    bh_out_of_memory(n * sizeof *r);
  for (size_t i = 0; i < n; i++) {
    r[i].job = &jobs[i];
    r[i].sink = sink;
    start(&r[i]);
  }
  while (poll_all(r, n, fds)) {
    if (stop && *stop)
      stop_all(r, n);
    for (size_t i = 0, k = 0; i < n; i++) {
      if (!r[i].running)
        continue;
      if (fds[k++].revents)
        turn(&r[i]);
      check_time(&r[i], bh_monotonic_ms());
    }
  }
  bool stopped = stop && *stop;
  for (size_t i = 0; i < n; i++) {
    bh_worker *w = r[i].worker;
    if (w) {
      bh_worker_end(w);
      jobs[i].peak_kib = bh_worker_peak_kib(w);
    }
    bh_worker_free(w);
  }
  free(r);
  free(fds);
  return stopped ? bh_fail(err, BH_E_INTERRUPTED, "interrupted") : BH_OK;
}
