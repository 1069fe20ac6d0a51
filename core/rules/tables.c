/* Tables in a rule: one order, and a price for the work that no hook sees. */
#include "rules/impl.h"
#include <stdlib.h>

typedef enum rank { RANK_NUMBER, RANK_STRING, RANK_BOOLEAN } rank;
typedef struct key { rank rank; bool whole; bool truth; lua_Integer integer; lua_Number number; bh_str text; } key;

/* Numbers, then strings bytewise, then false and true. Other keys have no order that is the same in two runs. */
static key key_at(lua_State *L, int index)
{
  key k = {.rank = RANK_NUMBER};
  size_t len;
  switch (lua_type(L, index)) {
  case LUA_TNUMBER:
    k.whole = lua_isinteger(L, index);
    if (k.whole)
      k.integer = lua_tointeger(L, index);
    else
      k.number = lua_tonumber(L, index);
    return k;
  case LUA_TSTRING:
    k.rank = RANK_STRING;
    k.text.ptr = lua_tolstring(L, index, &len);
    k.text.len = len;
    return k;
  case LUA_TBOOLEAN:
    k.rank = RANK_BOOLEAN;
    k.truth = lua_toboolean(L, index);
    return k;
  default:
    bh_rules_error(L, "pairs: the table has a %s as a key, and such keys have no order", luaL_typename(L, index));
    return k;
  }
}

/* An integer against a float that is none (as a key it would have become an integer), exactly. */
static int compare_mixed(lua_Integer i, lua_Number f)
{
  const lua_Number limit = -(lua_Number)LUA_MININTEGER; /* 2^63 */
  if (f >= limit)
    return -1;
  if (f < -limit)
    return 1;
  lua_Integer whole = (lua_Integer)f; /* towards zero */
  if (i != whole)
    return i < whole ? -1 : 1;
  return f > 0 ? -1 : 1;
}

static int compare_keys(const void *x, const void *y)
{
  const key *a = x, *b = y;
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  switch (a->rank) {
  case RANK_STRING: return bh_str_cmp(a->text, b->text);
  case RANK_BOOLEAN: return (int)a->truth - (int)b->truth;
  default:
    if (a->whole && b->whole)
      return (a->integer > b->integer) - (a->integer < b->integer);
    if (!a->whole && !b->whole)
      return (a->number > b->number) - (a->number < b->number);
    return a->whole ? compare_mixed(a->integer, b->number) : -compare_mixed(b->integer, a->number);
  }
}

static void push_key(lua_State *L, const key *k)
{
  if (k->rank == RANK_STRING)
    lua_pushlstring(L, k->text.ptr, k->text.len);
  else if (k->rank == RANK_BOOLEAN)
    lua_pushboolean(L, k->truth);
  else if (k->whole)
    lua_pushinteger(L, k->integer);
  else
    lua_pushnumber(L, k->number);
}

/* Upvalues: the content, its keys in order, the number of keys given so far. A key whose value is gone by then is left out. */
static int pairs_step(lua_State *L)
{
  lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));
  for (;;) {
    if (lua_rawgeti(L, lua_upvalueindex(2), ++i) == LUA_TNIL)
      return 1;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
      break;
    lua_pop(L, 2);
  }
  lua_pushinteger(L, i);
  lua_replace(L, lua_upvalueindex(3));
  return 2;
}

int bh_lua_pairs(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  bh_freeze_plain(L, 1);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
    n++;
  bh_rules_charge(L, n);
  lua_createtable(L, n < 1000000 ? (int)n : 1000000, 0);
  if (n > 0) {
    key *keys = lua_newuserdatauv(L, (size_t)n * sizeof *keys, 0);
    lua_Integer i = 0;
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
      keys[i++] = key_at(L, -2); /* strings stay: the table holds them */
    qsort(keys, (size_t)n, sizeof *keys, compare_keys);
    for (i = 0; i < n; i++) {
      push_key(L, &keys[i]);
      lua_rawseti(L, 3, i + 1);
    }
    lua_pop(L, 1);
  }
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, pairs_step, 3);
  return 1;
}

/* The least key above the given one: next in the order of pairs. */
int bh_lua_next(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  bh_freeze_plain(L, 1);
  bool first = lua_isnil(L, 2), found = false;
  key after = {.rank = RANK_NUMBER}, best = {.rank = RANK_NUMBER};
  if (!first)
    after = key_at(L, 2);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
    key k = key_at(L, -2);
    n++;
    if ((first || compare_keys(&k, &after) > 0) && (!found || compare_keys(&k, &best) < 0)) {
      best = k;
      found = true;
    }
  }
  bh_rules_charge(L, n);
  if (!found) {
    lua_pushnil(L);
    return 1;
  }
  push_key(L, &best);
  lua_pushvalue(L, -1);
  lua_rawget(L, 3);
  return 2;
}

/* True where b must stand before a; both are on the stack. */
static bool before(lua_State *L, int b, int a, bool with_function)
{
  if (!with_function)
    return lua_compare(L, b, a, LUA_OPLT);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, b < 0 ? b - 1 : b);
  lua_pushvalue(L, a < 0 ? a - 2 : a);
  lua_call(L, 2, 1);
  bool result = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return result;
}

/* Merges from[lo, mid) and from[mid, hi) into `to`; both are tables on the stack. */
static void merge(lua_State *L, int from, int to, lua_Integer lo, lua_Integer mid, lua_Integer hi, bool with_function)
{
  lua_Integer i = lo, j = mid;
  for (lua_Integer k = lo; k < hi; k++) {
    bool right = i >= mid;
    if (i < mid && j < hi) {
      lua_rawgeti(L, from, i + 1);
      lua_rawgeti(L, from, j + 1);
      right = before(L, -1, -2, with_function);
      lua_pop(L, 2);
    }
    lua_rawgeti(L, from, right ? ++j : ++i);
    lua_rawseti(L, to, k + 1);
  }
}

/* A stable merge sort. Lua's own takes its pivots from the clock. */
int bh_lua_sort(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  bool with_function = !lua_isnoneornil(L, 2);
  if (with_function)
    luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_Integer n = luaL_len(L, 1);
  if (n < 2)
    return 0;
  if (n > INT32_MAX)
    return bh_rules_error(L, "table.sort: the table is too long");
  lua_newtable(L);
  lua_newtable(L);
  int from = 3, to = 4;
  for (lua_Integer i = 1; i <= n; i++) {
    lua_geti(L, 1, i);
    lua_rawseti(L, from, i);
  }
  for (lua_Integer width = 1; width < n; width *= 2) {
    bh_rules_charge(L, n);
    for (lua_Integer lo = 0; lo < n; lo += 2 * width) {
      lua_Integer mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n;
      merge(L, from, to, lo, mid, hi, with_function);
    }
    int swap = from;
    from = to;
    to = swap;
  }
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, from, i);
    lua_seti(L, 1, i);
  }
  return 0;
}

/* What insert and remove move in the worst case. */
static void charge_shift(lua_State *L, bool shifts)
{
  if (shifts && lua_istable(L, 1))
    bh_rules_charge(L, (int64_t)lua_rawlen(L, 1) / 8);
}

int bh_lua_insert(lua_State *L)
{
  charge_shift(L, lua_gettop(L) > 2);
  return bh_rules_of(L)->stock_insert(L);
}

int bh_lua_remove(lua_State *L)
{
  charge_shift(L, lua_gettop(L) > 1);
  return bh_rules_of(L)->stock_remove(L);
}

static bool is_exact(lua_State *L, int index)
{
  return bh_dec_at(L, index) != NULL;
}

/* Decimals may stand in the list. */
int bh_lua_concat(lua_State *L)
{
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer first = luaL_optinteger(L, 3, 1), last = lua_isnoneornil(L, 4) ? luaL_len(L, 1) : luaL_checkinteger(L, 4);
  if (last >= first && (uint64_t)last - (uint64_t)first < INT32_MAX) {
    bh_rules_charge(L, last - first);
    bool decimals = false;
    for (lua_Integer i = first; i <= last && !decimals; i++) {
      decimals = lua_geti(L, 1, i) == LUA_TUSERDATA && is_exact(L, -1);
      bool gap = lua_isnil(L, -1);
      lua_pop(L, 1);
      if (gap || i == LUA_MAXINTEGER)
        break;
    }
    if (decimals) {
      lua_settop(L, 4);
      lua_newtable(L);
      for (lua_Integer i = first; i <= last; i++) {
        lua_geti(L, 1, i);
        if (is_exact(L, -1)) {
          lua_pushcfunction(L, bh_lua_tostring);
          lua_insert(L, -2);
          lua_call(L, 1, 1);
        }
        lua_rawseti(L, 5, i);
        if (i == LUA_MAXINTEGER)
          break;
      }
      lua_replace(L, 1);
      lua_pushinteger(L, first);
      lua_replace(L, 3);
      lua_pushinteger(L, last);
      lua_replace(L, 4);
    }
  }
  return bh_rules_of(L)->stock_concat(L);
}
