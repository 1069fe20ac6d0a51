#include "batch/check_rules.h"
#include "batch/rate_pool.h"
#include <stdlib.h>

enum { GROUP = 256 };

typedef struct noted { bh_billing billing; bh_str file; int32_t line; } noted;

struct bh_rules_check {
  billhook *b;
  bh_arena arena, answers;
  bh_map seen;
  noted *items; size_t count, cap;
};

bh_status bh_rules_check_new(bh_rules_check **out, billhook *b, bh_error *err)
{
  bh_rules_check *x = calloc(1, sizeof *x);
  if (x == NULL)
    return bh_fail(err, BH_E_NOMEM, "no memory to check rules");
  x->b = b;
  bh_arena_init(&x->arena);
  bh_arena_init(&x->answers);
  bh_map_init(&x->seen, &x->arena);
  *out = x;
  return BH_OK;
}

void bh_rules_check_free(bh_rules_check *x)
{
  if (x == NULL)
    return;
  bh_arena_dispose(&x->answers);
  bh_arena_dispose(&x->arena);
  free(x->items);
  free(x);
}

void bh_rules_check_add(bh_rules_check *x, const bh_contract_terms *t)
{
  if (t->rule_bundle.len == 0)
    return;
  bh_arena *a = &x->arena;
  bh_str hash = { (const char *)t->rule_hash.b, sizeof t->rule_hash.b };
  void **slot = bh_map_ref(&x->seen, bh_arena_fmt(a, "%.*s%.*s", BH_STR_ARG(hash), BH_STR_ARG(t->rule_name)));
  if (*slot != NULL)
    return;
  *slot = x;
  if (x->count == x->cap) {
    x->cap = x->cap ? x->cap * 2 : 64;
    x->items = realloc(x->items, x->cap * sizeof *x->items);
    bh_require(x->items != NULL);
  }
  x->items[x->count++] = (noted){ .file = bh_arena_str(a, t->file), .line = t->line,
    .billing = { .contract = bh_arena_str(a, t->id), .client = bh_arena_str(a, t->client), .currency = bh_arena_str(a, t->currency), .decimals = t->decimals,
                 .rule_load_only = true, .rule_bundle = bh_arena_str(a, t->rule_bundle), .rule_hash = t->rule_hash, .rule_name = bh_arena_str(a, t->rule_name) } };
}

static bh_arena *answers_of(void *group) { return &((bh_rules_check *)group)->answers; }

/* "rules/x.lua:12: …" names the place better than the contract does. */
static void mistake(bh_rules_check *x, const noted *n, bh_str message)
{
  bh_str file = n->file, words = message;
  int32_t line = n->line;
  const char *colon = memmem(message.ptr, message.len, ".lua:", 5);
  if (colon != NULL) {
    const char *at = colon + 5, *end = message.ptr + message.len;
    int32_t number = 0;
    while (at < end && *at >= '0' && *at <= '9' && number < 10000000)
      number = number * 10 + (*at++ - '0');
    if (number > 0 && at < end && *at == ':') {
      file = bh_arena_str(&x->arena, (bh_str){ message.ptr, (size_t)(colon + 4 - message.ptr) });
      line = number;
      words = bh_arena_str(&x->arena, (bh_str){ at + 1, (size_t)(end - at - 1) });
      while (words.len > 0 && words.ptr[0] == ' ')
        words = (bh_str){ words.ptr + 1, words.len - 1 };
    }
  }
  bh_mistake_add(&x->b->mistakes, file, line, bh_arena_fmt(&x->arena, "contract \"%.*s\" rule", BH_STR_ARG(n->billing.contract)), "%.*s", BH_STR_ARG(words));
}

bh_status bh_rules_check_run(bh_rules_check *x, bh_error *err)
{
  if (x->count == 0)
    return BH_OK;
  bh_pool *pool = NULL;
  bh_status st = bh_engine_plugins(x->b);
  if (st == BH_OK)
    st = bh_pool_new(&pool, x->b->plugins, 1, x->b->options.stop, NULL, NULL, err);
  for (size_t at = 0; at < x->count && st == BH_OK; at += GROUP) {
    const bh_billing *group[GROUP];
    size_t n = x->count - at < GROUP ? x->count - at : GROUP, got = 0;
    void *back = NULL;
    bh_rated *rated;
    for (size_t i = 0; i < n; i++)
      group[i] = &x->items[at + i].billing;
    bh_arena_reset(&x->answers);
    st = bh_pool_submit(pool, x, group, n, err);
    if (st == BH_OK)
      st = bh_pool_next(pool, true, &back, answers_of, &rated, &got, err);
    if (st == BH_OK && back == NULL)
      st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
    for (size_t i = 0; i < got && st == BH_OK; i++)
      if (rated[i].hold_reason.len > 0)
        mistake(x, &x->items[at + i], rated[i].hold_message);
  }
  bh_pool_free(pool);
  return st;
}
