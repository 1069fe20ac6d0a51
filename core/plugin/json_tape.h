/* Records that were read and not yet handed over, one after another in a buffer. */
#ifndef BH_JSON_TAPE_H
#define BH_JSON_TAPE_H
#include "plugin/host.h"

enum { BH_JSON_TAPE_QUERIES = 40 };

struct bh_json_tape;
typedef struct bh_json_taped { struct bh_json_tape *tape; bh_json_query query; uint8_t number; } bh_json_taped;
typedef struct bh_json_tape {
  bh_buf bytes;
  bh_json_taped taped[BH_JSON_TAPE_QUERIES];
  const bh_json_query *queries[BH_JSON_TAPE_QUERIES]; /* for a reader: as those it was made for, but their records go onto the tape */
  size_t query_count;
} bh_json_tape;
/* `queries` must live as long as the tape. A record that would make it longer than max_bytes is refused with BH_E_OVERFLOW. */
void bh_json_tape_init(bh_json_tape *t, const bh_json_query *const *queries, size_t n, size_t max_bytes);
void bh_json_tape_dispose(bh_json_tape *t);
/* Hands the records over, to those that it was made for, in the order in which they came. Stops at the first that is not taken. */
bh_status bh_json_tape_play(const bh_json_tape *t, const bh_json_query *const *queries);
#endif
