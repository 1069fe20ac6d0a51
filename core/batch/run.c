/* The run: clients stream by in the order of their ids, in groups of 256: read, planned and gathered here, rated in the workers, differenced and
 * drafted here. One transaction for all of it: a killed run has written nothing, and the next one owes the same. */
#include "batch/approve.h"
#include "batch/pull.h"
#include "batch/rate_pool.h"
#include "batch/run_answers.h"
#include "batch/run_charges.h"
#include "batch/run.h"
#include "base/failpoint.h"
#include <stdlib.h>
#include <unistd.h>

enum { GROUP_CLIENTS = 256 };

typedef struct run_group {
  bh_arena arena;
  bh_run_client few[GROUP_CLIENTS], *clients; /* clients: the few, or in the arena those of a unit that is larger */
  size_t client_count;
  const bh_billing **billings;
  uint32_t *owner;             /* billing → client */
  size_t *place;               /* billing → its place among the client's gathered */
  size_t billing_count;
  bool out;
} run_group;

typedef struct run {
  bh_run_ctx ctx;
  billhook *b;
  const billhook_run_options *options;
  bh_pool *pool;
  run_group *groups; size_t group_count;
  run_group *filling;
  int64_t seen, skipped;
  struct { size_t left, first, count; bool chosen, settled; } unit; /* clients that are billed together, as they come */
  bool *found;                 /* of --client, one each */
  uint8_t *met; size_t met_bytes;   /* bitmap of client numbers that the files still have */
  bh_run_stats stats;
  bh_error *err;
  /* late facts since a pull: asked once a pull number */
  int64_t late_pull; bool late_any, late_known;
  bool charges;                /* connectors have brought one-off charges */
} run;

static bh_arena *group_arena(void *group) { return &((run_group *)group)->arena; }

static void on_ask(void *ctx, void *group, size_t index, int what, bh_str selector, int64_t n, bh_buf *answer)
{
  run *r = ctx;
  run_group *g = group;
  bh_run_client *c = &g->clients[g->owner[index]];
  bh_run_answer(&r->ctx, c, &c->gathered[g->place[index]], what, selector, n, &g->arena, answer);
}

static bh_status finish_group(run *r, run_group *g, bh_rated *rated)
{
  size_t at = 0;
  bh_status st = BH_OK;
  for (size_t i = 0, n; i < g->client_count && st == BH_OK; i += n) {
    bh_run_client *c = &g->clients[i];
    n = c->unit > 1 ? c->unit : 1;
    st = bh_run_finish(c, n, &r->ctx, rated + at, &g->arena, r->err);
    for (size_t k = 0; k < n; k++)
      at += c[k].gathered_count;
    BH_FAILPOINT("run.client");
  }
  bh_arena_reset(&g->arena);
  g->client_count = 0;
  g->billing_count = 0;
  g->out = false;
  return st;
}

/* Takes back the oldest group, if it is there (or waits for it). */
static bh_status collect(run *r, bool wait, bool *any)
{
  void *group = NULL;
  bh_rated *rated;
  size_t n;
  *any = false;
  bh_status st = bh_pool_next(r->pool, wait, &group, group_arena, &rated, &n, r->err);
  if (st != BH_OK || group == NULL)
    return st;
  *any = true;
  return finish_group(r, group, rated);
}

static bh_status submit(run *r)
{
  run_group *g = r->filling;
  if (g == NULL || g->client_count == 0)
    return BH_OK;
  size_t n = 0;
  for (size_t i = 0; i < g->client_count; i++)
    n += g->clients[i].gathered_count;
  g->billings = BH_NEWN(&g->arena, const bh_billing *, n ? n : 1);
  g->owner = BH_NEWN(&g->arena, uint32_t, n ? n : 1);
  g->place = BH_NEWN(&g->arena, size_t, n ? n : 1);
  g->billing_count = 0;
  for (size_t i = 0; i < g->client_count; i++)
    for (size_t j = 0; j < g->clients[i].gathered_count; j++) {
      g->owner[g->billing_count] = (uint32_t)i;
      g->place[g->billing_count] = j;
      g->billings[g->billing_count++] = &g->clients[i].gathered[j].billing;
    }
  g->out = true;
  r->filling = NULL;
  return bh_pool_submit(r->pool, g, g->billings, n, r->err);
}

/* A group to fill: a free one, else the oldest that is out is waited for. */
static bh_status need_group(run *r)
{
  while (r->filling == NULL) {
    for (size_t i = 0; i < r->group_count; i++)
      if (!r->groups[i].out) {
        r->filling = &r->groups[i];
        r->filling->clients = r->filling->few;
        return BH_OK;
      }
    bool any;
    bh_status st = collect(r, true, &any);
    if (st == BH_OK && !any && bh_engine_stopped(r->b))
      st = BH_E_INTERRUPTED; /* no message: the caller ends its loop */
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}

static void mark_met(run *r, int32_t num)
{
  if (num <= 0)
    return;
  size_t byte = (size_t)num / 8;
  if (byte >= r->met_bytes) {
    size_t bytes = (byte + 1) * 2 + 4096;
    uint8_t *more = realloc(r->met, bytes);
    bh_require(more != NULL);
    memset(more + r->met_bytes, 0, bytes - r->met_bytes);
    r->met = more;
    r->met_bytes = bytes;
  }
  r->met[byte] |= (uint8_t)(1u << (num % 8));
}

static bool was_met(const run *r, int32_t num)
{
  size_t byte = (size_t)num / 8;
  return byte < r->met_bytes && (r->met[byte] & (1u << (num % 8))) != 0;
}

static bool chosen(run *r, bh_str id)
{
  const billhook_run_options *o = r->options;
  for (size_t i = 0; i < o->client_count; i++)
    if (bh_str_eqz(id, o->clients[i]))
      return r->found[i] = true;
  return o->client_count == 0;
}

/* Every client that --client names must be one. */
static bh_status all_found(const run *r)
{
  for (size_t i = 0; i < r->options->client_count; i++)
    if (!r->found[i])
      return bh_fail(r->err, BH_E_USAGE, "--client %s: the workspace has no client of that id", r->options->clients[i]);
  return BH_OK;
}

/* Nothing in the files, the price book or the facts has changed and nothing is due: one row was read. */
static bh_status settled(run *r, const bh_client_row *row, const bh_client_raw *raw, bool *out)
{
  *out = false;
  if (r->ctx.no_digest || !row->exists || row->open_draft || row->next_due <= r->ctx.drafting.date ||
      memcmp(&row->raw_hash, &raw->raw_hash, sizeof raw->raw_hash) != 0)
    return BH_OK;
  if (row->settled_pull < r->ctx.drafting.pull_last) {
    if (!r->late_known || r->late_pull != row->settled_pull) {
      bh_status st = bh_store_late_any(r->ctx.drafting.store, &r->late_any, row->settled_pull, r->err);
      if (st != BH_OK)
        return st;
      r->late_known = true;
      r->late_pull = row->settled_pull;
    }
    if (r->late_any)
      return BH_OK;
  }
  *out = true;
  return BH_OK;
}

/* Reads the client into the group's next place; *read is false after a mistake. */
static bh_status read_client(run *r, bh_client_iter *it, const bh_client_raw *raw, const bh_client_row *row, bool *read)
{
  run_group *g = r->filling;
  *read = false;
  bh_client_terms *terms = NULL;
  bh_status st = bh_clients_resolve(it, &terms, &g->arena, &r->b->mistakes, r->err);
  if (st != BH_OK || terms == NULL || r->b->mistakes.total > 0)
    return st; /* with a mistake anywhere nothing is billed: the rest is only read for its mistakes */
  if (r->ctx.window.on) /* many months on one document: nothing waits on account of its sum */
    terms->negative_carry = terms->has_max_total = false;
  bh_run_client *c = &g->clients[g->client_count];
  *c = (bh_run_client){ .row = *row, .raw_hash = raw->raw_hash };
  if (r->charges) {
    bool any;
    st = bh_run_charges(&any, it, terms, &r->ctx, &c->holds, &g->arena, r->err);
    if (st == BH_OK && any)
      st = bh_clients_resolve(it, &terms, &g->arena, &r->b->mistakes, r->err);
    if (st != BH_OK || terms == NULL)
      return st;
    if (r->ctx.window.on)
      terms->negative_carry = terms->has_max_total = false;
    c->incomplete = c->holds.count > 0;
  }
  c->terms = terms;
  *read = true;
  return BH_OK;
}

static bh_status prepare(run *r, bh_run_client *c)
{
  bh_status st = bh_run_prepare(c, &r->ctx, &r->filling->arena, r->err);
  mark_met(r, c->row.num);
  return st;
}

/* Clients that are billed together: their documents are made together, or not at all. */
static bh_status unit_client(run *r, bh_client_iter *it, const bh_client_raw *raw, const bh_client_row *row, bool skip)
{
  bh_status st = BH_OK;
  if (r->unit.left == 0) {
    size_t n = raw->unit_count;
    if (r->filling != NULL && r->filling->client_count > 0 && r->filling->client_count + n > GROUP_CLIENTS)
      st = submit(r);
    if (st == BH_OK)
      st = need_group(r);
    if (st != BH_OK)
      return st;
    if (n > GROUP_CLIENTS)
      r->filling->clients = BH_NEWN(&r->filling->arena, bh_run_client, n);
    r->unit.left = n;
    r->unit.first = r->filling->client_count;
    r->unit.count = 0;
    r->unit.chosen = false;
    r->unit.settled = true;
  }
  bool read;
  st = read_client(r, it, raw, row, &read);
  r->unit.left--;
  r->unit.chosen |= chosen(r, raw->id);
  r->unit.settled &= skip;
  if (st != BH_OK || !read)
    return st;
  run_group *g = r->filling;
  g->client_count++;
  r->unit.count++;
  if (r->unit.left > 0)
    return BH_OK;
  if (!r->unit.chosen || r->unit.settled) {
    g->client_count = r->unit.first;
    r->skipped += r->unit.settled ? (int64_t)r->unit.count : 0;
    return BH_OK;
  }
  g->clients[r->unit.first].unit = r->unit.count;
  for (size_t i = r->unit.first; i < g->client_count && st == BH_OK; i++)
    st = prepare(r, &g->clients[i]);
  return st == BH_OK && g->client_count >= GROUP_CLIENTS ? submit(r) : st;
}

static bh_status one_client(run *r, bh_client_iter *it, const bh_client_raw *raw)
{
  bh_client_row row = { 0 };
  bh_status st = bh_store_client_get(r->ctx.drafting.store, &row, raw->id, r->err);
  if (st != BH_OK)
    return st;
  mark_met(r, row.num);
  r->seen++;
  bool together = raw->unit_count > 1;
  if (!together && !chosen(r, raw->id))
    return BH_OK;
  bool skip, read;
  st = settled(r, &row, raw, &skip);
  if (st == BH_OK && together)
    return unit_client(r, it, raw, &row, skip);
  if (st != BH_OK || skip) {
    r->skipped += skip;
    return st;
  }
  st = need_group(r);
  if (st == BH_OK)
    st = read_client(r, it, raw, &row, &read);
  if (st != BH_OK || !read)
    return st;
  run_group *g = r->filling;
  st = prepare(r, &g->clients[g->client_count]);
  if (st != BH_OK)
    return st;
  g->client_count++;
  if (g->client_count == GROUP_CLIENTS)
    return submit(r);
  return g->client_count % 32 == 0 ? bh_pool_pump(r->pool, r->err) : BH_OK;
}

/* ---- clients that are gone from the files ---- */
typedef struct gone { run *r; bh_arena a; } gone;

static bh_status on_stored_client(void *ctx, bh_str id, const bh_client_row *row, bh_error *err)
{
  gone *g = ctx;
  if (was_met(g->r, row->num) || !chosen(g->r, id))
    return BH_OK;
  bh_arena_reset(&g->a);
  bh_contract_row *known;
  size_t n;
  bh_status st = bh_store_contracts_of(g->r->ctx.drafting.store, &known, &n, &g->a, row->num, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    if (known[i].currency.len == 0 || known[i].next_due == BH_DAY_MAX)
      continue;
    bh_str words = bh_arena_fmt(&g->a, "client \"%.*s\" has charged contracts and is gone from the files: give it `ends` instead of deleting it", BH_STR_ARG(id));
    bh_stats_held(&g->r->stats, id, (bh_str){ "", 0 }, BH_S("line-removed"), words);
    bh_stats_failed(&g->r->stats, id, words);
    break;
  }
  return st;
}

static bh_status find_gone(run *r)
{
  gone g = { .r = r };
  bh_arena_init(&g.a);
  bh_status st = bh_store_clients_each(r->ctx.drafting.store, on_stored_client, &g, r->err);
  bh_arena_dispose(&g.a);
  return st;
}

/* Who has paid for whom: their documents may be corrected. */
static bh_status ties_of(run *r, bh_tie **out, size_t *n, bh_arena *a)
{
  bh_payer_row *rows;
  bh_status st = bh_store_payers(r->ctx.drafting.store, &rows, n, a, r->err);
  *out = BH_NEWN(a, bh_tie, *n ? *n : 1);
  for (size_t i = 0; st == BH_OK && i < *n; i++)
    (*out)[i] = (bh_tie){ rows[i].client, rows[i].payer };
  return st;
}

static bh_status all_clients(run *r, bool *stopped)
{
  bh_client_iter *it = NULL;
  *stopped = false;
  bh_arena ties_arena;
  bh_arena_init(&ties_arena);
  bh_tie *ties;
  size_t tie_count;
  bh_status st = ties_of(r, &ties, &tie_count, &ties_arena);
  if (st == BH_OK)
    st = bh_clients_open_units(&it, r->b->ws, &r->b->mistakes, ties, tie_count, r->err);
  while (st == BH_OK) {
    bool more = true;
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, r->err);
    if (st != BH_OK || !more)
      break;
    if (bh_engine_stopped(r->b)) {
      *stopped = true;
      break;
    }
    st = one_client(r, it, &raw);
    if ((r->seen & 1023) == 0)
      bh_engine_progress(r->b, "clients", r->seen, 0);
  }
  if (st == BH_E_INTERRUPTED) {
    *stopped = true;
    st = BH_OK;
  }
  if (st == BH_OK && r->b->mistakes.total == 0 && !*stopped)
    st = submit(r);
  while (st == BH_OK && r->b->mistakes.total == 0 && !*stopped && bh_pool_pending(r->pool) > 0) {
    bool any;
    st = collect(r, true, &any);
    *stopped = bh_engine_stopped(r->b) && !any;
  }
  bh_arena_dispose(&ties_arena);
  bh_clients_close(it); /* terms name their files, which are the iterator's */
  if (st == BH_OK && r->b->mistakes.total > 0)
    return bh_engine_mistakes(r->b);
  if (st == BH_OK && !*stopped)
    st = all_found(r);
  return st == BH_OK && !*stopped && r->options->client_count == 0 ? find_gone(r) : st;
}

/* For the journal of the machine: what a person who was not there wants to know. */
static void log_run(const run *r, bh_str batch, const bh_pulled *pulled, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (pulled[i].ok)
      bh_engine_log(r->b, 2, "pulled connector %.*s: %lld assets, %lld gauges, %lld usage, %lld changed, %lld gone", BH_STR_ARG(pulled[i].name),
                    (long long)pulled[i].assets, (long long)pulled[i].gauges, (long long)pulled[i].usage, (long long)pulled[i].changed, (long long)pulled[i].gone);
    else
      bh_engine_log(r->b, 2, "%.*s", BH_STR_ARG(pulled[i].error));
  for (size_t i = 0; i < r->stats.held_count; i++)
    bh_engine_log(r->b, 2, "held %.*s: %.*s", BH_STR_ARG(r->stats.held[i].invoice.len ? r->stats.held[i].invoice : r->stats.held[i].client), BH_STR_ARG(r->stats.held[i].reason));
  bh_engine_log(r->b, 2, "batch %.*s: %lld drafted, %lld unchanged, %zu held, %zu approved automatically", BH_STR_ARG(batch), (long long)r->stats.drafted,
                (long long)r->stats.unchanged, r->stats.held_count, r->ctx.drafting.automatic_count);
}

/* ---- the report ---- */
static void held_json(bh_jw *w, const bh_held *h, bool reason)
{
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, h->client);
  if (reason) {
    bh_jw_key(w, "invoice");
    if (h->invoice.len) bh_jw_str(w, h->invoice); else bh_jw_null(w);
    bh_jw_key(w, "reason"); bh_jw_str(w, h->reason);
  }
  bh_jw_key(w, "message"); bh_jw_str(w, h->message);
  bh_jw_obj_end(w);
}

static void report(bh_buf *out, const run *r, bh_str batch, const bh_pulled *pulled, size_t pulled_n)
{
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "batch");
  if (batch.len) bh_jw_str(&w, batch); else bh_jw_null(&w); /* a dry run leaves none */
  bh_jw_key(&w, "date"); bh_jw_day(&w, r->ctx.drafting.date);
  bh_jw_key(&w, "drafted"); bh_jw_int(&w, r->stats.drafted);
  bh_jw_key(&w, "held");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->stats.held_count; i++)
    held_json(&w, &r->stats.held[i], true);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "unchanged"); bh_jw_int(&w, r->stats.unchanged);
  bh_jw_key(&w, "failed");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->stats.failed_count; i++)
    held_json(&w, &r->stats.failed[i], false);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "totals");
  bh_jw_obj(&w);
  for (size_t i = 0; i < r->stats.total_count; i++) {
    char code[8];
    snprintf(code, sizeof code, "%.*s", BH_STR_ARG(r->stats.totals[i].currency));
    bh_jw_key(&w, code);
    bh_jw_money(&w, r->stats.totals[i].amount, r->stats.totals[i].decimals);
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "connectors");
  bh_jw_arr(&w);
  for (size_t i = 0; i < pulled_n; i++)
    bh_pulled_json(&w, &pulled[i]);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "approved"); bh_jw_int(&w, (int64_t)r->ctx.drafting.automatic_count);
  bh_jw_key(&w, "clients"); bh_jw_int(&w, r->seen);
  bh_jw_obj_end(&w);
}

static bh_status pull_first(run *r, bh_pulled **pulled, size_t *n, bh_arena *a)
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

static bh_status open_run(run *r, bh_batch_row *batch)
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
  return st == BH_OK ? bh_pool_new(&r->pool, r->b->plugins, jobs, r->b->options.stop, on_ask, r, r->err) : st;
}

static void close_run(run *r)
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
  run r = { .b = b, .options = o, .err = &err, .ctx = { .engine = b, .no_digest = o->no_digest != 0, .window = window } };
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
    st = all_clients(&r, &stopped);
  if (st == BH_OK && !window.on && r.ctx.drafting.automatic_count > 0)
    st = bh_approve_docs(b, r.ctx.drafting.automatic, r.ctx.drafting.automatic_count, "approval = \"auto\"", &err);
  if (st == BH_OK) {
    bh_buf json;
    bh_buf_init(&json, 1u << 30);
    report(&json, &r, o->dry_run ? (bh_str){ "", 0 } : bh_batch_format(&a, &batch), pulled, pulled_n);
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
      log_run(&r, o->dry_run ? BH_S("(none: a dry run)") : bh_batch_format(&a, &batch), pulled, pulled_n);
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
