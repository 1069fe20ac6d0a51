#include "batch/carry.h"
#include "batch/gather.h"
#include "batch/gather_allowance.h"
#include "batch/rule_sees.h"
#include "batch/gather_commit.h"
#include "batch/gather_left_out.h"

void bh_hold_add(bh_holds *h, bh_arena *a, bh_str reason, bh_str message)
{
  for (size_t i = 0; i < h->count; i++)
    if (bh_str_eq(h->items[i].reason, reason) && bh_str_eq(h->items[i].message, message))
      return;
  if (h->count == h->cap) {
    size_t cap = h->cap ? h->cap * 2 : 4;
    bh_hold *grown = BH_NEWN(a, bh_hold, cap);
    if (h->count)
      memcpy(grown, h->items, h->count * sizeof *grown);
    h->items = grown;
    h->cap = cap;
  }
  h->items[h->count++] = (bh_hold){ reason, message };
}

static bool reads_usage(const bh_line_terms *t) { return t->counted && t->count.kind == BH_SEL_USAGE; }

/* The days whose facts a line reads. */
static void line_window(const bh_plan_line *l, bh_day *from, bh_day *until)
{
  *from = l->from < l->counted_until ? l->from : l->counted_until - 1;
  *until = l->counted_until;
  if (!reads_usage(l->terms) && l->terms->at == BH_AT_ISSUE) {
    *from = l->piece_issue;
    *until = l->piece_issue + 1;
  }
  /* A day to come carries the last known one. */
  if (!reads_usage(l->terms) && *from > l->as_of)
    *from = l->as_of;
}

bh_status bh_gather_facts(bh_gather_ctx *g, bh_arena *a, const bh_contract_plan *plans, size_t n, bh_error *err)
{
  bh_day from = BH_DAY_MAX, until = BH_DAY_MIN;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < plans[i].billing_count; j++) {
      const bh_plan_billing *b = &plans[i].billings[j];
      bool rule = plans[i].terms->rule_name.len > 0;
      if (rule) { /* it may ask for the issue date's counts, and for the usage of the billing's period */
        if (b->issue < from) from = b->issue;
        if (b->own_from < from) from = b->own_from;
        if (b->issue + 1 > until) until = b->issue + 1;
      }
      for (size_t k = 0; k < b->line_count; k++) {
        const bh_plan_line *l = &b->lines[k];
        if (!l->terms->counted || l->from >= l->until)
          continue;
        bh_day f, u;
        line_window(l, &f, &u);
        f = bh_gather_held_from(plans[i].terms, l, f);
        if (f < from) from = f;
        if (u > until) until = u;
      }
    }
  g->facts = NULL;
  if (from >= until)
    return BH_OK;
  g->facts_from = from;
  return bh_facts_load(&g->facts, g->store, a, g->client, g->ws->identities, g->ws->identity_count, from,
                       until > g->date + 1 ? until : g->date + 1, err);
}

/* minimum, included, round_up_to, maximum: the numbers in force on the period's first day. */
static bh_status apply_terms(bh_ratio *out, bh_ratio raw, const bh_line_terms *t, bh_day day, const bh_ratio *included, bh_error *err)
{
  const bh_dec *min = t->minimum.set ? bh_dated_on(&t->minimum.value, day) : NULL;
  const bh_dec *max = t->maximum.set ? bh_dated_on(&t->maximum.value, day) : NULL;
  const bh_dec *step = t->round_up_to.set ? bh_dated_on(&t->round_up_to.value, day) : NULL;
  return bh_quantity_apply(out, raw, min, included, step, max, err);
}

static const char *const at_names[] = { "issue", "start", "end", "peak", "average", "daily", "sum" };

typedef struct line_gather {
  bh_gather_ctx *g;
  bh_arena *a;
  const bh_contract_plan *c;
  const bh_plan_line *l;
  bh_rate_line *out;
  bh_line_count *count;
  bh_allowance *allowance;
  bh_error *err;
} line_gather;

/* The raw counts of a line: runs by day (or one with the sum of usage). *left_out: nothing can be said, the line is not billed. */
static bh_status raw_runs(line_gather *q, bh_count_run **runs, size_t *n, bool *left_out)
{
  const bh_line_terms *t = q->l->terms;
  *left_out = false;
  if (!t->counted)
    return bh_quantity_runs(runs, n, q->a, &t->quantity, bh_gather_held_from(q->c->terms, q->l, q->l->from), q->l->until, q->err);
  bh_day from, until;
  line_window(q->l, &from, &until);
  bh_line_count *e = q->count;
  e->counted = true;
  e->selector = t->count.text;
  if (t->count.family != NULL)
    e->family = t->count.family->text;
  if (t->count.kind == BH_SEL_ASSETS)
    bh_gather_left_out(q->g, q->a, e, t->count.asset_kind);
  e->at = bh_str_c(at_names[t->at]);
  e->from = from;
  e->until = until;
  e->pull = q->l->pull == BH_PULL_NOW ? q->g->pull_last : q->l->pull;
  e->as_of = q->l->as_of;
  bh_count c;
  bh_day read_until = until > q->l->as_of + 1 ? q->l->as_of + 1 : until;
  bh_status st = bh_facts_count(&c, q->g->facts, q->a, &t->count, bh_gather_held_from(q->c->terms, q->l, from), until, read_until > from ? read_until - 1 : from, read_until,
                                q->l->pull, q->l->as_of, q->g->client->stale_days, q->err);
  if (st != BH_OK)
    return bh_fail_prefix(q->err, "contract \"%.*s\" %.*s", BH_STR_ARG(q->c->terms->id), BH_STR_ARG(t->path));
  e->connector = c.connector;
  if (c.hold_reason.len > 0) {
    bh_str words = bh_arena_fmt(q->a, "contract \"%.*s\" %.*s: %.*s", BH_STR_ARG(q->c->terms->id), BH_STR_ARG(t->path), BH_STR_ARG(c.hold_message));
    bool charged = q->l->charged != NULL;
    if (!charged || q->l->charged->pending)
      bh_hold_add(q->g->holds, q->a, c.hold_reason, words);
    if (c.run_count == 0 || (!bh_str_eqz(c.hold_reason, "stale-facts") && !bh_str_eqz(c.hold_reason, "connector-failed"))) {
      *left_out = true;
      return BH_OK;
    }
  }
  *runs = c.runs;
  *n = c.run_count;
  if (reads_usage(t) && q->l->charged != NULL) {
    bh_ratio sum;
    st = bh_facts_usage(&sum, q->g->facts, q->a, &t->count, from, until, q->l->charged->last_pull,
                        t->true_up == BH_TRUE_UP_ALL || q->l->charged->pending, q->g->date, q->err);
    if (st != BH_OK)
      return st;
    bh_count_run *one = BH_NEW(q->a, bh_count_run);
    *one = (bh_count_run){ from, until, sum };
    *runs = one;
    *n = 1;
    e->pull = q->g->pull_last;
    e->as_of = q->g->date;
  }
  return BH_OK;
}

/* Day by day what the line used, for a model that asks for it. */
static bh_status usage_days(line_gather *q)
{
  const bh_charged_key *k = q->l->charged;
  bh_day from, until;
  bh_count_run *days;
  size_t n;
  line_window(q->l, &from, &until);
  bh_status st = bh_facts_usage_days(&days, &n, q->g->facts, q->a, &q->l->terms->count, from, until, k != NULL ? k->last_pull : BH_PULL_NOW,
                                     k == NULL || q->l->terms->true_up == BH_TRUE_UP_ALL, k != NULL ? q->g->date : q->l->as_of, q->err);
  if (st != BH_OK)
    return st;
  q->out->by_day = true;
  q->out->days = BH_NEWN(q->a, bh_qty_run, n + 1);
  q->out->day_count = n;
  for (size_t i = 0; i < n; i++)
    q->out->days[i] = (bh_qty_run){ days[i].from, days[i].until, days[i].count, bh_ratio_int(1) };
  return BH_OK;
}

/* What the model goes on from, where the period before is not rated together with this one. */
static void stored_carry(line_gather *q)
{
  const bh_charged_key *before = bh_carry_before(q->c, q->l->terms->key, q->l->whole_from);
  q->out->carries = true;
  q->out->carry = before != NULL ? before->carry : (bh_str){ "", 0 };
  q->out->carry_from = before != NULL ? before->whole_from : BH_DAY_MIN;
}

static bh_status included_of(line_gather *q, bh_day day, bh_ratio quantity, bh_ratio *store, const bh_ratio **out)
{
  bool set = false;
  bh_status st = bh_allowance_of(q->allowance, store, &set, day, quantity, q->err);
  *out = set ? store : NULL;
  q->count->has_included = set;
  q->count->included = *store;
  return st;
}

static bh_status run_fraction(bh_ratio *out, const line_gather *q, bh_day from, bh_day until)
{
  return bh_prorate_part(out, q->l->terms->prorate, &q->l->terms->bill, q->l->whole_from, q->l->whole_until, q->out->from, from, until, q->err);
}

/* What the line's commitment makes of its raw counts, and what the evidence says of it. */
static bh_status commit(line_gather *q, bh_held_runs *out, const bh_count_run **runs, size_t *n)
{
  bh_day from, until;
  *out = (bh_held_runs){ 0 };
  if (q->l->terms->commit.decrease == BH_DECREASE_NOW)
    return BH_OK;
  line_window(q->l, &from, &until);
  if (!q->l->terms->counted)
    from = q->l->from < q->l->counted_until ? q->l->from : q->l->counted_until - 1;
  bh_status st = bh_gather_held(out, q->a, q->c->terms, q->l, *runs, *n, from, until, q->err);
  q->count->held = out->runs;
  q->count->held_count = out->count;
  *runs = out->held;
  *n = out->count;
  return st;
}

/* Quantities of one line: raw counts by its `at` policy, then minimum, included, round_up_to, maximum. */
static bh_status line_quantities(line_gather *q, const bh_count_run *runs, size_t n)
{
  const bh_line_terms *t = q->l->terms;
  bh_rate_line *r = q->out;
  bh_ratio inc;
  const bh_ratio *included;
  bh_held_runs held;
  bh_status held_st = commit(q, &held, &runs, &n);
  if (held_st != BH_OK)
    return held_st;
  bool by_day = t->at == BH_AT_DAILY || (!t->counted && t->at != BH_AT_ISSUE && t->at != BH_AT_START && t->at != BH_AT_END &&
                                         t->at != BH_AT_PEAK && t->at != BH_AT_AVERAGE);
  if (t->at == BH_AT_SUM || reads_usage(t)) {
    bh_ratio sum = n > 0 ? runs[0].count : bh_ratio_int(0);
    q->count->raw = r->bare = sum;
    r->runs = BH_NEW(q->a, bh_qty_run);
    r->run_count = 1;
    r->fraction = bh_ratio_int(1); /* usage: allowance, tiers and amounts are not prorated */
    bh_status st = included_of(q, q->l->from, sum, &inc, &included);
    if (st != BH_OK)
      return st;
    r->runs[0] = (bh_qty_run){ r->from, r->until, sum, bh_ratio_int(1) };
    return apply_terms(&r->runs[0].quantity, sum, t, q->l->from, included, q->err);
  }
  if (!by_day) {
    bh_ratio raw;
    bh_day from, until;
    line_window(q->l, &from, &until);
    bh_day day = q->l->piece_issue;
    if (!t->counted) { /* a fixed quantity with a policy of its own reads its own days */
      from = q->l->from;
      until = q->l->until;
      day = day < from ? from : day >= until ? until - 1 : day;
    }
    bh_status st = bh_quantity_at(&raw, t->at, runs, n, from, until, day, q->err);
    r->bare = raw;
    if (st == BH_OK && held.count > 0)
      st = bh_quantity_at(&r->bare, t->at, held.raw, n, from, until, day, q->err);
    if (st == BH_OK)
      st = included_of(q, t->at == BH_AT_ISSUE || t->at == BH_AT_START ? q->l->from : q->l->until - 1, raw, &inc, &included);
    if (st != BH_OK)
      return st;
    q->count->raw = r->bare;
    if (held.count > 0) { /* one quantity for the whole of it */
      held.runs[0] = (bh_commit_run){ q->l->from, q->l->until, r->bare, raw, held.runs[n - 1].held_until };
      q->count->held_count = 1;
    }
    r->runs = BH_NEW(q->a, bh_qty_run);
    r->run_count = 1;
    r->runs[0] = (bh_qty_run){ r->from, r->until, raw, r->fraction };
    return apply_terms(&r->runs[0].quantity, raw, t, q->l->from, included, q->err);
  }
  if (bh_allowance_hangs(t) && n > 0) { /* the allowance changes where the quantity does that it hangs on */
    bh_count_run *cut = (bh_count_run *)(uintptr_t)runs;
    size_t before = n;
    bh_allowance_cut(q->allowance, q->a, &cut, &n);
    runs = cut;
    if (held.count > 0)
      bh_allowance_cut(q->allowance, q->a, &held.raw, &before);
  }
  bh_count_run highest;
  size_t shown = 0; /* where runs stop lying beside held.raw */
  if (t->prorate == BH_PRORATE_FULL && n > 1) {
    /* Any day in force costs the whole period: the highest quantity of its days, once. */
    highest = runs[0];
    for (size_t i = 1; i < n; i++)
      if (bh_ratio_cmp(runs[i].count, highest.count) > 0) {
        highest = runs[i];
        shown = i;
      }
    highest.from = r->from;
    highest.until = r->until;
    runs = &highest;
    n = 1;
  }
  r->runs = BH_NEWN(q->a, bh_qty_run, n ? n : 1);
  r->run_count = 0;
  for (size_t i = 0; i < n; i++) {
    bh_ratio qty, fraction;
    bh_status st = included_of(q, runs[i].from, runs[i].count, &inc, &included);
    if (st == BH_OK)
      st = apply_terms(&qty, runs[i].count, t, q->l->from, included, q->err);
    bh_day from = runs[i].from > r->from ? runs[i].from : r->from, until = runs[i].until < r->until ? runs[i].until : r->until;
    if (st != BH_OK || from >= until) {
      if (st != BH_OK)
        return st;
      continue;
    }
    if ((st = run_fraction(&fraction, q, from, until)) != BH_OK)
      return st;
    bh_qty_run *last = r->run_count ? &r->runs[r->run_count - 1] : NULL;
    if (last != NULL && bh_ratio_cmp(last->quantity, qty) == 0) { /* the terms made two counts one */
      last->until = until;
      if (!bh_ratio_add(&last->fraction, last->fraction, fraction))
        return bh_fail(q->err, BH_E_OVERFLOW, "the share of the period does not fit a number");
    } else {
      r->runs[r->run_count++] = (bh_qty_run){ from, until, qty, fraction };
    }
    r->bare = held.count > 0 ? held.raw[n == 1 ? shown : i].count : runs[i].count;
    q->count->raw = r->bare;
  }
  return BH_OK;
}

static bh_discount *discounts_on(bh_arena *a, const bh_discount *all, size_t n, bh_day day, size_t *out_n)
{
  bh_discount *in = n ? BH_NEWN(a, bh_discount, n) : NULL;
  *out_n = 0;
  for (size_t i = 0; i < n; i++)
    if (all[i].from <= day && day <= all[i].ends) {
      in[*out_n] = all[i];
      in[*out_n].ordinal = (uint32_t)*out_n + 1;
      in[*out_n].listed = (uint32_t)i + 1;
      const bh_dec *value = bh_dated_on(&all[i].values, day);
      if (value != NULL)
        in[*out_n].value = *value;
      ++*out_n;
    }
  return in;
}

static bool dated_dec(const bh_opt_dated *d, bh_day day, bh_dec *out)
{
  const bh_dec *v = d->set ? bh_dated_on(&d->value, day) : NULL;
  if (v == NULL)
    return false;
  *out = *v;
  return true;
}

/* A dated price in mid-period does not split a period: it is read on the first day in force. */
static bh_status rate_line_init(line_gather *q)
{
  const bh_plan_line *l = q->l;
  const bh_line_terms *t = l->terms;
  *q->out = (bh_rate_line){ .index = l->index, .key = t->key, .product = t->product, .description = t->name, .unit = t->unit,
    .category = t->category, .model = t->model, .section = t->section, .po = t->po, .once = t->once, .recurring = !t->once,
    .whole_from = l->whole_from, .whole_until = l->whole_until, .from = l->from, .until = l->until, .fraction = bh_ratio_int(1) };
  bh_status st = BH_OK;
  if (!t->once)
    st = bh_prorate_fraction(&q->out->fraction, t->prorate, &t->bill, l->whole_from, l->whole_until, l->from, l->until, q->err);
  if (st == BH_OK)
    st = bh_params_bind(&q->out->params, &q->out->param_count, q->a, t->params, t->param_count, l->from,
                        t->once ? NULL : &t->uplift, q->c->terms->decimals, q->c->terms->rounding, q->err);
  if (st != BH_OK)
    return bh_fail_prefix(q->err, "contract \"%.*s\" %.*s", BH_STR_ARG(q->c->terms->id), BH_STR_ARG(t->path));
  q->out->has_cost = dated_dec(&t->cost, l->from, &q->out->cost);
  q->out->has_min_amount = dated_dec(&t->minimum_amount, l->from, &q->out->min_amount);
  q->out->has_max_amount = dated_dec(&t->maximum_amount, l->from, &q->out->max_amount);
  q->out->discounts = discounts_on(q->a, t->discounts, t->discount_count, l->from, &q->out->discount_count);
  return BH_OK;
}

/* A line whose allowance hangs on one that could not be counted cannot be billed either. */
static bool hangs_on_left_out(const bh_plan_billing *b, const bool *left, const bh_line_terms *t)
{
  for (size_t i = 0; i < b->line_count; i++)
    if (left[i] && bh_allowance_on(t, b->lines[i].terms->product))
      return true;
  return false;
}

/* What reaches across the contracts of the issue date waits until all of them are rated. */
static void set_aside(bh_gathered *out, bh_arena *a)
{
  bh_billing *x = &out->billing;
  out->shared = true;
  out->all_discounts = BH_NEWN(a, bh_discount, x->discount_count ? x->discount_count : 1);
  size_t own = 0;
  for (size_t i = 0; i < x->discount_count; i++)
    if (x->discounts[i].all_contracts)
      out->all_discounts[out->all_discount_count++] = x->discounts[i];
    else
      x->discounts[own++] = x->discounts[i];
  x->discount_count = own;
  out->client_discounts = x->client_discounts;
  out->client_discount_count = x->client_discount_count;
  out->has_minimum = x->has_minimum;
  out->minimum_minor = x->minimum_minor;
  out->minimum_of = x->minimum_of;
  x->client_discount_count = 0;
  x->has_minimum = false;
}

bh_status bh_gather_billing(bh_gathered *out, bh_gather_ctx *g, bh_arena *a, const bh_contract_plan *c, const bh_plan_billing *b,
                            bool shared, bh_error *err)
{
  const bh_contract_terms *terms = c->terms;
  *out = (bh_gathered){ .plan = b, .contract = c };
  out->lines = BH_NEWN(a, const bh_plan_line *, b->line_count ? b->line_count : 1);
  out->counts = BH_NEWN(a, bh_line_count, b->line_count ? b->line_count : 1);
  bh_billing *x = &out->billing;
  *x = (bh_billing){ .contract = terms->id, .client = terms->client, .currency = terms->currency, .decimals = terms->decimals,
    .rounding = terms->rounding, .issue = b->issue, .period_from = b->own_from, .period_until = b->own_until };
  x->lines = BH_NEWN(a, bh_rate_line, b->line_count ? b->line_count : 1);
  bh_ratio *took = BH_NEWN(a, bh_ratio, b->line_count ? b->line_count : 1);
  bool *left = BH_NEWN(a, bool, b->line_count ? b->line_count : 1);
  bool recurring = false;
  /* Lines whose allowance depends on another line's quantity come last. */
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < b->line_count; i++) {
      const bh_plan_line *l = &b->lines[i];
      if (bh_allowance_hangs(l->terms) != (pass == 1) || l->from >= l->until)
        continue;
      size_t at = x->line_count;
      bh_allowance allowance = { .billing = x, .terms = l->terms, .first = l->from, .took = took, .took_now = bh_ratio_int(0) };
      line_gather q = { g, a, c, l, &x->lines[at], &out->counts[at], &allowance, err };
      out->counts[at] = (bh_line_count){ .raw = bh_ratio_int(0) };
      bh_status st = rate_line_init(&q);
      if (st != BH_OK)
        return st;
      bh_count_run *runs = NULL;
      size_t n = 0;
      bool left_out = false;
      st = raw_runs(&q, &runs, &n, &left_out);
      if (st != BH_OK)
        return st;
      left[i] = left_out = left_out || (pass == 1 && hangs_on_left_out(b, left, l->terms));
      if (left_out) {
        out->left_out = true;
        if (l->charged != NULL)
          l->charged->seen = true;
        continue;
      }
      st = line_quantities(&q, runs, n);
      if (st == BH_OK && l->terms->by_day)
        st = usage_days(&q);
      if (l->terms->carries)
        stored_carry(&q);
      if (st != BH_OK)
        return bh_fail_prefix(err, "contract \"%.*s\" %.*s", BH_STR_ARG(terms->id), BH_STR_ARG(l->terms->path));
      out->lines[at] = l;
      took[at] = allowance.took_now;
      x->line_count++;
      recurring = recurring || !l->terms->once;
    }
  bh_day first = b->own_from < b->own_until ? b->own_from : b->issue;
  x->discounts = discounts_on(a, terms->discounts, terms->discount_count, first, &x->discount_count);
  if (terms->client_discount_count > 0)
    x->client_discounts = discounts_on(a, terms->client_discounts, terms->client_discount_count, first, &x->client_discount_count);
  if (terms->has_minimum && b->whole_own && recurring) {
    const bh_dec *m = bh_dated_on(&terms->minimum, first);
    if (m != NULL) {
      x->has_minimum = true;
      x->minimum_of = terms->minimum_of;
      if (!bh_money_amount(&x->minimum_minor, *m, bh_ratio_int(1), b->own_fraction, terms->decimals, terms->rounding))
        return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": minimum: out of range", BH_STR_ARG(terms->id));
    }
  }
  if (shared)
    set_aside(out, a);
  if (terms->rule_name.len > 0) {
    x->rule_name = terms->rule_name;
    x->rule_bundle = terms->rule_bundle;
    x->rule_hash = terms->rule_hash;
    x->client_json = bh_rule_client(a, g->client);
    x->tags_json = bh_rule_tags(a, terms->text);
    x->starts = terms->starts;
    if (b->rule != 0) { /* a charged billing keeps its rule */
      bh_status st = bh_store_content_get(g->store, &x->rule_bundle, a, b->rule, err);
      if (st != BH_OK)
        return st;
      x->rule_hash = bh_sha256_1(x->rule_bundle);
    }
  }
  return BH_OK;
}
