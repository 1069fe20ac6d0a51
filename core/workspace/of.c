/* `of`: "all", a product, a list of products, or { tax = "service", section = { "A", "B" } }. */
#include "billing/rating.h"
#include "workspace/internal.h"

static void products_check(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_str *ids, size_t count) {
  const struct bh_workspace_impl *x = ck->ws->impl;
  for (size_t i = 0; i < count; i++)
    if (ids[i].len && !bh_map_get(&x->products, ids[i]))
      ws_bad_name(ck, n->kind == BH_NODE_STR ? at : WS_AT(at, i), "product", ids[i], x->product_ids, x->product_count);
}

static bool one(ws_ck *ck, const ws_path *at, const bh_node *n, bh_of_key key, bh_of *out) {
  bh_of_test *t = &out->tests[out->test_count];
  *t = (bh_of_test){.key = key};
  if (!ws_texts(ck, at, n, &t->values, &t->value_count)) return false;
  if (t->value_count == 0) {
    ws_bad(ck, at, key == BH_OF_PRODUCT ? "an empty list; expected products, or { tax = … }" : "an empty list; expected a text, or several");
    return false;
  }
  if (key == BH_OF_PRODUCT) products_check(ck, at, n, t->values, t->value_count);
  out->test_count++;
  return true;
}

bool ws_of(ws_ck *ck, const ws_path *at, const bh_node *n, bh_of *out) {
  size_t before = ck->bad;
  *out = (bh_of){.tests = BH_NEWN(ck->a, bh_of_test, BH_OF_KEY_COUNT)};
  if (n->kind == BH_NODE_STR && bh_str_eqz(n->text, "all")) return true;
  if (n->kind != BH_NODE_TABLE || n->field_count == 0) return one(ck, at, n, BH_OF_PRODUCT, out);
  bh_node *v[BH_OF_KEY_COUNT];
  if (!ws_pick(ck, at, n, bh_of_keys, BH_OF_KEY_COUNT, v, NULL, NULL)) return false;
  for (int i = 0; i < BH_OF_KEY_COUNT; i++)
    if (v[i]) one(ck, WS_KEYS(at, bh_str_c(bh_of_keys[i])), v[i], (bh_of_key)i, out);
  return ck->bad == before;
}
