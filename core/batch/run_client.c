#include "batch/run_client.h"
#include "batch/adjust.h"
#include "batch/carry.h"
#include "batch/client_discount.h"
#include "batch/rerated.h"

/* ---- what the store knows ---- */
static bh_status contract_row(bh_contract_row *out, bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, const bh_contract_terms *t,
                              const bh_contract_row *known, size_t n, bh_error *err)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(known[i].id, t->id)) {
      *out = known[i];
      return BH_OK;
    }
  *out = (bh_contract_row){ 0 };
  bh_status st = ctx->contracts ? bh_store_contract_find(ctx->drafting.store, out, a, t->id, err) : BH_OK;
  if (st != BH_OK)
    return st;
  if (out->num != 0 && out->currency.len > 0) {
    bh_mistake_add(&ctx->engine->mistakes, t->file, t->line, bh_arena_fmt(a, "contract \"%.*s\" client", BH_STR_ARG(t->id)),
                   "a contract that has been charged cannot move to another client: give it `ends`, and write a new contract for \"%.*s\"",
                   BH_STR_ARG(t->client));
    return BH_OK;
  }
  *out = (bh_contract_row){ .id = t->id, .client = c->row.num, .terms = t->text, .next_due = BH_DAY_MIN }; /* written with the documents */
  return BH_OK;
}

static bool zero_hash(const bh_sha *h)
{
  static const bh_sha none;
  return memcmp(h, &none, sizeof none) == 0;
}

static bool same_hash(const bh_sha *x, const bh_sha *y) { return memcmp(x, y, sizeof *x) == 0; }

/* The terms of a charged line over the price book it was charged with. */
static bh_status resolve_book(void *ctx_, bh_line_terms *out, bh_arena *a, const bh_contract_terms *c, size_t index, int32_t book, bool *same, bh_error *err)
{
  void **ctx = ctx_;
  bh_run_ctx *run = ctx[0];
  const bh_run_client *client = ctx[1];
  int32_t today;
  bh_status st = bh_drafting_content(&run->drafting, &today, &c->lines[index].book_hash, BH_S("book"), c->lines[index].book, err);
  if (st != BH_OK)
    return st;
  *same = today == book;
  if (*same)
    return BH_OK;
  bh_str text;
  st = bh_store_content_get(run->drafting.store, &text, a, book, err);
  return st == BH_OK ? bh_line_rebook(out, run->engine->ws, a, client->terms, c, index, text, err) : st;
}

static bh_status load_keys(bh_contract_plan *p, bh_run_ctx *ctx, bh_arena *a, bh_error *err)
{
  bh_charged_line *rows;
  size_t n;
  bh_status st = bh_store_charged(ctx->drafting.store, &rows, &n, a, p->row.num, err);
  if (st != BH_OK)
    return st;
  p->keys = bh_charged_keys(a, rows, n, &p->key_count);
  st = bh_carries_note(p->keys, p->key_count, a, rows, n, err);
  if (st != BH_OK || !ctx->reopened)
    return st;
  st = bh_store_reopened_of(ctx->drafting.store, &p->reopened, &p->reopened_count, a, p->row.num, err);
  if (st == BH_OK)
    bh_charged_keys_reopen(p->keys, p->key_count, p->reopened, p->reopened_count);
  return st;
}

/* The client's discounts are worked out over all its contracts: where a key of one is re-opened, the others' billings of that date are looked at. */
static void note_again(bh_run_client *c, size_t n, bh_arena *a)
{
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < c->plans[i].key_count; j++)
      count += c->plans[i].keys[j].pending;
  if (count == 0)
    return;
  bh_day *again = BH_NEWN(a, bh_day, count);
  size_t at = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < c->plans[i].key_count; j++)
      if (c->plans[i].keys[j].pending)
        again[at++] = c->plans[i].keys[j].issue;
  for (size_t i = 0; i < n; i++) {
    c->plans[i].again = again;
    c->plans[i].again_count = c->terms->contracts[i].client_discount_count > 0 ? count : 0;
  }
}

/* Contracts that were charged and stand in no file any more. */
static void note_removed(bh_run_client *c, bh_arena *a, const bh_contract_row *known, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    bool there = false;
    for (size_t j = 0; j < c->terms->contract_count && !there; j++)
      there = bh_str_eq(c->terms->contracts[j].id, known[i].id);
    bool ended = known[i].next_due == BH_DAY_MAX && !zero_hash(&known[i].hash);
    if (there || known[i].currency.len == 0 || ended)
      continue;
    c->incomplete = true;
    bh_hold_add(&c->holds, a, BH_S("line-removed"),
                bh_arena_fmt(a, "contract \"%.*s\" has been charged and is gone from the files: give it `ends` instead of deleting it", BH_STR_ARG(known[i].id)));
  }
}

static bh_status late_facts(bool *late, bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, bh_error *err)
{
  *late = false;
  if (!c->row.exists || c->row.settled_pull >= ctx->drafting.pull_last || c->row.charged_to == BH_DAY_MIN)
    return BH_OK;
  bh_fact_ref *refs = BH_NEWN(a, bh_fact_ref, c->terms->id_count ? c->terms->id_count : 1);
  for (size_t i = 0; i < c->terms->id_count; i++)
    refs[i] = (bh_fact_ref){ c->terms->ids[i].connector, c->terms->ids[i].ref };
  bh_day first;
  bh_status st = bh_store_late_day(ctx->drafting.store, &first, refs, c->terms->id_count, c->row.settled_pull, err);
  *late = first <= c->row.charged_to;
  return st;
}

/* Discounts that reach across the client's contracts: where one is compared in full, all are. */
static bool compared_together(const bh_run_client *c, const bh_contract_row *known, size_t n)
{
  const bh_client_terms *t = c->terms;
  if (!bh_discounts_reach_across(t))
    return false;
  for (size_t i = 0; i < t->contract_count; i++) {
    bool same = false;
    for (size_t j = 0; j < n && !same; j++)
      same = bh_str_eq(known[j].id, t->contracts[i].id) && same_hash(&known[j].hash, &t->contracts[i].hash);
    if (!same)
      return true;
  }
  return false;
}

static void keep_window(bh_contract_plan *p, const bh_issue_window *w)
{
  size_t n = 0;
  for (size_t i = 0; i < p->billing_count; i++)
    if (p->billings[i].issue >= w->from && p->billings[i].issue <= w->to)
      p->billings[n++] = p->billings[i];
  p->billing_count = n;
}

/* Charged by counts that go on being known, with each day that passes and not only with a pull. */
static bool trued_up(const bh_contract_terms *t)
{
  for (size_t i = 0; i < t->line_count; i++)
    if (t->lines[i].counted && t->lines[i].true_up == BH_TRUE_UP_ALL)
      return true;
  return false;
}

static bh_status know_one(bh_contract_plan *p, bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, const bh_contract_terms *t,
                          const bh_contract_row *known, size_t known_n, bool late, bh_error *err)
{
  bh_status st = contract_row(&p->row, c, ctx, a, t, known, known_n, err);
  if (st != BH_OK)
    return st;
  p->terms = t;
  p->client = c->terms;
  if (p->row.currency.len > 0 && !bh_str_eq(p->row.currency, t->currency)) {
    bh_mistake_add(&ctx->engine->mistakes, t->file, t->line, bh_arena_fmt(a, "contract \"%.*s\"", BH_STR_ARG(t->id)),
                   "has been charged in %.*s and cannot change to %.*s: give it `ends`, and write a new contract", BH_STR_ARG(p->row.currency),
                   BH_STR_ARG(t->currency));
    return BH_OK;
  }
  bool charged = p->row.currency.len > 0;
  bool unchanged = same_hash(&p->row.hash, &t->hash);
  p->full = p->row.num == 0 || !unchanged || late || ctx->no_digest || bh_carries_any(t) /* a carry goes on from what was charged */ ||
            trued_up(t);
  p->edited = charged && (p->row.terms.len > 0 ? !bh_str_eq(p->row.terms, t->text) : !unchanged && !zero_hash(&p->row.hash));
  if ((!charged || unchanged) && !bh_str_eq(p->row.terms, t->text)) {
    p->row.terms = t->text;
    p->edited = false;
    st = bh_store_contract_put(ctx->drafting.store, &p->row, err);
    if (st != BH_OK)
      return st;
  }
  return p->full && charged ? load_keys(p, ctx, a, err) : BH_OK;
}

static bh_status plan_one(bh_contract_plan *p, bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, bh_error *err)
{
  if (p->row.currency.len > 0 && !bh_str_eq(p->row.currency, p->terms->currency))
    return BH_OK; /* a mistake, told by now */
  bh_plan_cut cut;
  if (p->full && !same_hash(&p->row.hash, &p->terms->hash) && p->key_count > 0 && bh_plan_cuts(&cut, a, p)) {
    bh_mistake_add(&ctx->engine->mistakes, p->terms->file, p->terms->line, bh_arena_fmt(a, "contract \"%.*s\" %.*s", BH_STR_ARG(p->terms->id), BH_STR_ARG(cut.path)),
                   "%.*s", BH_STR_ARG(cut.message));
    return BH_OK;
  }
  const void *pair[2] = { ctx, c };
  bh_book_resolver books = { resolve_book, pair };
  bh_status st = bh_plan_contract(p, a, ctx->drafting.date, ctx->engine->ws->invoicing.true_up_months, &books, err);
  if (ctx->window.on)
    keep_window(p, &ctx->window);
  return st;
}

bh_status bh_run_prepare(bh_run_client *c, bh_run_ctx *ctx, bh_arena *a, bh_error *err)
{
  bh_contract_row *known = NULL;
  size_t known_n = 0;
  bh_status st = BH_OK;
  if (c->row.exists)
    st = bh_store_contracts_of(ctx->drafting.store, &known, &known_n, a, c->row.num, err);
  else
    st = bh_store_client_number(ctx->drafting.store, &c->row.num, err);
  bool late = false;
  if (st == BH_OK)
    st = late_facts(&late, c, ctx, a, err);
  late = late || compared_together(c, known, known_n);
  c->plans = BH_NEWN(a, bh_contract_plan, c->terms->contract_count ? c->terms->contract_count : 1);
  size_t billings = 0;
  for (size_t i = 0; i < c->terms->contract_count && st == BH_OK; i++)
    st = know_one(&c->plans[i], c, ctx, a, &c->terms->contracts[i], known, known_n, late, err);
  if (st == BH_OK && ctx->reopened)
    note_again(c, c->terms->contract_count, a);
  for (size_t i = 0; i < c->terms->contract_count && st == BH_OK; i++) {
    st = plan_one(&c->plans[i], c, ctx, a, err);
    billings += c->plans[i].billing_count;
  }
  c->plan_count = c->terms->contract_count;
  if (st != BH_OK)
    return bh_fail_prefix(err, "client \"%.*s\"", BH_STR_ARG(c->terms->id));
  note_removed(c, a, known, known_n);
  bh_gather_ctx g = { .store = ctx->drafting.store, .ws = ctx->engine->ws, .client = c->terms, .date = ctx->drafting.date,
    .pull_last = ctx->drafting.pull_last, .holds = &c->holds };
  st = bh_gather_facts(&g, a, c->plans, c->plan_count, err);
  c->facts = g.facts;
  c->gathered = BH_NEWN(a, bh_gathered, billings ? billings : 1);
  bool across = bh_discounts_reach_across(c->terms);
  for (size_t i = 0; i < c->plan_count && st == BH_OK; i++)
    for (size_t j = 0; j < c->plans[i].billing_count && st == BH_OK; j++) {
      bool shared = false; /* another contract of the currency is billed on this issue date */
      for (size_t k = 0; across && k < c->plan_count && !shared; k++)
        for (size_t m = 0; k != i && m < c->plans[k].billing_count && !shared; m++)
          shared = c->plans[k].billings[m].issue == c->plans[i].billings[j].issue && bh_str_eq(c->plans[k].terms->currency, c->plans[i].terms->currency);
      st = bh_gather_billing(&c->gathered[c->gathered_count++], &g, a, &c->plans[i], &c->plans[i].billings[j], shared, err);
    }
  return st == BH_OK ? st : bh_fail_prefix(err, "client \"%.*s\"", BH_STR_ARG(c->terms->id));
}

/* ---- after rating ---- */

/* Days of a line that its last document charged already. */
static bool charged_before(const bh_due *due, const bh_charged_key *last, size_t n)
{
  for (size_t i = 0; i < due->line_count; i++)
    for (size_t j = 0; j < n; j++)
      if (due->lines[i].planned != NULL && last[j].kind == BH_LINE_CHARGE && bh_str_eq(last[j].key, due->lines[i].key) &&
          last[j].from < due->lines[i].until && last[j].until > due->lines[i].from)
        return true;
  return false;
}

/* What is known of a rhythm of adjustments: nothing is read for contracts without one. */
static bh_status adjusting_init(bh_adjusting *w, bh_run_ctx *ctx, bh_contract_plan *p, bool scheduled, bh_error *err)
{
  bh_day next;
  *w = (bh_adjusting){ .plan = p, .date = ctx->drafting.date, .scheduled = scheduled, .looked = BH_DAY_MIN, .adjusted = BH_DAY_MIN };
  if (!bh_adjust_rhythm(&next, p, w->date))
    return BH_OK;
  if (!p->ended && next < p->next_due)
    p->next_due = next; /* differences are looked at on its boundaries, whatever has happened */
  for (size_t i = 0; i < p->key_count; i++)
    if (p->keys[i].adjusted > w->adjusted)
      w->adjusted = p->keys[i].adjusted;
  bh_status st = bh_store_looked(ctx->drafting.store, &w->looked, p->row.num, err);
  if (st == BH_OK && w->looked == BH_DAY_MIN)
    w->looked = w->date - 1; /* a rhythm begins with the first boundary to come */
  return st;
}

static bh_status adjusting_done(const bh_adjusting *w, bh_run_ctx *ctx, const bh_contract_plan *p, bh_error *err)
{
  bh_day next;
  if (w->by_rhythm || !bh_adjust_rhythm(&next, p, w->date))
    return BH_OK;
  return bh_store_looked_put(ctx->drafting.store, p->row.num, w->date, err);
}

/* Why a billing is held that was rated, and what lifts it. */
static bh_str rating_hold(bh_arena *a, const bh_contract_terms *t, const bh_rated *r)
{
  if (bh_str_eqz(r->hold_reason, "rule-hold"))
    return bh_arena_fmt(a, "contract \"%.*s\": its rule says: %.*s. `approve --force` lifts this", BH_STR_ARG(t->id), BH_STR_ARG(r->hold_message));
  if (bh_str_eqz(r->hold_reason, "rule-failed") && r->status == BH_OK)
    return bh_arena_fmt(a, "%.*s\nA rule that is put right lifts this; `approve --force` bills without what it would have done", BH_STR_ARG(r->hold_message));
  if (bh_str_eqz(r->hold_reason, "rule-failed"))
    return bh_arena_fmt(a, "%.*s: nothing of it is billed. A rule that is put right lifts this", BH_STR_ARG(r->hold_message));
  return bh_arena_fmt(a, "%.*s: nothing of it is billed. A run in which it can be rated lifts this", BH_STR_ARG(r->hold_message));
}

/* Re-opened keys of a billing on which nothing more or less is owed keep today's price book, rule and facts from now on. */
static bh_status settle_reopened(const bh_due *due, bh_contract_plan *p, const bh_gathered *g, bh_run_ctx *ctx, bh_error *err)
{
  bh_status st = BH_OK;
  for (size_t i = 0; i < g->plan->line_count && st == BH_OK; i++) {
    const bh_plan_line *l = &g->plan->lines[i];
    bool differs = false;
    if (l->charged == NULL || !l->charged->pending || l->fixed)
      continue;
    for (size_t j = 0; j < due->line_count && !differs; j++)
      differs = due->lines[j].corrects == l->charged;
    if (differs)
      continue;
    bh_reopened_row row = { .contract = p->row.num, .key = l->charged->key, .whole_from = l->whole_from, .whole_until = l->whole_until,
      .wish = l->charged->wish_next, .settled = true, .pull = ctx->drafting.pull_last, .as_of = ctx->drafting.date };
    st = bh_drafting_content(&ctx->drafting, &row.book, &l->terms->book_hash, BH_S("book"), l->terms->book, err);
    if (st == BH_OK && g->billing.rule_name.len > 0)
      st = bh_drafting_content(&ctx->drafting, &row.rule, &g->billing.rule_hash, BH_S("rule"), g->billing.rule_bundle, err);
    if (st == BH_OK)
      st = bh_store_reopened_put(ctx->drafting.store, &row, err);
  }
  return st;
}

typedef struct contract_due { bh_due due; bool clean; } contract_due; /* clean: all of it is on the documents */

static bh_status contract_finish(contract_due *out, bh_run_client *c, bh_run_ctx *ctx, bh_contract_plan *p, const bh_rated *rated, size_t at,
                                 bh_arena *a, bh_error *err)
{
  bh_due fresh = { 0 };
  bh_due *pending = BH_NEWN(a, bh_due, p->billing_count ? p->billing_count : 1);
  bh_rerated rerated = { 0 };
  bool whole = !p->unsettled, scheduled = false, waits = false;
  size_t before = 0;
  for (size_t j = 0; j < p->billing_count; j++) {
    const bh_gathered *g = &c->gathered[at + j];
    const bh_rated *r = &rated[at + j];
    if (r->hold_reason.len > 0)
      bh_hold_add(&c->holds, a, r->hold_reason, rating_hold(a, p->terms, r));
    bool failed = r->status != BH_OK || bh_str_eqz(r->hold_reason, "plugin-failed");
    bool rule_failed = bh_str_eqz(r->hold_reason, "rule-failed");
    whole = whole && !failed && !rule_failed && !g->left_out;
    if (failed || (rule_failed && g->plan->made))
      continue;
    scheduled = scheduled || !g->plan->made;
    bh_status st = bh_difference_billing(g->plan->made ? &pending[j] : &fresh, &rerated, a, g, r, p, ctx->drafting.date, err);
    if (st != BH_OK)
      return st;
    for (size_t i = 0; i < pending[j].line_count && !scheduled; i++)
      scheduled = bh_adjust_never_billed(&pending[j].lines[i]);
    if (g->plan->reopened && !rule_failed && !g->left_out)
      st = settle_reopened(&pending[j], p, g, ctx, err);
    if (st != BH_OK)
      return st;
  }
  before = fresh.line_count + fresh.discount_count;
  bh_adjusting adjusting;
  bh_status looked = adjusting_init(&adjusting, ctx, p, scheduled, err);
  for (size_t j = 0; j < p->billing_count && looked == BH_OK; j++)
    waits |= bh_adjust_send(&fresh, &pending[j], c->gathered[at + j].plan->reopened, &adjusting, a);
  if (looked == BH_OK)
    looked = adjusting_done(&adjusting, ctx, p, err);
  if (looked != BH_OK)
    return looked;
  if (rerated.count > 0 && fresh.line_count + fresh.discount_count > before)
    bh_rerated_hold(&c->holds, a, p, &rerated);
  if (p->removed_key.len > 0) {
    whole = false;
    bh_hold_add(&c->holds, a, BH_S("line-removed"),
                bh_arena_fmt(a, "contract \"%.*s\": the line \"%.*s\" has been charged and is gone from the files: give it `ends` instead of deleting it",
                             BH_STR_ARG(p->terms->id), BH_STR_ARG(p->removed_key)));
  }
  if (p->row.currency.len > 0 && fresh.line_count > 0) {
    bh_charged_key *last = p->keys;
    size_t n = p->key_count;
    if (!p->full) {
      bh_charged_line *rows;
      size_t rows_n;
      bh_status st = bh_store_charged_last(ctx->drafting.store, &rows, &rows_n, a, p->row.num, err);
      if (st != BH_OK)
        return st;
      last = bh_charged_keys(a, rows, rows_n, &n);
      if (charged_before(&fresh, last, n)) { /* never twice: what was taken for settled is not, and is compared in full from now on */
        p->row.hash = (bh_sha){ { 0 } };
        c->incomplete = true;
        out->due = (bh_due){ 0 };
        out->clean = false;
        bh_hold_add(&c->holds, a, BH_S("guard"), bh_arena_fmt(a, "contract \"%.*s\": a charged period came up again and is left out; the next run compares all of it",
                                                              BH_STR_ARG(p->terms->id)));
        return bh_store_contract_put(ctx->drafting.store, &p->row, err);
      }
    }
    bh_client_terms guard = *c->terms; /* a contract may have a guard of its own */
    guard.guard_off = p->terms->guard_off;
    guard.guard_change_percent = p->terms->guard_change_percent;
    guard.guard_amount_set = p->terms->guard_amount_set;
    guard.guard_amount = p->terms->guard_amount;
    bh_difference_guard(&c->holds, a, &fresh, last, n, &guard, p->terms->decimals);
  }
  out->due = fresh;
  out->clean = whole && !waits;
  return BH_OK;
}

bh_status bh_run_due_of(bh_run_due *out, bh_run_client *c, bh_run_ctx *ctx, bh_rated *rated, bh_arena *a, bh_error *err)
{
  bh_store *store = ctx->drafting.store;
  bh_due due = { 0 };
  bh_settle settle = { .raw_hash = c->raw_hash, .next_due = BH_DAY_MAX, .pull = ctx->drafting.pull_last, .charged_to = c->row.charged_to };
  settle.contracts = BH_NEWN(a, bh_settle_contract, c->plan_count ? c->plan_count : 1);
  settle.whole = !c->incomplete;
  bool client_settled = !c->incomplete;
  size_t at = 0;
  bh_status st = bh_client_discounts(c->gathered, rated, c->gathered_count, a, err);
  for (size_t i = 0; i < c->plan_count && st == BH_OK; i++)
    if (c->plans[i].row.num == 0)
      st = bh_store_contract_put(store, &c->plans[i].row, err);
  for (size_t i = 0; i < c->plan_count && st == BH_OK; i++) {
    bh_contract_plan *p = &c->plans[i];
    contract_due d = { 0 };
    st = contract_finish(&d, c, ctx, p, rated, at, a, err);
    at += p->billing_count;
    if (st != BH_OK)
      break;
    bool empty = d.due.line_count + d.due.discount_count == 0;
    bh_due_append(&due, a, &d.due);
    if (p->next_due < settle.next_due)
      settle.next_due = p->next_due;
    if (p->charged_to > settle.charged_to)
      settle.charged_to = p->charged_to;
    bool zero_only = empty && p->billing_count > 0 && !p->full;
    if (empty && d.clean && !zero_only) {
      /* nothing is owed: settled as it stands, without a document */
      if (!same_hash(&p->row.hash, &p->terms->hash) || p->row.next_due != p->next_due) {
        p->row.hash = p->terms->hash;
        p->row.next_due = p->next_due;
        p->row.terms = p->terms->text;
        st = bh_store_contract_put(store, &p->row, err);
      }
    } else {
      client_settled = false;
      settle.whole = settle.whole && d.clean && !empty;
      if (empty && !d.clean && p->full && same_hash(&p->row.hash, &p->terms->hash)) {
        /* what waits for the next billing is found again: nothing else may have changed by then */
        p->row.hash = (bh_sha){ { 0 } };
        st = bh_store_contract_put(store, &p->row, err);
      }
      if (!empty)
        settle.contracts[settle.contract_count++] = (bh_settle_contract){ .num = p->row.num, .hash = d.clean ? p->terms->hash : (bh_sha){ { 0 } },
          .next_due = d.clean ? p->next_due : BH_DAY_MIN, .currency = p->terms->currency, .client = c->row.num };
    }
  }
  if (st != BH_OK)
    return bh_fail_prefix(err, "client \"%.*s\"", BH_STR_ARG(c->terms->id));
  *out = (bh_run_due){ .due = due, .settle = settle, .client_settled = client_settled };
  return BH_OK;
}
