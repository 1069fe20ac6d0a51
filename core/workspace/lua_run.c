/* Running one file, and turning what Lua says about it into mistakes with file and line. */
#include "workspace/lua_state.h"
#include <stdlib.h>

static int file_number(ws_lua *lua, bh_str file) {
  for (int i = lua->file_count - 1; i >= 0 && i >= lua->file_count - 64; i--)
    if (bh_str_eq(lua->files[i], file)) return i;
  if (lua->file_count == lua->file_cap) {
    int cap = lua->file_cap ? lua->file_cap * 2 : 64;
    bh_str *grown = realloc(lua->files, (size_t)cap * sizeof *grown);
    bh_require(grown != NULL);
    lua->files = grown;
    lua->file_cap = cap;
  }
  char *copy = malloc(file.len + 1);
  bh_require(copy != NULL);
  memcpy(copy, file.ptr, file.len);
  copy[file.len] = 0;
  lua->files[lua->file_count] = (bh_str){copy, file.len};
  return lua->file_count++;
}

/* Chunk names are numbers: a long path would be cut in Lua's messages. */
int ws_lua_chunk(ws_lua *lua, bh_str file, bh_str source) {
  char name[24];
  snprintf(name, sizeof name, "=%d", file_number(lua, file));
  return luaL_loadbufferx(lua->L, source.ptr, source.len, name, "t");
}

static bool take_number(const char **p, int32_t *out) {
  const char *at = *p;
  int64_t n = 0;
  while (*at >= '0' && *at <= '9' && n < 100000000) n = n * 10 + (*at++ - '0');
  if (at == *p || *at != ':') return false;
  *p = at + 1;
  *out = (int32_t)n;
  return true;
}

/* "3:12: message" */
void ws_lua_complain(ws_lua *lua, bh_str file, const char *message) {
  int32_t number, line = 0;
  const char *p = message;
  if (take_number(&p, &number) && number < lua->file_count && take_number(&p, &line) && *p == ' ') {
    file = lua->files[number];
    message = p + 1;
  }
  bh_mistake_add(lua->m, file, line, (bh_str){0}, "%s", message);
}

void ws_lua_where(lua_State *L, int level, bh_str *file, int32_t *line) {
  ws_lua *lua = ws_lua_of(L);
  lua_Debug ar;
  *file = (bh_str){0};
  *line = 0;
  for (; lua_getstack(L, level, &ar); level++) { /* past C functions between */
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline < 0) continue;
    bh_dec n;
    if (bh_dec_parse(&n, bh_str_c(ar.short_src), 0) && n.coef >= 0 && n.coef < lua->file_count) *file = lua->files[n.coef];
    *line = ar.currentline;
    return;
  }
}

static int message_of(lua_State *L) { /* a message handler: what was thrown, as text with its place */
  if (lua_type(L, 1) == LUA_TSTRING) return 1;
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline < 0) continue;
    lua_pushfstring(L, "%s:%d: an error that is a %s", ar.short_src, ar.currentline, luaL_typename(L, 1));
    return 1;
  }
  lua_pushfstring(L, "an error that is a %s", luaL_typename(L, 1));
  return 1;
}

static int build_env(lua_State *L) {
  ws_lua_env(ws_lua_of(L));
  return 1;
}

bool ws_lua_run(ws_lua *lua, bh_str file, bh_str source, ws_file_kind kind, bh_arena *a, ws_on_statement on, void *ctx) {
  lua_State *L = lua->L;
  if (source.len >= 3 && memcmp(source.ptr, "\xef\xbb\xbf", 3) == 0) source.ptr += 3, source.len -= 3;
  lua->a = a;
  lua->kind = kind;
  lua->on = on;
  lua->ctx = ctx;
  lua->steps = 0;
  lua->generation++;
  lua->open_count = 0;
  bool ok = true;
  lua_settop(L, 0);
  lua_pushcfunction(L, message_of);
  if (ws_lua_chunk(lua, file, source) != LUA_OK) {
    ws_lua_complain(lua, file, lua_tostring(L, -1));
    ok = false;
  } else {
    lua_pushcfunction(L, build_env);
    if (lua_pcall(L, 0, 1, 1) == LUA_OK) lua_setupvalue(L, -2, 1);
    if (lua_pcall(L, 0, 0, 1) != LUA_OK) {
      const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error without words";
      if (strcmp(text, "not enough memory") == 0) text = "this file needs more memory than it may have";
      ws_lua_complain(lua, file, text);
      ok = false;
    }
  }
  for (size_t i = 0; i < lua->open_count; i++) {
    const ws_statement *st = lua->open[i];
    if (!st->pending) continue;
    bh_str path = bh_arena_fmt(a, "%s \"%.*s\"", ws_words[st->word], BH_STR_ARG(st->id));
    bh_mistake_add(lua->m, st->file, st->line, path, st->word == WS_W_RULE ? "unfinished; expected rule \"CONTRACT\" (function(bill) … end)" : "unfinished; expected a table { … } behind the name");
  }
  lua->on = NULL;
  lua->open_count = 0;
  lua_settop(L, 0);
  return ok;
}

bool ws_lua_check(ws_lua *lua, bh_str file, bh_str source) {
  lua_State *L = lua->L;
  lua_settop(L, 0);
  bool ok = ws_lua_chunk(lua, file, source) == LUA_OK;
  if (!ok) ws_lua_complain(lua, file, lua_tostring(L, -1));
  lua_settop(L, 0);
  return ok;
}
