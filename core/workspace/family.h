/* Clients that belong together, known before any of them is streamed: parents, their children, and who pays for whom. Ordinary clients are not
 * remembered; where no client has a parent or another payer, nothing is looked at twice. */
#ifndef BH_WORKSPACE_FAMILY_H
#define BH_WORKSPACE_FAMILY_H
#include "workspace/internal.h"

typedef struct ws_kin {
  bh_str id;
  bool there;                  /* a client of the files */
  bh_str file; int32_t line;
  const bh_node *node;         /* its statement; NULL where it is not there or cannot be read */
  bh_day starts;               /* of its first contract; BH_DAY_MAX: it has none */
  struct ws_kin *parent, *payer; /* the clients that `parent` and `bill_to` name; NULL: none */
  const bh_family *family;     /* as this client sees it; NULL: shares nothing */
  struct ws_kin *root;         /* of those that are billed together; itself where it is billed alone */
  uint32_t unit, unit_count;   /* of the root: its number, and how many of its clients are there */
  bh_sha digest;               /* of all that its counts follow from beside its own entries */
} ws_kin;

typedef struct ws_families { bh_map by_id; ws_kin **items; size_t count, cap; } ws_families;

/* {"children":[{"client","from","match","until"}],"of_parent":true} as it stands in books and evidence. */
bool ws_family_read(bh_family *out, bh_arena *a, const bh_node *n);
/* Puts the client's family on a line: its counts are of it, and its book keeps it. */
void ws_line_family(bh_arena *a, bh_line_terms *line, const bh_family *family);
/* `match = { site = "Troy" }`. */
bool ws_match(ws_ck *ck, const ws_path *at, const bh_node *n, bh_match **out, size_t *count);
#endif
