/* Tax of a document (BILLING 6.7): which taxes apply to each item, then one row for each tax and rate. */
#include "billing/tax_rows.h"

typedef struct relief { bool on, reverse; bh_str reason; } relief;

static const bh_dec *rate_on(const bh_tax *t, bh_day day) {
  for (size_t i = t->rate_count; i > 0; i--)
    if (t->rates[i - 1].from <= day) return &t->rates[i - 1].percent;
  return NULL;
}

static bool applies(const bh_tax *t, bh_str category) {
  if (t->applies_count == 0) return true;
  for (size_t i = 0; category.len > 0 && i < t->applies_count; i++)
    if (bh_str_eq(t->applies[i], category)) return true;
  return false;
}

static uint32_t add_head(bh_tax_work *w) {
  if (w->head_count == w->head_cap) {
    uint32_t cap = w->head_cap * 2 + 8;
    uint32_t *heads = BH_NEWN(w->arena, uint32_t, cap);
    if (w->head_count > 0) memcpy(heads, w->heads, w->head_count * sizeof *heads);
    w->heads = heads;
    w->head_cap = cap;
  }
  w->heads[w->head_count] = BH_NO_ROW;
  return w->head_count++;
}

/* The tax of this id: of the client's list, or one that was met before, or a new one behind them. */
static uint32_t tax_named(bh_tax_work *w, bh_str id) {
  for (uint32_t t = 0; t < w->tax_count; t++)
    if (bh_str_eq(w->taxes[t]->id, id)) return t;
  for (uint32_t t = (uint32_t)w->tax_count; t < w->head_count; t++)
    if (bh_str_eq(w->sums[w->heads[t]].id, id)) return t;
  return add_head(w);
}

/* The sum of this tax at this rate, made in its place (by rate, the relieved one last) where it is new. */
static uint32_t sum_of(bh_tax_work *w, uint32_t t, bh_str id, bh_dec rate, const relief *r, bool relieved) {
  uint32_t before = BH_NO_ROW, at = w->heads[t];
  for (; at != BH_NO_ROW; before = at, at = w->sums[at].next) {
    int c = bh_dec_cmp(w->sums[at].rate, rate);
    if (c == 0) c = (int)w->sums[at].relieved - (int)relieved;
    if (c == 0 && relieved) c = bh_str_cmp(w->sums[at].reason, r->reason);
    if (c == 0) return at;
    if (c > 0) break;
  }
  if (w->sum_count == w->sum_cap) {
    uint32_t cap = w->sum_cap * 2 + 8;
    bh_tax_sum *sums = BH_NEWN(w->arena, bh_tax_sum, cap);
    if (w->sum_count > 0) memcpy(sums, w->sums, w->sum_count * sizeof *sums);
    w->sums = sums;
    w->sum_cap = cap;
  }
  uint32_t q = w->sum_count++;
  w->sums[q] = (bh_tax_sum){.id = id, .tax = t < w->tax_count ? w->taxes[t] : NULL, .tax_index = t, .rate = rate,
                            .relieved = relieved, .reverse = r->reverse, .reason = r->reason, .next = at};
  if (before == BH_NO_ROW) w->heads[t] = q;
  else w->sums[before].next = q;
  return q;
}

static void put(bh_tax_work *w, bh_tax_item *item, bh_tax_set *set, uint32_t t, bh_str id, bh_dec rate, const relief *r, bool relieved) {
  if (relieved) rate = (bh_dec){0, 0, 0};
  set->sums[set->count++] = sum_of(w, t, id, rate, r, relieved);
  item->taxes[item->tax_count] = id;
  item->rates[item->tax_count++] = rate;
}

static relief relief_of(bool exempt, bh_str reason, bool reverse_charge) {
  relief r = {.on = exempt || reverse_charge, .reverse = reverse_charge && !exempt};
  r.reason = r.reverse ? BH_S("Reverse charge") : reason;
  return r;
}

static bool listed(const bh_tax_place *p, bh_str id) {
  if (p == NULL) return true;
  for (size_t i = 0; i < p->count; i++)
    if (bh_str_eq(p->taxes[i], id)) return true;
  return false;
}

static const bh_tax_set *set_of(bh_tax_work *w, bh_tax_item *item, bh_day issue, const relief *of_client) {
  const bh_tax_place *place = item->place;
  relief own;
  const relief *r = of_client;
  if (place != NULL) {
    own = relief_of(place->exempt, place->exempt_reason, place->reverse_charge);
    r = &own;
  }
  size_t room = item->fixed ? item->fixed_count : w->tax_count + 1;
  bh_tax_set *set = BH_NEW(w->arena, bh_tax_set);
  set->sums = BH_NEWN(w->arena, uint32_t, room);
  item->taxes = BH_NEWN(w->arena, bh_str, room);
  item->rates = BH_NEWN(w->arena, bh_dec, room);
  item->tax_count = 0;
  if (item->fixed) {
    for (size_t i = 0; i < item->fixed_count; i++) {
      bh_str id = item->fixed_tax[i];
      put(w, item, set, tax_named(w, id), id, item->fixed_rate[i], r, r->on && item->fixed_rate[i].coef == 0);
    }
    return set;
  }
  for (uint32_t t = 0; t < w->tax_count; t++) {
    const bh_tax *tax = w->taxes[t];
    const bh_dec *rate = listed(place, tax->id) && applies(tax, item->category) ? rate_on(tax, tax->by_service ? item->service_day : issue) : NULL;
    if (rate != NULL) put(w, item, set, t, tax->id, *rate, r, r->on);
  }
  if (r->on && (place != NULL ? place->count : w->tax_count) == 0) { /* no tax to relieve of, yet the document has to say why there is none */
    bh_str id = r->reverse ? BH_S("reverse_charge") : BH_S("exempt");
    put(w, item, set, tax_named(w, id), id, (bh_dec){0, 0, 0}, r, true);
  }
  return set;
}

static bool same_taxes(const bh_tax_item *a, const bh_tax_item *b, bool by_service) {
  if (a->fixed != b->fixed || a->place != b->place) return false;
  if (a->fixed) return a->fixed_tax == b->fixed_tax && a->fixed_rate == b->fixed_rate && a->fixed_count == b->fixed_count;
  return bh_str_eq(a->category, b->category) && (!by_service || a->service_day == b->service_day);
}

static bh_status collect(bh_tax_work *w, bh_day issue, const relief *r) {
  bool by_service = false;
  for (size_t t = 0; t < w->tax_count; t++) {
    by_service = by_service || w->taxes[t]->by_service;
    (void)add_head(w);
  }
  for (size_t i = 0; i < w->item_count; i++) {
    bh_tax_item *item = &w->items[i];
    if (i > 0 && same_taxes(item, item - 1, by_service)) {
      item->taxes = item[-1].taxes;
      item->rates = item[-1].rates;
      item->tax_count = item[-1].tax_count;
      w->sets[i] = w->sets[i - 1];
    } else {
      w->sets[i] = set_of(w, item, issue, r);
    }
    for (uint32_t k = 0; k < w->sets[i]->count; k++) {
      bh_tax_sum *s = &w->sums[w->sets[i]->sums[k]];
      s->items++;
      if (!bh_money_add(&s->net, item->net))
        return bh_fail(w->err, BH_E_OVERFLOW, "tax \"%.*s\": its base does not fit a number", BH_STR_ARG(s->id));
    }
  }
  return BH_OK;
}

static bh_tax_row row_of(const bh_tax_sum *s) {
  bh_tax_row row = {.tax = s->id, .name = s->id, .category = BH_S("S"), .rate = s->rate, .base = s->base, .amount = s->amount};
  if (s->tax != NULL) {
    row.name = s->tax->name;
    if (s->tax->category.len > 0) row.category = s->tax->category;
    row.inclusive = s->tax->inclusive && !s->relieved;
    row.compound = s->tax->on_count > 0 && !s->relieved;
  } else if (bh_str_eqz(s->id, "reverse_charge")) {
    row.name = BH_S("Reverse charge");
    row.category = BH_S("AE");
  } else if (bh_str_eqz(s->id, "exempt")) {
    row.name = BH_S("Tax exempt");
    row.category = BH_S("E");
  }
  if (s->relieved) {
    row.category = s->reverse ? BH_S("AE") : BH_S("E"); /* UBL's codes */
    row.reason = s->reason;
  }
  return row;
}

bh_status bh_tax_compute(bh_tax_row **out, size_t *out_count, bh_arena *a, const bh_tax *const *taxes, size_t tax_count,
                         bh_tax_item *items, size_t item_count, bh_day issue, bool exempt, bh_str exempt_reason,
                         bool reverse_charge, bh_rounding mode, bh_error *err) {
  *out = NULL;
  *out_count = 0;
  if (item_count >= UINT32_MAX || tax_count >= UINT32_MAX) return bh_fail(err, BH_E_OVERFLOW, "a document of too many lines");
  relief r = relief_of(exempt, exempt_reason, reverse_charge);
  bh_tax_work w = {.arena = a, .err = err, .mode = mode, .taxes = taxes, .tax_count = tax_count, .items = items,
                   .item_count = item_count, .sets = BH_NEWN(a, const bh_tax_set *, item_count)};
  bh_status s = collect(&w, issue, &r);
  bh_tax_row *rows = BH_NEWN(a, bh_tax_row, w.sum_count);
  size_t n = 0;
  for (uint32_t t = 0; s == BH_OK && t < w.head_count; t++) {
    for (uint32_t q = w.heads[t]; s == BH_OK && q != BH_NO_ROW; q = w.sums[q].next) {
      s = bh_tax_sum_compute(&w, q);
      if (s == BH_OK && (w.sums[q].base != 0 || w.sums[q].amount != 0)) rows[n++] = row_of(&w.sums[q]);
    }
  }
  if (s != BH_OK) return s;
  *out = rows;
  *out_count = n;
  return BH_OK;
}
