/* What was settled is compared in full by the next run: after a void, a re-opening, a credit that bills anew. */
#ifndef BH_UNSETTLE_H
#define BH_UNSETTLE_H
#include "batch/engine.h"
/* In the caller's transaction: those contracts of the client, and the client. Its open drafts, whose approval would settle these contracts as they were
 * when the drafts were made, settle nothing any more. */
bh_status bh_unsettle(bh_store *s, bh_arena *a, int32_t client, bh_str client_id, const int32_t *contracts, size_t n, bh_error *err);
/* The contracts that stand on a document's lines, each once. */
bh_status bh_unsettle_lines(bh_store *s, bh_arena *a, int32_t client, bh_str client_id, const bh_doc_line *lines, size_t n, bh_error *err);
#endif
