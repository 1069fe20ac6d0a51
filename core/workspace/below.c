/* Which layers lie below a line, and the memo of what they come to. */
#include "workspace/internal.h"

/* The entry of a price list for a product, as a table; false where it has none. */
static bool list_layer(ws_ck *ck, const bh_node *list, bh_str product, bh_str own, ws_layer *out) {
  bh_node *n = list ? bh_node_gets(list, product) : NULL;
  if (!ws_set(n)) return false;
  if (n->kind != BH_NODE_TABLE || bh_node_has(n, "start")) {
    bh_node *t = bh_node_new(ck->a, BH_NODE_TABLE);
    bh_node_set(ck->a, t, BH_S("price"), n);
    n = t;
  }
  *out = (ws_layer){n, own, "pricelist"};
  return true;
}

static const ws_base *make(ws_ck *ck, const ws_product *p, const ws_layer *layers, size_t n, bh_str currency, const bh_node *tmpl, bh_day starts) {
  bh_mistakes *m = ck->m;
  size_t bad = ck->bad;
  ws_base *b = BH_NEW(ck->a, ws_base);
  bh_node *book = ws_book_build(ck, p, layers, n, currency, tmpl, starts);
  ck->m = NULL;
  ws_base_read(ck, NULL, book, starts, b);
  ck->m = m;
  ck->bad = bad;
  return b;
}

const ws_base *ws_base_of(ws_ck *ck, const ws_path *at, bh_str product, const ws_below *below, bh_str currency, bh_day starts) {
  struct bh_workspace_impl *x = ck->ws->impl;
  char key[WS_ID_MAX + 8];
  ws_layer layers[4];
  size_t n = 0;
  if (list_layer(ck, below->contract_list, product, below->contract_own, &layers[n])) n++;
  if (list_layer(ck, below->client_list, product, below->client_own, &layers[n])) n++;
  bool plain = n == 0 && !below->tmpl && product.len <= WS_ID_MAX && currency.len == 3;
  bh_str k = {key, 0};
  if (plain) {
    memcpy(key, currency.ptr, 3);
    memcpy(key + 3, product.ptr, product.len);
    k.len = product.len + 3;
    const ws_base *known = bh_map_get(&x->books, k);
    if (known) return known;
  }
  const ws_product *p = bh_map_get(&x->products, product);
  if (!p) {
    ws_bad_name(ck, WS_KEY(at, "product"), "product", product, x->product_ids, x->product_count);
    return NULL;
  }
  if (!p->model && !p->hybrid) return NULL; /* its own statement has the mistake */
  if (below->tmpl_line && below->tmpl_line->kind == BH_NODE_TABLE) layers[n++] = (ws_layer){below->tmpl_line, ck->ws->currency, "template"};
  layers[n++] = (ws_layer){p->st.node, ck->ws->currency, "product"};
  if (!plain) return make(ck, p, layers, n, currency, below->tmpl, starts);
  bh_arena *mine = ck->a;
  ck->a = &x->memo;
  const ws_base *b = make(ck, p, layers, n, bh_arena_str(&x->memo, currency), NULL, BH_DAY_MIN);
  ck->a = mine;
  bh_map_put(&x->books, k, (void *)(uintptr_t)b);
  return b;
}

const ws_base *ws_base_text(ws_ck *ck, bh_str currency) {
  struct bh_workspace_impl *x = ck->ws->impl;
  char key[8] = "\1text";
  memcpy(key + 5, currency.ptr, currency.len == 3 ? 3 : 0);
  const ws_base *known = bh_map_get(&x->books, (bh_str){key, 8});
  if (known) return known;
  bh_node *n = bh_node_new(&x->memo, BH_NODE_TABLE);
  bh_node_set(&x->memo, n, BH_S("model"), bh_node_str(&x->memo, BH_S("per_unit")));
  ws_product *p = BH_NEW(&x->memo, ws_product);
  p->st.node = n;
  p->model = ws_spec(ck->ws, BH_KIND_MODEL, BH_S("per_unit"));
  bh_arena *mine = ck->a;
  ck->a = &x->memo;
  ws_layer layer = {n, ck->ws->currency, "product"};
  const ws_base *b = make(ck, p, &layer, 1, bh_arena_str(&x->memo, currency), NULL, BH_DAY_MIN);
  ck->a = mine;
  bh_map_put(&x->books, (bh_str){key, 8}, (void *)(uintptr_t)b);
  return b;
}

const bh_node *ws_pricelist_of(ws_ck *ck, const ws_path *at, bh_node *n, bh_str own, bh_str *out_own) {
  struct bh_workspace_impl *x = ck->ws->impl;
  if (n->kind == BH_NODE_TABLE) {
    size_t before = ck->bad;
    ws_pricelist_read(ck, n, at, own);
    *out_own = own;
    return ck->bad == before ? n : NULL;
  }
  bh_str name;
  if (!ws_text(ck, at, n, &name)) return NULL;
  const ws_statement *st = bh_map_get(&x->pricelists, name);
  if (!st) {
    ws_bad_name(ck, at, "price list", name, x->pricelist_ids, x->pricelist_count);
    return NULL;
  }
  *out_own = ck->ws->currency;
  return st->node;
}
