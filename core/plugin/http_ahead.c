/* Pages asked for ahead, side by side, over libcurl's multi interface. A page that does not come whole this way is asked for once more in the
 * ordinary way, with its repeats, when its turn comes: what goes ahead only saves time. */
#include "plugin/http.h"
#include <stdlib.h>

enum { SLOTS_MAX = 8, PAGE_BYTES_MAX = 8 * 1024 * 1024, HEADERS_BYTES_MAX = 64 * 1024, TURN_MS = 200 };

typedef struct slot {
  CURL *curl;
  bh_http_attempt attempt;
  bh_http_sink sink;
  bh_buf url, body, headers, refusal;
  bool busy, done, whole;
} slot;

struct bh_http_ahead {
  bh_http *h;
  const bh_http_request *q;
  CURLM *multi;
  uint32_t width;
  slot slots[SLOTS_MAX];
};

bh_http_ahead *bh_http_ahead_new(bh_http *h, const bh_http_request *q, uint32_t width)
{
  bh_http_ahead *x = calloc(1, sizeof *x);
  if (!x || !(x->multi = curl_multi_init()))
    bh_out_of_memory(sizeof *x);
  x->h = h;
  x->q = q;
  x->width = width < SLOTS_MAX ? width : SLOTS_MAX;
  if (h->concurrency && h->concurrency < x->width)
    x->width = h->concurrency;
  for (uint32_t i = 0; i < x->width; i++) {
    slot *s = &x->slots[i];
    bh_buf_init(&s->url, 65536);
    bh_buf_init(&s->body, PAGE_BYTES_MAX);
    bh_buf_init(&s->headers, HEADERS_BYTES_MAX);
    bh_buf_init(&s->refusal, BH_HTTP_REFUSAL_BYTES);
  }
  return x;
}

static void drop(bh_http_ahead *x, slot *s)
{
  if (s->busy)
    curl_multi_remove_handle(x->multi, s->curl);
  if (s->busy || s->done)
    bh_http_attempt_end(&s->attempt);
  s->busy = s->done = s->whole = false;
}

void bh_http_ahead_free(bh_http_ahead *x)
{
  if (!x)
    return;
  for (uint32_t i = 0; i < x->width; i++) {
    slot *s = &x->slots[i];
    drop(x, s);
    if (s->curl)
      curl_easy_cleanup(s->curl);
    bh_buf_dispose(&s->url);
    bh_buf_dispose(&s->body);
    bh_buf_dispose(&s->headers);
    bh_buf_dispose(&s->refusal);
  }
  curl_multi_cleanup(x->multi);
  free(x);
}

static bh_status on_body(void *ctx, bh_str bytes)
{
  return bh_buf_puts(&((slot *)ctx)->body, bytes) ? BH_OK : BH_E_PERMANENT;
}

static slot *find(bh_http_ahead *x, bh_str url)
{
  for (uint32_t i = 0; i < x->width; i++)
    if ((x->slots[i].busy || x->slots[i].done) && bh_str_eq(bh_buf_str(&x->slots[i].url), url))
      return &x->slots[i];
  return NULL;
}

void bh_http_ahead_start(bh_http_ahead *x, bh_str url)
{
  char method[16];
  if (x->h->run->transport || url.len == 0 || find(x, url) || bh_http_turn_ms(x->h) > 0 || !bh_http_method(method, x->q))
    return;
  slot *s = NULL;
  for (uint32_t i = 0; i < x->width && !s; i++)
    if (!x->slots[i].busy && !x->slots[i].done)
      s = &x->slots[i];
  if (!s || (!s->curl && !(s->curl = curl_easy_init())))
    return;
  bh_buf_clear(&s->url);
  bh_buf_clear(&s->body);
  bh_buf_puts(&s->url, url);
  bh_buf_putc(&s->url, 0); /* libcurl takes it as a C string, and keeps a copy */
  s->url.len--;
  s->sink = (bh_http_sink){.body = on_body, .ctx = s};
  s->attempt = (bh_http_attempt){.h = x->h, .curl = s->curl, .sink = &s->sink, .bytes_max = PAGE_BYTES_MAX, .headers = &s->headers, .refusal = &s->refusal};
  if (bh_http_attempt_begin(&s->attempt, x->q, s->url.ptr, method) != BH_OK)
    return;
  if (curl_multi_add_handle(x->multi, s->curl) != CURLM_OK) {
    bh_http_attempt_end(&s->attempt);
    return;
  }
  bh_http_went(x->h);
  s->busy = true;
}

static void collect(bh_http_ahead *x)
{
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(x->multi, &left));)
    for (uint32_t i = 0; m->msg == CURLMSG_DONE && i < x->width; i++) {
      slot *s = &x->slots[i];
      if (!s->busy || s->curl != m->easy_handle)
        continue;
      long status = 0;
      curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
      s->whole = m->data.result == CURLE_OK && status >= 200 && status < 300 && !s->body.failed;
      curl_multi_remove_handle(x->multi, s->curl);
      s->busy = false;
      s->done = true;
      break;
    }
}

void bh_http_ahead_turn(bh_http_ahead *x)
{
  int running;
  if (curl_multi_perform(x->multi, &running) == CURLM_OK)
    collect(x);
}

void bh_http_ahead_wait(bh_http_ahead *x)
{
  curl_multi_poll(x->multi, NULL, 0, TURN_MS, NULL);
}

void bh_http_ahead_wake(void *x)
{
  curl_multi_wakeup(((bh_http_ahead *)x)->multi);
}

bool bh_http_ahead_look(bh_http_ahead *x, bh_str url, bh_str *body)
{
  const slot *s = find(x, url);
  if (!s || !s->whole)
    return false;
  *body = bh_buf_str(&s->body);
  return true;
}

bool bh_http_ahead_take(bh_http_ahead *x, bh_str url, bh_str *body)
{
  slot *s = find(x, url);
  bh_host_ctx *host = &x->h->run->host;
  int running;
  while (s && s->busy) {
    if (host->cancelled && host->cancelled(host))
      return false;
    if (curl_multi_perform(x->multi, &running) != CURLM_OK)
      break;
    collect(x);
    struct curl_waitfd stop = {.fd = x->h->run->fd, .events = CURL_WAIT_POLLIN};
    if (s->busy && curl_multi_poll(x->multi, &stop, 1, TURN_MS, NULL) != CURLM_OK)
      break;
  }
  if (!s)
    return false;
  if (!s->whole) {
    drop(x, s);
    return false;
  }
  *body = bh_buf_str(&s->body);
  return true;
}

void bh_http_ahead_done(bh_http_ahead *x, bh_str url)
{
  slot *s = find(x, url);
  if (s)
    drop(x, s);
}
