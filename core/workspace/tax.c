/* tax "ny-sales" { … } */
#include "workspace/internal.h"

static const char *const names[] = {"applies", "by", "category", "ids", "inclusive", "name", "on", "rate", "rates"};
const ws_names ws_tax_keys = {names, sizeof names / sizeof *names};
enum { APPLIES, BY, CATEGORY, IDS, INCLUSIVE, NAME, ON, RATE, RATES, COUNT };

static void rates(ws_ck *ck, bh_tax *t, bh_node *rate, bh_node *later) {
  bh_dated d = {0};
  if (rate && !ws_dated(ck, WS_KEY(NULL, "rate"), rate, WS_PERCENT, BH_DAY_MIN, &d)) return;
  size_t extra = later && later->kind == BH_NODE_TABLE ? later->field_count : 0;
  t->rates = BH_NEWN(ck->a, bh_tax_rate, d.count + extra + 1);
  for (size_t i = 0; i < d.count; i++) t->rates[t->rate_count++] = (bh_tax_rate){d.items[i].from, d.items[i].value};
  if (later && (!ws_is_record(later) || extra == 0)) {
    ws_bad_kind(ck, WS_KEY(NULL, "rates"), later, "a table like { [\"2026-07-01\"] = \"9.0\" }");
    return;
  }
  for (size_t i = 0; i < extra; i++) {
    const bh_field *f = &later->fields[i];
    const ws_path *here = WS_KEYS(WS_KEY(NULL, "rates"), f->key);
    bh_day day = BH_DAY_MIN;
    bh_dec v;
    if (!bh_str_eqz(f->key, "start") && !bh_day_parse(&day, f->key)) {
      ws_bad(ck, here, "expected a date like [\"2026-07-01\"]");
      continue;
    }
    if (!ws_num(ck, here, f->value, WS_PERCENT, &v)) continue;
    size_t k = t->rate_count;
    while (k > 0 && t->rates[k - 1].from > day) k--;
    if (k > 0 && t->rates[k - 1].from == day) {
      ws_bad(ck, here, "two rates for one date");
      continue;
    }
    memmove(t->rates + k + 1, t->rates + k, (t->rate_count - k) * sizeof *t->rates);
    t->rates[k] = (bh_tax_rate){day, v};
    t->rate_count++;
  }
  if (t->rate_count && t->rates[0].from != BH_DAY_MIN) ws_bad(ck, WS_KEY(NULL, "rate"), "missing; expected the rate before the first date of rates");
}

void ws_tax_read(ws_ck *ck, bh_tax *t, const bh_node *n) {
  bh_node *v[COUNT];
  int c;
  *t = (bh_tax){.id = ck->id, .name = ck->id, .category = BH_S("S")};
  ws_pick(ck, NULL, n, names, COUNT, v, NULL, NULL);
  if (n->kind != BH_NODE_TABLE) return;
  if (v[NAME]) ws_text(ck, WS_KEY(NULL, "name"), v[NAME], &t->name);
  if (v[CATEGORY]) ws_text(ck, WS_KEY(NULL, "category"), v[CATEGORY], &t->category);
  if (!v[RATE] && !v[RATES]) ws_bad(ck, WS_KEY(NULL, "rate"), "missing; expected a percent like \"8.875\"");
  else rates(ck, t, v[RATE], v[RATES]);
  if (v[APPLIES]) ws_texts(ck, WS_KEY(NULL, "applies"), v[APPLIES], &t->applies, &t->applies_count);
  if (v[ON]) ws_texts(ck, WS_KEY(NULL, "on"), v[ON], &t->on, &t->on_count);
  if (v[INCLUSIVE]) ws_bool(ck, WS_KEY(NULL, "inclusive"), v[INCLUSIVE], &t->inclusive);
  if (v[BY] && ws_choice(ck, WS_KEY(NULL, "by"), v[BY], (const char *const[]){"issue", "service"}, 2, &c)) t->by_service = c == 1;
  if (t->inclusive && t->on_count) ws_bad(ck, WS_KEY(NULL, "on"), "an inclusive tax on another tax; expected one of the two");
}

static const bh_tax *tax_named(const ws_ck *ck, bh_str id) {
  for (size_t j = 0; j < ck->ws->tax_count; j++)
    if (bh_str_eq(ck->ws->taxes[j].id, id)) return &ck->ws->taxes[j];
  return NULL;
}

/* Whether the taxes that `from` stands on lead to `to`, over however many steps. */
static bool leads_to(const ws_ck *ck, const bh_tax *from, const bh_tax *to) {
  size_t n = ck->ws->tax_count, count = 1;
  const bh_tax **found = BH_NEWN(ck->a, const bh_tax *, n);
  found[0] = from;
  for (size_t at = 0; at < count; at++) {
    if (found[at] == to) return true;
    for (size_t i = 0; i < found[at]->on_count; i++) {
      const bh_tax *next = tax_named(ck, found[at]->on[i]);
      bool known = next == NULL;
      for (size_t j = 0; j < count && !known; j++) known = found[j] == next;
      if (!known) found[count++] = next;
    }
  }
  return false;
}

/* Taxes that compound must be there, and none may come back to itself. */
void ws_tax_links(ws_ck *ck, bh_tax *tax, const bh_node *n) {
  struct bh_workspace_impl *x = ck->ws->impl;
  const bh_node *ids = ws_get(n, "ids");
  if (ids && ws_ids_check(ck, WS_KEY(NULL, "ids"), ids)) {
    tax->ids = ids;
    ws_tax_refs(ck, tax);
  }
  for (size_t i = 0; i < tax->on_count; i++) {
    const ws_path *here = WS_AT(WS_KEY(NULL, "on"), i);
    const bh_tax *other = tax_named(ck, tax->on[i]);
    if (!other) {
      ws_bad_name(ck, here, "tax", tax->on[i], x->tax_ids, x->tax_id_count);
      continue;
    }
    if (leads_to(ck, other, tax)) ws_bad(ck, here, "\"%.*s\" comes back to this tax", BH_STR_ARG(tax->on[i]));
  }
}
