/* A fact of texts, checked and handed to the host. */
#include "rest.h"

static bh_status number(const rest_run *x, const rest_fact *f, int field, bh_dec *out)
{
  if (x->r->h->parse_number(x->r->h->ctx, f->v[field], out) == BH_OK)
    return BH_OK;
  return rest_run_bad(x, rest_field_names[field], f->v[field].len ? "is not a number that fits" : "is empty");
}

static bh_status money(const rest_run *x, const rest_fact *f, int field, uint32_t bit, uint32_t *has, bh_dec *out)
{
  if (f->v[field].len == 0)
    return BH_OK;
  *has |= bit;
  return number(x, f, field, out);
}

static bh_status day(const rest_run *x, const rest_fact *f, int field, bh_date *out)
{
  const bh_host *h = x->r->h;
  bh_str s = f->v[field];
  bh_dec n;
  bh_status rc = BH_OK;
  *out = (bh_date){0, 0, 0};
  if (s.len == 0)
    return BH_OK;
  if (x->list->dates == DATES_ISO || (s.len >= 10 && s.ptr[4] == '-')) {
    rc = h->parse_date(h->ctx, s, out);
  } else if ((rc = h->parse_number(h->ctx, s, &n)) == BH_OK) {
    for (; n.scale > 0; n.scale--)
      n.coef /= 10;
    rc = n.coef ? h->civil(h->ctx, x->list->dates == DATES_SECONDS ? n.coef : n.coef / 1000, out) : BH_OK;
  }
  return rc ? rest_run_bad(x, rest_field_names[field], "is not a date") : BH_OK;
}

bh_status rest_client(rest_run *x, const rest_fact *f, int listed)
{
  bh_str id = listed ? f->v[F_ID] : f->v[F_CLIENT];
  int added = bhk_add(&x->clients, id, (bh_str){"", 0});
  if (added < 0)
    return rest_no_memory(x->r);
  if (!added)
    return BH_OK;
  if (listed) {
    if (x->id_count == x->id_cap) {
      size_t cap = x->id_cap ? x->id_cap * 2 : 256;
      bh_str *ids = realloc(x->ids, cap * sizeof *ids);
      if (!ids)
        return rest_no_memory(x->r);
      x->ids = ids;
      x->id_cap = cap;
    }
    x->ids[x->id_count++] = bhk_get(&x->clients, id)->key;
  }
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = listed && f->v[F_NAME].len ? f->v[F_NAME] : id,
    .domain = listed ? f->v[F_DOMAIN] : (bh_str){"", 0}};
  return x->emit->client(x->emit->ctx, &c);
}

/* 1: it is new. A row that comes twice, on pages over a list that moves, is one. */
static int unseen(rest_run *x, const rest_fact *f)
{
  const bh_str parts[] = {f->v[x->list->brings == BRINGS_ASSETS ? F_KIND : F_METRIC], f->v[F_CLIENT], f->v[F_ID]};
  bhk_buf *key = &x->key;
  key->len = 0;
  bhk_put_u64(key, (uint64_t)x->list->brings);
  for (size_t i = 0; i < 3; i++) {
    bhk_put(key, (bh_str){"", 1});
    bhk_put(key, parts[i]);
  }
  return key->broken ? -1 : bhk_first(&x->seen, bhk_text(key));
}

/* By the option `classes`; the API's own word where no entry fits. */
static bh_status class_of(const rest_run *x, bh_str word, bh_str *out)
{
  const bh_host *h = x->r->h;
  const bh_values *v;
  *out = word;
  for (size_t i = 0; (v = h->record(h->ctx, h->options, "classes", i)) != NULL; i++) {
    bh_str match;
    bh_status rc = h->text(h->ctx, v, "match", &match);
    if (rc || bhk_like(match, word))
      return rc ? rc : h->text(h->ctx, v, "class", out);
  }
  return BH_OK;
}

static bh_status asset(rest_run *x, const rest_fact *f)
{
  bh_asset a = {.struct_size = sizeof a, .client = f->v[F_CLIENT], .kind = f->v[F_KIND], .id = f->v[F_ID], .name = f->v[F_NAME], .attrs = f->attrs.v,
    .attr_count = f->attrs.n};
  bh_status rc;
  if (a.kind.len == 0)
    return rest_run_bad(x, "kind", "is empty");
  if ((rc = class_of(x, f->v[F_CLASS], &a.klass)) || (rc = day(x, f, F_FROM, &a.from)) || (rc = day(x, f, F_TO, &a.to)) || (rc = day(x, f, F_LAST_SEEN, &a.last_seen)))
    return rc;
  if (x->list->from[F_FROM].set && a.from.year == 0)
    return rest_run_bad(x, "from", "is empty");
  a.mode = a.from.year ? BH_ASSET_INTERVAL : BH_ASSET_PRESENT;
  if (bhk_add(&x->kinds, a.kind, (bh_str){"", 0}) < 0)
    return rest_no_memory(x->r);
  return x->emit->asset(x->emit->ctx, &a);
}

static bh_status gauge(rest_run *x, const rest_fact *f)
{
  bh_gauge g = {.struct_size = sizeof g, .client = f->v[F_CLIENT], .metric = f->v[F_METRIC]};
  bh_status rc;
  if (g.metric.len == 0)
    return rest_run_bad(x, "metric", "is empty");
  if ((rc = number(x, f, F_VALUE, &g.value)) || (rc = day(x, f, F_DATE, &g.date)))
    return rc;
  if (g.value.coef < 0)
    return rest_run_bad(x, "value", "is below zero");
  if (g.date.year == 0)
    g.date = x->today;
  return x->emit->gauge(x->emit->ctx, &g);
}

static bh_status usage(rest_run *x, const rest_fact *f)
{
  bh_usage u = {.struct_size = sizeof u, .client = f->v[F_CLIENT], .metric = f->v[F_METRIC], .id = f->v[F_ID], .description = f->v[F_DESCRIPTION],
    .attrs = f->attrs.v, .attr_count = f->attrs.n};
  bh_status rc;
  if (u.metric.len == 0)
    return rest_run_bad(x, "metric", "is empty");
  if ((rc = number(x, f, F_QUANTITY, &u.quantity)) || (rc = day(x, f, F_DATE, &u.date)))
    return rc;
  if (u.quantity.coef < 0 || u.date.year == 0)
    return rest_run_bad(x, u.date.year ? "quantity" : "date", u.date.year ? "is below zero" : "is empty");
  return x->emit->usage(x->emit->ctx, &u);
}

static bh_status charge(rest_run *x, const rest_fact *f)
{
  bh_charge c = {.struct_size = sizeof c, .client = f->v[F_CLIENT], .id = f->v[F_ID], .product = f->v[F_PRODUCT], .description = f->v[F_DESCRIPTION],
    .po = f->v[F_PO], .contract = f->v[F_CONTRACT]};
  bh_status rc;
  if ((rc = number(x, f, F_QUANTITY, &c.quantity)) || (rc = day(x, f, F_DATE, &c.date)) ||
      (rc = money(x, f, F_UNIT_PRICE, BH_CHARGE_PRICE, &c.has, &c.unit_price)) || (rc = money(x, f, F_COST, BH_CHARGE_COST, &c.has, &c.cost)))
    return rc;
  if (c.date.year == 0)
    return rest_run_bad(x, "date", "is empty");
  if (c.product.len == 0 && (c.description.len == 0 || !(c.has & BH_CHARGE_PRICE)))
    return rest_run_bad(x, "product", "is empty, and there is no description with a unit_price in its place");
  return x->emit->charge(x->emit->ctx, &c);
}

bh_status rest_fact_emit(rest_run *x, const rest_fact *f)
{
  static bh_status (*const emits[])(rest_run *, const rest_fact *) = {NULL, asset, gauge, usage, charge};
  int brings = x->list->brings;
  bh_status rc;
  if (brings != BRINGS_GAUGES && f->v[F_ID].len == 0)
    return rest_run_bad(x, "id", "is empty");
  if (brings == BRINGS_CLIENTS)
    return rest_client(x, f, 1);
  if (f->v[F_CLIENT].len == 0) {
    x->nobodys++;
    return BH_OK;
  }
  if ((rc = rest_client(x, f, 0)) || x->clients_only)
    return rc;
  if (brings != BRINGS_GAUGES) {
    int added = unseen(x, f);
    if (added <= 0)
      return added < 0 ? rest_no_memory(x->r) : BH_OK;
  }
  return emits[brings](x, f);
}
