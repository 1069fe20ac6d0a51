/* Bundles: a rule's file with the modules that it requires, compiled and run once by content; the functions it leaves are then called
 * again and again. Each call finds everything as the file's top level left it:
 *  - globals of a call go into a table of their own, which is the _ENV of the file while the call runs;
 *  - tables that the file made are read-only; its locals are compared after the call, and put back. */
#include "rules/impl.h"
#include <stdlib.h>

enum { KEY_BYTES_MAX = 512, NESTING_MAX = 40 };

/* ---- bundles ---- */
static bh_bundle *bundle_new(bh_rules *r)
{
  bh_bundle *b = calloc(1, sizeof *b);
  if (!b)
    bh_out_of_memory(sizeof *b);
  b->table_ref = b->kept_functions_ref = b->kept_values_ref = LUA_NOREF;
  b->next = r->bundle_list;
  r->bundle_list = b;
  return b;
}

static void bundle_free_first(bh_rules *r)
{
  bh_bundle *b = r->bundle_list;
  r->bundle_list = b->next;
  free(b->upvalues);
  free(b->envs);
  free(b);
}

void bh_bundles_free(bh_rules *r)
{
  while (r->bundle_list)
    bundle_free_first(r);
}

/* The newest one, which came to nothing: Lua may collect what it has. */
static void bundle_drop(bh_rules *r)
{
  const bh_bundle *b = r->bundle_list;
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->table_ref);
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->kept_functions_ref);
  luaL_unref(r->L, LUA_REGISTRYINDEX, b->kept_values_ref);
  for (size_t i = 0; i < b->env_count; i++) {
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].chunk_ref);
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].globals_ref);
    luaL_unref(r->L, LUA_REGISTRYINDEX, b->envs[i].meta_ref);
  }
  bundle_free_first(r);
}

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
    bundle_drop(r);
}

/* ---- chunks and their globals ---- */

/* Compiles a source and leaves its function on the stack, with a new empty table as its globals (it is pushed below: globals, function). */
static void load_chunk(lua_State *L, bh_bundle *b, bh_str source, const char *chunk_name)
{
  bh_rules *r = bh_rules_of(L);
  if (source.len > BH_RULE_SOURCE_MAX)
    bh_rules_error(L, "%s: the file is larger than %d bytes", chunk_name + 1, (int)BH_RULE_SOURCE_MAX);
  if (bh_str_starts(source, BH_S("\xEF\xBB\xBF"))) {
    source.ptr += 3;
    source.len -= 3;
  }
  if (b->env_count == b->env_cap) {
    size_t cap = b->env_cap ? b->env_cap * 2 : 2;
    bh_rule_env *p = realloc(b->envs, cap * sizeof *p);
    if (!p)
      bh_out_of_memory(cap * sizeof *p);
    b->envs = p;
    b->env_cap = cap;
  }
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->sandbox_ref);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  if (luaL_loadbufferx(L, source.ptr, source.len, chunk_name, "t") != LUA_OK)
    lua_error(L);
  lua_pushvalue(L, -2);
  if (!lua_setupvalue(L, -2, 1)) /* cannot be: a main chunk has its _ENV */
    lua_pop(L, 1);
  lua_pushvalue(L, -1);
  b->envs[b->env_count] = (bh_rule_env){luaL_ref(L, LUA_REGISTRYINDEX), LUA_NOREF, LUA_NOREF, true};
  b->env_count++;
}

/* The file has run: what its globals hold becomes read-only, and each call's globals will be laid over it. `globals` is a stack index. */
static void seal_chunk(lua_State *L, bh_bundle *b, size_t env, int globals)
{
  bh_rules *r = bh_rules_of(L);
  lua_pushnil(L);
  lua_setmetatable(L, globals);
  lua_pushvalue(L, globals);
  bh_freeze_table(L);
  lua_createtable(L, 0, 1); /* shadow of the globals → the sandbox */
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->sandbox_ref);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_createtable(L, 0, 2); /* a call's globals → that shadow */
  lua_insert(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  b->envs[env].meta_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  bh_freeze_reach(L, b); /* pops the globals */
}

static void env_fresh(lua_State *L, bh_rule_env *env)
{
  lua_newtable(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->meta_ref);
  lua_setmetatable(L, -2);
  if (env->globals_ref == LUA_NOREF) {
    lua_pushvalue(L, -1);
    env->globals_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  } else {
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, env->globals_ref);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->chunk_ref);
  lua_insert(L, -2);
  if (!lua_setupvalue(L, -2, 1))
    lua_pop(L, 1);
  lua_pop(L, 1);
  env->dirty = false;
}

void bh_bundle_enter(lua_State *L, bh_bundle *b)
{
  for (size_t i = 0; i < b->env_count; i++)
    if (b->envs[i].dirty && b->envs[i].meta_ref != LUA_NOREF)
      env_fresh(L, &b->envs[i]);
}

/* ---- after a call; nothing here allocates or fails ---- */
static bool same_value(lua_State *L, int a, int b)
{
  if (lua_type(L, a) != LUA_TNUMBER)
    return lua_rawequal(L, a, b);
  if (lua_type(L, b) != LUA_TNUMBER || lua_isinteger(L, a) != lua_isinteger(L, b))
    return false;
  if (lua_isinteger(L, a))
    return lua_rawequal(L, a, b);
  lua_Number x = lua_tonumber(L, a), y = lua_tonumber(L, b);
  return memcmp(&x, &y, sizeof x) == 0;
}

static void env_check(lua_State *L, bh_rule_env *env)
{
  if (env->dirty || env->globals_ref == LUA_NOREF)
    return;
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->chunk_ref);
  lua_rawgeti(L, LUA_REGISTRYINDEX, env->globals_ref);
  lua_getupvalue(L, -2, 1);
  bool mine = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  lua_pushnil(L);
  if (lua_next(L, -2)) {
    env->dirty = true;
    lua_pop(L, 2);
  }
  env->dirty |= !mine;
  lua_pop(L, 2);
}

bool bh_bundle_leave(lua_State *L, bh_bundle *b, const char **name)
{
  bool unchanged = true;
  int top = lua_gettop(L), functions = top + 1, values = top + 2, function = top + 3, was = top + 4, is = top + 5;
  for (size_t i = 0; i < b->env_count; i++)
    env_check(L, &b->envs[i]);
  if (b->upvalue_count == 0)
    return true;
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_functions_ref);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->kept_values_ref);
  for (size_t i = 0; i < b->upvalue_count; i++) {
    lua_rawgeti(L, functions, (lua_Integer)i + 1);
    lua_rawgeti(L, values, (lua_Integer)i + 1);
    const char *upvalue = lua_getupvalue(L, function, b->upvalues[i]);
    if (!same_value(L, is, was)) {
      if (unchanged)
        *name = upvalue; /* lives in the function's prototype, which the bundle keeps */
      unchanged = false;
      lua_pushvalue(L, was);
      lua_setupvalue(L, function, b->upvalues[i]);
    }
    lua_settop(L, values);
  }
  lua_settop(L, top);
  return unchanged;
}

/* ---- modules ---- */

/* Runs in a thread of its own: globals, function on its stack. */
static void run_module(lua_State *L, lua_State *thread, bh_bundle *b, const char *name)
{
  bh_rules *r = bh_rules_of(L);
  lua_State *outer = r->running;
  bh_bundle *outer_bundle = r->current;
  int64_t budget = r->budget;
  lua_pushcfunction(thread, bh_rules_failed);
  lua_insert(thread, 1); /* handler, globals, function */
  lua_pushstring(thread, name);
  r->running = thread;
  r->current = b;
  r->loading++;
  bh_rules_arm(r, thread, r->limits.instructions_max);
  int rc = lua_pcall(thread, 1, 1, 1);
  lua_sethook(thread, NULL, 0, 0);
  r->loading--;
  r->running = outer;
  r->current = outer_bundle;
  if (rc == LUA_ERRMEM) /* as a plain error from here on: the mark says what it is */
    r->out_of_memory = r->traced = true;
  if (rc != LUA_OK) { /* what failed is written down; the frames of who required it follow */
    lua_pushliteral(L, "module");
    lua_error(L);
  }
  r->budget = budget;
  r->spent = false;
}

/* Functions that were registered: what they reach. */
static void reach_rules(lua_State *L, bh_bundle *b)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_rawgeti(L, -1, BH_BUNDLE_RULES);
  lua_remove(L, -2);
  for (lua_pushnil(L); lua_next(L, -2);)
    bh_freeze_reach(L, b); /* pops the function */
  lua_pop(L, 1);
}

int bh_lua_require(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  bh_bundle *b = r->current;
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_rawgeti(L, 2, BH_BUNDLE_LOADED);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, 3) != LUA_TNIL) {
    if (lua_islightuserdata(L, -1))
      return bh_rules_error(L, "require \"%s\": the modules require each other in a circle", name);
    return 1;
  }
  lua_rawgeti(L, 2, BH_BUNDLE_SOURCES);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) != LUA_TSTRING)
    return bh_rules_error(L, "require \"%s\": there is no rules/%s.lua", name, name);
  int source = lua_gettop(L);
  if (r->loading >= NESTING_MAX)
    return bh_rules_error(L, "require \"%s\": modules are nested too deeply", name);
  r->load_failed = true; /* until it has not */
  lua_pushvalue(L, 1); /* under way */
  lua_pushlightuserdata(L, r);
  lua_rawset(L, 3);
  lua_State *thread = lua_newthread(L);
  luaL_gsub(L, name, ".", "/");
  lua_pushfstring(L, "@rules/%s.lua", lua_tostring(L, -1));
  size_t len;
  const char *text = lua_tolstring(L, source, &len);
  size_t env = b->env_count;
  load_chunk(L, b, (bh_str){text, len}, lua_tostring(L, -1));
  lua_pushvalue(L, -2); /* globals once more: they stay here for the seal */
  lua_insert(L, -2);
  lua_xmove(L, thread, 2);
  int globals = lua_gettop(L);
  run_module(L, thread, b, name);
  seal_chunk(L, b, env, globals);
  lua_xmove(thread, L, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushvalue(L, -1);
  bh_freeze_reach(L, b);
  reach_rules(L, b);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, 3);
  env_fresh(L, &b->envs[env]);
  r->load_failed = r->loading > 0; /* a file that requires this one may still fail */
  return 1;
}

/* ---- what a file's top level may say ---- */

/* rule "ID"(function): the function that comes is called with the id as upvalue. */
static int register_rule(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (r->loading == 0)
    return bh_rules_error(L, "rule \"%s\" belongs to the top level of a file", lua_tostring(L, lua_upvalueindex(1)));
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->current->table_ref);
  lua_rawgeti(L, -1, BH_BUNDLE_RULES);
  lua_pushvalue(L, lua_upvalueindex(1));
  if (lua_rawget(L, -2) != LUA_TNIL)
    return bh_rules_error(L, "rule \"%s\" is there twice", lua_tostring(L, lua_upvalueindex(1)));
  lua_pop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 1);
  lua_rawset(L, -3);
  return 0;
}

int bh_lua_rule(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushcclosure(L, register_rule, 1);
  return 1;
}

static int nothing(lua_State *L)
{
  return 0;
}

/* client "x" {…}, invoicing {…}: the workspace reads these; here they are passed over. */
int bh_lua_constructor(lua_State *L)
{
  if (lua_type(L, 1) != LUA_TSTRING)
    return 0;
  lua_pushcfunction(L, nothing);
  return 1;
}

/* A reference to a secret stays one: no rule ever sees what it stands for. */
int bh_lua_secret(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_pushliteral(L, "secret");
  return 1;
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
  bh_bundle *b = bundle_new(r);
  int top = lua_gettop(L);
  bundle_tables(L, b, modules);
  lua_pushliteral(L, "@");
  lua_pushlstring(L, file.ptr, file.len);
  lua_concat(L, 2);
  load_chunk(L, b, source, lua_tostring(L, -1));
  lua_replace(L, top + 1); /* the name is not needed any more: function, globals */
  lua_pushvalue(L, top + 1);
  r->current = b;
  r->loading++;
  bh_rules_arm(r, L, r->limits.instructions_max);
  lua_call(L, 0, 1);
  lua_sethook(L, NULL, 0, 0);
  r->loading--;
  int globals = top + 2, result = top + 3;
  seal_chunk(L, b, 0, globals);
  lua_rawgeti(L, LUA_REGISTRYINDEX, b->table_ref);
  lua_pushvalue(L, result);
  lua_rawseti(L, -2, BH_BUNDLE_RESULT);
  reach_rules(L, b);
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

/* File, source and modules: rules of one file share one bundle, whatever their names. */
static bh_sha content_hash(lua_State *L, bh_str file, bh_str source, const bh_node *modules)
{
  bh_buf *text = &bh_rules_of(L)->scratch;
  bh_buf_clear(text);
  if (modules)
    bh_json_write(text, modules);
  if (text->failed)
    bh_rules_error(L, "the modules of the rule are too large");
  char lengths[48];
  int n = snprintf(lengths, sizeof lengths, "%zu %zu ", file.len, source.len);
  bh_str parts[] = {{lengths, (size_t)n}, file, source, bh_buf_str(text)};
  return bh_sha256(parts, sizeof parts / sizeof *parts);
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
  bh_sha content = content_hash(L, file, source, modules);
  bh_str key = {(const char *)content.b, sizeof content.b};
  bh_bundle *b = bh_map_get(&r->bundles, key);
  if (!b) {
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
