/* The loader's Lua: one state a workspace, a fresh environment a file. */
#ifndef BH_WORKSPACE_LUA_STATE_H
#define BH_WORKSPACE_LUA_STATE_H
#include "workspace/internal.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

enum { WS_LUA_MEMORY_MAX = 512 << 20, WS_LUA_HOOK_STEP = 100000 };
#define WS_LUA_STEPS_MAX 400000000LL /* instructions a file */

struct ws_lua {
  lua_State *L;
  bh_workspace *ws;
  bh_mistakes *m;
  size_t used;
  int64_t steps;
  /* the run under way */
  bh_arena *a;
  ws_file_kind kind;
  ws_on_statement on;
  void *ctx;
  struct ws_testing *testing;   /* `billhook test`: lua_test.h; NULL elsewhere */
  int generation;               /* statements of an earlier run are refused */
  ws_statement **open; size_t open_count, open_cap;
  bh_str *files; int file_count, file_cap; /* chunk names are numbers into this */
};
ws_lua *ws_lua_of(lua_State *L);
void ws_lua_open_dec(lua_State *L);           /* leaves the function `dec` on the stack */
bool ws_lua_is_dec(lua_State *L, int i, bh_dec *out);
void ws_lua_words(ws_lua *lua, int env);      /* puts the words into the table at env */
bh_node *ws_lua_node(ws_lua *lua, int i, const ws_statement *st, int depth);
/* Where the running Lua function stands. */
void ws_lua_where(lua_State *L, int level, bh_str *file, int32_t *line);
int ws_lua_chunk(ws_lua *lua, bh_str file, bh_str source); /* load: leaves the function, or the message */
void ws_lua_complain(ws_lua *lua, bh_str file, const char *message);
bool ws_lua_is_stub(lua_State *L, int i);
void ws_lua_env(ws_lua *lua);                 /* pushes a fresh environment */
#endif
