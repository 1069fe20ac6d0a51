/* A contract's own line over its book: the own keys win, then contract, template, client and invoicing. */
#include "billing/rating.h"
#include "workspace/line_keys.h"

typedef struct line {
  ws_ck *ck; ws_contract_ctx *c; const ws_path *at; const bh_node *own; const ws_base *base; bh_line_terms *t;
  bh_node *v[LK_COUNT]; ws_level level; bh_day starts;
} line;

static bool option_or_bad(void *ctx, bh_str key) {
  line *l = ctx;
  if (!l->base->model) return l->base->part_count == 0; /* not understood: complained about already */
  if (ws_option_key(l->base->model, key, NULL)) return true;
  ws_line_bad_key(l->ck, l->at, key, l->base->model);
  return false;
}

static void dates(line *l) {
  bh_line_terms *t = l->t;
  if (l->v[LK_from]) ws_date(l->ck, WS_KEY(l->at, "from"), l->v[LK_from], l->starts, false, &t->from);
  if (l->v[LK_ends]) ws_date(l->ck, WS_KEY(l->at, "ends"), l->v[LK_ends], l->starts, true, &t->ends);
  if (l->v[LK_billed_through]) ws_date(l->ck, WS_KEY(l->at, "billed_through"), l->v[LK_billed_through], BH_DAY_MIN, false, &t->billed_through);
  if (t->ends < t->from) ws_bad(l->ck, WS_KEY(l->at, "ends"), "before its from; expected a last day on or after it");
  else if (l->v[LK_ends] && l->c->out->starts > BH_DAY_MIN && t->ends < l->c->out->starts)
    ws_bad(l->ck, WS_KEY(l->at, "ends"), "before the contract starts; expected a last day on or after it");
  t->once = l->base->once;
  t->once_on = l->base->once_on;
  if (l->v[LK_once] && ws_date(l->ck, WS_KEY(l->at, "once"), l->v[LK_once], l->starts, false, &t->once_on)) t->once = true;
  if (!t->once) return;
  if (l->v[LK_from] || l->v[LK_ends]) ws_bad(l->ck, WS_KEYS(l->at, bh_str_c(l->v[LK_from] ? "from" : "ends")), "a once line has its one date; expected no from and ends");
  if (l->v[LK_changes]) ws_bad(l->ck, WS_KEY(l->at, "changes"), "a once line has its one date; expected no changes");
  if (l->v[LK_bill]) ws_bad(l->ck, WS_KEY(l->at, "bill"), "a once line has its one date; expected no schedule");
  const bh_contract_terms *c = l->c->out;
  if (t->once_on < c->starts || t->once_on > c->ends)
    ws_advise(l->ck, WS_KEY(l->at, "once"), "outside the contract's life: it is not owed");
}

static void quantities(line *l) {
  bh_line_terms *t = l->t;
  ws_ck *ck = l->ck;
  if (l->v[LK_count] && l->v[LK_quantity]) ws_bad(ck, WS_KEY(l->at, "count"), "both a count and a quantity; expected one of them");
  if (l->v[LK_quantity]) {
    if (ws_dated(ck, WS_KEY(l->at, "quantity"), l->v[LK_quantity], WS_QUANTITY, l->starts, &t->quantity)) {
      t->counted = false;
      t->count = (bh_selector){0};
    }
  } else if (l->v[LK_count]) {
    if (ws_selector(ck, WS_KEY(l->at, "count"), l->v[LK_count], &t->count)) t->counted = true;
  } else if (t->once && t->counted) {
    t->counted = false; /* a once line without a quantity is one of it */
    t->count = (bh_selector){0};
    t->quantity = ws_dated_one(ck->a, bh_dec_int(1));
  }
  if (l->v[LK_changes]) {
    if (t->counted) ws_bad(ck, WS_KEY(l->at, "changes"), "changes of a counted quantity; expected a quantity beside them");
    else ws_read_changes(ck, WS_KEY(l->at, "changes"), l->v[LK_changes], l->starts, &t->quantity);
  }
  const bh_plugin_spec *m = l->base->model;
  if (l->v[LK_minimum] && !ws_option(m, BH_S("minimum"))) ws_opt(ck, WS_KEY(l->at, "minimum"), l->v[LK_minimum], WS_QUANTITY, l->starts, &t->minimum);
  if (l->v[LK_maximum] && !ws_option(m, BH_S("maximum"))) ws_opt(ck, WS_KEY(l->at, "maximum"), l->v[LK_maximum], WS_QUANTITY, l->starts, &t->maximum);
  if (l->v[LK_included] && !ws_option(m, BH_S("included"))) ws_read_included(ck, WS_KEY(l->at, "included"), l->v[LK_included], l->starts, t);
  if (l->v[LK_round_up_to] && !ws_option(m, BH_S("round_up_to"))) {
    if (ws_opt(ck, WS_KEY(l->at, "round_up_to"), l->v[LK_round_up_to], WS_QUANTITY, l->starts, &t->round_up_to))
      for (size_t i = 0; i < t->round_up_to.value.count; i++)
        if (t->round_up_to.value.items[i].value.coef == 0) ws_bad(ck, WS_KEY(l->at, "round_up_to"), "0; expected more than 0");
  }
}

/* "price", or "tiers[2].price" */
static const ws_path *price_path(const line *l, bh_str what) {
  ws_path *path = BH_NEWN(l->ck->a, ws_path, 3);
  const char *open = memchr(what.ptr, '[', what.len), *close = memchr(what.ptr, ']', what.len);
  bh_dec index;
  path[0] = (ws_path){l->at, what, 0};
  if (!open || !close || close + 2 > what.ptr + what.len || !bh_dec_parse(&index, (bh_str){open + 1, (size_t)(close - open - 1)}, 0)) return path;
  path[0].key.len = (size_t)(open - what.ptr);
  path[1] = (ws_path){path, {0}, (int32_t)index.coef};
  path[2] = (ws_path){path + 1, {close + 2, (size_t)(what.ptr + what.len - close - 2)}, 0};
  return path + 2;
}

static void no_price(line *l, bh_str what) {
  const bh_contract_terms *c = l->c->out;
  l->t->price_missing = true;
  l->t->price_missing_what = what;
  const ws_path *at = price_path(l, what);
  if (bh_str_eq(c->currency, l->ck->ws->currency))
    ws_bad(l->ck, at, "product \"%.*s\" has no %.*s in %.*s; expected one on the product, or on the line", BH_STR_ARG(l->t->product), BH_STR_ARG(what), BH_STR_ARG(c->currency));
  else
    ws_bad(l->ck, at, "product \"%.*s\" has no %.*s in %.*s; expected prices = { %.*s = … } on the product, or one on the line",
           BH_STR_ARG(l->t->product), BH_STR_ARG(what), BH_STR_ARG(c->currency), BH_STR_ARG(c->currency));
}

/* The line's parameters over the book's: what it sets replaces; one of price, prices, prices_from, tiers replaces them all. */
static void prices(line *l) {
  bh_line_terms *t = l->t;
  const bh_plugin_spec *spec = l->base->model;
  bool group = false, any = false;
  if (!spec) return;
  for (size_t i = 0; i < l->own->field_count; i++) {
    if (!ws_set(l->own->fields[i].value) || !ws_option_key(spec, l->own->fields[i].key, NULL)) continue;
    any = true;
    group = group || ws_in_group(l->own->fields[i].key);
  }
  if (any) {
    bh_param *own;
    size_t n;
    bh_str missing = {0}, cur = l->c->out->currency;
    if (!ws_params(l->ck, l->at, l->own, spec, cur, cur, l->starts, t->once, &own, &n, &missing)) {
      t->price_override = t->price_override || group;
      if (missing.len) no_price(l, missing);
      return;
    }
    bh_param *all = BH_NEWN(l->ck->a, bh_param, n + t->param_count);
    size_t count = 0;
    for (size_t i = 0; i < spec->option_count; i++) {
      const bh_param *p = NULL;
      for (size_t j = 0; j < n && !p; j++)
        if (bh_str_eq(own[j].key, spec->options[i].key)) p = &own[j];
      for (size_t j = 0; j < t->param_count && !p; j++)
        if (bh_str_eq(t->params[j].key, spec->options[i].key) && !(group && ws_in_group(t->params[j].key))) p = &t->params[j];
      if (p) all[count++] = *p;
    }
    t->params = all;
    t->param_count = count;
    if (group) {
      t->price_override = true;
      t->price_origin = BH_S("override");
      t->price_missing = false;
      t->price_missing_what = (bh_str){0};
    }
    if (missing.len) no_price(l, missing);
    bool volume = false;
    for (size_t i = 0; i < count; i++)
      if (bh_str_eqz(all[i].key, "mode")) volume = bh_str_eqz(all[i].text, "volume");
    for (size_t i = 0; i < n; i++)
      if (own[i].type == BH_PARAM_RECORDS && bh_str_eqz(own[i].key, "tiers")) ws_tiers_check(l->ck, WS_KEY(l->at, "tiers"), &own[i], volume);
  }
}

/* Cost plus markup, where a once line has no price of its own. */
static void mark_up(line *l) {
  bh_line_terms *t = l->t;
  /* A one-off with a price or a quantity of its own costs its price a unit, also of a product that is flat by the month. */
  if (t->once && (t->price_override || l->v[LK_quantity]) && bh_str_eqz(t->model, "flat")) t->model = BH_S("per_unit");
  if (!l->base->has_markup || t->price_override || !t->cost.set || !l->base->model || !ws_option(l->base->model, BH_S("price"))) return;
  const bh_dated *cost = &t->cost.value, *markup = &l->base->markup;
  bh_dated_item *items = BH_NEWN(l->ck->a, bh_dated_item, cost->count + markup->count);
  size_t dates = 0;
  for (size_t i = 0, j = 0; i < cost->count || j < markup->count; dates++) { /* the days on which one of the two changes */
    bh_day day = j == markup->count || (i < cost->count && cost->items[i].from <= markup->items[j].from) ? cost->items[i].from : markup->items[j].from;
    i += i < cost->count && cost->items[i].from == day;
    j += j < markup->count && markup->items[j].from == day;
    const bh_dec *c = bh_dated_on(cost, day), *m = bh_dated_on(markup, day);
    bh_dec factor, x;
    bool ok = c && m && bh_dec_add(&factor, *m, bh_dec_int(100)) && bh_dec_mul(&x, *c, factor) && bh_dec_div(&x, x, bh_dec_int(100));
    if (!ok) {
      ws_bad(l->ck, WS_KEY(l->at, "cost"), "too large");
      return;
    }
    items[dates] = (bh_dated_item){day, bh_dec_trim(x)};
  }
  bh_param *all = BH_NEWN(l->ck->a, bh_param, t->param_count + 1);
  size_t n = 0;
  for (size_t i = 0; i < t->param_count; i++)
    if (!bh_str_eqz(t->params[i].key, "price")) all[n++] = t->params[i];
  all[n++] = (bh_param){.key = BH_S("price"), .type = BH_PARAM_MONEY, .number = {items, dates}};
  t->params = all;
  t->param_count = n;
  t->price_missing = false;
  t->price_origin = BH_S("markup");
}

static void amounts(line *l) {
  bh_line_terms *t = l->t;
  bh_str cur = l->c->out->currency;
  bh_dated d;
  struct { const char *key; bh_node *n; bh_opt_dated *out; } of[] = {
      {"minimum_amount", l->v[LK_minimum_amount], &t->minimum_amount}, {"maximum_amount", l->v[LK_maximum_amount], &t->maximum_amount},
      {"cost", l->v[LK_cost] ? l->v[LK_cost] : l->v[LK_costs], &t->cost}};
  for (size_t i = 0; i < 3; i++)
    if (of[i].n && ws_money(l->ck, l->at, l->own, bh_str_c(of[i].key), WS_MONEY, cur, cur, l->starts, &d) == WS_FOUND) *of[i].out = (bh_opt_dated){true, d};
}

static void reading_day(line *l) {
  static const char *const names[] = {"issue", "start", "end", "peak", "average", "daily", "sum"};
  bh_line_terms *t = l->t;
  int choice;
  bool set = l->base->at_set;
  if (l->v[LK_at] && ws_choice(l->ck, WS_KEY(l->at, "at"), l->v[LK_at], names, 7, &choice)) t->at = (bh_at)choice, set = true;
  bool usage = t->counted && t->count.kind == BH_SEL_USAGE;
  if (!set) t->at = usage ? BH_AT_SUM : !t->counted ? BH_AT_DAILY : t->bill.timing == BH_ADVANCE ? BH_AT_ISSUE : BH_AT_END;
  if (t->once) return;
  if (set && usage != (t->at == BH_AT_SUM) && t->counted)
    ws_bad(l->ck, WS_KEY(l->at, "at"), usage ? "\"%s\" of usage; expected \"sum\"" : "\"%s\" of a count; expected \"issue\", \"start\", \"end\", \"peak\", \"average\" or \"daily\"", names[t->at]);
  bool ahead = t->at == BH_AT_END || t->at == BH_AT_PEAK || t->at == BH_AT_AVERAGE || t->at == BH_AT_DAILY;
  if (t->counted && !usage && ahead && t->bill.timing == BH_ADVANCE && t->true_up != BH_TRUE_UP_ALL)
    ws_bad(l->ck, WS_KEY(l->at, "at"), "\"%s\" reads days to come on a line billed in advance; expected timing = \"arrears\" or true_up = \"all\"", names[t->at]);
  if (usage && t->bill.timing == BH_ADVANCE && !t->by_day)
    ws_advise(l->ck, WS_KEY(l->at, "timing"), "usage billed in advance is not known yet; \"arrears\" bills it with its own period");
}

static ws_commit_nodes commit_nodes(const line *l) {
  return (ws_commit_nodes){l->v[LK_decrease], l->v[LK_term], l->v[LK_window_days], l->v[LK_coterm], l->v[LK_release], l->v[LK_committed]};
}

static void inherited(line *l) {
  bh_line_terms *t = l->t;
  ws_level_nodes n = {.bill = l->v[LK_bill], .timing = l->v[LK_timing], .prorate = l->v[LK_prorate], .true_up = l->v[LK_true_up],
                      .adjust = l->v[LK_adjust], .uplift = l->v[LK_uplift], .section = l->v[LK_section], .po = l->v[LK_po]};
  ws_level_read(l->ck, l->at, &n, l->starts, &l->level);
  ws_level *x = &l->level;
  ws_level_under(x, &l->base->level);
  ws_level_under(x, &l->c->level);
  ws_level_under(x, &l->base->tmpl);
  ws_level_under(x, &l->c->tmpl);
  ws_level_under(x, l->c->client);
  t->bill = x->has & WS_HAS_BILL ? x->bill : (bh_bill){.every = 1, .unit = BH_UNIT_MONTH, .on = 1};
  t->bill.timing = x->has & WS_HAS_TIMING ? x->timing : BH_ADVANCE;
  t->prorate = x->prorate;
  t->true_up = x->true_up;
  t->adjust = x->adjust;
  t->adjust_every = x->adjust_every;
  t->adjust_unit = x->adjust_unit;
  t->uplift = x->uplift;
  t->section = x->section;
  t->po = x->po;
  t->po_order = x->po_order;
  t->site = l->c->out->site;
  if (l->v[LK_site]) ws_text_any(l->ck, WS_KEY(l->at, "site"), l->v[LK_site], &t->site);
  if (t->prorate == BH_PRORATE_30_360 && t->bill.unit <= BH_UNIT_WEEK && !t->once)
    ws_bad(l->ck, WS_KEY(l->at, "prorate"), "\"30/360\" on a schedule of %s; expected months, quarters or years", t->bill.unit == BH_UNIT_DAY ? "days" : "weeks");
}

static void uplift_advice(line *l) {
  bh_line_terms *t = l->t;
  if (!t->uplift.on || t->once || !l->ck->m || t->uplift.percents.count > 1 || t->uplift.percent.coef == 0 || t->uplift.from >= BH_DAY_MAX) return;
  for (size_t i = 0; i < t->param_count; i++) {
    const bh_param *p = &t->params[i];
    if (p->type != BH_PARAM_MONEY || !bh_str_eqz(p->key, "price") || !p->number.count || p->number.items[0].value.coef == 0) continue;
    bh_dec x = p->number.items[0].value;
    if (bh_uplift_apply(&x, &t->uplift, t->uplift.from, l->c->out->decimals, l->c->out->rounding, NULL) == BH_OK &&
        bh_dec_cmp(x, p->number.items[0].value) == 0)
      ws_advise(l->ck, WS_KEY(l->at, "uplift"), "the step changes nothing: it is less than the price's last decimal");
  }
}

bool ws_line_resolve(ws_ck *ck, ws_contract_ctx *c, const ws_path *at, const bh_node *own, const ws_base *base, bh_line_terms *out) {
  size_t before = ck->bad;
  line l = {.ck = ck, .c = c, .at = at, .own = own, .base = base, .t = out, .starts = c->out->starts};
  bh_line_terms keep = *out;
  *out = base->t;
  out->key = keep.key;
  out->path = keep.path;
  if (!ws_pick(ck, at, own, ws_line_names, LK_COUNT, l.v, option_or_bad, &l) && ck->bad == before) return false;
  ws_line_others(ck, at, l.v, base->model);
  ws_commit_nodes commit = commit_nodes(&l);
  inherited(&l);
  dates(&l);
  ws_commit_read(ck, at, &commit, l.starts, &out->commit);
  if (l.v[LK_name]) ws_text(ck, WS_KEY(at, "name"), l.v[LK_name], &out->name);
  if (l.v[LK_text]) ws_text(ck, WS_KEY(at, "text"), l.v[LK_text], &out->name);
  if (l.v[LK_unit]) ws_text(ck, WS_KEY(at, "unit"), l.v[LK_unit], &out->unit);
  if (l.v[LK_tax]) ws_text(ck, WS_KEY(at, "tax"), l.v[LK_tax], &out->category);
  if (l.v[LK_includes]) ws_includes_read(ck, WS_KEY(at, "includes"), l.v[LK_includes], out->product, out);
  int show;
  if (l.v[LK_show] && ws_choice(ck, WS_KEY(at, "show"), l.v[LK_show], (const char *const[]){"shown", "hidden"}, 2, &show)) out->hide_zero = show == 1;
  quantities(&l);
  amounts(&l);
  prices(&l);
  mark_up(&l);
  if (out->price_missing && !out->price_override) no_price(&l, out->price_missing_what);
  bh_str cur = c->out->currency;
  if (l.v[LK_discount]) ws_discounts(ck, WS_KEY(at, "discount"), l.v[LK_discount], cur, cur, l.starts, &out->discounts, &out->discount_count);
  for (size_t i = 0; i < out->discount_count; i++)
    if (out->discounts[i].all_contracts) ws_bad(ck, WS_KEY(at, "discount"), "contracts = \"all\" on a line; expected it on a contract's discount");
  if (base->model) ws_model_asks(ck, at, base->model, l.v, out);
  reading_day(&l);
  ws_commit_settle(ck, at, &commit, l.starts, out);
  if (out->once) out->uplift = (bh_uplift){0};
  uplift_advice(&l);
  return ck->bad == before;
}
