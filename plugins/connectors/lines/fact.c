/* A line of each type. */
#include "lines.h"

static bh_status no_memory(const lines *l)
{
  return l->host->fail(l->host->ctx, BH_E_NOMEM, "no memory");
}

/* The client of a fact: known to the host at the end, where no line of its own has named it. */
static bh_status client_of(lines *l, bh_str *out)
{
  bh_status rc = lines_need(l, "client", out);
  if (rc == BH_OK && bhk_is(*out, "*"))
    return lines_bad(l, "client", "\"*\" is no client");
  return rc || bhk_add(&l->clients, *out, (bh_str){"", 0}) >= 0 ? rc : no_memory(l);
}

static bh_status read_client(lines *l)
{
  bh_client x = {.struct_size = sizeof x};
  bh_status rc;
  if ((rc = lines_need(l, "id", &x.id)) || (rc = lines_text(l, "name", &x.name)) || (rc = lines_text(l, "domain", &x.domain)) ||
      (rc = lines_no_more(l, "client")))
    return rc;
  int added = bhk_add(&l->named, x.id, (bh_str){"", 0});
  if (added < 0)
    return no_memory(l);
  if (!added)
    return lines_bad(l, "id", "this client has had a line already");
  if (x.name.len == 0)
    x.name = x.id;
  return l->emit->client(l->emit->ctx, &x);
}

/* One way of dating for all assets of a kind: the host would refuse a mixture without knowing the line. */
static bh_status mode_of(lines *l, bh_asset *x, bh_date date)
{
  static const char *const names[] = {"no dates", "from", "date"};
  x->mode = date.year ? BH_ASSET_DATED : x->from.year ? BH_ASSET_INTERVAL : BH_ASSET_PRESENT;
  if (date.year && (x->from.year || x->to.year))
    return lines_bad(l, "date", "stands beside from or to: one of the two is meant");
  if (x->to.year && !x->from.year)
    return lines_bad(l, "to", "stands there without from");
  if (x->to.year && csv_date_cmp(x->to, x->from) < 0)
    return lines_bad(l, "to", "lies before from");
  if (date.year)
    x->from = date;
  int added = bhk_add(&l->kinds, x->kind, bhk_str(names[x->mode]));
  if (added < 0)
    return no_memory(l);
  bh_str had = bhk_get(&l->kinds, x->kind)->value;
  if (added || bhk_is(had, names[x->mode]))
    return BH_OK;
  char what[160];
  snprintf(what, sizeof what, "assets of this kind come with %.*s and with %s: one of the two is needed", (int)had.len, had.ptr, names[x->mode]);
  return lines_bad(l, "kind", what);
}

static bh_status read_asset(lines *l)
{
  bh_asset x = {.struct_size = sizeof x};
  bhk_attrs attrs;
  bh_date date;
  bh_status rc;
  if ((rc = client_of(l, &x.client)) || (rc = lines_need(l, "kind", &x.kind)) || (rc = lines_text(l, "class", &x.klass)) ||
      (rc = lines_need(l, "id", &x.id)) || (rc = lines_text(l, "name", &x.name)) || (rc = lines_date(l, "from", &x.from)) ||
      (rc = lines_date(l, "to", &x.to)) || (rc = lines_date(l, "date", &date)) || (rc = lines_date(l, "last_seen", &x.last_seen)) ||
      (rc = lines_attrs(l, &attrs)) || (rc = mode_of(l, &x, date)))
    return rc;
  x.attrs = attrs.v;
  x.attr_count = attrs.n;
  l->assets = 1;
  return l->emit->asset(l->emit->ctx, &x);
}

static bh_status read_gauge(lines *l)
{
  bh_gauge x = {.struct_size = sizeof x};
  bh_status rc;
  if ((rc = client_of(l, &x.client)) || (rc = lines_need(l, "metric", &x.metric)) || (rc = lines_number(l, "value", 6, &x.value)) ||
      (rc = lines_date(l, "date", &x.date)) || (rc = lines_no_more(l, "gauge")))
    return rc;
  if (x.value.coef < 0)
    return lines_bad(l, "value", "is below zero");
  if (!x.date.year)
    x.date = l->today;
  return l->emit->gauge(l->emit->ctx, &x);
}

static bh_status need_date(lines *l, bh_str *text, bh_date *out)
{
  bh_status rc = lines_need(l, "date", text);
  return rc ? rc : lines_date(l, "date", out);
}

static bh_status read_usage(lines *l)
{
  bh_usage x = {.struct_size = sizeof x};
  bhk_attrs attrs;
  bh_str date;
  char id[64];
  bh_status rc;
  if ((rc = client_of(l, &x.client)) || (rc = need_date(l, &date, &x.date)) || (rc = lines_need(l, "metric", &x.metric)) ||
      (rc = lines_number(l, "quantity", 6, &x.quantity)) || (rc = lines_text(l, "id", &x.id)) ||
      (rc = lines_text(l, "description", &x.description)) || (rc = lines_attrs(l, &attrs)))
    return rc;
  if (x.quantity.coef < 0)
    return lines_bad(l, "quantity", "is below zero");
  if (x.id.len == 0 && (rc = csv_usage_id(&l->usage, &x, date, id)))
    return rc;
  x.attrs = attrs.v;
  x.attr_count = attrs.n;
  return l->emit->usage(l->emit->ctx, &x);
}

static bh_status read_charge(lines *l)
{
  bh_charge x = {.struct_size = sizeof x};
  bh_str date;
  bh_status rc;
  if ((rc = client_of(l, &x.client)) || (rc = need_date(l, &date, &x.date)) || (rc = lines_need(l, "id", &x.id)) ||
      (rc = lines_text(l, "product", &x.product)) || (rc = lines_text(l, "description", &x.description)) ||
      (rc = lines_number(l, "quantity", 6, &x.quantity)) || (rc = lines_money(l, "unit_price", BH_CHARGE_PRICE, &x.has, &x.unit_price)) ||
      (rc = lines_money(l, "cost", BH_CHARGE_COST, &x.has, &x.cost)) || (rc = lines_text(l, "po", &x.po)) ||
      (rc = lines_text(l, "contract", &x.contract)) || (rc = lines_no_more(l, "charge")))
    return rc;
  if (x.product.len == 0 && x.description.len == 0)
    return lines_bad(l, "product", "neither a product nor a description stands there");
  if (x.product.len == 0 && !(x.has & BH_CHARGE_PRICE))
    return lines_bad(l, "unit_price", "is missing, and there is no product to take a price from");
  return l->emit->charge(l->emit->ctx, &x);
}

static bh_status read_product(lines *l)
{
  bh_product x = {.struct_size = sizeof x};
  bh_status rc;
  if ((rc = lines_need(l, "id", &x.id)) || (rc = lines_text(l, "name", &x.name)) ||
      (rc = lines_money(l, "unit_price", BH_CHARGE_PRICE, &x.has, &x.unit_price)) ||
      (rc = lines_money(l, "cost", BH_CHARGE_COST, &x.has, &x.cost)) || (rc = lines_no_more(l, "product")))
    return rc;
  return l->emit->product(l->emit->ctx, &x);
}

static int currency_ok(bh_str s)
{
  int ok = s.len == 3;
  for (size_t i = 0; ok && i < 3; i++)
    ok = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
  return ok;
}

static bh_status read_cost(lines *l)
{
  bh_cost x = {.struct_size = sizeof x};
  bh_date to;
  bh_str from, until;
  bh_status rc;
  if ((rc = client_of(l, &x.client)) || (rc = lines_need(l, "id", &x.id)) || (rc = lines_need(l, "product", &x.product)) ||
      (rc = lines_text(l, "description", &x.description)) || (rc = lines_need(l, "currency", &x.currency)) ||
      (rc = lines_need(l, "from", &from)) || (rc = lines_date(l, "from", &x.days.from)) || (rc = lines_need(l, "to", &until)) ||
      (rc = lines_date(l, "to", &to)) || (rc = lines_number(l, "quantity", 6, &x.quantity)) ||
      (rc = lines_number(l, "amount", 9, &x.amount)) || (rc = lines_no_more(l, "cost")))
    return rc;
  if (csv_date_cmp(to, x.days.from) < 0)
    return lines_bad(l, "to", "lies before from");
  if (!currency_ok(x.currency))
    return lines_bad(l, "currency", "must be three capital letters, like USD");
  if (to.year == 2999 && to.month == 12 && to.day == 31)
    return lines_bad(l, "to", "has no day after it");
  x.days.until = csv_date_next(to); /* on a line both days are inclusive */
  return l->emit->cost(l->emit->ctx, &x);
}

static bh_status read_complete(lines *l)
{
  bh_str kind, client;
  bh_status rc;
  if ((rc = lines_text(l, "kind", &kind)) || (rc = lines_text(l, "client", &client)) || (rc = lines_no_more(l, "complete")))
    return rc;
  if (client.len == 0)
    client = BHK("*");
  if (!bhk_is(client, "*") && bhk_add(&l->clients, client, (bh_str){"", 0}) < 0)
    return no_memory(l);
  bhk_buf key = {0};
  bhk_put(&key, kind.len ? kind : BHK("*"));
  bhk_put(&key, (bh_str){"", 1});
  bhk_put(&key, client);
  rc = key.broken || bhk_add(&l->complete, bhk_text(&key), (bh_str){"", 0}) < 0 ? no_memory(l) : BH_OK;
  bhk_dispose(&key);
  return rc;
}

static bh_status read_failed(lines *l)
{
  bh_str client, why;
  bh_status rc;
  if ((rc = client_of(l, &client)) || (rc = lines_need(l, "why", &why)) || (rc = lines_no_more(l, "failed")))
    return rc;
  return l->emit->client_failed(l->emit->ctx, client, why);
}

bh_status lines_fact(lines *l, bh_str type)
{
  static const struct { const char *type; bh_status (*read)(lines *l); } types[] = {{"client", read_client}, {"asset", read_asset},
    {"gauge", read_gauge}, {"usage", read_usage}, {"charge", read_charge}, {"cost", read_cost}, {"product", read_product},
    {"complete", read_complete}, {"failed", read_failed}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (bhk_is(type, types[i].type))
      return types[i].read(l);
  return lines_bad(l, "type", "must be client, asset, gauge, usage, charge, cost, product, complete or failed");
}
