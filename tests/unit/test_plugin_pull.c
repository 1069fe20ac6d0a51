/* Connectors that misbehave, each beside a good one: each fails by its name, and the good one succeeds (QUALITY R5). */
#include "plugin_test.h"
#include "base/date.h"
#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static bh_plugin_set *set;

static int find(void **state)
{
  /* A crash is to be a crash: the sanitizer's own handlers would make an exit of it. Children alone read this. */
  setenv("ASAN_OPTIONS", "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigill=0:allocator_may_return_null=1:detect_leaks=1", 1);
  return bh_plugins_find(&set, BH_TEST_PLUGINS, NULL, false, NULL) == BH_OK ? 0 : -1;
}

static int forget(void **state)
{
  bh_plugins_free(set);
  return 0;
}

static bh_pull_job job(const char *name, const char *plugin, test_sink *s)
{
  const bh_manifest *m = bh_plugins_get(set, bh_str_c(plugin));
  if (!m)
    fail_msg("there is no plugin %s", plugin);
  test_sink_init(s);
  return (bh_pull_job){.name = bh_str_c(name), .plugin = m, .workspace_dir = BH_S("/"), .timezone = BH_S("Europe/Berlin"),
    .day = bh_day_make(2026, 11, 22), .ctx = s, .timeout_s = 30, .cursor = {"", 0}};
}

static void assert_good(const bh_pull_job *j)
{
  if (j->status)
    fail_msg("the good one: %s", j->error.message);
  test_sink *s = j->ctx;
  assert_int_equal(s->count, 4);
  assert_str(bh_buf_str(&s->text), "asset 1 acme device server 1 \"Srv\" min max {\"a\":\"b\",\"os\":\"Linux\"}\n"
                                   "asset 1 acme device server 2 \"Srv\" min max {\"a\":\"b\",\"os\":\"Linux\"}\n"
                                   "asset 1 acme device server 3 \"Srv\" min max {\"a\":\"b\",\"os\":\"Linux\"}\n"
                                   "scope * * complete\n");
}

static const struct { const char *plugin, *says; int timeout_s, plain_only; } rows[] = {
  {"bad_segv", "connector \"rmm\": crashed with signal 11 (Segmentation fault) in pull", 30, 0},
  {"bad_abort", "connector \"rmm\": crashed with signal 6 (Aborted) in pull", 30, 0},
  {"bad_double_free", "connector \"rmm\": crashed with signal 6 (Aborted) in pull", 30, 1},
  {"bad_exit", "connector \"rmm\": exited with status 0 in pull", 30, 0},
  {"bad_program", "connector \"rmm\": pull: programs are not lent", 30, 0},
  {"bad_hang", "connector \"rmm\": hung: not done after 1 s in pull", 1, 0},
  {"bad_deaf", "connector \"rmm\": hung: not done after 1 s in pull", 1, 0},
  {"bad_stack", "connector \"rmm\": crashed with signal 11 (Segmentation fault) in pull", 30, 0},
  {"bad_close", "connector \"rmm\": closed its connection to the host in pull", 30, 0},
  {"bad_garbage", "connector \"rmm\": sent garbage instead of a frame in pull", 30, 0},
  {"bad_badfacts", "connector \"rmm\": sent garbage: a frame of facts that does not add up in pull", 30, 0},
  {"bad_fork", "connector \"rmm\": crashed with signal 31 (Bad system call) in pull", 30, 1},
  {"bad_leak", "connector \"rmm\": crashed with signal 6 (Aborted) in pull", 30, 1},
  {"bad_scope", "connector \"rmm\": the scope of kind \"*\" and client \"*\" was begun and not ended", 30, 0},
  {"bad_refused", "connector \"rmm\": an asset's client, kind and id must be 1 to 500 bytes of UTF-8", 30, 0},
  {"bad_silent", "connector \"rmm\": pull: failed (a passing trouble) without saying why", 30, 0},
  {"bad_status", "connector \"rmm\": pull: failed (refused) without saying why", 30, 0},
  {"bad_abi", "bad_abi.so: it was built for ABI 2.0, and this is ABI 1.0", 30, 0},
  {"bad_future", "bad_future.so: it was built for ABI 2.0, and this is ABI 1.0", 30, 0},
  {"bad_size", "bad_size.so: its descriptor says struct_size 24; ABI 1.0 asks for 80 at least", 30, 0},
  {"bad_liar", "bad_liar.so: its manifest says version \"1.0\" and its code \"9.9\"", 30, 0},
};

static void test_bad_beside_good(void **state)
{
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    test_sink s[2];
    bh_error err = {0};
    if (rows[i].plain_only && SANITIZED)
      continue;
    bh_pull_job jobs[2] = {job("rmm", rows[i].plugin, &s[0]), job("sheet", "bad_good", &s[1])};
    jobs[0].timeout_s = rows[i].timeout_s;
    assert_int_equal(bh_pull_run(jobs, 2, &test_pull_sink, NULL, &err), BH_OK);
    if (jobs[0].status == BH_OK || !strstr(jobs[0].error.message, rows[i].says) || strncmp(jobs[0].error.message, "connector \"rmm\": ", 17) != 0)
      fail_msg("%s: \"%s\", expected \"%s\"", rows[i].plugin, jobs[0].error.message, rows[i].says);
    assert_good(&jobs[1]);
    bh_buf_dispose(&s[0].text);
    bh_buf_dispose(&s[1].text);
  }
}

/* All of them at once. */
static void test_all_beside_good(void **state)
{
  enum { N = sizeof rows / sizeof *rows };
  test_sink s[N + 1];
  bh_pull_job jobs[N + 1];
  size_t n = 0;
  for (size_t i = 0; i < N; i++)
    if (!(rows[i].plain_only && SANITIZED)) {
      jobs[n] = job("rmm", rows[i].plugin, &s[n]);
      jobs[n].timeout_s = rows[i].timeout_s;
      n++;
    }
  jobs[n] = job("sheet", "bad_good", &s[n]);
  n++;
  assert_int_equal(bh_pull_run(jobs, n, &test_pull_sink, NULL, NULL), BH_OK);
  assert_good(&jobs[n - 1]);
  for (size_t i = 0; i + 1 < n; i++)
    assert_int_not_equal(jobs[i].status, BH_OK);
  for (size_t i = 0; i < n; i++)
    bh_buf_dispose(&s[i].text);
}

static void test_secret(void **state)
{
  test_sink s;
  bh_pull_job j = job("rmm", "bad_secret", &s);
  const bh_pull_option token = {BH_S("token"), BH_S("swordfish-77"), true};
  j.options = &token;
  j.option_count = 1;
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_int_equal(j.status, BH_E_AUTH);
  assert_string_equal(j.error.message, "connector \"rmm\": pull: the token *** was refused");
  const bh_pull_option unknown = {BH_S("colour"), BH_S("red"), false};
  bh_buf_dispose(&s.text);
  j = job("rmm", "bad_good", &s);
  j.options = &unknown;
  j.option_count = 1;
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_string_equal(j.error.message, "connector \"rmm\": option \"colour\" is not one that this plugin has");
  bh_buf_dispose(&s.text);
}

static void test_sink_refuses(void **state)
{
  test_sink s[2];
  bh_pull_job jobs[2] = {job("rmm", "bad_good", &s[0]), job("sheet", "bad_good", &s[1])};
  s[0].refuse = "we will not have it";
  assert_int_equal(bh_pull_run(jobs, 2, &test_pull_sink, NULL, NULL), BH_OK);
  assert_string_equal(jobs[0].error.message, "connector \"rmm\": we will not have it");
  assert_int_equal(s[0].count, 1);
  assert_good(&jobs[1]);
  bh_buf_dispose(&s[0].text);
  bh_buf_dispose(&s[1].text);
}

static void test_untrusted(void **state)
{
  char so[PATH_MAX];
  test_sink s;
  bh_error err = {0};
  bh_plugin_set *mine;
  test_copy(BH_TEST_PLUGINS "/bad_good.so", "bad_good.so");
  test_copy(BH_TEST_PLUGINS "/bad_good.json", "bad_good.json");
  snprintf(so, sizeof so, "%s", test_path("bad_good.so"));
  assert_int_equal(chmod(so, 0777), 0);
  assert_int_equal(bh_plugins_find(&mine, test_dir, NULL, false, &err), BH_OK);
  bh_pull_job j = job("rmm", "bad_good", &s);
  j.plugin = bh_plugins_get(mine, BH_S("bad_good"));
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_int_equal(j.status, BH_E_INVALID);
  assert_non_null(strstr(j.error.message, "mode 0777) is not trusted"));
  bh_manifest lie = *j.plugin; /* the worker looks for itself */
  lie.trusted = true;
  j.plugin = &lie;
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_non_null(strstr(j.error.message, "mode 0777) is not trusted"));
  bh_plugins_free(mine);
  bh_buf_dispose(&s.text);
}

static volatile int stop;

static void *stop_soon(void *arg)
{
  usleep(300000);
  stop = 1;
  return NULL;
}

static void test_stop(void **state)
{
  test_sink s[2];
  pthread_t t;
  bh_error err = {0};
  bh_pull_job jobs[2] = {job("rmm", "bad_hang", &s[0]), job("sheet", "bad_good", &s[1])};
  stop = 0;
  int64_t began = bh_monotonic_ms();
  assert_int_equal(pthread_create(&t, NULL, stop_soon, NULL), 0);
  assert_int_equal(bh_pull_run(jobs, 2, &test_pull_sink, &stop, &err), BH_E_INTERRUPTED);
  pthread_join(t, NULL);
  assert_true(bh_monotonic_ms() - began < 10000);
  assert_int_equal(jobs[0].status, BH_E_INTERRUPTED);
  assert_good(&jobs[1]);
  bh_buf_dispose(&s[0].text);
  bh_buf_dispose(&s[1].text);
}

static void test_calls(void **state)
{
  test_sink s;
  bh_pull_job j = job("rmm", "bad_segv", &s);
  j.call = BH_CALL_PROBE;
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_int_equal(j.status, BH_OK);
  j.call = BH_CALL_CLIENTS;
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  assert_int_equal(j.status, BH_OK);
  assert_int_equal(s.count, 0);
  assert_true(j.peak_kib > 0);
  bh_buf_dispose(&s.text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bad_beside_good), cmocka_unit_test(test_all_beside_good), cmocka_unit_test(test_secret),
    cmocka_unit_test(test_sink_refuses), cmocka_unit_test_setup_teardown(test_untrusted, test_dir_make, test_dir_remove),
    cmocka_unit_test(test_stop), cmocka_unit_test(test_calls)};
  return cmocka_run_group_tests(tests, find, forget);
}
