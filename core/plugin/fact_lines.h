/* Facts as JSON lines: what `plugin call` prints, and what the check compares. */
#ifndef BH_FACT_LINES_H
#define BH_FACT_LINES_H
#include "plugin/pull.h"

typedef struct bh_fact_line {
  const char *what;            /* "client", "asset", "gauge", "usage", "charge", "contract", "product", "cost", "scope", "failed", "cursor", "sent", "received", "tax", "outcome" */
  bh_str kind, client;         /* kind: the asset's, the metric, the scope's; empty where it has none */
  bool complete;               /* of a scope */
  bh_str json;                 /* one object, its first member "fact" */
} bh_fact_line;
/* The context of the sink. Lines live during the call. */
typedef struct bh_fact_lines {
  void (*line)(void *ctx, const bh_fact_line *l);
  void *ctx;
  bh_buf buf;
} bh_fact_lines;
void bh_fact_lines_init(bh_fact_lines *x, void (*line)(void *ctx, const bh_fact_line *l), void *ctx);
void bh_fact_lines_dispose(bh_fact_lines *x);
extern const bh_pull_sink bh_fact_lines_sink; /* its ctx: a bh_fact_lines */
#endif
