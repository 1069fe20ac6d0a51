/* Between value trees (JSON) and Lua. */
#include "rules/impl.h"

enum { DEPTH_MAX = 16, NODES_MAX = 4096 };

/* Fields that hold money or a quantity as a decimal string in the documents that a rule may read. */
static bool is_money(bh_str key)
{
  static const char *const names[] = {"amount", "cost", "net", "percent", "price", "quantity", "subtotal", "tax_total", "total", "unit_price"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (bh_str_eqz(key, names[i]))
      return true;
  return false;
}

void bh_node_push_lua(lua_State *L, const bh_node *n, bool money)
{
  bh_dec d;
  luaL_checkstack(L, 6, "nested too deeply");
  switch (n->kind) {
  case BH_NODE_BOOL: lua_pushboolean(L, n->boolean); break;
  case BH_NODE_INT: lua_pushinteger(L, n->integer); break;
  case BH_NODE_STR: lua_pushlstring(L, n->text.ptr, n->text.len); break;
  case BH_NODE_FLOAT:
    if (bh_dec_parse(&d, n->text, BH_DEC_SCALE_MAX))
      bh_dec_push(L, d);
    else
      lua_pushlstring(L, n->text.ptr, n->text.len);
    break;
  case BH_NODE_TABLE:
    lua_createtable(L, n->item_count < 4096 ? (int)n->item_count : 4096, n->field_count < 4096 ? (int)n->field_count : 4096);
    for (size_t i = 0; i < n->item_count; i++) {
      bh_node_push_lua(L, n->items[i], money);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    for (size_t i = 0; i < n->field_count; i++) {
      const bh_field *f = &n->fields[i];
      lua_pushlstring(L, f->key.ptr, f->key.len);
      if (money && f->value->kind == BH_NODE_STR && is_money(f->key) && bh_dec_parse(&d, f->value->text, BH_DEC_SCALE_MAX))
        bh_dec_push(L, d);
      else
        bh_node_push_lua(L, f->value, money);
      lua_rawset(L, -3);
    }
    break;
  default: lua_pushnil(L);
  }
}

void bh_json_push_lua(lua_State *L, bh_str json, bool money)
{
  bh_rules *r = bh_rules_of(L);
  bh_node *n;
  bh_error why;
  bh_rules_account(L, json.len * 4);
  if (bh_json_parse(&n, r->call.arena, json, NULL, &why) != BH_OK)
    bh_rules_error(L, "what the host answered cannot be read: %s", why.message);
  bh_node_push_lua(L, n, money);
}

static bh_node *from_lua(lua_State *L, int index, int depth, int *left)
{
  bh_arena *a = bh_rules_of(L)->call.arena;
  size_t len;
  const char *s;
  if (depth > DEPTH_MAX || --*left < 0)
    bh_rules_error(L, "the selector is too large");
  bh_rules_account(L, sizeof(bh_node));
  index = lua_absindex(L, index);
  bh_node *n;
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN:
    n = bh_node_new(a, BH_NODE_BOOL);
    n->boolean = lua_toboolean(L, index);
    return n;
  case LUA_TSTRING:
    s = lua_tolstring(L, index, &len);
    if (!bh_utf8_ok((bh_str){s, len}))
      bh_rules_error(L, "a text in the selector is not UTF-8");
    bh_rules_account(L, len);
    return bh_node_str(a, bh_arena_str(a, (bh_str){s, len}));
  case LUA_TNUMBER: {
    bh_dec d = bh_dec_need(L, index, NULL); /* refuses floats */
    char text[32];
    n = bh_node_new(a, BH_NODE_INT);
    n->integer = d.coef;
    n->text = bh_arena_str(a, (bh_str){text, bh_dec_format(text, d)});
    return n;
  }
  case LUA_TUSERDATA: {
    const bh_dec *d = bh_dec_at(L, index);
    char text[32];
    if (!d)
      bh_rules_error(L, "a selector cannot hold such a value");
    return bh_node_str(a, bh_arena_str(a, (bh_str){text, bh_dec_format(text, *d)}));
  }
  case LUA_TTABLE: break;
  default: bh_rules_error(L, "a selector cannot hold a %s", luaL_typename(L, index)); return NULL;
  }
  n = bh_node_new(a, BH_NODE_TABLE);
  luaL_checkstack(L, 8, "nested too deeply");
  bh_freeze_plain(L, index);
  int table = lua_gettop(L);
  lua_Integer items = (lua_Integer)lua_rawlen(L, table);
  n->is_array = items > 0;
  for (lua_Integer i = 1; i <= items; i++) {
    lua_rawgeti(L, table, i);
    bh_node_push(a, n, from_lua(L, -1, depth + 1, left));
    lua_pop(L, 1);
  }
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TNUMBER)
      continue; /* an item */
    if (lua_type(L, -2) != LUA_TSTRING)
      bh_rules_error(L, "a key in the selector is a %s", luaL_typename(L, -2));
    s = lua_tolstring(L, -2, &len);
    if (!bh_utf8_ok((bh_str){s, len}))
      bh_rules_error(L, "a key in the selector is not UTF-8");
    bh_node *value = from_lua(L, -1, depth + 1, left);
    bh_rules_account(L, len + sizeof(bh_field));
    bh_node_set(a, n, bh_arena_str(a, (bh_str){s, len}), value);
    n->is_array = false;
  }
  lua_settop(L, table - 1);
  return n;
}

bh_node *bh_node_from_lua(lua_State *L, int index)
{
  int left = NODES_MAX;
  return from_lua(L, index, 0, &left);
}
