/* What a connector pushes, on its way into staging. */
#include "batch/pull_impl.h"

enum { CURSOR_BYTES_MAX = 4096 };

void bh_puller_init(bh_puller *p, const bh_plugin_use *use)
{
  *p = (bh_puller){ .use = use };
  bh_contracts_init(&p->contracts);
  bh_buf_init(&p->secrets, 1 << 20);
  bh_buf_init(&p->cursor, CURSOR_BYTES_MAX);
}

void bh_puller_dispose(bh_puller *p)
{
  bh_ingest_free(p->in);
  bh_contracts_dispose(&p->contracts);
  if (p->secrets.ptr != NULL)
    explicit_bzero(p->secrets.ptr, p->secrets.cap);
  bh_buf_dispose(&p->secrets);
  bh_buf_dispose(&p->cursor);
}

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err) { return bh_ingest_client(((bh_puller *)ctx)->in, id, name, domain, err); }

static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err)
{
  bh_in_asset in = { .client = x->client, .kind = x->kind, .klass = x->klass, .id = x->id, .name = x->name, .from = x->from, .to = x->to,
    .last_seen = x->last_seen, .attrs = x->attrs };
  return bh_ingest_asset(((bh_puller *)ctx)->in, (bh_scope_mode)x->mode, &in, err);
}

static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err)
{
  bh_in_gauge in = { x->client, x->metric, x->day, x->value };
  return bh_ingest_gauge(((bh_puller *)ctx)->in, &in, err);
}

static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err)
{
  bh_in_usage in = { .client = x->client, .metric = x->metric, .id = x->id, .description = x->description, .day = x->day, .quantity = x->quantity, .attrs = x->attrs };
  return bh_ingest_usage(((bh_puller *)ctx)->in, &in, err);
}

static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err)
{
  bh_in_charge in = { .client = x->client, .id = x->id, .product = x->product, .description = x->description, .po = x->po, .contract = x->contract,
    .day = x->day, .quantity = x->quantity, .has_price = x->has_price, .price = x->price, .has_cost = x->has_cost, .cost = x->cost };
  return bh_ingest_charge(((bh_puller *)ctx)->in, &in, err);
}

static bh_status on_product(void *ctx, const bh_pull_product *x, bh_error *err)
{
  bh_in_product in = { .id = x->id, .name = x->name, .has_price = x->has_price, .price = x->price, .has_cost = x->has_cost, .cost = x->cost };
  return bh_ingest_product(((bh_puller *)ctx)->in, &in, err);
}

static bh_status on_cost(void *ctx, const bh_pull_cost *x, bh_error *err)
{
  bh_in_cost in = { .client = x->client, .id = x->id, .product = x->product, .description = x->description, .currency = x->currency, .from = x->from, .until = x->until,
    .quantity = x->quantity, .amount = x->amount };
  return bh_ingest_cost(((bh_puller *)ctx)->in, &in, err);
}

/* Contracts are the platform's word on what is agreed: taken only where the workspace asks for them. */
static bh_status on_contract(void *ctx, bh_str client, bh_str id, bh_str json, bh_error *err)
{
  bh_puller *p = ctx;
  return p->use->contracts ? bh_contracts_add(&p->contracts, client, id, json, err) : BH_OK;
}

static bh_status on_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  bh_puller *p = ctx;
  bh_status st = p->use->contracts ? bh_contracts_scope(&p->contracts, kind, client, complete, err) : BH_OK;
  return st == BH_OK ? bh_ingest_scope(p->in, kind, client, complete, err) : st;
}

static bh_status on_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err)
{
  bh_puller *p = ctx;
  bh_status st = p->use->contracts ? bh_contracts_failed(&p->contracts, client, err) : BH_OK;
  return st == BH_OK ? bh_ingest_client_failed(p->in, client, why, err) : st;
}

static bh_status on_cursor(void *ctx, bh_str cursor, bh_error *err)
{
  bh_puller *p = ctx;
  bh_buf_clear(&p->cursor);
  return bh_buf_puts(&p->cursor, cursor) ? BH_OK : bh_fail(err, BH_E_INVALID, "a cursor of more than 4 KiB");
}

const bh_pull_sink bh_puller_sink = { .client = on_client, .asset = on_asset, .gauge = on_gauge, .usage = on_usage, .charge = on_charge, .scope = on_scope,
  .client_failed = on_client_failed, .contract = on_contract, .product = on_product, .cost = on_cost, .cursor = on_cursor };
