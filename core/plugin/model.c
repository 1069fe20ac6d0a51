/* Billing models: loaded once, parameters prepared once for each content, then called directly. */
#include "plugin/model.h"
#include "plugin/load.h"
#include "plugin/model_emit.h"
#include <stdlib.h>

enum { PREPARED_MAX = 4096, KEY_BYTES_MAX = 1024 * 1024, RUNS_MAX = 100000, AMOUNTS_MAX = 100000 };

typedef struct prepared { bh_values params; void *state; } prepared;

typedef struct loaded {
  struct loaded *next;
  bh_str id;
  const bh_plugin *plugin;
  const bh_model *model;
  void *self;
  bh_host_ctx host;
  bh_arena cache_arena;  /* the prepared parameters and their keys; emptied as a whole */
  bh_map cache;
  prepared **items;
  size_t count;
} loaded;

typedef struct refused { struct refused *next; bh_str id; char *why; } refused;

struct bh_models { loaded *first; refused *refused; bh_buf key; void (*entering)(void *ctx, bh_str id); void *ctx; };

bh_status bh_models_new(bh_models **out, bh_error *err)
{
  bh_models *m = calloc(1, sizeof *m);
  if (!m)
    bh_out_of_memory(sizeof *m);
  bh_buf_init(&m->key, KEY_BYTES_MAX);
  *out = m;
  return BH_OK;
}

static void cache_empty(loaded *l)
{
  for (size_t i = 0; i < l->count; i++)
    if (l->items[i]->state && BH_HAS(l->model, bh_model, release)) {
      bh_host_call_begin(&l->host);
      l->model->release(l->self, l->items[i]->state);
      bh_host_call_end(&l->host, BH_OK, "release", NULL);
    }
  l->count = 0;
  bh_arena_reset(&l->cache_arena);
  bh_map_init(&l->cache, &l->cache_arena);
}

void bh_models_free(bh_models *m)
{
  if (!m)
    return;
  for (loaded *l = m->first, *next; l; l = next) {
    next = l->next;
    if (l->model)
      cache_empty(l);
    if (l->model) {
      bh_host_call_begin(&l->host);
      l->plugin->destroy(l->self);
      bh_host_call_end(&l->host, BH_OK, "destroy", NULL);
    }
    bh_arena_dispose(&l->cache_arena);
    bh_host_ctx_dispose(&l->host);
    free(l->items);
    free((void *)l->id.ptr);
    free(l);
  }
  for (refused *r = m->refused, *next; r; r = next) {
    next = r->next;
    free(r);
  }
  bh_buf_dispose(&m->key);
  free(m);
}

static loaded *find(const bh_models *m, bh_str id)
{
  for (loaded *l = m->first; l; l = l->next)
    if (bh_str_eq(l->id, id))
      return l;
  return NULL;
}

int bh_models_phase(const bh_models *m, bh_str id)
{
  const loaded *l = find(m, id);
  return l ? l->model->phase : 0;
}

static const refused *find_refused(const bh_models *m, bh_str id)
{
  const refused *r = m->refused;
  while (r && !bh_str_eq(r->id, id))
    r = r->next;
  return r;
}

void bh_models_refuse(bh_models *m, bh_str id, bh_str why)
{
  refused *r = calloc(1, sizeof *r + id.len + why.len + 1);
  if (!r)
    bh_out_of_memory(sizeof *r);
  char *text = (char *)(r + 1);
  memcpy(text, why.ptr, why.len);
  memcpy(text + why.len + 1, id.ptr, id.len);
  *r = (refused){.next = m->refused, .id = {text + why.len + 1, id.len}, .why = text};
  m->refused = r;
}

void bh_models_watch(bh_models *m, void (*entering)(void *ctx, bh_str id), void *ctx)
{
  m->entering = entering;
  m->ctx = ctx;
}

static void entering(const bh_models *m, bh_str id)
{
  if (m->entering)
    m->entering(m->ctx, id);
}

bh_status bh_models_load(bh_models *m, bh_str id, const char *path, bh_error *err)
{
  if (find(m, id))
    return BH_OK;
  const bh_plugin *p = NULL;
  bh_status rc = bh_plugin_load(&p, id, path, err);
  if (rc)
    return bh_fail_prefix(err, "model \"%.*s\"", BH_STR_ARG(id));
  const bh_model *model = p->get_interface(BH_IFACE_MODEL);
  if (!model || model->phase < 1 || model->phase > 2)
    return bh_fail(err, BH_E_INVALID, "model \"%.*s\": %s is not a billing model of phase 1 or 2", BH_STR_ARG(id), path);
  loaded *l = calloc(1, sizeof *l);
  prepared **items = calloc(PREPARED_MAX, sizeof *items);
  char *name = malloc(id.len + 1);
  if (!l || !items || !name)
    bh_out_of_memory(sizeof *l);
  memcpy(name, id.ptr, id.len);
  l->id = (bh_str){name, id.len};
  l->plugin = p;
  l->items = items;
  bh_arena_init(&l->cache_arena);
  bh_map_init(&l->cache, &l->cache_arena);
  bh_host_ctx_init(&l->host);
  l->next = m->first;
  m->first = l;
  rc = bh_plugin_create(&l->self, p, &l->host, err);
  if (rc == BH_OK) {
    l->model = model;
    return BH_OK;
  }
  m->first = l->next;
  bh_arena_dispose(&l->cache_arena);
  bh_host_ctx_dispose(&l->host);
  free(items);
  free(name);
  free(l);
  return bh_fail_prefix(err, "model \"%.*s\"", BH_STR_ARG(id));
}

/* ---- prepared parameters ---- */

static void put_params(bh_buf *b, const bh_bound *items, size_t n)
{
  bh_put_u32(b, (uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    bh_put_str(b, items[i].key);
    bh_put_u8(b, (uint8_t)items[i].type);
    bh_put_u8(b, items[i].set);
    bh_put_dec(b, items[i].number);
    bh_put_str(b, items[i].text);
    bh_put_u32(b, (uint32_t)items[i].record_count);
    for (size_t r = 0; r < items[i].record_count; r++)
      put_params(b, items[i].records[r].items, items[i].records[r].count);
  }
}

static bh_status prepare(bh_models *m, loaded *l, prepared **out, const bh_rate_line *line, bh_error *err)
{
  bh_buf_clear(&m->key);
  put_params(&m->key, line->params, line->param_count);
  if (m->key.failed)
    return bh_fail(err, BH_E_INVALID, "its parameters are larger than 1 MiB");
  if ((*out = bh_map_get(&l->cache, bh_buf_str(&m->key))))
    return BH_OK;
  if (l->count == PREPARED_MAX)
    cache_empty(l);
  prepared *p = BH_NEW(&l->cache_arena, prepared);
  /* The bound parameters belong to the caller's arena; the values copy what they keep. */
  bh_status rc = bh_values_of_params(&p->params, &l->cache_arena, l->plugin->options, line->params, line->param_count, err);
  if (rc)
    return rc;
  bh_host_call_begin(&l->host);
  rc = bh_host_call_end(&l->host, l->model->prepare(l->self, &p->params, &p->state), "prepare", err);
  if (rc)
    return rc;
  bh_map_put(&l->cache, bh_buf_str(&m->key), p);
  l->items[l->count++] = p;
  *out = p;
  return BH_OK;
}

/* ---- rating ---- */

static bh_period period(bh_day from, bh_day until)
{
  return (bh_period){bh_day_civil(from), bh_day_civil(until)};
}

static void fill_runs(bh_model_input *in, bh_arena *a, const bh_qty_run *from, size_t n)
{
  bh_model_run *runs = BH_NEWN(a, bh_model_run, n + 1);
  const bh_model_run **list = BH_NEWN(a, const bh_model_run *, n + 1);
  for (size_t i = 0; i < n; i++) {
    runs[i] = (bh_model_run){.struct_size = sizeof runs[i], .days = period(from[i].from, from[i].until), .quantity = from[i].quantity,
      .fraction = from[i].fraction};
    list[i] = &runs[i];
  }
  in->runs = list;
  in->run_count = n;
}

/* The text of the line's option that says which lines a model of phase 2 sees. */
static bh_str products_of(const loaded *l, const bh_rate_line *line)
{
  const bh_option *o = l->plugin->options;
  while (o && o->key && o->type != BH_OPT_PRODUCTS)
    o++;
  if (!o || !o->key)
    return BH_S("all");
  for (size_t i = 0; i < line->param_count; i++)
    if (line->params[i].set && bh_str_eqz(line->params[i].key, o->key))
      return line->params[i].text;
  return o->fallback ? bh_str_c(o->fallback) : BH_S("all");
}

bool bh_products_of(bh_of *out, bh_arena *a, bh_str option)
{
  bh_node *n = NULL;
  *out = (bh_of){.tests = BH_NEWN(a, bh_of_test, BH_OF_KEY_COUNT)};
  if (bh_str_eqz(option, "all"))
    return true;
  if (bh_json_parse(&n, a, option, NULL, NULL) != BH_OK || n->kind != BH_NODE_TABLE)
    return false;
  for (int k = 0; k < BH_OF_KEY_COUNT; k++) {
    const bh_node *list = bh_node_get(n, bh_of_keys[k]);
    if (!list || list->kind != BH_NODE_TABLE)
      continue;
    bh_of_test *t = &out->tests[out->test_count++];
    *t = (bh_of_test){.key = (bh_of_key)k, .values = BH_NEWN(a, bh_str, list->item_count + 1), .value_count = list->item_count};
    for (size_t i = 0; i < list->item_count; i++)
      t->values[i] = list->items[i]->text;
  }
  return out->test_count > 0;
}

static bh_status fill_amounts(bh_model_input *in, bh_arena *a, bh_str option, const bh_model_amount *amounts, size_t n, int32_t decimals, bh_error *err)
{
  size_t count = 0;
  bh_str *products = BH_NEWN(a, bh_str, n + 1);
  bh_dec *values = BH_NEWN(a, bh_dec, n + 1);
  bh_of of;
  if (!bh_products_of(&of, a, option))
    return bh_fail(err, BH_E_INVALID, "it cannot be read which lines it is of");
  for (size_t i = 0; i < n; i++)
    if (bh_of_takes(&of, amounts[i].line, amounts[i].contract)) {
      products[count] = amounts[i].line->product;
      values[count++] = bh_money_dec(amounts[i].line->amount, decimals);
    }
  in->amount_products = products;
  in->amounts = values;
  in->amount_count = count;
  return BH_OK;
}

static bh_status call(loaded *l, prepared *p, bh_model_result *out, bh_arena *a, const bh_rate_line *line, const bh_model_input *in, bh_error *err)
{
  bh_model_sink sink;
  bh_model_sink_init(&sink, &l->host, a, line);
  bh_host_call_begin(&l->host);
  bh_status rc = bh_host_call_end(&l->host, l->model->rate(l->self, p->state, in, &sink.table), "rate", err);
  bh_str notes = bh_arena_str(a, bh_buf_str(&sink.notes));
  bh_buf_dispose(&sink.notes);
  if (sink.bad) /* what was refused cannot be ignored: a line would be missing */
    return bh_fail(err, sink.bad, "rate: %s", sink.why);
  *out = (bh_model_result){sink.lines, sink.count, sink.carry, notes};
  return rc;
}

bh_status bh_models_rate(bh_models *m, bh_model_result *out, bh_arena *a, const bh_rate_line *line, bh_str currency, int32_t decimals,
                         bh_rounding rounding, const bh_model_amount *amounts, size_t amount_count, bh_error *err)
{
  *out = (bh_model_result){.carry_out = {"", 0}, .notes = {"", 0}};
  loaded *l = find(m, line->model);
  const refused *r = l ? NULL : find_refused(m, line->model);
  if (r)
    return bh_fail(err, BH_E_INVALID, "%s", r->why);
  if (!l)
    return bh_fail(err, BH_E_INVALID, "model \"%.*s\" is not loaded", BH_STR_ARG(line->model));
  bh_model_input in = {.struct_size = sizeof in, .decimals = decimals, .currency = currency, .whole = period(line->whole_from, line->whole_until),
    .in_force = period(line->from, line->until), .fraction = line->fraction, .rounding = rounding == BH_HALF_EVEN};
  prepared *p = NULL;
  bh_status rc = BH_OK;
  if (line->run_count > RUNS_MAX || line->day_count > RUNS_MAX || amount_count > AMOUNTS_MAX)
    rc = bh_fail(err, BH_E_INVALID, "the line has too many runs or amounts");
  else if (!bh_carry_open(&in.carry_version, &in.carry, line->carry))
    rc = bh_fail(err, BH_E_INVALID, "the line's carry is damaged");
  entering(m, line->model);
  if (rc == BH_OK)
    rc = prepare(m, l, &p, line, err);
  if (rc == BH_OK) {
    bool by_day = BH_HAS(l->model, bh_model, flags) && (l->model->flags & BH_MODEL_BY_DAY);
    fill_runs(&in, a, by_day ? line->days : line->runs, by_day ? line->day_count : line->run_count);
    if (l->model->phase == 2)
      rc = fill_amounts(&in, a, products_of(l, line), amounts, amount_count, decimals, err);
  }
  if (rc == BH_OK)
    rc = call(l, p, out, a, line, &in, err);
  entering(m, BH_S(""));
  if (rc) {
    *out = (bh_model_result){.carry_out = {"", 0}, .notes = {"", 0}};
    return bh_fail_prefix(err, "model \"%.*s\"", BH_STR_ARG(line->model));
  }
  return BH_OK;
}
