/* What sinks and gateways are told and say, on its way: checked and packed on one side, unpacked and checked again on the other. */
#ifndef BH_OUTWARD_WIRE_H
#define BH_OUTWARD_WIRE_H
#include "base/wire.h"
#include "plugin/pull.h"

/* What is wrong with it, in words for the plugin's author; NULL where nothing is. */
const char *bh_sent_wrong(const bh_sent *x);
const char *bh_received_wrong(const bh_received *x);
const char *bh_tax_code_wrong(const bh_tax_code *x);
const char *bh_outcome_wrong(const bh_outcome *x);
/* 1 to 40 of A-Z, a-z, 0-9, '-' and '_'. */
bool bh_key_ok(bh_str key);

void bh_sent_put(bh_buf *b, const bh_sent *x);
void bh_received_put(bh_buf *b, const bh_received *x);
void bh_tax_code_put(bh_buf *b, const bh_tax_code *x);
void bh_outcome_put(bh_buf *b, const bh_outcome *x);
/* One of them, of kind BH_FRAME_SENT, …, into the sink. Garbage: BH_E_WORKER. */
bh_status bh_outward_unpack(uint8_t kind, bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err);

void bh_outward_put(bh_buf *b, const bh_outward *x);
/* Strings point into the source; a misfit shows in g->bad. */
void bh_outward_get(bh_outward *out, bh_arena *a, bh_get *g);
#endif
