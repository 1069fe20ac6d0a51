/* Packing facts. Each begins with its kind. */
#include "plugin/fact_wire.h"
#include "plugin/worker.h"

void bh_fact_date_put(bh_buf *b, bh_date d)
{
  bh_put_i64(b, d.year);
  bh_put_u8(b, d.month);
  bh_put_u8(b, d.day);
}

static void put_attrs(bh_buf *b, const bh_str *attrs, size_t n)
{
  bh_put_u32(b, (uint32_t)n);
  for (size_t i = 0; i < n; i++)
    bh_put_str(b, attrs[i]);
}

void bh_fact_client_put(bh_buf *b, const bh_client *x)
{
  bh_put_u8(b, BH_FRAME_CLIENT);
  bh_put_str(b, x->id);
  bh_put_str(b, x->name);
  bh_put_str(b, x->domain);
}

void bh_fact_asset_put(bh_buf *b, const bh_asset *x)
{
  bh_put_u8(b, BH_FRAME_ASSET);
  bh_put_u8(b, (uint8_t)x->mode);
  bh_put_str(b, x->client);
  bh_put_str(b, x->kind);
  bh_put_str(b, x->klass);
  bh_put_str(b, x->id);
  bh_put_str(b, x->name);
  bh_fact_date_put(b, x->from);
  bh_fact_date_put(b, x->to);
  bh_fact_date_put(b, x->last_seen);
  put_attrs(b, x->attrs, x->attr_count);
}

void bh_fact_gauge_put(bh_buf *b, const bh_gauge *x)
{
  bh_put_u8(b, BH_FRAME_GAUGE);
  bh_put_str(b, x->client);
  bh_put_str(b, x->metric);
  bh_fact_date_put(b, x->date);
  bh_put_dec(b, x->value);
}

void bh_fact_usage_put(bh_buf *b, const bh_usage *x)
{
  bh_put_u8(b, BH_FRAME_USAGE);
  bh_put_str(b, x->client);
  bh_put_str(b, x->metric);
  bh_put_str(b, x->id);
  bh_put_str(b, x->description);
  bh_fact_date_put(b, x->date);
  bh_put_dec(b, x->quantity);
  put_attrs(b, x->attrs, x->attr_count);
}

void bh_fact_charge_put(bh_buf *b, const bh_charge *x)
{
  bh_put_u8(b, BH_FRAME_CHARGE);
  bh_put_u32(b, x->has);
  bh_put_str(b, x->client);
  bh_put_str(b, x->id);
  bh_put_str(b, x->product);
  bh_put_str(b, x->description);
  bh_put_str(b, x->po);
  bh_put_str(b, x->contract);
  bh_fact_date_put(b, x->date);
  bh_put_dec(b, x->quantity);
  bh_put_dec(b, x->unit_price);
  bh_put_dec(b, x->cost);
}

void bh_fact_contract_put(bh_buf *b, const bh_contract *x)
{
  bh_put_u8(b, BH_FRAME_CONTRACT);
  bh_put_str(b, x->client);
  bh_put_str(b, x->id);
  bh_put_str(b, x->json);
}

void bh_fact_product_put(bh_buf *b, const bh_product *x)
{
  bh_put_u8(b, BH_FRAME_PRODUCT);
  bh_put_u32(b, x->has);
  bh_put_str(b, x->id);
  bh_put_str(b, x->name);
  bh_put_dec(b, x->unit_price);
  bh_put_dec(b, x->cost);
}

void bh_fact_cost_put(bh_buf *b, const bh_cost *x)
{
  bh_put_u8(b, BH_FRAME_COST);
  bh_put_str(b, x->client);
  bh_put_str(b, x->id);
  bh_put_str(b, x->product);
  bh_put_str(b, x->description);
  bh_put_str(b, x->currency);
  bh_fact_date_put(b, x->days.from);
  bh_fact_date_put(b, x->days.until);
  bh_put_dec(b, x->quantity);
  bh_put_dec(b, x->amount);
}

void bh_fact_scope_put(bh_buf *b, bh_str kind, bh_str client, bool complete)
{
  bh_put_u8(b, BH_FRAME_SCOPE);
  bh_put_str(b, kind);
  bh_put_str(b, client);
  bh_put_u8(b, complete);
}

void bh_fact_client_failed_put(bh_buf *b, bh_str client, bh_str why)
{
  bh_put_u8(b, BH_FRAME_CLIENT_FAILED);
  bh_put_str(b, client);
  bh_put_str(b, why);
}
