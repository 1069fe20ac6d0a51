/* Products and taxes of a platform, for `map`. What is ours of them stands in billhook.lua and pricebook.lua, which people write: a line to paste is all
 * that is ever made of a guess. */
#ifndef BH_MAP_THINGS_H
#define BH_MAP_THINGS_H
#include "batch/map.h"

typedef struct bh_map_thing {
  bh_str ref, name;
  bool needed;                 /* a contract, a charge or a vendor's invoice names it */
  bh_str ours; int32_t score; const char *by; /* the likeliest; score 0: none */
  int32_t exact;               /* how many of ours have its name or id */
} bh_map_thing;
typedef struct bh_map_things { bh_arena *arena; bh_map by_ref; bh_map_thing **items; size_t count, cap; } bh_map_things;
typedef struct bh_map_own { bh_str id; bh_name_key id_key, name_key; } bh_map_own;

bh_map_thing *bh_map_thing_of(bh_map_things *t, bh_str ref); /* added where it is not there yet */
void bh_map_things_init(bh_map_things *t, bh_arena *a);
/* left: the JSON of the contracts that the last pull did not take. */
bh_status bh_map_things_read(bh_map_things *products, bh_map_things *taxes, billhook *b, bh_str connector, const bh_node *left, bh_error *err);
/* Those that are not mapped, what is needed first. */
void bh_map_things_sort(bh_map_things *t, billhook *b, bh_str connector, bool products);
bh_map_own *bh_map_own_products(size_t *n, billhook *b, bh_arena *a);
bh_map_own *bh_map_own_taxes(size_t *n, billhook *b, bh_arena *a);
void bh_map_things_guess(bh_map_things *t, const bh_map_own *own, size_t n);
#endif
