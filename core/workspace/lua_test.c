/* describe, it, before_each and bill; and running the files that say them. Tests run where they stand, one after the other. */
#include "workspace/lua_test.h"
#include "workspace/annotate.h"
#include <stdlib.h>

ws_testing *ws_testing_of(lua_State *L) { return ws_lua_of(L)->testing; }

const char *ws_test_place(const ws_testing *t, const char *message, bh_str *file, int32_t *line) {
  bh_dec number, at;
  const char *colon = strchr(message, ':'), *second = colon ? strchr(colon + 1, ':') : NULL;
  if (!second || second[1] != ' ' || !bh_dec_parse(&number, (bh_str){message, (size_t)(colon - message)}, 0) ||
      !bh_dec_parse(&at, (bh_str){colon + 1, (size_t)(second - colon) - 1}, 0) || number.coef < 0 || number.coef >= t->lua->file_count)
    return message;
  *file = t->lua->files[number.coef];
  *line = (int32_t)at.coef;
  return second + 2;
}

bh_node *ws_test_node(lua_State *L, int i) {
  ws_lua *lua = ws_lua_of(L);
  ws_testing *t = lua->testing;
  ws_statement st = {.word = WS_W_CHARGE};
  size_t before = lua->m->total;
  bh_arena *kept = lua->a;
  lua->a = &t->a;
  bh_node *n = ws_lua_node(lua, lua_absindex(L, i), &st, 0);
  lua->a = kept;
  if (lua->m->total == before) return n;
  const char *why = lua->m->items[lua->m->count - 1].message.ptr;
  lua->m->count--;
  lua->m->total--;
  luaL_error(L, "%s", why);
  return NULL;
}

/* ---- results ---- */
static bh_str full_name(ws_testing *t, bh_str last) {
  bh_str name = {"", 0};
  for (int i = 0; i < t->depth; i++) name = bh_arena_fmt(&t->a, "%.*s%.*s: ", BH_STR_ARG(name), BH_STR_ARG(t->levels[i].name));
  return bh_arena_fmt(&t->a, "%.*s%.*s", BH_STR_ARG(name), BH_STR_ARG(last));
}

static void tell(ws_testing *t, bh_str name, int32_t line, const char *message) {
  bh_test_result r = {.file = t->file, .line = line, .name = name, .ok = message == NULL, .message = {"", 0}};
  if (message) {
    message = ws_test_place(t, message, &r.file, &r.line);
    r.message = bh_arena_fmt(&t->a, "%s%.*s", message, BH_STR_ARG(bh_buf_str(&t->notes)));
  }
  t->host->result(t->host->ctx, &r);
}

/* ---- the words ---- */
static int message_of(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) return 1;
  luaL_where(L, 1);
  lua_pushfstring(L, "an error that is a %s", luaL_typename(L, 1));
  lua_concat(L, 2);
  return 1;
}

static int line_here(lua_State *L) {
  bh_str file;
  int32_t line;
  ws_lua_where(L, 1, &file, &line);
  return line;
}

static void named_function(lua_State *L, const char *word) {
  if (lua_type(L, 1) != LUA_TSTRING || !lua_isfunction(L, 2)) luaL_error(L, "`%s` wants a name and a function: %s(\"NAME\", function() … end)", word, word);
  lua_settop(L, 2);
}

static bh_str name_at(lua_State *L, bh_arena *a) {
  bh_str s;
  s.ptr = lua_tolstring(L, 1, &s.len);
  return bh_arena_str(a, s);
}

static int describe(lua_State *L) {
  ws_testing *t = ws_testing_of(L);
  named_function(L, "describe");
  if (t->in_test) return luaL_error(L, "describe stands inside of it(…)");
  if (t->depth == WS_TEST_DEPTH_MAX) return luaL_error(L, "describe is nested too deep");
  int line = line_here(L);
  bh_str name = name_at(L, ws_lua_of(L)->a);
  t->levels[t->depth].name = name;
  t->levels[t->depth++].before_ref = LUA_NOREF;
  lua_pushcfunction(L, message_of);
  lua_insert(L, 2);
  int rc = lua_pcall(L, 0, 0, 2);
  luaL_unref(L, LUA_REGISTRYINDEX, t->levels[--t->depth].before_ref);
  if (rc == LUA_OK) return 0;
  if (t->status != BH_OK) return lua_error(L);
  tell(t, full_name(t, name), line, lua_tostring(L, -1)); /* what stands around the tests failed: the tests behind it did not run */
  return 0;
}

static int run_test(lua_State *L) { /* the test's function */
  ws_testing *t = ws_testing_of(L);
  for (int i = 0; i < t->depth; i++) {
    if (lua_rawgeti(L, LUA_REGISTRYINDEX, t->levels[i].before_ref) != LUA_TFUNCTION) {
      lua_pop(L, 1);
      continue;
    }
    lua_call(L, 0, 0);
  }
  lua_settop(L, 1);
  lua_call(L, 0, 0);
  return 0;
}

static int it(lua_State *L) {
  ws_testing *t = ws_testing_of(L);
  named_function(L, "it");
  if (t->in_test) return luaL_error(L, "it stands inside of another");
  int line = line_here(L);
  bh_str name = full_name(t, name_at(L, &t->a));
  if (t->only.len && memmem(name.ptr, name.len, t->only.ptr, t->only.len) == NULL) return 0;
  bh_buf_clear(&t->notes);
  t->in_test = true;
  lua_pushcfunction(L, message_of);
  lua_pushcfunction(L, run_test);
  lua_pushvalue(L, 2);
  int rc = lua_pcall(L, 1, 0, 3);
  t->in_test = false;
  if (t->status != BH_OK) return lua_error(L);
  tell(t, name, line, rc == LUA_OK ? NULL : lua_tostring(L, -1));
  bh_arena_reset(&t->a);
  bh_buf_clear(&t->notes);
  return 0;
}

static int before_each(lua_State *L) {
  ws_testing *t = ws_testing_of(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (t->in_test || t->depth == 0) return luaL_error(L, "before_each belongs into a describe, before its tests");
  lua_settop(L, 1);
  int *ref = &t->levels[t->depth - 1].before_ref;
  luaL_unref(L, LUA_REGISTRYINDEX, *ref);
  *ref = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

/* What a failing test should say of a bill that is held: numbers that are off are mostly that. */
static void note_hold(lua_State *L, ws_testing *t, const char *contract, const char *date) {
  if (lua_getfield(L, -1, "hold") == LUA_TTABLE) {
    lua_getfield(L, -1, "reason");
    lua_getfield(L, -2, "message");
    bh_buf_fmt(&t->notes, "\n  (the bill of \"%s\" on %s is held: %s: %s)", contract, date, lua_tostring(L, -2), lua_tostring(L, -1));
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

static int bill(lua_State *L) {
  ws_testing *t = ws_testing_of(L);
  bh_str contract, date;
  bh_day day;
  if (lua_type(L, 1) != LUA_TSTRING || lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "`bill` wants a contract, a date and facts: bill(\"CONTRACT\", \"2026-12-01\", { devices = { workstation = 60 } })");
  lua_settop(L, 3);
  contract.ptr = lua_tolstring(L, 1, &contract.len);
  date.ptr = lua_tolstring(L, 2, &date.len);
  if (!bh_day_parse(&day, date)) return luaL_error(L, "\"%s\" is no date: expected one like \"2026-12-01\"", date.ptr);
  bh_node *facts = lua_isnil(L, 3) ? NULL : ws_test_node(L, 3);
  bh_test_invoice *docs = NULL;
  size_t n = 0;
  bh_error err = {0};
  bh_status st = t->host->bill(t->host->ctx, &docs, &n, &t->a, contract, day, facts, &err);
  if (st != BH_OK) {
    if (st != BH_E_INVALID) {
      t->status = st;
      *t->err = err;
    }
    return luaL_error(L, "%s", err.message);
  }
  luaL_checkstack(L, (int)n + 8, "too many invoices");
  for (size_t i = 0; i < n; i++) {
    ws_invoice_push(L, &docs[i]);
    note_hold(L, t, contract.ptr, date.ptr);
  }
  return (int)n;
}

const ws_test_word ws_test_functions[] = {
  {"describe", describe, "@param name string\n@param body fun()",
   "Tests that belong together; it may stand in another."},
  {"it", it, "@param name string\n@param body fun()",
   "A test."},
  {"before_each", before_each, "@param body fun()",
   "Runs before each test of the describe that it stands in."},
  {"bill", bill, "@param contract string\n@param date string  YYYY-MM-DD: the issue date of a scheduled billing\n@param facts? { devices?: integer|table, users?: integer|table, assets?: table, gauges?: table, usage?: table, charges?: table[] }\n@return billhook.Invoice\n@return billhook.Invoice ...",
   "The contract's billing of that date over these facts, with nothing billed before; what is not named is zero and fresh."},
  {"expect", ws_expect, "@param value any\n@return billhook.Expectation",
   "Begins a check; one that fails ends the test."},
  {NULL, NULL, NULL, NULL},
};

void ws_test_words(lua_State *L, int env) {
  for (const ws_test_word *w = ws_test_functions; w->name; w++) {
    lua_pushcfunction(L, w->function);
    lua_setfield(L, env, w->name);
  }
}

/* ---- files ---- */
bool bh_tests_list(bh_str **out, size_t *n, bh_arena *a, const bh_workspace *ws) {
  bool there = ws_list(a, ws_join(a, ws->dir, "tests").ptr, "_test.lua", out, n);
  for (size_t i = 0; i < *n; i++) (*out)[i] = bh_arena_fmt(a, "tests/%.*s", BH_STR_ARG((*out)[i]));
  return there;
}

static int open_tests(lua_State *L) {
  ws_invoice_open(L);
  ws_expect_open(L);
  return 0;
}

static void no_statement(void *ctx, ws_statement *st) { bh_require(ctx == st && "a test file has no statements"); }

static void run_file(ws_testing *t, bh_workspace *ws, bh_str file, bh_arena *a) {
  bh_buf source;
  bh_error why;
  bh_mistakes *m = t->lua->m;
  t->file = file;
  t->depth = 0;
  t->in_test = false;
  lua_pushnil(t->lua->L);
  lua_setfield(t->lua->L, LUA_REGISTRYINDEX, "billhook.modules"); /* each file has its own: no test changes what another file's see */
  bh_buf_init(&source, WS_FILE_MAX);
  bh_str path = file.len && file.ptr[0] == '/' ? file : ws_join(a, ws->dir, bh_arena_z(a, file));
  if (bh_file_read(&source, path.ptr, &why) != BH_OK) tell(t, file, 0, why.message);
  else (void)ws_lua_run(t->lua, file, bh_buf_str(&source), WS_FILE_TESTS, a, no_statement, NULL);
  for (size_t i = 0; i < m->count && t->status == BH_OK; i++) {
    bh_test_result r = {.file = m->items[i].file, .line = m->items[i].line, .name = file, .message = m->items[i].message};
    t->host->result(t->host->ctx, &r);
  }
  m->count = m->total = 0;
  bh_buf_dispose(&source);
}

bh_status bh_tests_run(bh_workspace *ws, const bh_str *files, size_t n, bh_str only, const bh_test_host *host, bh_error *err) {
  enum { NOTES_MAX = 1 << 16 };
  bh_error own = {0};
  ws_testing t = {.host = host, .only = only, .err = err ? err : &own};
  bh_mistakes m;
  bh_arena a;
  bh_mistakes_init(&m);
  bh_arena_init(&a);
  bh_arena_init(&t.a);
  bh_buf_init(&t.notes, NOTES_MAX);
  t.status = ws_lua_new(&t.lua, ws, &m, err);
  if (t.status == BH_OK) {
    t.lua->testing = &t;
    lua_pushcfunction(t.lua->L, open_tests);
    if (lua_pcall(t.lua->L, 0, 0, 0) != LUA_OK) t.status = bh_fail(err, BH_E_NOMEM, "no memory for Lua");
  }
  for (size_t i = 0; i < n && t.status == BH_OK; i++) {
    run_file(&t, ws, files[i], &a);
    bh_arena_reset(&a);
    bh_arena_reset(&t.a);
  }
  ws_lua_free(t.lua);
  bh_buf_dispose(&t.notes);
  bh_arena_dispose(&t.a);
  bh_arena_dispose(&a);
  bh_mistakes_dispose(&m);
  return t.status;
}
