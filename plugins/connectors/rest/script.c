/* The sandbox: no files, no programs, no loading of code, no clock; bounded memory and instructions. */
#include "script.h"

enum { MEMORY_BYTES_MAX = 64 << 20, INSTRUCTIONS_MAX = 10000000, SCRIPT_BYTES_MAX = 1 << 20 };

static void *allocate(void *ud, void *ptr, size_t had, size_t want)
{
  rest_script *s = ud;
  if (!ptr)
    had = 0; /* Lua says of what kind it is instead */
  if (want == 0) {
    free(ptr);
    s->bytes -= had;
    return NULL;
  }
  if (want > had && s->bytes - had + want > MEMORY_BYTES_MAX)
    return NULL;
  void *p = realloc(ptr, want);
  if (p)
    s->bytes += want - had;
  return p;
}

static void out_of_patience(lua_State *L, lua_Debug *ar)
{
  (void)ar;
  luaL_error(L, "more than 10 million instructions for one row");
}

static int open_libraries(lua_State *L)
{
  static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base}, {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
    {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8}};
  static const char *const taken[] = {"dofile", "loadfile", "load", "collectgarbage", "print", "warn", "pcall", "xpcall", "getmetatable", "setmetatable"};
  for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
    lua_pushnil(L);
    lua_setglobal(L, taken[i]);
  }
  lua_getglobal(L, LUA_STRLIBNAME);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_pushnil(L);
  lua_setfield(L, -2, "random");
  lua_pushnil(L);
  lua_setfield(L, -2, "randomseed");
  return 0;
}

bh_status rest_script_failed(const rest *r)
{
  lua_State *L = r->script->L;
  const char *why = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error that is no text";
  bh_status rc = r->h->fail(r->h->ctx, BH_E_INVALID, "map: %s", why);
  lua_pop(L, 1);
  return rc;
}

static bh_status read_file(const rest *r, bhk_buf *out)
{
  const bh_host *h = r->h;
  const bh_file_service *files = h->get_service(h->ctx, BH_SERVICE_FILE);
  bh_file *f = NULL;
  char chunk[16384];
  size_t got = 1;
  bh_status rc = files ? files->open(h->ctx, "map", (bh_str){"", 0}, &f) : h->fail(h->ctx, BH_E_INVALID, "this host lends no files");
  if (rc == BH_OK && !f)
    rc = h->fail(h->ctx, BH_E_INVALID, "map: there is no such file");
  while (rc == BH_OK && got) {
    if ((rc = files->read(h->ctx, f, chunk, sizeof chunk, &got)) == BH_OK)
      bhk_put(out, (bh_str){chunk, got});
    if (rc == BH_OK && (out->broken || out->len > SCRIPT_BYTES_MAX))
      rc = h->fail(h->ctx, BH_E_INVALID, "map: the file is larger than 1 MiB");
  }
  if (f)
    files->close(h->ctx, f);
  return rc;
}

static bh_status run_file(rest *r, bh_str text)
{
  lua_State *L = r->script->L;
  char name[200];
  bh_str path;
  bh_status rc = r->h->text(r->h->ctx, r->h->options, "map", &path);
  if (rc)
    return rc;
  snprintf(name, sizeof name, "@%.*s", (int)path.len, path.ptr);
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    return rest_script_failed(r);
  lua_sethook(L, out_of_patience, LUA_MASKCOUNT, INSTRUCTIONS_MAX);
  return luaL_loadbufferx(L, text.ptr, text.len, name, "t") != LUA_OK || lua_pcall(L, 0, 0, 0) != LUA_OK ? rest_script_failed(r) : BH_OK;
}

bh_status rest_script_open(rest *r)
{
  bhk_buf text = {0};
  if (!r->h->has(r->h->ctx, r->h->options, "map"))
    return BH_OK;
  bh_status rc = read_file(r, &text);
  if (rc == BH_OK) {
    r->script = calloc(1, sizeof *r->script);
    if (r->script)
      r->script->L = lua_newstate(allocate, r->script);
    rc = r->script && r->script->L ? run_file(r, bhk_text(&text)) : rest_no_memory(r);
  }
  bhk_dispose(&text);
  if (rc)
    rest_script_free(r);
  return rc;
}

void rest_script_free(rest *r)
{
  if (r->script && r->script->L)
    lua_close(r->script->L);
  free(r->script);
  r->script = NULL;
}

static int push_global(lua_State *L) /* arguments: its name */
{
  lua_getglobal(L, lua_touserdata(L, 1));
  return 1;
}

/* The function, on the stack; 0 and nothing where there is none. */
static int push_function(const rest *r, const char *name)
{
  lua_State *L = r->script ? r->script->L : NULL;
  if (!L || !lua_checkstack(L, 20))
    return 0;
  lua_pushcfunction(L, push_global);
  lua_pushlightuserdata(L, (void *)(uintptr_t)name);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isfunction(L, -1))
    return 1;
  lua_pop(L, 1);
  return 0;
}

int rest_script_has(const rest *r, const char *function)
{
  int has = push_function(r, function);
  if (has)
    lua_pop(r->script->L, 1);
  return has;
}

bh_status rest_script_call(rest_run *x, int32_t kind, bh_str row, const rest_fact *fact)
{
  const rest *r = x->r;
  lua_State *L = r->script->L;
  int top = lua_gettop(L);
  bh_status rc = push_function(r, x->list->call) ? rest_script_push(r, kind, row, 0)
                                                 : rest_bad(r, x->list_number, "call", "the function is gone");
  if (rc == BH_OK) {
    lua_pushcfunction(L, rest_script_fact_push);
    lua_pushlightuserdata(L, (void *)(uintptr_t)fact);
    lua_sethook(L, out_of_patience, LUA_MASKCOUNT, INSTRUCTIONS_MAX); /* from here on they are counted anew */
    rc = lua_pcall(L, 1, 1, 0) != LUA_OK || lua_pcall(L, 2, 1, 0) != LUA_OK ? rest_script_failed(r) : rest_script_facts_take(x);
  }
  lua_settop(L, top);
  return rc;
}
