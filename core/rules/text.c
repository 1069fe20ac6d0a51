/* Text in a rule: no address ever shows, decimals print exactly, repetition has an end. */
#include "rules/impl.h"

/* Pushes the text of any value: the same in every run and on every machine. */
static void push_text(lua_State *L, int index)
{
  const bh_dec *d;
  switch (lua_type(L, index)) {
  case LUA_TSTRING: case LUA_TNUMBER: case LUA_TNIL: case LUA_TBOOLEAN:
    luaL_tolstring(L, index, NULL);
    break;
  case LUA_TUSERDATA:
    d = bh_dec_at(L, index);
    if (d) {
      char text[32];
      lua_pushlstring(L, text, bh_dec_format(text, *d));
      break;
    }
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
      break;
    lua_pushliteral(L, "userdata");
    break;
  default:
    lua_pushstring(L, luaL_typename(L, index));
  }
}

int bh_lua_tostring(lua_State *L)
{
  luaL_checkany(L, 1);
  push_text(L, 1);
  return 1;
}

/* A whole decimal becomes an integer; another one would become a float. */
int bh_lua_tonumber(lua_State *L)
{
  const bh_dec *d = bh_dec_at(L, 1);
  if (!d)
    return bh_rules_of(L)->stock_tonumber(L);
  bh_dec whole = bh_dec_trim(*d);
  if (whole.scale > 0)
    return bh_rules_error(L, "tonumber would make a float of a decimal that is not whole: round it first");
  lua_pushinteger(L, whole.coef);
  return 1;
}

int bh_lua_rep(lua_State *L)
{
  size_t len, sep_len;
  const char *s = luaL_checklstring(L, 1, &len), *sep = luaL_optlstring(L, 3, "", &sep_len);
  lua_Integer n = luaL_checkinteger(L, 2);
  if (n <= 0 || (len == 0 && sep_len == 0)) {
    lua_pushliteral(L, "");
    return 1;
  }
  if (n > BH_RULE_REPEAT_COUNT_MAX || len + sep_len > BH_RULE_REPEAT_BYTES_MAX / (size_t)n)
    return bh_rules_error(L, "string.rep: the result would be longer than %d bytes", (int)BH_RULE_REPEAT_BYTES_MAX);
  size_t bytes = (size_t)n * (len + sep_len);
  bh_rules_charge(L, n / 8 + (int64_t)(bytes / 256));
  luaL_Buffer b;
  luaL_buffinitsize(L, &b, bytes);
  for (lua_Integer i = 0; i < n; i++) {
    luaL_addlstring(&b, s, len);
    if (i + 1 < n)
      luaL_addlstring(&b, sep, sep_len);
  }
  luaL_pushresult(&b);
  return 1;
}

/* One conversion: "%-8.2f" → its flags and width, its precision, its letter. */
typedef struct conversion { const char *start; size_t head, len; int precision; char letter; } conversion;

static conversion read_conversion(const char *p, const char *end)
{
  conversion c = {.start = p, .precision = -1};
  const char *q = p + 1;
  while (q < end && strchr("-+ #0", *q) && *q)
    q++;
  while (q < end && *q >= '0' && *q <= '9')
    q++;
  c.head = (size_t)(q - p);
  if (q < end && *q == '.') {
    c.precision = 0;
    for (q++; q < end && *q >= '0' && *q <= '9' && c.precision < 100; q++)
      c.precision = c.precision * 10 + (*q - '0');
  }
  c.letter = q < end ? *q : 0;
  c.len = (size_t)(q - p) + (q < end);
  return c;
}

/* The head of "%-+08" with what %s understands: '-' and the width. */
static void add_string_head(luaL_Buffer *b, const conversion *c)
{
  bool left = false, zero = true;
  luaL_addchar(b, '%');
  for (size_t i = 1; i < c->head; i++) {
    char ch = c->start[i];
    if (ch == '-') {
      if (!left)
        luaL_addchar(b, '-');
      left = true;
    } else if (ch >= '0' && ch <= '9' && !(ch == '0' && zero)) {
      luaL_addchar(b, ch);
      zero = false;
    }
  }
}

/* The decimal as the conversion wants it, exactly; replaces the argument. False: stock format shall see it. */
static bool convert_decimal(lua_State *L, int arg, const conversion *c, const bh_dec *d)
{
  bh_dec shown;
  char text[33] = "+";
  bool plus = memchr(c->start, '+', c->head) != NULL && d->coef >= 0;
  int places = c->letter == 'f' ? (c->precision < 0 ? 6 : c->precision) : 0;
  if (c->letter != 'f' && c->letter != 'd' && c->letter != 'i')
    bh_rules_error(L, "string.format: a decimal goes with %%s, %%d or %%f");
  if (places > BH_DEC_SCALE_MAX)
    bh_rules_error(L, "string.format: a decimal has at most 9 decimals");
  if (!bh_dec_round(&shown, *d, places, BH_HALF_UP))
    bh_rules_error(L, "string.format: the decimal is too large for that many decimals");
  if (c->letter != 'f' && bh_dec_cmp(shown, *d) != 0)
    bh_rules_error(L, "string.format: %%d needs a whole number: round it first, or use %%s");
  bh_dec_format(text + 1, shown);
  lua_pushstring(L, plus ? text : text + 1);
  lua_replace(L, arg);
  return true;
}

int bh_lua_format(lua_State *L)
{
  size_t len;
  const char *p = luaL_checklstring(L, 1, &len), *end = p + len;
  int top = lua_gettop(L), arg = 1;
  luaL_Buffer b;
  luaL_buffinit(L, &b); /* the rewritten format: its place on the stack is above the arguments */
  while (p < end) {
    if (*p != '%' || p + 1 == end) {
      luaL_addchar(&b, *p++);
      continue;
    }
    if (p[1] == '%') {
      luaL_addlstring(&b, p, 2);
      p += 2;
      continue;
    }
    conversion c = read_conversion(p, end);
    p += c.len;
    arg++;
    if (c.letter == 'p')
      return bh_rules_error(L, "string.format: %%p is not available: an address is another one in every run");
    const bh_dec *d = arg <= top ? bh_dec_at(L, arg) : NULL;
    if (arg <= top && (c.letter == 's' || c.letter == 'q')) {
      if (c.letter == 's' || d) {
        push_text(L, arg);
        lua_replace(L, arg);
      }
    } else if (d && convert_decimal(L, arg, &c, d)) {
      add_string_head(&b, &c);
      luaL_addchar(&b, 's');
      continue;
    }
    luaL_addlstring(&b, c.start, c.len);
  }
  luaL_pushresult(&b);
  lua_replace(L, 1);
  lua_settop(L, top);
  return bh_rules_of(L)->stock_format(L);
}
