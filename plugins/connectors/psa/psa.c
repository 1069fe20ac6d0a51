/* Options, clients, assets, time entries, charges. */
#include "psa.h"

const char *const psa_quantity_choices[] = {"platform", "count", NULL};

static bh_status read_flag(const bh_host *h, const char *key, bool *out)
{
  int on = 0;
  bh_status rc = bhk_flag(h, key, &on);
  *out = on != 0;
  return rc;
}

bh_status psa_open(psa *p, const bh_host *h, unsigned options)
{
  bh_status rc = bhk_open(&p->api, h, "url");
  if (rc == BH_OK && (options & PSA_ASSETS) && (rc = read_flag(h, "include_inactive", &p->include_inactive)) == BH_OK &&
      (rc = read_flag(h, "with_users", &p->with_users)) == BH_OK)
    rc = bhk_option(h, "class", &p->other);
  if (rc == BH_OK && (options & PSA_TIME) && (rc = read_flag(h, "with_time", &p->with_time)) == BH_OK &&
      (rc = read_flag(h, "non_billable", &p->non_billable)) == BH_OK &&
      (rc = h->integer(h->ctx, h->options, "lookback_days", &p->lookback_days)) == BH_OK && (p->lookback_days < 0 || p->lookback_days > 36500))
    rc = h->fail(h->ctx, BH_E_INVALID, "lookback_days: is %lld; expected 0 to 36500", (long long)p->lookback_days);
  if (rc == BH_OK && (options & PSA_CONTRACTS)) {
    bh_str how;
    rc = read_flag(h, "with_contracts", &p->with_contracts);
    if (rc == BH_OK && h->has(h->ctx, h->options, "billed_through"))
      rc = h->date(h->ctx, h->options, "billed_through", &p->billed_through);
    if (rc == BH_OK && (rc = bhk_option(h, "quantities", &how)) == BH_OK)
      p->count = bhk_is(how, "count");
  }
  return rc;
}

static void forget(psa *p)
{
  bhk_map_dispose(&p->clients);
  bhk_map_dispose(&p->closed);
  bhk_map_dispose(&p->late);
  bhk_map_dispose(&p->products);
}

void psa_dispose(psa *p)
{
  forget(p);
  bhk_api_dispose(&p->api);
}

void psa_begin(psa *p, const bh_emit *emit, const bh_pull *what)
{
  forget(p);
  p->emit = emit;
  p->api.header_count = 0;
  if (what) {
    p->today = what->today;
    p->since = psa_day_add(what->today, -p->lookback_days);
    if (what->since.year && psa_day_cmp(what->since, p->since) > 0)
      p->since = what->since;
  }
}

bh_status psa_no_memory(psa *p)
{
  return p->api.h->fail(p->api.h->ctx, BH_E_NOMEM, "no memory");
}

bh_status psa_scope(psa *p, const char *kind, int32_t how)
{
  const bh_emit *e = p->emit;
  return how ? e->scope_end(e->ctx, bhk_str(kind), BHK("*"), how) : e->scope_begin(e->ctx, bhk_str(kind), BHK("*"));
}

/* ---- clients ---- */

/* "https://www.acme.example/shop" and "info@acme.example": acme.example. What has no dot or a blank in it is none. */
static bh_str domain_of(bh_str s)
{
  size_t end = 0;
  for (size_t i = 0; i + 2 < s.len; i++)
    if (memcmp(s.ptr + i, "://", 3) == 0) {
      s = (bh_str){s.ptr + i + 3, s.len - i - 3};
      break;
    }
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '@') {
      s = (bh_str){s.ptr + i + 1, s.len - i - 1};
      break;
    }
  if (s.len > 4 && bhk_like(BHK("www.*"), s))
    s = (bh_str){s.ptr + 4, s.len - 4};
  int dots = 0;
  for (; end < s.len && !strchr("/:?#", s.ptr[end]); end++) {
    dots += s.ptr[end] == '.';
    if ((unsigned char)s.ptr[end] <= ' ')
      return (bh_str){"", 0};
  }
  return dots && end <= 253 ? (bh_str){s.ptr, end} : (bh_str){"", 0};
}

bh_status psa_client(psa *p, bh_str id, bh_str name, bh_str website, bool closed)
{
  if (id.len == 0)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "a client came without an id");
  if (closed && !p->include_inactive)
    return bhk_add(&p->closed, id, name) < 0 ? psa_no_memory(p) : BH_OK;
  int added = bhk_add(&p->clients, id, name);
  if (added <= 0)
    return added ? psa_no_memory(p) : BH_OK;
  bh_client x = {.struct_size = sizeof x, .id = id, .name = name, .domain = domain_of(website)};
  return p->emit->client(p->emit->ctx, &x);
}

bool psa_has_client(const psa *p, bh_str id)
{
  return bhk_get(&p->clients, id) != NULL;
}

bool psa_owes_client(const psa *p, bh_str id)
{
  return psa_has_client(p, id) || bhk_get(&p->closed, id) != NULL;
}

/* Something that was done for the client is about to be emitted: one that has been closed comes with the first such thing. */
static bh_status client_comes(psa *p, bh_str id)
{
  const bhk_entry *closed = psa_has_client(p, id) ? NULL : bhk_get(&p->closed, id);
  int added = closed ? bhk_add(&p->late, id, BHK("")) : 0;
  if (added <= 0)
    return added ? psa_no_memory(p) : BH_OK;
  bh_client x = {.struct_size = sizeof x, .id = id, .name = closed->value};
  return p->emit->client(p->emit->ctx, &x);
}

/* ---- devices and users ---- */

static const struct { const char *word, *klass; } class_words[] = {
  {"*server*", "server"}, {"*workstation*", "workstation"}, {"*desktop*", "workstation"}, {"*laptop*", "workstation"}, {"*notebook*", "workstation"},
  {"*macbook*", "workstation"}, {"*thin client*", "workstation"}, {"pc", "workstation"}, {"* pc", "workstation"}, {"* pc *", "workstation"},
  {"*virtual*", "virtual"}, {"vm", "virtual"}, {"*network*", "network"}, {"*switch*", "network"}, {"*router*", "network"}, {"*firewall*", "network"},
  {"*access point*", "network"}, {"*gateway*", "network"}, {"*mobile*", "mobile"}, {"*tablet*", "mobile"}, {"*smartphone*", "mobile"},
  {"*cell phone*", "mobile"}, {"*iphone*", "mobile"}, {"*ipad*", "mobile"},
};

bh_str psa_class(psa *p, bh_str word)
{
  bh_str klass = p->other;
  for (size_t i = 0; i < sizeof class_words / sizeof *class_words; i++)
    if (bhk_like(bhk_str(class_words[i].word), word)) {
      klass = bhk_str(class_words[i].klass);
      break;
    }
  return bhk_class(p->api.h, word, klass);
}

bh_status psa_asset(psa *p, const char *kind, bh_str klass, bh_str client, bh_str id, bh_str name, const bhk_attrs *attrs)
{
  if (!psa_has_client(p, client))
    return BH_OK;
  bh_asset x = {.struct_size = sizeof x, .mode = BH_ASSET_PRESENT, .client = client, .kind = bhk_str(kind), .klass = klass, .id = id,
    .name = name.len ? name : id, .attrs = attrs->v, .attr_count = attrs->n};
  return p->emit->asset(p->emit->ctx, &x);
}

/* ---- numbers ---- */

bh_status psa_hours(psa *p, bh_str units, int64_t per, bh_dec *out)
{
  bh_status rc = p->api.h->parse_number(p->api.h->ctx, units, out);
  int64_t scale = 1;
  if (rc || per == 1)
    return rc;
  for (int32_t i = out->scale; i < 9; i++)
    scale *= 10;
  if (out->coef > INT64_MAX / scale || out->coef < INT64_MIN / scale)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "a time of %.*s is out of range", (int)units.len, units.ptr);
  *out = (bh_dec){out->coef * scale / per, 9, 0};
  while (out->scale > 0 && out->coef % 10 == 0) {
    out->coef /= 10;
    out->scale--;
  }
  return BH_OK;
}

/* ---- time, products, charges ---- */

bh_status psa_time_emit(psa *p, const psa_time *t)
{
  if (!psa_owes_client(p, t->client))
    return BH_OK;
  if (t->hours.coef < 0)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "time entry %.*s of client %.*s: its hours are below zero", (int)t->id.len, t->id.ptr,
                          (int)t->client.len, t->client.ptr);
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "agent", t->agent);
  bhk_attr(&a, "billable", t->billable ? BHK("yes") : BHK("no"));
  bhk_attr(&a, "contract", t->contract);
  bhk_attr(&a, "role", t->role);
  bhk_attr(&a, "ticket", t->ticket);
  bhk_attr(&a, "work_type", t->work_type);
  bh_usage x = {.struct_size = sizeof x, .date = t->date, .client = t->client, .metric = BHK("time.hours"), .id = t->id, .description = t->description,
    .attrs = a.v, .attr_count = a.n};
  if (t->billable || p->non_billable)
    x.quantity = t->hours;
  bh_status rc = client_comes(p, t->client);
  return rc ? rc : p->emit->usage(p->emit->ctx, &x);
}

bh_status psa_product(psa *p, bh_str id, bh_str name, bh_str price, bh_str cost)
{
  const bh_host *h = p->api.h;
  bh_status rc = BH_OK;
  int added = id.len ? bhk_add(&p->products, id, BHK("")) : 0;
  if (added <= 0)
    return added ? psa_no_memory(p) : BH_OK;
  bh_product x = {.struct_size = sizeof x, .id = id, .name = name};
  if (price.len && (rc = h->parse_number(h->ctx, price, &x.unit_price)) == BH_OK)
    x.has |= BH_CHARGE_PRICE;
  if (rc == BH_OK && cost.len && (rc = h->parse_number(h->ctx, cost, &x.cost)) == BH_OK)
    x.has |= BH_CHARGE_COST;
  return rc ? rc : p->emit->product(p->emit->ctx, &x);
}

bh_status psa_charge_emit(psa *p, const psa_charge *c)
{
  const bh_host *h = p->api.h;
  bh_status rc = BH_OK;
  bool owed = c->done ? psa_owes_client(p, c->client) : psa_has_client(p, c->client);
  if (!owed || (p->billed_through.year && psa_day_cmp(c->date, p->billed_through) <= 0))
    return BH_OK;
  bh_charge x = {.struct_size = sizeof x, .date = c->date, .client = c->client, .id = c->id, .product = c->product, .description = c->description,
    .po = c->po, .contract = c->contract};
  if ((rc = h->parse_number(h->ctx, c->quantity, &x.quantity)))
    return rc;
  if (x.quantity.coef < 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "%s of client %.*s: its quantity is below zero", c->what, (int)c->client.len, c->client.ptr);
  if (c->unit_price.len && (rc = h->parse_number(h->ctx, c->unit_price, &x.unit_price)) == BH_OK)
    x.has |= BH_CHARGE_PRICE;
  if (rc == BH_OK && c->cost.len && (rc = h->parse_number(h->ctx, c->cost, &x.cost)) == BH_OK)
    x.has |= BH_CHARGE_COST;
  if (rc == BH_OK)
    rc = client_comes(p, c->client);
  return rc ? rc : p->emit->charge(p->emit->ctx, &x);
}
