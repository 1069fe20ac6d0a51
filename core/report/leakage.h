/* What is there and nobody bills, what is billed and no longer there, and what of a platform no client claims; with what it is worth a month. */
#ifndef BH_LEAKAGE_H
#define BH_LEAKAGE_H
#include "facts/facts.h"
#include "report/worth.h"

typedef enum bh_leak_kind { BH_LEAK_UNBILLED, BH_LEAK_GONE, BH_LEAK_UNCLAIMED, BH_LEAK_UNKNOWN, BH_LEAK_KINDS } bh_leak_kind;
typedef struct bh_leak_thing { bh_str id, name, klass, connector; } bh_leak_thing;
/* What is committed (decrease) of what a row bills: it is agreed, and stays up to the day before `until`. */
typedef struct bh_leak_commit { bool on; bh_str decrease; bh_ratio quantity; bh_day until; } bh_leak_commit;
typedef struct bh_leak_row {
  bh_leak_kind kind;
  bh_str client, name;         /* UNCLAIMED: as the platform names it */
  bh_str connector, contract, line, product;
  bh_str what;                 /* the kind of the things: "device", "user"; a metric */
  bh_str reason, message;      /* GONE: "fixed", "committed", "minimum", "zero"; UNKNOWN: a hold's */
  bh_ratio billed, counted;    /* GONE, and UNBILLED beyond a fixed quantity */
  bh_leak_commit commit;       /* GONE, where what is committed is above the count */
  int64_t count;               /* of things */
  bool priced; int64_t monthly; bh_str currency; int32_t decimals;
  bh_leak_thing *things; size_t thing_count;
  struct bh_leak_row **parts; size_t part_count; /* UNCLAIMED: by product and kind */
} bh_leak_row;
typedef struct bh_leakage {
  billhook *b;
  bh_day day;
  bh_arena arena;              /* of the rows */
  bh_arena scratch;            /* emptied for each client */
  bh_leak_row **rows; size_t count, cap;
  bh_map claimed;              /* "CONNECTOR\nREF" */
  const bh_line_terms **products; size_t product_count; /* those that count assets */
  bh_error *err;
} bh_leakage;
bh_leak_row *bh_leak_add(bh_leakage *l, bh_leak_kind kind);

/* A thing of a client on the day. */
typedef struct bh_leak_asset { bh_fact_asset x; bh_str kind; size_t place; bool settled; /* billed, or left out on purpose */ } bh_leak_asset;
typedef struct bh_leak_client {
  bh_leakage *l;
  const bh_client_terms *terms;
  bh_client_facts *facts;
  bh_leak_asset **assets; size_t count, cap;
  bh_map index;                /* "CONNECTOR\nKIND\nID" → bh_leak_asset */
} bh_leak_client;
/* leakage_assets.c: all devices and users of the client; those that a selector counts, or leaves out with a reason, are settled. */
bh_status bh_leak_see(bh_leak_client *c);
bh_status bh_leak_settle(bh_leak_client *c, const bh_selector *sel, size_t *counted);
/* What no line bills, by the product that would count it. */
bh_status bh_leak_unbilled(bh_leak_client *c, bh_leak_kind kind, bh_str connector, bh_str name);
/* leakage_commit.c: what is committed of a line in force on the day; off where nothing is. */
bh_status bh_leak_commit_of(bh_leak_commit *out, bh_leak_client *c, const bh_contract_terms *k, const bh_line_terms *t, bh_error *err);
/* leakage_lines.c: every line in force on the day. */
bh_status bh_leak_lines(bh_leak_client *c);
/* leakage_write.c */
bh_status bh_leak_write(bh_leakage *l, bool csv, const billhook_out *out);
#endif
