/* The external sorter: records gather in memory, spill as sorted runs, and come back merged. */
#include "base/sort.h"
#include "base/sort_file.h"
#include <stdlib.h>

enum {
  MEMORY_BYTES_MIN = 64 * 1024,
  FAN_IN_MIN = 4,
  FAN_IN_MAX = 256,
  WINDOW_BYTES_WISHED = 32 * 1024 /* a smaller window a run makes the merge seek */
};

typedef struct entry {
  uint64_t prefix;
  size_t at; /* of the record in `data`: also the order in which records came */
} entry;

struct bh_sorter {
  size_t memory_bytes;
  char *dir;
  bh_buf data;
  entry *entries;
  size_t n, cap, next;
  bool unordered; /* a record in memory came after one that it belongs before */
  bh_sort_file file;
  bh_run *runs;
  size_t run_count, run_cap;
  bh_merge merge;
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
  bh_buf_init(&s->data, SIZE_MAX / 2);
  *out = s;
  return BH_OK;
}

static void drop_memory(bh_sorter *s)
{
  bh_buf_dispose(&s->data);
  free(s->entries);
  s->entries = NULL;
  s->n = s->cap = 0;
}

void bh_sorter_free(bh_sorter *s)
{
  if (!s)
    return;
  bh_merge_close(&s->merge);
  bh_sort_file_close(&s->file);
  drop_memory(s);
  free(s->runs);
  free(s->dir);
  free(s);
}

static void record_at(const bh_sorter *s, size_t at, bh_str *key, bh_str *payload)
{
  uint32_t lengths[2];
  const char *p = s->data.ptr + at;
  memcpy(lengths, p, sizeof lengths);
  *key = (bh_str){p + sizeof lengths, lengths[0]};
  *payload = (bh_str){p + sizeof lengths + lengths[0], lengths[1]};
}

static int by_key_then_arrival(const void *x, const void *y, void *sorter)
{
  const entry *a = x, *b = y;
  if (a->prefix != b->prefix)
    return a->prefix < b->prefix ? -1 : 1;
  bh_str key_a, key_b, payload;
  record_at(sorter, a->at, &key_a, &payload);
  record_at(sorter, b->at, &key_b, &payload);
  int order = bh_str_cmp(key_a, key_b);
  return order ? order : a->at < b->at ? -1 : a->at > b->at;
}

static void sort_memory(bh_sorter *s)
{
  if (s->unordered)
    qsort_r(s->entries, s->n, sizeof *s->entries, by_key_then_arrival, s);
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
  sort_memory(s);
  for (size_t i = 0; !rc && i < s->n; i++) {
    bh_str key, payload;
    record_at(s, s->entries[i].at, &key, &payload);
    rc = bh_sort_file_put_record(&s->file, key, payload, err);
  }
  if (!rc)
    rc = bh_sort_file_flush(&s->file, err);
  if (rc)
    return rc;
  run.end = s->file.len;
  add_run(&s->runs, &s->run_count, &s->run_cap, run);
  bh_buf_clear(&s->data);
  s->n = 0;
  s->unordered = false;
  return BH_OK;
}

/* Buffers double, but not past what the limit leaves them: doubling alone would hold up to twice the limit. */
static void make_room(bh_sorter *s, size_t bytes)
{
  if (bytes > s->data.cap - s->data.len && s->data.cap > s->memory_bytes / 2)
    s->data.max = s->data.len + bytes > s->memory_bytes ? s->data.len + bytes : s->memory_bytes;
  bh_buf_room(&s->data, bytes);
  s->data.max = SIZE_MAX / 2;
  if (s->n == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 256;
    entry *p = realloc(s->entries, cap * sizeof *p);
    if (!p)
      bh_out_of_memory(cap * sizeof *p);
    s->entries = p;
    s->cap = cap;
  }
}

bh_status bh_sorter_add(bh_sorter *s, bh_str key, bh_str payload, bh_error *err)
{
  if (!bh_check(!s->finished))
    return bh_fail(err, BH_E_BUG, "a record after the end of sorting");
  if (key.len > UINT32_MAX || payload.len > UINT32_MAX)
    return bh_fail(err, BH_E_OVERFLOW, "a record of more than 4 GiB cannot be sorted");
  size_t bytes = BH_SORT_HEADER_BYTES + key.len + payload.len;
  /* An entry counts twice: sorting makes a copy of the entries. */
  if (s->n && s->data.len + bytes + 2 * (s->n + 1) * sizeof(entry) > s->memory_bytes) {
    bh_status rc = spill(s, err);
    if (rc)
      return rc;
  }
  make_room(s, bytes);
  uint32_t lengths[2] = {(uint32_t)key.len, (uint32_t)payload.len};
  s->entries[s->n++] = (entry){bh_sort_prefix(key), s->data.len};
  bh_buf_put(&s->data, lengths, sizeof lengths);
  bh_buf_puts(&s->data, key);
  bh_buf_puts(&s->data, payload);
  if (s->n > 1 && !s->unordered) /* what comes in order, as most does, need not be sorted */
    s->unordered = by_key_then_arrival(&s->entries[s->n - 2], &s->entries[s->n - 1], s) > 0;
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

bh_status bh_sorter_finish(bh_sorter *s, bh_error *err)
{
  s->finished = true;
  if (s->run_count == 0) {
    sort_memory(s);
    return BH_OK;
  }
  bh_status rc = s->n ? spill(s, err) : BH_OK;
  drop_memory(s);
  size_t fan_in = s->memory_bytes / WINDOW_BYTES_WISHED;
  fan_in = fan_in < FAN_IN_MIN ? FAN_IN_MIN : fan_in > FAN_IN_MAX ? FAN_IN_MAX : fan_in;
  while (!rc && s->run_count > fan_in)
    rc = merge_pass(s, fan_in, err);
  if (!rc)
    rc = bh_merge_open(&s->merge, &s->file, s->runs, s->run_count, s->memory_bytes, err);
  s->merging = !rc;
  return rc;
}

bh_status bh_sorter_next(bh_sorter *s, bh_str *key, bh_str *payload, bool *more, bh_error *err)
{
  *more = false;
  if (!bh_check(s->finished))
    return bh_fail(err, BH_E_BUG, "a sorter was read before its end");
  if (s->merging)
    return bh_merge_next(&s->merge, key, payload, more, err);
  if (s->run_count)
    return bh_fail(err, BH_E_STORE, "a temporary file in %s could not be sorted", s->dir);
  *more = s->next < s->n;
  if (*more)
    record_at(s, s->entries[s->next++].at, key, payload);
  return BH_OK;
}

bh_status bh_sorter_rewind(bh_sorter *s, bh_error *err)
{
  if (!bh_check(s->finished))
    return bh_fail(err, BH_E_BUG, "a sorter was rewound before its end");
  s->next = 0;
  if (!s->merging)
    return BH_OK;
  bh_merge_close(&s->merge);
  bh_status rc = bh_merge_open(&s->merge, &s->file, s->runs, s->run_count, s->memory_bytes, err);
  s->merging = !rc;
  return rc;
}
