/* Selectors in a rule: devices {…}, users {…}, assets {…}, gauge {…}, usage {…}. They hold their table, and are understood by the host. */
#include "rules/impl.h"

typedef struct box { uint32_t tag; int32_t word; } box;
static const char *const words[] = {"devices", "users", "assets", "gauge", "usage"};

static int make(lua_State *L, int word)
{
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  box *b = lua_newuserdatauv(L, sizeof *b, 1);
  *b = (box){BH_TAG_SELECTOR, word};
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, bh_rules_of(L)->selector_meta_ref);
  lua_setmetatable(L, -2);
  return 1;
}

int bh_lua_devices(lua_State *L) { return make(L, 0); }
int bh_lua_users(lua_State *L) { return make(L, 1); }
int bh_lua_assets(lua_State *L) { return make(L, 2); }
int bh_lua_gauge(lua_State *L) { return make(L, 3); }
int bh_lua_usage(lua_State *L) { return make(L, 4); }

void bh_select_open(lua_State *L)
{
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "selector");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  bh_rules_of(L)->selector_meta_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static const box *selector_at(lua_State *L, int index)
{
  if (lua_type(L, index) != LUA_TUSERDATA)
    return NULL;
  const box *b = lua_touserdata(L, index);
  return b->tag == BH_TAG_SELECTOR ? b : NULL;
}

void bh_select_reach(lua_State *L, int index)
{
  if (selector_at(L, index))
    lua_getiuservalue(L, index, 1);
  else
    lua_pushnil(L);
}

/* {"devices":{…}}: the same text as in clients/NAME.jsonl. A plain table is taken as it is, and the host judges it. */
bh_str bh_select_json(lua_State *L, int index)
{
  bh_rules *r = bh_rules_of(L);
  const box *b = selector_at(L, index);
  bh_node *n;
  if (b) {
    lua_getiuservalue(L, index, 1);
    n = bh_node_new(r->call.arena, BH_NODE_TABLE);
    bh_node_set(r->call.arena, n, bh_str_c(words[b->word]), bh_node_from_lua(L, -1));
    lua_pop(L, 1);
  } else if (lua_type(L, index) == LUA_TTABLE) {
    n = bh_node_from_lua(L, index);
  } else {
    bh_rules_error(L, "a selector such as devices { class = \"server\" } was expected, not a %s", luaL_typename(L, index));
    return (bh_str){"", 0};
  }
  bh_buf_clear(&r->scratch);
  bh_json_write(&r->scratch, n);
  if (r->scratch.failed || r->scratch.len > 64 * 1024)
    bh_rules_error(L, "the selector is too large");
  return bh_bill_keep(L, bh_buf_str(&r->scratch));
}
