/* Which of a platform's things is which of ours, as `ids` in the workspace's files say: clients and contracts from clients/, products and taxes from
 * billhook.lua and the price book. Read anew for each use; strings live in the arena that it was read into. */
#ifndef BH_MAPPING_H
#define BH_MAPPING_H
#include "batch/engine.h"

typedef struct bh_mapped { bh_str id; bool twice; /* clients: two claim it, so that nobody can say whose it is */ } bh_mapped;
typedef struct bh_mapping {
  bh_arena *arena;
  billhook *engine;
  bh_map clients, contracts;   /* "CONNECTOR\nREF" → bh_mapped */
  bh_map taxes;
  bh_map categories;           /* words that products and taxes have as tax categories */
} bh_mapping;

/* What a contract is called elsewhere, as its own `ids` say. Strings live in `a`. */
bh_status bh_contract_called(bh_called **out, size_t *n, bh_arena *a, const bh_contract_terms *t, bh_error *err);
bh_status bh_mapping_read(bh_mapping *out, bh_arena *a, billhook *b, bh_error *err);
const bh_mapped *bh_mapping_client(bh_mapping *m, bh_str connector, bh_str ref);   /* NULL: nobody claims it */
const bh_mapped *bh_mapping_contract(bh_mapping *m, bh_str connector, bh_str ref); /* NULL: none of ours says that it is */
/* Our product; empty where nobody maps it and none has that id itself. */
bh_str bh_mapping_product(const bh_mapping *m, bh_str connector, bh_str ref);
/* The tax category that a line with a tax of that name there belongs to: the first that the mapped tax applies to; a category of ours as it is.
 * Empty: not known. */
bh_str bh_mapping_category(bh_mapping *m, bh_str connector, bh_str ref);
#endif
