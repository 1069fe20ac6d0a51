/* What a sorter holds in memory: records in the order they came, chained by group. For sort*.c alone.
 * A group is all records whose keys begin with the same head. Who says where the head ends says that no head is the beginning of another one. What
 * comes from outside mostly comes in order, and if not as a whole, then client by client: within its group a record is compared with the one before
 * it, and only groups that were out of order are sorted. */
#ifndef BH_SORT_MEMORY_H
#define BH_SORT_MEMORY_H
#include "base/base.h"

enum { BH_SORT_HEAD_KEPT = 24 };
typedef struct bh_sort_group {
  uint64_t hash;
  size_t first, last; /* records, by their place in `data` */
  size_t count;
  uint64_t last_prefix; /* of what follows the head in the last record's key */
  uint32_t head_len;    /* of the first record's key */
  bool unordered;
  char head[BH_SORT_HEAD_KEPT]; /* its beginning: records lie far apart, and to look at one costs more than all the rest */
} bh_sort_group;

typedef struct bh_sort_memory {
  bh_buf data;
  bh_sort_group *groups;
  uint32_t *slots;            /* by hash: a group's number + 1; 0: free */
  size_t group_count, group_cap, slot_cap;
  size_t unordered_max;       /* records of the largest group that has to be sorted */
  size_t at_group, at_record; /* of reading; records behind each other by their chain */
} bh_sort_memory;
void bh_sort_memory_init(bh_sort_memory *m);
void bh_sort_memory_dispose(bh_sort_memory *m);
void bh_sort_memory_clear(bh_sort_memory *m); /* what it has grown to stays */
/* What it takes with `bytes` of key and payload more, sorting included. */
size_t bh_sort_memory_bytes(const bh_sort_memory *m, size_t bytes);
/* Where a record of at most `bytes` can be written, key first; valid until the next call. Buffers double, but not past the limit. */
char *bh_sort_memory_room(bh_sort_memory *m, size_t bytes, size_t limit);
void bh_sort_memory_add(bh_sort_memory *m, size_t key_len, size_t head_len, size_t payload_len); /* what was written there */
/* Puts everything in order; reading begins at the first. */
void bh_sort_memory_sort(bh_sort_memory *m);
void bh_sort_memory_rewind(bh_sort_memory *m);
bool bh_sort_memory_next(bh_sort_memory *m, bh_str *key, bh_str *payload);
#endif
