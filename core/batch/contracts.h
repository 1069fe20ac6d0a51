/* What a platform has as contracts, written as clients/NAME.jsonl: gathered while the connector is asked, mapped to what is ours, and put in place
 * when its pull has been stored and something changed. */
#ifndef BH_CONTRACTS_H
#define BH_CONTRACTS_H
#include "batch/mapping.h"

typedef struct bh_contract_in { bh_str client, id; bh_node *json; bh_str text; } bh_contract_in; /* as the platform names them */
typedef struct bh_contracts {
  bh_arena arena;
  bh_contract_in *items; size_t count, cap;
  bh_str *unread; size_t unread_count, unread_cap; /* platform clients that could not be read, or not wholly */
  uint64_t bytes;              /* that came */
  bool partial;                /* not all contracts there are were sent */
  bool complete;               /* it said that they were */
} bh_contracts;
/* A contract that was not taken: it stands in the file as it did, or is not there. */
typedef struct bh_left_out {
  bh_str contract, client;     /* the platform's names */
  bh_str why;                  /* for a person */
  bh_str *products; size_t product_count; /* that nobody maps */
  bh_str tax;                  /* likewise; empty: none */
  bool unclaimed;              /* nobody claims its client */
} bh_left_out;
typedef struct bh_contracts_done {
  int64_t sent, written;       /* came; stand in the file now */
  int64_t changed, gone;       /* lines that are new or different; lines that are no longer there */
  bh_left_out *left; size_t left_count;
} bh_contracts_done;

void bh_contracts_init(bh_contracts *c);
void bh_contracts_dispose(bh_contracts *c);
/* One that came. BH_E_INVALID where its JSON is no object. All are held in memory: with more than 128 MiB of them, BH_E_OVERFLOW. */
bh_status bh_contracts_add(bh_contracts *c, bh_str client, bh_str id, bh_str json, bh_error *err);
bh_status bh_contracts_scope(bh_contracts *c, bh_str kind, bh_str client, bool complete, bh_error *err);
bh_status bh_contracts_failed(bh_contracts *c, bh_str client, bh_error *err);
/* Before the pull is stored: BH_E_INVALID where a contract came twice with different content, or where the file is not one that was generated. */
bh_status bh_contracts_check(bh_contracts *c, billhook *b, bh_str connector, bh_error *err);
/* After it: replaces the file where something changed. What the workspace would not take is left out, so that a pull never breaks it. */
bh_status bh_contracts_write(bh_contracts_done *out, bh_contracts *c, bh_mapping *m, billhook *b, bh_str connector, bh_arena *a, bh_error *err);

/* contracts_old.c: a line of the file as it stands. */
typedef struct bh_contract_old { bh_str id, ref, client, currency, text; bool kept; } bh_contract_old; /* ref: the platform's id */
bh_status bh_contracts_old(bh_contract_old **out, size_t *n, bh_arena *a, billhook *b, bh_str connector, bh_error *err);
bh_str bh_contracts_path(bh_arena *a, billhook *b, bh_str connector);
/* contracts_map.c: the line that a contract becomes; empty where something of it is not mapped, and *left says what. */
bh_str bh_contract_mapped(bh_left_out *left, bh_str *id, bh_str *client, bh_str *currency, const bh_contract_in *x, bh_mapping *m, bh_str connector, bh_arena *a);
/* contracts_try.c: the ids of contracts of which the workspace would complain if the file read so, with what it would say. BH_OK with *n 0: it takes all. */
typedef struct bh_contract_bad { bh_str id, why; } bh_contract_bad;
bh_status bh_contracts_try(bh_contract_bad **out, size_t *n, bh_arena *a, billhook *b, bh_str connector, bh_str text, bh_error *err);
#endif
