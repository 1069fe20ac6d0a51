/* What sinks and gateways say, inside their worker. */
#include "plugin/fact_wire.h"
#include "plugin/outward.h"
#include "plugin/outward_wire.h"

/* A document stands in one place, and an attempt comes to one thing. */
static bool said_twice(bh_connector_run *r)
{
  return r->said++ > 0 && r->init.call != BH_CALL_EVENT;
}

static bh_status emit_sent(void *ctx, const bh_sent *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_sent_wrong(x);
  if (!wrong && said_twice(r))
    wrong = "sent() was called twice in one call";
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_sent_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_received(void *ctx, const bh_received *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_received_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_received_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_client(void *ctx, const bh_client *x)
{
  bh_connector_run *r = ctx;
  return r->emit.client(r, x);
}

static bh_status emit_product(void *ctx, const bh_product *x)
{
  bh_connector_run *r = ctx;
  return r->emit.product(r, x);
}

static bh_status emit_tax(void *ctx, const bh_tax_code *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_tax_code_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_tax_code_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_outcome(void *ctx, const bh_outcome *x)
{
  bh_connector_run *r = ctx;
  bh_str key = r->init.outward.key;
  const char *wrong = bh_outcome_wrong(x);
  if (!wrong && r->init.call != BH_CALL_EVENT && x->key.len && !bh_str_eq(x->key, key))
    wrong = "an outcome has another key than the attempt that was asked for";
  if (!wrong && said_twice(r))
    wrong = "outcome() was called twice for one attempt";
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_outcome_put(&r->facts, x);
  return bh_emit_packed(r);
}

void bh_outward_emit_init(bh_connector_run *r)
{
  r->sink_emit = (bh_sink_emit){.struct_size = sizeof r->sink_emit, .ctx = r, .sent = emit_sent, .received = emit_received, .client = emit_client,
    .product = emit_product, .tax = emit_tax};
  r->gateway_emit = (bh_gateway_emit){.struct_size = sizeof r->gateway_emit, .ctx = r, .outcome = emit_outcome};
}
