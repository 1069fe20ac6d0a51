/* Merging sorted runs: one window a run, and a heap of their foremost records. */
#include "base/sort_file.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { WINDOW_BYTES_MIN = 4096, WINDOW_BYTES_MAX = 1024 * 1024 };

typedef struct bh_run_reader {
  const bh_sort_file *file;
  off_t at, end;         /* what of the run has not been read yet */
  char *window;
  size_t cap, pos, len;  /* the window holds len bytes, the next record begins at pos */
  bh_str key, payload;   /* the record in front */
  uint64_t prefix;
} reader;

/* Makes the window hold at least `need` bytes from pos on. False in *there at the end of the run. */
static bh_status fill(reader *r, size_t need, bool *there, bh_error *err)
{
  *there = true;
  if (r->len - r->pos >= need)
    return BH_OK;
  memmove(r->window, r->window + r->pos, r->len - r->pos);
  r->len -= r->pos;
  r->pos = 0;
  if (need > r->cap) {
    char *larger = realloc(r->window, need);
    if (!larger)
      bh_out_of_memory(need);
    r->window = larger;
    r->cap = need;
  }
  while (r->len < r->cap && r->at < r->end) {
    size_t want = r->cap - r->len;
    if ((off_t)want > r->end - r->at)
      want = (size_t)(r->end - r->at);
    ssize_t n = pread(r->file->fd, r->window + r->len, want, r->at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return bh_fail(err, BH_E_STORE, "cannot read a temporary file in %s: %s", r->file->dir, n ? strerror(errno) : "it is too short");
    r->len += (size_t)n;
    r->at += n;
  }
  if (r->len >= need)
    return BH_OK;
  if (r->len)
    return bh_fail(err, BH_E_STORE, "a temporary file in %s is damaged", r->file->dir);
  *there = false;
  return BH_OK;
}

static bh_status advance(reader *r, bool *there, bh_error *err)
{
  uint32_t lengths[2];
  bh_status rc = fill(r, sizeof lengths, there, err);
  if (rc || !*there)
    return rc;
  memcpy(lengths, r->window + r->pos, sizeof lengths);
  size_t whole = sizeof lengths + (size_t)lengths[0] + lengths[1];
  rc = fill(r, whole, there, err);
  if (rc)
    return rc;
  const char *p = r->window + r->pos + sizeof lengths;
  r->key = (bh_str){p, lengths[0]};
  r->payload = (bh_str){p + lengths[0], lengths[1]};
  r->prefix = bh_sort_prefix(r->key);
  r->pos += whole;
  return BH_OK;
}

static bool before(const bh_merge *m, uint32_t a, uint32_t b)
{
  const reader *x = &m->readers[a], *y = &m->readers[b];
  if (x->prefix != y->prefix)
    return x->prefix < y->prefix;
  int order = bh_str_cmp(x->key, y->key);
  return order ? order < 0 : a < b;
}

static void sift_down(bh_merge *m, size_t i)
{
  uint32_t moved = m->heap[i];
  for (size_t child = 2 * i + 1; child < m->live; child = 2 * i + 1) {
    if (child + 1 < m->live && before(m, m->heap[child + 1], m->heap[child]))
      child++;
    if (!before(m, m->heap[child], moved))
      break;
    m->heap[i] = m->heap[child];
    i = child;
  }
  m->heap[i] = moved;
}

bh_status bh_merge_open(bh_merge *m, const bh_sort_file *f, const bh_run *runs, size_t n, size_t memory_bytes, bh_error *err)
{
  size_t window = memory_bytes / (n ? n : 1);
  window = window < WINDOW_BYTES_MIN ? WINDOW_BYTES_MIN : window > WINDOW_BYTES_MAX ? WINDOW_BYTES_MAX : window;
  *m = (bh_merge){.n = n, .readers = calloc(n, sizeof *m->readers), .heap = calloc(n, sizeof *m->heap)};
  if (n && (!m->readers || !m->heap))
    bh_out_of_memory(n * sizeof *m->readers);
  for (size_t i = 0; i < n; i++) {
    reader *r = &m->readers[i];
    bool there;
    *r = (reader){.file = f, .at = runs[i].at, .end = runs[i].end, .window = malloc(window), .cap = window};
    if (!r->window)
      bh_out_of_memory(window);
    bh_status rc = advance(r, &there, err);
    if (rc)
      return rc;
    if (there)
      m->heap[m->live++] = (uint32_t)i;
  }
  for (size_t i = m->live / 2; i-- > 0;)
    sift_down(m, i);
  return BH_OK;
}

bh_status bh_merge_next(bh_merge *m, bh_str *key, bh_str *payload, bool *more, bh_error *err)
{
  /* The record that was handed out last leaves only now: its bytes were promised until this call. */
  if (m->begun && m->live) {
    bool there;
    bh_status rc = advance(&m->readers[m->heap[0]], &there, err);
    if (rc)
      return rc;
    if (!there)
      m->heap[0] = m->heap[--m->live];
    if (m->live)
      sift_down(m, 0);
  }
  m->begun = true;
  *more = m->live > 0;
  if (*more) {
    *key = m->readers[m->heap[0]].key;
    *payload = m->readers[m->heap[0]].payload;
  }
  return BH_OK;
}

void bh_merge_close(bh_merge *m)
{
  for (size_t i = 0; m->readers && i < m->n; i++)
    free(m->readers[i].window);
  free(m->readers);
  free(m->heap);
  *m = (bh_merge){0};
}
