/* Golden documents: what a test's value came to when somebody last looked and said that it was right, as tests/golden/NAME.json. */
#ifndef BH_GOLDEN_H
#define BH_GOLDEN_H
#include "base/json.h"

typedef struct bh_golden {
  bh_str dir;                  /* the workspace */
  bool accept;                 /* write what differs or is not there */
  bh_arena *arena;
  bh_str *written; size_t count, cap; /* files, relative to the workspace */
} bh_golden;
/* Appends one line for each place that differs: "PATH: expected X, got Y". Where `accept` is set the file is written instead, and nothing is appended.
 * Of an invoice its client's id, type, currency, dates, po, lines, discounts, taxes, sums, memos and hold are kept: an address that changes, or a
 * member that documents get one day, is no difference. */
bh_status bh_golden_check(bh_golden *g, bh_buf *out, bh_str name, const bh_node *value, bh_error *err);
#endif
