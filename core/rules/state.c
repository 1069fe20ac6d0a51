/* One Lua state and its limits: a capped allocator and a sticky count hook. */
#include "rules/impl.h"
#include <stdlib.h>

/* At each refusal Lua collects everything and asks again. A rule that lives at the edge would do nothing else any more, and no hook sees that:
 * after so many the answer stays no. */
enum { REFUSALS_MAX = 100 };

static void *allocate(void *ud, void *ptr, size_t old_bytes, size_t new_bytes)
{
  bh_rules *r = ud;
  if (!ptr)
    old_bytes = 0; /* it is a kind then, not a size */
  if (new_bytes == 0) {
    free(ptr);
    r->used_bytes -= old_bytes;
    return NULL;
  }
  if (new_bytes > old_bytes && (r->used_bytes - old_bytes + new_bytes > r->cap_bytes || r->refusals > REFUSALS_MAX)) {
    r->refusals++;
    bh_rules_sample(r);
    return NULL;
  }
  void *p = realloc(ptr, new_bytes);
  if (!p) {
    if (new_bytes <= old_bytes)
      return ptr; /* Lua counts on shrinking to succeed */
    r->malloc_failed = true;
    return NULL;
  }
  r->used_bytes = r->used_bytes - old_bytes + new_bytes;
  return p;
}

static int over_budget(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  return bh_rules_error(L, "the rule took more than %I instructions", (LUAI_UACINT)r->limits.instructions_max);
}

/* Once the budget is spent it fires at every instruction: nothing that might catch the error gets any further. */
static void on_count(lua_State *L, lua_Debug *ar)
{
  bh_rules *r = bh_rules_of(L);
  r->budget -= lua_gethookcount(L);
  if (r->budget >= 0)
    return;
  if (!r->spent)
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
  r->spent = true;
  over_budget(L);
}

void bh_rules_charge(lua_State *L, int64_t instructions)
{
  bh_rules *r = bh_rules_of(L);
  r->budget -= instructions;
  if (r->budget < 0)
    over_budget(L);
}

void bh_rules_arm(bh_rules *r, lua_State *L, int64_t budget)
{
  r->budget = budget;
  r->spent = false;
  lua_sethook(L, on_count, LUA_MASKCOUNT, budget < BH_RULE_HOOK_STEP ? (int)budget : BH_RULE_HOOK_STEP);
}

void bh_rules_account(lua_State *L, size_t bytes)
{
  bh_rules *r = bh_rules_of(L);
  r->call.host_bytes += bytes;
  if (r->call.host_bytes > r->limits.memory_bytes_max)
    bh_rules_error(L, "the rule needs more than %I bytes of memory", (LUAI_UACINT)r->limits.memory_bytes_max);
}

static _Noreturn int on_panic(lua_State *L)
{
  bh_require_failed("a Lua error outside a protected call", __FILE__, __LINE__);
}

static int build(lua_State *L)
{
  bh_sandbox_build(L);
  return 0;
}

void bh_rules_close(bh_rules *r)
{
  bh_bundles_free(r);
  if (r->L)
    lua_close(r->L);
  r->L = NULL;
  r->last = NULL;
  bh_arena_reset(&r->cache);
  bh_map_init(&r->entries, &r->cache);
  bh_map_init(&r->bundles, &r->cache);
}

bh_status bh_rules_open(bh_rules *r, bh_error *err)
{
  r->used_bytes = 0;
  r->refusals = 0;
  r->cap_bytes = SIZE_MAX / 2; /* the sandbox itself is ours, and not the rule's */
  r->L = lua_newstate(allocate, r);
  if (!r->L)
    return bh_fail(err, BH_E_NOMEM, "rules: no memory for a Lua state");
  lua_atpanic(r->L, on_panic);
  *(bh_rules **)lua_getextraspace(r->L) = r;
  r->running = r->L;
  r->loading = 0;
  lua_pushcfunction(r->L, build);
  if (lua_pcall(r->L, 0, 0, 0) != LUA_OK) {
    bh_fail(err, BH_E_NOMEM, "rules: the sandbox could not be built: %s", lua_tostring(r->L, -1) ? lua_tostring(r->L, -1) : "?");
    bh_rules_close(r);
    return BH_E_NOMEM;
  }
  lua_gc(r->L, LUA_GCCOLLECT);
  r->cap_bytes = r->used_bytes + r->limits.memory_bytes_max;
  r->fresh = true;
  return BH_OK;
}

bh_status bh_rules_new(bh_rules **out, const bh_rule_limits *limits, bh_error *err)
{
  *out = NULL;
  bh_rules *r = calloc(1, sizeof *r);
  if (!r)
    return bh_fail(err, BH_E_NOMEM, "rules: out of memory");
  if (limits)
    r->limits = *limits;
  if (r->limits.memory_bytes_max == 0)
    r->limits.memory_bytes_max = (size_t)32 * 1024 * 1024;
  if (r->limits.instructions_max <= 0)
    r->limits.instructions_max = 10000000;
  if (r->limits.lines_max <= 0)
    r->limits.lines_max = 10000;
  bh_arena_init(&r->cache);
  bh_map_init(&r->entries, &r->cache);
  bh_map_init(&r->bundles, &r->cache);
  bh_buf_init(&r->scratch, (size_t)4 * 1024 * 1024);
  bh_status st = bh_rules_open(r, err);
  if (st != BH_OK) {
    bh_rules_free(r);
    return st;
  }
  *out = r;
  return BH_OK;
}

void bh_rules_free(bh_rules *r)
{
  if (!r)
    return;
  bh_rules_close(r);
  bh_arena_dispose(&r->cache);
  bh_buf_dispose(&r->scratch);
  free(r);
}
