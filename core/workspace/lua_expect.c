/* expect(x):equals(y) and its kin. A check that fails ends its test, with the line of the expect. */
#include "workspace/lua_test.h"
#include "workspace/annotate.h"

#define EXPECTATION "billhook.expectation"

/* The value under examination goes to index 1. */
static void subject(lua_State *L, int arguments) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, arguments + 1);
  lua_rawgeti(L, 1, 1);
  lua_replace(L, 1);
}

/* The buffer is in the test's arena: a Lua error leaves nothing behind. */
static bh_buf words(lua_State *L) {
  enum { WORDS_MAX = 1 << 16 };
  return (bh_buf){.ptr = bh_arena_alloc(&ws_testing_of(L)->a, WORDS_MAX), .cap = WORDS_MAX, .max = WORDS_MAX};
}

static int fail(lua_State *L, bh_buf *b) {
  luaL_where(L, 1);
  lua_pushlstring(L, b->ptr, b->len);
  lua_concat(L, 2);
  return lua_error(L);
}

static int expected(lua_State *L, const char *what, int want) {
  bh_buf b = words(L);
  bh_buf_fmt(&b, "expected %s", what);
  if (want) ws_show(&b, L, want);
  bh_buf_putz(&b, ", got ");
  ws_show(&b, L, 1);
  return fail(L, &b);
}

static int equals(lua_State *L) {
  luaL_checkany(L, 2);
  subject(L, 1);
  bh_buf b = words(L);
  ws_differences(L, 1, 2, false, &b);
  return b.len ? fail(L, &b) : 0;
}

static int not_equals(lua_State *L) {
  luaL_checkany(L, 2);
  subject(L, 1);
  return ws_equal(L, 1, 2) ? expected(L, "anything but ", 2) : 0;
}

static int is_nil(lua_State *L) {
  subject(L, 0);
  return lua_isnil(L, 1) ? 0 : expected(L, "nil", 0);
}

static int is_not_nil(lua_State *L) {
  subject(L, 0);
  return lua_isnil(L, 1) ? expected(L, "a value", 0) : 0;
}

static int is_true(lua_State *L) {
  subject(L, 0);
  return lua_isboolean(L, 1) && lua_toboolean(L, 1) ? 0 : expected(L, "true", 0);
}

static int is_false(lua_State *L) {
  subject(L, 0);
  return lua_isboolean(L, 1) && !lua_toboolean(L, 1) ? 0 : expected(L, "false", 0);
}

/* A string against a Lua pattern; a table against what it must have at least. */
static int matches(lua_State *L) {
  luaL_checkany(L, 2);
  subject(L, 1);
  if (lua_istable(L, 2)) {
    bh_buf b = words(L);
    ws_differences(L, 1, 2, true, &b);
    return b.len ? fail(L, &b) : 0;
  }
  luaL_checktype(L, 2, LUA_TSTRING);
  bh_dec d;
  if (lua_type(L, 1) != LUA_TSTRING && !ws_lua_is_dec(L, 1, &d)) return expected(L, "a string that matches ", 2);
  lua_getfield(L, LUA_REGISTRYINDEX, "billhook.base");
  lua_getfield(L, -1, "string");
  lua_getfield(L, -1, "find");
  luaL_tolstring(L, 1, NULL);
  lua_pushvalue(L, 2);
  lua_call(L, 2, 1);
  return lua_isnil(L, -1) ? expected(L, "a string that matches ", 2) : 0;
}

static bool part_of(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) {
    size_t n, m;
    const char *s = lua_tolstring(L, 1, &n), *part = luaL_checklstring(L, 2, &m);
    return m == 0 || memmem(s, n, part, m) != NULL;
  }
  if (!lua_istable(L, 1)) return false;
  for (lua_Integer i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
    char room[16];
    bh_buf first = {.ptr = room, .cap = sizeof room, .max = sizeof room};
    ws_differences(L, lua_gettop(L), 2, true, &first);
    lua_pop(L, 1);
    if (first.len == 0 && !first.failed) return true;
  }
  lua_pop(L, 1);
  return false;
}

/* A string has this in it, as it stands; a list has an item like it (of a table: with at least these fields). */
static int contains(lua_State *L) {
  luaL_checkany(L, 2);
  subject(L, 1);
  return part_of(L) ? 0 : expected(L, lua_istable(L, 1) ? "one like " : "something with ", 2);
}

static int bound(lua_State *L, bool below, bool equal, const char *what) {
  bh_dec got, want;
  luaL_checkany(L, 2);
  subject(L, 1);
  if (!ws_number_of(L, 2, &want)) return luaL_error(L, "a bound is a number, such as 12 or \"12.50\"");
  if (!ws_number_of(L, 1, &got)) return expected(L, what, 2);
  int order = bh_dec_cmp(got, want);
  return (equal && order == 0) || (below ? order < 0 : order > 0) ? 0 : expected(L, what, 2);
}
static int at_least(lua_State *L) { return bound(L, false, true, "at least "); }
static int at_most(lua_State *L) { return bound(L, true, true, "at most "); }
static int above(lua_State *L) { return bound(L, false, false, "more than "); }
static int below(lua_State *L) { return bound(L, true, false, "less than "); }

/* Does a hold (a table at the top of the stack) have that reason, or those words in its message? */
static bool hold_is(lua_State *L, bh_str what) {
  static const char *const keys[] = {"reason", "message"};
  int hold = lua_gettop(L);
  bool found = false;
  for (int k = 0; k < 2 && !found; k++) {
    lua_getfield(L, hold, keys[k]);
    bh_str s = {"", 0};
    if (lua_type(L, -1) == LUA_TSTRING) s.ptr = lua_tolstring(L, -1, &s.len);
    found = k == 0 ? bh_str_eq(s, what) : memmem(s.ptr, s.len, what.ptr, what.len) != NULL;
    lua_pop(L, 1);
  }
  if (!found && lua_getfield(L, hold, "more") == LUA_TTABLE) {
    int more = lua_gettop(L);
    for (lua_Integer i = 1; !found && lua_rawgeti(L, more, i) == LUA_TTABLE; i++) {
      found = hold_is(L, what);
      lua_settop(L, more);
    }
  }
  lua_settop(L, hold);
  return found;
}

static void put_hold(bh_buf *b, lua_State *L) {
  lua_getfield(L, 1, "hold");
  if (!lua_istable(L, -1)) {
    bh_buf_putz(b, "it is not held");
    return;
  }
  lua_getfield(L, -1, "reason");
  lua_getfield(L, -2, "message");
  bh_buf_fmt(b, "it is held: %s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
}

static int held_as(lua_State *L) {
  bh_str what = {"", 0};
  if (lua_type(L, 2) == LUA_TSTRING) what.ptr = lua_tolstring(L, 2, &what.len);
  lua_getfield(L, 1, "hold");
  if (lua_istable(L, -1) && (!what.len || hold_is(L, what))) return 0;
  bh_buf b = words(L);
  bh_buf_putz(&b, "expected an invoice that is held");
  if (what.len) bh_buf_fmt(&b, " (\"%.*s\")", BH_STR_ARG(what));
  bh_buf_putz(&b, ", and ");
  put_hold(&b, L);
  return fail(L, &b);
}

static int is_held(lua_State *L) {
  subject(L, 1);
  if (!ws_invoice_is(L, 1)) return expected(L, "an invoice", 0);
  return held_as(L);
}

static int is_not_held(lua_State *L) {
  subject(L, 0);
  if (!ws_invoice_is(L, 1)) return expected(L, "an invoice", 0);
  lua_getfield(L, 1, "hold");
  if (lua_isnil(L, -1)) return 0;
  bh_buf b = words(L);
  bh_buf_putz(&b, "expected an invoice that is not held, and ");
  put_hold(&b, L);
  return fail(L, &b);
}

/* Of an invoice: it is held. Of a function: it ends with an error, that has those words in it. */
static int fails(lua_State *L) {
  subject(L, 1);
  if (ws_invoice_is(L, 1)) return held_as(L);
  if (!lua_isfunction(L, 1)) return expected(L, "an invoice or a function", 0);
  size_t n = 0, m;
  const char *part = lua_isnil(L, 2) ? "" : luaL_checklstring(L, 2, &n);
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) {
    bh_buf b = words(L);
    bh_buf_putz(&b, "expected an error, and there was none");
    return fail(L, &b);
  }
  if (ws_testing_of(L)->status != BH_OK) return lua_error(L);
  const char *message = luaL_tolstring(L, -1, &m);
  if (memmem(message, m, part, n) != NULL) return 0;
  bh_str file = {"", 0};
  int32_t line = 0;
  bh_buf b = words(L);
  bh_buf_fmt(&b, "expected an error with \"%s\", got \"%s\"", part, ws_test_place(ws_testing_of(L), message, &file, &line));
  return fail(L, &b);
}

static int matches_golden(lua_State *L) {
  bh_str name;
  name.ptr = luaL_checklstring(L, 2, &name.len);
  subject(L, 1);
  ws_testing *t = ws_testing_of(L);
  bh_node *value = ws_invoice_is(L, 1) ? ws_invoice_node(L, 1, &t->a) : ws_test_node(L, 1);
  bh_buf b = words(L);
  bh_error err = {0};
  bh_status st = t->host->golden(t->host->ctx, &b, name, value, &err);
  if (st != BH_OK) {
    if (st != BH_E_INVALID) {
      t->status = st;
      *t->err = err;
    }
    return luaL_error(L, "%s", err.message);
  }
  return b.len ? fail(L, &b) : 0;
}

const ws_test_word ws_test_checks[] = {
  {"equals", equals, "@param value any",
   "Decimals with strings and integers by value, tables field by field. A float is an error."},
  {"not_equals", not_equals, "@param value any",
   "Anything but that."},
  {"is_nil", is_nil, "",
   "nil."},
  {"is_not_nil", is_not_nil, "",
   "Anything but nil."},
  {"is_true", is_true, "",
   "true, and nothing else."},
  {"is_false", is_false, "",
   "false, and nothing else."},
  {"matches", matches, "@param value string|table",
   "Of a string the Lua pattern; of a table at least these fields."},
  {"contains", contains, "@param value any",
   "A string that has it as it stands; a list with an item like it."},
  {"at_least", at_least, "@param value amount",
   "A number."},
  {"at_most", at_most, "@param value amount",
   "A number."},
  {"above", above, "@param value amount",
   "A number."},
  {"below", below, "@param value amount",
   "A number."},
  {"is_held", is_held, "@param why? string  the reason, or words of the message",
   "An invoice that is held."},
  {"is_not_held", is_not_held, "",
   "An invoice that is not held."},
  {"fails", fails, "@param words? string",
   "A function that ends with an error with these words; or an invoice that is held."},
  {"errors", fails, "@param words? string",
   "The same as fails."},
  {"matches_golden", matches_golden, "@param name string",
   "The same as tests/golden/NAME.json, which `billhook test --accept` writes."},
  {NULL, NULL, NULL, NULL},
};

static int unknown_check(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?", *names[32];
  size_t n = 0;
  for (; ws_test_checks[n].name && n < 32; n++) names[n] = ws_test_checks[n].name;
  if (strcmp(name, "near") == 0 || strcmp(name, "is_near") == 0) return luaL_error(L, "there is no check \"%s\": money is exact, so it equals or it does not", name);
  const char *near = bh_str_nearest(bh_str_c(name), names, n);
  return near ? luaL_error(L, "there is no check \"%s\"; did you mean \"%s\"?", name, near) : luaL_error(L, "there is no check \"%s\"", name);
}

int ws_expect(lua_State *L) {
  if (!ws_testing_of(L)->in_test) return luaL_error(L, "expect stands outside of it(…): what is expected belongs to a test");
  lua_settop(L, 1);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  luaL_setmetatable(L, EXPECTATION);
  return 1;
}

void ws_expect_open(lua_State *L) {
  luaL_newmetatable(L, EXPECTATION);
  lua_newtable(L);
  for (const ws_test_word *w = ws_test_checks; w->name; w++) {
    lua_pushcfunction(L, w->function);
    lua_setfield(L, -2, w->name);
  }
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, unknown_check);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
