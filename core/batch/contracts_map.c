/* A platform's contract in the workspace's words: our client, our products, our tax categories. Whole, or not at all. */
#include "batch/contracts.h"

typedef struct mapping { bh_left_out *left; const bh_contract_in *x; bh_mapping *m; bh_str connector; bh_arena *a; size_t product_cap; } mapping;

static void no_product(mapping *q, bh_str ref)
{
  bh_left_out *left = q->left;
  for (size_t i = 0; i < left->product_count; i++)
    if (bh_str_eq(left->products[i], ref))
      return;
  if (left->product_count == q->product_cap) {
    q->product_cap = q->product_cap ? q->product_cap * 2 : 4;
    bh_str *grown = BH_NEWN(q->a, bh_str, q->product_cap);
    if (left->product_count)
      memcpy(grown, left->products, left->product_count * sizeof *grown);
    left->products = grown;
  }
  left->products[left->product_count++] = ref;
}

static bool is_name(const bh_node *n) { return n != NULL && (n->kind == BH_NODE_STR || n->kind == BH_NODE_INT); }

static bool taxes_choose(const bh_workspace *ws) /* does a line's category decide anything? */
{
  for (size_t i = 0; i < ws->tax_count; i++)
    if (ws->taxes[i].applies_count > 0)
      return true;
  return false;
}

static bh_node *map_line(mapping *q, const bh_node *line)
{
  bh_node *out = bh_node_new(q->a, BH_NODE_TABLE);
  for (size_t i = 0; i < line->field_count; i++) {
    bh_str key = line->fields[i].key;
    bh_node *v = line->fields[i].value;
    if (bh_str_eqz(key, "product") && is_name(v)) {
      bh_str ours = bh_mapping_product(q->m, q->connector, v->text);
      if (ours.len == 0)
        no_product(q, v->text);
      v = bh_node_str(q->a, ours);
    } else if (bh_str_eqz(key, "tax") && is_name(v)) {
      bh_str category = bh_mapping_category(q->m, q->connector, v->text);
      if (category.len == 0 && taxes_choose(q->m->engine->ws))
        q->left->tax = v->text;
      v = bh_node_str(q->a, category.len > 0 ? category : v->text);
    }
    bh_node_set(q->a, out, key, v);
  }
  return out;
}

static bh_node *map_lines(mapping *q, const bh_node *lines)
{
  bh_node *out = bh_node_new(q->a, BH_NODE_TABLE);
  out->is_array = true;
  for (size_t i = 0; i < lines->item_count; i++)
    bh_node_push(q->a, out, lines->items[i]->kind == BH_NODE_TABLE ? map_line(q, lines->items[i]) : lines->items[i]);
  return out;
}

/* Why it cannot be written; empty: it can. */
static bh_str trouble(mapping *q, const bh_mapped *client)
{
  bh_str name = q->connector;
  if (client == NULL)
    return bh_arena_fmt(q->a, "no client claims \"%.*s\": ids = { %.*s = \"%.*s\" } on one does", BH_STR_ARG(q->x->client), BH_STR_ARG(name), BH_STR_ARG(q->x->client));
  if (client->twice)
    return bh_arena_fmt(q->a, "more than one client claims \"%.*s\"; expected one", BH_STR_ARG(q->x->client));
  if (q->left->product_count > 0)
    return bh_arena_fmt(q->a, "no product is called \"%.*s\" there%s: ids = { %.*s = \"%.*s\" } on one maps it", BH_STR_ARG(q->left->products[0]),
                        q->left->product_count > 1 ? ", and others are missing too" : "", BH_STR_ARG(name), BH_STR_ARG(q->left->products[0]));
  if (q->left->tax.len > 0)
    return bh_arena_fmt(q->a, "no tax is called \"%.*s\" there: ids = { %.*s = \"%.*s\" } on one maps it", BH_STR_ARG(q->left->tax), BH_STR_ARG(name), BH_STR_ARG(q->left->tax));
  return (bh_str){ "", 0 };
}

bh_str bh_contract_mapped(bh_left_out *left, bh_str *id, bh_str *client, bh_str *currency, const bh_contract_in *x, bh_mapping *m, bh_str connector, bh_arena *a)
{
  mapping q = { .left = left, .x = x, .m = m, .connector = connector, .a = a };
  const bh_mapped *owner = bh_mapping_client(m, connector, x->client), *own = bh_mapping_contract(m, connector, x->id);
  bh_node *n = bh_node_new(a, BH_NODE_TABLE), *ids = bh_node_new(a, BH_NODE_TABLE);
  for (size_t i = 0; i < x->json->field_count; i++) {
    bh_node *v = x->json->fields[i].value;
    bool lines = bh_str_eqz(x->json->fields[i].key, "lines") && v->kind == BH_NODE_TABLE;
    bh_node_set(a, n, x->json->fields[i].key, lines ? map_lines(&q, v) : v);
  }
  left->unclaimed = owner == NULL || owner->twice;
  left->why = trouble(&q, owner);
  if (left->why.len > 0)
    return (bh_str){ "", 0 };
  *id = own != NULL ? own->id : x->id;
  *client = owner->id;
  const bh_node *money = bh_node_get(n, "currency");
  *currency = is_name(money) ? money->text : (bh_str){ "", 0 };
  bh_node_set(a, ids, connector, bh_node_str(a, x->id));
  bh_node_set(a, n, BH_S("ids"), ids);
  bh_node_set(a, n, BH_S("id"), bh_node_str(a, *id));
  bh_node_set(a, n, BH_S("client"), bh_node_str(a, *client));
  bh_node_set(a, n, BH_S("type"), bh_node_str(a, BH_S("contract")));
  bh_buf text;
  bh_buf_init(&text, 16u << 20);
  bh_json_write(&text, n);
  bh_str out = bh_arena_str(a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}
