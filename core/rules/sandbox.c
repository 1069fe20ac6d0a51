/* What a rule finds in its world: the allow-list, and nothing else. Left out on purpose: io, os, debug, package, coroutine, load and its kin, pcall,
 * xpcall, collectgarbage, metatables and raw access, print, string.dump and pack, table.move and pack, math's random numbers and what rounds differently
 * from one C library to the next. */
#include "rules/impl.h"
#include <lualib.h>

const bh_word bh_sandbox_words[] = {
  {NULL, "assert", NULL, NULL, NULL}, {NULL, "error", NULL, NULL, NULL}, {NULL, "ipairs", NULL, NULL, NULL}, {NULL, "select", NULL, NULL, NULL},
  {NULL, "type", NULL, NULL, NULL},
  {NULL, "next", bh_lua_next, NULL, NULL}, {NULL, "pairs", bh_lua_pairs, NULL, NULL}, {NULL, "tonumber", bh_lua_tonumber, NULL, NULL},
  {NULL, "tostring", bh_lua_tostring, NULL, NULL},
  {NULL, "dec", bh_lua_dec, "@param value string|integer|decimal  for example \"12.50\"\n@return decimal",
   "An exact decimal, from a string such as \"12.50\"."},
  {NULL, "require", bh_lua_require, "@param name string\n@return any",
   "rules/NAME.lua, run once; what it returns is read-only."},
  {NULL, "rule", bh_lua_rule, "@param contract string\n@return fun(rule: fun(bill: billhook.Bill))",
   "A contract's own pricing rule: `rule \"acme-managed\" (function(bill) … end)`."},
  {NULL, "secret", bh_lua_secret, "@param reference string\n@return any",
   "A reference, never a value: \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\"."},
  {NULL, "devices", bh_lua_devices, "@param match? billhook.Match\n@return billhook.Selector",
   "Devices that match: `devices { class = \"workstation\" }`."},
  {NULL, "users", bh_lua_users, "@param match? billhook.Match\n@return billhook.Selector",
   "Users that match."},
  {NULL, "assets", bh_lua_assets, "@param match billhook.Match\n@return billhook.Selector",
   "Assets of any kind: `assets { kind = \"licence\" }`."},
  {NULL, "gauge", bh_lua_gauge, "@param of { metric: string, from?: string }\n@return billhook.Selector",
   "A level that a platform reports: `gauge { metric = \"m365.SPB\" }`."},
  {NULL, "usage", bh_lua_usage, "@param of { metric: string, from?: string, [string]: any }\n@return billhook.Selector",
   "What was used in the period: `usage { metric = \"backup_gb\" }`; any other key is an attribute, matched by glob."},
  /* a file of clients/ runs for its rules alone: the rest of it says nothing here */
  {NULL, "client", bh_lua_constructor, NULL, NULL}, {NULL, "contract", bh_lua_constructor, NULL, NULL},
  {NULL, "company", bh_lua_constructor, NULL, NULL},
  {NULL, "invoicing", bh_lua_constructor, NULL, NULL}, {NULL, "connector", bh_lua_constructor, NULL, NULL},
  {NULL, "sink", bh_lua_constructor, NULL, NULL},
  {NULL, "gateway", bh_lua_constructor, NULL, NULL}, {NULL, "tax", bh_lua_constructor, NULL, NULL},
  {NULL, "identity", bh_lua_constructor, NULL, NULL},
  {NULL, "product", bh_lua_constructor, NULL, NULL}, {NULL, "pricelist", bh_lua_constructor, NULL, NULL},
  {NULL, "template", bh_lua_constructor, NULL, NULL},
  {NULL, "charge", bh_lua_constructor, NULL, NULL}, {NULL, "store", bh_lua_constructor, NULL, NULL},

  {"string", "byte", NULL, NULL, NULL}, {"string", "char", NULL, NULL, NULL}, {"string", "find", NULL, NULL, NULL},
  {"string", "format", bh_lua_format, NULL, NULL}, {"string", "gmatch", NULL, NULL, NULL},
  {"string", "gsub", NULL, NULL, NULL}, {"string", "len", NULL, NULL, NULL}, {"string", "lower", NULL, NULL, NULL},
  {"string", "match", NULL, NULL, NULL}, {"string", "rep", bh_lua_rep, NULL, NULL},
  {"string", "reverse", NULL, NULL, NULL}, {"string", "sub", NULL, NULL, NULL}, {"string", "upper", NULL, NULL, NULL},

  {"table", "concat", bh_lua_concat, NULL, NULL}, {"table", "insert", bh_lua_insert, NULL, NULL}, {"table", "remove", bh_lua_remove, NULL, NULL},
  {"table", "sort", bh_lua_sort, NULL, NULL},
  {"table", "unpack", NULL, NULL, NULL},

  {"math", "abs", bh_lua_abs, NULL, NULL}, {"math", "ceil", bh_lua_ceil, NULL, NULL}, {"math", "floor", bh_lua_floor, NULL, NULL},
  {"math", "fmod", NULL, NULL, NULL}, {"math", "max", bh_lua_max, NULL, NULL},
  {"math", "min", bh_lua_min, NULL, NULL}, {"math", "modf", NULL, NULL, NULL}, {"math", "tointeger", NULL, NULL, NULL},
  {"math", "type", NULL, NULL, NULL}, {"math", "ult", NULL, NULL, NULL},
  {"math", "huge", NULL, NULL, NULL}, {"math", "maxinteger", NULL, NULL, NULL}, {"math", "mininteger", NULL, NULL, NULL},

  {"utf8", "char", NULL, NULL, NULL}, {"utf8", "charpattern", NULL, NULL, NULL}, {"utf8", "codepoint", NULL, NULL, NULL},
  {"utf8", "codes", NULL, NULL, NULL}, {"utf8", "len", NULL, NULL, NULL},
  {"utf8", "offset", NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL},
};

void bh_words_set(lua_State *L, const bh_word *words)
{
  for (int i = 0; words[i].name; i++) {
    if (words[i].function)
      lua_pushcfunction(L, words[i].function);
    else
      lua_pushinteger(L, i + 1);
    lua_setfield(L, -2, words[i].name);
  }
}

/* Pushes what stock Lua has under that name. */
static void push_stock(lua_State *L, const char *library, const char *name)
{
  lua_pushglobaltable(L);
  if (library) {
    lua_getfield(L, -1, library);
    lua_remove(L, -2);
  }
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

static lua_CFunction stock(lua_State *L, const char *library, const char *name)
{
  push_stock(L, library, name);
  lua_CFunction f = lua_tocfunction(L, -1);
  bh_require(f != NULL);
  lua_pop(L, 1);
  return f;
}

/* The table of a library inside the sandbox at `box`, made where it is not there yet; pushed. */
static void push_library(lua_State *L, int box, const char *library)
{
  if (!library) {
    lua_pushvalue(L, box);
    return;
  }
  if (lua_getfield(L, box, library) == LUA_TTABLE)
    return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, box, library);
}

static void set_string_metatable(lua_State *L, int box)
{
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 2); /* no arithmetic on strings: "0.1" + 1 would be a float */
  lua_getfield(L, box, "string");
  bh_freeze_plain(L, -1);
  lua_setfield(L, -3, "__index");
  lua_pop(L, 1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void bh_sandbox_build(lua_State *L)
{
  static const char *const libraries[] = {LUA_STRLIBNAME, LUA_TABLIBNAME, LUA_MATHLIBNAME, LUA_UTF8LIBNAME};
  static const lua_CFunction openers[] = {luaopen_string, luaopen_table, luaopen_math, luaopen_utf8};
  bh_rules *r = bh_rules_of(L);
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  lua_pop(L, 1);
  for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
    luaL_requiref(L, libraries[i], openers[i], 1);
    lua_pop(L, 1);
  }
  r->stock_insert = stock(L, "table", "insert");
  r->stock_remove = stock(L, "table", "remove");
  r->stock_concat = stock(L, "table", "concat");
  r->stock_format = stock(L, "string", "format");
  r->stock_tonumber = stock(L, NULL, "tonumber");
  r->stock_floor = stock(L, "math", "floor");
  r->stock_ceil = stock(L, "math", "ceil");
  r->stock_abs = stock(L, "math", "abs");
  lua_newtable(L);
  int box = lua_gettop(L);
  for (const bh_word *w = bh_sandbox_words; w->name; w++) {
    push_library(L, box, w->library);
    if (w->function)
      lua_pushcfunction(L, w->function);
    else
      push_stock(L, w->library, w->name);
    bh_require(!lua_isnil(L, -1));
    lua_setfield(L, -2, w->name);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    lua_getfield(L, box, libraries[i]);
    bh_freeze_table(L);
    lua_pop(L, 2);
  }
  set_string_metatable(L, box);
  bh_dec_open(L);
  bh_select_open(L);
  bh_bill_open(L);
  bh_bill_lines_open(L);
  r->sandbox_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  /* what stock Lua left behind is out of reach, but it is memory */
  lua_pushnil(L);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

/* ---- the names, for the annotations' test ---- */

/* Appends PREFIX, then "." or ":" for a method, then the name, for each field of the table on top (popped) to the list at `list`. */
static void list_names(lua_State *L, int list, const char *prefix, bool methods)
{
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    bool library = lua_type(L, -1) == LUA_TTABLE;
    const char *name = lua_tostring(L, -2), *mark = methods && lua_type(L, -1) == LUA_TFUNCTION ? ":" : ".";
    if (library && !prefix[0]) {
      bh_freeze_plain(L, -1);
      list_names(L, list, name, false);
      continue;
    }
    lua_pushfstring(L, "%s%s%s", prefix, prefix[0] ? mark : "", name);
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
  }
  lua_pop(L, 1);
}

static int names_body(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  bh_buf *out = lua_touserdata(L, 1);
  lua_newtable(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->sandbox_ref);
  list_names(L, 2, "", false);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->bill_keys_ref);
  list_names(L, 2, "bill", true);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->line_keys_ref);
  list_names(L, 2, "line", true);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->dec_meta_ref);
  lua_getfield(L, -1, "__index");
  lua_remove(L, -2);
  list_names(L, 2, "decimal", true);
  lua_pushcfunction(L, bh_lua_sort);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 0);
  for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TSTRING; i++) {
    bh_buf_putz(out, lua_tostring(L, -1));
    bh_buf_putc(out, '\n');
    lua_pop(L, 1);
  }
  return 0;
}

bh_status bh_rules_names(bh_rules *r, bh_buf *out, bh_error *err)
{
  bh_rules_arm(r, r->L, r->limits.instructions_max);
  lua_settop(r->L, 0);
  lua_pushcfunction(r->L, names_body);
  lua_pushlightuserdata(r->L, out);
  bh_status st = lua_pcall(r->L, 1, 0, 0) == LUA_OK && !out->failed ? BH_OK : bh_fail(err, BH_E_NOMEM, "rules: the names do not fit");
  lua_sethook(r->L, NULL, 0, 0);
  lua_settop(r->L, 0);
  return st;
}
