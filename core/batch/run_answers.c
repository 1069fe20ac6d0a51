#include "batch/run_answers.h"
#include "base/wire.h"
#include "batch/rate.h"

/* What a rule may know: of a billing that was charged, the facts of then (BILLING 6.3), unless a line of it is trued up with all that is known. */
static void known_then(int64_t *pull, bh_day *as_of, const bh_run_ctx *ctx, const bh_gathered *g)
{
  bool charged = false;
  *pull = BH_PULL_NOW;
  *as_of = ctx->drafting.date;
  for (size_t i = 0; i < g->plan->line_count; i++) {
    const bh_plan_line *l = &g->plan->lines[i];
    if (l->charged == NULL)
      continue;
    if (l->pull == BH_PULL_NOW) {
      *pull = BH_PULL_NOW;
      *as_of = ctx->drafting.date;
      return;
    }
    if (!charged || l->pull > *pull) {
      *pull = l->pull;
      *as_of = l->as_of;
    }
    charged = true;
  }
}

/* Facts that are too old, or none: the invoice waits, whatever the rule makes of the answer. False: there is none that it could be given. */
static bool fresh_enough(bh_run_client *c, const bh_gathered *g, const bh_count *count, bh_arena *a)
{
  if (count->hold_reason.len == 0 || (g->plan->made && count->run_count > 0))
    return true; /* what was charged was fresh when it was */
  bh_hold_add(&c->holds, a, count->hold_reason,
              bh_arena_fmt(a, "contract \"%.*s\", its rule: %.*s", BH_STR_ARG(g->billing.contract), BH_STR_ARG(count->hold_message)));
  return count->run_count > 0 && (bh_str_eqz(count->hold_reason, "stale-facts") || bh_str_eqz(count->hold_reason, "connector-failed"));
}

/* Who shares the client's assets: as it was when the billing was charged. */
static const bh_family *family_of(const bh_run_client *c, const bh_gathered *g)
{
  for (size_t i = 0; i < g->plan->line_count; i++)
    if (g->plan->lines[i].charged != NULL)
      return g->plan->lines[i].terms->family;
  return c->terms->family;
}

static bh_status ask_count(bh_ratio *out, bh_run_ctx *ctx, bh_run_client *c, const bh_gathered *g, bh_str text, bh_arena *a, bh_error *err)
{
  bh_selector sel;
  bh_status st = bh_selector_parse(&sel, a, text, err);
  if (st != BH_OK)
    return st;
  sel.family = family_of(c, g);
  if (c->facts == NULL)
    return bh_fail(err, BH_E_INVALID, "no facts are known of client \"%.*s\"", BH_STR_ARG(c->terms->id));
  bh_day day = g->billing.issue < ctx->drafting.date ? g->billing.issue : ctx->drafting.date;
  bh_day from = day, until = day + 1;
  if (sel.kind == BH_SEL_USAGE) { /* usage is what the billing's period saw */
    from = g->billing.period_from;
    until = g->billing.period_until < day + 1 ? g->billing.period_until : day + 1;
    if (from >= until) {
      *out = bh_ratio_int(0);
      return BH_OK;
    }
  }
  bh_count count;
  int64_t pull;
  bh_day as_of;
  known_then(&pull, &as_of, ctx, g);
  st = bh_facts_count(&count, c->facts, a, &sel, from, until, until - 1, until, pull, as_of, c->terms->stale_days, err);
  if (st != BH_OK)
    return st;
  if (!fresh_enough(c, g, &count, a))
    return bh_fail(err, BH_E_INVALID, "%.*s", BH_STR_ARG(count.hold_message));
  *out = count.run_count ? count.runs[count.run_count - 1].count : bh_ratio_int(0);
  return BH_OK;
}

static bh_status ask_assets(bh_str *out, bh_run_ctx *ctx, bh_run_client *c, const bh_gathered *g, bh_str text, bh_arena *a, bh_error *err)
{
  bh_selector sel;
  bh_status st = bh_selector_parse(&sel, a, text, err);
  if (st != BH_OK)
    return st;
  sel.family = family_of(c, g);
  if (c->facts == NULL)
    return bh_fail(err, BH_E_INVALID, "no facts are known of client \"%.*s\"", BH_STR_ARG(c->terms->id));
  bh_day day = g->billing.issue < ctx->drafting.date ? g->billing.issue : ctx->drafting.date;
  bh_fact_asset *assets;
  size_t n;
  bh_count count; /* a list is as fresh as its count has to be */
  int64_t pull;
  bh_day as_of;
  known_then(&pull, &as_of, ctx, g);
  st = bh_facts_count(&count, c->facts, a, &sel, day, day + 1, day, day + 1, pull, as_of, c->terms->stale_days, err);
  if (st != BH_OK)
    return st;
  if (!fresh_enough(c, g, &count, a))
    return bh_fail(err, BH_E_INVALID, "%.*s", BH_STR_ARG(count.hold_message));
  st = bh_facts_list(&assets, &n, c->facts, a, &sel, day, day + 1, pull, err);
  if (st != BH_OK)
    return st;
  bh_buf json;
  bh_buf_init(&json, 16 << 20);
  bh_jw w;
  bh_jw_init(&w, &json);
  bh_jw_arr(&w);
  for (size_t i = 0; i < n; i++) {
    if (assets[i].left_out.len > 0)
      continue;
    bh_node *attrs = NULL;
    bh_jw_obj(&w);
    bh_jw_key(&w, "class"); bh_jw_str(&w, assets[i].klass);
    bh_jw_key(&w, "id"); bh_jw_str(&w, assets[i].id);
    bh_jw_key(&w, "name"); bh_jw_str(&w, assets[i].name);
    if (assets[i].attrs.len > 2 && bh_json_parse(&attrs, a, assets[i].attrs, NULL, NULL) == BH_OK)
      for (size_t k = 0; k < attrs->field_count; k++) {
        bh_str key = attrs->fields[k].key;
        if (bh_str_eqz(key, "class") || bh_str_eqz(key, "id") || bh_str_eqz(key, "name") || attrs->fields[k].value->kind != BH_NODE_STR)
          continue;
        bh_jw_key(&w, bh_arena_z(a, key));
        bh_jw_str(&w, attrs->fields[k].value->text);
      }
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  *out = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  return BH_OK;
}

/* This contract's billing n periods back, as charged: {"date","lines":[{"amount","key","product","quantity"}],"total"}, or null. */
static bh_status ask_previous(bh_str *out, bh_run_ctx *ctx, const bh_gathered *g, int64_t back, bh_arena *a, bh_error *err)
{
  bh_charged_line *rows;
  size_t n, keys_n;
  *out = BH_S("null");
  if (back < 1 || g->contract->row.currency.len == 0)
    return BH_OK;
  bh_status st = bh_store_charged(ctx->drafting.store, &rows, &n, a, g->contract->row.num, err);
  if (st != BH_OK)
    return st;
  bh_charged_key *keys = bh_charged_keys(a, rows, n, &keys_n);
  bh_day issue = g->billing.issue;
  for (int64_t i = 0; i < back; i++) {
    bh_day before = BH_DAY_MIN;
    for (size_t k = 0; k < keys_n; k++)
      if (keys[k].kind == BH_LINE_CHARGE && keys[k].issue < issue && keys[k].issue > before)
        before = keys[k].issue;
    if (before == BH_DAY_MIN)
      return BH_OK;
    issue = before;
  }
  bh_buf json;
  bh_buf_init(&json, 16 << 20);
  bh_jw w;
  bh_jw_init(&w, &json);
  int64_t total = 0;
  char text[32];
  bh_jw_obj(&w);
  bh_jw_key(&w, "date"); bh_jw_day(&w, issue);
  bh_jw_key(&w, "lines");
  bh_jw_arr(&w);
  for (size_t k = 0; k < keys_n; k++) {
    if (keys[k].issue != issue)
      continue;
    bool exact;
    size_t len = bh_ratio_format_dec(text, keys[k].quantity, 6, &exact);
    bh_require(bh_money_add(&total, keys[k].amount));
    bh_jw_obj(&w);
    bh_jw_key(&w, "amount"); bh_jw_money(&w, keys[k].amount, g->billing.decimals);
    bh_jw_key(&w, "key"); bh_jw_str(&w, keys[k].key);
    bh_jw_key(&w, "product"); bh_jw_str(&w, keys[k].product);
    bh_jw_key(&w, "quantity"); bh_jw_str(&w, (bh_str){ text, len });
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "total"); bh_jw_money(&w, total, g->billing.decimals);
  bh_jw_obj_end(&w);
  *out = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  return BH_OK;
}

void bh_run_answer(bh_run_ctx *ctx, bh_run_client *c, const bh_gathered *g, int what, bh_str selector, int64_t n, bh_arena *a, bh_buf *answer)
{
  bh_error err = { 0 };
  bh_ratio count = bh_ratio_int(0);
  bh_str text = { "", 0 };
  bh_status st;
  if (what == BH_ASK_COUNT)
    st = ask_count(&count, ctx, c, g, selector, a, &err);
  else if (what == BH_ASK_ASSETS)
    st = ask_assets(&text, ctx, c, g, selector, a, &err);
  else
    st = ask_previous(&text, ctx, g, n, a, &err);
  bh_put_u8(answer, st == BH_OK);
  if (st != BH_OK)
    bh_put_str(answer, bh_str_c(err.message));
  else if (what == BH_ASK_COUNT)
    bh_put_ratio(answer, count);
  else
    bh_put_str(answer, text);
}
