/* An invoice's document as Lua tables: amounts, prices, quantities and rates are exact decimals. */
#include "workspace/lua_test.h"
#include "workspace/annotate.h"

#define INVOICE "billhook.invoice"
#define DOCUMENTS "billhook.documents" /* table → JSON text */

static const char *const exact[] = {"amount", "balance", "base", "paid", "percent", "quantity", "rate", "subtotal", "total", "unit_price"};

static bool is_exact(bh_str key) {
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
    if (bh_str_eqz(key, exact[i])) return true;
  return false;
}

static void push_dec(lua_State *L, bh_str text) {
  lua_getfield(L, LUA_REGISTRYINDEX, "billhook.base");
  lua_getfield(L, -1, "dec");
  lua_remove(L, -2);
  lua_pushlstring(L, text.ptr, text.len);
  lua_call(L, 1, 1);
}

static void push(lua_State *L, const bh_node *n, bh_str key) {
  luaL_checkstack(L, 8, "a document nested too deep");
  switch (n->kind) {
  case BH_NODE_BOOL: lua_pushboolean(L, n->boolean); return;
  case BH_NODE_INT: lua_pushinteger(L, n->integer); return;
  case BH_NODE_STR: {
    bh_dec d;
    if (is_exact(key) && bh_dec_parse(&d, n->text, BH_DEC_SCALE_MAX)) push_dec(L, n->text);
    else lua_pushlstring(L, n->text.ptr, n->text.len);
    return;
  }
  case BH_NODE_TABLE:
    lua_createtable(L, (int)n->item_count, (int)n->field_count);
    for (size_t i = 0; i < n->item_count; i++) {
      push(L, n->items[i], (bh_str){"", 0});
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    for (size_t i = 0; i < n->field_count; i++) {
      lua_pushlstring(L, n->fields[i].key.ptr, n->fields[i].key.len);
      push(L, n->fields[i].value, n->fields[i].key);
      lua_rawset(L, -3);
    }
    return;
  default: lua_pushnil(L);
  }
}

/* Each line's identity in its contract, as `key`: what tests know it by. */
static void push_keys(lua_State *L, const bh_node *evidence) {
  const bh_node *lines = evidence ? bh_node_get(evidence, "lines") : NULL;
  lua_getfield(L, -1, "lines");
  for (lua_Integer i = 1; lines && lua_rawgeti(L, -1, i) == LUA_TTABLE; i++) {
    lua_getfield(L, -1, "id");
    bh_str id = {"", 0};
    if (lua_type(L, -1) == LUA_TSTRING) id.ptr = lua_tolstring(L, -1, &id.len);
    for (size_t k = 0; k < lines->item_count; k++) {
      const bh_node *own = bh_node_get(lines->items[k], "id"), *key = bh_node_get(lines->items[k], "key");
      if (!own || !key || !bh_str_eq(own->text, id)) continue;
      lua_pushlstring(L, key->text.ptr, key->text.len);
      lua_setfield(L, -3, "key");
      break;
    }
    lua_pop(L, 2);
  }
  if (lines) lua_pop(L, 1);
  lua_pop(L, 1);
}

bool ws_invoice_is(lua_State *L, int i) {
  if (!lua_istable(L, i) || !lua_getmetatable(L, i)) return false;
  luaL_getmetatable(L, INVOICE);
  bool is = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is;
}

void ws_invoice_push(lua_State *L, const bh_test_invoice *x) {
  ws_testing *t = ws_testing_of(L);
  bh_node *doc, *evidence = NULL;
  bh_error err;
  if (bh_json_parse(&doc, &t->a, x->json, NULL, &err) != BH_OK || (x->evidence.len && bh_json_parse(&evidence, &t->a, x->evidence, NULL, &err) != BH_OK))
    luaL_error(L, "the invoice cannot be read: %s", err.message);
  push(L, doc, (bh_str){"", 0});
  push_keys(L, evidence);
  luaL_setmetatable(L, INVOICE);
  lua_getfield(L, LUA_REGISTRYINDEX, DOCUMENTS);
  lua_pushvalue(L, -2);
  lua_pushlstring(L, x->json.ptr, x->json.len);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

bh_node *ws_invoice_node(lua_State *L, int i, bh_arena *a) {
  bh_node *doc = NULL;
  i = lua_absindex(L, i);
  lua_getfield(L, LUA_REGISTRYINDEX, DOCUMENTS);
  lua_pushvalue(L, i);
  lua_rawget(L, -2);
  bh_str text = {"", 0};
  if (lua_type(L, -1) == LUA_TSTRING) text.ptr = lua_tolstring(L, -1, &text.len);
  if (bh_json_parse(&doc, a, text, NULL, NULL) != BH_OK) luaL_error(L, "the invoice cannot be read");
  lua_pop(L, 2);
  return doc;
}

/* Is the line on top known by that name? round 0: its id on the document or in the contract, 1: its product. A line of a rule's has "rule:" in front
 * of its id, and #n behind a text. */
static bool known_by(lua_State *L, bh_str name, int round) {
  static const char *const ids[] = {"id", "key"};
  bool found = false;
  for (size_t k = 0; k < 2 && !found && round == 0; k++) {
    lua_getfield(L, -1, ids[k]);
    bh_str id = {"", 0};
    if (lua_type(L, -1) == LUA_TSTRING) id.ptr = lua_tolstring(L, -1, &id.len);
    found = bh_str_eq(id, name);
    if (bh_str_starts(id, BH_S("rule:"))) {
      id.ptr += 5;
      id.len -= 5;
      found = found || bh_str_eq(id, name) || (id.len > name.len && bh_str_starts(id, name) && id.ptr[name.len] == '#');
    }
    lua_pop(L, 1);
  }
  if (round == 1) {
    lua_getfield(L, -1, "product");
    bh_str product = {"", 0};
    if (lua_type(L, -1) == LUA_TSTRING) product.ptr = lua_tolstring(L, -1, &product.len);
    found = product.len && bh_str_eq(product, name);
    lua_pop(L, 1);
  }
  return found;
}

/* inv:line(x): the one line of that id, else of that product; nil where there is none. */
static int line(lua_State *L) {
  bh_str name;
  if (!ws_invoice_is(L, 1)) return luaL_error(L, "line is called with a colon: inv:line \"PRODUCT\"");
  name.ptr = luaL_checklstring(L, 2, &name.len);
  lua_settop(L, 2);
  lua_getfield(L, 1, "lines");
  for (int round = 0; round < 2; round++) {
    lua_Integer found = 0;
    for (lua_Integer i = 1; lua_rawgeti(L, 3, i) == LUA_TTABLE; i++) {
      if (known_by(L, name, round)) {
        if (found) return luaL_error(L, "two lines match \"%s\": lines[%I] and lines[%I]; give them ids, or look into inv.lines", name.ptr, (LUAI_UACINT)found, (LUAI_UACINT)i);
        found = i;
      }
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (found) {
      lua_rawgeti(L, 3, found);
      return 1;
    }
  }
  lua_pushnil(L);
  return 1;
}

const ws_test_word ws_invoice_methods[] = {
  {"line", line, "@param id_or_product string\n@return table?",
   "The one line with that id (on the document, in the contract, or of bill:add), else of that product; nil where there is none; two are an error."},
  {NULL, NULL, NULL, NULL},
};

void ws_invoice_open(lua_State *L) {
  luaL_newmetatable(L, INVOICE);
  lua_newtable(L);
  for (const ws_test_word *w = ws_invoice_methods; w->name; w++) {
    lua_pushcfunction(L, w->function);
    lua_setfield(L, -2, w->name);
  }
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, DOCUMENTS);
}
