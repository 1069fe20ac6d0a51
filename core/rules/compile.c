/* Bundles: a rule's file with the modules that it requires, compiled and run once by content; the functions it leaves are then called
 * again and again. Each call finds everything as the file's top level left it:
 *  - globals of a call go into a table of their own, which is the _ENV of the file while the call runs;
 *  - tables that the file made are read-only; its locals are compared after the call, and put back. */
#include "rules/impl.h"

enum { KEY_BYTES_MAX = 512 };

/* ---- the cache ---- */
static bh_sha hash_of(const bh_billing *b)
{
  static const bh_sha none;
  return memcmp(&b->rule_hash, &none, sizeof none) != 0 ? b->rule_hash : bh_sha256_1(b->rule_bundle);
}

/* Writes hash + name; the name's end is what counts where it is very long (ids are shorter than that). */
static bh_str entry_key(char out[KEY_BYTES_MAX], const bh_sha *hash, bh_str name)
{
  size_t n = name.len < KEY_BYTES_MAX - sizeof *hash ? name.len : KEY_BYTES_MAX - sizeof *hash;
  memcpy(out, hash, sizeof *hash);
  if (n)
    memcpy(out + sizeof *hash, name.ptr + (name.len - n), n);
  return (bh_str){out, sizeof *hash + n};
}

bh_rule_entry *bh_rule_find(bh_rules *r, const bh_billing *b)
{
  char text[KEY_BYTES_MAX];
  bh_sha hash = hash_of(b);
  if (r->last && memcmp(&hash, &r->last->hash, sizeof hash) == 0 && bh_str_eq(r->last->name, b->rule_name))
    return r->last;
  bh_rule_entry *e = bh_map_get(&r->entries, entry_key(text, &hash, b->rule_name));
  if (e)
    r->last = e;
  return e;
}

static bh_rule_entry *remember(bh_rules *r, const bh_billing *b, const bh_rule_entry *e)
{
  char text[KEY_BYTES_MAX];
  bh_rule_entry *kept = BH_NEW(&r->cache, bh_rule_entry);
  *kept = *e;
  kept->hash = hash_of(b);
  kept->name = bh_arena_str(&r->cache, b->rule_name);
  bh_map_put(&r->entries, entry_key(text, &kept->hash, b->rule_name), kept);
  return kept;
}

void bh_rule_refuse(bh_rules *r, const bh_billing *b, bh_str failure)
{
  remember(r, b, &(bh_rule_entry){.failure = bh_arena_str(&r->cache, failure)});
  if (r->bundle_list && !r->bundle_list->complete)
    bh_bundle_drop(r);
}

/* ---- a billing's rule ---- */
static bh_str text_field(lua_State *L, const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v && v->kind == BH_NODE_STR ? v->text : (bh_str){"", 0};
}

/* The Lua side: rules registered, the file's result, modules loaded, their sources, what has been visited. */
static void bundle_tables(lua_State *L, bh_bundle *b, const bh_node *modules)
{
  lua_createtable(L, 5, 0);
  for (int i = BH_BUNDLE_RULES; i <= BH_BUNDLE_VISITED; i++) {
    lua_newtable(L);
    lua_rawseti(L, -2, i);
  }
  lua_rawgeti(L, -1, BH_BUNDLE_SOURCES);
  for (size_t i = 0; modules && i < modules->field_count; i++) {
    const bh_field *f = &modules->fields[i];
    if (f->value->kind != BH_NODE_STR)
      continue;
    lua_pushlstring(L, f->key.ptr, f->key.len);
    lua_pushlstring(L, f->value->text.ptr, f->value->text.len);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  b->table_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_newtable(L);
  b->kept_functions_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_newtable(L);
  b->kept_values_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static bh_bundle *bundle_compile(lua_State *L, bh_str file, bh_str source, const bh_node *modules)
{
  bh_rules *r = bh_rules_of(L);
  bh_bundle *b = bh_bundle_new(r);
  int top = lua_gettop(L);
  bundle_tables(L, b, modules);
  lua_pushliteral(L, "@");
  lua_pushlstring(L, file.ptr, file.len);
  lua_concat(L, 2);
  bh_bundle_load(L, b, source, lua_tostring(L, -1));
  lua_replace(L, top + 1); /* the name is not needed any more: function, globals */
  lua_pushvalue(L, top + 1);
  r->current = b;
  r->loading++;
  bh_rules_arm(r, L, r->limits.instructions_max);
  lua_call(L, 0, 1);
  lua_sethook(L, NULL, 0, 0);
  r->loading--;
  int globals = top + 2, result = top + 3;
  bh_bundle_seal(L, b, 0, globals);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_pushvalue(L, result);
  lua_rawseti(L, -2, BH_BUNDLE_RESULT);
  bh_bundle_reach_rules(L, b);
  lua_pushvalue(L, result);
  bh_freeze_reach(L, b);
  const char *name = NULL;
  if (!bh_bundle_leave(L, b, &name))
    bh_rules_error(L, "%s: the file changed \"%s\", a local of a module that it requires: these are read-only", lua_pushlstring(L, file.ptr, file.len),
                   name);
  for (size_t i = 0; i < b->env_count; i++)
    b->envs[i].dirty = true;
  lua_settop(L, top);
  b->complete = true;
  r->load_failed = false;
  return b;
}

/* Pushes the function of that name: registered, the file's result, or a field of it. */
static bool push_rule(lua_State *L, bh_bundle *b, bh_str name)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  int table = lua_gettop(L);
  lua_rawgeti(L, table, BH_BUNDLE_RULES);
  lua_pushlstring(L, name.ptr, name.len);
  if (lua_rawget(L, -2) == LUA_TFUNCTION)
    return true;
  int kind = lua_rawgeti(L, table, BH_BUNDLE_RESULT);
  if (kind == LUA_TFUNCTION)
    return true;
  if (kind != LUA_TTABLE)
    return false;
  bh_freeze_plain(L, -1);
  lua_pushlstring(L, name.ptr, name.len);
  return lua_rawget(L, -2) == LUA_TFUNCTION;
}

/* File, modules and source: rules of one file share one bundle, whatever their names. Lives until the scratch buffer is used again. No digest: the
 * worker's walls are up by now, and libcrypto could not be loaded any more. */
static bh_str content_key(lua_State *L, bh_str file, bh_str source, const bh_node *modules)
{
  bh_buf *text = &bh_rules_of(L)->scratch;
  bh_buf_clear(text);
  bh_buf_fmt(text, "%zu ", file.len);
  bh_buf_puts(text, file);
  if (modules)
    bh_json_write(text, modules);
  bh_buf_puts(text, source);
  if (text->failed)
    bh_rules_error(L, "the rule and its modules are larger than %d bytes", (int)text->max);
  return bh_buf_str(text);
}

bh_rule_entry *bh_rule_compile(lua_State *L, const bh_billing *billing)
{
  bh_rules *r = bh_rules_of(L);
  bh_node *root;
  bh_error why;
  if (bh_json_parse(&root, r->call.arena, billing->rule_bundle, NULL, &why) != BH_OK || root->kind != BH_NODE_TABLE)
    bh_rules_error(L, "the rule's bundle cannot be read");
  bh_str file = text_field(L, root, "file"), source = text_field(L, root, "source"), name = billing->rule_name;
  if (name.len == 0)
    name = text_field(L, root, "name");
  const bh_node *modules = bh_node_get(root, "modules");
  if (modules && modules->kind != BH_NODE_TABLE)
    modules = NULL;
  bh_str key = content_key(L, file, source, modules);
  bh_bundle *b = bh_map_get(&r->bundles, key);
  if (!b) {
    key = bh_arena_str(r->call.arena, key);
    b = bundle_compile(L, file, source, modules);
    bh_map_put(&r->bundles, key, b);
  }
  bh_rule_entry e = {.bundle = b, .function_ref = LUA_NOREF, .file = bh_arena_str(&r->cache, file)};
  if (push_rule(L, b, name)) {
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    e.line = ar.linedefined;
    e.function_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  } else {
    e.failure = bh_arena_fmt(&r->cache, "%.*s: there is no rule \"%.*s\": the file returns no such function and registers none", BH_STR_ARG(file),
                             BH_STR_ARG(name));
  }
  return remember(r, billing, &e);
}

/* ---- check ---- */
static int check_body(lua_State *L)
{
  const bh_str *args = lua_touserdata(L, 1);
  bh_str source = args[1];
  lua_pushliteral(L, "@");
  lua_pushlstring(L, args[0].ptr, args[0].len);
  lua_concat(L, 2);
  if (bh_str_starts(source, BH_S("\xEF\xBB\xBF"))) {
    source.ptr += 3;
    source.len -= 3;
  }
  if (luaL_loadbufferx(L, source.ptr, source.len, lua_tostring(L, -1), "t") != LUA_OK)
    return lua_error(L);
  return 0;
}

bh_status bh_rules_check(bh_str file, bh_str source, bh_error *err)
{
  if (source.len > BH_RULE_SOURCE_MAX)
    return bh_fail(err, BH_E_INVALID, "%.*s: the file is larger than %d bytes", BH_STR_ARG(file), (int)BH_RULE_SOURCE_MAX);
  bh_rules *r;
  bh_status st = bh_rules_new(&r, NULL, err);
  if (st != BH_OK)
    return st;
  bh_str args[] = {file, source};
  lua_settop(r->L, 0);
  lua_pushcfunction(r->L, bh_rules_failed);
  lua_pushcfunction(r->L, check_body);
  lua_pushlightuserdata(r->L, args);
  if (lua_pcall(r->L, 1, 0, 1) != LUA_OK)
    st = bh_fail(err, BH_E_INVALID, "%s", r->failure);
  bh_rules_free(r);
  return st;
}
