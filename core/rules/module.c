/* What a file may say at its top level: require, rule, and the workspace's own words, which mean nothing here. */
#include "rules/impl.h"

enum { NESTING_MAX = 40 };

/* Runs in a thread of its own: globals, function on its stack. */
static void run_module(lua_State *L, lua_State *thread, bh_bundle *b, const char *name)
{
  bh_rules *r = bh_rules_of(L);
  lua_State *outer = r->running;
  bh_bundle *outer_bundle = r->current;
  int64_t budget = r->budget;
  lua_pushcfunction(thread, bh_rules_failed);
  lua_insert(thread, 1); /* handler, globals, function */
  lua_pushstring(thread, name);
  r->running = thread;
  r->current = b;
  r->loading++;
  bh_rules_arm(r, thread, r->limits.instructions_max);
  int rc = lua_pcall(thread, 1, 1, 1);
  lua_sethook(thread, NULL, 0, 0);
  r->loading--;
  r->running = outer;
  r->current = outer_bundle;
  if (rc == LUA_ERRMEM) /* as a plain error from here on: the mark says what it is */
    r->out_of_memory = r->traced = true;
  if (rc != LUA_OK) { /* what failed is written down; the frames of who required it follow */
    lua_pushliteral(L, "module");
    lua_error(L);
  }
  r->budget = budget;
  r->spent = false;
}

int bh_lua_require(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  bh_bundle *b = r->current;
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_rawgeti(L, 2, BH_BUNDLE_LOADED);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, 3) != LUA_TNIL) {
    if (lua_islightuserdata(L, -1))
      return bh_rules_error(L, "require \"%s\": the modules require each other in a circle", name);
    return 1;
  }
  lua_rawgeti(L, 2, BH_BUNDLE_SOURCES);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) != LUA_TSTRING)
    return bh_rules_error(L, "require \"%s\": there is no rules/%s.lua", name, name);
  int source = lua_gettop(L);
  if (r->loading >= NESTING_MAX)
    return bh_rules_error(L, "require \"%s\": modules are nested too deeply", name);
  r->load_failed = true; /* until it has not */
  lua_pushvalue(L, 1); /* under way */
  lua_pushlightuserdata(L, r);
  lua_rawset(L, 3);
  lua_State *thread = lua_newthread(L);
  luaL_gsub(L, name, ".", "/");
  lua_pushfstring(L, "@rules/%s.lua", lua_tostring(L, -1));
  size_t len;
  const char *text = lua_tolstring(L, source, &len);
  size_t env = b->env_count;
  bh_bundle_load(L, b, (bh_str){text, len}, lua_tostring(L, -1));
  lua_pushvalue(L, -2); /* globals once more: they stay here for the seal */
  lua_insert(L, -2);
  lua_xmove(L, thread, 2);
  int globals = lua_gettop(L);
  run_module(L, thread, b, name);
  bh_bundle_seal(L, b, env, globals);
  lua_xmove(thread, L, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushvalue(L, -1);
  bh_freeze_reach(L, b);
  bh_bundle_reach_rules(L, b);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, 3);
  bh_bundle_env_fresh(L, &b->envs[env]);
  r->load_failed = r->loading > 0; /* a file that requires this one may still fail */
  return 1;
}

/* ---- what a file's top level may say ---- */

/* rule "ID"(function): the function that comes is called with the id as upvalue. */
static int register_rule(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (r->loading == 0)
    return bh_rules_error(L, "rule \"%s\" belongs to the top level of a file", lua_tostring(L, lua_upvalueindex(1)));
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->current->table_ref);
  lua_rawgeti(L, -1, BH_BUNDLE_RULES);
  lua_pushvalue(L, lua_upvalueindex(1));
  if (lua_rawget(L, -2) != LUA_TNIL)
    return bh_rules_error(L, "rule \"%s\" is there twice", lua_tostring(L, lua_upvalueindex(1)));
  lua_pop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 1);
  lua_rawset(L, -3);
  return 0;
}

int bh_lua_rule(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushcclosure(L, register_rule, 1);
  return 1;
}

static int nothing(lua_State *L)
{
  return 0;
}

/* client "x" {…}, invoicing {…}: the workspace reads these; here they are passed over. */
int bh_lua_constructor(lua_State *L)
{
  if (lua_type(L, 1) != LUA_TSTRING)
    return 0;
  lua_pushcfunction(L, nothing);
  return 1;
}

/* A reference to a secret stays one: no rule ever sees what it stands for. */
int bh_lua_secret(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_pushliteral(L, "secret");
  return 1;
}
