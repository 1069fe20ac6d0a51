/* One call of a rule: from the billing to the result, or to a hold that changed nothing. */
#include "rules/impl.h"

/* What the cache holds is memory that the running rule lacks: it must stay a small part. */
static bool crowded(bh_rules *r)
{
  if (r->entries.n >= BH_RULE_ENTRIES_MAX)
    return true;
  size_t base = r->cap_bytes - r->limits.memory_bytes_max;
  if (r->used_bytes <= base + r->limits.memory_bytes_max / 2)
    return false;
  lua_gc(r->L, LUA_GCCOLLECT);
  return r->used_bytes > base + r->limits.memory_bytes_max / 4;
}

static void call_begin(bh_rules *r, bh_rated *rated, const bh_billing *b, const bh_rule_ask *ask, bh_arena *a)
{
  uint32_t serial = r->call.serial + 1;
  r->call = (bh_rule_call){.rated = rated, .billing = b, .ask = ask, .arena = a, .serial = serial, .active = true,
                           .line_count_before = rated->line_count, .client_ref = LUA_NOREF, .period_ref = LUA_NOREF};
  bh_map_init(&r->call.asked, a);
  bh_map_init(&r->call.keys, a);
  bh_map_init(&r->call.ordinals, a);
  r->failure[0] = 0;
  r->traced = false;
  r->malloc_failed = r->out_of_memory = r->load_failed = false;
  r->refusals = 0;
  r->running = r->L;
  r->loading = 0;
  r->current = NULL;
  r->running_entry = NULL;
}

/* No Lua code runs here, and nothing is allocated. */
static void call_end(bh_rules *r)
{
  lua_State *L = r->L;
  lua_sethook(L, NULL, 0, 0);
  r->refusals = 0;
  luaL_unref(L, LUA_REGISTRYINDEX, r->call.client_ref);
  luaL_unref(L, LUA_REGISTRYINDEX, r->call.period_ref);
  r->call.active = false;
}

static void call_undo(bh_rules *r)
{
  if (!r->call.changed)
    return;
  bh_rated *rated = r->call.rated;
  rated->lines = r->call.lines_before;
  rated->line_count = rated->line_cap = r->call.line_count_before;
}

static int call_body(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  bh_rule_entry *e = r->running_entry; /* from the cache, or not */
  if (!e)
    e = bh_rule_compile(L, r->call.billing);
  r->running_entry = e;
  if (e->failure.len || r->call.billing->rule_load_only)
    return 0;
  r->current = e->bundle;
  bh_bundle_enter(L, e->bundle);
  lua_rawgeti(L, LUA_REGISTRYINDEX, e->function_ref);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->bill_ref);
  bh_rules_arm(r, L, r->limits.instructions_max);
  lua_call(L, 1, 0);
  return 0;
}

static void failed(bh_rules *r, bh_rated *rated, bh_arena *a, bh_str message)
{
  call_undo(r);
  rated->hold_reason = BH_S("rule-failed");
  rated->hold_message = bh_arena_str(a, message);
}

static int call_once(bh_rules *r)
{
  lua_State *L = r->L;
  lua_settop(L, 0);
  lua_pushcfunction(L, bh_rules_failed);
  lua_pushcfunction(L, call_body);
  r->running_entry = bh_rule_find(r, r->call.billing);
  int rc = lua_pcall(L, 0, 0, 1);
  lua_settop(L, 0);
  if (rc != LUA_OK && r->out_of_memory)
    rc = LUA_ERRMEM;
  if (r->running_entry && !r->running_entry->failure.len) {
    const char *name = NULL;
    if (!bh_bundle_leave(L, r->running_entry->bundle, &name) && rc == LUA_OK) {
      bh_rule_entry *e = r->running_entry;
      snprintf(r->failure, sizeof r->failure, "%.*s:%d: the rule that begins here changed \"%s\", a local of its file: these are read-only "
               "while a rule runs", BH_STR_ARG(e->file), e->line, name);
      rc = LUA_ERRRUN;
    }
  }
  call_end(r);
  return rc;
}

bh_status bh_rules_run(bh_rules *r, bh_rated *rated, const bh_billing *b, const bh_rule_ask *ask, bh_arena *a, bh_error *err)
{
  if (b->rule_bundle.len == 0)
    return BH_OK;
  int rc;
  if (!r->L || crowded(r)) { /* no state: it could not be opened the last time */
    bh_rules_close(r);
    bh_status st = bh_rules_open(r, err);
    if (st != BH_OK)
      return st;
  }
  for (;;) {
    bool fresh = r->fresh;
    call_begin(r, rated, b, ask, a);
    rc = call_once(r);
    r->fresh = false;
    if (rc != LUA_ERRMEM || fresh)
      break;
    /* Other rules of the cache took part of the memory. Alone in a new state it gets all of it: what is decided there
     * does not depend on who was billed before. */
    call_undo(r);
    bh_rules_close(r);
    bh_status st = bh_rules_open(r, err);
    if (st != BH_OK)
      return st;
  }
  bool compiling = !r->running_entry;
  bh_str refused = {"", 0};
  if (r->running_entry && r->running_entry->failure.len)
    refused = bh_arena_str(a, r->running_entry->failure);
  if (rc == LUA_ERRMEM || (r->load_failed && !compiling))
    bh_rules_close(r); /* the next call opens a new one */
  if (r->malloc_failed && rc == LUA_ERRMEM)
    return bh_fail(err, BH_E_NOMEM, "rules: out of memory");
  if (r->call.host_status != BH_OK) {
    call_undo(r);
    if (err)
      *err = r->call.host_error;
    return r->call.host_status;
  }
  if (rc == LUA_OK && refused.len) {
    failed(r, rated, a, refused);
    return BH_OK;
  }
  if (rc == LUA_OK) {
    bh_error why;
    why.message[0] = 0;
    if (bh_bill_finish(r, &why) != BH_OK)
      failed(r, rated, a, bh_str_c(why.message));
    return BH_OK;
  }
  if (rc == LUA_ERRERR)
    snprintf(r->failure, sizeof r->failure, "%.*s: stack overflow", BH_STR_ARG(b->rule_name));
  else if (!r->failure[0])
    snprintf(r->failure, sizeof r->failure, "the rule needs more than %zu bytes of memory", r->limits.memory_bytes_max);
  if (compiling && rc == LUA_ERRRUN)
    bh_rule_refuse(r, b, bh_str_c(r->failure));
  failed(r, rated, a, bh_str_c(r->failure));
  return BH_OK;
}
