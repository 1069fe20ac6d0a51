/* Lua values as trees. Fields are sorted, so that nothing depends on the order of Lua's tables. */
#include "workspace/lua_state.h"
#include <stdlib.h>

static int field_order(const void *a, const void *b) {
  return bh_str_cmp(((const bh_field *)a)->key, ((const bh_field *)b)->key);
}

static void bad(ws_lua *lua, const ws_statement *st, const char *message) {
  bh_str path = st->id.len ? bh_arena_fmt(lua->a, "%s \"%.*s\"", ws_words[st->word], BH_STR_ARG(st->id)) : bh_str_c(ws_words[st->word]);
  bh_mistake_add(lua->m, st->file, st->line, path, "%s", message);
}

static bh_str text_at(ws_lua *lua, int i) {
  bh_str s;
  s.ptr = lua_tolstring(lua->L, i, &s.len);
  return bh_arena_str(lua->a, s);
}

static bh_node *number(ws_lua *lua, int i, const ws_statement *st) {
  lua_State *L = lua->L;
  if (lua_isinteger(L, i)) {
    bh_node *n = bh_node_new(lua->a, BH_NODE_INT);
    n->integer = lua_tointeger(L, i);
    n->text = bh_arena_fmt(lua->a, "%lld", (long long)n->integer);
    return n;
  }
  bh_node *n = bh_node_new(lua->a, BH_NODE_FLOAT);
  lua_pushvalue(L, i);
  n->text = text_at(lua, -1);
  lua_pop(L, 1);
  if (!memchr(n->text.ptr, 'n', n->text.len)) return n;
  bad(lua, st, "a number that is not finite");
  return bh_node_new(lua->a, BH_NODE_NULL);
}

static bh_node *table(ws_lua *lua, int i, const ws_statement *st, int depth) {
  lua_State *L = lua->L;
  bh_node *t = bh_node_new(lua->a, BH_NODE_TABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, i);
  luaL_checkstack(L, 8, "nested too deep");
  for (lua_Integer k = 1; k <= n; k++) {
    lua_rawgeti(L, i, k);
    bh_node_push(lua->a, t, ws_lua_node(lua, lua_gettop(L), st, depth + 1));
    lua_pop(L, 1);
  }
  lua_pushnil(L);
  while (lua_next(L, i)) {
    bh_str key;
    if (lua_isinteger(L, -2)) {
      lua_Integer k = lua_tointeger(L, -2);
      if (k >= 1 && k <= n) {
        lua_pop(L, 1);
        continue;
      }
      key = bh_arena_fmt(lua->a, "%lld", (long long)k);
    } else if (lua_type(L, -2) == LUA_TSTRING) {
      key = text_at(lua, -2);
      if (!bh_utf8_ok(key)) {
        bad(lua, st, "a key that is not UTF-8");
        key = BH_S("?");
      }
    } else {
      bad(lua, st, "a key that is neither a string nor a whole number");
      lua_pop(L, 1);
      continue;
    }
    bh_node_add(lua->a, t, key, ws_lua_node(lua, lua_gettop(L), st, depth + 1));
    lua_pop(L, 1);
  }
  if (t->field_count > 1) qsort(t->fields, t->field_count, sizeof *t->fields, field_order);
  t->is_array = t->item_count > 0 && t->field_count == 0;
  return t;
}

bh_node *ws_lua_node(ws_lua *lua, int i, const ws_statement *st, int depth) {
  lua_State *L = lua->L;
  bh_dec d;
  if (depth > WS_DEPTH_MAX) {
    bad(lua, st, "tables nested too deep");
    return bh_node_new(lua->a, BH_NODE_NULL);
  }
  switch (lua_type(L, i)) {
  case LUA_TNIL: return bh_node_new(lua->a, BH_NODE_NULL);
  case LUA_TBOOLEAN: {
    bh_node *n = bh_node_new(lua->a, BH_NODE_BOOL);
    n->boolean = lua_toboolean(L, i);
    return n;
  }
  case LUA_TNUMBER: return number(lua, i, st);
  case LUA_TSTRING: {
    bh_str s = text_at(lua, i);
    if (!bh_utf8_ok(s)) {
      bad(lua, st, "a string that is not UTF-8");
      s = BH_S("?");
    }
    return bh_node_str(lua->a, s);
  }
  case LUA_TTABLE: return table(lua, i, st, depth);
  default:
    if (ws_lua_is_dec(L, i, &d)) {
      char text[32];
      size_t n = bh_dec_format(text, d);
      return bh_node_str(lua->a, (bh_str){text, n});
    }
    if (!ws_lua_is_stub(L, i)) bad(lua, st, "a function where a value is expected; a rule is written rule \"CONTRACT\" (function(bill) … end)");
    return bh_node_new(lua->a, BH_NODE_NULL);
  }
}
