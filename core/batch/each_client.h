/* Walking over every client of the files. */
#ifndef BH_EACH_CLIENT_H
#define BH_EACH_CLIENT_H
#include "batch/engine.h"

/* `terms` and what they refer to, and everything in `scratch`, live during the call. A status other than BH_OK ends the walk, and is what comes back. */
typedef bh_status (*bh_on_client)(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err);
/* Clients in the order of their ids, with progress; a client that cannot be understood is passed over and noted. BH_E_WORKSPACE where the files have
 * mistakes (all of them are read first), BH_E_INTERRUPTED where somebody stops it. */
bh_status bh_each_client(billhook *b, bh_on_client each, void *ctx, bh_error *err);
#endif
