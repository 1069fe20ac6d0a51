/* Sinks and gateways inside their worker: their calls, and what they say. Linked into the worker alone. */
#ifndef BH_OUTWARD_H
#define BH_OUTWARD_H
#include "plugin/connector.h"

/* outward_emit.c: fills in the tables that sinks and gateways emit into. */
void bh_outward_emit_init(bh_connector_run *r);
/* One call of the plugin's sink or gateway; what it returned. The caller has begun the call, and ends it. BH_E_INVALID with the reason recorded where
 * its interface has no such call. */
bh_status bh_outward_call(bh_connector_run *r, const bh_plugin *p, void *self, int32_t call, const bh_outward *x);
/* What the call came to, of which the plugin said `rc` (with err filled in where that is not BH_OK): what it said and was not taken, and a delivery or a
 * payment of which it said nothing, are BH_E_UNKNOWN where there may have been an effect. After BH_OK everything is sent on. */
bh_status bh_outward_said(bh_connector_run *r, int32_t call, bh_status rc, bh_error *err);
#endif
