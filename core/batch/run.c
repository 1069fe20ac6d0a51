/* The run: clients stream by in the order of their ids, in groups of 256: read, planned and gathered here, rated in the workers, differenced and
 * drafted here. One transaction for all of it: a killed run has written nothing, and the next one owes the same. */
#include "batch/run_impl.h"
#include "base/failpoint.h"
#include <stdlib.h>
#include <unistd.h>

static bh_status pull_first(bh_run *r, bh_pulled **pulled, size_t *n, bh_arena *a)
{
  bh_claims claims = { 0 };
  bh_status st = bh_claims_read(&claims, r->b, r->err);
  if (st == BH_OK && r->b->mistakes.total > 0) {
    st = bh_engine_mistakes(r->b);
    *r->err = r->b->error;
  }
  if (st == BH_OK)
    st = bh_pull_all(pulled, n, a, r->b, NULL, 0, false, &claims, r->err);
  bh_claims_dispose(&claims);
  for (size_t i = 0; st == BH_OK && i < *n; i++)
    for (size_t j = 0; j < (*pulled)[i].unmapped_count; j++)
      bh_stats_held(&r->stats, (*pulled)[i].unmapped[j], (bh_str){ "", 0 }, BH_S("unknown-client"),
                    bh_arena_fmt(a, "connector \"%.*s\" names a client \"%.*s\" that no client claims: add ids = { %.*s = \"%.*s\" } to one", BH_STR_ARG((*pulled)[i].name),
                                 BH_STR_ARG((*pulled)[i].unmapped[j]), BH_STR_ARG((*pulled)[i].name), BH_STR_ARG((*pulled)[i].unmapped[j])));
  for (size_t i = 0; st == BH_OK && i < *n; i++)
    for (size_t j = 0; j < (*pulled)[i].done.left_count; j++) {
      const bh_left_out *x = &(*pulled)[i].done.left[j];
      bh_stats_held(&r->stats, x->client, (bh_str){ "", 0 }, BH_S("unmapped-client"),
                    bh_arena_fmt(a, "connector \"%.*s\": %.*s. It stands in clients/%.*s.jsonl as it did, or not at all", BH_STR_ARG((*pulled)[i].name),
                                 BH_STR_ARG(bh_contract_left_words(a, x)), BH_STR_ARG((*pulled)[i].name)));
    }
  return st;
}

static bool has_connectors(const bh_workspace *ws)
{
  for (size_t i = 0; i < ws->use_count; i++)
    if (ws->uses[i].kind == BH_KIND_CONNECTOR)
      return true;
  return false;
}

static int jobs_of(const billhook_run_options *o)
{
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  int jobs = o->jobs > 0 ? o->jobs : cores > 0 ? (int)cores : 1;
  return jobs > 64 ? 64 : jobs;
}

static bh_status open_run(bh_run *r, bh_batch_row *batch)
{
  bh_store *store = r->b->store;
  r->ctx.drafting = (bh_drafting){ .store = store, .ws = r->b->ws, .specs = r->b->specs, .date = r->b->today, .stats = &r->stats };
  bh_status st = bh_drafting_init(&r->ctx.drafting);
  if (st == BH_OK)
    st = bh_store_begin(store, r->err);
  if (st == BH_OK)
    st = bh_store_pull_last(store, &r->ctx.drafting.pull_last, r->err);
  if (st == BH_OK)
    st = bh_store_charges_any(store, &r->charges, r->err);
  if (st == BH_OK)
    st = bh_store_contracts_any(store, &r->ctx.contracts, r->err);
  if (st == BH_OK)
    st = bh_store_reopened_any(store, &r->ctx.reopened, r->err);
  if (st == BH_OK)
    st = bh_by_hand_load(&r->ctx.drafting.by_hand, store, &r->stats.arena, r->b->today, r->err);
  *batch = (bh_batch_row){ .day = r->b->today };
  if (st == BH_OK)
    st = bh_store_batch_new(store, batch, r->err);
  r->ctx.drafting.batch = batch->num;
  int jobs = jobs_of(r->options);
  r->group_count = (size_t)jobs * 2 + 1;
  r->groups = calloc(r->group_count, sizeof *r->groups);
  bh_require(r->groups != NULL);
  for (size_t i = 0; i < r->group_count; i++)
    bh_arena_init(&r->groups[i].arena);
  return st == BH_OK ? bh_pool_new(&r->pool, r->b->plugins, jobs, r->b->options.stop, bh_run_on_ask, r, r->err) : st;
}

static void close_run(bh_run *r)
{
  bh_pool_free(r->pool);
  for (size_t i = 0; r->groups != NULL && i < r->group_count; i++)
    bh_arena_dispose(&r->groups[i].arena);
  free(r->groups);
  free(r->met);
  bh_drafting_dispose(&r->ctx.drafting);
  bh_arena_dispose(&r->stats.arena);
}

int billhook_run(billhook *b, const billhook_run_options *o, const billhook_out *out) { return bh_run_window(b, o, (bh_issue_window){ 0 }, out); }

int bh_run_window(billhook *b, const billhook_run_options *o, bh_issue_window window, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_run r = { .b = b, .options = o, .err = &err, .ctx = { .engine = b, .no_digest = o->no_digest != 0, .window = window } };
  bh_arena a;
  bh_arena_init(&a);
  bh_arena_init(&r.stats.arena);
  bh_pulled *pulled = NULL;
  size_t pulled_n = 0;
  r.found = BH_NEWN(&a, bool, o->client_count + 1);
  bool stopped = false, pull = !o->no_pull && !o->dry_run;
  bh_batch_row batch = { 0 };
  int exit_status;
  bh_status st = bh_engine_workspace(b);
  if (st == BH_OK)
    st = bh_engine_store(b, BH_STORE_WRITE);
  if (st != BH_OK) {
    err = b->error;
    goto out;
  }
  if (!window.on && b->ws->invoicing.has_closed_through && b->today <= b->ws->invoicing.closed_through) {
    char day[12];
    bh_day_format(day, b->ws->invoicing.closed_through);
    st = bh_fail(&err, BH_E_WORKSPACE, "billhook.lua: invoicing: closed_through = \"%s\": no document is dated on or before it; expected a later --date", day);
    goto out;
  }
  if (pull && has_connectors(b->ws))
    st = pull_first(&r, &pulled, &pulled_n, &a);
  if (st == BH_OK)
    st = open_run(&r, &batch);
  if (st == BH_OK)
    st = bh_run_all_clients(&r, &stopped);
  if (st == BH_OK && !window.on && r.ctx.drafting.automatic_count > 0)
    st = bh_approve_docs(b, r.ctx.drafting.automatic, r.ctx.drafting.automatic_count, "approval = \"auto\"", &err);
  if (st == BH_OK) {
    bh_buf json;
    bh_buf_init(&json, 1u << 30);
    bh_run_report(&json, &r, o->dry_run ? (bh_str){ "", 0 } : bh_batch_format(&a, &batch), pulled, pulled_n);
    batch.stats = bh_buf_str(&json);
    st = bh_store_batch_update(b->store, &batch, &err);
    BH_FAILPOINT("run.before_commit");
    if (st == BH_OK && o->dry_run)
      bh_store_rollback(b->store);
    else if (st == BH_OK)
      st = bh_store_commit(b->store, &err);
    BH_FAILPOINT("run.after_commit");
    if (st == BH_OK) {
      bh_out_line(out, &json);
      bh_run_log(&r, o->dry_run ? BH_S("(none: a dry run)") : bh_batch_format(&a, &batch), pulled, pulled_n);
    }
    bh_buf_dispose(&json);
  }
out:
  exit_status = st == BH_E_WORKSPACE && b->mistakes.total > 0 ? (bh_engine_end(b, st, NULL), BILLHOOK_WORKSPACE) : bh_engine_end(b, st, &err);
  if (st == BH_OK) {
    exit_status = r.stats.held_count + r.stats.failed_count > 0 ? BILLHOOK_SOME : BILLHOOK_DONE;
    for (size_t i = 0; i < pulled_n; i++)
      if (!pulled[i].ok)
        exit_status = BILLHOOK_CONNECTOR;
    if (stopped)
      exit_status = BILLHOOK_INTERRUPTED;
  }
  close_run(&r);
  bh_arena_dispose(&a);
  return exit_status;
}
