/* The words of a workspace as Lua functions: company { … }, product "x" { … }, rule "x" (function … end), devices { … }. */
#include "workspace/lua_test.h"
#include <stdlib.h>

const char *const ws_words[WS_W_COUNT] = {"company", "store", "invoicing", "connector", "sink", "gateway", "tax", "identity",
                                          "product", "pricelist", "template", "client", "contract", "charge", "rule"};

static bool unnamed(int word) { return word == WS_W_COMPANY || word == WS_W_STORE || word == WS_W_INVOICING || word == WS_W_IDENTITY; }

static bool allowed(ws_lua *lua, int word) {
  if (lua->kind == WS_FILE_OVER) return true;
  if (word <= WS_W_IDENTITY) return lua->kind == WS_FILE_CONFIG;
  if (word <= WS_W_TEMPLATE) return lua->kind != WS_FILE_CLIENTS;
  return lua->kind == WS_FILE_CLIENTS;
}

static ws_statement *begin(lua_State *L, int word, bh_str id) {
  ws_lua *lua = ws_lua_of(L);
  ws_statement *st = BH_NEW(lua->a, ws_statement);
  bh_str file;
  ws_lua_where(L, 1, &file, &st->line);
  *st = (ws_statement){.word = word, .id = bh_arena_str(lua->a, id), .file = bh_arena_str(lua->a, file), .line = st->line, .pending = true};
  if (lua->open_count == lua->open_cap) {
    size_t cap = lua->open_cap ? lua->open_cap * 2 : 64;
    ws_statement **grown = realloc(lua->open, cap * sizeof *grown);
    bh_require(grown != NULL);
    lua->open = grown;
    lua->open_cap = cap;
  }
  lua->open[lua->open_count++] = st;
  return st;
}

static void complain(ws_lua *lua, const ws_statement *st, const char *message) {
  bh_str path = st->id.len ? bh_arena_fmt(lua->a, "%s \"%.*s\"", ws_words[st->word], BH_STR_ARG(st->id)) : bh_str_c(ws_words[st->word]);
  bh_mistake_add(lua->m, st->file, st->line, path, "%s", message);
}

static void finish(lua_State *L, ws_statement *st, int i) {
  ws_lua *lua = ws_lua_of(L);
  if (!st->pending) {
    complain(lua, st, "a second table behind one name");
    return;
  }
  st->pending = false;
  if (ws_lua_is_stub(L, i)) return;
  if (st->word == WS_W_RULE ? !lua_isfunction(L, i) : !lua_istable(L, i)) {
    complain(lua, st, st->word == WS_W_RULE ? "expected a function: rule \"CONTRACT\" (function(bill) … end)" : "expected a table { … }");
    return;
  }
  if (!allowed(lua, st->word)) {
    complain(lua, st, st->word <= WS_W_IDENTITY ? "stands in the wrong file; expected in billhook.lua" :
                      st->word <= WS_W_TEMPLATE ? "stands in the wrong file; expected in pricebook.lua" : "stands in the wrong file; expected in clients/");
    return;
  }
  if (!unnamed(st->word) && !ws_id_ok(st->id)) {
    complain(lua, st, "no good name; expected up to 200 characters without quotes");
    return;
  }
  st->node = st->word == WS_W_RULE ? bh_node_new(lua->a, BH_NODE_OPAQUE) : ws_lua_node(lua, i, st, 0);
  lua->on(lua->ctx, st);
}

/* upvalues: generation, index of the statement */
static int second_call(lua_State *L) {
  ws_lua *lua = ws_lua_of(L);
  lua_Integer generation = lua_tointeger(L, lua_upvalueindex(1)), i = lua_tointeger(L, lua_upvalueindex(2));
  if (generation != lua->generation || !lua->on) return luaL_error(L, "a statement of another file");
  lua_settop(L, 1);
  finish(L, lua->open[i], 1);
  return 0;
}

static int word_call(lua_State *L) {
  ws_lua *lua = ws_lua_of(L);
  int word = (int)lua_tointeger(L, lua_upvalueindex(1));
  if (!lua->on) return luaL_error(L, "`%s` has no place here", ws_words[word]);
  if (unnamed(word)) {
    finish(L, begin(L, word, (bh_str){0}), 1);
    return 0;
  }
  if (ws_lua_is_stub(L, 1)) {
    lua_settop(L, 1);
    return 1;
  }
  if (lua_type(L, 1) != LUA_TSTRING) return luaL_error(L, "`%s` wants a name: %s \"NAME\" { … }", ws_words[word], ws_words[word]);
  bh_str id;
  id.ptr = lua_tolstring(L, 1, &id.len);
  ws_statement *st = begin(L, word, id);
  if (!lua_isnoneornil(L, 2)) { /* client("acme", { … }) */
    finish(L, st, 2);
    return 0;
  }
  lua_pushinteger(L, lua->generation);
  lua_pushinteger(L, (lua_Integer)lua->open_count - 1);
  lua_pushcclosure(L, second_call, 2);
  return 1;
}

/* devices { … } is { devices = { … } }, as JSONL has it. */
static int selector_call(lua_State *L) {
  if (!ws_lua_is_stub(L, 1)) luaL_checktype(L, 1, LUA_TTABLE);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, lua_tostring(L, lua_upvalueindex(1)));
  return 1;
}

static int secret_call(lua_State *L) {
  if (lua_type(L, 1) != LUA_TSTRING) return luaL_error(L, "`secret` wants a reference: \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\"");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "$secret");
  return 1;
}

void ws_lua_words(ws_lua *lua, int env) {
  static const char *const selectors[] = {"devices", "users", "assets", "gauge", "usage"};
  lua_State *L = lua->L;
  if (lua->kind == WS_FILE_TESTS) ws_test_words(L, env); /* in the place of the statements */
  for (int i = 0; i < WS_W_COUNT && lua->kind != WS_FILE_TESTS; i++) {
    lua_pushinteger(L, i);
    lua_pushcclosure(L, word_call, 1);
    lua_setfield(L, env, ws_words[i]);
  }
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
    lua_pushstring(L, selectors[i]);
    lua_pushcclosure(L, selector_call, 1);
    lua_setfield(L, env, selectors[i]);
  }
  lua_pushcfunction(L, secret_call);
  lua_setfield(L, env, "secret");
}
