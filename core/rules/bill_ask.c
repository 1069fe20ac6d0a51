/* What a rule reads: billed quantities, counts, assets, the billings before. */
#include "rules/impl.h"

static bh_str string_at(lua_State *L, int index, const char *what)
{
  size_t len;
  if (lua_type(L, index) != LUA_TSTRING)
    bh_rules_error(L, "%s: the id of a product was expected, not %s", what, luaL_typename(L, index));
  const char *s = lua_tolstring(L, index, &len);
  return (bh_str){s, len};
}

/* Of a line that is split by day: the mean over its days in force. */
static bool line_quantity(bh_ratio *out, const bh_rate_line *l)
{
  *out = bh_ratio_int(0);
  if (l->run_count == 1) {
    *out = l->runs[0].quantity;
    return true;
  }
  int64_t days = 0;
  for (size_t i = 0; i < l->run_count; i++) {
    bh_ratio part;
    int64_t n = l->runs[i].until - l->runs[i].from;
    days += n;
    if (!bh_ratio_mul(&part, l->runs[i].quantity, bh_ratio_int(n)) || !bh_ratio_add(out, *out, part))
      return false;
  }
  return days <= 0 || bh_ratio_div(out, *out, bh_ratio_int(days));
}

int bh_bill_quantity(lua_State *L)
{
  const bh_billing *b = bh_bill_self(L, "quantity")->billing;
  bh_str product = string_at(L, 2, "bill:quantity");
  bh_ratio sum = bh_ratio_int(0), q;
  for (size_t i = 0; i < b->line_count; i++)
    if (bh_str_eq(b->lines[i].product, product) && (!line_quantity(&q, &b->lines[i]) || !bh_ratio_add(&sum, sum, q)))
      return bh_rules_error(L, "bill:quantity: the sum does not fit a number");
  bh_bill_push_ratio(L, sum);
  return 1;
}

/* The host's answer, remembered for this call. `what` tells the kinds of questions apart. */
static void **answer_slot(lua_State *L, bh_rule_call *c, char what, bh_str question)
{
  char text[2] = {what, 0};
  bh_buf *key = &bh_rules_of(L)->scratch;
  bh_buf_clear(key);
  bh_buf_puts(key, (bh_str){text, 1});
  bh_buf_puts(key, question);
  void **slot = bh_map_ref(&c->asked, bh_buf_str(key));
  if (!*slot && ++c->asked_count > BH_RULE_ASKS_MAX)
    bh_rules_error(L, "the rule asks for more than %d different things", (int)BH_RULE_ASKS_MAX);
  if (!*slot)
    bh_rules_account(L, question.len + 64);
  return slot;
}

/* A question that the host finds wrong is the rule's mistake; all else is trouble of ours, and ends the rating. */
static void check_answer(lua_State *L, bh_rule_call *c, bh_status st, const bh_error *why, const char *method)
{
  if (st == BH_OK)
    return;
  if (st != BH_E_INVALID && st != BH_E_NOTFOUND && st != BH_E_OVERFLOW) {
    c->host_status = st;
    c->host_error = *why;
  }
  bh_rules_error(L, "bill:%s: %s", method, why->message);
}

static void need_host(lua_State *L, bool there, const char *method)
{
  if (!there)
    bh_rules_error(L, "bill:%s: there are no facts to ask here", method);
}

int bh_bill_count(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "count");
  const bh_billing *b = c->billing;
  if (lua_type(L, 2) == LUA_TSTRING) {
    bh_str product = string_at(L, 2, "bill:count");
    bh_ratio sum = bh_ratio_int(0);
    for (size_t i = 0; i < b->line_count; i++)
      if (bh_str_eq(b->lines[i].product, product) && !bh_ratio_add(&sum, sum, b->lines[i].bare))
        return bh_rules_error(L, "bill:count: the sum does not fit a number");
    bh_bill_push_ratio(L, sum);
    return 1;
  }
  bh_str selector = bh_select_json(L, 2);
  need_host(L, c->ask && c->ask->count, "count");
  void **slot = answer_slot(L, c, 'c', selector);
  if (!*slot) {
    bh_error why = {0};
    bh_ratio *answer = BH_NEW(c->arena, bh_ratio);
    check_answer(L, c, c->ask->count(c->ask->ctx, b, selector, answer, &why), &why, "count");
    *slot = answer;
  }
  bh_bill_push_ratio(L, *(const bh_ratio *)*slot);
  return 1;
}

int bh_bill_assets(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "assets");
  bh_str selector = bh_select_json(L, 2);
  need_host(L, c->ask && c->ask->assets, "assets");
  void **slot = answer_slot(L, c, 'a', selector);
  if (!*slot) {
    bh_error why = {0};
    bh_str *answer = BH_NEW(c->arena, bh_str);
    check_answer(L, c, c->ask->assets(c->ask->ctx, c->billing, selector, answer, &why), &why, "assets");
    *slot = answer;
  }
  bh_json_push_lua(L, *(const bh_str *)*slot, false);
  return 1;
}

int bh_bill_previous(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "previous");
  lua_Integer n = luaL_optinteger(L, 2, 1);
  if (n < 1 || n > 1200)
    return bh_rules_error(L, "bill:previous: how many periods back was expected, from 1 on");
  need_host(L, c->ask && c->ask->previous, "previous");
  char text[16];
  int len = snprintf(text, sizeof text, "%d", (int)n);
  void **slot = answer_slot(L, c, 'p', (bh_str){text, (size_t)len});
  if (!*slot) {
    bh_error why = {0};
    bh_str *answer = BH_NEW(c->arena, bh_str);
    check_answer(L, c, c->ask->previous(c->ask->ctx, c->billing, (int32_t)n, answer, &why), &why, "previous");
    *slot = answer;
  }
  bh_json_push_lua(L, *(const bh_str *)*slot, true);
  return 1;
}
