/* What the files of `billhook test` share. */
#ifndef BH_WORKSPACE_LUA_TEST_H
#define BH_WORKSPACE_LUA_TEST_H
#include "workspace/lua_state.h"
#include "workspace/testing.h"

enum { WS_TEST_DEPTH_MAX = 32, WS_TEST_DIFFERENCES_MAX = 50 };

typedef struct ws_testing {
  ws_lua *lua;
  const bh_test_host *host;
  bh_str only, file;
  bh_arena a;                  /* of one test */
  struct { bh_str name; int before_ref; } levels[WS_TEST_DEPTH_MAX]; /* describe in describe */
  int depth;
  bool in_test;
  bh_buf notes;                /* bills of this test that are held: told where it fails */
  bh_status status; bh_error *err; /* what ends the run */
} ws_testing;
ws_testing *ws_testing_of(lua_State *L);

/* lua_invoice.c */
void ws_invoice_open(lua_State *L);
void ws_invoice_push(lua_State *L, const bh_test_invoice *x);     /* errors are Lua errors */
bool ws_invoice_is(lua_State *L, int i);
bh_node *ws_invoice_node(lua_State *L, int i, bh_arena *a);        /* its document */
/* lua_compare.c */
bool ws_equal(lua_State *L, int got, int want);                    /* a decimal is equal to a string or an integer of the same value */
/* A line for each difference, `path: expected X, got Y`; partial: what `want` does not name may be anything. */
void ws_differences(lua_State *L, int got, int want, bool partial, bh_buf *out);
void ws_show(bh_buf *out, lua_State *L, int i);
bool ws_number_of(lua_State *L, int i, bh_dec *out);               /* a decimal, an integer, or a string of a decimal */
/* lua_expect.c */
void ws_expect_open(lua_State *L);
int ws_expect(lua_State *L);
/* "3:12: words" → the words, with file and line out of it. */
const char *ws_test_place(const ws_testing *t, const char *message, bh_str *file, int32_t *line);
bh_node *ws_test_node(lua_State *L, int i);                        /* a Lua value as a tree, in the test's arena; errors are Lua errors */
void ws_test_words(lua_State *L, int env);
#endif
