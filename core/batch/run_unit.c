/* What is due becomes documents: of one client, or of several that are billed together. A charge goes to who pays today; a correction to the client
 * on whose document the charge stands, so that nobody is given back what another has paid. */
#include "batch/run_client.h"

static bh_status keep_row(bh_run_client *c, bh_run_ctx *ctx, const bh_client_row *before, const bh_run_due *d, bh_error *err)
{
  if (d->client_settled && !c->row.open_draft) {
    c->row.raw_hash = c->raw_hash;
    c->row.next_due = d->settle.next_due;
    c->row.settled_pull = ctx->drafting.pull_last;
    c->row.charged_to = d->settle.charged_to;
  } else if (!c->row.open_draft) {
    c->row.raw_hash = (bh_sha){ { 0 } };
  }
  return c->row.exists && memcmp(before, &c->row, sizeof *before) == 0 ? BH_OK : bh_store_client_put(ctx->drafting.store, &c->row, c->terms->id, err);
}

static bh_status alone(bh_run_client *c, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err)
{
  bh_run_due d;
  bh_status st = bh_run_due_of(&d, c, ctx, rated, a, err);
  if (st != BH_OK)
    return st;
  bh_client_row before = c->row;
  bh_draft_input in = { .client = c->terms, .row = &c->row, .due = &d.due, .holds = &c->holds, .settle = d.settle };
  st = bh_draft_client(&ctx->drafting, &in, a, err);
  return st == BH_OK ? keep_row(c, ctx, &before, &d, err) : st;
}

typedef struct unit {
  bh_run_client *c;
  size_t n;
  bh_run_ctx *ctx;
  bh_run_due *due;
  size_t *pays;                /* who is billed for each today */
  bh_arena *a;
  bh_error *err;
} unit;

static size_t member_of(const unit *u, bh_str id)
{
  for (size_t i = 0; i < u->n; i++)
    if (bh_str_eq(u->c[i].terms->id, id))
      return i;
  return SIZE_MAX;
}

/* The client whose document an item goes on: of a correction, whose the charge was. */
static size_t target(const unit *u, size_t m, int32_t payer)
{
  for (size_t i = 0; payer != 0 && i < u->n; i++)
    if (u->c[i].row.num == payer)
      return i;
  if (payer != 0)
    bh_hold_add(&u->c[m].holds, u->a, BH_S("line-removed"),
                bh_arena_fmt(u->a, "client \"%.*s\": what is corrected was billed to a client that is gone from the files: put it back, with `ends`",
                             BH_STR_ARG(u->c[m].terms->id)));
  return u->pays[m];
}

static size_t line_target(const unit *u, size_t m, const bh_due_line *l) { return target(u, m, l->corrects != NULL ? l->corrects->payer : 0); }
static size_t discount_target(const unit *u, size_t m, const bh_due_discount *x) { return target(u, m, x->payer); }

/* What of a member's dues goes on p's documents; false: nothing. A child's lines are a section of their own. */
static bool take(bh_due *to, const unit *u, size_t p, size_t m)
{
  const bh_due *d = &u->due[m].due;
  size_t before = to->line_count + to->discount_count;
  for (size_t i = 0; i < d->line_count; i++) {
    if (line_target(u, m, &d->lines[i]) != p)
      continue;
    bh_due_line l = d->lines[i];
    if (m != p)
      l.section = u->c[m].terms->name;
    bh_due_append(to, u->a, &(bh_due){ .lines = &l, .line_count = 1 });
  }
  for (size_t i = 0; i < d->discount_count; i++)
    if (discount_target(u, m, &d->discounts[i]) == p)
      bh_due_append(to, u->a, &(bh_due){ .discounts = &d->discounts[i], .discount_count = 1 });
  if (u->pays[m] == p)
    bh_due_append(to, u->a, &(bh_due){ .memos = d->memos, .memo_count = d->memo_count });
  return to->line_count + to->discount_count > before;
}

static bool all_on(const unit *u, size_t p)
{
  for (size_t m = 0; m < u->n; m++) {
    const bh_due *d = &u->due[m].due;
    for (size_t i = 0; i < d->line_count; i++)
      if (line_target(u, m, &d->lines[i]) != p)
        return false;
    for (size_t i = 0; i < d->discount_count; i++)
      if (discount_target(u, m, &d->discounts[i]) != p)
        return false;
  }
  return true;
}

/* What approving p's document settles: all that is due, where all of it stands there; else the next run compares in full. */
static bh_settle settle_of(const unit *u, size_t p, const bool *on)
{
  bh_settle s = u->due[p].settle;
  bool all = all_on(u, p);
  size_t contracts = 0, members = 0;
  for (size_t m = 0; m < u->n; m++)
    contracts += u->due[m].settle.contract_count;
  s.contracts = BH_NEWN(u->a, bh_settle_contract, contracts ? contracts : 1);
  s.members = BH_NEWN(u->a, bh_settle_member, u->n);
  s.contract_count = 0;
  s.whole = s.whole && all;
  for (size_t m = 0; m < u->n; m++) {
    const bh_settle *x = &u->due[m].settle;
    for (size_t i = 0; all && i < x->contract_count; i++)
      s.contracts[s.contract_count++] = x->contracts[i];
    if (m != p && on[m])
      s.members[members++] = (bh_settle_member){ .client = u->c[m].row.num, .whole = x->whole && all, .raw_hash = x->raw_hash, .next_due = x->next_due,
        .charged_to = x->charged_to };
  }
  s.member_count = members;
  return s;
}

static bh_status document_of(const unit *u, size_t p)
{
  bh_due due = { 0 };
  bh_holds holds = { 0 };
  bool *on = BH_NEWN(u->a, bool, u->n);
  bh_status st = BH_OK;
  for (size_t m = 0; m < u->n && st == BH_OK; m++) {
    on[m] = take(&due, u, p, m);
    for (size_t i = 0; (on[m] || u->pays[m] == p) && i < u->c[m].holds.count; i++)
      bh_hold_add(&holds, u->a, u->c[m].holds.items[i].reason, u->c[m].holds.items[i].message);
    if (on[m] && m != p)
      st = bh_store_payer_add(u->ctx->drafting.store, u->c[p].row.num, u->c[m].row.num, u->err);
  }
  bh_draft_input in = { .client = u->c[p].terms, .row = &u->c[p].row, .due = &due, .holds = &holds, .settle = settle_of(u, p, on) };
  return st == BH_OK ? bh_draft_client(&u->ctx->drafting, &in, u->a, u->err) : st;
}

static bh_status together(bh_run_client *c, size_t n, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err)
{
  unit u = { .c = c, .n = n, .ctx = ctx, .a = a, .err = err };
  u.due = BH_NEWN(a, bh_run_due, n);
  u.pays = BH_NEWN(a, size_t, n);
  bh_client_row *before = BH_NEWN(a, bh_client_row, n);
  bh_status st = BH_OK;
  for (size_t m = 0; m < n && st == BH_OK; m++) {
    u.pays[m] = c[m].terms->bill_to.len ? member_of(&u, c[m].terms->bill_to) : m;
    if (u.pays[m] == SIZE_MAX)
      return bh_fail(err, BH_E_BUG, "client \"%.*s\" is not billed together with who pays for it", BH_STR_ARG(c[m].terms->id));
    before[m] = c[m].row;
    st = bh_run_due_of(&u.due[m], &c[m], ctx, rated, a, err);
    rated += c[m].gathered_count;
  }
  for (size_t p = 0; p < n && st == BH_OK; p++)
    st = document_of(&u, p);
  for (size_t m = 0; m < n && st == BH_OK; m++)
    st = keep_row(&c[m], ctx, &before[m], &u.due[m], err);
  return st;
}

bh_status bh_run_finish(bh_run_client *c, size_t n, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err)
{
  return n > 1 ? together(c, n, ctx, rated, a, err) : alone(c, ctx, rated, a, err);
}
