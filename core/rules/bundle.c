/* A bundle's life: a file's chunk and those of its modules, each with globals of its own; what a call finds there, and what it leaves. */
#include "rules/impl.h"
#include <stdlib.h>

bh_bundle *bh_bundle_new(bh_rules *r)
{
  bh_bundle *b = calloc(1, sizeof *b);
  if (!b)
    bh_out_of_memory(sizeof *b);
  b->table_ref = b->kept_functions_ref = b->kept_values_ref = LUA_NOREF;
  b->next = r->bundle_list;
  r->bundle_list = b;
  return b;
}

static void bundle_free_first(bh_rules *r)
{
  bh_bundle *b = r->bundle_list;
  r->bundle_list = b->next;
  free(b->upvalues);
  free(b->envs);
  free(b);
}

void bh_bundles_free(bh_rules *r)
{
  while (r->bundle_list)
    bundle_free_first(r);
}

/* The newest one, which came to nothing: Lua may collect what it has. */
void bh_bundle_drop(bh_rules *r)
{
  const bh_bundle *b = r->bundle_list;
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->table_ref);
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->kept_functions_ref);
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->kept_values_ref);
  for (size_t i = 0; i < b->env_count; i++) {
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].chunk_ref);
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].globals_ref);
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].meta_ref);
  }
  bundle_free_first(r);
}

/* ---- chunks and their globals ---- */

/* Compiles a source and leaves its function on the stack, with a new empty table as its globals (it is pushed below: globals, function). */
void bh_bundle_load(lua_State *L, bh_bundle *b, bh_str source, const char *chunk_name)
{
  bh_rules *r = bh_rules_of(L);
  if (source.len > BH_RULE_SOURCE_MAX)
    bh_rules_error(L, "%s: the file is larger than %d bytes", chunk_name + 1, (int)BH_RULE_SOURCE_MAX);
  if (bh_str_starts(source, BH_S("\xEF\xBB\xBF"))) {
    source.ptr += 3;
    source.len -= 3;
  }
  if (b->env_count == b->env_cap) {
    size_t cap = b->env_cap ? b->env_cap * 2 : 2;
    bh_rule_env *p = realloc(b->envs, cap * sizeof *p);
    if (!p)
      bh_out_of_memory(cap * sizeof *p);
    b->envs = p;
    b->env_cap = cap;
  }
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->sandbox_ref);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  if (luaL_loadbufferx(L, source.ptr, source.len, chunk_name, "t") != LUA_OK)
    lua_error(L);
  lua_pushvalue(L, -2);
  if (!lua_setupvalue(L, -2, 1)) /* cannot be: a main chunk has its _ENV */
    lua_pop(L, 1);
  lua_pushvalue(L, -1);
  b->envs[b->env_count] = (bh_rule_env){luaL_ref(L, LUA_REGISTRYINDEX), LUA_NOREF, LUA_NOREF, true};
  b->env_count++;
}

/* The file has run: what its globals hold becomes read-only, and each call's globals will be laid over it. `globals` is a stack index. */
void bh_bundle_seal(lua_State *L, bh_bundle *b, size_t env, int globals)
{
  bh_rules *r = bh_rules_of(L);
  lua_pushnil(L);
  lua_setmetatable(L, globals);
  lua_pushvalue(L, globals);
  bh_freeze_table(L);
  lua_createtable(L, 0, 1); /* shadow of the globals → the sandbox */
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->sandbox_ref);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_createtable(L, 0, 2); /* a call's globals → that shadow */
  lua_insert(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  b->envs[env].meta_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  bh_freeze_reach(L, b); /* pops the globals */
}

void bh_bundle_env_fresh(lua_State *L, bh_rule_env *env)
{
  lua_newtable(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->meta_ref);
  lua_setmetatable(L, -2);
  if (env->globals_ref == LUA_NOREF) {
    lua_pushvalue(L, -1);
    env->globals_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  } else {
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, env->globals_ref);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->chunk_ref);
  lua_insert(L, -2);
  if (!lua_setupvalue(L, -2, 1))
    lua_pop(L, 1);
  lua_pop(L, 1);
  env->dirty = false;
}

void bh_bundle_enter(lua_State *L, bh_bundle *b)
{
  for (size_t i = 0; i < b->env_count; i++)
    if (b->envs[i].dirty && b->envs[i].meta_ref != LUA_NOREF)
      bh_bundle_env_fresh(L, &b->envs[i]);
}

/* ---- after a call; nothing here allocates or fails ---- */
static bool same_value(lua_State *L, int a, int b)
{
  if (lua_type(L, a) != LUA_TNUMBER)
    return lua_rawequal(L, a, b);
  if (lua_type(L, b) != LUA_TNUMBER || lua_isinteger(L, a) != lua_isinteger(L, b))
    return false;
  if (lua_isinteger(L, a))
    return lua_rawequal(L, a, b);
  lua_Number x = lua_tonumber(L, a), y = lua_tonumber(L, b);
  return memcmp(&x, &y, sizeof x) == 0;
}

static void env_check(lua_State *L, bh_rule_env *env)
{
  if (env->dirty || env->globals_ref == LUA_NOREF)
    return;
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->chunk_ref);
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->globals_ref);
  lua_getupvalue(L, -2, 1);
  bool mine = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  lua_pushnil(L);
  if (lua_next(L, -2)) {
    env->dirty = true;
    lua_pop(L, 2);
  }
  env->dirty |= !mine;
  lua_pop(L, 2);
}

bool bh_bundle_leave(lua_State *L, bh_bundle *b, const char **name)
{
  bool unchanged = true;
  int top = lua_gettop(L), functions = top + 1, values = top + 2, function = top + 3, was = top + 4, is = top + 5;
  for (size_t i = 0; i < b->env_count; i++)
    env_check(L, &b->envs[i]);
  if (b->upvalue_count == 0)
    return true;
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_functions_ref);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_values_ref);
  for (size_t i = 0; i < b->upvalue_count; i++) {
    lua_rawgeti(L, functions, (lua_Integer)i + 1);
    lua_rawgeti(L, values, (lua_Integer)i + 1);
    const char *upvalue = lua_getupvalue(L, function, b->upvalues[i]);
    if (!same_value(L, is, was)) {
      if (unchanged)
        *name = upvalue; /* lives in the function's prototype, which the bundle keeps */
      unchanged = false;
      lua_pushvalue(L, was);
      lua_setupvalue(L, function, b->upvalues[i]);
    }
    lua_settop(L, values);
  }
  lua_settop(L, top);
  return unchanged;
}

/* Functions that were registered: what they reach. */
void bh_bundle_reach_rules(lua_State *L, bh_bundle *b)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_rawgeti(L, -1, BH_BUNDLE_RULES);
  lua_remove(L, -2);
  for (lua_pushnil(L); lua_next(L, -2);)
    bh_freeze_reach(L, b); /* pops the function */
  lua_pop(L, 1);
}
