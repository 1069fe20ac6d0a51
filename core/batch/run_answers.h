/* What rules ask while they run, answered from the client's facts and history. */
#ifndef BH_RUN_ANSWERS_H
#define BH_RUN_ANSWERS_H
#include "batch/run_client.h"
/* Writes an ANSWER's payload (batch/rate.h). */
void bh_run_answer(bh_run_ctx *ctx, bh_run_client *c, const bh_gathered *g, int what, bh_str selector, int64_t n, bh_arena *a, bh_buf *answer);
#endif
