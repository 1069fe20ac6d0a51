/* A book read into the terms of a line that says nothing of its own. */
#include "workspace/line_keys.h"

#define BOOK_KEYS(X) \
  X(1) X(adjust) X(at) X(bill) X(bundles) X(changes) X(cost) X(coterm) X(count) X(currency) X(decrease) X(included) X(includes) X(markup) X(maximum) X(maximum_amount) \
  X(minimum) X(minimum_amount) X(model) X(name) X(once) X(origin) X(parts) X(po) X(product) X(prorate) X(quantity) \
  X(release) X(round_up_to) X(section) X(show) X(tax) X(template) X(term) X(text) X(timing) X(true_up) X(unit) X(uplift) X(window_days)
enum {
#define X(k) K_##k,
  BOOK_KEYS(X)
#undef X
  K_COUNT
};
static const char *const names[] = {
#define X(k) #k,
  BOOK_KEYS(X)
#undef X
};

static bool others(void *ctx, bh_str key) { return true; } /* model options; unknown keys were found in the layers */

bool ws_read_included(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_line_terms *t) {
  const bh_node *per = n->kind == BH_NODE_TABLE ? bh_node_get(n, "per") : NULL;
  t->included_per = (bh_str){0};
  if (!per) return ws_opt(ck, at, n, WS_QUANTITY, base, &t->included);
  const bh_node *q = ws_item(n, 0);
  if (!q || n->item_count + n->field_count != 2) {
    ws_bad(ck, at, "expected a quantity, or { 2, per = \"PRODUCT\" }");
    return false;
  }
  if (!ws_text(ck, WS_KEY(at, "per"), per, &t->included_per)) return false;
  if (!bh_map_get(&ck->ws->impl->products, t->included_per)) {
    ws_bad_name(ck, WS_KEY(at, "per"), "product", t->included_per, ck->ws->impl->product_ids, ck->ws->impl->product_count);
    return false;
  }
  return ws_opt(ck, WS_AT(at, 0), q, WS_QUANTITY, base, &t->included);
}

bool ws_read_changes(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_dated *io) {
  if (!ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list like { { \"2026-11-15\", 12 } }");
    return false;
  }
  if (io->count != 1) {
    ws_bad(ck, at, "the quantity is dated already; expected either a dated quantity or changes");
    return false;
  }
  size_t before = ck->bad, count = 1;
  bh_dated_item *items = BH_NEWN(ck->a, bh_dated_item, n->item_count + 1);
  items[0] = io->items[0];
  for (size_t i = 0; i < n->item_count; i++) {
    const ws_path *here = WS_AT(at, i);
    const bh_node *day = ws_item(n->items[i], 0), *q = ws_item(n->items[i], 1);
    if (!day || !q || n->items[i]->item_count + n->items[i]->field_count != 2) {
      ws_bad(ck, here, "expected a date and a quantity, like { \"2026-11-15\", 12 }");
      continue;
    }
    bh_day d;
    bh_dec v;
    if (!ws_date(ck, WS_AT(here, 0), day, base, false, &d) || !ws_num(ck, WS_AT(here, 1), q, WS_QUANTITY, &v)) continue;
    size_t k = count;
    while (k > 1 && items[k - 1].from > d) k--;
    if (k > 1 && items[k - 1].from == d) {
      ws_bad(ck, here, "a second change on %.*s; expected one a day", BH_STR_ARG(day->text));
      continue;
    }
    memmove(items + k + 1, items + k, (count - k) * sizeof *items);
    items[k] = (bh_dated_item){d, v};
    count++;
  }
  *io = (bh_dated){items, count};
  return ck->bad == before;
}

static void read_amount(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_opt_dated *out) {
  if (n) ws_opt(ck, at, n, WS_MONEY, base, out);
}

bool ws_base_read(ws_ck *ck, const ws_path *at, const bh_node *book, bh_day base, ws_base *out) {
  bh_node *v[K_COUNT];
  size_t before = ck->bad;
  *out = (ws_base){.node = book};
  if (!ws_pick(ck, at, book, names, K_COUNT, v, others, NULL)) return false;
  bh_line_terms *t = &out->t;
  t->from = BH_DAY_MIN;
  t->ends = BH_DAY_MAX;
  t->billed_through = BH_DAY_MIN;
  ws_commit_none(&t->commit);
  ws_commit_nodes commit = {v[K_decrease], v[K_term], v[K_window_days], v[K_coterm], v[K_release], NULL};
  ws_commit_read(ck, at, &commit, base, &t->commit);
  t->price_origin = v[K_origin] ? v[K_origin]->text : BH_S("product");
  if (v[K_product]) t->product = v[K_product]->text;
  t->name = v[K_name] && v[K_name]->text.len ? v[K_name]->text : v[K_text] ? v[K_text]->text : t->product;
  if (v[K_unit]) t->unit = v[K_unit]->text;
  if (v[K_tax]) t->category = v[K_tax]->text;
  if (v[K_model]) t->model = v[K_model]->text;
  out->model = ws_spec(ck->ws, BH_KIND_MODEL, t->model);
  ws_level_nodes ln = {.bill = v[K_bill], .timing = v[K_timing], .prorate = v[K_prorate], .true_up = v[K_true_up],
                       .adjust = v[K_adjust], .uplift = v[K_uplift], .section = v[K_section], .po = v[K_po]};
  ws_level_read(ck, at, &ln, base, &out->level);
  if (v[K_template]) {
    const bh_node *n = v[K_template];
    ws_level_nodes tn = {.timing = ws_get(n, "timing"), .prorate = ws_get(n, "prorate"), .true_up = ws_get(n, "true_up"),
                         .adjust = ws_get(n, "adjust"), .uplift = ws_get(n, "uplift"), .section = ws_get(n, "section")};
    ws_level_read(ck, WS_KEY(at, "template"), &tn, base, &out->tmpl);
  }
  if (v[K_includes]) ws_includes_read(ck, WS_KEY(at, "includes"), v[K_includes], t->product.len ? t->product : ck->id, t);
  if (v[K_bundles] && !ck->m) ws_texts(ck, WS_KEY(at, "bundles"), v[K_bundles], &t->bundles, &t->bundle_count);
  int choice;
  if (v[K_at] && ws_choice(ck, WS_KEY(at, "at"), v[K_at], (const char *const[]){"issue", "start", "end", "peak", "average", "daily", "sum"}, 7, &choice))
    t->at = (bh_at)choice, out->at_set = true;
  if (v[K_show] && v[K_show]->kind == BH_NODE_STR) t->hide_zero = bh_str_eqz(v[K_show]->text, "hidden");
  if (v[K_quantity] && ws_dated(ck, WS_KEY(at, "quantity"), v[K_quantity], WS_QUANTITY, base, &t->quantity)) out->quantity_set = true;
  if (v[K_changes] && out->quantity_set) ws_read_changes(ck, WS_KEY(at, "changes"), v[K_changes], base, &t->quantity);
  if (v[K_count] && !out->quantity_set && ws_selector(ck, WS_KEY(at, "count"), v[K_count], &t->count)) t->counted = true;
  if (!t->counted && !out->quantity_set) t->quantity = ws_dated_one(ck->a, bh_dec_int(1));
  bool own_minimum = ws_option(out->model, BH_S("minimum")) != NULL, own_included = ws_option(out->model, BH_S("included")) != NULL;
  bool own_maximum = ws_option(out->model, BH_S("maximum")) != NULL, own_round = ws_option(out->model, BH_S("round_up_to")) != NULL;
  if (v[K_minimum] && !own_minimum) ws_opt(ck, WS_KEY(at, "minimum"), v[K_minimum], WS_QUANTITY, base, &t->minimum);
  if (v[K_maximum] && !own_maximum) ws_opt(ck, WS_KEY(at, "maximum"), v[K_maximum], WS_QUANTITY, base, &t->maximum);
  if (v[K_included] && !own_included) ws_read_included(ck, WS_KEY(at, "included"), v[K_included], base, t);
  if (v[K_round_up_to] && !own_round) ws_opt(ck, WS_KEY(at, "round_up_to"), v[K_round_up_to], WS_QUANTITY, base, &t->round_up_to);
  if (!ck->m) { /* a layer that is only looked at has its money in every currency: ws_layer_check */
    read_amount(ck, at, v[K_minimum_amount], base, &t->minimum_amount);
    read_amount(ck, at, v[K_maximum_amount], base, &t->maximum_amount);
    read_amount(ck, at, v[K_cost], base, &t->cost);
  }
  if (v[K_markup] && ws_dated(ck, WS_KEY(at, "markup"), v[K_markup], WS_PERCENT, base, &out->markup)) out->has_markup = true;
  if (v[K_once] && ws_date(ck, WS_KEY(at, "once"), v[K_once], base, false, &out->once_on)) out->once = true;
  const bh_node *missing = bh_node_get(book, "missing");
  if (missing) t->price_missing = true, t->price_missing_what = missing->text;
  if (ck->m) return ck->bad == before;
  if (out->model) {
    bh_str cur = v[K_currency] ? v[K_currency]->text : ck->ws->currency;
    ws_params(ck, NULL, book, out->model, cur, cur, base, true, &t->params, &t->param_count, NULL);
  }
  t->book = ws_json(ck->a, book);
  t->book_hash = bh_sha256_1(t->book);
  if (v[K_parts]) {
    out->parts = BH_NEWN(ck->a, ws_base, v[K_parts]->item_count + 1);
    for (size_t i = 0; i < v[K_parts]->item_count; i++) ws_base_read(ck, WS_AT(WS_KEY(at, "parts"), i), v[K_parts]->items[i], base, &out->parts[out->part_count++]);
  }
  return ck->bad == before;
}
