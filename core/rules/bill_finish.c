/* Discounts of a rule, and the end of a call. Discounts are worked out when the rule has ended, from the lines as it left them, in the order in which
 * they were given: each of what the last one left, and none takes more than that. */
#include "rules/impl.h"

int bh_bill_discount(lua_State *L)
{
  static const char *const known[] = {"percent", "amount", "reason", "of", "id", NULL};
  bh_rule_call *c = bh_bill_self(L, "discount");
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  bh_bill_keys(L, 2, "bill:discount", known);
  if (c->discount_count >= BH_RULE_DISCOUNTS_MAX)
    return bh_rules_error(L, "the rule gives more than %d discounts", (int)BH_RULE_DISCOUNTS_MAX);
  bh_rule_discount d = {.reason = BH_S("Discount")};
  lua_getfield(L, 2, "percent");
  lua_getfield(L, 2, "amount");
  if (lua_isnil(L, 3) == lua_isnil(L, 4))
    return bh_rules_error(L, "bill:discount: either percent or amount was expected");
  d.is_percent = !lua_isnil(L, 3);
  if (d.is_percent && lua_type(L, 3) == LUA_TSTRING) { /* "5%" is "5" */
    size_t len;
    const char *s = lua_tolstring(L, 3, &len);
    if (len > 1 && s[len - 1] == '%') {
      lua_pushlstring(L, s, len - 1);
      lua_replace(L, 3);
    }
  }
  d.value = bh_dec_need_text(L, d.is_percent ? 3 : 4, d.is_percent ? "bill:discount: percent" : "bill:discount: amount");
  if (d.value.coef < 0 || (d.is_percent && bh_dec_cmp(d.value, bh_dec_int(100)) > 0))
    return bh_rules_error(L, d.is_percent ? "bill:discount: percent: 0 to 100 was expected"
                                          : "bill:discount: amount: what is to come off was expected, as a positive number");
  if (lua_getfield(L, 2, "reason") != LUA_TNIL)
    d.reason = bh_bill_text(L, -1, "bill:discount: reason");
  bh_str name = d.reason;
  if (lua_getfield(L, 2, "id") != LUA_TNIL)
    name = bh_bill_text(L, -1, "bill:discount: id");
  lua_getfield(L, 2, "of");
  const bh_rule_filter *of = bh_filter_new(L, -1, "bill:discount: of");
  if (of) { /* the call keeps it longer than Lua does */
    bh_rules_account(L, of->bytes);
    void *copy = bh_arena_alloc(c->arena, of->bytes);
    memcpy(copy, of, of->bytes);
    d.of = copy;
  }
  d.key = bh_bill_ordinal(L, "discount:rule:", name);
  c->discounts = bh_bill_grow(L, c->discounts, c->discount_count, &c->discount_cap, sizeof *c->discounts);
  c->discounts[c->discount_count++] = d;
  return 0;
}

static bh_status too_large(const bh_rule_discount *d, bh_error *err)
{
  return bh_fail(err, BH_E_OVERFLOW, "bill:discount: \"%.*s\": the sum does not fit a number", BH_STR_ARG(d->reason));
}

/* What the discounts so far have left of a line. */
static bool line_net(int64_t *out, const bh_rated *r, size_t line)
{
  *out = r->lines[line].amount;
  for (size_t i = 0; i < r->discount_count; i++)
    if (r->discounts[i].shares && !bh_money_add(out, r->discounts[i].shares[line]))
      return false;
  return true;
}

static bh_status discount_apply(bh_rules *r, const bh_rule_discount *d, bh_error *err)
{
  bh_rule_call *c = &r->call;
  bh_rated *rated = c->rated;
  const bh_billing *b = c->billing;
  size_t n = rated->line_count;
  int64_t *weights = BH_NEWN(c->arena, int64_t, n ? n : 1), *shares = BH_NEWN(c->arena, int64_t, n ? n : 1), total = 0, amount;
  for (size_t i = 0; i < n; i++) {
    int64_t net;
    if (!bh_filter_takes(d->of, &rated->lines[i]))
      continue;
    if (!line_net(&net, rated, i))
      return too_large(d, err);
    weights[i] = net > 0 ? net : 0;
    if (!bh_money_add(&total, weights[i]))
      return too_large(d, err);
  }
  if (d->is_percent) {
    bh_i128 hundred = 100;
    for (int i = 0; i < d->value.scale; i++)
      hundred *= 10;
    if (!bh_money_scale(&amount, total, d->value.coef, hundred, b->rounding))
      return too_large(d, err);
  } else if (!bh_money_of_dec(&amount, d->value, b->decimals, b->rounding)) {
    return too_large(d, err);
  }
  if (amount > total)
    amount = total;
  if (amount == 0) /* nothing to take from */
    return BH_OK;
  if (!bh_money_split(shares, amount, weights, n))
    return too_large(d, err);
  for (size_t i = 0; i < n; i++)
    shares[i] = -shares[i];
  bh_owed_discount out = {.key = d->key, .description = d->reason, .is_percent = d->is_percent, .amount = -amount, .base = total,
                          .whole_from = b->period_from, .whole_until = b->period_until, .shares = shares};
  if (d->is_percent)
    out.percent = d->value;
  bh_rated_add_discount(rated, c->arena, &out);
  return BH_OK;
}

static void trace_discount(bh_rules *r, const bh_rule_discount *d, int64_t amount, bh_jw *w)
{
  char value[32], shown[32];
  bh_dec_format(value, d->value);
  bh_money_format(shown, amount, r->call.billing->decimals);
  bh_jw_str(w, bh_arena_fmt(r->call.arena, "discount %s%s, %.*s: %s", value, d->is_percent ? "%" : "", BH_STR_ARG(d->reason), shown));
}

/* The evidence: what was done, in order, the discounts last. */
static bool write_trace(bh_rules *r, size_t first_discount)
{
  bh_rule_call *c = &r->call;
  bh_jw w;
  bh_buf_clear(&r->scratch);
  bh_jw_init(&w, &r->scratch);
  bh_jw_arr(&w);
  for (size_t i = 0; i < c->trace_count; i++)
    bh_jw_str(&w, c->trace[i]);
  size_t given = first_discount;
  for (size_t i = 0; i < c->discount_count; i++) {
    const bh_rated *rated = c->rated;
    bool took = given < rated->discount_count && bh_str_eq(rated->discounts[given].key, c->discounts[i].key);
    trace_discount(r, &c->discounts[i], took ? rated->discounts[given].amount : 0, &w);
    given += took;
  }
  if (c->trace_left_out)
    bh_jw_str(&w, bh_arena_fmt(c->arena, "and %zu more", c->trace_left_out));
  bh_jw_arr_end(&w);
  if (r->scratch.failed)
    return false;
  c->rated->rule_trace = bh_arena_str(c->arena, bh_buf_str(&r->scratch));
  return true;
}

bh_status bh_bill_finish(bh_rules *r, bh_error *err)
{
  bh_rule_call *c = &r->call;
  size_t first_discount = c->rated->discount_count;
  for (size_t i = 0; i < c->discount_count; i++) {
    bh_status st = discount_apply(r, &c->discounts[i], err);
    if (st != BH_OK) {
      c->rated->discount_count = first_discount;
      return st;
    }
  }
  if ((c->trace_count || c->discount_count) && !write_trace(r, first_discount)) {
    c->rated->discount_count = first_discount;
    return bh_fail(err, BH_E_INVALID, "the rule did more than its evidence can hold");
  }
  if (c->memo_count) {
    bh_rated *rated = c->rated;
    bh_str *all = BH_NEWN(c->arena, bh_str, rated->memo_count + c->memo_count);
    if (rated->memo_count)
      memcpy(all, rated->memos, rated->memo_count * sizeof *all);
    memcpy(all + rated->memo_count, c->memos, c->memo_count * sizeof *all);
    rated->memos = all;
    rated->memo_count += c->memo_count;
  }
  if (c->hold.len) {
    c->rated->hold_reason = BH_S("rule-hold");
    c->rated->hold_message = c->hold;
  }
  return BH_OK;
}
