/* Blocks of records go round between the thread that merges and whoever takes them. */
#include "base/sort_ahead.h"
#include "base/thread.h"
#include <stdlib.h>

enum { BLOCKS = 4, BLOCK_BYTES = 128 * 1024 };

struct bh_sort_ahead {
  bh_merge *merge;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bh_buf blocks[BLOCKS];   /* records as in a run: lengths, key, payload */
  unsigned filled, taken;  /* blocks so far; filled - taken of them are waiting or being read. Under the lock */
  bool stop, end;          /* the taker wants no more; there are no more. Under the lock */
  bh_status status;        /* of the thread, with `end` */
  bh_error error;
  bool reading;            /* the taker's: it has a block, */
  size_t at;               /* and stands here in it */
};

/* The block to fill next; NULL: nobody wants it. */
static bh_buf *wait_for_room(bh_sort_ahead *a)
{
  pthread_mutex_lock(&a->lock);
  while (!a->stop && a->filled - a->taken == BLOCKS)
    pthread_cond_wait(&a->changed, &a->lock);
  bh_buf *b = a->stop ? NULL : &a->blocks[a->filled % BLOCKS];
  pthread_mutex_unlock(&a->lock);
  return b;
}

static bh_status fill(bh_sort_ahead *a, bh_buf *b, bool *more)
{
  bh_buf_clear(b);
  while (*more && b->len < BLOCK_BYTES) {
    bh_str key, payload;
    bh_status rc = bh_merge_next(a->merge, &key, &payload, more, &a->error);
    if (rc)
      return rc;
    if (*more)
      bh_sort_record_put(b, key, payload);
  }
  return BH_OK;
}

static void *run(void *arg)
{
  bh_sort_ahead *a = arg;
  bool more = true;
  bh_status rc = BH_OK;
  while (more && rc == BH_OK) {
    bh_buf *b = wait_for_room(a);
    if (!b)
      break;
    rc = fill(a, b, &more);
    pthread_mutex_lock(&a->lock);
    a->filled++;
    a->end = !more || rc;
    a->status = rc;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
  }
  return NULL;
}

bh_sort_ahead *bh_sort_ahead_begin(bh_merge *m)
{
  bh_sort_ahead *a = calloc(1, sizeof *a);
  if (!a)
    bh_out_of_memory(sizeof *a);
  a->merge = m;
  for (size_t i = 0; i < BLOCKS; i++)
    bh_buf_init(&a->blocks[i], SIZE_MAX / 2);
  pthread_mutex_init(&a->lock, NULL);
  pthread_cond_init(&a->changed, NULL);
  if (bh_thread_start(&a->thread, 0, run, a))
    return a;
  pthread_cond_destroy(&a->changed);
  pthread_mutex_destroy(&a->lock);
  free(a);
  return NULL;
}

/* Gives the block at hand back and waits for the next. False: there is none any more. */
static bool next_block(bh_sort_ahead *a)
{
  pthread_mutex_lock(&a->lock);
  if (a->reading) {
    a->taken++;
    pthread_cond_signal(&a->changed);
  }
  while (a->filled == a->taken && !a->end)
    pthread_cond_wait(&a->changed, &a->lock);
  a->reading = a->filled != a->taken;
  pthread_mutex_unlock(&a->lock);
  a->at = 0;
  return a->reading;
}

bh_status bh_sort_ahead_next(bh_sort_ahead *a, bh_str *key, bh_str *payload, bool *more, bh_error *err)
{
  *more = true;
  while (*more && !(a->reading && a->at < a->blocks[a->taken % BLOCKS].len))
    *more = next_block(a);
  if (*more)
    a->at += bh_sort_record_get(a->blocks[a->taken % BLOCKS].ptr + a->at, key, payload);
  else if (a->status)
    return bh_fail(err, a->status, "%s", a->error.message);
  return BH_OK;
}

void bh_sort_ahead_end(bh_sort_ahead *a)
{
  if (!a)
    return;
  pthread_mutex_lock(&a->lock);
  a->stop = true;
  pthread_cond_signal(&a->changed);
  pthread_mutex_unlock(&a->lock);
  pthread_join(a->thread, NULL);
  pthread_cond_destroy(&a->changed);
  pthread_mutex_destroy(&a->lock);
  for (size_t i = 0; i < BLOCKS; i++)
    bh_buf_dispose(&a->blocks[i]);
  free(a);
}
