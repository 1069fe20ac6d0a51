/* A contract's line over the book that a charged period keeps. */
#include "workspace/family.h"

static bh_status fail(bh_error *err, const bh_mistakes *m, const char *what) {
  if (m && m->count) return bh_fail(err, BH_E_INVALID, "%s: %.*s: %.*s", what, BH_STR_ARG(m->items[0].path), BH_STR_ARG(m->items[0].message));
  return bh_fail(err, BH_E_INVALID, "%s", what);
}

/* "lines[2]" names the contract's own line; a template's line has nothing of its own. */
static const bh_node *own_line(const bh_node *contract, bh_str path) {
  static const bh_node nothing = {.kind = BH_NODE_TABLE};
  if (!bh_str_starts(path, BH_S("lines["))) return &nothing;
  if (memmem(path.ptr, path.len, "].includes[", 11) != NULL) return &nothing; /* a product's, included by the line's */
  bh_dec n;
  const bh_node *lines = bh_node_get(contract, "lines");
  bh_str digits = {path.ptr + 6, path.len - 7};
  if (!lines || !bh_dec_parse(&n, digits, 0) || n.coef < 1 || (size_t)n.coef > lines->item_count) return NULL;
  return lines->items[n.coef - 1];
}

static void contract_level(ws_ck *ck, const bh_node *t, bh_day starts, ws_level *out) {
  ws_level_nodes n = {ws_get(t, "bill"), ws_get(t, "timing"), ws_get(t, "prorate"), ws_get(t, "true_up"), ws_get(t, "adjust"),
                      ws_get(t, "uplift"), ws_get(t, "section"), ws_get(t, "po"), NULL, NULL, NULL, NULL, NULL};
  ws_level_read(ck, NULL, &n, starts, out);
}

bh_status bh_line_rebook(bh_line_terms *out, const bh_workspace *ws, bh_arena *a, const bh_client_terms *client,
                         const bh_contract_terms *contract, size_t index, bh_str book, bh_error *err) {
  *out = (bh_line_terms){0};
  if (index >= contract->line_count) return bh_fail(err, BH_E_BUG, "no line %zu in contract \"%.*s\"", index, BH_STR_ARG(contract->id));
  const bh_line_terms *now = &contract->lines[index];
  bh_node *book_node, *contract_node, *client_node;
  bh_status s;
  if ((s = bh_json_parse(&book_node, a, book, NULL, err)) != BH_OK) return s;
  if ((s = bh_json_parse(&contract_node, a, contract->text, NULL, err)) != BH_OK) return s;
  if ((s = bh_json_parse(&client_node, a, client->text, NULL, err)) != BH_OK) return s;
  const bh_node *own = own_line(contract_node, now->path);
  if (!own) return fail(err, NULL, "a line that the contract's text does not have");
  bh_mistakes m;
  bh_mistakes_init(&m);
  ws_ck ck = {.ws = (bh_workspace *)(uintptr_t)ws, .m = NULL, .a = a, .file = contract->file, .line = contract->line, .word = "contract", .id = contract->id};
  ws_base base;
  ws_level client_level;
  bh_contract_terms life = *contract;
  ws_contract_ctx c = {.out = &life, .client = &client_level, .client_currency = client->currency};
  ws_base_read(&ck, NULL, book_node, contract->starts, &base);
  contract_level(&ck, client_node, BH_DAY_MIN, &client_level);
  ws_level_under(&client_level, &ws->impl->invoicing_level);
  contract_level(&ck, contract_node, contract->starts, &c.level);
  c.tmpl.bill = contract->bill; /* the schedule is today's: it is no price */
  c.tmpl.has = WS_HAS_BILL;
  bool frozen_ok = ck.bad == 0;
  ck.m = &m;
  out->key = now->key;
  out->path = now->path;
  bool ok = ws_line_resolve(&ck, &c, NULL, own, &base, out);
  if (now->of_bundle) {
    out->of_bundle = true;
    out->from = now->from;
    out->ends = now->ends;
    out->billed_through = now->billed_through;
  }
  const bh_node *family = bh_node_get(book_node, "$family");
  if (family) {
    bh_family *then = BH_NEW(a, bh_family);
    if (ws_family_read(then, a, family)) out->family = then;
    if (out->counted) out->count.family = out->family;
  }
  s = ok && frozen_ok ? BH_OK : fail(err, &m, "the line does not go with the price book of its charged period");
  bh_mistakes_dispose(&m);
  return s;
}
