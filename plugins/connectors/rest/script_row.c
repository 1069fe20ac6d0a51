/* A row of JSON as a Lua table, read by the host's JSON service level by level. */
#include "script.h"

enum { DEPTH_MAX = 32 };

typedef struct level { const rest *r; int array, depth; lua_Integer next; } level;

/* table, key text, value → table. A key is a text, or an index. */
static int set_member(lua_State *L)
{
  lua_rawset(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int push_text(lua_State *L) /* a light bh_str * */
{
  const bh_str *s = lua_touserdata(L, 1);
  lua_pushlstring(L, s->len ? s->ptr : "", s->len);
  return 1;
}

static int push_table(lua_State *L)
{
  lua_newtable(L);
  return 1;
}

static bh_status protected_text(const rest *r, bh_str s)
{
  lua_State *L = r->script->L;
  lua_pushcfunction(L, push_text);
  lua_pushlightuserdata(L, &s);
  return lua_pcall(L, 1, 1, 0) == LUA_OK ? BH_OK : rest_script_failed(r);
}

static bh_status on_member(void *user, const bh_json_record *m)
{
  level *at = user;
  const rest *r = at->r;
  lua_State *L = r->script->L;
  at->next++;
  if (m->kinds[0] == BH_JSON_NULL || m->kinds[0] == BH_JSON_MISSING)
    return BH_OK; /* nil: as if it were not there */
  /* [table] set_member [table] key value */
  lua_pushcfunction(L, set_member);
  lua_pushvalue(L, -2);
  bh_status rc = BH_OK;
  if (at->array)
    lua_pushinteger(L, at->next);
  else
    rc = protected_text(r, m->keys[0]);
  if (rc == BH_OK)
    rc = rest_script_push(r, m->kinds[0], m->texts[0], at->depth + 1);
  if (rc)
    return rc;
  if (lua_pcall(L, 3, 1, 0) != LUA_OK)
    return rest_script_failed(r);
  lua_pop(L, 1);
  return BH_OK;
}

bh_status rest_script_push(const rest *r, int32_t kind, bh_str text, int depth)
{
  static const char *const whole[] = {""};
  lua_State *L = r->script->L;
  if (depth > DEPTH_MAX || !lua_checkstack(L, 20))
    return r->h->fail(r->h->ctx, BH_E_PERMANENT, "a row is nested more than %d deep", DEPTH_MAX);
  if (kind == BH_JSON_TRUE || kind == BH_JSON_FALSE) {
    lua_pushboolean(L, kind == BH_JSON_TRUE);
    return BH_OK;
  }
  if (kind != BH_JSON_OBJECT && kind != BH_JSON_ARRAY)
    return protected_text(r, text);
  lua_pushcfunction(L, push_table);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK)
    return rest_script_failed(r);
  level at = {.r = r, .array = kind == BH_JSON_ARRAY, .depth = depth};
  const bh_json_query q = {.struct_size = sizeof q, .each = at.array ? "$[*]" : "$.*", .fields = whole, .field_count = 1, .record = on_member, .user = &at};
  const bh_json_query *const all[] = {&q};
  return r->api.json->text(r->h->ctx, text, all, 1);
}
