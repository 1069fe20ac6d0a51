/* Inside `map`: one call, and how what it found is printed. */
#ifndef BH_MAP_IMPL_H
#define BH_MAP_IMPL_H
#include "batch/map_things.h"

typedef struct bh_map_sinks bh_map_sinks;
typedef struct bh_mapping_run {
  billhook *b;
  const billhook_map_options *o;
  bh_arena a;
  bh_map_ours ours;
  bh_map_own *products, *taxes; size_t product_count, tax_count;
  bh_map_new *news; size_t new_count, new_cap;
  bh_map_sinks *sinks;         /* and what they said */
  bh_jw w;
  bool open;                   /* something is left that nobody claims */
  bool failed;                 /* a sink could not be asked */
  bh_error *err;
} bh_mapping_run;

typedef struct bh_map_foreigners { bh_map_foreign *items; size_t count, cap; } bh_map_foreigners;

bool bh_map_wanted(const bh_mapping_run *m, bh_str name); /* by --connector */
bh_map_foreign *bh_map_foreign_add(bh_map_foreigners *f, bh_arena *a);
/* The platform has sent all of its clients, and this one was not among them. */
bool bh_map_vanished(const bh_mapping_run *m, const bh_place_row *p);

/* map_sink.c: asks all of them, side by side, and the member `sinks`, where there are any. */
bh_status bh_map_sinks_ask(bh_mapping_run *m);
bh_status bh_map_sinks_put(bh_mapping_run *m);

/* map_json.c: the members of a connector's or sink's object. */
void bh_map_put_unclaimed(bh_mapping_run *m, bh_str connector, const bh_map_foreigners *f, bool sink); /* notes what is to be written */
bh_status bh_map_put_ours(bh_mapping_run *m, const bh_connector_facts *k, bh_str connector);
void bh_map_put_things(bh_mapping_run *m, const char *list, const char *key, bh_str connector, const bh_map_things *t);
#endif
