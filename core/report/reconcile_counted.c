/* What is there of each product of a client, as its lines count it; where no line does, as the product itself does. */
#include "report/reconcile.h"
#include "batch/each_client.h"

typedef struct counting { bh_reconcile *r; const bh_client_terms *terms; bh_client_facts *facts; } counting;

static bool touches(const bh_contract_terms *k, const bh_line_terms *t, bh_day day) {
  return !t->once && t->product.len && k->starts <= day && day <= k->ends && t->from <= day && day <= t->ends;
}

static void not_known(bh_reconcile *r, bh_reconcile_row *x, bh_str why) {
  if (!x->unknown.len) x->unknown = bh_arena_str(&r->arena, why);
}

static bh_status count(counting *c, bh_reconcile_row *x, const bh_selector *sel, bool loud) {
  bh_reconcile *r = c->r;
  bh_error why = {0};
  bh_count n;
  bool usage = sel->kind == BH_SEL_USAGE;
  bh_day from = usage ? r->from : r->day, until = r->day + 1;
  bh_status st = bh_facts_count(&n, c->facts, &r->scratch, sel, from, until, r->day, until, BH_PULL_NOW, r->day, c->terms->stale_days, &why);
  if (st == BH_E_INVALID) {
    if (loud) not_known(r, x, bh_str_c(why.message));
    return BH_OK;
  }
  if (st != BH_OK) {
    *r->err = why;
    return st;
  }
  if (n.run_count == 0 || (n.hold_reason.len && !bh_str_eqz(n.hold_reason, "stale-facts"))) {
    if (loud) not_known(r, x, n.hold_message);
    return BH_OK;
  }
  x->counted.known = true;
  return bh_ratio_add(&x->counted.quantity, x->counted.quantity, n.runs[0].count) ? BH_OK : bh_fail(r->err, BH_E_OVERFLOW, "a sum of counts does not fit a number");
}

static bool counts_by_line(const bh_client_terms *t, bh_str product, bh_day day) {
  for (size_t i = 0; i < t->contract_count; i++)
    for (size_t j = 0; j < t->contracts[i].line_count; j++) {
      const bh_line_terms *l = &t->contracts[i].lines[j];
      if (l->counted && bh_str_eq(l->product, product) && touches(&t->contracts[i], l, day)) return true;
    }
  return false;
}

static bh_status by_lines(counting *c) {
  bh_status st = BH_OK;
  for (size_t i = 0; i < c->terms->contract_count; i++)
    for (size_t j = 0; j < c->terms->contracts[i].line_count && st == BH_OK; j++) {
      const bh_contract_terms *k = &c->terms->contracts[i];
      const bh_line_terms *t = &k->lines[j];
      if (!touches(k, t, c->r->day)) continue;
      bh_reconcile_row *x = bh_reconcile_of(c->r, c->terms->id, t->product);
      if (t->counted) st = count(c, x, &t->count, true);
    }
  return st;
}

static bh_status one_client(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err) {
  bh_reconcile *r = ctx;
  bh_arena_reset(&r->scratch);
  counting c = {.r = r, .terms = terms};
  bh_status st = bh_facts_load(&c.facts, r->b->store, &r->scratch, terms, r->b->ws->identities, r->b->ws->identity_count, r->from, r->until, err);
  if (st == BH_OK) st = by_lines(&c);
  for (bh_reconcile_row *x = bh_map_get(&r->by_client, terms->id); x && st == BH_OK; x = x->next) {
    const bh_line_terms *list = bh_workspace_list_terms(r->b->ws, x->product, terms->currency);
    if (!x->currency.len) x->currency = bh_arena_str(&r->arena, terms->currency);
    if (!list || !list->counted || counts_by_line(terms, x->product, r->day)) continue;
    bh_selector sel = list->count;
    sel.family = terms->family;
    st = count(&c, x, &sel, false);
  }
  return st;
}

bh_status bh_reconcile_counted(bh_reconcile *r) { return bh_each_client(r->b, one_client, r, r->err); }
