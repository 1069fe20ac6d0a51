/* Sending requests: repeats with back-off, redirects on the same host, tokens. */
#include "plugin/http.h"
#include "plugin/sizes.h"
#include "plugin/worker.h"
#include <stdlib.h>

enum { REDIRECTS_MAX = 5, HEADERS_BYTES_MAX = 256 * 1024, URL_BYTES_MAX = 32 * 1024, BACKOFF_MS = 500, PAUSE_MAX_MS = 300000 };
static const uint64_t held_bytes_max = (uint64_t)64 << 20, streamed_bytes_max = (uint64_t)4 << 30;

bh_http *bh_http_of(bh_connector_run *run)
{
  if (run->http)
    return run->http;
  bh_http *h = calloc(1, sizeof *h);
  if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(h->curl = curl_easy_init()))
    bh_out_of_memory(sizeof *h);
  h->run = run;
  h->backoff_ms = (int)bh_http_wait_ms(BACKOFF_MS);
  bh_buf_init(&h->headers, HEADERS_BYTES_MAX);
  bh_buf_init(&h->refusal, BH_HTTP_REFUSAL_BYTES);
  bh_buf_init(&h->token, 65536);
  bh_buf_init(&h->url, URL_BYTES_MAX);
  bh_buf_init(&h->line, HEADERS_BYTES_MAX);
  h->ca = run->init.ca.len ? bh_arena_z(&run->arena, run->init.ca) : NULL;
  bh_arena_init(&h->token_arena);
  return run->http = h;
}

void bh_http_close(bh_connector_run *run)
{
  bh_http *h = run->http;
  if (!h)
    return;
  curl_easy_cleanup(h->curl);
  curl_global_cleanup();
  if (h->token.ptr)
    explicit_bzero(h->token.ptr, h->token.cap);
  bh_buf_dispose(&h->token);
  bh_buf_dispose(&h->url);
  bh_buf_dispose(&h->line);
  bh_buf_dispose(&h->headers);
  bh_buf_dispose(&h->refusal);
  bh_arena_dispose(&h->token_arena);
  free(h->window);
  free(h);
  run->http = NULL;
}

/* ---- one attempt, and the next ---- */

typedef struct outcome { CURLcode code; long status; bool sent; bh_status rc; int64_t retry_after_s; } outcome;

/* The network, or what stands in its place. */
static void attempt(bh_http_attempt *t, const bh_http_request *q, bh_str url, const char *method, outcome *o)
{
  curl_off_t sent = 0, wait = 0;
  if (bh_http_replays(t->h)) {
    *o = (outcome){.code = bh_http_replay(t, q, url, method)};
    o->status = t->status;
    o->sent = t->status != 0 || o->code == CURLE_GOT_NOTHING;
    return;
  }
  *o = (outcome){.code = curl_easy_perform(t->curl)};
  curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &o->status);
  curl_easy_getinfo(t->curl, CURLINFO_PRETRANSFER_TIME_T, &sent);
  curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait);
  o->sent = sent > 0;
  o->retry_after_s = wait;
}

static bh_status once(bh_http *h, const bh_http_request *q, bh_str url, const char *method, uint64_t bytes_max, const bh_http_sink *sink, outcome *o)
{
  bh_http_attempt t = {.h = h, .curl = h->curl, .sink = sink, .bytes_max = bytes_max, .headers = &h->headers, .refusal = &h->refusal};
  bh_host_ctx *host = &h->run->host;
  bh_http_tee tee;
  bh_status rc = bh_http_attempt_begin(&t, q, bh_http_z(&h->url, url), method);
  if (rc)
    return rc;
  if (bh_http_listened(h))
    bh_http_tee_begin(&tee, &t);
  attempt(&t, q, url, method, o);
  if (bh_http_listened(h))
    bh_http_tee_end(&tee, &t, q, url, method, o->status);
  bh_http_attempt_end(&t);
  if (t.no_answer)
    o->code = CURLE_OPERATION_TIMEDOUT;
  else if (o->code == CURLE_ABORTED_BY_CALLBACK && !(o->sent && bh_http_has_effect(q)))
    return o->rc = bh_host_fail(host, BH_E_CANCELLED, "cancelled");
  if (t.stopped) /* the sink has recorded why */
    return o->rc = t.stopped;
  if (t.too_large)
    o->code = CURLE_FILESIZE_EXCEEDED;
  else if (o->code == CURLE_WRITE_ERROR && o->status >= 300)
    o->code = CURLE_OK; /* a refusal of more than a megabyte: its status says enough */
  return o->rc = bh_http_judge(h, q, url, o->code, t.no_answer ? "no answer came in time" : t.detail, o->status, o->sent);
}

static bool again(const bh_http_request *q, const outcome *o)
{
  if (q->flags & BH_HTTP_NO_RETRY || o->rc == BH_OK || o->rc == BH_E_CANCELLED)
    return false;
  bool repeatable = bh_http_is_repeatable(q);
  if (o->code == CURLE_OK)
    return o->status == 429 || (repeatable && (o->status == 408 || o->status == 502 || o->status == 503 || o->status == 504));
  return (o->rc == BH_E_TRANSIENT || (o->rc == BH_E_UNKNOWN && o->code != CURLE_ABORTED_BY_CALLBACK)) && (repeatable || !o->sent);
}

/* Doubling, with a quarter of jitter either way; Retry-After where the server asks for more. */
static int64_t pause_ms(const bh_http *h, int attempt_no, const outcome *o)
{
  int64_t ms = (int64_t)h->backoff_ms << attempt_no;
  int64_t spread = ms / 2 ? (int64_t)((uint64_t)bh_monotonic_ms() * 2654435761u % (uint64_t)(ms / 2 + 1)) : 0;
  ms = ms - ms / 4 + spread;
  int64_t asked = o->retry_after_s > 0 ? bh_http_wait_ms(o->retry_after_s * 1000) : 0;
  return asked > ms ? asked : ms;
}

static bh_status repeat(bh_http *h, const bh_http_request *q, bh_str url, const char *method, uint64_t bytes_max, const bh_http_sink *sink, outcome *o)
{
  bool renewed = false;
  for (int n = 0;; n++) {
    int64_t turn = bh_http_turn_ms(h);
    if (turn > 0 && !bh_http_rest(h, turn))
      return bh_host_fail(&h->run->host, BH_E_CANCELLED, "cancelled");
    bh_http_went(h);
    bh_status rc = once(h, q, url, method, bytes_max, sink, o);
    if (o->status == 401 && o->code == CURLE_OK && h->token_kind != BH_HTTP_TOKEN_NONE && !renewed) {
      renewed = true;
      if ((rc = bh_http_token_ready(h, true)))
        return rc;
      continue;
    }
    if (n + 1 >= BH_HTTP_ATTEMPTS_MAX || !again(q, o))
      return rc;
    int64_t ms = pause_ms(h, n, o);
    if (ms > bh_http_wait_ms(PAUSE_MAX_MS) || !sink->restart(sink->ctx))
      return rc;
    if (!bh_http_rest(h, ms))
      return bh_host_fail(&h->run->host, BH_E_CANCELLED, "cancelled");
  }
}

/* Where a redirect leads, on the same host and for methods that it may be followed with; empty: nowhere. */
static bh_str redirect(bh_http *h, bh_str url, const char *method, const outcome *o)
{
  bool moves = o->status == 301 || o->status == 302 || o->status == 303 || o->status == 307 || o->status == 308;
  if (o->code != CURLE_OK || !moves || (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
    return (bh_str){"", 0};
  bh_str to = bh_http_url_join(&h->run->host.scratch, url, bh_http_header(h, "Location"));
  return to.len && bh_http_url_same_host(url, to) ? to : (bh_str){"", 0};
}

bh_status bh_http_perform(bh_http *h, const bh_http_request *q, bh_str url, bool streamed, const bh_http_sink *sink, bh_http_answer *answer)
{
  bh_host_ctx *host = &h->run->host;
  char method[16];
  outcome o = {0};
  uint64_t bytes_max = q->answer_bytes_max ? q->answer_bytes_max : streamed ? streamed_bytes_max : held_bytes_max;
  bh_status rc;
  if (q->struct_size < BH_HTTP_REQUEST_1_0 || answer->struct_size < BH_HTTP_ANSWER_1_0 || !bh_http_method(method, q) || (q->body.len && !q->body.ptr))
    return bh_host_fail(host, BH_E_INVALID, "an HTTP request is not filled in");
  if (!streamed && bytes_max > held_bytes_max)
    bytes_max = held_bytes_max;
  answer->status = 0;
  answer->body = answer->link_next = (bh_str){"", 0};
  if ((rc = bh_http_url_check(h->run, url)) || (rc = bh_http_token_ready(h, false)))
    return rc;
  for (int hop = 0;; hop++) {
    rc = repeat(h, q, url, method, bytes_max, sink, &o);
    bh_str to = redirect(h, url, method, &o);
    if (to.len == 0)
      break;
    if (hop == REDIRECTS_MAX) {
      rc = bh_host_fail(host, BH_E_PERMANENT, "%.*s: more than %d redirects", BH_STR_ARG(bh_http_url_shown(&host->scratch, url)), REDIRECTS_MAX);
      break;
    }
    url = to;
  }
  answer->status = (int32_t)o.status;
  answer->link_next = bh_http_link_next(h, &host->scratch, url);
  if (o.status < 200 || o.status >= 300)
    answer->body = bh_arena_str(&host->scratch, (bh_str){bh_buf_str(&h->refusal).ptr, bh_utf8_span(bh_buf_str(&h->refusal))});
  return rc;
}
