/* Running the suite: a worker a test, with a limit of time, and the session's files in a folder that vanishes. */
#include "plugin/check/check.h"
#include "plugin/manifest.h"
#include "plugin/worker.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_TIMEOUT_MS = 300000, INIT_BYTES_MAX = 48 * 1024 * 1024, TURN_MS = 200, DOING_LEN = 300, TRIES_MAX = 2, WARNING_BYTES_MAX = 64 * 1024 };

typedef struct suite {
  const bh_check_spec *spec;
  const volatile int *stop;
  bh_str folder;
  char doing[DOING_LEN];
  char words[900];
  char warnings[WARNING_BYTES_MAX];
} suite;

/* ---- the session's files ---- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
  (void)st, (void)flag, (void)ftw;
  return remove(path);
}

static bool name_ok(bh_str name)
{
  if (name.len == 0 || name.len > 200 || name.ptr[0] == '/' || name.ptr[0] == '.' || !bh_utf8_ok(name))
    return false;
  return !memmem(name.ptr, name.len, "/.", 2) && !memmem(name.ptr, name.len, "//", 2);
}

static bh_status write_file(const char *dir, bh_str name, bh_str text, bh_error *err)
{
  char path[PATH_MAX];
  if (!name_ok(name))
    return bh_fail(err, BH_E_INVALID, "files: \"%.*s\" is not a name below the workspace", BH_STR_ARG(name));
  snprintf(path, sizeof path, "%s/%.*s", dir, BH_STR_ARG(name));
  for (char *p = path + strlen(dir) + 1; *p; p++)
    if (*p == '/') {
      *p = 0;
      if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return bh_fail(err, BH_E_STORE, "cannot make %s: %s", path, strerror(errno));
      *p = '/';
    }
  FILE *f = fopen(path, "we");
  bool ok = f && (text.len == 0 || fwrite(text.ptr, 1, text.len, f) == text.len);
  ok = f && fclose(f) == 0 && ok;
  if (ok && text.len > 2 && memcmp(text.ptr, "#!", 2) == 0)
    ok = chmod(path, 0700) == 0; /* a program */
  return ok ? BH_OK : bh_fail(err, BH_E_STORE, "cannot write %s: %s", path, strerror(errno));
}

/* The folder, where the session has files. */
static bh_status lay_files(bh_str *folder, bh_arena *a, bh_str session, bh_error *err)
{
  bh_node *root = NULL;
  *folder = (bh_str){"", 0};
  if (session.len == 0)
    return BH_OK;
  bh_status rc = bh_json_parse(&root, a, session, NULL, err);
  if (rc)
    return rc;
  const bh_node *files = root->kind == BH_NODE_TABLE ? bh_node_get(root, "files") : NULL;
  if (!files)
    return BH_OK;
  const char *tmp = secure_getenv("TMPDIR");
  char *dir = bh_arena_z(a, bh_arena_fmt(a, "%s/billhook-check-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp"));
  if (files->kind != BH_NODE_TABLE || files->item_count)
    return bh_fail(err, BH_E_INVALID, "files: must be an object of names and texts");
  if (!mkdtemp(dir))
    return bh_fail(err, BH_E_STORE, "cannot make a temporary folder: %s", strerror(errno));
  *folder = bh_str_c(dir);
  for (size_t i = 0; rc == BH_OK && i < files->field_count; i++)
    rc = write_file(dir, files->fields[i].key, files->fields[i].value->text, err);
  return rc;
}

static void sweep_files(bh_str folder)
{
  enum { FDS_MAX = 16 };
  if (folder.len)
    nftw(folder.ptr, remove_one, FDS_MAX, FTW_DEPTH | FTW_PHYS);
}

/* ---- one test ---- */

typedef enum answer { PASSED, SKIPPED, FAILED, SLOW, INTERRUPTED } answer; /* SLOW: failed, by the clock */

static answer say(suite *s, answer a, bh_str words)
{
  snprintf(s->words, sizeof s->words, "%.*s", (int)(words.len < sizeof s->words - 1 ? words.len : sizeof s->words - 1), words.ptr);
  s->words[bh_utf8_span(bh_str_c(s->words))] = 0;
  return a;
}

static answer died(suite *s, const bh_error *e)
{
  char text[900];
  snprintf(text, sizeof text, "%.400s%s%s", e->message, s->doing[0] ? " in " : "", s->doing);
  return say(s, FAILED, bh_str_c(text));
}

static bool take(answer *out, suite *s, const bh_frame *f, bh_buf *result)
{
  bh_get g = bh_get_init(f->payload);
  switch (f->type) {
  case BH_FRAME_HELLO: return false;
  case BH_FRAME_PHASE:
    snprintf(s->doing, sizeof s->doing, "%.*s", (int)(f->payload.len < DOING_LEN - 1 ? f->payload.len : DOING_LEN - 1), f->payload.ptr);
    return false;
  case BH_FRAME_DONE: {
    uint8_t skipped = bh_get_u8(&g);
    bh_str words = bh_get_str(&g), warnings = bh_get_str(&g);
    snprintf(s->warnings, sizeof s->warnings, "%.*s", BH_STR_ARG(warnings));
    if (result)
      bh_buf_puts(result, words);
    *out = say(s, skipped ? SKIPPED : PASSED, words);
    return true;
  }
  case BH_FRAME_ERROR: {
    int64_t code = bh_get_i64(&g);
    bh_str words = bh_get_str(&g);
    *out = say(s, code == BH_E_TRANSIENT ? SLOW : FAILED, g.bad ? BH_S("sent garbage") : words);
    return true;
  }
  default:
    *out = say(s, FAILED, BH_S("sent garbage: a frame of an unknown type"));
    return true;
  }
}

static answer wait_for(suite *s, bh_worker *w, bh_buf *result)
{
  bh_error e = {0};
  int64_t until = bh_monotonic_ms() + TEST_TIMEOUT_MS;
  for (;;) {
    bh_frame f;
    answer a;
    bool frame = false;
    if (s->stop && *s->stop)
      return INTERRUPTED;
    if (bh_worker_pump(w, &f, &frame, &e))
      return died(s, &e);
    if (frame) {
      if (take(&a, s, &f, result))
        return a;
      continue;
    }
    if (bh_monotonic_ms() > until) {
      bh_fail(&e, BH_E_WORKER, "hung: not done after %d s", TEST_TIMEOUT_MS / 1000);
      return died(s, &e);
    }
    struct pollfd p = {.fd = bh_worker_fd(w), .events = (short)(POLLIN | (bh_worker_has_output(w) ? POLLOUT : 0))};
    (void)poll(&p, 1, TURN_MS);
  }
}

static answer run_test(suite *s, const char *test, bh_buf *result)
{
  const bh_check_spec *spec = s->spec;
  bh_worker *w = NULL;
  bh_error e = {0};
  bh_buf b;
  s->doing[0] = s->words[0] = s->warnings[0] = 0;
  bh_buf_init(&b, INIT_BYTES_MAX);
  bh_check_init_put(&b, &(bh_check_init){.test = bh_str_c(test), .path = bh_str_c(spec->path), .session = spec->session, .folder = s->folder,
    .input = spec->input, .seed = (int64_t)spec->seed, .options = (bh_pull_option *)(uintptr_t)spec->options, .option_count = spec->option_count});
  bh_status rc = b.failed ? bh_fail(&e, BH_E_INVALID, "the recorded session is larger than 48 MiB")
                          : bh_worker_start(&w, &(bh_worker_spec){.role = "check", .name = test}, &e);
  if (rc == BH_OK)
    rc = bh_worker_send(w, BH_FRAME_INIT, bh_buf_str(&b), &e);
  if (b.ptr)
    explicit_bzero(b.ptr, b.cap);
  bh_buf_dispose(&b);
  answer a = rc ? say(s, FAILED, bh_str_c(e.message)) : wait_for(s, w, result);
  if (w && a != PASSED && a != SKIPPED)
    bh_worker_kill(w); /* it may hang */
  bh_worker_free(w);
  return a;
}

static int kind_of(bh_str kind)
{
  return bh_str_eqz(kind, "connector") ? BH_CHECK_CONNECTOR : bh_str_eqz(kind, "model") ? BH_CHECK_MODEL : bh_str_eqz(kind, "sink") ? BH_CHECK_SINK
         : bh_str_eqz(kind, "gateway") ? BH_CHECK_GATEWAY : BH_CHECK_OTHER;
}

static const char no_session[] = "no recorded session beside it (NAME.replay.json): `billhook plugin record` makes one";
static const char no_other_side[] = "no session beside it (NAME.replay.json) that plays the other side: the manual of the check says how to write one";
static const char bad_session[] = "the recorded session does not pass as it is: mend that first";
static const char no_cases[] = "no cases beside it (NAME.cases.json)";

static bh_status run_all(bool *ok, suite *s, int kind, void (*each)(void *ctx, const bh_check_outcome *o), void *ctx, bh_error *err)
{
  bool usable = true; /* the recorded session */
  for (size_t i = 0; i < bh_check_test_count; i++) {
    const bh_check_test *t = &bh_check_tests[i];
    if (!(t->kinds & kind) || (s->spec->only && strcmp(s->spec->only, t->name) != 0))
      continue;
    int64_t began = bh_monotonic_ms();
    answer a = SKIPPED;
    s->warnings[0] = 0;
    if (t->session && !usable)
      snprintf(s->words, sizeof s->words, "%s", bad_session);
    else if (t->session && s->spec->session.len == 0)
      snprintf(s->words, sizeof s->words, "%s", kind == BH_CHECK_MODEL ? no_cases : kind == BH_CHECK_CONNECTOR ? no_session : no_other_side);
    else /* a clock that a busy machine has stopped does not stop twice */
      for (int n = 0; n == 0 || (a == SLOW && n < TRIES_MAX); n++)
        a = run_test(s, t->name, NULL);
    if (a == INTERRUPTED)
      return bh_fail(err, BH_E_INTERRUPTED, "interrupted");
    const bh_check_outcome o = {.test = t, .ok = a == PASSED || a == SKIPPED, .skipped = a == SKIPPED, .words = s->words, .warnings = s->warnings,
      .took_ms = bh_monotonic_ms() - began};
    *ok = *ok && o.ok;
    usable = usable && (o.ok || strcmp(t->name, "session") != 0);
    each(ctx, &o);
  }
  return BH_OK;
}

static const bh_check_test *find(const char *name)
{
  for (size_t i = 0; i < bh_check_test_count; i++)
    if (strcmp(bh_check_tests[i].name, name) == 0)
      return &bh_check_tests[i];
  return NULL;
}

static bh_status read_manifest(bh_manifest *m, bh_arena *a, const char *path, bh_error *err)
{
  size_t len = strlen(path);
  if (path[0] != '/' || len < 4 || strcmp(path + len - 3, ".so") != 0)
    return bh_fail(err, BH_E_USAGE, "\"%s\" is not the path of a .so", path);
  return bh_manifest_read(m, a, bh_arena_fmt(a, "%.*s.json", (int)(len - 3), path).ptr, err);
}

bh_status bh_check_run(bool *ok, const bh_check_spec *spec, void (*each)(void *ctx, const bh_check_outcome *o), void *ctx, const volatile int *stop,
                       bh_error *err)
{
  bh_arena a;
  bh_manifest m;
  suite s = {.spec = spec, .stop = stop, .folder = {"", 0}};
  *ok = true;
  bh_arena_init(&a);
  bh_status rc = read_manifest(&m, &a, spec->path, err);
  if (rc && rc != BH_E_USAGE) { /* nothing else can be said of it */
    const bh_check_outcome o = {.test = find("manifest"), .words = err->message, .warnings = ""};
    *ok = false;
    each(ctx, &o);
    bh_arena_dispose(&a);
    return BH_OK;
  }
  if (rc == BH_OK && (rc = lay_files(&s.folder, &a, spec->session, err)))
    bh_fail_prefix(err, "the recorded session");
  if (rc == BH_OK)
    rc = run_all(ok, &s, kind_of(m.kind), each, ctx, err);
  sweep_files(s.folder);
  bh_arena_dispose(&a);
  return rc;
}

bh_status bh_check_rate(bh_buf *out, const bh_check_spec *spec, bh_error *err)
{
  suite s = {.spec = spec, .folder = {"", 0}};
  answer a = run_test(&s, "rate", out);
  return a == PASSED ? BH_OK : bh_fail(err, BH_E_INVALID, "%s", s.words);
}

bh_status bh_check_describe_file(bh_buf *out, const char *path, bh_error *err)
{
  const bh_check_spec spec = {.path = path, .session = {"", 0}, .input = {"", 0}};
  suite s = {.spec = &spec, .folder = {"", 0}};
  answer a = run_test(&s, "describe", out);
  return a == PASSED ? BH_OK : bh_fail(err, BH_E_INVALID, "%s", s.words);
}
