/* Which lines: { product = "av" }, { tax = { "hardware", "software" } }: every field named must match, by any of its values. */
#include "rules/impl.h"

enum { FIELD_PRODUCT, FIELD_TAX, FIELD_ID, FIELD_UNIT, FIELD_SECTION, FIELD_PO, FIELD_KIND, FIELD_COUNT, VALUES_MAX = 1000 };
static const char *const fields[] = {"product", "tax", "id", "unit", "section", "po", "kind", NULL};

static bh_str kind_name(bh_owed_kind kind)
{
  static const char *const names[] = {"charge", "once", "minimum", "rule"};
  return bh_str_c(names[kind]);
}

static bh_str field_of(const bh_owed_line *l, uint32_t field)
{
  switch (field) {
  case FIELD_PRODUCT: return l->product;
  case FIELD_TAX: return l->category;
  case FIELD_ID: return l->key;
  case FIELD_UNIT: return l->unit;
  case FIELD_SECTION: return l->section;
  case FIELD_PO: return l->po;
  default: return kind_name(l->kind);
  }
}

bool bh_filter_takes(const bh_rule_filter *f, const bh_owed_line *l)
{
  if (l->removed)
    return false;
  if (!f)
    return true;
  const char *text = (const char *)f;
  for (uint32_t i = 0; i < f->count;) { /* the conditions of one field stand together */
    uint32_t field = f->conditions[i].field;
    bh_str value = field_of(l, field);
    bool any = false;
    for (; i < f->count && f->conditions[i].field == field; i++)
      any |= bh_str_eq(value, (bh_str){text + f->conditions[i].at, f->conditions[i].len});
    if (!any)
      return false;
  }
  return true;
}

static bh_str value_at(lua_State *L, int index, const char *what, const char *field)
{
  size_t len;
  if (lua_type(L, index) != LUA_TSTRING)
    bh_rules_error(L, "%s: %s: a text or a list of texts was expected, not %s", what, field, luaL_typename(L, index));
  const char *s = lua_tolstring(L, index, &len);
  return (bh_str){s, len};
}

/* Visits every (field, value) of the table at `index`; with `f` they are written, without only measured. */
static void visit(lua_State *L, int index, const char *what, bh_rule_filter *f, size_t *count, size_t *bytes)
{
  size_t at = f ? sizeof *f + f->count * sizeof f->conditions[0] : 0;
  *count = *bytes = 0;
  for (uint32_t field = 0; field < FIELD_COUNT; field++) {
    lua_getfield(L, index, fields[field]);
    bool list = lua_type(L, -1) == LUA_TTABLE;
    lua_Integer n = list ? luaL_len(L, -1) : 1;
    if (lua_isnil(L, -1))
      n = 0;
    else if (n < 1 || n > VALUES_MAX)
      bh_rules_error(L, "%s: %s: 1 to %d values were expected", what, fields[field], (int)VALUES_MAX);
    for (lua_Integer i = 1; i <= n; i++) {
      if (list)
        lua_geti(L, -1, i);
      bh_str value = value_at(L, -1, what, fields[field]);
      if (f) {
        f->conditions[*count] = (bh_rule_condition){field, (uint32_t)(at + *bytes), (uint32_t)value.len};
        if (value.len)
          memcpy((char *)f + at + *bytes, value.ptr, value.len);
      }
      ++*count;
      *bytes += value.len;
      if (list)
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
}

/* A string is a product; a list holds products: of = { "av", "backup" }. */
static void as_fields(lua_State *L, int index, const char *what)
{
  if (lua_type(L, index) == LUA_TSTRING || (lua_type(L, index) == LUA_TTABLE && luaL_len(L, index) > 0)) {
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, index);
    lua_setfield(L, -2, "product");
    return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
  bh_bill_keys(L, index, what, fields);
  lua_pushvalue(L, index);
}

const bh_rule_filter *bh_filter_new(lua_State *L, int index, const char *what)
{
  index = lua_absindex(L, index);
  if (lua_isnoneornil(L, index) || (lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), "all") == 0)) {
    lua_pushnil(L);
    return NULL;
  }
  as_fields(L, index, what);
  int table = lua_gettop(L);
  size_t count, bytes;
  visit(L, table, what, NULL, &count, &bytes);
  if (count == 0) {
    lua_settop(L, table - 1);
    lua_pushnil(L);
    return NULL;
  }
  if (bytes > UINT32_MAX / 2)
    bh_rules_error(L, "%s: too long", what);
  size_t size = sizeof(bh_rule_filter) + count * sizeof(bh_rule_condition) + bytes;
  bh_rule_filter *f = lua_newuserdatauv(L, size, 0);
  f->tag = BH_TAG_FILTER;
  f->count = (uint32_t)count;
  f->bytes = size;
  visit(L, table, what, f, &count, &bytes);
  lua_remove(L, table);
  return f;
}
