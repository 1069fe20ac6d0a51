/* The external sorter: records gather in memory, spill as sorted runs, and come back merged. */
#include "base/sort.h"
#include "base/sort_ahead.h"
#include "base/sort_memory.h"
#include <stdlib.h>

enum {
  MEMORY_BYTES_MIN = 64 * 1024,
  FAN_IN_MIN = 4,
  FAN_IN_MAX = 256,
  WINDOW_BYTES_WISHED = 32 * 1024 /* a smaller window a run makes the merge seek */
};

struct bh_sorter {
  size_t memory_bytes;
  char *dir;
  bh_sort_memory memory;
  bh_sort_file file;
  bh_run *runs;
  size_t run_count, run_cap;
  bh_merge merge;
  bh_sort_ahead *ahead; /* NULL: the merge is read here */
  bool finished, merging;
};

bh_status bh_sorter_new(bh_sorter **out, size_t memory_bytes, const char *tmp_dir, bh_error *err)
{
  bh_sorter *s = calloc(1, sizeof *s);
  char *dir = strdup(tmp_dir ? tmp_dir : "/tmp");
  if (!s || !dir)
    bh_out_of_memory(sizeof *s);
  s->memory_bytes = memory_bytes < MEMORY_BYTES_MIN ? MEMORY_BYTES_MIN : memory_bytes;
  s->dir = dir;
  s->file.fd = -1;
  bh_sort_memory_init(&s->memory);
  *out = s;
  return BH_OK;
}

void bh_sorter_free(bh_sorter *s)
{
  if (!s)
    return;
  bh_sort_ahead_end(s->ahead);
  bh_merge_close(&s->merge);
  bh_sort_file_close(&s->file);
  bh_sort_memory_dispose(&s->memory);
  free(s->runs);
  free(s->dir);
  free(s);
}

static void add_run(bh_run **runs, size_t *n, size_t *cap, bh_run run)
{
  if (*n == *cap) {
    size_t larger = *cap ? *cap * 2 : 16;
    bh_run *p = realloc(*runs, larger * sizeof *p);
    if (!p)
      bh_out_of_memory(larger * sizeof *p);
    *runs = p;
    *cap = larger;
  }
  (*runs)[(*n)++] = run;
}

static bh_status spill(bh_sorter *s, bh_error *err)
{
  bh_status rc = s->file.fd < 0 ? bh_sort_file_open(&s->file, s->dir, err) : BH_OK;
  bh_run run = {.at = s->file.len};
  bh_str key, payload;
  bh_sort_memory_sort(&s->memory);
  while (!rc && bh_sort_memory_next(&s->memory, &key, &payload))
    rc = bh_sort_file_put_record(&s->file, key, payload, err);
  if (!rc)
    rc = bh_sort_file_flush(&s->file, err);
  if (rc)
    return rc;
  run.end = s->file.len;
  add_run(&s->runs, &s->run_count, &s->run_cap, run);
  bh_sort_memory_clear(&s->memory);
  return BH_OK;
}

bh_status bh_sorter_room(bh_sorter *s, char **room, size_t bytes, bh_error *err)
{
  if (!bh_check(!s->finished))
    return bh_fail(err, BH_E_BUG, "a record after the end of sorting");
  if (bytes > UINT32_MAX)
    return bh_fail(err, BH_E_OVERFLOW, "a record of more than 4 GiB cannot be sorted");
  if (s->memory.group_count && bh_sort_memory_bytes(&s->memory, bytes) > s->memory_bytes) {
    bh_status rc = spill(s, err);
    if (rc)
      return rc;
  }
  *room = bh_sort_memory_room(&s->memory, bytes, s->memory_bytes);
  return BH_OK;
}

void bh_sorter_put(bh_sorter *s, size_t key_len, size_t head_len, size_t payload_len)
{
  bh_sort_memory_add(&s->memory, key_len, head_len, payload_len);
}

bh_status bh_sorter_add(bh_sorter *s, bh_str key, bh_str payload, bh_error *err)
{
  char *room = NULL;
  bh_status rc = bh_sorter_room(s, &room, key.len + payload.len, err);
  if (rc)
    return rc;
  if (key.len)
    memcpy(room, key.ptr, key.len);
  if (payload.len)
    memcpy(room + key.len, payload.ptr, payload.len);
  bh_sorter_put(s, key.len, 0, payload.len);
  return BH_OK;
}

static bh_status merge_into(bh_sorter *s, bh_sort_file *to, const bh_run *runs, size_t n, bh_error *err)
{
  bh_merge m;
  bool more = true;
  bh_status rc = bh_merge_open(&m, &s->file, runs, n, s->memory_bytes, err);
  while (!rc && more) {
    bh_str key, payload;
    rc = bh_merge_next(&m, &key, &payload, &more, err);
    if (!rc && more)
      rc = bh_sort_file_put_record(to, key, payload, err);
  }
  bh_merge_close(&m);
  return rc ? rc : bh_sort_file_flush(to, err);
}

/* Too many runs for one merge: neighbours become longer runs in a new file, which takes the old one's place. */
static bh_status merge_pass(bh_sorter *s, size_t fan_in, bh_error *err)
{
  bh_sort_file to;
  bh_run *runs = NULL;
  size_t count = 0, cap = 0;
  bh_status rc = bh_sort_file_open(&to, s->dir, err);
  if (rc)
    return rc;
  for (size_t i = 0; !rc && i < s->run_count; i += fan_in) {
    bh_run run = {.at = to.len};
    size_t n = s->run_count - i < fan_in ? s->run_count - i : fan_in;
    rc = merge_into(s, &to, s->runs + i, n, err);
    run.end = to.len;
    add_run(&runs, &count, &cap, run);
  }
  if (rc) {
    bh_sort_file_close(&to);
    free(runs);
    return rc;
  }
  bh_sort_file_close(&s->file);
  free(s->runs);
  s->file = to;
  s->runs = runs;
  s->run_count = count;
  s->run_cap = cap;
  return BH_OK;
}

static bh_status begin_merge(bh_sorter *s, bh_error *err)
{
  bh_status rc = bh_merge_open(&s->merge, &s->file, s->runs, s->run_count, s->memory_bytes, err);
  s->merging = !rc;
  if (s->merging)
    s->ahead = bh_sort_ahead_begin(&s->merge);
  return rc;
}

bh_status bh_sorter_finish(bh_sorter *s, bh_error *err)
{
  s->finished = true;
  if (s->run_count == 0) {
    bh_sort_memory_sort(&s->memory);
    return BH_OK;
  }
  bh_status rc = s->memory.group_count ? spill(s, err) : BH_OK;
  bh_sort_memory_dispose(&s->memory);
  size_t fan_in = s->memory_bytes / WINDOW_BYTES_WISHED;
  fan_in = fan_in < FAN_IN_MIN ? FAN_IN_MIN : fan_in > FAN_IN_MAX ? FAN_IN_MAX : fan_in;
  while (!rc && s->run_count > fan_in)
    rc = merge_pass(s, fan_in, err);
  return rc ? rc : begin_merge(s, err);
}

bh_status bh_sorter_next(bh_sorter *s, bh_str *key, bh_str *payload, bool *more, bh_error *err)
{
  *more = false;
  if (!bh_check(s->finished))
    return bh_fail(err, BH_E_BUG, "a sorter was read before its end");
  if (s->ahead)
    return bh_sort_ahead_next(s->ahead, key, payload, more, err);
  if (s->merging)
    return bh_merge_next(&s->merge, key, payload, more, err);
  if (s->run_count)
    return bh_fail(err, BH_E_STORE, "a temporary file in %s could not be sorted", s->dir);
  *more = bh_sort_memory_next(&s->memory, key, payload);
  return BH_OK;
}

bh_status bh_sorter_rewind(bh_sorter *s, bh_error *err)
{
  if (!bh_check(s->finished))
    return bh_fail(err, BH_E_BUG, "a sorter was rewound before its end");
  bh_sort_memory_rewind(&s->memory);
  if (!s->merging)
    return BH_OK;
  bh_sort_ahead_end(s->ahead);
  s->ahead = NULL;
  bh_merge_close(&s->merge);
  return begin_merge(s, err);
}
