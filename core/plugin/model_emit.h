/* Taking what a model emits: every line is checked before it becomes one. */
#ifndef BH_MODEL_EMIT_H
#define BH_MODEL_EMIT_H
#include "plugin/host.h"
#include "plugin/model.h"

typedef struct bh_model_sink {
  bh_model_emit table;
  bh_host_ctx *host;
  bh_arena *arena;
  const bh_rate_line *line;
  bh_model_line *lines;
  size_t count, cap;
  bh_str carry;          /* as stored: version, then the bytes */
  bh_buf notes; size_t note_count;
  bh_status bad;         /* the first thing that was not taken: it stays, whatever the model then returns */
  char why[400];
} bh_model_sink;
void bh_model_sink_init(bh_model_sink *s, bh_host_ctx *host, bh_arena *arena, const bh_rate_line *line);
/* The version and the bytes of a stored carry; false where it is no carry. */
bool bh_carry_open(uint32_t *version, bh_str *bytes, bh_str stored);
#endif
