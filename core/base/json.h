/* JSON: a value tree that JSON text and Lua tables both become, a reader (yajl) and canonical writing (RFC 8785). */
#ifndef BH_JSON_H
#define BH_JSON_H
#include "base/base.h"

typedef enum bh_node_kind {
  BH_NODE_NULL, BH_NODE_BOOL, BH_NODE_INT, BH_NODE_FLOAT, /* FLOAT: text holds it as written; never money */
  BH_NODE_STR, BH_NODE_TABLE, BH_NODE_OPAQUE              /* OPAQUE: a Lua function and the like */
} bh_node_kind;

typedef struct bh_node bh_node;
typedef struct bh_field { bh_str key; bh_node *value; } bh_field;
/* TABLE: positional items (JSON array, Lua sequence) and named fields (JSON object, Lua keys), either or both.
 * Lives in the arena that it was made in. `is_array`: came from a JSON array (an empty one has no items). */
struct bh_node {
  bh_node_kind kind;
  bool boolean, is_array;
  uint8_t item_room_log2, field_room_log2; /* bh_node_push's and bh_node_add's; 0: the array is exactly full */
  int64_t integer;
  bh_str text;         /* STR, FLOAT, and INT as written */
  bh_node **items; size_t item_count;
  bh_field *fields; size_t field_count; /* in the order met */
};
bh_node *bh_node_get(const bh_node *table, const char *key); /* NULL where absent */
bh_node *bh_node_gets(const bh_node *table, bh_str key);
bool bh_node_has(const bh_node *table, const char *key);
bh_node *bh_node_new(bh_arena *a, bh_node_kind kind);
bh_node *bh_node_str(bh_arena *a, bh_str s);
void bh_node_set(bh_arena *a, bh_node *table, bh_str key, bh_node *value); /* replaces; grows the array */
/* The same for a key that the caller knows to be new: no search. */
void bh_node_add(bh_arena *a, bh_node *table, bh_str key, bh_node *value);
void bh_node_push(bh_arena *a, bh_node *table, bh_node *value);
bool bh_node_equal(const bh_node *a, const bh_node *b); /* fields in any order; OPAQUE equals only itself */

/* Parses one JSON document. On failure BH_E_INVALID with "column N: …" (1-based, bytes) in err; `column` may be NULL.
 * Duplicate keys, trailing text, invalid UTF-8 and depth over 64 are errors. Strings are copied into the arena. */
bh_status bh_json_parse(bh_node **out, bh_arena *a, bh_str text, size_t *column, bh_error *err);

/* Canonical text of a tree: fields sorted by UTF-16 order, no white space. A TABLE with both items and fields is
 * written as an object with the items under the keys "1", "2", …; an empty one as {} unless is_array. OPAQUE and a
 * NULL pointer are null. A tree deeper than 200 makes the buffer `failed`. */
void bh_json_write(bh_buf *out, const bh_node *n);

/* Straight writing, for documents whose key order the caller knows to be sorted. */
void bh_json_str(bh_buf *out, bh_str s);   /* quoted and escaped as RFC 8785 has it */
/* A small writer that puts the commas: begin/end nest up to 32 deep. */
typedef struct bh_jw { bh_buf *out; uint32_t first_mask; int depth; bool after_key; } bh_jw;
void bh_jw_init(bh_jw *w, bh_buf *out);
void bh_jw_obj(bh_jw *w); void bh_jw_obj_end(bh_jw *w);
void bh_jw_arr(bh_jw *w); void bh_jw_arr_end(bh_jw *w);
void bh_jw_key_any(bh_jw *w, const char *key);
/* `len` bytes that need no escape. */
void bh_jw_key_plain(bh_jw *w, const char *key, size_t len);
/* A literal key is known to need no escape: ours are words. */
#define bh_jw_key(w, key) \
  (__builtin_constant_p(key) ? bh_jw_key_plain((w), (key), __builtin_strlen(key)) : bh_jw_key_any((w), (key)))
void bh_jw_str(bh_jw *w, bh_str s); void bh_jw_z(bh_jw *w, const char *z); /* NULL z writes null */
void bh_jw_int(bh_jw *w, int64_t v); void bh_jw_bool(bh_jw *w, bool v); void bh_jw_null(bh_jw *w);
void bh_jw_money(bh_jw *w, int64_t minor, int decimals);   /* as a string */
void bh_jw_day(bh_jw *w, int32_t day);                      /* as a string; DAY_MAX and DAY_MIN write null */
void bh_jw_raw(bh_jw *w, bh_str json);
#endif
