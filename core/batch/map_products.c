/* A platform's products and taxes that nothing of ours says it is. */
#include "batch/map_things.h"
#include <stdlib.h>

bh_map_thing *bh_map_thing_of(bh_map_things *t, bh_str ref)
{
  bh_map_thing **slot = (bh_map_thing **)bh_map_ref(&t->by_ref, ref);
  if (*slot != NULL)
    return *slot;
  if (t->count == t->cap) {
    size_t cap = t->cap ? t->cap * 2 : 64;
    bh_map_thing **grown = BH_NEWN(t->arena, bh_map_thing *, cap);
    if (t->count)
      memcpy(grown, t->items, t->count * sizeof *grown);
    t->items = grown;
    t->cap = cap;
  }
  *slot = t->items[t->count++] = BH_NEW(t->arena, bh_map_thing);
  (*slot)->ref = bh_arena_str(t->arena, ref);
  (*slot)->name = (bh_str){ "", 0 };
  return *slot;
}

void bh_map_things_init(bh_map_things *t, bh_arena *a)
{
  *t = (bh_map_things){ .arena = a };
  bh_map_init(&t->by_ref, a);
}

/* What the contracts that were left out are waiting for. */
static void of_contracts(bh_map_things *products, bh_map_things *taxes, const bh_node *left)
{
  for (size_t i = 0; left != NULL && i < left->item_count; i++) {
    const bh_node *list = bh_node_get(left->items[i], "products"), *tax = bh_node_get(left->items[i], "tax");
    for (size_t k = 0; list != NULL && list->kind == BH_NODE_TABLE && k < list->item_count; k++)
      bh_map_thing_of(products, list->items[k]->text)->needed = true;
    if (tax != NULL && tax->kind == BH_NODE_STR)
      bh_map_thing_of(taxes, tax->text)->needed = true;
  }
}

/* What charges are of. A charge with a price is billed without a product of ours as well, but by no tax category and into no product's revenue. Many
 * platforms list no products: then the charge's own words stand for the name. */
static bh_status of_charges(bh_map_things *products, billhook *b, bh_str connector, bh_day from, bh_error *err)
{
  bh_arena a;
  bh_charge_names *rows;
  size_t n = 0;
  bh_arena_init(&a);
  bh_status st = bh_store_charge_names(b->store, &rows, &n, &a, connector, from, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    if (bh_use_ignores(b->ws, connector, rows[i].client))
      continue;
    bh_map_thing *x = bh_map_thing_of(products, rows[i].product);
    x->needed = true;
    if (x->name.len == 0)
      x->name = bh_arena_str(products->arena, rows[i].description);
  }
  bh_arena_dispose(&a);
  return st;
}

bh_status bh_map_things_read(bh_map_things *products, bh_map_things *taxes, billhook *b, bh_str connector, const bh_node *left, bh_error *err)
{
  bh_platform_product *rows;
  bh_cost_row *costs;
  size_t n = 0, cost_n = 0;
  bh_arena *a = products->arena;
  bh_day from = b->today - 400; /* a year, and the months that are billed late */
  bh_status st = bh_store_products(b->store, &rows, &n, a, connector, err);
  if (st == BH_OK)
    st = bh_store_costs(b->store, &costs, &cost_n, a, from, BH_DAY_MAX, err);
  if (st != BH_OK)
    return st;
  for (size_t i = 0; i < n; i++)
    bh_map_thing_of(products, rows[i].id)->name = rows[i].name;
  for (size_t i = 0; i < cost_n; i++)
    if (bh_str_eq(costs[i].connector, connector))
      bh_map_thing_of(products, costs[i].product)->needed = true;
  of_contracts(products, taxes, left);
  return of_charges(products, b, connector, from, err);
}

static int by_need(const void *x, const void *y)
{
  const bh_map_thing *a = *(bh_map_thing *const *)x, *b = *(bh_map_thing *const *)y;
  if (a->needed != b->needed)
    return a->needed ? -1 : 1;
  return bh_str_cmp(a->ref, b->ref);
}

void bh_map_things_sort(bh_map_things *t, billhook *b, bh_str connector, bool products)
{
  size_t kept = 0;
  for (size_t i = 0; i < t->count; i++)
    if (!products || bh_workspace_product_of(b->ws, connector, t->items[i]->ref).len == 0)
      t->items[kept++] = t->items[i];
  t->count = kept;
  if (t->count > 1)
    qsort(t->items, t->count, sizeof *t->items, by_need);
}

static size_t common(const bh_name_key *a, const bh_name_key *b)
{
  size_t n = 0;
  for (size_t i = 0; i < a->count; i++)
    for (size_t k = 0; k < b->count; k++)
      if (bh_str_eq(a->words[i], b->words[k])) {
        n++;
        break;
      }
  return n;
}

static void guess(bh_map_thing *x, bh_str id, const bh_name_key *own_id, const bh_name_key *own, bh_arena *a, int32_t *exact)
{
  bh_name_key name, ref;
  bh_name_key_of(&name, a, x->name);
  bh_name_key_of(&ref, a, x->ref);
  bool by_id = own_id->key.len > 0 && (bh_str_eq(own_id->key, name.key) || bh_str_eq(own_id->key, ref.key));
  bool by_name = own->key.len > 0 && (bh_str_eq(own->key, name.key) || bh_str_eq(own->key, ref.key));
  size_t most = name.count > own->count ? name.count : own->count;
  int32_t score = by_id || by_name ? 100 : most > 0 ? (int32_t)(85 * common(&name, own) / most) : 0;
  *exact += by_id || by_name;
  if (score < 50 || score <= x->score)
    return;
  x->score = score;
  x->ours = id;
  x->by = by_id ? "id" : by_name ? "name" : "words";
}

void bh_map_things_guess(bh_map_things *t, const bh_map_own *own, size_t n)
{
  for (size_t i = 0; i < t->count; i++)
    for (size_t k = 0; k < n; k++)
      guess(t->items[i], own[k].id, &own[k].id_key, &own[k].name_key, t->arena, &t->items[i]->exact);
}

bh_map_own *bh_map_own_products(size_t *n, billhook *b, bh_arena *a)
{
  const char *const *ids;
  bh_workspace_products(b->ws, &ids, n);
  bh_map_own *out = BH_NEWN(a, bh_map_own, *n + 1);
  for (size_t i = 0; i < *n; i++) {
    const bh_line_terms *t = bh_workspace_list_terms(b->ws, bh_str_c(ids[i]), b->ws->currency);
    out[i].id = bh_str_c(ids[i]);
    bh_name_key_of(&out[i].id_key, a, out[i].id);
    bh_name_key_of(&out[i].name_key, a, t != NULL ? t->name : out[i].id);
  }
  return out;
}

bh_map_own *bh_map_own_taxes(size_t *n, billhook *b, bh_arena *a)
{
  *n = b->ws->tax_count;
  bh_map_own *out = BH_NEWN(a, bh_map_own, *n + 1);
  for (size_t i = 0; i < *n; i++) {
    out[i].id = b->ws->taxes[i].id;
    bh_name_key_of(&out[i].id_key, a, out[i].id);
    bh_name_key_of(&out[i].name_key, a, b->ws->taxes[i].name);
  }
  return out;
}
