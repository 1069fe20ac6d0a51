#include "batch/trial.h"
#include "batch/document.h"
#include "batch/rate_pool.h"
#include "batch/run_answers.h"
#include "batch/run_charges.h"
#include "batch/trial_facts.h"
#include <stdlib.h>

struct bh_trial {
  billhook *b;
  bh_client_iter *clients;
  bh_arena arena;              /* as long as the trial */
  bh_map contracts;            /* id → bh_client_kept */
  const char **ids; size_t id_count, id_cap;
  bh_store *store;
  bh_pool *pool;
  bh_run_ctx ctx;              /* of the bill in hand, */
  bh_run_client client;
  bh_arena *a;                 /* and its arena */
  bh_run_stats stats;
};

/* ---- the workspace ---- */
static void note_contract(bh_trial *t, bh_str id, const bh_client_kept *kept)
{
  if (t->id_count == t->id_cap) {
    t->id_cap = t->id_cap ? t->id_cap * 2 : 64;
    const char **grown = BH_NEWN(&t->arena, const char *, t->id_cap);
    if (t->id_count)
      memcpy(grown, t->ids, t->id_count * sizeof *grown);
    t->ids = grown;
  }
  t->ids[t->id_count++] = bh_arena_z(&t->arena, id);
  bh_map_put(&t->contracts, id, (void *)(uintptr_t)kept);
}

static bh_status read_clients(bh_trial *t, bh_error *err)
{
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_clients_open(&t->clients, t->b->ws, &t->b->mistakes, err);
  while (st == BH_OK) {
    bool more = true;
    bh_client_raw raw;
    bh_client_terms *terms = NULL;
    st = bh_clients_next(t->clients, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_arena_reset(&a);
    const bh_client_kept *kept = bh_clients_keep(t->clients);
    st = bh_clients_resolve(t->clients, &terms, &a, &t->b->mistakes, err);
    for (size_t i = 0; st == BH_OK && terms != NULL && i < terms->contract_count; i++)
      note_contract(t, terms->contracts[i].id, kept);
  }
  bh_arena_dispose(&a);
  if (st != BH_OK || t->b->mistakes.total == 0)
    return st;
  st = bh_engine_mistakes(t->b);
  *err = t->b->error;
  return st;
}

/* ---- rating ---- */
static bh_arena *group_arena(void *group) { return ((bh_trial *)group)->a; }

static void on_ask(void *ctx, void *group, size_t index, int what, bh_str selector, int64_t n, bh_buf *answer)
{
  bh_trial *t = ctx;
  bh_run_answer(&t->ctx, &t->client, &t->client.gathered[index], what, selector, n, t->a, answer);
}

static bh_status rate(bh_rated **out, bh_trial *t, bh_error *err)
{
  size_t n = t->client.gathered_count, back = 0;
  const bh_billing **billings = BH_NEWN(t->a, const bh_billing *, n ? n : 1);
  for (size_t i = 0; i < n; i++)
    billings[i] = &t->client.gathered[i].billing;
  void *group = NULL;
  bh_status st = bh_pool_submit(t->pool, t, billings, n, err);
  if (st == BH_OK)
    st = bh_pool_next(t->pool, true, &group, group_arena, out, &back, err);
  if (st == BH_OK && group == NULL)
    st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
  return st;
}

bh_status bh_trial_new(bh_trial **out, billhook *b, bh_error *err)
{
  bh_trial *t = calloc(1, sizeof *t);
  *out = NULL;
  if (t == NULL)
    return bh_fail(err, BH_E_NOMEM, "no memory for a trial");
  t->b = b;
  bh_arena_init(&t->arena);
  bh_arena_init(&t->stats.arena);
  bh_map_init(&t->contracts, &t->arena);
  bh_status st = bh_engine_workspace(b);
  if (st != BH_OK && err != NULL)
    *err = b->error;
  if (st == BH_OK)
    st = read_clients(t, err);
  if (st == BH_OK)
    st = bh_store_scratch(&t->store, NULL, err);
  if (st == BH_OK)
    st = bh_pool_new(&t->pool, b->plugins, 1, b->options.stop, on_ask, t, err);
  if (st != BH_OK)
    bh_trial_free(t);
  else
    *out = t;
  return st;
}

void bh_trial_free(bh_trial *t)
{
  if (t == NULL)
    return;
  bh_pool_free(t->pool);
  bh_store_close(t->store);
  bh_clients_close(t->clients);
  bh_arena_dispose(&t->stats.arena);
  bh_arena_dispose(&t->arena);
  free(t);
}

/* ---- one bill ---- */

/* The client with that contract alone, and the made-up facts as its only source. */
static bh_status resolve(bh_client_terms **out, bh_trial *t, bh_str contract, bh_error *err)
{
  bh_mistakes m; /* the workspace has none: these are of charges that were made up */
  bh_mistakes_init(&m);
  bh_status st = bh_clients_resolve(t->clients, out, t->a, &m, err);
  for (size_t i = 0; st == BH_OK && m.total > 0 && i < m.count; i++)
    if (!m.items[i].advice) {
      st = bh_fail(err, BH_E_INVALID, "facts: charges: %.*s: %.*s", BH_STR_ARG(m.items[i].path), BH_STR_ARG(m.items[i].message));
      break;
    }
  bh_mistakes_dispose(&m);
  if (st != BH_OK)
    return st;
  bh_client_terms *c = *out;
  for (size_t i = 0; i < c->contract_count; i++)
    if (bh_str_eq(c->contracts[i].id, contract)) {
      c->contracts = &c->contracts[i];
      break;
    }
  c->contract_count = 1;
  c->facts_given = true;
  c->family = NULL; /* the facts are this client's own: nobody shares them */
  for (size_t i = 0; i < c->contracts[0].line_count; i++)
    c->contracts[0].lines[i].family = c->contracts[0].lines[i].count.family = NULL;
  c->ids = BH_NEW(t->a, bh_client_id);
  *c->ids = (bh_client_id){ .connector = BH_S(BH_TRIAL_SOURCE), .ref = BH_S(BH_TRIAL_SOURCE) };
  c->id_count = 1;
  return BH_OK;
}

static bh_status nearest_dates(const bh_contract_plan *p, bh_day date, bh_error *err)
{
  char asked[12], before[40] = "none before it", after[40] = "none after it";
  bh_day last = BH_DAY_MIN;
  for (size_t i = 0; i < p->billing_count; i++)
    if (p->billings[i].issue < date && p->billings[i].issue > last)
      last = p->billings[i].issue;
  bh_day_format(asked, date);
  if (last > BH_DAY_MIN)
    bh_day_format(before, last);
  if (p->next_due < BH_DAY_MAX)
    bh_day_format(after, p->next_due);
  return bh_fail(err, BH_E_INVALID, "contract \"%.*s\": no billing is scheduled on %s; the nearest are %s and %s", BH_STR_ARG(p->terms->id), asked, before, after);
}

static bool has_billing(const bh_contract_plan *p, bh_day date)
{
  for (size_t i = 0; i < p->billing_count; i++)
    if (p->billings[i].issue == date)
      return true;
  return false;
}

/* Facts into the scratch store. The plan says on which days the billing's lines look. */
static bh_status put_facts(bh_trial *t, bh_contract_plan *plan, const bh_client_terms *terms, bh_day date, const bh_node *facts, bh_error *err)
{
  static const bh_book_resolver none;
  *plan = (bh_contract_plan){ .terms = &terms->contracts[0], .full = true, .row = { .next_due = BH_DAY_MIN } };
  bh_status st = bh_plan_contract(plan, t->a, date, t->b->ws->invoicing.true_up_months, &none, err);
  bh_ingest *in = NULL;
  if (st == BH_OK)
    st = bh_ingest_new(&in, BH_S(BH_TRIAL_SOURCE), date, NULL, err);
  if (st == BH_OK)
    st = bh_trial_stage(in, t->a, facts, plan, date, err);
  bh_ingest_result result;
  if (st == BH_OK)
    st = bh_ingest_commit(&result, in, t->store, t->a, err);
  bh_ingest_free(in);
  return st;
}

static bh_status prepare(bh_trial *t, const bh_client_kept *kept, bh_str contract, bh_day date, const bh_node *facts, bh_error *err)
{
  bh_client_terms *terms = NULL;
  bh_contract_plan plan;
  bool any = false;
  bh_run_client *c = &t->client;
  bh_status st = bh_clients_back(t->clients, kept, err);
  if (st == BH_OK)
    st = resolve(&terms, t, contract, err);
  if (st == BH_OK)
    st = put_facts(t, &plan, terms, date, facts, err);
  if (st == BH_OK)
    st = bh_store_pull_last(t->store, &t->ctx.drafting.pull_last, err);
  if (st == BH_OK)
    st = bh_run_charges(&any, t->clients, terms, &t->ctx, &c->holds, t->a, err);
  if (st == BH_OK && any)
    st = resolve(&terms, t, contract, err);
  if (st == BH_OK && !any && !has_billing(&plan, date))
    st = nearest_dates(&plan, date, err);
  if (st == BH_OK)
    st = bh_store_client_get(t->store, &c->row, terms->id, err);
  c->terms = terms;
  return st == BH_OK ? bh_run_prepare(c, &t->ctx, t->a, err) : st;
}

typedef struct reading { bh_trial *t; bh_trial_bill *out; bh_str batch; size_t cap; } reading;

/* Rows and bodies live until it returns. */
static bh_status on_document(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err)
{
  reading *r = ctx;
  bh_arena *a = r->t->a;
  bh_buf json;
  bh_buf_init(&json, 256 << 20);
  bh_status st = bh_doc_shown(&json, a, row, body, r->batch, err);
  if (st == BH_OK && r->out->doc_count == r->cap) {
    r->cap = r->cap ? r->cap * 2 : 4;
    bh_trial_doc *grown = BH_NEWN(a, bh_trial_doc, r->cap);
    if (r->out->doc_count)
      memcpy(grown, r->out->docs, r->out->doc_count * sizeof *grown);
    r->out->docs = grown;
  }
  if (st == BH_OK)
    r->out->docs[r->out->doc_count++] = (bh_trial_doc){ bh_arena_str(a, bh_buf_str(&json)), bh_arena_str(a, body->evidence) };
  bh_buf_dispose(&json);
  return st;
}

static bh_status read_documents(bh_trial_bill *out, bh_trial *t, const bh_batch_row *batch, bh_error *err)
{
  reading r = { t, out, bh_batch_format(t->a, batch), 0 };
  bh_doc_filter all = { .batch = batch->num, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX };
  return bh_store_docs_each(t->store, &all, true, on_document, &r, err);
}

/* Holds of a bill that no document came of. */
static bh_str hold_json(bh_trial *t)
{
  if (t->stats.held_count == 0)
    return (bh_str){ "", 0 };
  bh_buf text;
  bh_jw w;
  bh_buf_init(&text, 1 << 20);
  bh_jw_init(&w, &text);
  bh_jw_obj(&w);
  bh_jw_key(&w, "message"); bh_jw_str(&w, t->stats.held[0].message);
  bh_jw_key(&w, "reason"); bh_jw_str(&w, t->stats.held[0].reason);
  bh_jw_obj_end(&w);
  bh_str out = bh_arena_str(t->a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

static bh_status begin(bh_trial *t, bh_batch_row *batch, bh_day date, bh_error *err)
{
  bh_arena_reset(&t->stats.arena);
  t->stats = (bh_run_stats){ .arena = t->stats.arena };
  t->client = (bh_run_client){ 0 };
  t->ctx = (bh_run_ctx){ .engine = t->b, .window = { true, date, date } };
  t->ctx.drafting = (bh_drafting){ .store = t->store, .ws = t->b->ws, .specs = t->b->specs, .date = date, .stats = &t->stats };
  *batch = (bh_batch_row){ .day = date };
  bh_status st = bh_drafting_init(&t->ctx.drafting);
  if (st == BH_OK)
    st = bh_store_begin(t->store, err);
  if (st == BH_OK)
    st = bh_store_batch_new(t->store, batch, err);
  t->ctx.drafting.batch = batch->num;
  return st;
}

bh_status bh_trial_run(bh_trial_bill *out, bh_trial *t, bh_arena *a, bh_str contract, bh_day date, const bh_node *facts, bh_error *err)
{
  *out = (bh_trial_bill){ .hold = { "", 0 } };
  const bh_client_kept *kept = bh_map_get(&t->contracts, contract);
  if (kept == NULL) {
    const char *near = bh_str_nearest(contract, t->ids, t->id_count);
    return bh_fail(err, BH_E_INVALID, "the workspace has no contract \"%.*s\"%s%s%s", BH_STR_ARG(contract), near ? "; did you mean \"" : "", near ? near : "",
                   near ? "\"?" : "");
  }
  bh_batch_row batch;
  bh_rated *rated = NULL;
  t->a = a;
  bh_status st = begin(t, &batch, date, err);
  if (st == BH_OK)
    st = prepare(t, kept, contract, date, facts, err);
  if (st == BH_OK)
    st = rate(&rated, t, err);
  if (st == BH_OK)
    st = bh_run_finish(&t->client, 1, &t->ctx, rated, a, err);
  if (st == BH_OK)
    st = read_documents(out, t, &batch, err);
  if (st == BH_OK) {
    out->client = t->client.terms->id;
    out->currency = t->client.terms->contracts[0].currency;
    out->decimals = t->client.terms->contracts[0].decimals;
    out->hold = out->doc_count == 0 ? hold_json(t) : (bh_str){ "", 0 };
  }
  bh_store_rollback(t->store); /* the next bill finds nothing of this one */
  bh_drafting_dispose(&t->ctx.drafting);
  return st;
}
