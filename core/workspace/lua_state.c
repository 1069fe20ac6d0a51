/* The sandbox: what a file can reach, how much memory and how many instructions it has. */
#include "workspace/lua_state.h"
#include <stdlib.h>

static void *alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  ws_lua *lua = ud;
  size_t old = ptr ? osize : 0;
  if (nsize == 0) {
    free(ptr);
    lua->used -= old;
    return NULL;
  }
  if (nsize > old && lua->used + (nsize - old) > WS_LUA_MEMORY_MAX) return NULL;
  void *p = realloc(ptr, nsize);
  if (p) lua->used = lua->used - old + nsize;
  return p;
}

ws_lua *ws_lua_of(lua_State *L) {
  void *ud;
  lua_getallocf(L, &ud);
  return ud;
}

static void hook(lua_State *L, lua_Debug *ar) {
  ws_lua *lua = ws_lua_of(L);
  lua->steps += WS_LUA_HOOK_STEP;
  if (lua->steps <= WS_LUA_STEPS_MAX) return;
  lua_getinfo(L, "Sl", ar);
  lua_pushfstring(L, "%s:%d: this file runs without end: stopped after %d million instructions", ar->short_src, ar->currentline, (int)(WS_LUA_STEPS_MAX / 1000000));
  lua_error(L);
}

/* An unknown name becomes a mistake once, and something that can be called, so that the rest of the file is read too. */
static int stub_self(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

bool ws_lua_is_stub(lua_State *L, int i) { return luaL_testudata(L, i, "billhook.unknown") != NULL; }

static int unknown_global(lua_State *L) {
  ws_lua *lua = ws_lua_of(L);
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  static const char *const more[] = {"devices", "users", "assets", "gauge", "usage", "secret", "dec", "assert", "error", "ipairs", "next", "pairs",
                                     "select", "tonumber", "tostring", "type", "string", "table", "math", "utf8", "require"};
  static const char *const testing[] = {"bill", "describe", "expect", "it", "before_each"};
  const char *known[WS_W_COUNT + sizeof more / sizeof *more];
  size_t n = 0;
  if (lua->kind == WS_FILE_TESTS)
    for (size_t i = 0; i < sizeof testing / sizeof *testing; i++) known[n++] = testing[i];
  else
    for (int i = 0; i < WS_W_COUNT; i++) known[n++] = ws_words[i];
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) known[n++] = more[i];
  bh_str file;
  int32_t line;
  ws_lua_where(L, 1, &file, &line);
  static const char *const absent[] = {"io", "os", "debug", "package", "coroutine", "load", "loadstring", "dofile", "pcall", "xpcall", "print"};
  for (size_t i = 0; lua->kind == WS_FILE_TESTS && i < sizeof absent / sizeof *absent; i++)
    if (strcmp(name, absent[i]) == 0) return luaL_error(L, "there is no \"%s\" in the sandbox", name);
  const char *near = bh_str_nearest(bh_str_c(name), known, n);
  if (lua->kind == WS_FILE_TESTS) /* a test fails there and then */
    return near ? luaL_error(L, "unknown name \"%s\"; did you mean \"%s\"?", name, near) : luaL_error(L, "unknown name \"%s\"", name);
  if (near) bh_mistake_add(lua->m, file, line, (bh_str){0}, "unknown name \"%s\"; did you mean \"%s\"?", name, near);
  else bh_mistake_add(lua->m, file, line, (bh_str){0}, "unknown name \"%s\"", name);
  lua_newuserdatauv(L, 1, 0);
  luaL_setmetatable(L, "billhook.unknown");
  return 1;
}

/* require "NAME": rules/NAME.lua, run once, its value shared by all files. */
static int require(lua_State *L) {
  ws_lua *lua = ws_lua_of(L);
  const char *name = luaL_checkstring(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "billhook.modules");
  if (lua_getfield(L, -1, name) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  struct bh_workspace_impl *x = lua->ws->impl;
  ws_rule_file *f = bh_map_get(&x->rules, bh_str_c(name));
  if (!f) {
    const char *near = bh_str_nearest(bh_str_c(name), x->rule_ids, x->rule_count);
    if (near) return luaL_error(L, "no rules/%s.lua; did you mean \"%s\"?", name, near);
    return luaL_error(L, "no rules/%s.lua", name);
  }
  lua_pushliteral(L, "(a circle of require)");
  lua_setfield(L, -2, name);
  if (ws_lua_chunk(lua, f->file, f->source) != LUA_OK) return lua_error(L);
  ws_lua_env(lua);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) lua_pop(L, 1), lua_pushboolean(L, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
  return 1;
}

static void copy_lib(lua_State *L, const char *name, lua_CFunction open, const char *const *without) {
  lua_pushcfunction(L, open);
  lua_call(L, 0, 1);
  for (; *without; without++) {
    lua_pushnil(L);
    lua_setfield(L, -2, *without);
  }
  lua_setfield(L, -2, name);
}

/* The table of everything that is allowed; environments read through to copies of it. */
static int open_base(lua_State *L) {
  static const char *const plain[] = {"assert", "error", "ipairs", "next", "pairs", "rawequal", "rawlen", "rawget", "select", "tonumber", "tostring", "type", NULL};
  static const char *const none[] = {NULL}, *const string_without[] = {"dump", NULL}, *const math_without[] = {"random", "randomseed", NULL};
  lua_newtable(L);
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  for (int i = 0; plain[i]; i++) {
    lua_getfield(L, -1, plain[i]);
    lua_setfield(L, -3, plain[i]);
  }
  lua_pop(L, 1);
  copy_lib(L, "string", luaopen_string, string_without);
  copy_lib(L, "table", luaopen_table, none);
  copy_lib(L, "math", luaopen_math, math_without);
  copy_lib(L, "utf8", luaopen_utf8, none);
  lua_pushcfunction(L, require);
  lua_setfield(L, -2, "require");
  ws_lua_open_dec(L);
  lua_setfield(L, -2, "dec");
  lua_setfield(L, LUA_REGISTRYINDEX, "billhook.base");
  luaL_newmetatable(L, "billhook.unknown");
  lua_pushcfunction(L, stub_self);
  lua_setfield(L, -2, "__call");
  lua_pushcfunction(L, stub_self);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  return 0;
}

void ws_lua_env(ws_lua *lua) {
  lua_State *L = lua->L;
  lua_newtable(L);
  int env = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "billhook.base");
  lua_pushnil(L);
  while (lua_next(L, env + 1)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    if (lua_istable(L, -1)) { /* a library: its own copy, so that no file changes another's */
      lua_newtable(L);
      lua_pushnil(L);
      while (lua_next(L, -3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
      }
      lua_remove(L, -2);
    }
    lua_rawset(L, env);
  }
  lua_settop(L, env);
  ws_lua_words(lua, env);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, env);
}

bh_status ws_lua_new(ws_lua **out, bh_workspace *ws, bh_mistakes *m, bh_error *err) {
  ws_lua *lua = calloc(1, sizeof *lua);
  *out = NULL;
  if (!lua) return bh_fail(err, BH_E_NOMEM, "no memory for Lua");
  lua->ws = ws;
  lua->m = m;
  lua->L = lua_newstate(alloc, lua);
  if (!lua->L) {
    free(lua);
    return bh_fail(err, BH_E_NOMEM, "no memory for Lua");
  }
  lua_pushcfunction(lua->L, open_base);
  if (lua_pcall(lua->L, 0, 0, 0) != LUA_OK) {
    ws_lua_free(lua);
    return bh_fail(err, BH_E_NOMEM, "no memory for Lua");
  }
  lua_sethook(lua->L, hook, LUA_MASKCOUNT, WS_LUA_HOOK_STEP);
  *out = lua;
  return BH_OK;
}

void ws_lua_free(ws_lua *lua) {
  if (!lua) return;
  if (lua->L) lua_close(lua->L);
  for (int i = 0; i < lua->file_count; i++) free((char *)(uintptr_t)lua->files[i].ptr);
  free(lua->files);
  free(lua->open);
  free(lua);
}
