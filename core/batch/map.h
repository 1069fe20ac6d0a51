/* `billhook map`: which of a platform's clients, products and taxes is which of ours, where `ids` do not say so yet. */
#ifndef BH_MAP_OURS_H
#define BH_MAP_OURS_H
#include "batch/mapping.h"
#include "batch/name_key.h"

enum { BH_MAP_BY_ID = 1, BH_MAP_BY_NAME = 2, BH_MAP_BY_DOMAIN = 4, BH_MAP_BY_DEVICES = 8, BH_MAP_BY_WORDS = 16 };
enum { BH_MAP_SUGGESTED_MAX = 3 };

/* A client of ours. */
typedef struct bh_map_client {
  bh_str id, name;
  bh_name_key words;           /* of its name */
  bh_client_id *ids; size_t id_count;
  bool child;                  /* has a part of its parent's: needs no id of its own */
  bool billed_to_another;      /* bill_to */
  const bh_node *sinks;        /* where its invoices go; NULL: it does not say */
  bool written;                /* --write gives it an id at the sink at hand */
  int32_t wanted_by;           /* platform clients of the connector at hand that it is an exact match of */
} bh_map_client;
/* One that may be meant. */
typedef struct bh_map_guess { size_t client; int32_t score; uint32_t by; bool exact, has_id; } bh_map_guess;
typedef struct bh_map_foreign {
  bh_str ref, name, domain;
  int32_t place;
  int64_t devices, users;
  bh_map_guess guesses[BH_MAP_SUGGESTED_MAX]; size_t guess_count;
  bool unique;                 /* the first guess is exact, no other one is, and it is no other one's */
} bh_map_foreign;

typedef struct bh_map_list { size_t *items; size_t count, cap; bool many; } bh_map_list; /* of clients of ours; many: too many to tell anything */
typedef struct bh_map_ours {
  billhook *b;
  bh_arena *a;
  bh_map_client *clients; size_t count, cap;
  bh_map by_key, by_domain, by_word, by_device; /* → bh_map_list */
  bh_map claimed;              /* "CONNECTOR\nREF" */
} bh_map_ours;

/* map_ours.c: all clients that have not ended, and (deep) what they are called and have at the platforms that know them already. */
bh_status bh_map_ours_read(bh_map_ours *out, bh_arena *a, billhook *b, bool deep, bh_error *err);
bool bh_map_claimed(bh_map_ours *o, bh_str connector, bh_str ref);
void bh_map_list_add(bh_map *map, bh_arena *a, bh_str key, size_t client);
/* Names of the devices that are there now, in small letters. */
bh_status bh_map_devices(bh_str **out, size_t *n, int64_t *users, bh_arena *a, bh_store *s, int32_t place, bh_error *err);

/* map_guess.c: fills in the guesses of a connector's unclaimed clients. */
bh_status bh_map_guess_all(bh_map_ours *o, bh_str connector, bh_map_foreign *x, size_t n, bh_error *err);

/* map_write.c: a line for each client of clients/ids.jsonl that is new or changed; nothing where the workspace would not take it. */
typedef struct bh_map_new { bh_str client, connector, ref; } bh_map_new;
bh_status bh_map_write(billhook *b, bh_arena *a, const bh_map_new *news, size_t n, bh_error *err);
#define BH_MAP_FILE "clients/ids.jsonl"
#endif
