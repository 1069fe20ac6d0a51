/* Rating one billing: the host multiplies and rounds what models emit, then the rule, then what is a share of that. */
#include "batch/rate.h"

static bh_str described(bh_arena *a, const bh_rate_line *l, bh_str text)
{
  bh_str base = l->description.len ? l->description : l->product;
  if (text.len == 0)
    return base;
  return base.len ? bh_arena_fmt(a, "%.*s (%.*s)", BH_STR_ARG(base), BH_STR_ARG(text)) : text;
}

static bh_owed_line owed_of(const bh_billing *b, uint32_t index)
{
  const bh_rate_line *l = &b->lines[index];
  return (bh_owed_line){
    .line_index = index, .kind = l->once ? BH_OWED_ONCE : BH_OWED_CHARGE, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until,
    .product = l->product, .unit = l->unit, .category = l->category, .has_cost = l->has_cost, .cost = l->cost, .section = l->section, .po = l->po};
}

/* The price that a line without any unit shows. */
static bh_dec param_price(const bh_rate_line *l)
{
  for (size_t i = 0; i < l->param_count; i++)
    if (l->params[i].set && l->params[i].type == BH_PARAM_MONEY && bh_str_eqz(l->params[i].key, "price"))
      return l->params[i].number;
  return bh_dec_int(0);
}

/* What it would have emitted had it emitted something: the key counts as charged, with nothing. */
static bh_model_line zero_line(const bh_rate_line *l)
{
  return (bh_model_line){.quantity = bh_ratio_int(0), .unit_price = param_price(l), .fraction = l->fraction, .text = {"", 0}, .from = l->from,
                         .until = l->until};
}

static bh_status add_line(bh_rated *out, const bh_billing *b, uint32_t index, const bh_model_line *m, bh_arena *a, bh_error *err)
{
  const bh_rate_line *l = &b->lines[index];
  bh_owed_line o = owed_of(b, index);
  o.description = described(a, l, m->text);
  o.from = m->from;
  o.until = m->until;
  o.quantity = m->quantity;
  o.unit_price = m->unit_price;
  o.fraction = m->fraction;
  if (!bh_money_amount(&o.amount, m->unit_price, m->quantity, m->fraction, b->decimals, b->rounding))
    return bh_fail(err, BH_E_OVERFLOW, "line \"%.*s\": the amount does not fit a number", BH_STR_ARG(l->key));
  bh_rated_add_line(out, a, &o);
  return BH_OK;
}

/* What rating works with, beside the billing. */
typedef struct rater { bh_rated *out; const bh_billing *b; bh_models *models; bh_carry_chain *chain; bh_arena *a; bh_error *err; } rater;

/* What the model left: the carry for the next period, and its notes. */
static void keep_more(const rater *r, uint32_t index, const bh_model_result *result)
{
  const bh_rate_line *l = &r->b->lines[index];
  if (l->carries)
    bh_carry_chain_put(r->chain, r->b->contract, l, result->carry_out, true);
  if (result->carry_out.len > 0 || result->notes.len > 0)
    bh_rated_add_more(r->out, r->a, &(bh_rated_more){ index, result->carry_out, result->notes });
}

static bh_status rate_line(const rater *r, uint32_t index, const bh_model_amount *amounts, size_t amount_count)
{
  bh_rated *out = r->out;
  const bh_billing *b = r->b;
  bh_arena *a = r->a;
  bh_error *err = r->err;
  bh_rate_line line = b->lines[index];
  const bh_rate_line *l = &line;
  bh_model_result result;
  bh_status st = BH_OK;
  if (l->carries && !bh_carry_chain_get(r->chain, &line.carry, b->contract, l))
    st = bh_fail(err, BH_E_INVALID, "the period before it could not be rated, and this one goes on from there");
  if (st == BH_OK)
    st = bh_models_rate(r->models, &result, a, l, b->currency, b->decimals, b->rounding, amounts, amount_count, err);
  if (st != BH_OK)
    return bh_fail_prefix(err, "line \"%.*s\"", BH_STR_ARG(l->key));
  keep_more(r, index, &result);
  for (size_t i = 0; i < result.count && st == BH_OK; i++)
    st = add_line(out, b, index, &result.lines[i], a, err);
  if (st == BH_OK && result.count == 0) {
    bh_model_line zero = zero_line(l);
    st = add_line(out, b, index, &zero, a, err);
  }
  return st;
}

static bh_status rate_phase(const rater *r, int phase, const bh_model_amount *amounts, size_t amount_count)
{
  bh_status st = BH_OK;
  for (size_t i = 0; i < r->b->line_count && st == BH_OK; i++)
    if ((bh_models_phase(r->models, r->b->lines[i].model) == 2) == (phase == 2))
      st = rate_line(r, (uint32_t)i, amounts, amount_count);
  return st;
}

static bool has_phase(const bh_billing *b, bh_models *models, int phase)
{
  for (size_t i = 0; i < b->line_count; i++)
    if (bh_models_phase(models, b->lines[i].model) == phase)
      return true;
  return false;
}

/* Percent and commit see the amounts as the rule left them, before discounts, with what a minimum amount adds to a line. */
static bh_status rate_shares(const rater *r)
{
  const bh_billing *b = r->b;
  if (!has_phase(b, r->models, 2))
    return BH_OK;
  bh_rated seen = *r->out; /* with lines of its own: those that are added to the one are not added to the other */
  seen.lines = BH_NEWN(r->a, bh_owed_line, r->out->line_count + 1);
  seen.line_cap = r->out->line_count + 1;
  if (r->out->line_count)
    memcpy(seen.lines, r->out->lines, r->out->line_count * sizeof *seen.lines);
  bool *later = BH_NEWN(r->a, bool, b->line_count + 1);
  for (size_t i = 0; i < b->line_count; i++)
    later[i] = bh_models_phase(r->models, b->lines[i].model) == 2;
  bh_status st = bh_bounds_shortfalls(&seen, b, later, r->a, r->err);
  size_t n = 0;
  bh_model_amount *amounts = BH_NEWN(r->a, bh_model_amount, seen.line_count + 1);
  for (size_t i = 0; i < seen.line_count; i++)
    if (!seen.lines[i].removed)
      amounts[n++] = (bh_model_amount){ &seen.lines[i], b->contract };
  return st == BH_OK ? rate_phase(r, 2, amounts, n) : st;
}

/* The billing could not be rated: nothing of it may be compared with what was charged. */
static bh_status give_up(const rater *r, bh_status st)
{
  bh_rated *out = r->out;
  const bh_billing *b = r->b;
  for (size_t i = 0; i < b->line_count; i++)
    if (b->lines[i].carries)
      bh_carry_chain_put(r->chain, b->contract, &b->lines[i], (bh_str){ "", 0 }, false);
  out->status = st;
  out->hold_reason = BH_S("plugin-failed");
  out->hold_message = bh_arena_fmt(r->a, "contract \"%.*s\": %s", BH_STR_ARG(b->contract), r->err->message);
  return BH_OK;
}

bh_status bh_rate_billing(bh_rated *out, const bh_billing *b, bh_models *models, bh_rules *rules, const bh_rule_ask *ask, bh_carry_chain *chain,
                          bh_arena *a, bh_error *err)
{
  bh_error why = {0};
  rater r = { out, b, models, chain, a, &why };
  *out = (bh_rated){.contract = b->contract, .issue = b->issue, .hold_reason = {"", 0}, .hold_message = {"", 0}, .rule_trace = {"", 0}};
  bh_status st = rate_phase(&r, 1, NULL, 0);
  if (st != BH_OK)
    return give_up(&r, st);
  st = bh_rules_run(rules, out, b, ask, a, err);
  if (st != BH_OK)
    return st;
  st = rate_shares(&r);
  if (st != BH_OK)
    return give_up(&r, st);
  st = bh_discounts_apply(out, b, a, &why);
  if (st == BH_OK)
    st = bh_minimum_apply(out, b, a, &why);
  if (st == BH_OK)
    return BH_OK;
  /* these name the contract themselves */
  out->status = st;
  out->hold_reason = BH_S("plugin-failed");
  out->hold_message = bh_arena_str(a, bh_str_c(why.message));
  return BH_OK;
}
