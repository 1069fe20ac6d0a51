/* Are two values the same, and where are they not. Money is exact: a float never equals a decimal, it is an error that says so. */
#include "workspace/lua_test.h"
#include <stdlib.h>

enum { SHOWN_MAX = 200, NESTED_MAX = 60 };

bool ws_number_of(lua_State *L, int i, bh_dec *out) {
  if (ws_lua_is_dec(L, i, out)) return true;
  if (lua_isinteger(L, i)) {
    *out = bh_dec_int(lua_tointeger(L, i));
    return true;
  }
  if (lua_type(L, i) == LUA_TNUMBER) {
    lua_pushvalue(L, i);
    luaL_error(L, "%s is a float, and money is exact: write it as a string", lua_tostring(L, -1));
  }
  if (lua_type(L, i) != LUA_TSTRING) return false;
  bh_str s;
  s.ptr = lua_tolstring(L, i, &s.len);
  return bh_dec_parse(out, s, BH_DEC_SCALE_MAX);
}

void ws_show(bh_buf *out, lua_State *L, int i) {
  bh_dec d;
  char text[32];
  if (ws_lua_is_dec(L, i, &d)) {
    bh_buf_putc(out, '"');
    bh_buf_put(out, text, bh_dec_format(text, d));
    bh_buf_putc(out, '"');
    return;
  }
  switch (lua_type(L, i)) {
  case LUA_TSTRING: {
    bh_str s;
    s.ptr = lua_tolstring(L, i, &s.len);
    bool cut = s.len > SHOWN_MAX;
    if (cut) s.len = bh_utf8_span((bh_str){s.ptr, SHOWN_MAX});
    bh_buf_putc(out, '"');
    bh_buf_puts(out, s);
    bh_buf_putz(out, cut ? "…\"" : "\"");
    return;
  }
  case LUA_TNIL: bh_buf_putz(out, "nil"); return;
  case LUA_TBOOLEAN: bh_buf_putz(out, lua_toboolean(L, i) ? "true" : "false"); return;
  case LUA_TNUMBER:
    lua_pushvalue(L, i);
    bh_buf_putz(out, lua_tostring(L, -1));
    lua_pop(L, 1);
    return;
  case LUA_TTABLE: bh_buf_putz(out, ws_invoice_is(L, i) ? "an invoice" : lua_rawlen(L, i) ? "a list" : "a table"); return;
  default: bh_buf_fmt(out, "a %s", luaL_typename(L, i));
  }
}

static bool scalars_equal(lua_State *L, int got, int want) {
  bh_dec a, b;
  if (ws_lua_is_dec(L, got, &a) || ws_lua_is_dec(L, want, &b))
    return ws_number_of(L, got, &a) && ws_number_of(L, want, &b) && bh_dec_cmp(a, b) == 0;
  return lua_rawequal(L, got, want);
}

typedef struct comparison { lua_State *L; bh_buf *out; bool partial; int found; bh_buf path; } comparison;

static void compare(comparison *c, int got, int want, int depth);

static void tell(comparison *c, int got, int want) {
  if (c->found++ == WS_TEST_DIFFERENCES_MAX) bh_buf_putz(c->out, "\n… and more");
  if (c->found > WS_TEST_DIFFERENCES_MAX || !c->out) return;
  if (c->out->len) bh_buf_putc(c->out, '\n');
  if (c->path.len) {
    bh_buf_puts(c->out, bh_buf_str(&c->path));
    bh_buf_putz(c->out, ": ");
  }
  bh_buf_putz(c->out, "expected ");
  ws_show(c->out, c->L, want);
  bh_buf_putz(c->out, ", got ");
  ws_show(c->out, c->L, got);
}

/* The key on top, appended to the path. */
static void step(comparison *c, int key) {
  if (lua_isinteger(c->L, key)) bh_buf_fmt(&c->path, "[%lld]", (long long)lua_tointeger(c->L, key));
  else if (lua_type(c->L, key) == LUA_TSTRING) bh_buf_fmt(&c->path, "%s%s", c->path.len ? "." : "", lua_tostring(c->L, key));
  else bh_buf_putz(&c->path, "[?]");
}

static int key_order(const void *x, const void *y) {
  const bh_str *a = x, *b = y;
  return bh_str_cmp(*a, *b);
}

/* String keys of both tables, sorted: what is told does not depend on the order of Lua's tables. */
static size_t keys_of(comparison *c, int got, int want, bh_str **out) {
  lua_State *L = c->L;
  bh_arena *a = &ws_testing_of(L)->a;
  size_t n = 0, cap = 16;
  bh_str *keys = BH_NEWN(a, bh_str, cap);
  for (int which = 0; which < 2; which++) {
    int t = which ? got : want;
    if (which && c->partial) break;
    for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
      if (lua_type(L, -2) != LUA_TSTRING) continue;
      if (n == cap) {
        bh_str *grown = BH_NEWN(a, bh_str, cap * 2);
        memcpy(grown, keys, n * sizeof *keys);
        keys = grown;
        cap *= 2;
      }
      keys[n].ptr = lua_tolstring(L, -2, &keys[n].len);
      n++;
    }
  }
  if (n > 1) qsort(keys, n, sizeof *keys, key_order);
  *out = keys;
  return n;
}

static void pair(comparison *c, int got, int want, int depth) {
  lua_State *L = c->L;
  size_t before = c->path.len;
  step(c, lua_gettop(L));
  lua_pushvalue(L, -1);
  lua_rawget(L, got);
  lua_pushvalue(L, -2);
  lua_rawget(L, want);
  int top = lua_gettop(L);
  compare(c, top - 1, top, depth + 1);
  lua_pop(L, 2);
  c->path.len = before;
}

static void tables(comparison *c, int got, int want, int depth) {
  lua_State *L = c->L;
  luaL_checkstack(L, 12, "tables nested too deep to compare");
  lua_Integer n = (lua_Integer)lua_rawlen(L, want), m = (lua_Integer)lua_rawlen(L, got);
  if (!c->partial && m > n) n = m;
  for (lua_Integer k = 1; k <= n; k++) {
    lua_pushinteger(L, k);
    pair(c, got, want, depth);
    lua_pop(L, 1);
  }
  bh_str *keys;
  size_t count = keys_of(c, got, want, &keys);
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && bh_str_eq(keys[i], keys[i - 1])) continue;
    lua_pushlstring(L, keys[i].ptr, keys[i].len);
    pair(c, got, want, depth);
    lua_pop(L, 1);
  }
}

static void compare(comparison *c, int got, int want, int depth) {
  lua_State *L = c->L;
  if (depth > NESTED_MAX) luaL_error(L, "tables nested too deep to compare");
  if (lua_istable(L, got) && lua_istable(L, want)) {
    if (!lua_rawequal(L, got, want)) tables(c, got, want, depth);
  } else if (!scalars_equal(L, got, want)) {
    tell(c, got, want);
  }
}

void ws_differences(lua_State *L, int got, int want, bool partial, bh_buf *out) {
  comparison c = {.L = L, .out = out, .partial = partial};
  char *room = bh_arena_alloc(&ws_testing_of(L)->a, 4096);
  c.path = (bh_buf){.ptr = room, .cap = 4096, .max = 4096};
  compare(&c, lua_absindex(L, got), lua_absindex(L, want), 0);
}

bool ws_equal(lua_State *L, int got, int want) {
  char room[16];
  bh_buf first = {.ptr = room, .cap = sizeof room, .max = sizeof room};
  ws_differences(L, got, want, false, &first);
  return first.len == 0 && !first.failed;
}
