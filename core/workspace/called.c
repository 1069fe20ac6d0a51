/* What our things are called elsewhere: `ids` of products and taxes, and of what stands in a JSON text. And what a product is by itself. */
#include "workspace/internal.h"

typedef struct list { bh_called *items; size_t count, cap; } list;

static void add(list *l, bh_arena *a, bh_called x) {
  if (l->count == l->cap) {
    size_t cap = l->cap ? l->cap * 2 : 64;
    bh_called *grown = BH_NEWN(a, bh_called, cap);
    if (l->count) memcpy(grown, l->items, l->count * sizeof *grown);
    l->items = grown;
    l->cap = cap;
  }
  l->items[l->count++] = x;
}

static bool is_name(const bh_node *n) { return n->kind == BH_NODE_STR || n->kind == BH_NODE_INT; }

static void add_ids(list *l, bh_arena *a, const bh_node *ids, bh_str id) {
  if (!ids || ids->kind != BH_NODE_TABLE) return;
  for (size_t i = 0; i < ids->field_count; i++) {
    const bh_node *v = ids->fields[i].value;
    if (is_name(v)) add(l, a, (bh_called){ids->fields[i].key, v->text, id});
    for (size_t k = 0; v->kind == BH_NODE_TABLE && k < v->item_count; k++)
      if (is_name(v->items[k])) add(l, a, (bh_called){ids->fields[i].key, v->items[k]->text, id});
  }
}

void bh_workspace_products_called(const bh_workspace *ws, bh_arena *a, bh_called **out, size_t *n) {
  list l = {NULL, 0, 0};
  for (size_t i = 0; i < ws->impl->product_count; i++) {
    const ws_product *p = bh_map_get(&ws->impl->products, bh_str_c(ws->impl->product_ids[i]));
    if (p && p->st.node->kind == BH_NODE_TABLE) add_ids(&l, a, ws_get(p->st.node, "ids"), p->st.id);
  }
  *out = l.items;
  *n = l.count;
}

void bh_workspace_taxes_called(const bh_workspace *ws, bh_arena *a, bh_called **out, size_t *n) {
  list l = {NULL, 0, 0};
  for (size_t i = 0; i < ws->tax_count; i++) add_ids(&l, a, ws->taxes[i].ids, ws->taxes[i].id);
  *out = l.items;
  *n = l.count;
}

void bh_called_read(bh_called **out, size_t *n, bh_arena *a, const bh_node *ids, bh_str id) {
  list l = {NULL, 0, 0};
  add_ids(&l, a, ids, id);
  *out = l.items;
  *n = l.count;
}

bh_str bh_workspace_product_of(const bh_workspace *ws, bh_str connector, bh_str ref) {
  char key[2048];
  int n = snprintf(key, sizeof key, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref));
  const bh_str *mapped = n > 0 && (size_t)n < sizeof key ? bh_map_get(&ws->impl->product_refs, (bh_str){key, (size_t)n}) : NULL;
  if (mapped) return *mapped;
  const ws_product *p = bh_map_get(&ws->impl->products, ref);
  return p ? p->st.id : (bh_str){"", 0};
}

void bh_workspace_products(const bh_workspace *ws, const char *const **out, size_t *n) {
  *out = ws->impl->product_ids;
  *n = ws->impl->product_count;
}

const bh_line_terms *bh_workspace_list_terms(bh_workspace *ws, bh_str product, bh_str currency) {
  ws_ck ck = {.ws = ws, .a = &ws->impl->memo, .word = "product", .id = product};
  const ws_product *p = bh_map_get(&ws->impl->products, product);
  if (!p || !p->model) return NULL;
  const ws_base *b = ws_base_of(&ck, NULL, product, &(const ws_below){0}, currency, BH_DAY_MIN);
  return b ? &b->t : NULL;
}

bh_str ws_ref_key(bh_arena *a, bh_str connector, bh_str ref) { return bh_arena_fmt(a, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref)); }

/* One thing of a platform is one of ours: that of two products would bill it would be chance. */
static void index_one(ws_ck *ck, bh_map *refs, const bh_node *ids) {
  bh_arena *a = &ck->ws->arena;
  list l = {NULL, 0, 0};
  add_ids(&l, a, ids, ck->id);
  for (size_t i = 0; i < l.count; i++) {
    bh_str key = ws_ref_key(a, l.items[i].connector, l.items[i].ref);
    const bh_str *known = bh_map_get(refs, key);
    if (known && !bh_str_eq(*known, ck->id))
      ws_bad(ck, WS_KEYS(WS_KEY(NULL, "ids"), l.items[i].connector), "\"%.*s\" is %s \"%.*s\" already; expected one of them to have it", BH_STR_ARG(l.items[i].ref), ck->word,
             BH_STR_ARG(*known));
    if (known) continue;
    bh_str *id = BH_NEW(a, bh_str);
    *id = ck->id;
    bh_map_put(refs, key, id);
  }
}

void ws_product_refs(ws_ck *ck, const bh_node *product) {
  if (product->kind == BH_NODE_TABLE) index_one(ck, &ck->ws->impl->product_refs, ws_get(product, "ids"));
}

void ws_tax_refs(ws_ck *ck, const bh_tax *tax) { index_one(ck, &ck->ws->impl->tax_refs, tax->ids); }
