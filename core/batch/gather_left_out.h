/* What beside its selector decides what a line of assets counts: written into the evidence, so that it can be listed again when the files say otherwise. */
#ifndef BH_GATHER_LEFT_OUT_H
#define BH_GATHER_LEFT_OUT_H
#include "batch/gather.h"

void bh_gather_left_out(bh_gather_ctx *g, bh_arena *a, bh_line_count *out, bh_str asset_kind);
#endif
