/* dec "1.5" in configuration: exact decimals to calculate prices with. */
#include "workspace/lua_state.h"

#define DEC "billhook.dec"

bool ws_lua_is_dec(lua_State *L, int i, bh_dec *out) {
  bh_dec *d = luaL_testudata(L, i, DEC);
  if (d) *out = *d;
  return d != NULL;
}

static void push(lua_State *L, bh_dec d) {
  bh_dec *p = lua_newuserdatauv(L, sizeof *p, 0);
  *p = d;
  luaL_setmetatable(L, DEC);
}

static bh_dec arg(lua_State *L, int i) {
  bh_dec d = {0};
  if (ws_lua_is_dec(L, i, &d)) return d;
  if (lua_isinteger(L, i)) return bh_dec_int(lua_tointeger(L, i));
  if (lua_type(L, i) == LUA_TNUMBER) luaL_error(L, "a float met a decimal; write it as dec \"1.5\"");
  bh_str s = {0};
  if (lua_type(L, i) == LUA_TSTRING) s.ptr = lua_tolstring(L, i, &s.len);
  if (!s.ptr || !bh_dec_parse(&d, s, BH_DEC_SCALE_MAX)) luaL_error(L, "expected a decimal like \"12.50\"");
  return d;
}

static int make(lua_State *L) {
  push(L, arg(L, 1));
  return 1;
}

static int result(lua_State *L, bool ok, bh_dec d) {
  if (!ok) return luaL_error(L, "a decimal that does not fit, or a division by zero");
  push(L, d);
  return 1;
}

#define BINARY(name, f) \
  static int name(lua_State *L) { \
    bh_dec out, a = arg(L, 1), b = arg(L, 2); \
    bool ok = f(&out, a, b); \
    return result(L, ok, out); \
  }
BINARY(op_add, bh_dec_add)
BINARY(op_sub, bh_dec_sub)
BINARY(op_mul, bh_dec_mul)
BINARY(op_div, bh_dec_div)

static int op_unm(lua_State *L) {
  bh_dec out;
  bool ok = bh_dec_sub(&out, bh_dec_int(0), arg(L, 1));
  return result(L, ok, out);
}

static int op_eq(lua_State *L) {
  lua_pushboolean(L, bh_dec_cmp(arg(L, 1), arg(L, 2)) == 0);
  return 1;
}

static int op_lt(lua_State *L) {
  lua_pushboolean(L, bh_dec_cmp(arg(L, 1), arg(L, 2)) < 0);
  return 1;
}

static int op_le(lua_State *L) {
  lua_pushboolean(L, bh_dec_cmp(arg(L, 1), arg(L, 2)) <= 0);
  return 1;
}

static int op_tostring(lua_State *L) {
  char text[32];
  size_t n = bh_dec_format(text, arg(L, 1));
  lua_pushlstring(L, text, n);
  return 1;
}

static int round_to(lua_State *L) {
  static const char *const modes[] = {"half-up", "half-even", NULL};
  bh_dec out, d = arg(L, 1);
  lua_Integer n = luaL_checkinteger(L, 2);
  int mode = luaL_checkoption(L, 3, "half-up", modes);
  if (n < 0 || n > BH_DEC_SCALE_MAX) return luaL_error(L, "a decimal has 0 to 9 places");
  bool ok = bh_dec_round(&out, d, (int)n, (bh_rounding)mode);
  return result(L, ok, out);
}

void ws_lua_open_dec(lua_State *L) {
  static const luaL_Reg ops[] = {{"__add", op_add}, {"__sub", op_sub}, {"__mul", op_mul}, {"__div", op_div}, {"__unm", op_unm},
                                 {"__eq", op_eq}, {"__lt", op_lt}, {"__le", op_le}, {"__tostring", op_tostring}, {NULL, NULL}};
  luaL_newmetatable(L, DEC);
  luaL_setfuncs(L, ops, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, round_to);
  lua_setfield(L, -2, "round");
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_pushcfunction(L, make);
}
