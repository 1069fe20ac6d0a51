/* Where in the tree of what queries look for a value stands, as values come. */
#ifndef BH_JSON_PLACES_H
#define BH_JSON_PLACES_H
#include "plugin/json_match.h"

/* The nodes of the tree where a value stands: mostly none or one. More than one lie in the stack from `first` on. */
typedef struct bh_json_at { bh_json_node *one; size_t first, count; } bh_json_at;

typedef struct bh_json_places {
  size_t depth;                             /* containers that are open */
  bh_place places[BH_JSON_DEPTH_MAX];
  bh_json_at at[BH_JSON_DEPTH_MAX + 1];     /* [n]: of the value below n containers; so of the n-th container [n - 1] */
  bh_json_node **stack; size_t stack_cap;
} bh_json_places;
void bh_json_places_init(bh_json_places *p);
void bh_json_places_dispose(bh_json_places *p);
void bh_json_places_start(bh_json_places *p, bh_json_node *root); /* before the first value of a text */

/* Of the value that comes now. Of a member only after its name. */
const bh_json_at *bh_json_places_here(bh_json_places *p);
static inline const bh_json_node *bh_json_place(const bh_json_places *p, const bh_json_at *at, size_t i)
{
  return at->count == 1 ? at->one : p->stack[at->first + i];
}
void bh_json_places_member(bh_json_places *p, bh_str name);
/* The same where at most one thing is looked for, by plain names, as nearly always; false: it is not so, and nothing was done. */
bool bh_json_places_member_plainly(bh_json_places *p, bh_str name);
bool bh_json_places_any_member(const bh_json_places *p); /* a wildcard looks for the members here: their names are to be kept */
void bh_json_places_next(bh_json_places *p);             /* the value has ended */
bool bh_json_places_pass(bh_json_places *p);             /* true: nobody looks for the scalar that came, and it has ended */
#endif
