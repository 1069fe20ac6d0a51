/* What queries look for, as one tree of places, and what a query has of the record in hand. The reader walks the tree as values come, so that a
 * value costs what is looked for where it stands, and no more. */
#ifndef BH_JSON_MATCH_H
#define BH_JSON_MATCH_H
#include "plugin/host.h"
#include "plugin/json_path.h"

enum { BH_JSON_DEPTH_MAX = 256, BH_JSON_FIELDS_MAX = 256 };

/* What stands at a place: a record of a query begins, one of its fields is there, or the list is that its first wildcard goes through. */
enum { BH_JSON_IS_RECORD = -1, BH_JSON_IS_LIST = -2 };
typedef struct bh_json_hook { struct bh_json_hook *next; size_t query; int32_t what; } bh_json_hook; /* what: above, or the field's number */

/* What was found for the n-th member of an object here: the next object of the list mostly has the same members in the same order. */
enum { BH_JSON_GUESSES = 32, BH_JSON_GUESS_BYTES = 31 };
typedef struct bh_json_guess { struct bh_json_node *found; uint8_t len; char name[BH_JSON_GUESS_BYTES]; } bh_json_guess; /* len 0: none */

typedef struct bh_json_node {
  struct bh_json_node *next;           /* among its siblings */
  bh_step step;
  struct bh_json_node *names, *items;  /* below it: of an object, of an array */
  bh_json_hook *hooks;                 /* a query's record before its fields */
  bool any_member;                     /* one of names is any member: its name is to be kept */
  bh_json_guess *guesses;              /* BH_JSON_GUESSES of them, where all names are plain ones */
} bh_json_node;

typedef struct bh_json_field {
  int32_t kind;
  bool open;             /* a container that is being copied into `text` */
  size_t depth;          /* of that container */
  size_t at, len;        /* of a scalar, in the match's `store` */
  bh_buf text;
} bh_json_field;
typedef struct bh_json_match {
  const bh_json_query *query;
  bh_json_path each;
  bh_json_field *fields;
  int32_t *kinds; bh_str *texts; bh_str *keys;
  bh_buf store;          /* the scalars of the record */
  bool listed;           /* what the first wildcard of `each` goes through has come (or null in its place); true where there is no wildcard */
  bool array_list;       /* of that: an array */
  bool active;           /* inside a record */
  size_t base;           /* its depth */
  size_t open;           /* fields that are being copied */
  uint64_t records;
} bh_json_match;

/* A value as it comes; `depth` places lead to it. Containers come as open and close. */
typedef struct bh_json_event { int32_t kind; bh_str text; const bh_place *places; size_t depth; } bh_json_event;

/* Adds what the query looks for to the tree. */
bh_status bh_json_match_init(bh_json_match *m, bh_json_node *root, size_t number, bh_arena *a, bh_host_ctx *host, const bh_json_query *q);
void bh_json_match_dispose(bh_json_match *m);
void bh_json_match_reset(bh_json_match *m);
/* A value at a place where something of this query stands. */
void bh_json_match_at(bh_json_match *m, int32_t what, const bh_json_event *e);
/* Any value, while a field is being copied: before the places' own. bracket: '{', '[', or 0 for a scalar. */
void bh_json_match_copy(bh_json_match *m, const bh_json_event *e, char bracket);
/* The end of a container, of an active one. */
void bh_json_match_close(bh_json_match *m, const bh_json_event *e);
/* The record is whole: what the query's callback says of it. */
bh_status bh_json_match_hand_over(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e);
#endif
