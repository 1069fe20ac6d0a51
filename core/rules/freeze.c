/* Read-only in place: a table's content moves to a shadow, the table itself stays empty and answers through it. Its identity stays, so
 * whoever holds it (an upvalue, another table, itself) needs no change. Rules have no rawset and no getmetatable to get around it. */
#include "rules/impl.h"
#include <stdlib.h>

static int on_write(lua_State *L)
{
  switch (lua_type(L, 2)) {
  case LUA_TSTRING:
    return bh_rules_error(L, "cannot set field \"%s\": what comes from outside the rule is read-only", lua_tostring(L, 2));
  case LUA_TNUMBER:
    if (lua_isinteger(L, 2))
      return bh_rules_error(L, "cannot set item [%I]: what comes from outside the rule is read-only", (LUAI_UACINT)lua_tointeger(L, 2));
    /* fall through */
  default:
    return bh_rules_error(L, "cannot set an item: what comes from outside the rule is read-only");
  }
}

static int on_length(lua_State *L)
{
  bh_freeze_plain(L, 1);
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
  return 1;
}

/* Tables in a rule have a metatable only where they are read-only (or are a call's globals, whose __index is a table as well). */
void bh_freeze_plain(lua_State *L, int index)
{
  index = lua_absindex(L, index);
  if (!lua_getmetatable(L, index)) {
    lua_pushvalue(L, index);
    return;
  }
  lua_pushliteral(L, "shadow");
  lua_rawget(L, -2);
  lua_remove(L, -2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushvalue(L, index);
  }
}

void bh_freeze_table(lua_State *L)
{
  int table = lua_gettop(L);
  luaL_checkstack(L, 8, NULL);
  if (lua_getmetatable(L, table)) { /* done before */
    lua_pop(L, 1);
    bh_freeze_plain(L, table);
    return;
  }
  lua_newtable(L);
  int shadow = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, shadow);
  }
  lua_createtable(L, 0, 5);
  lua_pushvalue(L, shadow);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, shadow);
  lua_setfield(L, -2, "shadow");
  lua_pushcfunction(L, on_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, on_length);
  lua_setfield(L, -2, "__len");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  /* emptied last: what came before may have failed for want of memory */
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, table);
  }
  lua_setmetatable(L, table);
}

static void keep_upvalue(lua_State *L, bh_bundle *b, int function, int n)
{
  /* the value is on top, and stays there */
  if (b->upvalue_count == b->upvalue_cap) {
    size_t cap = b->upvalue_cap ? b->upvalue_cap * 2 : 16;
    int *p = realloc(b->upvalues, cap * sizeof *p); /* the bundle owns it, whatever error comes */
    if (!p)
      bh_out_of_memory(cap * sizeof *p);
    b->upvalues = p;
    b->upvalue_cap = cap;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_functions_ref);
  lua_pushvalue(L, function);
  lua_rawseti(L, -2, (lua_Integer)b->upvalue_count + 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_values_ref);
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, (lua_Integer)b->upvalue_count + 1);
  lua_pop(L, 2);
  b->upvalues[b->upvalue_count++] = n;
}

/* The upvalue is the _ENV of a chunk: a call's globals are put there. */
static bool is_env(lua_State *L, bh_bundle *b, void *id)
{
  bool found = false;
  for (size_t i = 0; i < b->env_count && !found; i++) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->envs[i].chunk_ref);
    found = lua_upvalueid(L, -1, 1) == id;
    lua_pop(L, 1);
  }
  return found;
}

/* visited[key at the top] = true, key popped; false where it was. */
static bool first_visit(lua_State *L, int visited)
{
  lua_pushvalue(L, -1);
  if (lua_rawget(L, visited) != LUA_TNIL) {
    lua_pop(L, 2);
    return false;
  }
  lua_pop(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, visited);
  return true;
}

static void push_to(lua_State *L, int queue, lua_Integer *n)
{
  switch (lua_type(L, -1)) {
  case LUA_TTABLE: case LUA_TFUNCTION: case LUA_TUSERDATA:
    lua_rawseti(L, queue, ++*n);
    break;
  default:
    lua_pop(L, 1);
  }
}

static void reach_function(lua_State *L, bh_bundle *b, int function, int visited, int queue, lua_Integer *n)
{
  if (lua_iscfunction(L, function)) {
    if (lua_getupvalue(L, function, 1))
      bh_rules_error(L, "an iterator cannot be kept at the top level of a file: its state would go from one invoice to the next");
    return;
  }
  for (int i = 1; lua_getupvalue(L, function, i); i++) {
    void *id = lua_upvalueid(L, function, i);
    lua_pushlightuserdata(L, id);
    if (!first_visit(L, visited) || is_env(L, b, id)) {
      lua_pop(L, 1);
      continue;
    }
    keep_upvalue(L, b, function, i);
    push_to(L, queue, n);
  }
}

static void reach_table(lua_State *L, int table, int queue, lua_Integer *n)
{
  lua_pushvalue(L, table);
  bh_freeze_table(L);
  int shadow = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, shadow)) {
    push_to(L, queue, n);
    lua_pushvalue(L, -1);
    push_to(L, queue, n);
  }
  lua_settop(L, table);
}

void bh_freeze_reach(lua_State *L, bh_bundle *b)
{
  luaL_checkstack(L, 16, NULL);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_rawgeti(L, -1, BH_BUNDLE_VISITED);
  lua_newtable(L);
  lua_remove(L, -3);
  int queue = lua_gettop(L), visited = queue - 1;
  lua_Integer n = 0;
  lua_pushvalue(L, visited - 1);
  push_to(L, queue, &n);
  while (n > 0) {
    lua_rawgeti(L, queue, n);
    lua_pushnil(L);
    lua_rawseti(L, queue, n--);
    int value = lua_gettop(L);
    lua_pushvalue(L, value);
    if (first_visit(L, visited)) {
      switch (lua_type(L, value)) {
      case LUA_TFUNCTION: reach_function(L, b, value, visited, queue, &n); break;
      case LUA_TTABLE: reach_table(L, value, queue, &n); break;
      default: /* userdata */
        bh_select_reach(L, value);
        push_to(L, queue, &n);
      }
    }
    lua_settop(L, queue);
  }
  lua_settop(L, visited - 2);
}
