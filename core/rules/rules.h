/* Pricing rules: Lua 5.4 in a sandbox, exact decimals, the bill object. Runs in the rating worker only. */
#ifndef BH_RULES_H
#define BH_RULES_H
#include "billing/rating.h"

typedef struct bh_rules bh_rules;  /* one Lua state; rules compiled once by content hash */

/* What a rule may ask beyond its lines: answered by the host process (facts, history). */
typedef struct bh_rule_ask {
  void *ctx;
  /* bill:count(selector): canonical JSON of the selector → the count on the billing's issue date. */
  bh_status (*count)(void *ctx, const bh_billing *b, bh_str selector, bh_ratio *out, bh_error *err);
  /* bill:assets(selector): a JSON array of {"id","name","class",…attributes}. */
  bh_status (*assets)(void *ctx, const bh_billing *b, bh_str selector, bh_str *out_json, bh_error *err);
  /* bill:previous(n): JSON of this contract's billing n periods back, or "null". */
  bh_status (*previous)(void *ctx, const bh_billing *b, int32_t n, bh_str *out_json, bh_error *err);
} bh_rule_ask;

typedef struct bh_rule_limits { size_t memory_bytes_max; int64_t instructions_max; int32_t lines_max; } bh_rule_limits;
bh_status bh_rules_new(bh_rules **out, const bh_rule_limits *limits, bh_error *err);
void bh_rules_free(bh_rules *r);
/* Runs the billing's rule over the rated lines (amounts are recomputed here when a rule changes quantity or price). A rule that fails, or exceeds its
 * budget, sets rated->hold_reason "rule-failed" with a traceback cut to the rule's files; bill:hold sets "rule-hold". BH_OK in both cases;
 * another status is ours. */
bh_status bh_rules_run(bh_rules *r, bh_rated *rated, const bh_billing *b, const bh_rule_ask *ask, bh_arena *a, bh_error *err);
/* Syntax check of a rule's source without running it: message with FILE:LINE. */
bh_status bh_rules_check(bh_str file, bh_str source, bh_error *err);
/* Every name that a rule finds, one a line and sorted: "dec", "string.rep", "decimal:round", "bill:add", "bill.client", "line.price". For the test that
 * compares scripts/meta with what there is. */
bh_status bh_rules_names(bh_rules *r, bh_buf *out, bh_error *err);
/* Annotations for the Lua language server, from the tables that register what a rule finds. BH_E_INVALID names what has none. */
bh_status bh_rules_annotate(bh_buf *out, bh_error *err);
/* One function, `---doc`, `---@param …`, `function PREFIX.name(…) end`; tags: the language server's lines. */
void bh_annotate_function(bh_buf *out, const char *prefix, const char *name, const char *tags, const char *doc);
#endif
