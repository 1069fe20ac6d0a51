/* What the tests of rules share: a billing of four lines, and a rule run over it. */
#ifndef RULES_TEST_H
#define RULES_TEST_H
#include "base/json.h"
#include "rules/rules.h"
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct rig {
  bh_arena arena, run;
  bh_rules *rules;
  bh_billing b;
  bh_rate_line lines[4];
  bh_qty_run runs[4];
  bh_rated rated;
  bh_rule_ask ask;
  bh_error err;
} rig;

static inline void rig_line(rig *r, size_t i, bh_str product, bh_str category, bh_ratio bare, bh_ratio quantity)
{
  bh_day from = bh_day_make(2026, 12, 1), until = bh_day_make(2027, 1, 1);
  r->runs[i] = (bh_qty_run){from, until, quantity, bh_ratio_int(1)};
  r->lines[i] = (bh_rate_line){
    .index = (uint32_t)i, .key = bh_arena_fmt(&r->arena, "%.*s#1", BH_STR_ARG(product)), .product = product, .description = product, .unit = BH_S("unit"),
    .category = category, .model = BH_S("per_unit"), .recurring = true, .whole_from = from, .whole_until = until, .from = from, .until = until,
    .fraction = bh_ratio_int(1), .runs = &r->runs[i], .run_count = 1, .bare = bare};
}

static inline void rig_init_limits(rig *r, const bh_rule_limits *limits)
{
  memset(r, 0, sizeof *r);
  bh_arena_init(&r->arena);
  bh_arena_init(&r->run);
  assert_int_equal(bh_rules_new(&r->rules, limits, &r->err), BH_OK);
  r->b = (bh_billing){
    .contract = BH_S("acme-managed"), .client = BH_S("acme"), .currency = BH_S("USD"), .decimals = 2, .rounding = BH_HALF_UP,
    .issue = bh_day_make(2026, 12, 1), .period_from = bh_day_make(2026, 12, 1), .period_until = bh_day_make(2027, 1, 1), .lines = r->lines,
    .line_count = 4, .client_json = BH_S("{\"id\":\"acme\",\"name\":\"Acme Dental\",\"tags\":[\"dental\",\"3-year\"]}")};
  rig_line(r, 0, BH_S("managed-workstation"), BH_S("service"), bh_ratio_int(60), bh_ratio_int(55));
  rig_line(r, 1, BH_S("server"), BH_S("service"), bh_ratio_int(3), bh_ratio_int(3));
  rig_line(r, 2, BH_S("switch"), BH_S("hardware"), bh_ratio_int(2), bh_ratio_int(2));
  rig_line(r, 3, BH_S("backup"), BH_S("software"), (bh_ratio){114, 31}, (bh_ratio){114, 31});
}

static inline void rig_init(rig *r)
{
  rig_init_limits(r, NULL);
}

static inline void rig_dispose(rig *r)
{
  bh_rules_free(r->rules);
  bh_arena_dispose(&r->arena);
  bh_arena_dispose(&r->run);
}

static inline void rig_owed(rig *r, size_t i, const char *price, const char *cost)
{
  const bh_rate_line *l = &r->lines[i];
  bh_owed_line o = {.line_index = (uint32_t)i, .kind = BH_OWED_CHARGE, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until,
                    .product = l->product, .description = l->description, .unit = l->unit, .category = l->category, .from = l->from, .until = l->until,
                    .quantity = l->runs[0].quantity, .fraction = bh_ratio_int(1)};
  assert_true(bh_dec_parse(&o.unit_price, bh_str_c(price), 9));
  if (cost) {
    o.has_cost = true;
    assert_true(bh_dec_parse(&o.cost, bh_str_c(cost), 9));
  }
  assert_true(bh_money_amount(&o.amount, o.unit_price, o.quantity, o.fraction, 2, BH_HALF_UP));
  bh_rated_add_line(&r->rated, &r->run, &o);
}

/* modules: NULL or a NULL-ended list of name, source, name, source … */
static inline void rig_rule_modules(rig *r, const char *file, const char *name, const char *source, const char *const *modules)
{
  bh_buf b;
  bh_jw w;
  bh_buf_init(&b, 64 * 1024 * 1024);
  bh_jw_init(&w, &b);
  bh_jw_obj(&w);
  bh_jw_key(&w, "file");
  bh_jw_z(&w, file);
  bh_jw_key(&w, "modules");
  bh_jw_obj(&w);
  for (; modules && *modules; modules += 2) {
    bh_jw_key(&w, modules[0]);
    bh_jw_z(&w, modules[1]);
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "name");
  bh_jw_z(&w, name);
  bh_jw_key(&w, "source");
  bh_jw_z(&w, source);
  bh_jw_obj_end(&w);
  assert_false(b.failed);
  r->b.rule_bundle = bh_arena_str(&r->arena, bh_buf_str(&b));
  r->b.rule_hash = bh_sha256_1(r->b.rule_bundle);
  r->b.rule_name = bh_arena_str(&r->arena, bh_str_c(name));
  bh_buf_dispose(&b);
}

/* The rule's body in a file of clients/, from its line 2 on. */
static inline void rig_rule(rig *r, const char *body)
{
  bh_str source = bh_arena_fmt(&r->arena, "rule \"acme-managed\" (function(bill)\n%s\nend)\n", body);
  rig_rule_modules(r, "clients/acme.lua", "acme-managed", source.ptr, NULL);
}

static inline void rig_run(rig *r)
{
  bh_arena_reset(&r->run);
  r->rated = (bh_rated){.contract = r->b.contract, .issue = r->b.issue};
  rig_owed(r, 0, "42.00", NULL);
  rig_owed(r, 1, "120.00", NULL);
  rig_owed(r, 2, "110.00", "100.00");
  rig_owed(r, 3, "0.10", NULL);
  bh_status st = bh_rules_run(r->rules, &r->rated, &r->b, r->ask.count || r->ask.assets || r->ask.previous ? &r->ask : NULL, &r->run, &r->err);
  if (st != BH_OK)
    fail_msg("bh_rules_run: %d %s", st, r->err.message);
}

static inline void assert_text(bh_str s, const char *expected)
{
  if (!bh_str_eqz(s, expected))
    fail_msg("\"%.*s\" where \"%s\" was expected", BH_STR_ARG(s), expected);
}

static inline void assert_holds_text(bh_str s, const char *part)
{
  if (!s.ptr || !memmem(s.ptr, s.len, part, strlen(part)))
    fail_msg("\"%.*s\" does not hold \"%s\"", BH_STR_ARG(s), part);
}

static inline void rig_ran(rig *r)
{
  if (r->rated.hold_reason.len)
    fail_msg("held: %.*s: %.*s", BH_STR_ARG(r->rated.hold_reason), BH_STR_ARG(r->rated.hold_message));
}

/* Runs the body; it must go well. */
static inline void rig_ok(rig *r, const char *body)
{
  rig_rule(r, body);
  rig_run(r);
  rig_ran(r);
}

/* Runs the body; it must fail with a message that holds `part`. */
static inline void rig_fails(rig *r, const char *body, const char *part)
{
  rig_rule(r, body);
  rig_run(r);
  assert_text(r->rated.hold_reason, "rule-failed");
  assert_holds_text(r->rated.hold_message, part);
}

/* The text that the body returns: it calls say(text), which is a memo. */
static inline void rig_says(rig *r, const char *expression, const char *expected)
{
  bh_str body = bh_arena_fmt(&r->arena, "bill:memo(\"=\" .. tostring(%s))", expression);
  rig_ok(r, body.ptr);
  assert_int_equal(r->rated.memo_count, 1);
  bh_str said = r->rated.memos[0];
  said.ptr++, said.len--;
  if (!bh_str_eqz(said, expected))
    fail_msg("%s is \"%.*s\" where \"%s\" was expected", expression, BH_STR_ARG(said), expected);
}
#endif
