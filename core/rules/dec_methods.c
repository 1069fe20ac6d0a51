/* What decimals can do beyond arithmetic, and math's functions where they meet them. */
#include "rules/impl.h"

/* The whole number at or below d. */
static bool whole_below(bh_dec *out, bh_dec d)
{
  int64_t ten = 1;
  for (int i = 0; i < d.scale; i++)
    ten *= 10;
  int64_t q = d.coef / ten;
  if (d.coef % ten < 0)
    q--;
  *out = bh_dec_int(q);
  return true;
}

static bh_rounding rounding_at(lua_State *L, int index)
{
  static const char *const modes[] = {"half-up", "half-even", NULL};
  return luaL_checkoption(L, index, "half-up", modes) == 0 ? BH_HALF_UP : BH_HALF_EVEN;
}

int bh_dec_lua_round(lua_State *L)
{
  bh_dec d = bh_dec_need(L, 1, NULL), out = {0};
  lua_Integer places = luaL_optinteger(L, 2, 0);
  bh_rounding mode = rounding_at(L, 3);
  if (places < 0 || places > BH_DEC_SCALE_MAX)
    return bh_rules_error(L, "round: 0 to 9 decimals were expected, not %I", (LUAI_UACINT)places);
  bool fits = bh_dec_round(&out, d, (int)places, mode);
  return bh_dec_push_result(L, fits, out);
}

enum { SPLIT_MAX = 10000 };

/* n parts at the decimal's own scale that add up to it; the earlier ones are the larger. */
int bh_dec_lua_split(lua_State *L)
{
  bh_dec d = bh_dec_need(L, 1, NULL);
  lua_Integer n = luaL_checkinteger(L, 2);
  if (n < 1 || n > SPLIT_MAX)
    return bh_rules_error(L, "split: 1 to %d parts were expected, not %I", (int)SPLIT_MAX, (LUAI_UACINT)n);
  int64_t each = d.coef / n, rest = d.coef % n, step = rest < 0 ? -1 : 1;
  bh_rules_charge(L, n);
  lua_createtable(L, (int)n, 0);
  for (lua_Integer i = 1; i <= n; i++) {
    bool larger = rest != 0;
    rest -= larger ? step : 0;
    bh_dec_push(L, (bh_dec){each + (larger ? step : 0), d.scale, 0});
    lua_rawseti(L, -2, i);
  }
  return 1;
}

int bh_dec_lua_abs(lua_State *L)
{
  bh_dec d = bh_dec_need(L, 1, NULL);
  bool fits = d.coef >= 0 || bh_dec_sub(&d, bh_dec_int(0), d);
  return bh_dec_push_result(L, fits, d);
}

static int push_whole(lua_State *L, bool fits, bh_dec d)
{
  if (!fits)
    return bh_rules_error(L, "the result is too large for an integer");
  lua_pushinteger(L, d.coef);
  return 1;
}

int bh_dec_lua_floor(lua_State *L)
{
  bh_dec out = {0};
  bool fits = whole_below(&out, bh_dec_need(L, 1, NULL));
  return push_whole(L, fits, out);
}

int bh_dec_lua_ceil(lua_State *L)
{
  bh_dec d = bh_dec_need(L, 1, NULL), out = {0};
  bool fits = whole_below(&out, d);
  if (bh_dec_cmp(out, d) < 0) /* below the largest integer: d has decimals */
    out.coef++;
  return push_whole(L, fits, out);
}

int bh_lua_floor(lua_State *L)
{
  return bh_dec_at(L, 1) ? bh_dec_lua_floor(L) : bh_rules_of(L)->stock_floor(L);
}

int bh_lua_ceil(lua_State *L)
{
  return bh_dec_at(L, 1) ? bh_dec_lua_ceil(L) : bh_rules_of(L)->stock_ceil(L);
}

int bh_lua_abs(lua_State *L)
{
  return bh_dec_at(L, 1) ? bh_dec_lua_abs(L) : bh_rules_of(L)->stock_abs(L);
}

static void check_number(lua_State *L, int index)
{
  if (lua_type(L, index) != LUA_TNUMBER && !bh_dec_at(L, index))
    luaL_typeerror(L, index, "number or decimal");
}

/* A float among decimals is found by the comparison. */
static int extreme(lua_State *L, bool largest)
{
  int n = lua_gettop(L), best = 1;
  luaL_argcheck(L, n >= 1, 1, "a number or decimal was expected");
  for (int i = 1; i <= n; i++) {
    check_number(L, i);
    if (i > 1 && (largest ? lua_compare(L, best, i, LUA_OPLT) : lua_compare(L, i, best, LUA_OPLT)))
      best = i;
  }
  lua_pushvalue(L, best);
  return 1;
}

int bh_lua_max(lua_State *L)
{
  return extreme(L, true);
}

int bh_lua_min(lua_State *L)
{
  return extreme(L, false);
}
