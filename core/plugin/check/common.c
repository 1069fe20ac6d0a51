/* The tests of every plugin: descriptor, options, life cycle, host functions that fail, cancelling. */
#include "plugin/check/inside.h"
#include "plugin/frame.h"
#include "plugin/manifest.h"
#include "plugin/worker.h"
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

enum { INSTANCES = 1000, WARM_UP = 50, GROWTH_BYTES_MAX = 4096, MAPPED_KIB_MAX = 4096, RUNS_MAX = 1500, CANCEL_MS = 1000, CANCEL_RUNS_MAX = 400 };

bh_status bh_check_manifest(bh_check *k)
{
  /* Loading it has compared the two. */
  char abi[40];
  bh_abi_format(abi, k->plugin->abi_major, k->plugin->abi_minor, k->plugin->abi_rc);
  return bh_check_say(k, "%s %s, ABI %s", k->plugin->id, k->plugin->version, abi);
}

/* Are all calls there? Each of these interfaces is whole, or it is none. */
static bool has_calls(const bh_check *k, const void *interface)
{
  if (bh_str_eqz(k->manifest.kind, "sink")) {
    const bh_sink *s = interface;
    return BH_HAS(s, bh_sink, clients) && s->probe && s->deliver && s->lookup && s->status;
  }
  if (bh_str_eqz(k->manifest.kind, "gateway")) {
    const bh_gateway *g = interface;
    return BH_HAS(g, bh_gateway, event) && g->probe && g->charge && g->refund && g->lookup;
  }
  return true;
}

bh_status bh_check_interface(bh_check *k)
{
  const char *id = bh_kind_interface(k->manifest.kind);
  const void *interface = k->plugin->get_interface(id);
  if (!interface)
    return bh_fail(&k->err, BH_E_INVALID, "it has no interface \"%s\"", id);
  if (!has_calls(k, interface))
    return bh_fail(&k->err, BH_E_INVALID, "its interface \"%s\" leaves out what is required", id);
  if (k->outward)
    return BH_OK;
  return bh_check_skip(k, "the check makes no calls of \"%s\" yet: the descriptor, the options, the life cycle and what it leaves behind were tested", id);
}

/* ---- options ---- */

static bool key_ok(const char *key)
{
  for (const char *c = key; *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (c > key && ((*c >= '0' && *c <= '9') || *c == '_'))))
      return false;
  return key[0] != 0;
}

static bh_status check_option(bh_check *k, const bh_option *o)
{
  bh_error why = {0};
  bh_value v = {.option = o};
  if (!key_ok(o->key))
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\": a key is lower case letters, digits and '_'", o->key);
  if (!bh_option_type_name(o->type))
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\": %d is not an option type", o->key, o->type);
  if (!o->help || !o->help[0])
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\" has no help: `billhook plugin info` shows it", o->key);
  if (o->fallback && (o->flags & BH_OPT_SECRET))
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\" is a secret and has a default", o->key);
  if (o->fallback && (o->flags & BH_OPT_REQUIRED))
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\" is required and has a default", o->key);
  if (o->fallback && o->type != BH_OPT_RECORDS && bh_value_parse(&v, &k->arena, bh_str_c(o->fallback), &why))
    return bh_fail(&k->err, BH_E_INVALID, "its default does not fit: %s", why.message);
  for (const bh_option *r = o->type == BH_OPT_RECORDS ? o->records : NULL; r && r->key; r++) {
    if (r->type == BH_OPT_RECORDS)
      return bh_fail(&k->err, BH_E_INVALID, "option \"%s\": no records inside records", o->key);
    bh_status rc = check_option(k, r);
    if (rc)
      return bh_fail_prefix(&k->err, "option \"%s\"", o->key);
  }
  return BH_OK;
}

bh_status bh_check_options(bh_check *k)
{
  bh_values values;
  size_t n = 0;
  bh_status rc = BH_OK;
  for (const bh_option *o = k->plugin->options; rc == BH_OK && o && o->key; o++, n++)
    rc = check_option(k, o);
  if (rc == BH_OK && !k->model && (rc = bh_check_values(&values, &k->arena, k, NULL, &k->err)))
    return bh_fail_prefix(&k->err, k->replay.option_count ? "the options of the recorded session" : "the options");
  return rc ? rc : bh_check_say(k, "%zu options", n);
}

/* ---- each required option left out ---- */

static bh_status left_out(bh_check *k, const char *key, bh_status status, const char *call, const char *reason, bool may_differ)
{
  if (status == BH_OK)
    return bh_fail(&k->err, BH_E_INVALID, "option \"%s\" is required, was left out, and every call came to BH_OK", key);
  if (!reason[0] && status != BH_E_NOMEM)
    return bh_fail(&k->err, BH_E_INVALID, "without the required option \"%s\", %s() failed without saying why", key, call);
  if (status != BH_E_INVALID && !may_differ)
    return bh_fail(&k->err, BH_E_INVALID, "without the required option \"%s\", %s() failed (%s: %.200s): BH_E_INVALID was expected", key, call,
                   bh_status_word(status), reason);
  return BH_OK;
}

static bh_status left_out_of_connector(bh_check *k, const char *key)
{
  bh_check_run_result r;
  bh_check_run_init(&r);
  r.calls = BH_CHECK_ALL_CALLS;
  r.without = key;
  r.no_network = k->replay.count == 0;
  bh_status rc = bh_check_connect(k, &r);
  if (rc == BH_OK)
    rc = left_out(k, key, r.status, r.call, r.reason, r.no_network && k->replay.file_count == 0);
  bh_check_run_dispose(&r);
  return rc;
}

static bh_status left_out_of_model(bh_check *k, const char *key)
{
  bh_check_instance *i;
  bh_check_rated r = {0};
  char reason[800];
  bh_status rc = bh_check_instance_new(&i, k, reason);
  if (rc)
    return bh_fail(&k->err, rc, "create: %s", reason);
  bh_buf_init(&r.json, (size_t)16 << 20);
  rc = bh_check_rate_case(&r, k, i, k->cases[0].json, NULL, NULL, key);
  if (rc == BH_OK)
    rc = left_out(k, key, r.status, r.call, r.reason, false);
  bh_buf_dispose(&r.json);
  bh_check_instance_free(i);
  return rc;
}

bh_status bh_check_required(bh_check *k)
{
  size_t n = 0;
  bh_status rc = BH_OK;
  for (const bh_option *o = k->plugin->options; rc == BH_OK && o && o->key; o++) {
    if (!(o->flags & BH_OPT_REQUIRED) || (o->flags & BH_OPT_EXCLUSIVE) || o->type == BH_OPT_PRODUCTS) /* the host reads these itself */
      continue;
    n++;
    bh_check_doing(k, "a run without the required option \"%s\"", o->key);
    if (k->connector || k->outward)
      rc = left_out_of_connector(k, o->key);
    else if (k->model)
      rc = left_out_of_model(k, o->key);
  }
  if (rc)
    return rc;
  return n ? bh_check_say(k, "%zu required", n) : bh_check_skip(k, "no option is required");
}

/* ---- a thousand instances ---- */

static bh_status make_one(bh_check *k)
{
  bh_check_instance *i;
  bh_check_run_result r;
  char reason[800];
  if (!k->connector && !k->outward) {
    if (bh_check_instance_new(&i, k, reason))
      return bh_fail(&k->err, BH_E_INVALID, "create() failed: %s", reason);
    bh_check_instance_free(i);
    return BH_OK;
  }
  bh_check_run_init(&r);
  bh_status rc = bh_check_connect(k, &r);
  if (rc == BH_OK && r.status)
    rc = bh_fail(&k->err, BH_E_INVALID, "create() failed (%s): %s", bh_status_word(r.status), r.reason);
  bh_check_run_dispose(&r);
  return rc;
}

bh_status bh_check_lifecycle(bh_check *k)
{
  bh_status rc = BH_OK;
  bh_check_doing(k, "making and destroying %d instances", INSTANCES);
  for (int i = 0; rc == BH_OK && i < WARM_UP; i++)
    rc = make_one(k);
  if (rc && k->init.session.len == 0) /* made-up values prove nothing where it refuses them */
    return bh_check_skip(k, "%.300s (a recorded session has the right options, or --option KEY=VALUE)", k->err.message);
  bh_check_size before = bh_check_measure();
  for (int i = 0; rc == BH_OK && i < INSTANCES; i++)
    rc = make_one(k);
  bh_check_size after = bh_check_measure();
  if (rc)
    return rc;
  if (after.heap_bytes > before.heap_bytes + GROWTH_BYTES_MAX)
    return bh_fail(&k->err, BH_E_INVALID, "%d instances, made and destroyed, leave %zu bytes of memory behind", INSTANCES, after.heap_bytes - before.heap_bytes);
  if (after.mapped_kib > before.mapped_kib + MAPPED_KIB_MAX)
    return bh_fail(&k->err, BH_E_INVALID, "%d instances, made and destroyed, leave %zu KiB of mapped memory behind", INSTANCES,
                   after.mapped_kib - before.mapped_kib);
  if (after.descriptors > before.descriptors)
    return bh_fail(&k->err, BH_E_INVALID, "%d instances, made and destroyed, leave %d descriptors open", INSTANCES, after.descriptors - before.descriptors);
  if (after.threads > before.threads)
    return bh_fail(&k->err, BH_E_INVALID, "%d instances, made and destroyed, leave %d threads behind", INSTANCES, after.threads - before.threads);
  return BH_OK;
}

/* ---- host functions that fail ---- */

/* All of them while they are few, else so many spread over them by the seed. */
static uint64_t next_call(bh_check *k, uint64_t n, uint64_t calls, uint64_t runs_max)
{
  return n + (calls <= runs_max ? 1 : 1 + bh_check_random(k, 2 * calls / runs_max));
}

static bh_status judge_connector(bh_check *k, const bh_check_run_result *good, const bh_check_run_result *r, const char *when)
{
  char why[600];
  bh_status rc = bh_check_said_why(k, r, when);
  if (rc || r->status || good->status)
    return rc;
  if (!bh_check_facts_judge(why, &good->facts, &r->facts))
    return bh_fail(&k->err, BH_E_INVALID, "%s, pull() came to BH_OK, and %s", when, why);
  if (!bh_check_facts_judge(why, &good->clients, &r->clients))
    return bh_fail(&k->err, BH_E_INVALID, "%s, clients() came to BH_OK, and %s", when, why);
  return BH_OK;
}

static bh_status failures_of_connector(bh_check *k)
{
  bh_check_run_result good, r;
  char when[200];
  uint64_t calls, runs = 0;
  bh_check_run_init(&good);
  bh_check_run_init(&r);
  good.calls = r.calls = BH_CHECK_ALL_CALLS;
  good.no_network = r.no_network = k->replay.count == 0;
  bh_check_faults_set(0, 0);
  bh_status rc = bh_check_connect(k, &good);
  calls = bh_check_faults_calls();
  for (uint64_t n = 1; rc == BH_OK && n <= calls; n = next_call(k, n, calls, RUNS_MAX), runs++) {
    bh_check_doing(k, "a run in which the host's call %llu fails", (unsigned long long)n);
    bh_check_faults_set(n, 0);
    rc = bh_check_connect(k, &r);
    if (rc || !bh_check_faults_failed())
      break;
    snprintf(when, sizeof when, "when the host's call %llu, %s, failed", (unsigned long long)n, bh_check_faults_failed());
    rc = judge_connector(k, &good, &r, when);
  }
  bh_check_run_dispose(&r);
  bh_check_run_dispose(&good);
  return rc ? rc : bh_check_say(k, "%llu of %llu calls", (unsigned long long)runs, (unsigned long long)calls);
}

static bh_status rate_first(bh_check *k, bh_check_rated *r, char reason[800])
{
  bh_check_instance *i;
  bh_buf_clear(&r->json);
  bh_status rc = bh_check_instance_new(&i, k, reason);
  if (rc) {
    r->status = rc;
    r->call = "create";
    snprintf(r->reason, sizeof r->reason, "%s", reason);
    return BH_OK;
  }
  rc = bh_check_rate_case(r, k, i, k->cases[0].json, NULL, NULL, NULL);
  bh_check_instance_free(i);
  return rc;
}

static bh_status judge_model(bh_check *k, const bh_check_rated *good, const bh_check_rated *r, uint64_t n)
{
  if (r->status && r->status != BH_E_NOMEM && !r->reason[0])
    return bh_fail(&k->err, BH_E_INVALID, "%s() failed (%s) without saying why, when the host's call %llu, %s, failed: fail() records the reason", r->call,
                   bh_status_word(r->status), (unsigned long long)n, bh_check_faults_failed());
  if (r->status == BH_OK && good->status == BH_OK && !bh_str_eq(bh_buf_str(&good->json), bh_buf_str(&r->json)))
    return bh_fail(&k->err, BH_E_INVALID, "rate() came to BH_OK with another result, when the host's call %llu, %s, failed", (unsigned long long)n,
                   bh_check_faults_failed());
  return BH_OK;
}

static bh_status failures_of_model(bh_check *k)
{
  bh_check_rated good = {0}, r = {0};
  char reason[800];
  bh_buf_init(&good.json, (size_t)16 << 20);
  bh_buf_init(&r.json, (size_t)16 << 20);
  bh_check_faults_set(0, 0);
  bh_status rc = rate_first(k, &good, reason);
  uint64_t calls = bh_check_faults_calls(), runs = 0;
  for (uint64_t n = 1; rc == BH_OK && n <= calls; n = next_call(k, n, calls, RUNS_MAX), runs++) {
    bh_check_doing(k, "a run in which the host's call %llu fails", (unsigned long long)n);
    bh_check_faults_set(n, 0);
    rc = rate_first(k, &r, reason);
    if (rc == BH_OK && bh_check_faults_failed())
      rc = judge_model(k, &good, &r, n);
  }
  bh_buf_dispose(&good.json);
  bh_buf_dispose(&r.json);
  return rc ? rc : bh_check_say(k, "%llu of %llu calls", (unsigned long long)runs, (unsigned long long)calls);
}

static bh_status failures_of_other(bh_check *k)
{
  bh_check_instance *i;
  char reason[800];
  for (uint64_t n = 1;; n++) {
    bh_check_doing(k, "create() in which the host's call %llu fails", (unsigned long long)n);
    bh_check_faults_set(n, 0);
    bh_status rc = bh_check_instance_new(&i, k, reason);
    if (rc == BH_OK)
      bh_check_instance_free(i);
    else if (!reason[0] && rc != BH_E_NOMEM)
      return bh_fail(&k->err, BH_E_INVALID, "create() failed without saying why: fail() records the reason");
    if (!bh_check_faults_failed())
      return BH_OK;
  }
}

bh_status bh_check_host_failures(bh_check *k)
{
  return k->connector ? failures_of_connector(k) : k->model ? failures_of_model(k) : failures_of_other(k);
}

/* ---- cancelling ---- */

static unsigned char too_slow[512];
static size_t too_slow_len;
static int too_slow_fd;

static void on_alarm(int sig)
{
  (void)sig;
  ssize_t n = write(too_slow_fd, too_slow, too_slow_len);
  _exit(n < 0);
}

/* The frame that is sent if it does not return in time. */
static void arm(bh_check *k, uint64_t n, int64_t ms)
{
  bh_buf b;
  char words[200];
  const struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000}};
  snprintf(words, sizeof words, "it did not return within a second: cancelled() was true from the host's call %llu on", (unsigned long long)n);
  bh_buf_init(&b, sizeof too_slow - BH_FRAME_HEADER_BYTES);
  bh_put_i64(&b, BH_E_TRANSIENT);
  bh_put_str(&b, bh_str_c(words));
  bh_frame_header_put(too_slow, BH_FRAME_ERROR, b.len);
  memcpy(too_slow + BH_FRAME_HEADER_BYTES, b.ptr, b.len);
  too_slow_len = BH_FRAME_HEADER_BYTES + b.len;
  too_slow_fd = k->fd;
  bh_buf_dispose(&b);
  signal(SIGALRM, on_alarm);
  setitimer(ITIMER_REAL, &timer, NULL);
}

static void disarm(void)
{
  const struct itimerval none = {0};
  setitimer(ITIMER_REAL, &none, NULL);
  signal(SIGALRM, SIG_DFL);
}

bh_status bh_check_cancel(bh_check *k)
{
  bh_check_run_result good, r;
  char when[200];
  uint64_t runs = 0;
  bh_check_run_init(&good);
  bh_check_run_init(&r);
  good.calls = r.calls = BH_CHECK_ALL_CALLS;
  good.no_network = r.no_network = k->replay.count == 0;
  bh_check_faults_set(0, 0);
  int64_t began = bh_monotonic_ms();
  bh_status rc = bh_check_connect(k, &good);
  uint64_t calls = bh_check_faults_calls();
  int64_t limit = CANCEL_MS + bh_monotonic_ms() - began;
  for (uint64_t n = 1; rc == BH_OK && n <= calls; n = next_call(k, n, calls, CANCEL_RUNS_MAX), runs++) {
    bh_check_doing(k, "a run that is cancelled at the host's call %llu", (unsigned long long)n);
    bh_check_faults_set(0, n);
    arm(k, n, limit);
    rc = bh_check_connect(k, &r);
    disarm();
    snprintf(when, sizeof when, "when it was cancelled at the host's call %llu", (unsigned long long)n);
    if (rc == BH_OK && r.status != BH_E_CANCELLED) /* that one says it all */
      rc = judge_connector(k, &good, &r, when);
  }
  bh_check_run_dispose(&r);
  bh_check_run_dispose(&good);
  return rc ? rc : bh_check_say(k, "at %llu of %llu calls", (unsigned long long)runs, (unsigned long long)calls);
}
