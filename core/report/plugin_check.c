/* `plugin check`: the conformance suite, and what it found as one document. */
#include "plugin/check/check.h"
#include "report/plugin_vendor.h"
#include "report/report.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { SESSION_BYTES_MAX = 40 * 1024 * 1024, DOCUMENT_BYTES_MAX = 1 << 20 };

bh_status bh_vendor_path(char out[PATH_MAX], const char *file, bh_error *err) {
  size_t n = strlen(file);
  if (n < 4 || strcmp(file + n - 3, ".so") != 0) return bh_fail(err, BH_E_USAGE, "%s: expected the path of a plugin's .so", file);
  if (realpath(file, out) == NULL) return bh_fail(err, BH_E_USAGE, "%s: %s", file, strerror(errno));
  return BH_OK;
}

bh_status bh_vendor_options(bh_pull_option **out, bh_arena *a, const char *const *words, size_t n, bh_buf *secrets, bh_error *err) {
  bh_pull_option *list = BH_NEWN(a, bh_pull_option, n + 1);
  for (size_t i = 0; i < n; i++) {
    const char *equals = strchr(words[i], '=');
    if (equals == NULL || equals == words[i]) return bh_fail(err, BH_E_USAGE, "--option %s: expected KEY=VALUE", words[i]);
    bh_str value = bh_str_c(equals + 1);
    list[i] = (bh_pull_option){.key = bh_arena_str(a, (bh_str){words[i], (size_t)(equals - words[i])}), .value = value};
    if (!bh_str_starts(value, BH_S("env:")) && !bh_str_starts(value, BH_S("file:")) && !bh_str_starts(value, BH_S("cmd:"))) continue;
    size_t at = secrets->len;
    bh_status st = bh_secret_read(secrets, NULL, value, err);
    if (st != BH_OK) return bh_fail_prefix(err, "--option %.*s", BH_STR_ARG(list[i].key));
    list[i].secret = true;
    list[i].value = bh_arena_str(a, (bh_str){secrets->ptr + at, secrets->len - at});
  }
  *out = list;
  return BH_OK;
}

/* NAME.replay.json or NAME.cases.json beside NAME.so, whichever is there; none: nothing is read. */
static bh_status read_session(bh_buf *out, bh_arena *a, const char *path, const char *named, bh_error *err) {
  static const char *const endings[] = {".replay.json", ".cases.json"};
  if (named != NULL) return bh_file_read(out, named, err) == BH_OK ? BH_OK : BH_E_USAGE;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    bh_str beside = bh_arena_fmt(a, "%.*s%s", (int)(strlen(path) - 3), path, endings[i]);
    if (access(beside.ptr, R_OK) == 0) return bh_file_read(out, beside.ptr, err);
  }
  return BH_OK;
}

typedef struct writer { bh_jw w; billhook *b; int64_t done; } writer;

/* Only where there are any: a list of texts. */
static void put_warnings(bh_jw *w, bh_str lines) {
  if (lines.len == 0) return;
  bh_jw_key(w, "warnings");
  bh_jw_arr(w);
  while (lines.len) {
    const char *end = memchr(lines.ptr, '\n', lines.len);
    size_t n = end ? (size_t)(end - lines.ptr) : lines.len;
    bh_jw_str(w, (bh_str){lines.ptr, n});
    lines = (bh_str){lines.ptr + n + (end != NULL), lines.len - n - (end != NULL)};
  }
  bh_jw_arr_end(w);
}

static void put_outcome(void *ctx, const bh_check_outcome *o) {
  writer *x = ctx;
  bh_jw *w = &x->w;
  bh_engine_progress(x->b, "tests", ++x->done, 0);
  bh_jw_obj(w);
  bh_jw_key(w, "name"); bh_jw_z(w, o->test->name);
  bh_jw_key(w, "says"); bh_jw_z(w, o->test->says);
  bh_jw_key(w, "ok"); bh_jw_bool(w, o->ok);
  bh_jw_key(w, "skipped"); bh_jw_bool(w, o->skipped);
  bh_jw_key(w, o->ok ? "note" : "reason");
  if (o->words[0]) bh_jw_z(w, o->words);
  else bh_jw_null(w);
  put_warnings(w, bh_str_c(o->warnings));
  bh_jw_key(w, "ms"); bh_jw_int(w, o->took_ms);
  bh_jw_obj_end(w);
}

static bool known(const char *test) {
  for (size_t i = 0; i < bh_check_test_count; i++)
    if (strcmp(bh_check_tests[i].name, test) == 0) return true;
  return false;
}

int billhook_plugin_check(billhook *b, const billhook_plugin_check_options *o, const billhook_out *out) {
  bh_error err = {0};
  bh_arena a;
  bh_buf session, secrets, text;
  char path[PATH_MAX] = "";
  bool ok = false;
  writer x = {.b = b};
  bh_check_spec spec = {.path = path, .seed = o->seed, .only = o->only, .option_count = o->option_count, .input = {"", 0}};
  bh_pull_option *list = NULL;
  bh_arena_init(&a);
  bh_buf_init(&session, SESSION_BYTES_MAX);
  bh_buf_init(&secrets, 1 << 20);
  bh_buf_init(&text, DOCUMENT_BYTES_MAX);
  bh_status st = o->only != NULL && !known(o->only) ? bh_fail(&err, BH_E_USAGE, "--only %s: there is no such test", o->only) : bh_vendor_path(path, o->file, &err);
  if (st == BH_OK) st = read_session(&session, &a, path, o->replay, &err);
  if (st == BH_OK) st = bh_vendor_options(&list, &a, o->options, o->option_count, &secrets, &err);
  if (st == BH_OK) {
    spec.options = list;
    spec.session = bh_buf_str(&session);
    bh_jw_init(&x.w, &text);
    bh_jw_obj(&x.w);
    bh_jw_key(&x.w, "file"); bh_jw_z(&x.w, path);
    bh_jw_key(&x.w, "seed"); bh_jw_int(&x.w, (int64_t)o->seed);
    bh_jw_key(&x.w, "tests");
    bh_jw_arr(&x.w);
    st = bh_check_run(&ok, &spec, put_outcome, &x, b->options.stop, &err);
    bh_jw_arr_end(&x.w);
    bh_jw_key(&x.w, "ok"); bh_jw_bool(&x.w, ok);
    bh_jw_obj_end(&x.w);
  }
  if (st == BH_OK) bh_out_line(out, &text);
  if (secrets.ptr != NULL) explicit_bzero(secrets.ptr, secrets.cap);
  bh_buf_dispose(&secrets);
  bh_buf_dispose(&session);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  int status = bh_engine_end(b, st, &err);
  return st == BH_OK && !ok ? BILLHOOK_SOME : status;
}

int billhook_plugin_manifest(billhook *b, const char *file, const billhook_out *out) {
  bh_error err = {0};
  bh_buf text;
  char path[PATH_MAX] = "";
  bh_buf_init(&text, DOCUMENT_BYTES_MAX);
  bh_status st = bh_vendor_path(path, file, &err);
  if (st == BH_OK && (st = bh_check_describe_file(&text, path, &err)) != BH_OK) err.code = st = BH_E_PERMANENT;
  if (st == BH_OK) bh_out_line(out, &text);
  bh_buf_dispose(&text);
  return bh_engine_end(b, st, &err);
}
