/* includes = { "m365-bp", "av" }: each unit of a product (or of a line) includes one unit of these. */
#include "workspace/line_keys.h"

static bool lists_includes(const ws_product *p) { return ws_get(p->st.node, "includes") != NULL; }

static void can_be_included(ws_ck *ck, const ws_path *at, const ws_product *p, bh_str id) {
  const bh_node *model = ws_get(p->st.node, "model");
  const bh_plugin_spec *spec = model && model->kind == BH_NODE_STR ? ws_spec(ck->ws, BH_KIND_MODEL, model->text) : NULL;
  if (model && model->kind == BH_NODE_STR && bh_str_eqz(model->text, "hybrid"))
    ws_bad(ck, at, "\"%.*s\" is a hybrid, whose parts have quantities of their own; expected a product with one", BH_STR_ARG(id));
  else if (spec && bh_str_eqz(spec->id, "flat"))
    ws_bad(ck, at, "\"%.*s\" is flat and has no quantity; expected a product with model = \"per_unit\"", BH_STR_ARG(id));
  else if (ws_option(spec, BH_S("included")))
    ws_bad(ck, at, "\"%.*s\" has an allowance of its own by its model \"%.*s\"; expected a product without", BH_STR_ARG(id), BH_STR_ARG(spec->id));
  else if (lists_includes(p))
    ws_bad(ck, at, "\"%.*s\" includes others itself; expected no bundle inside a bundle", BH_STR_ARG(id));
}

void ws_includes_read(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str product, bh_line_terms *t) {
  struct bh_workspace_impl *x = ck->ws->impl;
  if (!ws_texts(ck, at, n, &t->includes, &t->include_count)) {
    t->include_count = 0;
    return;
  }
  for (size_t i = 0; i < t->include_count && ck->m; i++) {
    const ws_path *here = n->kind == BH_NODE_STR ? at : WS_AT(at, i);
    const ws_product *p = bh_map_get(&x->products, t->includes[i]);
    bool twice = false;
    for (size_t j = 0; j < i; j++) twice = twice || bh_str_eq(t->includes[j], t->includes[i]);
    if (!p) ws_bad_name(ck, here, "product", t->includes[i], x->product_ids, x->product_count);
    else if (bh_str_eq(t->includes[i], product)) ws_bad(ck, here, "a product that includes itself");
    else if (twice) ws_bad(ck, here, "\"%.*s\" again; expected a product once", BH_STR_ARG(t->includes[i]));
    else can_be_included(ck, here, p, t->includes[i]);
  }
}

/* "lines[2]" or "based_on.lines[2]" as a path again. */
static const ws_path *line_path(ws_ck *ck, bh_str path) {
  ws_path *p = BH_NEWN(ck->a, ws_path, 3);
  bool own = bh_str_starts(path, BH_S("lines["));
  bh_str digits = {path.ptr + (own ? 6 : 15), path.len - (own ? 7 : 16)};
  bh_dec n = {0};
  (void)bh_dec_parse(&n, digits, 0);
  p[0] = (ws_path){NULL, BH_S("based_on"), 0};
  p[1] = (ws_path){own ? NULL : p, BH_S("lines"), 0};
  p[2] = (ws_path){p + 1, {0}, (int32_t)n.coef};
  return p + 2;
}

static bool same_bill(const bh_bill *a, const bh_bill *b) {
  return a->every == b->every && a->unit == b->unit && a->on == b->on && a->on_month == b->on_month && a->align == b->align && a->timing == b->timing &&
         a->lead_days == b->lead_days && a->lag_days == b->lag_days;
}

/* The product's own line, where the contract has none: in force with the lines that include it. */
static bool add_line(ws_ck *ck, ws_contract_ctx *c, const ws_below *below, const bh_line_terms *by, size_t which, const ws_path *at) {
  static const bh_node nothing = {.kind = BH_NODE_TABLE};
  bh_contract_terms *t = c->out;
  ws_below mine = *below;
  mine.tmpl_line = NULL;
  const ws_base *base = ws_base_of(ck, at, by->includes[which], &mine, t->currency, t->starts);
  if (!base || base->part_count) return false;
  bh_line_terms *l = &t->lines[t->line_count];
  *l = (bh_line_terms){.key = bh_arena_fmt(ck->a, "%.*s#1", BH_STR_ARG(by->includes[which])),
                       .path = bh_arena_fmt(ck->a, "%.*s.includes[%zu]", BH_STR_ARG(by->path), which + 1)};
  if (!ws_line_resolve(ck, c, at, &nothing, base, l)) return false;
  l->of_bundle = true;
  l->from = by->from;
  l->ends = by->ends;
  l->billed_through = by->billed_through;
  t->line_count++;
  return true;
}

static bool named_before(const bh_line_terms *l, bh_str product) {
  for (size_t i = 0; i < l->bundle_count; i++)
    if (bh_str_eq(l->bundles[i], product)) return true;
  return false;
}

static void note_bundle(ws_ck *ck, bh_line_terms *l, const bh_line_terms *by) {
  if (l->of_bundle) {
    if (by->from < l->from) l->from = by->from;
    if (by->ends > l->ends) l->ends = by->ends;
    if (by->billed_through < l->billed_through) l->billed_through = by->billed_through;
  }
  if (named_before(l, by->product)) return;
  bh_str *more = BH_NEWN(ck->a, bh_str, l->bundle_count + 1);
  if (l->bundle_count) memcpy(more, l->bundles, l->bundle_count * sizeof *more);
  more[l->bundle_count++] = by->product;
  l->bundles = more;
}

/* A charged period keeps the bundles that it was charged with: they stand in the line's book. */
static void into_book(ws_ck *ck, bh_line_terms *l) {
  bh_node *list = bh_node_new(ck->a, BH_NODE_TABLE);
  list->is_array = true;
  for (size_t i = 0; i < l->bundle_count; i++) bh_node_push(ck->a, list, bh_node_str(ck->a, l->bundles[i]));
  bh_str json = ws_json(ck->a, list);
  l->book = bh_arena_fmt(ck->a, "{\"bundles\":%.*s,%.*s", BH_STR_ARG(json), (int)(l->book.len - 1), l->book.ptr + 1);
  l->book_hash = bh_sha256_1(l->book);
}

void ws_includes_settle(ws_ck *ck, ws_contract_ctx *c, const ws_below *below) {
  bh_contract_terms *t = c->out;
  size_t written = t->line_count, more = 0;
  for (size_t i = 0; i < written; i++) more += t->lines[i].once ? 0 : t->lines[i].include_count;
  if (more == 0) return;
  bh_line_terms *all = BH_NEWN(ck->a, bh_line_terms, written + more);
  memcpy(all, t->lines, written * sizeof *all);
  t->lines = all;
  for (size_t i = 0; i < written; i++)
    for (size_t k = 0; k < all[i].include_count && !all[i].once; k++) {
      const ws_path *at = WS_AT(WS_KEY(line_path(ck, all[i].path), "includes"), k);
      bool any = false;
      for (size_t j = 0; j < t->line_count; j++) any = any || (!all[j].once && bh_str_eq(all[j].product, all[i].includes[k]));
      if (!any && !add_line(ck, c, below, &all[i], k, at)) continue;
      for (size_t j = 0; j < t->line_count; j++) {
        if (all[j].once || !bh_str_eq(all[j].product, all[i].includes[k])) continue;
        note_bundle(ck, &all[j], &all[i]);
        if (!same_bill(&all[i].bill, &all[j].bill))
          ws_bad(ck, at, "\"%.*s\" is billed on other dates than \"%.*s\", which includes it; expected one bill and timing for both", BH_STR_ARG(all[j].product),
                 BH_STR_ARG(all[i].product));
      }
    }
  for (size_t j = 0; j < t->line_count; j++)
    if (all[j].bundle_count) into_book(ck, &all[j]);
}
