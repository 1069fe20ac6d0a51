/* The tests of models: their cases, and that they are pure. */
#include "plugin/check/inside.h"
#include "plugin/worker.h"

enum { SHUFFLES = 5 };

static bool carried(const bh_node *json)
{
  const bh_node *carry = bh_node_get(json, "carry");
  return carry && carry->kind == BH_NODE_BOOL && carry->boolean;
}

static bh_status rate_one(bh_str *out, bh_check *k, bh_check_instance *i, size_t at, bool keep)
{
  bh_check_rated r = {0};
  const bh_node *json = k->cases[at].json;
  bh_str carry = carried(json) && at > 0 ? k->carries[at - 1] : (bh_str){"", 0};
  bh_buf_init(&r.json, (size_t)16 << 20);
  bh_status rc = bh_check_rate_case(&r, k, i, json, &carry, &k->arena, NULL);
  if (rc)
    bh_fail_prefix(&k->err, "the case \"%.*s\"", BH_STR_ARG(k->cases[at].name));
  *out = r.status ? bh_arena_fmt(&k->arena, "%s: %s", r.call, r.reason[0] ? r.reason : "failed without saying why") : bh_arena_str(&k->arena, bh_buf_str(&r.json));
  if (keep)
    k->carries[at] = r.status ? (bh_str){"", 0} : carry;
  bh_buf_dispose(&r.json);
  return rc;
}

bh_status bh_check_rate_all(bh_str *results, bh_check *k, const size_t *turn)
{
  bh_check_instance *i;
  char reason[800];
  if (!k->carries)
    k->carries = BH_NEWN(&k->arena, bh_str, k->case_count);
  bh_status rc = bh_check_instance_new(&i, k, reason);
  if (rc)
    return bh_fail(&k->err, rc, "create() failed: %s", reason);
  for (size_t n = 0; rc == BH_OK && n < k->case_count; n++)
    rc = rate_one(&results[turn ? turn[n] : n], k, i, turn ? turn[n] : n, turn == NULL);
  bh_check_instance_free(i);
  return rc;
}

static bool is_result(bh_str s)
{
  return s.len && s.ptr[0] == '{';
}

/* Cases that were made up prove nothing where the model refuses them. */
static bool nothing_rated(const bh_check *k, const bh_str *results)
{
  return k->invented && !is_result(results[0]);
}

static bh_status skip_refused(bh_check *k, const bh_str *results)
{
  return bh_check_skip(k, "no cases beside it (NAME.cases.json), and it refuses what was made up (%.300s)", results[0].ptr);
}

/* ---- cases ---- */

/* A number as it was meant: "5", "5.0" and "10/2" are one. */
static bool same_text(bh_str x, bh_str y)
{
  bh_ratio rx, ry;
  return bh_str_eq(x, y) || (bh_check_ratio(&rx, x) && bh_check_ratio(&ry, y) && bh_ratio_cmp(rx, ry) == 0);
}

static bh_status compare_line(bh_check *k, size_t at, size_t line, const bh_node *want, const bh_node *got)
{
  for (size_t i = 0; i < want->field_count; i++) {
    const bh_node *has = bh_node_gets(got, want->fields[i].key);
    bh_str text = want->fields[i].value->text;
    if (!has || !same_text(has->text, text))
      return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\": line %zu has %.*s \"%.*s\", expected \"%.*s\"", BH_STR_ARG(k->cases[at].name), line + 1,
                     BH_STR_ARG(want->fields[i].key), has ? (int)has->text.len : 0, has ? has->text.ptr : "", BH_STR_ARG(text));
  }
  return BH_OK;
}

static bh_status compare_case(bh_check *k, size_t at, bh_str result)
{
  const bh_node *json = k->cases[at].json, *fails = bh_node_get(json, "fails"), *want = bh_node_get(json, "lines");
  bh_node *root = NULL;
  if (fails && is_result(result))
    return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\": it is rated, expected a failure", BH_STR_ARG(k->cases[at].name));
  if (fails)
    return memmem(result.ptr, result.len, fails->text.ptr, fails->text.len)
             ? BH_OK
             : bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\": it fails with \"%.300s\", expected \"%.*s\"", BH_STR_ARG(k->cases[at].name), result.ptr,
                       BH_STR_ARG(fails->text));
  if (!is_result(result))
    return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\": %.500s", BH_STR_ARG(k->cases[at].name), result.ptr);
  if (!want || want->kind != BH_NODE_TABLE || want->field_count)
    return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\" has no \"lines\" to compare with", BH_STR_ARG(k->cases[at].name));
  bh_status rc = bh_json_parse(&root, &k->arena, result, NULL, &k->err);
  const bh_node *got = rc ? NULL : bh_node_get(root, "lines");
  if (rc == BH_OK && got->item_count != want->item_count)
    return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\": %zu lines, expected %zu: %.500s", BH_STR_ARG(k->cases[at].name), got->item_count,
                   want->item_count, result.ptr);
  for (size_t i = 0; rc == BH_OK && i < want->item_count; i++)
    rc = compare_line(k, at, i, want->items[i], got->items[i]);
  return rc;
}

bh_status bh_check_cases_test(bh_check *k)
{
  bh_str *results = BH_NEWN(&k->arena, bh_str, k->case_count);
  bh_check_doing(k, "rating its cases");
  bh_status rc = bh_check_rate_all(results, k, NULL);
  for (size_t i = 0; rc == BH_OK && i < k->case_count; i++)
    rc = compare_case(k, i, results[i]);
  return rc ? rc : bh_check_say(k, "%zu cases", k->case_count);
}

/* ---- the same, in whatever order ---- */

static bh_status compare_all(bh_check *k, const bh_str *first, const bh_str *then, const char *when)
{
  for (size_t i = 0; i < k->case_count; i++)
    if (!bh_str_eq(first[i], then[i]))
      return bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\", %s, gives another result: %.250s, and before: %.250s", BH_STR_ARG(k->cases[i].name), when,
                     then[i].ptr, first[i].ptr);
  return BH_OK;
}

bh_status bh_check_same(bh_check *k)
{
  bh_str *first = BH_NEWN(&k->arena, bh_str, k->case_count), *then = BH_NEWN(&k->arena, bh_str, k->case_count);
  bh_check_doing(k, "rating twice");
  bh_status rc = bh_check_rate_all(first, k, NULL);
  if (rc == BH_OK && nothing_rated(k, first))
    return skip_refused(k, first);
  if (rc == BH_OK)
    rc = bh_check_rate_all(then, k, NULL);
  if (rc == BH_OK)
    rc = compare_all(k, first, then, "rated by a second instance");
  bh_check_instance *i = NULL;
  char reason[800];
  if (rc == BH_OK && (rc = bh_check_instance_new(&i, k, reason)))
    return bh_fail(&k->err, rc, "create() failed: %s", reason);
  for (size_t n = 0; rc == BH_OK && n < 2 * k->case_count; n++)
    rc = rate_one(&then[n / 2], k, i, n / 2, false);
  if (i)
    bh_check_instance_free(i);
  return rc ? rc : compare_all(k, first, then, "rated twice in a row");
}

bh_status bh_check_order(bh_check *k)
{
  size_t n = k->case_count, *turn = BH_NEWN(&k->arena, size_t, n);
  bh_str *first = BH_NEWN(&k->arena, bh_str, n), *then = BH_NEWN(&k->arena, bh_str, n);
  bh_check_doing(k, "rating its cases in another order");
  if (k->invented || n < 2)
    return bh_check_skip(k, "two cases (NAME.cases.json) are needed to turn around");
  bh_status rc = bh_check_rate_all(first, k, NULL);
  for (size_t i = 0; i < n; i++)
    turn[i] = n - 1 - i;
  for (int s = 0; rc == BH_OK && s < SHUFFLES; s++) {
    rc = bh_check_rate_all(then, k, turn);
    if (rc == BH_OK)
      rc = compare_all(k, first, then, s ? "rated in a random order" : "rated from the last to the first");
    for (size_t i = n; i-- > 1;) {
      size_t j = (size_t)bh_check_random(k, i + 1), was = turn[i];
      turn[i] = turn[j];
      turn[j] = was;
    }
  }
  return rc;
}

/* ---- parts ---- */

static bh_node *period_node(bh_arena *a, bh_day from, bh_day until, bh_node *quantity)
{
  char text[12];
  bh_node *run = bh_node_new(a, BH_NODE_TABLE), *days = bh_node_new(a, BH_NODE_TABLE);
  days->is_array = true;
  bh_day_format(text, from);
  bh_node_push(a, days, bh_node_str(a, bh_str_c(text)));
  bh_day_format(text, until);
  bh_node_push(a, days, bh_node_str(a, bh_str_c(text)));
  bh_node_set(a, run, BH_S("days"), days);
  bh_node_set(a, run, BH_S("quantity"), quantity);
  return run;
}

/* A line that keeps something from period to period has one quantity a period. */
static bool keeps_a_carry(const bh_check *k, const bh_node *json)
{
  const bh_node *params = bh_node_get(json, "params");
  for (const bh_option *o = k->plugin->options; o && o->key; o++)
    if ((o->flags & BH_OPT_CARRY) && params && bh_node_has(params, o->key))
      return true;
  return carried(json);
}

/* The case with its one run as two of the same quantity; NULL where it has not one run of two days or more. */
static bh_node *in_parts(bh_check *k, const bh_node *json)
{
  bh_arena *a = &k->arena;
  bh_node *quantity = bh_node_get(json, "quantity"), *out = bh_node_new(a, BH_NODE_TABLE), *runs = bh_node_new(a, BH_NODE_TABLE);
  bh_day from = bh_day_make(2026, 12, 1), until = bh_day_make(2027, 1, 1);
  if (!quantity || bh_node_has(json, "runs") || bh_node_has(json, "fraction") || keeps_a_carry(k, json))
    return NULL;
  const bh_node *period = bh_node_get(json, "in_force");
  if (!period)
    period = bh_node_get(json, "whole");
  if (period && (period->item_count != 2 || !bh_day_parse(&from, period->items[0]->text) || !bh_day_parse(&until, period->items[1]->text)))
    return NULL;
  if (until - from < 2)
    return NULL;
  bh_day middle = from + 1 + (bh_day)bh_check_random(k, (uint64_t)(until - from - 1));
  for (size_t i = 0; i < json->field_count; i++)
    if (!bh_str_eqz(json->fields[i].key, "quantity"))
      bh_node_set(a, out, json->fields[i].key, json->fields[i].value);
  runs->is_array = true;
  bh_node_push(a, runs, period_node(a, from, middle, quantity));
  bh_node_push(a, runs, period_node(a, middle, until, quantity));
  bh_node_set(a, out, BH_S("runs"), runs);
  return out;
}

static bh_status compare_parts(bh_check *k, bh_check_instance *i, size_t at, bool *compared)
{
  bh_check_rated whole = {0}, parts = {0};
  bh_ratio sum, of_parts;
  char x[48], y[48];
  bh_node *json = in_parts(k, k->cases[at].json);
  *compared = false;
  if (!json)
    return BH_OK;
  bh_buf_init(&whole.json, (size_t)16 << 20);
  bh_buf_init(&parts.json, (size_t)16 << 20);
  bh_status rc = bh_check_rate_case(&whole, k, i, k->cases[at].json, NULL, NULL, NULL);
  if (rc == BH_OK)
    rc = bh_check_rate_case(&parts, k, i, json, NULL, NULL, NULL);
  if (rc == BH_OK && whole.status == BH_OK && parts.status)
    rc = bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\" in two runs of days: %s() failed: %s", BH_STR_ARG(k->cases[at].name), parts.call, parts.reason);
  if (rc == BH_OK && whole.status == BH_OK && bh_check_sum(&sum, bh_buf_str(&whole.json)) && bh_check_sum(&of_parts, bh_buf_str(&parts.json))) {
    *compared = true;
    bh_ratio_format(x, sum);
    bh_ratio_format(y, of_parts);
    if (bh_ratio_cmp(sum, of_parts) != 0)
      rc = bh_fail(&k->err, BH_E_INVALID, "the case \"%.*s\" comes to %s as one run of days, and to %s as two with the same quantity",
                   BH_STR_ARG(k->cases[at].name), x, y);
  }
  bh_buf_dispose(&whole.json);
  bh_buf_dispose(&parts.json);
  return rc;
}

bh_status bh_check_parts(bh_check *k)
{
  bh_check_instance *i;
  char reason[800];
  size_t n = 0;
  bool compared;
  if (k->model->phase != 1 || (BH_HAS(k->model, bh_model, flags) && (k->model->flags & BH_MODEL_BY_DAY)))
    return bh_check_skip(k, "it does not go by runs of days");
  bh_status rc = bh_check_instance_new(&i, k, reason);
  if (rc)
    return bh_fail(&k->err, rc, "create() failed: %s", reason);
  for (size_t at = 0; rc == BH_OK && at < k->case_count; at++) {
    bh_check_doing(k, "rating the case \"%.*s\" in two runs of days", BH_STR_ARG(k->cases[at].name));
    rc = compare_parts(k, i, at, &compared);
    n += compared;
  }
  bh_check_instance_free(i);
  if (rc)
    return rc;
  return n ? bh_check_say(k, "%zu cases", n) : bh_check_skip(k, "no case has one quantity over two days or more and is rated");
}

/* ---- pure ---- */

static void on_symbol(void *ctx, const char *name, bool defined, bool weak, bool bound)
{
  static const char *const impure[] = {"time", "clock", "clock_gettime", "gettimeofday", "timespec_get", "rand", "rand_r", "random", "drand48", "lrand48", "getrandom",
    "getentropy", "arc4random", "getenv", "secure_getenv", "fopen", "fopen64", "freopen", "open", "open64", "openat", "openat64", "creat", "socket", "connect",
    "popen", "system", "fork", "vfork", "execve", "posix_spawn", "pthread_create", "dlopen", "localtime", "localtime_r", "setlocale", "getpid", "getuid"};
  const char **found = ctx;
  (void)weak, (void)bound;
  for (size_t i = 0; !defined && !*found && i < sizeof impure / sizeof impure[0]; i++)
    if (strcmp(name, impure[i]) == 0)
      *found = impure[i];
}

bh_status bh_check_pure(bh_check *k)
{
  bh_str *first = BH_NEWN(&k->arena, bh_str, k->case_count), *then = BH_NEWN(&k->arena, bh_str, k->case_count);
  const char *found = NULL;
  bh_status rc = bh_check_each_symbol(k, on_symbol, &found);
  if (rc)
    return rc;
  if (found)
    return bh_fail(&k->err, BH_E_INVALID, "it calls %s(): what a model gives may depend on its parameters, its carry and its input alone", found);
  bh_check_faults_set(0, 0);
  rc = bh_check_rate_all(first, k, NULL);
  if (rc == BH_OK && bh_check_faults_services())
    return bh_fail(&k->err, BH_E_INVALID, "it asks the host for a service: models get none");
  bh_check_doing(k, "rating behind a wall: no file, no network, no process (a model needs none of them)");
  if (rc == BH_OK)
    rc = bh_sandbox_pure(&k->err);
  if (rc == BH_OK)
    rc = bh_check_rate_all(then, k, NULL);
  return rc ? rc : compare_all(k, first, then, "rated without files and network");
}

bh_status bh_check_rate_one(bh_check *k)
{
  bh_check_instance *i;
  bh_check_rated r = {0};
  bh_node *json = NULL;
  char reason[800];
  bh_status rc = bh_json_parse(&json, &k->arena, k->init.input, NULL, &k->err);
  if (rc == BH_OK && (rc = bh_check_instance_new(&i, k, reason)))
    return bh_fail(&k->err, rc, "create: %s", reason);
  if (rc)
    return rc;
  bh_buf_init(&r.json, (size_t)16 << 20);
  rc = bh_check_rate_case(&r, k, i, json, NULL, NULL, NULL);
  bh_check_instance_free(i);
  if (rc == BH_OK && r.status)
    rc = bh_fail(&k->err, r.status, "%s: %s", r.call, r.reason);
  k->result = bh_arena_str(&k->arena, bh_buf_str(&r.json));
  bh_buf_dispose(&r.json);
  return rc;
}
