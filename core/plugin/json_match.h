/* One query at work: when a record begins, which of its fields a value is, when it ends. */
#ifndef BH_JSON_MATCH_H
#define BH_JSON_MATCH_H
#include "plugin/host.h"
#include "plugin/json_path.h"

enum { BH_JSON_DEPTH_MAX = 256, BH_JSON_FIELDS_MAX = 256 };

typedef struct bh_json_field {
  bh_json_path path;
  int32_t kind;
  bool open;             /* a container that is being copied */
  size_t depth;          /* of that container */
  bh_buf text;
} bh_json_field;
typedef struct bh_json_match {
  const bh_json_query *query;
  bh_json_path each;
  bh_json_field *fields;
  int32_t *kinds; bh_str *texts; bh_str *keys;
  bool listed;           /* what the first wildcard of `each` goes through has come (or null in its place); true where there is no wildcard */
  size_t list_depth;     /* of that */
  bool active;           /* inside a record */
  size_t base;           /* its depth */
  uint64_t records;
} bh_json_match;

/* A value as it comes; `depth` places lead to it. Containers come as open and close. */
typedef struct bh_json_event { int32_t kind; bh_str text; const bh_place *places; size_t depth; } bh_json_event;

bh_status bh_json_match_init(bh_json_match *m, bh_arena *a, bh_host_ctx *host, const bh_json_query *q);
void bh_json_match_dispose(bh_json_match *m);
void bh_json_match_reset(bh_json_match *m);
bh_status bh_json_match_scalar(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e);
bh_status bh_json_match_open(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e);  /* kind OBJECT or ARRAY */
bh_status bh_json_match_close(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e); /* the same, at its end */
#endif
