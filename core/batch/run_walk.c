/* Clients stream by in the order of their ids: what is settled is passed over, the rest is planned and put into groups. */
#include "batch/run_impl.h"
#include "batch/run_charges.h"
#include <stdlib.h>

static void mark_met(bh_run *r, int32_t num)
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

static bool was_met(const bh_run *r, int32_t num)
{
  size_t byte = (size_t)num / 8;
  return byte < r->met_bytes && (r->met[byte] & (1u << (num % 8))) != 0;
}

static bool chosen(bh_run *r, bh_str id)
{
  const billhook_run_options *o = r->options;
  for (size_t i = 0; i < o->client_count; i++)
    if (bh_str_eqz(id, o->clients[i]))
      return r->found[i] = true;
  return o->client_count == 0;
}

/* Every client that --client names must be one. */
static bh_status all_found(const bh_run *r)
{
  for (size_t i = 0; i < r->options->client_count; i++)
    if (!r->found[i])
      return bh_fail(r->err, BH_E_USAGE, "--client %s: the workspace has no client of that id", r->options->clients[i]);
  return BH_OK;
}

/* Nothing in the files, the price book or the facts has changed and nothing is due: one row was read. */
static bh_status settled(bh_run *r, const bh_client_row *row, const bh_client_raw *raw, bool *out)
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
static bh_status read_client(bh_run *r, bh_client_iter *it, const bh_client_raw *raw, const bh_client_row *row, bool *read)
{
  bh_run_group *g = r->filling;
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

static bh_status prepare(bh_run *r, bh_run_client *c)
{
  bh_status st = bh_run_prepare(c, &r->ctx, &r->filling->arena, r->err);
  mark_met(r, c->row.num);
  return st;
}

/* Clients that are billed together: their documents are made together, or not at all. */
static bh_status unit_client(bh_run *r, bh_client_iter *it, const bh_client_raw *raw, const bh_client_row *row, bool skip)
{
  bh_status st = BH_OK;
  if (r->unit.left == 0) {
    size_t n = raw->unit_count;
    if (r->filling != NULL && r->filling->client_count > 0 && r->filling->client_count + n > BH_RUN_GROUP_CLIENTS)
      st = bh_run_submit(r);
    if (st == BH_OK)
      st = bh_run_need_group(r);
    if (st != BH_OK)
      return st;
    if (n > BH_RUN_GROUP_CLIENTS)
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
  bh_run_group *g = r->filling;
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
  return st == BH_OK && g->client_count >= BH_RUN_GROUP_CLIENTS ? bh_run_submit(r) : st;
}

static bh_status one_client(bh_run *r, bh_client_iter *it, const bh_client_raw *raw)
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
  st = bh_run_need_group(r);
  if (st == BH_OK)
    st = read_client(r, it, raw, &row, &read);
  if (st != BH_OK || !read)
    return st;
  bh_run_group *g = r->filling;
  st = prepare(r, &g->clients[g->client_count]);
  if (st != BH_OK)
    return st;
  g->client_count++;
  if (g->client_count == BH_RUN_GROUP_CLIENTS)
    return bh_run_submit(r);
  return g->client_count % 32 == 0 ? bh_pool_pump(r->pool, r->err) : BH_OK;
}

/* ---- clients that are gone from the files ---- */
typedef struct gone { bh_run *r; bh_arena a; } gone;

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

static bh_status find_gone(bh_run *r)
{
  gone g = { .r = r };
  bh_arena_init(&g.a);
  bh_status st = bh_store_clients_each(r->ctx.drafting.store, on_stored_client, &g, r->err);
  bh_arena_dispose(&g.a);
  return st;
}

/* Who has paid for whom: their documents may be corrected. */
static bh_status ties_of(bh_run *r, bh_tie **out, size_t *n, bh_arena *a)
{
  bh_payer_row *rows;
  bh_status st = bh_store_payers(r->ctx.drafting.store, &rows, n, a, r->err);
  *out = BH_NEWN(a, bh_tie, *n ? *n : 1);
  for (size_t i = 0; st == BH_OK && i < *n; i++)
    (*out)[i] = (bh_tie){ rows[i].client, rows[i].payer };
  return st;
}

bh_status bh_run_all_clients(bh_run *r, bool *stopped)
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
    st = bh_run_submit(r);
  while (st == BH_OK && r->b->mistakes.total == 0 && !*stopped && bh_pool_pending(r->pool) > 0) {
    bool any;
    st = bh_run_collect(r, true, &any);
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
