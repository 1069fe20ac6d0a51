#include "batch/pull_impl.h"
#include "base/failpoint.h"

static bool wanted(bh_str name, const char *const *names, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eqz(name, names[i]))
      return true;
  return n == 0;
}

static void take_result(bh_pulled *p, const bh_ingest_result *r, const bh_claims *claims, const bh_workspace *ws, bh_arena *a)
{
  p->assets = r->assets;
  p->gauges = r->gauges;
  p->usage = r->usage;
  p->charges = r->charges;
  p->products = r->products;
  p->costs = r->costs;
  p->changed = r->changed;
  p->gone = r->gone;
  p->unmapped = BH_NEWN(a, bh_str, r->unmapped_count ? r->unmapped_count : 1);
  for (size_t i = 0; i < r->unmapped_count; i++)
    if (!bh_claims_have(claims, p->name, r->unmapped[i]) && !bh_use_ignores(ws, p->name, r->unmapped[i]))
      p->unmapped[p->unmapped_count++] = r->unmapped[i];
}

/* One connector's facts in one transaction: all of them, or the note that it failed. */
static bh_status write_one(bh_pulled *p, bh_pull_job *job, bh_puller *q, const bh_claims *claims, bh_arena *a, billhook *b, bh_error *err)
{
  p->took_ms = job->took_ms;
  p->peak_kib = job->peak_kib;
  bh_status st = BH_OK;
  if (job->status == BH_OK && q->use->contracts && (st = bh_contracts_check(&q->contracts, b, p->name, &job->error)) != BH_OK)
    job->status = st;
  if (job->status == BH_OK) {
    bh_ingest_result r = { 0 };
    bh_ingest_cursor(q->in, bh_buf_str(&q->cursor), &q->made_with);
    st = bh_store_begin(b->store, err);
    if (st == BH_OK)
      st = bh_ingest_commit(&r, q->in, b->store, a, err);
    BH_FAILPOINT("pull.before_commit");
    if (st == BH_OK)
      st = bh_store_commit(b->store, err);
    BH_FAILPOINT("pull.after_commit");
    if (st == BH_OK) {
      p->ok = true;
      take_result(p, &r, claims, b->ws, a);
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

static bh_str left_out_json(bh_arena *a, const bh_contracts_done *d)
{
  bh_buf json;
  bh_jw w;
  bh_buf_init(&json, 256u << 20);
  bh_jw_init(&w, &json);
  bh_left_out_json(&w, d);
  bh_str out = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  return out;
}

/* The contracts of those whose pull has been stored, and what `map` will say of them. */
static bh_status write_contracts(bh_pulled *pulled, bh_puller *pullers, size_t n, bh_arena *a, billhook *b, bh_error *err)
{
  bh_mapping m;
  bool any = false;
  for (size_t i = 0; i < n; i++)
    any = any || (pullers[i].use->contracts && pulled[i].ok);
  bh_status st = any ? bh_mapping_read(&m, a, b, err) : BH_OK;
  for (size_t i = 0; any && st == BH_OK && i < n; i++) {
    if (!pullers[i].use->contracts || !pulled[i].ok)
      continue;
    pulled[i].contracts = true;
    st = bh_contracts_write(&pulled[i].done, &pullers[i].contracts, &m, b, pulled[i].name, a, err);
    if (st == BH_OK)
      st = bh_store_begin(b->store, err);
    if (st == BH_OK)
      st = bh_store_left_out_put(b->store, pulled[i].name, left_out_json(a, &pulled[i].done), err);
    bool not_all = pullers[i].contracts.partial || pullers[i].contracts.unread_count > 0;
    if (st == BH_OK && pulled[i].done.left_count > 0 && not_all) /* what was left out must come again, changed or not */
      st = bh_store_cursor_put(b->store, pulled[i].name, &(bh_cursor_row){ .text = { "", 0 } }, err);
    if (st == BH_OK)
      st = bh_store_commit(b->store, err);
    if (st != BH_OK)
      bh_store_rollback(b->store);
  }
  return st;
}

static bh_status check_names(const bh_workspace *ws, const char *const *names, size_t n, bh_error *err)
{
  for (size_t i = 0; i < n; i++) {
    bool known = false;
    for (size_t j = 0; j < ws->use_count; j++)
      known = known || (ws->uses[j].kind == BH_KIND_CONNECTOR && bh_str_eqz(ws->uses[j].name, names[i]));
    if (!known)
      return bh_fail(err, BH_E_USAGE, "--connector %s: billhook.lua has no connector of that name", names[i]);
  }
  return BH_OK;
}

bh_status bh_pull_all(bh_pulled **out, size_t *out_n, bh_arena *a, billhook *b, const char *const *names, size_t n, bool whole, const bh_claims *claims, bh_error *err)
{
  const bh_workspace *ws = b->ws;
  bh_pull_job *jobs = BH_NEWN(a, bh_pull_job, ws->use_count + 1), *run = BH_NEWN(a, bh_pull_job, ws->use_count + 1);
  bh_pulled *pulled = BH_NEWN(a, bh_pulled, ws->use_count + 1);
  bh_puller *pullers = BH_NEWN(a, bh_puller, ws->use_count + 1);
  size_t *place = BH_NEWN(a, size_t, ws->use_count + 1), count = 0, runnable = 0;
  bh_status st = check_names(ws, names, n, err);
  for (size_t i = 0; i < ws->use_count && st == BH_OK; i++) {
    const bh_plugin_use *use = &ws->uses[i];
    if (use->kind != BH_KIND_CONNECTOR || !wanted(use->name, names, n))
      continue;
    bh_error why = { 0 };
    pulled[count].name = use->name;
    bh_puller_init(&pullers[count], use);
    bh_status made = bh_puller_job(&jobs[count], &pullers[count], a, b, whole, &why);
    jobs[count].status = made;
    if (made == BH_E_STORE) {
      *err = why;
      st = made;
    } else if (made != BH_OK) {
      jobs[count].error = why;
    } else {
      place[runnable] = count;
      run[runnable++] = jobs[count];
    }
    count++;
  }
  if (st == BH_OK && runnable > 0)
    st = bh_pull_run(run, runnable, &bh_puller_sink, b->options.stop, err);
  for (size_t i = 0; i < runnable; i++)
    jobs[place[i]] = run[i];
  for (size_t i = 0; i < count && st == BH_OK; i++)
    st = write_one(&pulled[i], &jobs[i], &pullers[i], claims, a, b, err);
  if (st == BH_OK)
    st = write_contracts(pulled, pullers, count, a, b, err);
  for (size_t i = 0; i < count; i++)
    bh_puller_dispose(&pullers[i]);
  *out = pulled;
  *out_n = count;
  return st;
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
    if (p[i].unmapped_count + p[i].done.left_count > 0)
      return true;
  return false;
}

int billhook_pull(billhook *b, const billhook_pull_options *o, const billhook_out *out)
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
  st = bh_pull_all(&pulled, &count, &a, b, o->connectors, o->connector_count, o->whole != 0, &claims, &err);
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
