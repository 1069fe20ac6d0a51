/* What a client's lines bill on the day, against what is there. */
#include "report/leakage.h"

static bool in_force(const bh_contract_terms *k, const bh_line_terms *t, bh_day day) {
  return k->starts <= day && day <= k->ends && t->from <= day && day <= t->ends && !t->once;
}

static bh_leak_row *row_of(bh_leak_client *c, bh_leak_kind kind, const bh_contract_terms *k, const bh_line_terms *t) {
  bh_leak_row *r = bh_leak_add(c->l, kind);
  bh_arena *a = &c->l->arena;
  r->client = bh_arena_str(a, c->terms->id);
  r->name = bh_arena_str(a, c->terms->name);
  r->contract = bh_arena_str(a, k->id);
  r->line = bh_arena_str(a, t->key);
  r->product = bh_arena_str(a, t->product);
  r->what = bh_arena_str(a, t->count.kind == BH_SEL_ASSETS ? t->count.asset_kind : t->count.metric);
  r->currency = bh_arena_str(a, k->currency);
  r->decimals = k->decimals;
  return r;
}

/* What the quantity above `less` comes to a month, at the prices of `t`, which are for periods of `bill`. */
static void price(bh_leak_row *r, const bh_line_terms *t, const bh_bill *bill, bh_ratio more, bh_ratio less, bh_day day) {
  int64_t with, without;
  r->priced = bh_worth(&with, t, more, day, r->decimals) && bh_worth(&without, t, less, day, r->decimals) && bh_money_add(&with, -without) &&
              bh_worth_monthly(&with, bill);
  r->monthly = r->priced ? with : 0;
}

/* What is left to bill of a quantity: less what is included, rounded up, and at most the line's maximum. Its minimum is what it is compared with. */
static bh_ratio to_bill(const bh_line_terms *t, bh_ratio q, bh_day day) {
  const bh_dec *inc = t->included.set && !t->included_per.len ? bh_dated_on(&t->included.value, day) : NULL;
  const bh_dec *step = t->round_up_to.set ? bh_dated_on(&t->round_up_to.value, day) : NULL;
  const bh_dec *most = t->maximum.set ? bh_dated_on(&t->maximum.value, day) : NULL;
  bh_ratio included, out;
  if (inc && !bh_ratio_of_dec(&included, *inc)) inc = NULL;
  return bh_quantity_apply(&out, q, NULL, inc ? &included : NULL, step, most, NULL) == BH_OK ? out : q;
}

static bh_leak_row *gone(bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t, const char *reason, bh_ratio billed, bh_ratio counted) {
  bh_leak_row *r = row_of(c, BH_LEAK_GONE, k, t);
  r->reason = bh_str_c(reason);
  r->billed = billed;
  r->counted = counted;
  price(r, t, &t->bill, to_bill(t, billed, c->l->day), to_bill(t, counted, c->l->day), c->l->day);
  return r;
}

static bool above(const bh_leak_commit *x, bh_ratio counted) { return x->on && bh_ratio_cmp(x->quantity, counted) > 0; }

static void put_commit(bh_leak_client *c, bh_leak_row *r, const bh_leak_commit *x) {
  if (!above(x, r->counted)) return;
  r->commit = *x;
  r->commit.decrease = bh_arena_str(&c->l->arena, x->decrease);
}

static bh_status count(bh_count *out, bh_leak_client *c, const bh_selector *sel, bh_error *err) {
  bh_day day = c->l->day;
  return bh_facts_count(out, c->facts, &c->l->scratch, sel, day, day + 1, day, day + 1, BH_PULL_NOW, day, c->terms->stale_days, err);
}

static bool can_tell(const bh_count *n) { return n->run_count > 0 && (!n->hold_reason.len || bh_str_eqz(n->hold_reason, "stale-facts")); }

static void unknown(bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t, bh_str reason, bh_str message) {
  bh_leak_row *r = row_of(c, BH_LEAK_UNKNOWN, k, t);
  r->reason = bh_arena_str(&c->l->arena, reason);
  r->message = bh_arena_str(&c->l->arena, message);
}

static bh_status counted_line(bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t) {
  bh_count n;
  bh_error why = {0};
  bh_ratio minimum;
  size_t counted;
  if (t->count.kind == BH_SEL_USAGE) return BH_OK;
  bh_leak_commit committed = {.on = false};
  bh_status st = count(&n, c, &t->count, &why);
  if (st == BH_OK && can_tell(&n)) st = bh_leak_commit_of(&committed, c, k, t, &why);
  if (st == BH_E_INVALID) {
    unknown(c, k, t, BH_S("failed"), bh_str_c(why.message));
    return BH_OK;
  }
  if (st != BH_OK) {
    *c->l->err = why;
    return st;
  }
  if (!can_tell(&n)) {
    unknown(c, k, t, n.hold_reason, n.hold_message);
    return BH_OK;
  }
  bh_ratio now = n.runs[0].count, zero = bh_ratio_int(0);
  const bh_dec *least = t->minimum.set ? bh_dated_on(&t->minimum.value, c->l->day) : NULL;
  bh_ratio held = above(&committed, now) ? committed.quantity : now;
  if (least && bh_ratio_of_dec(&minimum, *least) && bh_ratio_cmp(minimum, held) > 0) put_commit(c, gone(c, k, t, "minimum", minimum, now), &committed);
  else if (above(&committed, now)) put_commit(c, gone(c, k, t, "committed", held, now), &committed);
  else if (bh_ratio_cmp(now, zero) == 0) gone(c, k, t, "zero", zero, zero);
  return t->count.kind == BH_SEL_ASSETS ? bh_leak_settle(c, &t->count, &counted) : BH_OK;
}

/* Fixed quantities of one product, over all of the client's contracts, against what the product's own selector counts. */
typedef struct fixed {
  const bh_contract_terms *contract; const bh_line_terms *line; /* the first */
  bh_ratio quantity;           /* of all, as it is billed: what is committed where that is more than the line asks for */
  bh_leak_commit commit;       /* of those that have one; until the day on which the first may come down */
  bool counted, loose;         /* loose: at least one has no commitment, and a quantity */
} fixed;

static bool add_commit(bh_leak_commit *io, const bh_leak_commit *x) {
  bh_leak_commit sum = *x;
  if (io->on && (!bh_ratio_add(&sum.quantity, io->quantity, x->quantity))) return false;
  if (io->on && io->until <= x->until) {
    sum.until = io->until;
    sum.decrease = io->decrease;
  }
  *io = sum;
  return true;
}

static bh_status add_fixed(fixed *io, bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t) {
  const bh_dec *q = bh_dated_on(&t->quantity, c->l->day);
  bh_ratio quantity;
  bh_leak_commit committed;
  if (!q || !bh_ratio_of_dec(&quantity, *q)) return BH_OK;
  bh_status st = bh_leak_commit_of(&committed, c, k, t, c->l->err);
  if (st != BH_OK) return st;
  if (committed.on) quantity = committed.quantity;
  if (!bh_ratio_add(&io->quantity, io->quantity, quantity) || (committed.on && !add_commit(&io->commit, &committed)))
    return bh_fail(c->l->err, BH_E_OVERFLOW, "the quantities of product \"%.*s\" do not fit a number", BH_STR_ARG(t->product));
  io->loose |= !committed.on && quantity.num != 0;
  if (!io->line) io->contract = k, io->line = t;
  return BH_OK;
}

static bh_status fixed_of(fixed *out, bool *found, bh_leak_client *c, bh_str product) {
  bh_status st = BH_OK;
  *out = (fixed){.quantity = bh_ratio_int(0)};
  for (size_t i = 0; i < c->terms->contract_count; i++)
    for (size_t j = 0; j < c->terms->contracts[i].line_count && st == BH_OK; j++) {
      const bh_contract_terms *k = &c->terms->contracts[i];
      const bh_line_terms *t = &k->lines[j];
      if (!bh_str_eq(t->product, product) || !in_force(k, t, c->l->day)) continue;
      out->counted |= t->counted;
      if (!t->counted) st = add_fixed(out, c, k, t);
    }
  *found = out->line != NULL && !out->counted; /* a counted line beside it bills what is more */
  return st;
}

static void beyond(bh_leak_client *c, const fixed *f, const bh_line_terms *list, const bh_selector *sel, bh_ratio now) {
  bh_leak_row *r = row_of(c, BH_LEAK_UNBILLED, f->contract, f->line);
  bh_ratio more;
  r->what = bh_arena_str(&c->l->arena, sel->kind == BH_SEL_ASSETS ? sel->asset_kind : sel->metric);
  r->reason = BH_S("fixed");
  r->billed = f->quantity;
  r->counted = now;
  if (bh_ratio_sub(&more, now, f->quantity)) r->count = more.num / more.den;
  price(r, list, &f->line->bill, now, f->quantity, c->l->day);
}

static bh_status fixed_product(bh_leak_client *c, bh_str product) {
  const bh_line_terms *list = bh_workspace_list_terms(c->l->b->ws, product, c->terms->currency);
  fixed f;
  bh_count n;
  bh_error why = {0};
  size_t counted;
  bool found = false;
  if (!list || !list->counted || list->count.kind == BH_SEL_USAGE) return BH_OK;
  bh_status st = fixed_of(&f, &found, c, product);
  if (st != BH_OK || !found) return st;
  bh_selector sel = list->count;
  sel.family = c->terms->family;
  st = count(&n, c, &sel, &why);
  if (st == BH_E_INVALID || (st == BH_OK && !can_tell(&n))) return BH_OK; /* what is fixed needs no counts */
  if (st != BH_OK) {
    *c->l->err = why;
    return st;
  }
  bh_ratio now = n.runs[0].count;
  int order = bh_ratio_cmp(now, f.quantity);
  if (order < 0) {
    /* A commitment is no mistake: what is above the count because of one alone is called by its name. */
    bh_leak_row *r = gone(c, f.contract, f.line, above(&f.commit, now) && !f.loose ? "committed" : "fixed", f.quantity, now);
    r->what = bh_arena_str(&c->l->arena, sel.kind == BH_SEL_ASSETS ? sel.asset_kind : sel.metric);
    put_commit(c, r, &f.commit);
  } else if (order > 0) beyond(c, &f, list, &sel, now);
  return sel.kind == BH_SEL_ASSETS ? bh_leak_settle(c, &sel, &counted) : BH_OK;
}

bh_status bh_leak_lines(bh_leak_client *c) {
  bh_status st = BH_OK;
  bh_map seen;
  bh_map_init(&seen, &c->l->scratch);
  for (size_t i = 0; i < c->terms->contract_count; i++)
    for (size_t j = 0; j < c->terms->contracts[i].line_count && st == BH_OK; j++) {
      const bh_contract_terms *k = &c->terms->contracts[i];
      const bh_line_terms *t = &k->lines[j];
      if (!in_force(k, t, c->l->day)) continue;
      if (t->counted) st = counted_line(c, k, t);
      else if (t->product.len && !bh_map_get(&seen, t->product)) {
        bh_map_put(&seen, t->product, c);
        st = fixed_product(c, t->product);
      }
    }
  return st;
}
