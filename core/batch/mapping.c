#include "batch/mapping.h"
#include "batch/each_client.h"

static bh_str key_of(bh_mapping *m, bh_str connector, bh_str ref) { return bh_arena_fmt(m->arena, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref)); }

static void note(bh_mapping *m, bh_map *map, bh_str connector, bh_str ref, bh_str id)
{
  bh_mapped **slot = (bh_mapped **)bh_map_ref(map, key_of(m, connector, ref));
  if (*slot == NULL) {
    *slot = BH_NEW(m->arena, bh_mapped);
    (*slot)->id = bh_arena_str(m->arena, id);
  } else if (!bh_str_eq((*slot)->id, id)) {
    (*slot)->twice = true;
  }
}

bh_status bh_contract_called(bh_called **out, size_t *n, bh_arena *a, const bh_contract_terms *t, bh_error *err)
{
  bh_node *text;
  *n = 0;
  if (memmem(t->text.ptr, t->text.len, "\"ids\":", 6) == NULL)
    return BH_OK;
  bh_status st = bh_json_parse(&text, a, t->text, NULL, err);
  if (st == BH_OK)
    bh_called_read(out, n, a, bh_node_get(text, "ids"), t->id);
  return st;
}

static bh_status note_contract(bh_mapping *m, bh_arena *a, const bh_contract_terms *t, bh_error *err)
{
  bh_called *called;
  size_t n;
  bh_status st = bh_contract_called(&called, &n, a, t, err);
  for (size_t i = 0; st == BH_OK && i < n; i++)
    note(m, &m->contracts, called[i].connector, called[i].ref, t->id);
  return st;
}

static bh_status note_client(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err)
{
  bh_mapping *m = ctx;
  bh_status st = BH_OK;
  for (size_t i = 0; i < terms->id_count; i++)
    if (!terms->ids[i].of_parent)
      note(m, &m->clients, terms->ids[i].connector, terms->ids[i].ref, terms->id);
  for (size_t i = 0; st == BH_OK && i < terms->contract_count; i++)
    st = note_contract(m, scratch, &terms->contracts[i], err);
  return st;
}

static void read_categories(bh_mapping *m)
{
  bh_workspace *ws = m->engine->ws;
  const char *const *products;
  size_t n;
  for (size_t i = 0; i < ws->tax_count; i++)
    for (size_t k = 0; k < ws->taxes[i].applies_count; k++)
      bh_map_put(&m->categories, ws->taxes[i].applies[k], m);
  bh_workspace_products(ws, &products, &n);
  for (size_t i = 0; i < n; i++) {
    const bh_line_terms *t = bh_workspace_list_terms(ws, bh_str_c(products[i]), ws->currency);
    if (t != NULL && t->category.len > 0)
      bh_map_put(&m->categories, t->category, m);
  }
}

bh_status bh_mapping_read(bh_mapping *out, bh_arena *a, billhook *b, bh_error *err)
{
  *out = (bh_mapping){ .arena = a, .engine = b };
  bh_map_init(&out->clients, a);
  bh_map_init(&out->contracts, a);
  bh_map_init(&out->taxes, a);
  bh_map_init(&out->categories, a);
  bh_called *taxes;
  size_t n;
  bh_workspace_taxes_called(b->ws, a, &taxes, &n);
  for (size_t i = 0; i < n; i++)
    note(out, &out->taxes, taxes[i].connector, taxes[i].ref, taxes[i].id);
  read_categories(out);
  return bh_each_client(b, note_client, out, err);
}

const bh_mapped *bh_mapping_client(bh_mapping *m, bh_str connector, bh_str ref) { return bh_map_get(&m->clients, key_of(m, connector, ref)); }

const bh_mapped *bh_mapping_contract(bh_mapping *m, bh_str connector, bh_str ref) { return bh_map_get(&m->contracts, key_of(m, connector, ref)); }

bh_str bh_mapping_product(const bh_mapping *m, bh_str connector, bh_str ref) { return bh_workspace_product_of(m->engine->ws, connector, ref); }

bh_str bh_mapping_category(bh_mapping *m, bh_str connector, bh_str ref)
{
  const bh_workspace *ws = m->engine->ws;
  const bh_mapped *mapped = bh_map_get(&m->taxes, key_of(m, connector, ref));
  for (size_t i = 0; mapped != NULL && i < ws->tax_count; i++)
    if (bh_str_eq(ws->taxes[i].id, mapped->id))
      return ws->taxes[i].applies_count > 0 ? ws->taxes[i].applies[0] : mapped->id;
  return bh_map_get(&m->categories, ref) != NULL ? ref : (bh_str){ "", 0 };
}
