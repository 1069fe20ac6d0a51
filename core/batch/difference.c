#include "batch/difference.h"
#include "billing/commit.h"

static void *grown(bh_arena *a, void *old, size_t count, size_t *cap, size_t size)
{
  if (count < *cap)
    return old;
  *cap = *cap ? *cap * 2 : 4;
  void *p = bh_arena_array(a, *cap, size);
  if (count)
    memcpy(p, old, count * size);
  return p;
}

static bh_due_line *line_new(bh_due *d, bh_arena *a)
{
  d->lines = grown(a, d->lines, d->line_count, &d->line_cap, sizeof *d->lines);
  bh_due_line *l = &d->lines[d->line_count++];
  memset(l, 0, sizeof *l);
  return l;
}

static bh_due_discount *discount_new(bh_due *d, bh_arena *a)
{
  d->discounts = grown(a, d->discounts, d->discount_count, &d->discount_cap, sizeof *d->discounts);
  bh_due_discount *x = &d->discounts[d->discount_count++];
  memset(x, 0, sizeof *x);
  return x;
}

void bh_due_append(bh_due *to, bh_arena *a, const bh_due *from)
{
  for (size_t i = 0; i < from->line_count; i++)
    *line_new(to, a) = from->lines[i];
  for (size_t i = 0; i < from->discount_count; i++)
    *discount_new(to, a) = from->discounts[i];
  for (size_t i = 0; i < from->carry_count; i++) {
    to->carries = grown(a, to->carries, to->carry_count, &to->carry_cap, sizeof *to->carries);
    to->carries[to->carry_count++] = from->carries[i];
  }
  if (from->memo_count) {
    bh_str *memos = BH_NEWN(a, bh_str, to->memo_count + from->memo_count);
    if (to->memo_count)
      memcpy(memos, to->memos, to->memo_count * sizeof *memos);
    memcpy(memos + to->memo_count, from->memos, from->memo_count * sizeof *memos);
    to->memos = memos;
    to->memo_count += from->memo_count;
  }
}

static bh_charged_key *key_of(bh_contract_plan *c, bh_str key, bh_day whole_from, bh_day whole_until)
{
  for (size_t i = 0; i < c->key_count; i++) {
    bh_charged_key *k = &c->keys[i];
    if (k->whole_from == whole_from && k->whole_until == whole_until && !k->open && bh_str_eq(k->key, key))
      return k;
  }
  return NULL;
}

/* The place of the owed line's plan in the billing, or NULL. */
static size_t gathered_index(const bh_gathered *g, const bh_owed_line *o)
{
  return o->line_index < g->billing.line_count ? o->line_index : SIZE_MAX;
}

static bool has_count(const bh_gathered *g, size_t i) { return i != SIZE_MAX && g->lines[i]->terms->counted; }

static bh_line_kind kind_of(const bh_owed_line *o)
{
  switch (o->kind) {
  case BH_OWED_ONCE: return BH_LINE_ONCE;
  case BH_OWED_MINIMUM: return BH_LINE_MINIMUM;
  case BH_OWED_RULE: return BH_LINE_RULE;
  default: return BH_LINE_CHARGE;
  }
}

/* Keys that are no line's own are told apart by the billing's issue date. What a line's minimum_amount adds is part of the line's. */
static bool line_keyed(const bh_owed_line *o)
{
  return o->kind == BH_OWED_CHARGE || o->kind == BH_OWED_ONCE || (o->kind == BH_OWED_MINIMUM && o->line_index != UINT32_MAX);
}

static void fill(bh_due_line *l, const bh_gathered *g, const bh_rated *r, const bh_owed_line *o, const bh_contract_plan *c)
{
  size_t i = gathered_index(g, o);
  *l = (bh_due_line){ .contract = c, .kind = kind_of(o), .key = o->key, .issue = g->billing.issue, .from = o->from, .until = o->until,
    .product = o->product, .description = o->description, .unit = o->unit, .section = o->section, .po = o->po,
    .quantity = o->quantity, .unit_price = o->unit_price, .fraction = o->fraction, .amount = o->amount, .trace = r->rule_trace,
    .has_rule = g->billing.rule_name.len > 0, .rule_hash = g->billing.rule_hash, .rule_bundle = g->billing.rule_bundle,
    .order = o->line_index };
  l->whole_from = line_keyed(o) ? o->whole_from : g->billing.issue;
  l->whole_until = line_keyed(o) ? o->whole_until : g->billing.issue;
  if (i != SIZE_MAX) {
    l->planned = g->lines[i];
    l->count = g->counts[i].counted ? &g->counts[i] : NULL;
    for (size_t j = 0; j < g->counts[i].held_count; j++)
      if (l->held == NULL || g->counts[i].held[j].from <= l->from)
        l->held = &g->counts[i].held[j];
    l->order = g->lines[i]->index;
  }
  l->part = (bh_tax_part){ .net = o->amount, .category = o->category, .product = o->product };
}

/* A period that an edit changes after it ended. Several lines of one period are one period. */
static bh_status rerated_add(bh_rerated *r, bh_arena *a, bh_day from, bh_day until, int64_t diff, bh_str key, bh_error *err)
{
  if (!bh_money_add(&r->sum, diff))
    return bh_fail(err, BH_E_OVERFLOW, "key \"%.*s\": difference out of range", BH_STR_ARG(key));
  for (size_t i = 0; i < r->count; i++)
    if (r->periods[i].from == from && r->periods[i].until == until)
      return BH_OK;
  r->periods = grown(a, r->periods, r->count, &r->cap, sizeof *r->periods);
  r->periods[r->count++] = (bh_sched_period){ .from = from, .until = until };
  return BH_OK;
}

/* What differences of one billing come from, beside an edit of the contract. */
typedef struct cause {
  bool reopened;               /* a person's wish */
  bool usage;                  /* usage that became known late */
  bool changed;                /* an edit changed one of its lines */
} cause;

/* One adjustment line for a charged key: quantity 1, unit price = amount = owed − charged, at the taxes of what it corrects. */
static bh_status adjust(bh_due *out, bh_arena *a, bh_due_line base, bh_charged_key *k, int64_t owed, bh_rerated *rerated, cause *why, bool edited,
                        bh_day date, int decimals, bh_error *err)
{
  int64_t diff = owed;
  if (__builtin_sub_overflow(diff, k->amount, &diff))
    return bh_fail(err, BH_E_OVERFLOW, "key \"%.*s\": difference out of range", BH_STR_ARG(k->key));
  if (diff == 0)
    return BH_OK;
  bh_due_line *l = line_new(out, a);
  *l = base;
  l->kind = BH_LINE_ADJUSTMENT;
  l->whole_from = k->whole_from;
  l->whole_until = k->whole_until;
  l->issue = k->issue;
  l->from = k->from; /* its period is that of the line it corrects */
  l->until = k->until;
  l->unit = (bh_str){ "", 0 };
  l->quantity = bh_ratio_int(1);
  l->fraction = bh_ratio_int(1);
  l->unit_price = bh_money_dec(diff, decimals);
  l->amount = diff;
  l->corrects = k;
  l->owed = owed;
  bh_tax_part *parts;
  size_t n = 0;
  if (bh_tax_parts_unpack(&parts, &n, a, k->taxes) && n > 0) {
    l->part = parts[0];
    l->part.fixed = true;
  }
  l->part.net = diff;
  if (l->part.product.len == 0)
    l->part.product = k->product;
  l->reopened = k->pending || (base.planned == NULL && why->reopened);
  l->wish = k->pending ? k->wish_next : 0;
  why->changed = why->changed || (edited && !l->reopened);
  if (!edited || l->reopened || k->until > date)
    return BH_OK;
  return rerated_add(rerated, a, k->from, k->until, diff, k->key, err);
}

static bh_str adjusted_words(bh_arena *a, bh_str description)
{
  return bh_arena_fmt(a, "Adjustment: %.*s", BH_STR_ARG(description));
}

static bool usage_line(const bh_due_line *l) { return l->planned != NULL && l->planned->terms->counted && l->planned->terms->count.kind == BH_SEL_USAGE; }

static const bh_rated_more *more_of(const bh_rated *r, uint32_t line_index)
{
  for (size_t i = 0; i < r->more_count; i++)
    if (r->more[i].line_index == line_index)
      return &r->more[i];
  return NULL;
}

/* What the models leave for the periods to come, where it is not what is stored. */
static void difference_carries(bh_due *out, bh_arena *a, const bh_gathered *g, const bh_rated *r, const bh_contract_plan *c)
{
  for (size_t i = 0; i < r->more_count; i++) {
    const bh_rated_more *m = &r->more[i];
    if (m->carry.len == 0 || m->line_index >= g->billing.line_count)
      continue;
    const bh_rate_line *l = &g->billing.lines[m->line_index];
    const bh_charged_key *k = g->lines[m->line_index]->charged;
    if (k != NULL && bh_str_eq(k->carry, m->carry))
      continue;
    out->carries = grown(a, out->carries, out->carry_count, &out->carry_cap, sizeof *out->carries);
    out->carries[out->carry_count++] = (bh_due_carry){ c, { l->key, l->whole_from, l->whole_until, m->carry } };
  }
}

/* The last re-opening of a key that is charged anew: with its charge it is settled. */
static int64_t last_wish(const bh_contract_plan *c, bh_str key, bh_day whole_from, bh_day whole_until)
{
  for (size_t i = 0; i < c->reopened_count; i++)
    if (c->reopened[i].whole_from == whole_from && c->reopened[i].whole_until == whole_until && bh_str_eq(c->reopened[i].key, key))
      return c->reopened[i].wish;
  return 0;
}

static bh_status difference_lines(bh_due *out, bh_rerated *rerated, cause *why, bh_arena *a, const bh_gathered *g, const bh_rated *r,
                                  bh_contract_plan *c, bh_day date, bh_error *err)
{
  bool *done = BH_NEWN(a, bool, r->line_count ? r->line_count : 1);
  for (size_t i = 0; i < r->line_count; i++) {
    const bh_owed_line *o = &r->lines[i];
    if (done[i])
      continue;
    bh_day wf = line_keyed(o) ? o->whole_from : g->billing.issue, wu = line_keyed(o) ? o->whole_until : g->billing.issue;
    bh_charged_key *k = c->full ? key_of(c, o->key, wf, wu) : NULL;
    int64_t sum = 0;
    const bh_rated_more *more = more_of(r, o->line_index);
    bh_str notes = more != NULL ? more->notes : (bh_str){ "", 0 };
    bool first = true;
    for (size_t j = i; j < r->line_count; j++) {
      const bh_owed_line *p = &r->lines[j];
      if (!bh_str_eq(p->key, o->key) || (line_keyed(o) && (p->whole_from != wf || p->whole_until != wu)))
        continue;
      done[j] = true;
      if (p->removed)
        continue;
      if (!bh_money_add(&sum, p->amount))
        return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": %.*s: sum out of range", BH_STR_ARG(r->contract), BH_STR_ARG(o->key));
      if (k == NULL) {
        size_t at = gathered_index(g, p);
        if (p->amount == 0 && !has_count(g, at) && !(at != SIZE_MAX && g->lines[at]->terms->bundle_count > 0))
          continue; /* a zero line is shown where it has a count, or where a product includes it */
        if (p->amount == 0 && at != SIZE_MAX && g->lines[at]->terms->hide_zero)
          continue;
        bh_due_line *l = line_new(out, a);
        fill(l, g, r, p, c);
        l->notes = first ? notes : (bh_str){ "", 0 };
        first = false;
        l->wish = last_wish(c, l->key, l->whole_from, l->whole_until);
      }
    }
    if (k != NULL) {
      k->seen = true;
      size_t at = gathered_index(g, o);
      if (at != SIZE_MAX && g->lines[at]->fixed)
        continue;
      bh_due_line base;
      fill(&base, g, r, o, c);
      base.notes = notes;
      base.description = adjusted_words(a, o->description);
      bool usage = usage_line(&base);
      why->usage = why->usage || (usage && sum != k->amount);
      bh_status st = adjust(out, a, base, k, sum, rerated, why, c->edited && !usage, date, g->billing.decimals, err);
      if (st != BH_OK)
        return st;
    }
  }
  return BH_OK;
}

/* What a discount takes off each line, for tax and revenue. */
static bh_tax_part *discount_parts(bh_arena *a, const bh_rated *r, const bh_owed_discount *d, size_t *n)
{
  bh_tax_part *parts = BH_NEWN(a, bh_tax_part, r->line_count ? r->line_count : 1);
  *n = 0;
  for (size_t i = 0; i < r->line_count; i++)
    if (d->shares != NULL && d->shares[i] != 0)
      parts[(*n)++] = (bh_tax_part){ .net = d->shares[i], .category = r->lines[i].category, .product = r->lines[i].product,
        .service = r->lines[i].from };
  return parts;
}

static bool rescale(bh_tax_part *parts, size_t n, int64_t total, bh_arena *a)
{
  int64_t *weights = BH_NEWN(a, int64_t, n ? n : 1), *shares = BH_NEWN(a, int64_t, n ? n : 1);
  for (size_t i = 0; i < n; i++)
    weights[i] = parts[i].net < 0 ? -parts[i].net : parts[i].net;
  if (n == 0 || !bh_money_split(shares, total, weights, n))
    return false;
  for (size_t i = 0; i < n; i++)
    parts[i].net = shares[i];
  return true;
}

/* The client on whose document the billing was charged; 0: it was not. */
static int32_t billed_to(const bh_gathered *g, const bh_contract_plan *c)
{
  for (size_t i = 0; c->full && g->plan->made && i < c->key_count; i++)
    if (c->keys[i].issue == g->billing.issue && !c->keys[i].open)
      return c->keys[i].payer;
  return 0;
}

/* A discount that follows lines which changed for another reason is no edit's doing. */
static bh_status discount_rerated(bh_rerated *rerated, const cause *why, bh_arena *a, const bh_gathered *g, const bh_contract_plan *c, bh_str key,
                                  int64_t diff, bh_day date, bh_error *err)
{
  bh_day until = g->billing.period_until;
  if (!c->edited || until > date || until == BH_DAY_MIN || ((why->usage || why->reopened) && !why->changed))
    return BH_OK;
  return rerated_add(rerated, a, g->billing.period_from, until, diff, key, err);
}

static bh_status difference_discounts(bh_due *out, bh_rerated *rerated, const cause *why, bh_arena *a, const bh_gathered *g, const bh_rated *r,
                                      bh_contract_plan *c, bh_day date, bh_error *err)
{
  for (size_t i = 0; i < r->discount_count; i++) {
    const bh_owed_discount *d = &r->discounts[i];
    bh_charged_key *k = c->full ? key_of(c, d->key, g->billing.issue, g->billing.issue) : NULL;
    int64_t amount = d->amount - (k ? k->amount : 0);
    if (k != NULL)
      k->seen = true;
    if (amount == 0)
      continue;
    if (g->plan->made) {
      bh_status st = discount_rerated(rerated, why, a, g, c, d->key, amount, date, err);
      if (st != BH_OK)
        return st;
    }
    bh_due_discount *x = discount_new(out, a);
    *x = (bh_due_discount){ .contract = c, .key = d->key, .issue = g->billing.issue, .on_line = d->on_line, .line_key = d->line_key,
      .line_from = d->whole_from, .line_until = d->whole_until, .description = d->description, .is_percent = d->is_percent, .percent = d->percent,
      .amount = amount, .base = k == NULL ? d->base : 0, .adjusts = k != NULL, .payer = k != NULL ? k->payer : billed_to(g, c) };
    for (size_t j = 0; d->on_line && j < r->line_count; j++)
      if (bh_str_eq(r->lines[j].key, d->line_key))
        x->po = r->lines[j].po; /* it stands where its line stands */
    x->parts = discount_parts(a, r, d, &x->part_count);
    if (k != NULL) {
      x->description = adjusted_words(a, d->description);
      bh_tax_part *before;
      size_t n = 0;
      if (bh_tax_parts_unpack(&before, &n, a, k->taxes) && n > 0) {
        x->parts = before;
        x->part_count = n;
      }
      if (!rescale(x->parts, x->part_count, amount, a))
        return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": %.*s: cannot be split", BH_STR_ARG(r->contract), BH_STR_ARG(d->key));
    }
  }
  return BH_OK;
}

/* Charged lines of this billing on which nothing is owed any more. */
static bh_status difference_gone_lines(bh_due *out, bh_rerated *rerated, cause *why, bh_arena *a, const bh_gathered *g, bh_contract_plan *c,
                                       bh_day date, bh_error *err)
{
  for (size_t i = 0; i < g->plan->line_count; i++) {
    const bh_plan_line *l = &g->plan->lines[i];
    if (l->charged == NULL || l->from < l->until || l->fixed)
      continue; /* rated above, or never charged */
    bh_due_line base = { .contract = c, .planned = l, .key = l->terms->key, .from = l->charged->from, .until = l->charged->until,
      .product = l->terms->product, .description = adjusted_words(a, l->terms->name), .unit = l->terms->unit, .section = l->terms->section,
      .po = l->terms->po, .order = l->index, .part = { .category = l->terms->category, .product = l->terms->product } };
    bh_status st = adjust(out, a, base, l->charged, 0, rerated, why, c->edited, date, g->billing.decimals, err);
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}

/* The same for what is no line of the contract: discounts, the minimum, lines of the rule. */
static bh_status difference_gone_keys(bh_due *out, bh_rerated *rerated, cause *why, bh_arena *a, const bh_gathered *g, bh_contract_plan *c,
                                      bh_day date, bh_error *err)
{
  for (size_t i = 0; c->full && i < c->key_count; i++) {
    bh_charged_key *k = &c->keys[i];
    bool own = k->kind == BH_LINE_DISCOUNT || k->kind == BH_LINE_MINIMUM || k->kind == BH_LINE_RULE;
    if (!own || k->seen || k->open || k->issue != g->billing.issue || k->amount == 0)
      continue;
    k->seen = true;
    if (k->kind != BH_LINE_DISCOUNT) {
      bh_due_line base = { .contract = c, .key = k->key, .from = k->from, .until = k->until, .product = k->product,
        .description = k->kind == BH_LINE_MINIMUM ? BH_S("Adjustment: contract minimum") : BH_S("Adjustment: line of the pricing rule"),
        .unit = BH_S(""), .order = UINT32_MAX, .part = { .product = k->product } };
      bh_status st = adjust(out, a, base, k, 0, rerated, why, c->edited, date, g->billing.decimals, err);
      if (st != BH_OK)
        return st;
      continue;
    }
    bh_status st = discount_rerated(rerated, why, a, g, c, k->key, -k->amount, date, err);
    if (st != BH_OK)
      return st;
    bh_due_discount *x = discount_new(out, a);
    *x = (bh_due_discount){ .contract = c, .key = k->key, .issue = k->issue, .description = BH_S("Adjustment: discount no longer given"),
      .amount = -k->amount, .adjusts = true, .payer = k->payer };
    if (!bh_tax_parts_unpack(&x->parts, &x->part_count, a, k->taxes) || !rescale(x->parts, x->part_count, x->amount, a))
      return bh_fail(err, BH_E_STORE, "the charged discount \"%.*s\" of contract \"%.*s\" cannot be read back", BH_STR_ARG(k->key), BH_STR_ARG(c->terms->id));
  }
  return BH_OK;
}

bh_status bh_difference_billing(bh_due *out, bh_rerated *rerated, bh_arena *a, const bh_gathered *g, const bh_rated *r, bh_contract_plan *c,
                                bh_day date, bh_error *err)
{
  cause why = { .reopened = g->plan->reopened };
  bh_status st = difference_lines(out, rerated, &why, a, g, r, c, date, err);
  if (st == BH_OK && !g->left_out)
    st = difference_gone_lines(out, rerated, &why, a, g, c, date, err);
  if (st == BH_OK)
    st = difference_discounts(out, rerated, &why, a, g, r, c, date, err);
  if (st == BH_OK && !g->left_out)
    st = difference_gone_keys(out, rerated, &why, a, g, c, date, err);
  if (st == BH_OK)
    difference_carries(out, a, g, r, c);
  if (st == BH_OK && r->memo_count) {
    bh_due memos = { .memos = r->memos, .memo_count = r->memo_count };
    bh_due_append(out, a, &memos);
  }
  return st;
}
