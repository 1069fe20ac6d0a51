/* Subscriptions: how many licences of a product a client has, over all of its subscriptions to it. */
#include "pax8.h"

enum { S_ID, S_COMPANY, S_PRODUCT, S_NAME, S_QUANTITY, S_STATUS, S_END, S_PRICE, S_COST, S_TERM, S_BILLING, S_COUNT };
static const char *const fields[S_COUNT] = {"id", "companyId", "productId", "productName", "quantity", "status", "endDate", "price", "partnerCost", "billingTerm",
  "billingStart"};

static bh_status no_memory(const pax8_pull *x)
{
  return x->p->h->fail(x->p->h->ctx, BH_E_NOMEM, "no memory");
}

/* Is it in force today? One that is about to be cancelled is, to its last day. */
static bh_status counts(const pax8_pull *x, const bh_json_record *r, int *out)
{
  const bh_host *h = x->p->h;
  bh_str status = bhk_value(r, S_STATUS);
  bh_date end;
  bh_status rc = bhk_day(h, r, S_END, 1, &end);
  *out = bhk_is(status, "Active") || bhk_is(status, "Activated") || (x->p->trials && bhk_is(status, "Trial")) ||
         (bhk_is(status, "PendingCancel") && (end.year == 0 || csv_date_cmp(end, x->today) >= 0));
  return rc;
}

/* The first entry of `metrics` that fits the product's name or id; else the prefix and its id. */
static bh_status metric_of(const pax8_pull *x, const bh_json_record *r, bhk_buf *out)
{
  const bh_host *h = x->p->h;
  const bh_values *v;
  for (size_t i = 0; (v = h->record(h->ctx, h->options, "metrics", i)) != NULL; i++) {
    bh_str match, metric;
    bh_status rc = h->text(h->ctx, v, "match", &match);
    if (rc || (rc = h->text(h->ctx, v, "metric", &metric)))
      return rc;
    if (bhk_like(match, bhk_value(r, S_NAME)) || bhk_like(match, bhk_value(r, S_PRODUCT))) {
      bhk_put(out, metric);
      return BH_OK;
    }
  }
  bhk_put(out, x->p->metric);
  bhk_put(out, bhk_value(r, S_PRODUCT));
  return BH_OK;
}

/* a += b, exactly. 0: it does not fit. */
static int add(bh_dec *a, bh_dec b)
{
  while (a->scale < b.scale) {
    if (__builtin_mul_overflow(a->coef, (int64_t)10, &a->coef))
      return 0;
    a->scale++;
  }
  while (b.scale < a->scale) {
    if (__builtin_mul_overflow(b.coef, (int64_t)10, &b.coef))
      return 0;
    b.scale++;
  }
  return !__builtin_add_overflow(a->coef, b.coef, &a->coef);
}

static pax8_level *level_of(pax8_pull *x, bh_str key)
{
  char place[24];
  if (x->level_count == x->level_cap) {
    size_t cap = x->level_cap ? x->level_cap * 2 : 64;
    pax8_level *levels = realloc(x->levels, cap * sizeof *levels);
    if (!levels)
      return NULL;
    x->levels = levels;
    x->level_cap = cap;
  }
  snprintf(place, sizeof place, "%zu", x->level_count);
  int added = bhk_add(&x->places, key, bhk_str(place));
  if (added < 0)
    return NULL;
  const bhk_entry *e = bhk_get(&x->places, key);
  if (added) {
    x->levels[x->level_count] = (pax8_level){.key = e->key};
    return &x->levels[x->level_count++];
  }
  size_t at = 0;
  for (size_t i = 0; i < e->value.len; i++)
    at = at * 10 + (size_t)(e->value.ptr[i] - '0');
  return &x->levels[at];
}

/* One that does not count makes the level known as well: it may be the last that there was. */
static bh_status count(pax8_pull *x, const bh_json_record *r, bh_dec quantity, int yes)
{
  bhk_buf key = {0};
  bhk_put(&key, bhk_value(r, S_COMPANY));
  bhk_put(&key, (bh_str){"", 1});
  bh_status rc = metric_of(x, r, &key);
  pax8_level *level = rc == BH_OK && !key.broken ? level_of(x, bhk_text(&key)) : NULL;
  bhk_dispose(&key);
  if (!level)
    return rc ? rc : no_memory(x);
  return !yes || add(&level->sum, quantity) ? BH_OK : x->p->h->fail(x->p->h->ctx, BH_E_PERMANENT, "subscriptions: quantities that do not fit");
}

static bh_status emit_product(pax8_pull *x, const bh_json_record *r)
{
  const bh_host *h = x->p->h;
  bh_product p = {.struct_size = sizeof p, .id = bhk_value(r, S_PRODUCT), .name = bhk_value(r, S_NAME)};
  bh_status rc = BH_OK;
  int added = bhk_add(&x->products, p.id, (bh_str){"", 0});
  if (added <= 0)
    return added < 0 ? no_memory(x) : BH_OK;
  if (bhk_value(r, S_PRICE).len) {
    p.has |= BH_CHARGE_PRICE;
    rc = h->parse_number(h->ctx, bhk_value(r, S_PRICE), &p.unit_price);
  }
  if (rc == BH_OK && bhk_value(r, S_COST).len) {
    p.has |= BH_CHARGE_COST;
    rc = h->parse_number(h->ctx, bhk_value(r, S_COST), &p.cost);
  }
  return rc ? rc : x->emit->product(x->emit->ctx, &p);
}

static bh_status emit_asset(pax8_pull *x, const bh_json_record *r)
{
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "quantity", bhk_value(r, S_QUANTITY));
  bhk_attr(&attrs, "status", bhk_value(r, S_STATUS));
  bhk_attr(&attrs, "term", bhk_value(r, S_TERM));
  bhk_attr(&attrs, "billing_start", bhk_value(r, S_BILLING));
  bhk_attr(&attrs, "product", bhk_value(r, S_PRODUCT));
  const bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = bhk_value(r, S_COMPANY), .kind = BHK("subscription"),
    .klass = bhk_value(r, S_TERM), .id = bhk_value(r, S_ID), .name = bhk_value(r, S_NAME).len ? bhk_value(r, S_NAME) : bhk_value(r, S_PRODUCT),
    .attrs = attrs.v, .attr_count = attrs.n};
  return x->emit->asset(x->emit->ctx, &a);
}

static bh_status on_subscription(void *user, const bh_json_record *r)
{
  static const int needed[] = {S_COMPANY, S_PRODUCT, S_QUANTITY, S_STATUS};
  pax8_pull *x = user;
  const bh_host *h = x->p->h;
  bh_dec quantity = {0, 0, 0};
  bh_status rc;
  int yes;
  if (!pax8_fresh(x, r, &rc))
    return rc;
  for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
    if (!bhk_value(r, (size_t)needed[i]).len) {
      bhk_bad_row(&x->bad, bhk_value(r, S_ID), "has no companyId, productId, quantity or status");
      return BH_OK;
    }
  if ((rc = h->parse_number(h->ctx, bhk_value(r, S_QUANTITY), &quantity)) || (rc = counts(x, r, &yes)))
    return rc;
  if (quantity.coef < 0) {
    bhk_bad_row(&x->bad, bhk_value(r, S_ID), "has fewer than zero");
    return BH_OK;
  }
  if ((rc = pax8_company(x, bhk_value(r, S_COMPANY), (bh_str){"", 0}, (bh_str){"", 0})) || (rc = count(x, r, quantity, yes)))
    return rc;
  if (yes && (rc = emit_product(x, r)))
    return rc;
  return yes && x->p->assets ? emit_asset(x, r) : BH_OK;
}

static bh_status emit_levels(pax8_pull *x)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < x->level_count && rc == BH_OK; i++) {
    bh_str key = x->levels[i].key;
    const char *end = memchr(key.ptr, 0, key.len);
    size_t n = (size_t)(end - key.ptr);
    const bh_gauge g = {.struct_size = sizeof g, .date = x->today, .client = {key.ptr, n}, .metric = {end + 1, key.len - n - 1}, .value = x->levels[i].sum};
    rc = x->emit->gauge(x->emit->ctx, &g);
  }
  return rc;
}

bh_status pax8_subscriptions(pax8_pull *x)
{
  static const bh_str kind = {"subscription", 12}, all = {"*", 1};
  const bh_emit *e = x->emit;
  bh_status rc = x->p->assets ? e->scope_begin(e->ctx, kind, all) : BH_OK;
  if (rc == BH_OK)
    rc = pax8_list(x, "/subscriptions?size=200&sort=createdDate,asc", "subscriptions", fields, S_COUNT, on_subscription);
  if (rc == BH_OK)
    rc = emit_levels(x);
  return rc || !x->p->assets ? rc : e->scope_end(e->ctx, kind, all, BH_SCOPE_COMPLETE);
}
