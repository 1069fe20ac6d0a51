/* The calls of sinks and gateways. */
#include "plugin/outward.h"
#include "plugin/outward_wire.h"
#include "plugin/sizes.h"

static bh_status no_call(bh_connector_run *r, const bh_plugin *p, int32_t call)
{
  return bh_host_fail(&r->host, BH_E_INVALID, "%s has no call \"%s\"", p->id, bh_call_name(call));
}

static bh_status call_sink(bh_connector_run *r, const bh_plugin *p, const bh_sink *s, void *self, int32_t call, const bh_outward *x)
{
  if (s->struct_size < BH_SINK_1_0 || !s->probe || !s->deliver || !s->lookup || !s->status || !s->clients)
    return bh_host_fail(&r->host, BH_E_INVALID, "%s is not a whole sink: one of probe, deliver, lookup, status and clients is missing", p->id);
  switch (call) {
  case BH_CALL_PROBE: return s->probe(self);
  case BH_CALL_CLIENTS: return s->clients(self, &r->sink_emit);
  case BH_CALL_DELIVER: return s->deliver(self, x->key, &x->document, &r->sink_emit);
  case BH_CALL_LOOKUP: return s->lookup(self, x->key, &x->document, &r->sink_emit);
  case BH_CALL_STATUS: return s->status(self, x->key, x->ref, &r->sink_emit);
  default: return no_call(r, p, call);
  }
}

static bh_status call_gateway(bh_connector_run *r, const bh_plugin *p, const bh_gateway *g, void *self, int32_t call, const bh_outward *x)
{
  if (g->struct_size < BH_GATEWAY_1_0 || !g->probe || !g->charge || !g->refund || !g->lookup || !g->event)
    return bh_host_fail(&r->host, BH_E_INVALID, "%s is not a whole gateway: one of probe, charge, refund, lookup and event is missing", p->id);
  switch (call) {
  case BH_CALL_PROBE: return g->probe(self);
  case BH_CALL_CHARGE: return g->charge(self, x->key, &x->debit, &r->gateway_emit);
  case BH_CALL_REFUND: return g->refund(self, x->key, &x->debit, &r->gateway_emit);
  case BH_CALL_LOOKUP: return g->lookup(self, x->key, &x->debit, &r->gateway_emit);
  case BH_CALL_EVENT: return g->event(self, x->body, x->headers, x->header_count, x->now_s, &r->gateway_emit);
  default: return no_call(r, p, call);
  }
}

static bool needs_key(int32_t call)
{
  return call == BH_CALL_DELIVER || call == BH_CALL_LOOKUP || call == BH_CALL_STATUS || call == BH_CALL_CHARGE || call == BH_CALL_REFUND;
}

bh_status bh_outward_call(bh_connector_run *r, const bh_plugin *p, void *self, int32_t call, const bh_outward *x)
{
  const bh_sink *sink = p->get_interface(BH_IFACE_SINK);
  const bh_gateway *gateway = p->get_interface(BH_IFACE_GATEWAY);
  r->said = 0;
  r->init.call = call;
  r->init.outward.key = x->key;
  if (needs_key(call) && !bh_key_ok(x->key))
    return bh_host_fail(&r->host, BH_E_INVALID, "a key is 1 to %d of A-Z, a-z, 0-9, '-' and '_'", BH_KEY_BYTES_MAX);
  if (sink)
    return call_sink(r, p, sink, self, call, x);
  return gateway ? call_gateway(r, p, gateway, self, call, x) : no_call(r, p, call);
}

bh_status bh_outward_said(bh_connector_run *r, int32_t call, bh_status rc, bh_error *err)
{
  bool effect = call == BH_CALL_DELIVER || call == BH_CALL_CHARGE || call == BH_CALL_REFUND;
  if (r->bad)
    return bh_fail(err, effect ? BH_E_UNKNOWN : r->bad, "%s", r->why);
  if (rc)
    return rc;
  if (effect && r->said == 0)
    return bh_fail(err, BH_E_UNKNOWN, "%s() came to BH_OK without %s(): nobody knows what became of it", bh_call_name(call),
                   call == BH_CALL_DELIVER ? "sent" : "outcome");
  if (call == BH_CALL_STATUS && r->said == 0)
    return bh_fail(err, BH_E_INVALID, "status() came to BH_OK without sent(): it does not say how the document stands");
  return bh_emit_flush(r, err);
}
