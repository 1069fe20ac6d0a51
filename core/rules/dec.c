/* Exact decimals in Lua. Lua integers mix freely; a float never enters. */
#include "rules/impl.h"

typedef struct box { uint32_t tag; bh_dec value; } box;

const bh_dec *bh_dec_at(lua_State *L, int index)
{
  if (lua_type(L, index) != LUA_TUSERDATA)
    return NULL;
  box *b = lua_touserdata(L, index);
  return b->tag == BH_TAG_DEC ? &b->value : NULL;
}

void bh_dec_push(lua_State *L, bh_dec d)
{
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  b->tag = BH_TAG_DEC;
  b->value = d;
  lua_rawgeti(L, LUA_REGISTRYINDEX, bh_rules_of(L)->dec_meta_ref);
  lua_setmetatable(L, -2);
}

static const char *kind_of(lua_State *L, int index)
{
  if (lua_type(L, index) == LUA_TUSERDATA && luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
    return lua_tostring(L, -1); /* stays on the stack until the error */
  return luaL_typename(L, index);
}

static void not_exact(lua_State *L, int index, const char *what)
{
  const char *of = what ? what : "", *colon = what ? ": " : "";
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_pushvalue(L, index); /* a copy: tostring works in place */
    const char *text = lua_tostring(L, -1);
    bh_rules_error(L, "%s%s%s is a float, which is not exact: write dec \"%s\"", of, colon, text, text);
  }
  if (lua_type(L, index) == LUA_TSTRING)
    bh_rules_error(L, "%s%s\"%s\" is a string: write dec \"%s\"", of, colon, lua_tostring(L, index), lua_tostring(L, index));
  bh_rules_error(L, "%s%sa decimal or an integer was expected, not %s", of, colon, kind_of(L, index));
}

static bool exact(lua_State *L, int index, bh_dec *out)
{
  const bh_dec *d = bh_dec_at(L, index);
  if (d) {
    *out = *d;
    return true;
  }
  if (lua_type(L, index) == LUA_TNUMBER && lua_isinteger(L, index)) {
    *out = bh_dec_int(lua_tointeger(L, index));
    return true;
  }
  return false;
}

bh_dec bh_dec_need(lua_State *L, int index, const char *what)
{
  bh_dec d = {0};
  index = lua_absindex(L, index);
  if (!exact(L, index, &d))
    not_exact(L, index, what);
  return d;
}

bh_dec bh_dec_need_text(lua_State *L, int index, const char *what)
{
  bh_dec d;
  index = lua_absindex(L, index);
  if (lua_type(L, index) != LUA_TSTRING)
    return bh_dec_need(L, index, what);
  size_t len;
  const char *s = lua_tolstring(L, index, &len);
  if (!bh_dec_parse(&d, (bh_str){s, len}, BH_DEC_SCALE_MAX))
    bh_rules_error(L, "%s%s\"%s\" is no decimal: it was expected like \"12.50\", with at most 9 decimals", what ? what : "", what ? ": " : "", s);
  return d;
}

int bh_lua_dec(lua_State *L)
{
  luaL_checkany(L, 1);
  if (bh_dec_at(L, 1))
    lua_settop(L, 1);
  else
    bh_dec_push(L, bh_dec_need_text(L, 1, "dec"));
  return 1;
}

int bh_dec_push_result(lua_State *L, bool fits, bh_dec d)
{
  if (!fits)
    return bh_rules_error(L, "the result is too large for a decimal");
  bh_dec_push(L, d);
  return 1;
}

#define OPERATION(name)                                                  \
  static int op_##name(lua_State *L)                                     \
  {                                                                      \
    bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL), c = {0}; \
    bool fits = bh_dec_##name(&c, a, b);                                 \
    return bh_dec_push_result(L, fits, c);                                      \
  }
OPERATION(add)
OPERATION(sub)
OPERATION(mul)

static int op_div(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL), c = {0};
  if (b.coef == 0)
    return bh_rules_error(L, "division by zero");
  bool fits = bh_dec_div(&c, a, b);
  return bh_dec_push_result(L, fits, c);
}

/* a // b and a % b as Lua has them for integers: towards minus infinity, a = b * q + rest. */
static void floor_div(bh_i128 *quotient, bh_i128 *rest, int *rest_scale, bh_dec a, bh_dec b)
{
  int scale = a.scale > b.scale ? a.scale : b.scale;
  bh_i128 x = a.coef, y = b.coef;
  for (int i = a.scale; i < scale; i++)
    x *= 10;
  for (int i = b.scale; i < scale; i++)
    y *= 10;
  bh_i128 q = x / y, m = x % y;
  if (m != 0 && (m < 0) != (y < 0)) {
    q--;
    m += y;
  }
  *quotient = q;
  *rest = m;
  *rest_scale = scale;
}

static int push_wide(lua_State *L, bh_i128 coef, int scale)
{
  bool fits = coef <= INT64_MAX && coef >= INT64_MIN;
  return bh_dec_push_result(L, fits, (bh_dec){(int64_t)coef, scale, 0});
}

static int op_idiv(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL);
  bh_i128 q, rest;
  int scale;
  if (b.coef == 0)
    return bh_rules_error(L, "division by zero");
  floor_div(&q, &rest, &scale, a, b);
  return push_wide(L, q, 0);
}

static int op_mod(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL);
  bh_i128 q, rest;
  int scale;
  if (b.coef == 0)
    return bh_rules_error(L, "division by zero");
  floor_div(&q, &rest, &scale, a, b);
  return push_wide(L, rest, scale);
}

static int op_unm(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), c = {0};
  bool fits = bh_dec_sub(&c, bh_dec_int(0), a);
  c.scale = fits ? c.scale : 0;
  return bh_dec_push_result(L, fits, c);
}

static int op_pow(lua_State *L)
{
  return bh_rules_error(L, "decimals have no ^: multiply them");
}

static int op_eq(lua_State *L)
{
  const bh_dec *a = bh_dec_at(L, 1), *b = bh_dec_at(L, 2);
  lua_pushboolean(L, a && b && bh_dec_cmp(*a, *b) == 0);
  return 1;
}

static int op_lt(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL);
  lua_pushboolean(L, bh_dec_cmp(a, b) < 0);
  return 1;
}

static int op_le(lua_State *L)
{
  bh_dec a = bh_dec_need(L, 1, NULL), b = bh_dec_need(L, 2, NULL);
  lua_pushboolean(L, bh_dec_cmp(a, b) <= 0);
  return 1;
}

static int op_concat(lua_State *L)
{
  for (int i = 1; i <= 2; i++) {
    const bh_dec *d = bh_dec_at(L, i);
    if (d) {
      char text[32];
      lua_pushlstring(L, text, bh_dec_format(text, *d));
    } else if (lua_type(L, i) == LUA_TSTRING || lua_type(L, i) == LUA_TNUMBER) {
      lua_pushvalue(L, i);
    } else {
      return bh_rules_error(L, "a decimal can be joined with a string or a number, not with %s", kind_of(L, i));
    }
  }
  lua_concat(L, 2);
  return 1;
}

const bh_word bh_dec_words[] = {
  {NULL, "round", bh_dec_lua_round, "@param places? integer\n@param mode? \"half-up\"|\"half-even\" half-up is away from zero\n@return decimal",
   "Rounds to `places` decimals (0 to 9; 0 where left out). Integers have this too: `(5):round(2)` is 5.00."},
  {NULL, "split", bh_dec_lua_split, "@param parts integer\n@return decimal[]",
   "`parts` decimals at this one's own number of decimals that add up to it exactly; the earlier ones are the larger."},
  {NULL, "abs", bh_dec_lua_abs, "@return decimal",
   "Without its sign."},
  {NULL, "floor", bh_dec_lua_floor, "@return integer",
   "The largest integer at or below it."},
  {NULL, "ceil", bh_dec_lua_ceil, "@return integer",
   "The smallest integer at or above it."},
  {NULL, NULL, NULL, NULL, NULL},
};

void bh_dec_open(lua_State *L)
{
  static const luaL_Reg meta[] = {
    {"__add", op_add}, {"__sub", op_sub}, {"__mul", op_mul}, {"__div", op_div}, {"__idiv", op_idiv}, {"__mod", op_mod}, {"__unm", op_unm},
    {"__pow", op_pow}, {"__eq", op_eq}, {"__lt", op_lt}, {"__le", op_le}, {"__concat", op_concat}, {"__tostring", bh_lua_tostring}, {NULL, NULL}};
  luaL_newlib(L, meta);
  lua_newtable(L);
  bh_words_set(L, bh_dec_words);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__index");
  /* integers have the same methods: a count may be either */
  lua_pushinteger(L, 0);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 2);
  lua_pushliteral(L, "decimal");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  bh_rules_of(L)->dec_meta_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
