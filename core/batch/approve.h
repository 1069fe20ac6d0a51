/* Approval from within a run: `approval = "auto"`. */
#ifndef BH_APPROVE_H
#define BH_APPROVE_H
#include "batch/engine.h"
/* Numbers, freezes and posts the drafts that nothing holds, in the caller's transaction. `why` is recorded. */
bh_status bh_approve_docs(billhook *b, const int64_t *docs, size_t n, const char *why, bh_error *err);
#endif
