/* A fact as a Lua table, and back. */
#include "script.h"

int rest_script_fact_push(lua_State *L)
{
  const rest_fact *f = lua_touserdata(L, 1);
  lua_createtable(L, 0, F_COUNT + 1);
  for (int i = 0; i < F_COUNT; i++)
    if (f->v[i].len) {
      lua_pushlstring(L, f->v[i].ptr, f->v[i].len);
      lua_setfield(L, -2, rest_field_names[i]);
    }
  lua_newtable(L);
  for (size_t i = 0; i < f->attrs.n; i += 2) {
    lua_pushlstring(L, f->attrs.v[i].ptr, f->attrs.v[i].len);
    lua_pushlstring(L, f->attrs.v[i + 1].ptr, f->attrs.v[i + 1].len);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "attributes");
  return 1;
}

/* What a table had, copied: Lua's strings are gone when the protected call is over. */
typedef struct taken {
  bhk_buf text;
  size_t at[F_COUNT], len[F_COUNT];
  size_t attr_at[2 * BHK_ATTRS_MAX], attr_len[2 * BHK_ATTRS_MAX], attr_count;
  lua_Integer item;         /* of a list; 0: the table itself */
  int there;
} taken;

/* The value on top as text, off the stack. */
static void take_text(lua_State *L, taken *t, const char *key, size_t *at, size_t *len)
{
  size_t n = 0;
  const char *s = "";
  switch (lua_type(L, -1)) {
  case LUA_TNIL: break;
  case LUA_TBOOLEAN: s = lua_toboolean(L, -1) ? "true" : "false"; n = strlen(s); break;
  case LUA_TNUMBER:
    if (!lua_isinteger(L, -1))
      luaL_error(L, "%s is a float: hand decimals on as the texts that they are", key);
    s = lua_tolstring(L, -1, &n);
    break;
  case LUA_TSTRING: s = lua_tolstring(L, -1, &n); break;
  default: luaL_error(L, "%s is a %s: a text is needed", key, luaL_typename(L, -1));
  }
  *at = t->text.len;
  *len = n;
  bhk_put(&t->text, (bh_str){s, n});
  lua_pop(L, 1);
}

static void take_attributes(lua_State *L, taken *t)
{
  if (lua_getfield(L, -1, "attributes") == LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  luaL_checktype(L, -1, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, -2) != 0;) {
    if (lua_type(L, -2) != LUA_TSTRING || t->attr_count == 2 * (size_t)BHK_ATTRS_MAX)
      luaL_error(L, "attributes: at most 40, each with a text for its name");
    size_t *at = &t->attr_at[t->attr_count], *len = &t->attr_len[t->attr_count];
    const char *name = lua_tolstring(L, -2, &len[0]);
    at[0] = t->text.len;
    bhk_put(&t->text, (bh_str){name, len[0]});
    take_text(L, t, name, &at[1], &len[1]);
    t->attr_count += 2;
  }
  lua_pop(L, 1);
}

static int is_field(const char *key)
{
  for (int i = 0; i < F_COUNT; i++)
    if (strcmp(key, rest_field_names[i]) == 0)
      return 1;
  return strcmp(key, "attributes") == 0;
}

static void refuse_unknown(lua_State *L)
{
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "a fact has texts for keys");
    if (!is_field(lua_tostring(L, -2)))
      luaL_error(L, "a fact has no \"%s\"", lua_tostring(L, -2));
  }
}

/* Arguments: what the function gave back, a light taken *. */
static int take_fact(lua_State *L)
{
  taken *t = lua_touserdata(L, 2);
  lua_settop(L, 1);
  if (!lua_toboolean(L, 1))
    return 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  if (t->item && lua_rawgeti(L, 1, t->item) == LUA_TNIL)
    return 0;
  luaL_checktype(L, -1, LUA_TTABLE);
  refuse_unknown(L);
  for (int i = 0; i < F_COUNT; i++) {
    lua_getfield(L, -1, rest_field_names[i]);
    take_text(L, t, rest_field_names[i], &t->at[i], &t->len[i]);
  }
  take_attributes(L, t);
  t->there = 1;
  return 0;
}

static bh_status emit(rest_run *x, const taken *t)
{
  rest_fact f = {.attrs = {.n = 0}};
  const char *text = t->text.ptr ? t->text.ptr : "";
  if (t->text.broken)
    return rest_no_memory(x->r);
  for (int i = 0; i < F_COUNT; i++)
    f.v[i] = (bh_str){text + t->at[i], t->len[i]};
  for (size_t i = 0; i < t->attr_count; i += 2) {
    if (t->attr_len[i + 1] == 0)
      continue;
    f.attrs.v[f.attrs.n++] = (bh_str){text + t->attr_at[i], t->attr_len[i]};
    f.attrs.v[f.attrs.n++] = (bh_str){text + t->attr_at[i + 1], t->attr_len[i + 1]};
  }
  return rest_fact_emit(x, &f);
}

static bh_status take_one(rest_run *x, lua_Integer item, int *more)
{
  lua_State *L = x->r->script->L;
  taken t = {.item = item};
  lua_pushcfunction(L, take_fact);
  lua_pushvalue(L, -2);
  lua_pushlightuserdata(L, &t);
  bh_status rc = lua_pcall(L, 2, 0, 0) != LUA_OK ? rest_script_failed(x->r) : t.there ? emit(x, &t) : BH_OK;
  *more = t.there;
  bhk_dispose(&t.text);
  return rc;
}

bh_status rest_script_facts_take(rest_run *x)
{
  lua_State *L = x->r->script->L;
  int list = 0, more = 1;
  bh_status rc = BH_OK;
  if (lua_istable(L, -1)) {
    list = lua_rawgeti(L, -1, 1) != LUA_TNIL;
    lua_pop(L, 1);
  }
  if (!list)
    return take_one(x, 0, &more);
  for (lua_Integer i = 1; more && rc == BH_OK; i++)
    rc = take_one(x, i, &more);
  return rc;
}
