#include "batch/pull.h"
#include "base/failpoint.h"
#include "facts/ingest.h"
#include "plugin/pull.h"
#include <stdlib.h>

static uint64_t claim_hash(bh_str connector, bh_str ref)
{
  uint64_t h = bh_hash64(connector);
  return (h ^ (h >> 29)) * 0x9E3779B97F4A7C15u + bh_hash64(ref);
}

void bh_claims_add(bh_claims *c, bh_str connector, bh_str ref)
{
  if (c->count == c->cap) {
    size_t cap = c->cap ? c->cap * 2 : 1024;
    uint64_t *more = realloc(c->items, cap * sizeof *more);
    bh_require(more != NULL);
    c->items = more;
    c->cap = cap;
  }
  c->items[c->count++] = claim_hash(connector, ref);
}

static int by_value(const void *x, const void *y)
{
  uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  return a < b ? -1 : a > b;
}

void bh_claims_sort(bh_claims *c)
{
  if (c->count > 1)
    qsort(c->items, c->count, sizeof *c->items, by_value);
}

bool bh_claims_have(const bh_claims *c, bh_str connector, bh_str ref)
{
  uint64_t h = claim_hash(connector, ref);
  return c->count > 0 && bsearch(&h, c->items, c->count, sizeof h, by_value) != NULL;
}

void bh_claims_dispose(bh_claims *c) { free(c->items); }

bh_status bh_claims_read(bh_claims *out, billhook *b, bh_error *err)
{
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_client_terms *terms = NULL;
    bh_arena_reset(&a);
    st = bh_clients_resolve(it, &terms, &a, &b->mistakes, err);
    for (size_t i = 0; st == BH_OK && terms != NULL && i < terms->id_count; i++)
      bh_claims_add(out, terms->ids[i].connector, terms->ids[i].ref);
  }
  bh_clients_close(it);
  bh_arena_dispose(&a);
  bh_claims_sort(out);
  return st;
}

/* ---- one connector's way into the store ---- */
typedef struct puller { bh_ingest *in; } puller;

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err) { (void)domain; return bh_ingest_client(((puller *)ctx)->in, id, name, err); }

static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err)
{
  bh_in_asset in = { .client = x->client, .kind = x->kind, .klass = x->klass, .id = x->id, .name = x->name, .from = x->from, .to = x->to,
    .last_seen = x->last_seen, .attrs = x->attrs };
  return bh_ingest_asset(((puller *)ctx)->in, (bh_scope_mode)x->mode, &in, err);
}

static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err)
{
  bh_in_gauge in = { x->client, x->metric, x->day, x->value };
  return bh_ingest_gauge(((puller *)ctx)->in, &in, err);
}

static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err)
{
  bh_in_usage in = { .client = x->client, .metric = x->metric, .id = x->id, .description = x->description, .day = x->day, .quantity = x->quantity, .attrs = x->attrs };
  return bh_ingest_usage(((puller *)ctx)->in, &in, err);
}

static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err)
{
  bh_in_charge in = { .client = x->client, .id = x->id, .product = x->product, .description = x->description, .po = x->po, .contract = x->contract,
    .day = x->day, .quantity = x->quantity, .has_price = x->has_price, .price = x->price, .has_cost = x->has_cost, .cost = x->cost };
  return bh_ingest_charge(((puller *)ctx)->in, &in, err);
}

static bh_status on_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  return bh_ingest_scope(((puller *)ctx)->in, kind, client, complete, err);
}

static bh_status on_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err)
{
  return bh_ingest_client_failed(((puller *)ctx)->in, client, why, err);
}

static const bh_pull_sink sink = {.client = on_client, .asset = on_asset, .gauge = on_gauge, .usage = on_usage, .charge = on_charge, .scope = on_scope,
  .client_failed = on_client_failed};

static bool wanted(bh_str name, const char *const *names, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eqz(name, names[i]))
      return true;
  return n == 0;
}

/* Options as text; secrets are read here and wiped after the pull. */
static bh_status job_options(bh_pull_job *job, bh_arena *a, billhook *b, const bh_plugin_use *use, bh_buf *secrets, bh_error *err)
{
  bh_pull_option *options = BH_NEWN(a, bh_pull_option, use->option_count ? use->option_count : 1);
  for (size_t i = 0; i < use->option_count; i++) {
    const bh_option_value *v = &use->options[i];
    options[i].key = v->key;
    options[i].secret = v->secret;
    if (v->secret) {
      size_t at = secrets->len;
      bh_status st = bh_secret_read(secrets, b->ws, v->value->text, err);
      if (st != BH_OK)
        return bh_fail_prefix(err, "connector \"%.*s\": %.*s", BH_STR_ARG(use->name), BH_STR_ARG(v->key));
      options[i].value = (bh_str){ (const char *)at, secrets->len - at }; /* an offset until all are read */
    } else if (v->value->kind == BH_NODE_STR || v->value->kind == BH_NODE_INT) {
      options[i].value = v->value->text;
    } else {
      bh_buf text;
      bh_buf_init(&text, 1 << 20);
      bh_json_write(&text, v->value);
      options[i].value = bh_arena_str(a, bh_buf_str(&text));
      bh_buf_dispose(&text);
    }
  }
  for (size_t i = 0; i < use->option_count; i++)
    if (options[i].secret)
      options[i].value.ptr = secrets->ptr + (size_t)options[i].value.ptr;
  job->options = options;
  job->option_count = use->option_count;
  return BH_OK;
}

static void take_result(bh_pulled *p, const bh_ingest_result *r, const bh_claims *claims, bh_arena *a)
{
  p->assets = r->assets;
  p->gauges = r->gauges;
  p->usage = r->usage;
  p->charges = r->charges;
  p->changed = r->changed;
  p->gone = r->gone;
  p->unmapped = BH_NEWN(a, bh_str, r->unmapped_count ? r->unmapped_count : 1);
  for (size_t i = 0; i < r->unmapped_count; i++)
    if (!bh_claims_have(claims, p->name, r->unmapped[i]))
      p->unmapped[p->unmapped_count++] = r->unmapped[i];
}

static void wipe(bh_buf *secrets)
{
  if (secrets->ptr != NULL)
    explicit_bzero(secrets->ptr, secrets->cap);
  bh_buf_dispose(secrets);
}

/* One connector's facts in one transaction: all of them, or the note that it failed. */
static bh_status write_one(bh_pulled *p, bh_pull_job *job, bh_ingest *in, const bh_claims *claims, bh_arena *a, billhook *b, bh_error *err)
{
  p->took_ms = job->took_ms;
  p->peak_kib = job->peak_kib;
  bh_status st = BH_OK;
  if (job->status == BH_OK) {
    bh_ingest_result r = { 0 };
    st = bh_store_begin(b->store, err);
    if (st == BH_OK)
      st = bh_ingest_commit(&r, in, b->store, a, err);
    BH_FAILPOINT("pull.before_commit");
    if (st == BH_OK)
      st = bh_store_commit(b->store, err);
    BH_FAILPOINT("pull.after_commit");
    if (st == BH_OK) {
      p->ok = true;
      take_result(p, &r, claims, a);
      return BH_OK;
    }
    bh_store_rollback(b->store);
    if (st != BH_E_INVALID && st != BH_E_OVERFLOW)
      return st;
    job->status = st; /* what it brought contradicts itself: its pull failed, the others go on */
    job->error = *err;
  }
  p->error = bh_arena_str(a, bh_str_c(job->error.message));
  st = bh_store_begin(b->store, err);
  if (st == BH_OK)
    st = bh_ingest_failed(b->store, p->name, b->today, p->error, err);
  if (st == BH_OK)
    return bh_store_commit(b->store, err);
  bh_store_rollback(b->store);
  return st;
}

bh_status bh_pull_all(bh_pulled **out, size_t *out_n, bh_arena *a, billhook *b, const char *const *names, size_t n, const bh_claims *claims, bh_error *err)
{
  const bh_workspace *ws = b->ws;
  bh_pull_job *jobs = BH_NEWN(a, bh_pull_job, ws->use_count + 1);
  bh_pulled *pulled = BH_NEWN(a, bh_pulled, ws->use_count + 1);
  puller *pullers = BH_NEWN(a, puller, ws->use_count + 1);
  bh_buf *secrets = BH_NEWN(a, bh_buf, ws->use_count + 1);
  size_t count = 0, runnable = 0;
  bh_pull_job *run = BH_NEWN(a, bh_pull_job, ws->use_count + 1);
  size_t *place = BH_NEWN(a, size_t, ws->use_count + 1);
  bh_status st = BH_OK;
  for (size_t i = 0; i < n; i++) {
    bool known = false;
    for (size_t j = 0; j < ws->use_count; j++)
      known = known || (ws->uses[j].kind == BH_KIND_CONNECTOR && bh_str_eqz(ws->uses[j].name, names[i]));
    if (!known)
      return bh_fail(err, BH_E_USAGE, "--connector %s: billhook.lua has no connector of that name", names[i]);
  }
  for (size_t i = 0; i < ws->use_count; i++) {
    const bh_plugin_use *use = &ws->uses[i];
    if (use->kind != BH_KIND_CONNECTOR || !wanted(use->name, names, n))
      continue;
    bh_pulled *p = &pulled[count];
    bh_pull_job *job = &jobs[count];
    bh_buf_init(&secrets[count], 1 << 20);
    bh_error why = { 0 };
    p->name = use->name;
    *job = (bh_pull_job){ .name = use->name, .plugin = bh_plugins_get(b->plugins, use->plugin), .workspace_dir = b->dir,
      .timezone = ws->timezone, .day = b->today, .ctx = &pullers[count] };
    if (job->plugin == NULL)
      job->status = bh_fail(&why, BH_E_INVALID, "connector \"%.*s\": no plugin \"%.*s\" is installed", BH_STR_ARG(use->name), BH_STR_ARG(use->plugin));
    else if (!job->plugin->trusted)
      job->status = bh_fail(&why, BH_E_INVALID, "connector \"%.*s\": %.*s", BH_STR_ARG(use->name), BH_STR_ARG(job->plugin->distrust));
    else
      job->status = job_options(job, a, b, use, &secrets[count], &why);
    if (job->status == BH_OK)
      job->status = bh_ingest_new(&pullers[count].in, use->name, b->today, NULL, &why);
    if (job->status != BH_OK) {
      job->error = why;
    } else {
      place[runnable] = count;
      run[runnable++] = *job;
    }
    count++;
  }
  if (runnable > 0)
    st = bh_pull_run(run, runnable, &sink, b->options.stop, err);
  for (size_t i = 0; i < runnable; i++)
    jobs[place[i]] = run[i];
  for (size_t i = 0; i < count && st == BH_OK; i++)
    st = write_one(&pulled[i], &jobs[i], pullers[i].in, claims, a, b, err);
  for (size_t i = 0; i < count; i++) {
    bh_ingest_free(pullers[i].in);
    wipe(&secrets[i]);
  }
  *out = pulled;
  *out_n = count;
  return st;
}

void bh_pulled_json(bh_jw *w, const bh_pulled *p)
{
  char seconds[32];
  bh_dec s = { .coef = p->took_ms, .scale = 3 };
  size_t n = bh_dec_format_trim(seconds, s);
  bh_jw_obj(w);
  bh_jw_key(w, "name"); bh_jw_str(w, p->name);
  bh_jw_key(w, "ok"); bh_jw_bool(w, p->ok);
  bh_jw_key(w, "assets"); bh_jw_int(w, p->assets);
  bh_jw_key(w, "gauges"); bh_jw_int(w, p->gauges);
  bh_jw_key(w, "usage"); bh_jw_int(w, p->usage);
  bh_jw_key(w, "charges"); bh_jw_int(w, p->charges);
  bh_jw_key(w, "changed"); bh_jw_int(w, p->changed);
  bh_jw_key(w, "gone"); bh_jw_int(w, p->gone);
  bh_jw_key(w, "unmapped");
  bh_jw_arr(w);
  for (size_t i = 0; i < p->unmapped_count; i++)
    bh_jw_str(w, p->unmapped[i]);
  bh_jw_arr_end(w);
  bh_jw_key(w, "seconds"); bh_jw_raw(w, (bh_str){ seconds, n });
  bh_jw_key(w, "peak_kib"); bh_jw_int(w, p->peak_kib); /* its worker's memory */
  bh_jw_key(w, "error");
  if (p->error.len) bh_jw_str(w, p->error); else bh_jw_null(w);
  bh_jw_obj_end(w);
}

static bool any_failed(const bh_pulled *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!p[i].ok)
      return true;
  return false;
}

static bool any_unmapped(const bh_pulled *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (p[i].unmapped_count > 0)
      return true;
  return false;
}

int billhook_pull(billhook *b, const char *const *connectors, size_t n, const billhook_out *out)
{
  bh_claims claims = { 0 };
  bh_arena a;
  bh_arena_init(&a);
  bh_error err = { 0 };
  bh_pulled *pulled = NULL;
  size_t count = 0;
  int exit_status = BILLHOOK_DONE;
  bh_status st = bh_engine_workspace(b);
  if (st == BH_OK)
    st = bh_claims_read(&claims, b, &b->error);
  if (st == BH_OK)
    st = bh_engine_mistakes(b);
  if (st == BH_OK)
    st = bh_engine_store(b, BH_STORE_WRITE);
  if (st != BH_OK) {
    exit_status = bh_engine_end(b, st, NULL);
    goto out;
  }
  st = bh_pull_all(&pulled, &count, &a, b, connectors, n, &claims, &err);
  exit_status = bh_engine_end(b, st, &err);
  if (st != BH_OK)
    goto out;
  bh_buf json;
  bh_buf_init(&json, 64 << 20);
  bh_jw w;
  bh_jw_init(&w, &json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "connectors");
  bh_jw_arr(&w);
  for (size_t i = 0; i < count; i++)
    bh_pulled_json(&w, &pulled[i]);
  bh_jw_arr_end(&w);
  bh_jw_obj_end(&w);
  bh_out_line(out, &json);
  bh_buf_dispose(&json);
  exit_status = any_failed(pulled, count) ? BILLHOOK_CONNECTOR : any_unmapped(pulled, count) ? BILLHOOK_SOME : BILLHOOK_DONE;
out:
  bh_claims_dispose(&claims);
  bh_arena_dispose(&a);
  return exit_status;
}
