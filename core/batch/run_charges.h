/* One-off charges that connectors brought: each becomes a once line of its client. */
#ifndef BH_RUN_CHARGES_H
#define BH_RUN_CHARGES_H
#include "batch/run_client.h"
/* Adds the client's charges to the iterator's entries; *any where there were some and the client has to be resolved again. What cannot be billed
 * (no product that we know, and no price) is added to `holds`. */
bh_status bh_run_charges(bool *any, bh_client_iter *it, const bh_client_terms *client, bh_run_ctx *ctx, bh_holds *holds, bh_arena *a, bh_error *err);
#endif
