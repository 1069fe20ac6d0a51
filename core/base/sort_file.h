/* The external sorter's temporary file: written in runs, read back through small windows. For sort*.c alone. */
#ifndef BH_SORT_FILE_H
#define BH_SORT_FILE_H
#include "base/sort.h"
#include <sys/types.h>

enum { BH_SORT_HEADER_BYTES = 8 }; /* lengths of key and payload, before their bytes */

typedef struct bh_run { off_t at, end; } bh_run;

typedef struct bh_sort_file {
  int fd;          /* -1: none */
  off_t len;       /* with what is still in `pending` */
  bh_buf pending;
  const char *dir; /* for messages */
} bh_sort_file;
bh_status bh_sort_file_open(bh_sort_file *f, const char *dir, bh_error *err);
void bh_sort_file_close(bh_sort_file *f);
bh_status bh_sort_file_put(bh_sort_file *f, const void *bytes, size_t n, bh_error *err);
bh_status bh_sort_file_put_record(bh_sort_file *f, bh_str key, bh_str payload, bh_error *err);
bh_status bh_sort_file_flush(bh_sort_file *f, bh_error *err);

/* The first eight bytes of a key, comparable as a number: most comparisons end there. */
static inline uint64_t bh_sort_prefix(bh_str key)
{
  uint64_t w = 0;
  if (key.len)
    memcpy(&w, key.ptr, key.len < 8 ? key.len : 8);
  return __builtin_bswap64(w);
}

/* A record as it lies in a run. Of one that lies there whole; gives its length in bytes. */
static inline void bh_sort_record_put(bh_buf *b, bh_str key, bh_str payload)
{
  const uint32_t lengths[2] = {(uint32_t)key.len, (uint32_t)payload.len};
  bh_buf_put(b, lengths, sizeof lengths);
  bh_buf_puts(b, key);
  bh_buf_puts(b, payload);
}
static inline size_t bh_sort_record_get(const char *p, bh_str *key, bh_str *payload)
{
  uint32_t lengths[2];
  memcpy(lengths, p, sizeof lengths);
  *key = (bh_str){p + sizeof lengths, lengths[0]};
  *payload = (bh_str){key->ptr + lengths[0], lengths[1]};
  return sizeof lengths + lengths[0] + lengths[1];
}

/* Reads several runs of one file as one sorted sequence; among equal keys, earlier runs first. */
typedef struct bh_merge {
  struct bh_run_reader *readers;
  uint32_t *heap; /* of readers that have a record */
  size_t n, live;
  bool begun;
} bh_merge;
bh_status bh_merge_open(bh_merge *m, const bh_sort_file *f, const bh_run *runs, size_t n, size_t memory_bytes, bh_error *err);
bh_status bh_merge_next(bh_merge *m, bh_str *key, bh_str *payload, bool *more, bh_error *err);
void bh_merge_close(bh_merge *m);
#endif
