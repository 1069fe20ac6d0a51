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

static void gone(bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t, const char *reason, bh_ratio billed, bh_ratio counted) {
  bh_leak_row *r = row_of(c, BH_LEAK_GONE, k, t);
  r->reason = bh_str_c(reason);
  r->billed = billed;
  r->counted = counted;
  price(r, t, &t->bill, billed, counted, c->l->day);
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
  bh_status st = count(&n, c, &t->count, &why);
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
  if (least && bh_ratio_of_dec(&minimum, *least) && bh_ratio_cmp(minimum, now) > 0) gone(c, k, t, "minimum", minimum, now);
  else if (bh_ratio_cmp(now, zero) == 0) gone(c, k, t, "zero", zero, zero);
  return t->count.kind == BH_SEL_ASSETS ? bh_leak_settle(c, &t->count, &counted) : BH_OK;
}

/* Fixed quantities of one product, over all of the client's contracts, against what the product's own selector counts. */
typedef struct fixed { const bh_contract_terms *contract; const bh_line_terms *line; bh_ratio quantity; bool counted; } fixed;

static bool fixed_of(fixed *out, bh_leak_client *c, bh_str product) {
  *out = (fixed){.quantity = bh_ratio_int(0)};
  for (size_t i = 0; i < c->terms->contract_count; i++)
    for (size_t j = 0; j < c->terms->contracts[i].line_count; j++) {
      const bh_contract_terms *k = &c->terms->contracts[i];
      const bh_line_terms *t = &k->lines[j];
      if (!bh_str_eq(t->product, product) || !in_force(k, t, c->l->day)) continue;
      out->counted |= t->counted;
      const bh_dec *q = t->counted ? NULL : bh_dated_on(&t->quantity, c->l->day);
      bh_ratio quantity;
      if (!q || !bh_ratio_of_dec(&quantity, *q) || !bh_ratio_add(&out->quantity, out->quantity, quantity)) continue;
      if (!out->line) out->contract = k, out->line = t;
    }
  return out->line != NULL && !out->counted; /* a counted line beside it bills what is more */
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
  if (!list || !list->counted || list->count.kind == BH_SEL_USAGE || !fixed_of(&f, c, product)) return BH_OK;
  bh_selector sel = list->count;
  sel.family = c->terms->family;
  bh_status st = count(&n, c, &sel, &why);
  if (st == BH_E_INVALID || (st == BH_OK && !can_tell(&n))) return BH_OK; /* what is fixed needs no counts */
  if (st != BH_OK) {
    *c->l->err = why;
    return st;
  }
  bh_ratio now = n.runs[0].count;
  int order = bh_ratio_cmp(now, f.quantity);
  if (order < 0) {
    gone(c, f.contract, f.line, "fixed", f.quantity, now);
    c->l->rows[c->l->count - 1]->what = bh_arena_str(&c->l->arena, sel.kind == BH_SEL_ASSETS ? sel.asset_kind : sel.metric);
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
