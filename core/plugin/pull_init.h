/* What a connector's worker is told: the INIT frame. Secrets travel here and nowhere else. */
#ifndef BH_PULL_INIT_H
#define BH_PULL_INIT_H
#include "base/wire.h"
#include "plugin/pull.h"

typedef struct bh_pull_init {
  bh_str plugin, path, name, workspace_dir, timezone, cursor, ca;
  bh_day day, since;
  int32_t call;
  bool record;                   /* every request and its answer is wanted as well */
  bool programs;                 /* its manifest says that it may start programs */
  bh_pull_option *options; size_t option_count;
  bh_outward outward;            /* what the calls of sinks and gateways are about */
} bh_pull_init;
void bh_pull_init_put(bh_buf *b, const bh_pull_init *x);
/* Strings point into the source, the options into the arena. */
bool bh_pull_init_get(bh_pull_init *out, bh_arena *a, bh_str source);
#endif
