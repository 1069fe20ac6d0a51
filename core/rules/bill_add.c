/* bill:add: lines that the rule makes. */
#include "rules/impl.h"

static bh_str optional_text(lua_State *L, int table, const char *key, const char *what)
{
  bh_str s = {"", 0};
  if (lua_getfield(L, table, key) != LUA_TNIL)
    s = bh_bill_text(L, -1, what);
  lua_pop(L, 1);
  return s;
}

/* By its id, else by its text and how often that was added before. */
static bh_str rule_key(lua_State *L, bh_str id, bh_str text)
{
  if (!id.len)
    return bh_bill_ordinal(L, "rule:", text);
  bh_str key = bh_bill_fmt(L, "rule:%.*s", BH_STR_ARG(id));
  if (!bh_bill_take(L, key))
    bh_rules_error(L, "bill:add: there is a line with the id \"%s\" already", id.ptr);
  return key;
}

static bh_str product_name(const bh_billing *b, bh_str product)
{
  for (size_t i = 0; i < b->line_count; i++)
    if (bh_str_eq(b->lines[i].product, product) && b->lines[i].description.len)
      return b->lines[i].description;
  return product;
}

int bh_bill_add(lua_State *L)
{
  static const char *const known[] = {"id", "text", "product", "quantity", "price", "tax", "unit", "section", "po", "cost", NULL};
  bh_rule_call *c = bh_bill_self(L, "add");
  const bh_billing *b = c->billing;
  luaL_checktype(L, 2, LUA_TTABLE);
  bh_bill_keys(L, 2, "bill:add", known);
  bh_bill_change(L);
  if (c->rated->line_count - c->line_count_before >= (size_t)bh_rules_of(L)->limits.lines_max)
    return bh_rules_error(L, "the rule adds more than %d lines", (int)bh_rules_of(L)->limits.lines_max);
  bh_owed_line l = {.line_index = UINT32_MAX, .kind = BH_OWED_RULE, .whole_from = b->period_from, .whole_until = b->period_until,
                    .from = b->period_from, .until = b->period_until, .quantity = bh_ratio_int(1), .fraction = bh_ratio_int(1)};
  bh_str id = optional_text(L, 2, "id", "bill:add: id"), text = optional_text(L, 2, "text", "bill:add: text");
  l.product = optional_text(L, 2, "product", "bill:add: product");
  l.category = optional_text(L, 2, "tax", "bill:add: tax");
  l.unit = optional_text(L, 2, "unit", "bill:add: unit");
  l.section = optional_text(L, 2, "section", "bill:add: section");
  l.po = optional_text(L, 2, "po", "bill:add: po");
  if (!text.len && !l.product.len)
    return bh_rules_error(L, "bill:add: a text or a product was expected");
  l.description = text.len ? text : product_name(b, l.product);
  if (lua_getfield(L, 2, "price") == LUA_TNIL)
    return bh_rules_error(L, "bill:add: a price was expected");
  bh_dec price = bh_dec_need_text(L, -1, "bill:add: price");
  if (lua_getfield(L, 2, "quantity") != LUA_TNIL)
    l.quantity = bh_line_need_quantity(L, -1, "bill:add: quantity");
  if (lua_getfield(L, 2, "cost") != LUA_TNIL) {
    l.cost = bh_dec_need_text(L, -1, "bill:add: cost");
    l.has_cost = true;
  }
  l.key = rule_key(L, id, text.len ? text : l.product);
  bh_line_recompute(L, &l, price, l.quantity);
  l.rule_note = BH_S("added");
  bh_rules_account(L, sizeof l * 2);
  bh_rated_add_line(c->rated, c->arena, &l);
  char quantity[32], shown[32];
  bh_ratio_format_dec(quantity, l.quantity, 6, NULL);
  bh_dec_format(shown, l.unit_price);
  bh_bill_did(L, bh_bill_fmt(L, "added %.*s: %s × %s", BH_STR_ARG(l.description), quantity, shown));
  bh_line_push(L, c->rated->line_count - 1);
  return 1;
}
