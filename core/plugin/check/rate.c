/* A model's instance and its calls: a case in, its result as JSON out. */
#include "plugin/check/inside.h"
#include "base/hash.h"
#include <stdlib.h>

enum { RUNS_MAX = 1000, AMOUNTS_MAX = 1000 };

struct bh_check_instance { bh_check *k; bh_host_ctx host; void *self; bh_arena arena; };

bh_status bh_check_instance_new(bh_check_instance **out, bh_check *k, char reason[800])
{
  bh_check_instance *i = calloc(1, sizeof *i);
  bh_error err = {0};
  if (!i)
    bh_out_of_memory(sizeof *i);
  i->k = k;
  bh_arena_init(&i->arena);
  bh_host_ctx_init(&i->host);
  if (!k->model) {
    i->host.zone = "UTC";
    bh_status rc = bh_check_values(&i->host.options, &i->arena, k, NULL, &err);
    if (rc) {
      snprintf(reason, 800, "%.790s", err.message);
      bh_host_ctx_dispose(&i->host);
      bh_arena_dispose(&i->arena);
      free(i);
      return rc;
    }
  }
  bh_check_faults_host(&i->host);
  bh_host_call_begin(&i->host);
  bh_status rc = k->plugin->create(&i->host.table, &i->self);
  snprintf(reason, 800, "%s", rc ? i->host.reason : "");
  bh_host_call_end(&i->host, rc, "create", &err);
  if (rc) {
    bh_host_ctx_dispose(&i->host);
    bh_arena_dispose(&i->arena);
    free(i);
    return rc;
  }
  *out = i;
  return BH_OK;
}

void bh_check_instance_free(bh_check_instance *i)
{
  bh_host_call_begin(&i->host);
  i->k->plugin->destroy(i->self);
  bh_host_call_end(&i->host, BH_OK, "destroy", NULL);
  bh_host_ctx_dispose(&i->host);
  bh_arena_dispose(&i->arena);
  free(i);
}

/* ---- a case as the model's input ---- */

typedef struct input {
  bh_model_input in;
  bh_rate_line line;             /* what the emit functions check against */
  bh_arena *a;
  bh_error *err;
} input;

static bh_str text_of(const bh_node *n, const char *key, bh_str otherwise)
{
  const bh_node *v = n ? bh_node_get(n, key) : NULL;
  return v && (v->kind == BH_NODE_STR || v->kind == BH_NODE_INT || v->kind == BH_NODE_FLOAT) ? v->text : otherwise;
}

bool bh_check_ratio(bh_ratio *out, bh_str text)
{
  const char *slash = memchr(text.ptr, '/', text.len);
  bh_dec num, den = bh_dec_int(1);
  bh_str left = {text.ptr, slash ? (size_t)(slash - text.ptr) : text.len};
  bool ok = bh_dec_parse(&num, left, BH_DEC_SCALE_MAX);
  if (slash)
    ok = ok && num.scale == 0 && bh_dec_parse(&den, (bh_str){slash + 1, text.len - left.len - 1}, 0);
  return ok && (slash ? bh_ratio_make(out, num.coef, den.coef) : bh_ratio_of_dec(out, num));
}

static bh_status ratio_of(input *x, bh_ratio *out, bh_str text)
{
  return bh_check_ratio(out, text) ? BH_OK : bh_fail(x->err, BH_E_INVALID, "\"%.*s\" is not a number like 4, 2.5 or 16/30", BH_STR_ARG(text));
}

static bh_status period_of(input *x, bh_period *out, const bh_node *json, const char *key, bh_period otherwise)
{
  const bh_node *n = bh_node_get(json, key);
  bh_day from, until;
  *out = otherwise;
  if (!n)
    return BH_OK;
  if (n->kind != BH_NODE_TABLE || n->item_count != 2 || !bh_day_parse(&from, n->items[0]->text) || !bh_day_parse(&until, n->items[1]->text) || until <= from)
    return bh_fail(x->err, BH_E_INVALID, "%s must be two dates: the first day, and the day after the last", key);
  *out = (bh_period){bh_day_civil(from), bh_day_civil(until)};
  return BH_OK;
}

static bh_ratio share(bh_period days, bh_period whole)
{
  bh_ratio r = {1, 1};
  (void)bh_ratio_make(&r, bh_civil_day(days.until) - bh_civil_day(days.from), bh_civil_day(whole.until) - bh_civil_day(whole.from));
  return r;
}

static bh_status fill_run(input *x, bh_model_run *run, const bh_node *json)
{
  bh_str fraction = text_of(json, "fraction", (bh_str){"", 0});
  bh_status rc;
  run->struct_size = sizeof *run;
  if ((rc = period_of(x, &run->days, json, "days", x->in.in_force)) || (rc = ratio_of(x, &run->quantity, text_of(json, "quantity", BH_S("0")))))
    return rc;
  if (fraction.len)
    return ratio_of(x, &run->fraction, fraction);
  run->fraction = share(run->days, x->in.whole);
  return BH_OK;
}

/* "runs", or one run of "quantity"; by day: "quantity" on the first day in force. */
static bh_status fill_runs(input *x, const bh_check *k, const bh_node *json)
{
  const bh_node *list = bh_node_get(json, "runs");
  size_t n = list ? list->item_count : bh_node_get(json, "quantity") ? 1 : 0;
  bh_model_run *runs = BH_NEWN(x->a, bh_model_run, n + 1);
  const bh_model_run **table = BH_NEWN(x->a, const bh_model_run *, n + 1);
  if (n > RUNS_MAX)
    return bh_fail(x->err, BH_E_INVALID, "more than %d runs", RUNS_MAX);
  for (size_t i = 0; i < n; i++) {
    bh_status rc = fill_run(x, &runs[i], list ? list->items[i] : json);
    if (rc)
      return rc;
    table[i] = &runs[i];
  }
  if (n && !list && BH_HAS(k->model, bh_model, flags) && (k->model->flags & BH_MODEL_BY_DAY)) {
    runs[0].days.until = bh_day_civil(bh_civil_day(runs[0].days.from) + 1);
    runs[0].fraction = (bh_ratio){1, 1};
  }
  x->in.runs = table;
  x->in.run_count = n;
  return BH_OK;
}

static bh_status fill_amounts(input *x, const bh_node *json)
{
  const bh_node *list = bh_node_get(json, "amounts");
  size_t n = list ? list->item_count : 0;
  bh_str *products = BH_NEWN(x->a, bh_str, n + 1);
  bh_dec *amounts = BH_NEWN(x->a, bh_dec, n + 1);
  for (size_t i = 0; i < n && i < AMOUNTS_MAX; i++) {
    products[i] = text_of(list->items[i], "product", BH_S("a"));
    if (!bh_dec_parse(&amounts[i], text_of(list->items[i], "amount", (bh_str){"", 0}), x->in.decimals))
      return bh_fail(x->err, BH_E_INVALID, "amounts[%zu] is no amount of the currency", i + 1);
  }
  x->in.amount_products = products;
  x->in.amounts = amounts;
  x->in.amount_count = n;
  return BH_OK;
}

static bh_status fill(input *x, const bh_check *k, const bh_node *json, const bh_values *params, const bh_str *carry)
{
  const bh_period december = {{2026, 12, 1}, {2027, 1, 1}};
  bh_status rc;
  x->in = (bh_model_input){.struct_size = sizeof x->in, .currency = text_of(json, "currency", BH_S("USD")), .carry = {"", 0}};
  x->in.decimals = bh_currency_decimals(x->in.currency);
  if (x->in.decimals < 0)
    return bh_fail(x->err, BH_E_INVALID, "\"%.*s\" is not a currency", BH_STR_ARG(x->in.currency));
  x->in.rounding = bh_str_eqz(text_of(json, "rounding", (bh_str){"", 0}), "half-even");
  if ((rc = period_of(x, &x->in.whole, json, "whole", december)) || (rc = period_of(x, &x->in.in_force, json, "in_force", x->in.whole)))
    return rc;
  x->in.fraction = share(x->in.in_force, x->in.whole);
  if ((rc = fill_runs(x, k, json)) || (k->model->phase == 2 && (rc = fill_amounts(x, json))))
    return rc;
  if (carry && carry->len && !bh_carry_open(&x->in.carry_version, &x->in.carry, *carry))
    return bh_fail(x->err, BH_E_INVALID, "the carry is damaged");
  x->line = (bh_rate_line){.from = bh_civil_day(x->in.in_force.from), .until = bh_civil_day(x->in.in_force.until), .carry = {"", 0}};
  for (size_t i = 0; i < params->count; i++)
    x->line.carries = x->line.carries || (params->items[i].set && (params->items[i].option->flags & BH_OPT_CARRY) && params->items[i].number.coef != 0);
  return BH_OK;
}

/* ---- the result ---- */

static void put_ratio(bh_jw *w, const char *key, bh_ratio r)
{
  char text[48];
  size_t n = bh_ratio_format(text, r);
  bh_jw_key_any(w, key);
  bh_jw_str(w, (bh_str){text, n});
}

static void put_result(bh_buf *out, const bh_model_sink *sink)
{
  char price[32];
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "lines");
  bh_jw_arr(&w);
  for (size_t i = 0; i < sink->count; i++) {
    const bh_model_line *l = &sink->lines[i];
    bh_dec_format_trim(price, l->unit_price);
    bh_jw_obj(&w);
    put_ratio(&w, "quantity", l->quantity);
    bh_jw_key(&w, "unit_price");
    bh_jw_z(&w, price);
    put_ratio(&w, "fraction", l->fraction);
    bh_jw_key(&w, "text");
    bh_jw_str(&w, l->text);
    bh_jw_key(&w, "from");
    bh_jw_day(&w, l->from);
    bh_jw_key(&w, "until");
    bh_jw_day(&w, l->until);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "carry");
  char *hex = BH_NEWN(sink->arena, char, 2 * sink->carry.len + 1);
  bh_hex(hex, (const uint8_t *)sink->carry.ptr, sink->carry.len);
  bh_jw_z(&w, sink->carry.len ? hex : NULL);
  bh_jw_key(&w, "notes");
  bh_jw_str(&w, bh_buf_str(&sink->notes));
  bh_jw_obj_end(&w);
}

static void call_ended(bh_check_rated *out, bh_host_ctx *host, bh_status rc, const char *call)
{
  bh_error err = {0};
  out->status = rc;
  out->call = call;
  snprintf(out->reason, sizeof out->reason, "%s", rc ? host->reason : "");
  bh_host_call_end(host, rc, call, &err);
}

static void rate(bh_check_rated *out, bh_check *k, bh_check_instance *i, void *state, input *x, bh_str *carry, bh_arena *carry_arena)
{
  bh_model_sink sink;
  bh_model_sink_init(&sink, &i->host, x->a, &x->line);
  bh_check_faults_model(&sink.table);
  bh_host_call_begin(&i->host);
  call_ended(out, &i->host, k->model->rate(i->self, state, &x->in, &sink.table), "rate");
  if (sink.bad) {
    out->status = sink.bad;
    snprintf(out->reason, sizeof out->reason, "%s", sink.why);
  }
  if (out->status == BH_OK) {
    put_result(&out->json, &sink);
    if (carry)
      *carry = bh_arena_str(carry_arena, sink.carry);
  }
  bh_buf_dispose(&sink.notes);
}

bh_status bh_check_rate_case(bh_check_rated *out, bh_check *k, bh_check_instance *i, const bh_node *json, bh_str *carry, bh_arena *carry_arena,
                             const char *without)
{
  bh_arena a;
  bh_values params;
  void *state = NULL;
  bh_arena_init(&a);
  input x = {.a = &a, .err = &k->err};
  out->status = BH_OK;
  out->reason[0] = 0;
  bh_status rc = bh_check_params(&params, &a, k, bh_node_get(json, "params"), without, &k->err);
  if (rc == BH_OK)
    rc = fill(&x, k, json, &params, carry);
  if (rc == BH_OK) {
    bh_host_call_begin(&i->host);
    call_ended(out, &i->host, k->model->prepare(i->self, &params, &state), "prepare");
    if (out->status == BH_OK) {
      rate(out, k, i, state, &x, carry, carry_arena);
      if (state && BH_HAS(k->model, bh_model, release)) {
        bh_host_call_begin(&i->host);
        k->model->release(i->self, state);
        bh_host_call_end(&i->host, BH_OK, "release", NULL);
      }
    }
  }
  bh_arena_dispose(&a);
  return rc;
}

bool bh_check_sum(bh_ratio *out, bh_str json)
{
  bh_arena a;
  bh_node *root = NULL;
  bool ok = true;
  *out = (bh_ratio){0, 1};
  bh_arena_init(&a);
  input x = {.a = &a};
  ok = bh_json_parse(&root, &a, json, NULL, NULL) == BH_OK;
  const bh_node *lines = ok ? bh_node_get(root, "lines") : NULL;
  for (size_t i = 0; ok && lines && i < lines->item_count; i++) {
    bh_ratio q, f, p;
    ok = ratio_of(&x, &q, text_of(lines->items[i], "quantity", BH_S("0"))) == BH_OK && ratio_of(&x, &f, text_of(lines->items[i], "fraction", BH_S("0"))) == BH_OK &&
         ratio_of(&x, &p, text_of(lines->items[i], "unit_price", BH_S("0"))) == BH_OK && bh_ratio_mul(&q, q, f) && bh_ratio_mul(&q, q, p) &&
         bh_ratio_add(out, *out, q);
  }
  bh_arena_dispose(&a);
  return ok;
}
