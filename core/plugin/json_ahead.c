/* Jobs for the threads that read: they take the oldest, and whoever gave them takes them back in any order. */
#include "plugin/json_ahead.h"
#include "base/thread.h"
#include "plugin/json_reader.h"
#include "plugin/json_tape.h"
#include <stdlib.h>

enum { THREADS = 2, JOBS = BH_PAGES_AHEAD_MAX, BODY_BYTES_MAX = 1024 * 1024, TAPE_BYTES_MAX = 2 * 1024 * 1024, SLICE_BYTES = 65536, STACK_BYTES = 512 * 1024 };

typedef enum job_state { FREE, GIVEN, BEING_READ, READ } job_state;

typedef struct job {
  job_state state;         /* under the lock */
  uint64_t number;         /* in the order given */
  bh_buf url;              /* the giver's; empty: free */
  bh_str body;
  bh_json_tape tape;
  bh_json_reader *reader;  /* NULL until the first page */
  bh_host_ctx host;        /* its own: what it could not read goes into its reason */
  bh_json_page page;
} job;

struct bh_json_ahead {
  pthread_t threads[THREADS];
  int thread_count;
  pthread_mutex_t lock;
  pthread_cond_t given, read;
  bool stop;               /* under the lock */
  uint64_t count;
  const bh_json_query *const *queries;
  bh_status not_json;
  void (*wake)(void *ctx);
  void *wake_ctx;
  job *taken;
  job jobs[JOBS];
};

/* From when it is GIVEN until it is READ a job is the threads', but for its url. */
static void read_job(job *j, bh_status not_json)
{
  bh_str rest = j->body;
  bh_status rc = BH_OK;
  bh_buf_clear(&j->tape.bytes);
  bh_host_call_begin(&j->host);
  if (j->reader)
    bh_json_reader_restart(j->reader);
  else
    rc = bh_json_reader_new(&j->reader, &j->host, j->tape.queries, j->tape.query_count);
  j->page = (bh_json_page){.status = rc, .reason = j->host.reason};
  if (rc)
    return;
  bh_page_hash_init(&j->page.hash);
  bh_page_hash_add(&j->page.hash, j->body);
  while (rc == BH_OK && rest.len) { /* piece by piece, as from the network: a value that is too large is one here, too */
    size_t n = rest.len < SLICE_BYTES ? rest.len : SLICE_BYTES;
    rc = bh_json_reader_feed(j->reader, (bh_str){rest.ptr, n}, not_json);
    rest = (bh_str){rest.ptr + n, rest.len - n};
  }
  if (rc == BH_OK)
    rc = bh_json_reader_end(j->reader, not_json);
  j->page.status = rc;
  j->page.records = bh_json_reader_records(j->reader, 0);
  j->page.listed = bh_json_reader_listed(j->reader, 0);
}

static job *oldest(bh_json_ahead *x)
{
  job *found = NULL;
  for (size_t i = 0; i < JOBS; i++)
    if (x->jobs[i].state == GIVEN && (!found || x->jobs[i].number < found->number))
      found = &x->jobs[i];
  return found;
}

static void *run(void *arg)
{
  bh_json_ahead *x = arg;
  pthread_mutex_lock(&x->lock);
  while (!x->stop) {
    job *j = oldest(x);
    if (!j) {
      pthread_cond_wait(&x->given, &x->lock);
      continue;
    }
    j->state = BEING_READ;
    pthread_mutex_unlock(&x->lock);
    read_job(j, x->not_json);
    pthread_mutex_lock(&x->lock);
    j->state = READ;
    pthread_cond_signal(&x->read);
    x->wake(x->wake_ctx);
  }
  pthread_mutex_unlock(&x->lock);
  return NULL;
}

static void dispose(bh_json_ahead *x)
{
  pthread_cond_destroy(&x->read);
  pthread_cond_destroy(&x->given);
  pthread_mutex_destroy(&x->lock);
  for (size_t i = 0; i < JOBS; i++) {
    bh_buf_dispose(&x->jobs[i].url);
    bh_json_reader_free(x->jobs[i].reader);
    bh_json_tape_dispose(&x->jobs[i].tape);
    bh_host_ctx_dispose(&x->jobs[i].host);
  }
  free(x);
}

bh_json_ahead *bh_json_ahead_new(const bh_json_query *const *queries, size_t n, bh_status not_json, void (*wake)(void *ctx), void *wake_ctx)
{
  bh_json_ahead *x = calloc(1, sizeof *x);
  if (!x)
    bh_out_of_memory(sizeof *x);
  x->queries = queries;
  x->not_json = not_json;
  x->wake = wake;
  x->wake_ctx = wake_ctx;
  for (size_t i = 0; i < JOBS; i++) {
    bh_buf_init(&x->jobs[i].url, SIZE_MAX / 2);
    bh_json_tape_init(&x->jobs[i].tape, queries, n, TAPE_BYTES_MAX);
    bh_host_ctx_init(&x->jobs[i].host);
  }
  pthread_mutex_init(&x->lock, NULL);
  pthread_cond_init(&x->given, NULL);
  pthread_cond_init(&x->read, NULL);
  while (x->thread_count < THREADS && bh_thread_start(&x->threads[x->thread_count], STACK_BYTES, run, x))
    x->thread_count++;
  if (x->thread_count > 0)
    return x;
  dispose(x);
  return NULL;
}

void bh_json_ahead_free(bh_json_ahead *x)
{
  if (!x)
    return;
  pthread_mutex_lock(&x->lock);
  x->stop = true;
  pthread_cond_broadcast(&x->given);
  pthread_mutex_unlock(&x->lock);
  for (int i = 0; i < x->thread_count; i++)
    pthread_join(x->threads[i], NULL);
  dispose(x);
}

/* Whether a job is free is the giver's to say: no lock is needed to find one. */
static job *find(bh_json_ahead *x, bh_str url)
{
  for (size_t i = 0; i < JOBS; i++)
    if (x->jobs[i].url.len && bh_str_eq(bh_buf_str(&x->jobs[i].url), url))
      return &x->jobs[i];
  return NULL;
}

bool bh_json_ahead_has(bh_json_ahead *x, bh_str url)
{
  return find(x, url) != NULL;
}

bool bh_json_ahead_reads(bh_json_ahead *x, bh_str url)
{
  job *j = find(x, url);
  if (!j)
    return false;
  pthread_mutex_lock(&x->lock);
  bool reads = j->state != READ;
  pthread_mutex_unlock(&x->lock);
  return reads;
}

bool bh_json_ahead_give(bh_json_ahead *x, bh_str url, bh_str body)
{
  job *j = NULL;
  for (size_t i = 0; i < JOBS && !j; i++)
    if (x->jobs[i].url.len == 0)
      j = &x->jobs[i];
  if (!j || url.len == 0 || body.len > BODY_BYTES_MAX)
    return false;
  bh_buf_puts(&j->url, url);
  j->body = body;
  j->number = x->count++;
  pthread_mutex_lock(&x->lock);
  j->state = GIVEN;
  pthread_cond_signal(&x->given);
  pthread_mutex_unlock(&x->lock);
  return true;
}

static void forget(bh_json_ahead *x, job *j)
{
  pthread_mutex_lock(&x->lock);
  j->state = FREE;
  pthread_mutex_unlock(&x->lock);
  bh_buf_clear(&j->url);
}

bool bh_json_ahead_take(bh_json_ahead *x, bh_str url, bh_json_page *out)
{
  job *j = find(x, url);
  if (!j)
    return false;
  pthread_mutex_lock(&x->lock);
  while (j->state != READ)
    pthread_cond_wait(&x->read, &x->lock);
  pthread_mutex_unlock(&x->lock);
  if (j->page.status == BH_E_OVERFLOW) {
    forget(x, j);
    return false;
  }
  *out = j->page;
  x->taken = j;
  return true;
}

bh_status bh_json_ahead_play(bh_json_ahead *x)
{
  bh_status rc = bh_json_tape_play(&x->taken->tape, x->queries);
  forget(x, x->taken);
  return rc;
}
