/* Manifests, the search path, trust, plugins.lock. */
#include "plugin/manifest.h"
#include "plugin/load.h"
#include "plugin_test.h"

static void test_find(void **state)
{
  bh_plugin_set *set;
  assert_int_equal(bh_plugins_find(&set, NULL, NULL, true, NULL), BH_OK);
  const bh_manifest *csv = bh_plugins_get(set, BH_S("csv")), *tiered = bh_plugins_get(set, BH_S("tiered"));
  assert_non_null(csv);
  assert_non_null(tiered);
  assert_str(csv->kind, "connector");
  assert_str(tiered->kind, "model");
  assert_int_equal(tiered->phase, 1);
  assert_int_equal(tiered->option_count, 2);
  assert_str(tiered->options[0].fallback, "graduated");
  assert_int_equal(tiered->options[1].record_count, 3);
  assert_true(csv->trusted);
  assert_int_not_equal(csv->sha256.b[0] | csv->sha256.b[1] | csv->sha256.b[2] | csv->sha256.b[3], 0);
  assert_true(csv->path.ptr[0] == '/');
  assert_null(bh_plugins_get(set, BH_S("nothing")));
  for (size_t i = 1; i < set->count; i++)
    assert_true(bh_str_cmp(set->items[i - 1].id, set->items[i].id) < 0);
  bh_plugins_free(set);
  assert_int_not_equal(bh_plugins_find(&set, "/nowhere/at/all", NULL, false, NULL), BH_OK);
}

static void test_abi(void **state)
{
  uint32_t a, b, c;
  static const char *const bad[] = {"", "1", "1.", ".0", "1.0-rc", "1.0-rc0", "1.0rc1", "01.0", "1.0-rc1x", "-1.0", "1.0.0", "99999999.0"};
  assert_true(bh_abi_parse(&a, &b, &c, BH_S("1.0-rc1")));
  assert_true(a == 1 && b == 0 && c == 1);
  assert_true(bh_abi_parse(&a, &b, &c, BH_S("12.34")));
  assert_true(a == 12 && b == 34 && c == 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (bh_abi_parse(&a, &b, &c, bh_str_c(bad[i])))
      fail_msg("\"%s\" was taken", bad[i]);
  assert_true(bh_abi_fits(BH_ABI_MAJOR, BH_ABI_MINOR, BH_ABI_RC));
  assert_true(bh_abi_fits(1, 0, 0));
  assert_false(bh_abi_fits(1, 0, 2)); /* a release candidate promised nothing */
  assert_false(bh_abi_fits(1, BH_ABI_MINOR + 1, 0));
  assert_false(bh_abi_fits(2, 0, 0));
  assert_false(bh_abi_fits(0, 0, 0));
}

#define HEAD "{\"id\":\"x\",\"version\":\"1\",\"vendor\":\"v\",\"license\":\"l\",\"network\":\"none\",\"abi\":\"1.0\""
static const struct { const char *json, *says; } bad_manifests[] = {
  {"", "manifest.json"},
  {"[]", "must be one JSON object"},
  {"{\"id\":1}", "id: must be a string"},
  {HEAD "}", "kind: is missing"},
  {HEAD ",\"kind\":\"thing\",\"interfaces\":[]}", "kind: must be connector, model"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[]}", "must have \"billhook.connector/1\""},
  {HEAD ",\"kind\":\"model\",\"interfaces\":[\"billhook.model/1\"]}", "phase"},
  {HEAD ",\"kind\":\"model\",\"interfaces\":[\"billhook.model/1\"],\"phase\":3}", "phase"},
  {HEAD ",\"kind\":\"model\",\"interfaces\":[\"billhook.model/1\"],\"phase\":1,\"programs\":true}", "programs: connectors, and only they"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"programs\":\"yes\"}", "programs: must be true or false"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"phase\":1}", "phase"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"color\":1}", "unknown key \"color\""},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"options\":[{\"key\":\"a\",\"type\":\"float\"}]}", "not an option type"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"options\":[{\"key\":\"a\",\"type\":\"choice\"}]}", "choices"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"options\":[{\"key\":\"a\",\"type\":\"text\"},{\"key\":\"a\",\"type\":\"text\"}]}", "twice"},
  {HEAD ",\"kind\":\"connector\",\"interfaces\":[\"billhook.connector/1\"],\"options\":[{\"key\":\"a\",\"type\":\"records\"}]}", "records"},
};

static void test_bad_manifests(void **state)
{
  bh_arena a;
  bh_arena_init(&a);
  for (size_t i = 0; i < sizeof bad_manifests / sizeof *bad_manifests; i++) {
    bh_manifest m;
    bh_error err = {0};
    test_write("manifest.json", bad_manifests[i].json, strlen(bad_manifests[i].json));
    if (bh_manifest_read(&m, &a, test_path("manifest.json"), &err) == BH_OK)
      fail_msg("taken: %s", bad_manifests[i].json);
    if (!strstr(err.message, bad_manifests[i].says))
      fail_msg("\"%s\" does not say \"%s\"", err.message, bad_manifests[i].says);
  }
  bh_arena_dispose(&a);
}

static void test_trust(void **state)
{
  bh_error err = {0};
  test_write("a.so", "x", 1);
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", test_path("a.so"));
  assert_int_equal(chmod(path, 0644), 0);
  assert_int_equal(bh_plugin_trust_check(path, &err), BH_OK); /* below /tmp, which is sticky */
  assert_int_equal(chmod(path, 0646), 0);
  assert_int_equal(bh_plugin_trust_check(path, &err), BH_E_INVALID);
  assert_non_null(strstr(err.message, "mode 0646"));
  assert_int_equal(chmod(path, 0664), 0);
  assert_int_equal(bh_plugin_trust_check(path, &err), BH_E_INVALID);
  assert_int_equal(chmod(path, 0644), 0);
  assert_int_equal(chmod(test_dir, 0777), 0);
  assert_int_equal(bh_plugin_trust_check(path, &err), BH_E_INVALID);
  assert_non_null(strstr(err.message, "its folder"));
  assert_int_equal(chmod(test_dir, 0700), 0);
  assert_int_equal(bh_plugin_trust_check(test_dir, &err), BH_E_INVALID);
  assert_int_equal(bh_plugin_trust_check(test_path("none.so"), &err), BH_E_NOTFOUND);
  if (getuid() == 0) { /* somebody else's file */
    assert_int_equal(chown(path, 12345, 0), 0);
    assert_int_equal(bh_plugin_trust_check(path, &err), BH_E_INVALID);
    assert_non_null(strstr(err.message, "owner 12345"));
  }
}

static void test_lock(void **state)
{
  bh_plugin_set *set;
  bh_error err = {0};
  char so[PATH_MAX];
  test_copy(BH_BUILD_PLUGINS "/flat.so", "flat.so");
  test_copy(BH_BUILD_PLUGINS "/flat.json", "flat.json");
  snprintf(so, sizeof so, "%s", test_path("flat.so"));
  chmod(so, 0644);
  assert_int_equal(mkdir(test_path("ws"), 0700), 0);
  char ws[PATH_MAX];
  snprintf(ws, sizeof ws, "%s", test_path("ws"));
  assert_int_equal(bh_plugin_trust_add(so, ws, &err), BH_OK);
  assert_int_equal(bh_plugins_find(&set, test_dir, ws, false, &err), BH_OK);
  assert_true(bh_plugins_get(set, BH_S("flat"))->trusted);
  assert_str(bh_plugins_get(set, BH_S("flat"))->path, so); /* the first folder of the search path wins */
  assert_false(bh_plugins_get(set, BH_S("csv"))->trusted);
  assert_non_null(strstr(bh_plugins_get(set, BH_S("csv"))->distrust.ptr, "not in plugins.lock"));
  bh_plugins_free(set);
  FILE *f = fopen(so, "a");
  fputc('x', f);
  fclose(f);
  assert_int_equal(bh_plugins_find(&set, test_dir, ws, false, &err), BH_OK);
  assert_false(bh_plugins_get(set, BH_S("flat"))->trusted);
  assert_non_null(strstr(bh_plugins_get(set, BH_S("flat"))->distrust.ptr, "changed since it was trusted"));
  bh_plugins_free(set);
  test_write("ws/plugins.lock", "{\"flat\": 1}", 11); /* what cannot be understood fails closed */
  assert_int_not_equal(bh_plugins_find(&set, test_dir, ws, false, &err), BH_OK);
}

static void test_load(void **state)
{
  static const struct { const char *id, *file, *says; } rows[] = {
    {"bad_abi", BH_TEST_PLUGINS "/bad_abi.so", "built for ABI 2.0"},
    {"bad_future", BH_TEST_PLUGINS "/bad_future.so", "built for ABI 2.0"},
    {"bad_size", BH_TEST_PLUGINS "/bad_size.so", "struct_size 24"},
    {"bad_liar", BH_TEST_PLUGINS "/bad_liar.so", "version \"1.0\" and its code \"9.9\""},
    {"other", BH_TEST_PLUGINS "/bad_good.so", "is the plugin \"bad_good\", not \"other\""},
    {"bad_good", "plugins/bad_good.so", "cannot open"},
  };
  const bh_plugin *p;
  bh_error err = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (bh_plugin_load(&p, bh_str_c(rows[i].id), rows[i].file, &err) == BH_OK || p)
      fail_msg("%s was loaded", rows[i].file);
    if (!strstr(err.message, rows[i].says))
      fail_msg("\"%s\" does not say \"%s\"", err.message, rows[i].says);
  }
  assert_int_equal(bh_plugin_load(&p, BH_S("bad_good"), BH_TEST_PLUGINS "/bad_good.so", &err), BH_OK);
  assert_string_equal(p->id, "bad_good");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_find), cmocka_unit_test(test_abi),
    cmocka_unit_test_setup_teardown(test_bad_manifests, test_dir_make, test_dir_remove),
    cmocka_unit_test_setup_teardown(test_trust, test_dir_make, test_dir_remove),
    cmocka_unit_test_setup_teardown(test_lock, test_dir_make, test_dir_remove), cmocka_unit_test(test_load)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
