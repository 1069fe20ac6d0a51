/* The lines of the bill, as objects that a rule reads and changes. */
#include "rules/impl.h"

typedef struct box { uint32_t tag, serial; size_t index; } box;

enum {
  KEY_PRODUCT = 1, KEY_DESCRIPTION, KEY_QUANTITY, KEY_PRICE, KEY_AMOUNT, KEY_COST, KEY_TAX, KEY_ID, KEY_UNIT, KEY_SECTION, KEY_PO, KEY_KIND,
  KEY_FROM, KEY_TO, KEY_COUNT
};

void bh_line_push(lua_State *L, size_t index)
{
  bh_rules *r = bh_rules_of(L);
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (box){BH_TAG_LINE, r->call.serial, index};
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->line_meta_ref);
  lua_setmetatable(L, -2);
}

static bh_owed_line *line_at(lua_State *L, int index, const char *doing)
{
  bh_rule_call *c = &bh_rules_of(L)->call;
  const box *b = lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;
  if (!b || b->tag != BH_TAG_LINE)
    bh_rules_error(L, "%s: a line was expected: call it with a colon", doing);
  else if (!c->active || b->serial != c->serial || b->index >= c->rated->line_count)
    bh_rules_error(L, "%s: the line belongs to another invoice", doing);
  return &c->rated->lines[b->index];
}

static void push_text_or_nil(lua_State *L, bh_str s)
{
  if (s.len)
    lua_pushlstring(L, s.ptr, s.len);
  else
    lua_pushnil(L);
}

static void push_day(lua_State *L, bh_day day)
{
  char text[12];
  lua_pushlstring(L, text, bh_day_format(text, day));
}

static int line_index(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  const bh_owed_line *l = line_at(L, 1, "line");
  static const char *const kinds[] = {"charge", "once", "minimum", "rule"};
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->line_keys_ref);
  lua_pushvalue(L, 2);
  int type = lua_rawget(L, -2);
  if (type == LUA_TFUNCTION)
    return 1;
  if (type != LUA_TNUMBER) {
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const char *names[KEY_COUNT];
    for (int i = 0; i < KEY_COUNT - 1; i++)
      names[i] = bh_line_words[i].name;
    const char *nearest = bh_str_nearest(bh_str_c(key), names, KEY_COUNT - 1);
    if (nearest)
      return bh_rules_error(L, "a line has no \"%s\"; did you mean \"%s\"?", key, nearest);
    return bh_rules_error(L, "a line has no \"%s\"", key);
  }
  switch (lua_tointeger(L, -1)) {
  case KEY_PRODUCT: push_text_or_nil(L, l->product); break;
  case KEY_DESCRIPTION: lua_pushlstring(L, l->description.ptr, l->description.len); break;
  case KEY_QUANTITY: bh_bill_push_ratio(L, l->quantity); break;
  case KEY_PRICE: bh_dec_push(L, l->unit_price); break;
  case KEY_AMOUNT: bh_dec_push(L, bh_money_dec(l->amount, r->call.billing->decimals)); break;
  case KEY_COST:
    if (l->has_cost)
      bh_dec_push(L, l->cost);
    else
      lua_pushnil(L);
    break;
  case KEY_TAX: push_text_or_nil(L, l->category); break;
  case KEY_ID: lua_pushlstring(L, l->key.ptr, l->key.len); break;
  case KEY_UNIT: push_text_or_nil(L, l->unit); break;
  case KEY_SECTION: push_text_or_nil(L, l->section); break;
  case KEY_PO: push_text_or_nil(L, l->po); break;
  case KEY_KIND: lua_pushstring(L, kinds[l->kind]); break;
  case KEY_FROM: push_day(L, l->from); break;
  default: push_day(L, l->until - 1); break;
  }
  return 1;
}

/* ---- changes ---- */
static void did_to_line(lua_State *L, bh_owed_line *l, bh_str deed)
{
  l->rule_note = l->rule_note.len ? bh_bill_fmt(L, "%.*s; %.*s", BH_STR_ARG(l->rule_note), BH_STR_ARG(deed)) : deed;
  bh_bill_did(L, bh_bill_fmt(L, "line %.*s: %.*s", BH_STR_ARG(l->key), BH_STR_ARG(deed)));
}

void bh_line_recompute(lua_State *L, bh_owed_line *l, bh_dec price, bh_ratio quantity)
{
  const bh_billing *b = bh_rules_of(L)->call.billing;
  int64_t amount;
  if (!bh_money_amount(&amount, price, quantity, l->fraction, b->decimals, b->rounding))
    bh_rules_error(L, "line \"%s\": the amount does not fit a number", lua_pushlstring(L, l->key.ptr, l->key.len));
  l->unit_price = price;
  l->quantity = quantity;
  l->amount = amount;
}

static void set_price(lua_State *L, bh_owed_line *l)
{
  bh_dec price = bh_dec_need_text(L, 3, "line.price"), was = l->unit_price;
  char from[32], to[32];
  bh_line_recompute(L, l, price, l->quantity);
  if (bh_dec_cmp(price, was) == 0)
    return;
  bh_dec_format(from, was);
  bh_dec_format(to, price);
  did_to_line(L, l, bh_bill_fmt(L, "price %s → %s", from, to));
}

enum { QUANTITY_DECIMALS_MAX = 6 };

bh_ratio bh_line_need_quantity(lua_State *L, int index, const char *what)
{
  bh_dec d = bh_dec_trim(bh_dec_need_text(L, index, what));
  bh_ratio q = {0, 1};
  if (d.coef < 0)
    bh_rules_error(L, "%s: a quantity is not below zero: what comes off is a bill:discount, or a line with a price below zero", what);
  if (d.scale > QUANTITY_DECIMALS_MAX)
    bh_rules_error(L, "%s: a quantity has at most 6 decimals: round it first", what);
  if (!bh_ratio_of_dec(&q, d))
    bh_rules_error(L, "%s: too large", what);
  return q;
}

static void set_quantity(lua_State *L, bh_owed_line *l)
{
  bh_ratio quantity = bh_line_need_quantity(L, 3, "line.quantity"), was = l->quantity;
  char from[32], to[32];
  bh_line_recompute(L, l, l->unit_price, quantity);
  if (bh_ratio_cmp(quantity, was) == 0)
    return;
  bh_ratio_format_dec(from, was, 4, NULL);
  bh_ratio_format_dec(to, quantity, 6, NULL);
  did_to_line(L, l, bh_bill_fmt(L, "quantity %s → %s", from, to));
}

static void set_description(lua_State *L, bh_owed_line *l)
{
  bh_str text = bh_bill_text(L, 3, "line.description"), was = l->description;
  l->description = text;
  if (!bh_str_eq(text, was))
    did_to_line(L, l, bh_bill_fmt(L, "description \"%.*s\" → \"%.*s\"", BH_STR_ARG(was), BH_STR_ARG(text)));
}

static int line_newindex(lua_State *L)
{
  bh_owed_line *l = line_at(L, 1, "line");
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  if (l->removed)
    return bh_rules_error(L, "line \"%s\" was removed", lua_pushlstring(L, l->key.ptr, l->key.len));
  bh_bill_change(L);
  if (strcmp(key, "price") == 0)
    set_price(L, l);
  else if (strcmp(key, "quantity") == 0)
    set_quantity(L, l);
  else if (strcmp(key, "description") == 0)
    set_description(L, l);
  else
    return bh_rules_error(L, "line.%s cannot be set: price, quantity and description can", key);
  return 0;
}

static int line_remove(lua_State *L)
{
  bh_owed_line *l = line_at(L, 1, "line:remove");
  if (l->removed)
    return 0;
  bh_bill_change(L);
  l->removed = true;
  l->amount = 0;
  did_to_line(L, l, BH_S("removed"));
  return 0;
}

static int line_eq(lua_State *L)
{
  const box *a = lua_touserdata(L, 1), *b = lua_touserdata(L, 2);
  lua_pushboolean(L, a->tag == b->tag && a->tag == BH_TAG_LINE && a->index == b->index && a->serial == b->serial);
  return 1;
}

/* ---- bill:lines ---- */

/* Upvalues: filter or nil, the next index, the number of lines there were at the start. */
static int lines_step(lua_State *L)
{
  bh_rule_call *c = &bh_rules_of(L)->call;
  const bh_rule_filter *f = lua_touserdata(L, lua_upvalueindex(1));
  size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(2)), n = (size_t)lua_tointeger(L, lua_upvalueindex(3));
  if (n > c->rated->line_count)
    n = c->rated->line_count;
  size_t first = i;
  while (i < n && !bh_filter_takes(f, &c->rated->lines[i]))
    i++;
  bh_rules_charge(L, (int64_t)(i - first));
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  if (i >= n)
    lua_pushnil(L);
  else
    bh_line_push(L, i);
  return 1;
}

int bh_bill_lines(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "lines");
  bh_filter_new(L, 2, "bill:lines");
  lua_pushinteger(L, 0);
  lua_pushinteger(L, (lua_Integer)c->rated->line_count);
  lua_pushcclosure(L, lines_step, 3);
  return 1;
}

const bh_word bh_line_words[] = { /* members first, in the order of their numbers */
  {NULL, "product", NULL, "string?",
   "Its product."},
  {NULL, "description", NULL, "string",
   "May be set."},
  {NULL, "quantity", NULL, "quantity",
   "At most 6 decimals; may be set, and the amount follows."},
  {NULL, "price", NULL, "decimal",
   "Of one unit, at most 9 decimals; may be set, and the amount follows."},
  {NULL, "amount", NULL, "decimal",
   "price × quantity × the share of the period, rounded once."},
  {NULL, "cost", NULL, "decimal?",
   "What it costs the MSP, where that is known."},
  {NULL, "tax", NULL, "string?",
   "Its tax category."},
  {NULL, "id", NULL, "string",
   "Its identity in the contract."},
  {NULL, "unit", NULL, "string?",
   "What the quantity counts."},
  {NULL, "section", NULL, "string?",
   "The section of the invoice."},
  {NULL, "po", NULL, "string?",
   "The purchase order."},
  {NULL, "kind", NULL, "\"charge\"|\"once\"|\"minimum\"|\"rule\"",
   "What it is."},
  {NULL, "from", NULL, "string",
   "First day."},
  {NULL, "to", NULL, "string",
   "Last day."},
  {NULL, "remove", line_remove, "",
   "Takes the line off the bill: nothing is owed for it."},
  {NULL, NULL, NULL, NULL, NULL},
};

void bh_bill_lines_open(lua_State *L)
{
  static const luaL_Reg meta[] = {{"__index", line_index}, {"__newindex", line_newindex}, {"__eq", line_eq}, {NULL, NULL}};
  bh_rules *r = bh_rules_of(L);
  luaL_newlib(L, meta);
  lua_pushliteral(L, "line");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  r->line_meta_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_newtable(L);
  bh_words_set(L, bh_line_words);
  r->line_keys_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
