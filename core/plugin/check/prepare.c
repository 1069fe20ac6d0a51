/* The plugin that is tested, its recorded session or cases, and values for its options. */
#include "plugin/check/inside.h"
#include "plugin/manifest.h"
#include "plugin/worker.h"

enum { OPTIONS_MAX = 512, JSON_BYTES_MAX = 1024 * 1024 };

bh_str bh_check_something(bh_arena *a, const bh_option *o)
{
  switch (o->type) {
  case BH_OPT_MONEY: return BH_S("12.50");
  case BH_OPT_QUANTITY: return BH_S("4");
  case BH_OPT_PERCENT: return BH_S("5");
  case BH_OPT_INTEGER: return BH_S("3");
  case BH_OPT_CHOICE: return bh_str_c(o->choices && o->choices[0] ? o->choices[0] : "");
  case BH_OPT_DATE: return BH_S("2026-12-01");
  case BH_OPT_DURATION: return BH_S("1h");
  case BH_OPT_BOOL: return BH_S("true");
  case BH_OPT_PRODUCTS: return BH_S("all");
  case BH_OPT_RECORDS: break;
  default: return strstr(o->key, "url") || strstr(o->key, "address") || strstr(o->key, "server") ? BH_S("https://check.example") : BH_S("check");
  }
  bh_buf b;
  bh_jw w;
  bh_buf_init(&b, JSON_BYTES_MAX);
  bh_jw_init(&w, &b);
  bh_jw_arr(&w);
  bh_jw_obj(&w);
  for (const bh_option *r = o->records; r && r->key; r++)
    if (r->flags & BH_OPT_REQUIRED) {
      bh_jw_key_any(&w, r->key);
      bh_jw_str(&w, bh_check_something(a, r));
    }
  bh_jw_obj_end(&w);
  bh_jw_arr_end(&w);
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static bool given(const bh_pull_option *list, size_t n, const char *key)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eqz(list[i].key, key))
      return true;
  return false;
}

/* The list goes through the host's own check, with `without` set, and then loses it again. */
static bh_status make(bh_values *out, bh_arena *a, const bh_option *declared, bh_pull_option *list, size_t n, bool either, const char *without, bh_error *err)
{
  for (const bh_option *o = declared; o && o->key && n < OPTIONS_MAX; o++) {
    bool wanted = (o->flags & BH_OPT_REQUIRED) || (either && (o->flags & BH_OPT_EITHER));
    if (o->flags & BH_OPT_EITHER)
      either = false; /* one of them is enough */
    if (wanted && !given(list, n, o->key))
      list[n++] = (bh_pull_option){.key = bh_str_c(o->key), .value = bh_check_something(a, o)};
  }
  bh_status rc = bh_values_of_options(out, a, declared, list, n, err);
  bh_value *v = rc == BH_OK && without ? bh_values_find(out, without) : NULL;
  if (v) {
    v->set = false;
    v->records = NULL;
    v->record_count = 0;
    v->text = (bh_str){"", 0};
  }
  return rc;
}

bh_status bh_check_values(bh_values *out, bh_arena *a, const bh_check *k, const char *without, bh_error *err)
{
  bh_pull_option *list = BH_NEWN(a, bh_pull_option, OPTIONS_MAX + k->replay.option_count + k->init.option_count);
  size_t n = 0;
  if (k->model) /* its options are its parameters */
    return bh_values_of_options(out, a, NULL, NULL, 0, err);
  for (size_t i = 0; i < k->init.option_count; i++)
    list[n++] = k->init.options[i];
  for (size_t i = 0; i < k->replay.option_count; i++) {
    char *key = bh_arena_z(a, k->replay.options[i].key);
    if (!given(list, n, key))
      list[n++] = k->replay.options[i];
  }
  return make(out, a, k->plugin->options, list, n, false, without, err);
}

bh_status bh_check_params(bh_values *out, bh_arena *a, const bh_check *k, const bh_node *params, const char *without, bh_error *err)
{
  size_t count = params ? params->field_count : 0, n = 0;
  bh_pull_option *list = BH_NEWN(a, bh_pull_option, OPTIONS_MAX + count + k->init.option_count);
  for (size_t i = 0; i < count; i++) {
    const bh_node *v = params->fields[i].value;
    bh_buf b;
    bh_buf_init(&b, JSON_BYTES_MAX);
    if (v->kind == BH_NODE_TABLE)
      bh_json_write(&b, v);
    else
      bh_buf_puts(&b, v->kind == BH_NODE_BOOL ? (v->boolean ? BH_S("true") : BH_S("false")) : v->text);
    list[n++] = (bh_pull_option){.key = params->fields[i].key, .value = bh_arena_str(a, bh_buf_str(&b))};
    bh_buf_dispose(&b);
  }
  for (size_t i = 0; i < k->init.option_count; i++)
    list[n++] = k->init.options[i];
  bool either = true; /* a case of the vendor's has what it needs */
  for (const bh_option *o = k->plugin->options; o && o->key; o++)
    if ((o->flags & BH_OPT_EITHER) && given(list, n, o->key))
      either = false;
  if (k->init.input.len) /* by hand: nothing is made up */
    return bh_values_of_options(out, a, k->plugin->options, list, n, err);
  return make(out, a, k->plugin->options, list, n, either, without, err);
}

/* ---- cases ---- */

static const char invented[] = "{\"name\":\"(made up)\",\"quantity\":\"5\",\"amounts\":[{\"product\":\"a\",\"amount\":\"100.00\"},{\"product\":\"b\",\"amount\":\"50.01\"}]}";

static bh_status read_cases(bh_check *k)
{
  bh_node *root = NULL;
  bh_status rc = BH_OK;
  if (k->init.session.len == 0) {
    k->cases = BH_NEWN(&k->arena, bh_check_case, 1);
    k->case_count = 1;
    k->invented = true;
    bh_node *json = NULL;
    rc = bh_json_parse(&json, &k->arena, bh_str_c(invented), NULL, &k->err);
    k->cases[0] = (bh_check_case){BH_S("(made up)"), json};
    return rc;
  }
  if ((rc = bh_json_parse(&root, &k->arena, k->init.session, NULL, &k->err)))
    return bh_fail_prefix(&k->err, "the cases");
  const bh_node *schema = root->kind == BH_NODE_TABLE ? bh_node_get(root, "schema") : NULL, *list = schema ? bh_node_get(root, "cases") : NULL;
  if (!schema || !bh_str_eqz(schema->text, "billhook.cases/1") || !list || list->kind != BH_NODE_TABLE || list->item_count == 0)
    return bh_fail(&k->err, BH_E_INVALID, "the cases: it is no object with \"schema\": \"billhook.cases/1\" and a list \"cases\"");
  k->cases = BH_NEWN(&k->arena, bh_check_case, list->item_count);
  k->case_count = list->item_count;
  for (size_t i = 0; i < list->item_count; i++) {
    const bh_node *name = list->items[i]->kind == BH_NODE_TABLE ? bh_node_get(list->items[i], "name") : NULL;
    if (!name || name->kind != BH_NODE_STR)
      return bh_fail(&k->err, BH_E_INVALID, "the cases: cases[%zu] has no name", i + 1);
    k->cases[i] = (bh_check_case){name->text, list->items[i]};
  }
  return BH_OK;
}

static bool needs_session(const bh_check *k)
{
  int kind = k->connector ? BH_CHECK_CONNECTOR : bh_str_eqz(k->manifest.kind, "sink") ? BH_CHECK_SINK : BH_CHECK_GATEWAY;
  for (size_t i = 0; i < bh_check_test_count; i++)
    if (bh_str_eqz(k->init.test, bh_check_tests[i].name) && (bh_check_tests[i].kinds & kind))
      return bh_check_tests[i].session;
  return false;
}

bh_status bh_check_prepare(bh_check *k)
{
  char *path = bh_arena_z(&k->arena, k->init.path);
  size_t len = strlen(path);
  bh_check_doing(k, "loading");
  bh_status rc = bh_manifest_read(&k->manifest, &k->arena, bh_arena_fmt(&k->arena, "%.*s.json", (int)(len > 3 ? len - 3 : 0), path).ptr, &k->err);
  if (rc == BH_OK)
    rc = bh_plugin_load(&k->plugin, k->manifest.id, path, &k->err);
  if (rc)
    return rc;
  k->connector = bh_str_eqz(k->manifest.kind, "connector") ? k->plugin->get_interface(BH_IFACE_CONNECTOR) : NULL;
  k->model = bh_str_eqz(k->manifest.kind, "model") ? k->plugin->get_interface(BH_IFACE_MODEL) : NULL;
  if (k->model)
    return read_cases(k);
  if (bh_str_eqz(k->manifest.kind, "sink") || bh_str_eqz(k->manifest.kind, "gateway")) {
    k->sends = bh_str_eqz(k->manifest.kind, "sink") ? BH_CALL_DELIVER : BH_CALL_CHARGE;
    k->outward = k->plugin->get_interface(bh_kind_interface(k->manifest.kind)) != NULL;
  }
  if (!(k->connector || k->outward) || bh_check_replay_read(&k->replay, &k->arena, k->init.session, &k->err) == BH_OK)
    return BH_OK;
  if (needs_session(k))
    return bh_fail_prefix(&k->err, "the recorded session");
  k->err = (bh_error){0}; /* the test "session" says it, once */
  return bh_str_eqz(k->init.test, "manifest") ? BH_OK : bh_check_skip(k, "the recorded session cannot be read, and so its options");
}
