/* Sending requests: limits, verified TLS, repeats with back-off, redirects on the same host. */
#include "plugin/http.h"
#include "plugin/worker.h"
#include <poll.h>
#include <stdlib.h>
#include <strings.h>

enum { TIMEOUT_DEFAULT_MS = 60000, TIMEOUT_MAX_MS = 600000, CONNECT_TIMEOUT_MS = 15000, STALL_S = 30, REDIRECTS_MAX = 5,
  HEADERS_BYTES_MAX = 256 * 1024, REFUSAL_READ_MAX = 1024 * 1024, BACKOFF_MS = 500, PAUSE_MAX_MS = 300000, HEADER_COUNT_MAX = 200 };
static const uint64_t held_bytes_max = (uint64_t)64 << 20, streamed_bytes_max = (uint64_t)4 << 30;

/* One attempt. */
typedef struct attempt {
  bh_http *h;
  const bh_http_sink *sink;
  uint64_t bytes, bytes_max;
  long status;
  bool too_large;
  bh_status stopped;           /* what the sink said */
  char detail[CURL_ERROR_SIZE];
} attempt;

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
  attempt *t = ctx;
  bh_str line = {bytes, n * size};
  if (bh_str_starts(line, BH_S("HTTP/"))) { /* a new answer begins: after 100, a proxy's, … */
    bh_buf_clear(&t->h->headers);
    bh_buf_clear(&t->h->refusal);
    curl_easy_getinfo(t->h->curl, CURLINFO_RESPONSE_CODE, &t->status);
  }
  while (line.len && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n'))
    line.len--;
  if (!bh_utf8_ok(line))
    return n * size;
  bh_buf_puts(&t->h->headers, line);
  bh_buf_putc(&t->h->headers, '\n');
  return t->h->headers.failed ? 0 : n * size;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
  attempt *t = ctx;
  curl_easy_getinfo(t->h->curl, CURLINFO_RESPONSE_CODE, &t->status);
  bool success = t->status >= 200 && t->status < 300;
  t->bytes += n;
  if (t->bytes > (success ? t->bytes_max : REFUSAL_READ_MAX)) {
    t->too_large = success;
    return 0;
  }
  if (!success) {
    size_t room = BH_HTTP_REFUSAL_BYTES - t->h->refusal.len;
    bh_buf_put(&t->h->refusal, bytes, n < room ? n : room);
    return n * size;
  }
  t->stopped = t->sink->body(t->sink->ctx, (bh_str){bytes, n});
  return t->stopped ? 0 : n * size;
}

static int on_progress(void *ctx, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
  attempt *t = ctx;
  (void)dt, (void)dn, (void)ut, (void)un;
  bh_host_ctx *host = &t->h->run->host;
  return host->cancelled && host->cancelled(host);
}

bh_http *bh_http_of(bh_connector_run *run)
{
  if (run->http)
    return run->http;
  bh_http *h = calloc(1, sizeof *h);
  if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(h->curl = curl_easy_init()))
    bh_out_of_memory(sizeof *h);
  h->run = run;
  h->backoff_ms = BACKOFF_MS;
  bh_buf_init(&h->headers, HEADERS_BYTES_MAX);
  bh_buf_init(&h->refusal, BH_HTTP_REFUSAL_BYTES);
  bh_buf_init(&h->token, 65536);
  bh_arena_init(&h->oauth_arena);
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
  bh_buf_dispose(&h->headers);
  bh_buf_dispose(&h->refusal);
  bh_arena_dispose(&h->oauth_arena);
  free(h);
  run->http = NULL;
}

/* ---- making a request ---- */

static bool header_ok(bh_str name, bh_str value)
{
  if (name.len == 0 || !bh_utf8_ok(value) || memchr(value.ptr ? value.ptr : "", '\n', value.len) || memchr(value.ptr ? value.ptr : "", '\r', value.len))
    return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
      return false;
  }
  return true;
}

static bool is_header(bh_str name, const char *word)
{
  return name.len == strlen(word) && strncasecmp(name.ptr, word, name.len) == 0;
}

/* The list, or NULL with the reason recorded. */
static struct curl_slist *headers(bh_http *h, const bh_http_request *q)
{
  struct curl_slist *list = NULL;
  bool ok = q->header_count % 2 == 0 && q->header_count <= HEADER_COUNT_MAX && (!q->header_count || q->headers);
  for (size_t i = 0; ok && i < q->header_count; i += 2) {
    bh_str name = q->headers[i], value = q->headers[i + 1];
    ok = header_ok(name, value) && !is_header(name, "Host") && !is_header(name, "Content-Length") && !is_header(name, "Transfer-Encoding");
    if (ok) /* "Name;" is libcurl's way to send an empty one */
      list = curl_slist_append(list, bh_arena_fmt(&h->run->host.scratch, value.len ? "%.*s: %.*s" : "%.*s;%.*s", BH_STR_ARG(name), BH_STR_ARG(value)).ptr);
  }
  if (!ok) {
    bh_host_fail(&h->run->host, BH_E_INVALID, "a request's header is not allowed");
    curl_slist_free_all(list);
    return NULL;
  }
  if (h->oauth && h->token.len)
    list = curl_slist_append(list, h->token.ptr);
  return curl_slist_append(list, "Expect:");
}

static void set_body(CURL *c, const bh_http_request *q, const char *method)
{
  bool get = strcmp(method, "GET") == 0, head = strcmp(method, "HEAD") == 0;
  if (head) {
    curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
  } else if (q->body.len || strcmp(method, "POST") == 0) {
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.len);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body.len ? q->body.ptr : "");
  } else if (get) {
    curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
  }
  if (!head)
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
}

static void set_options(attempt *t, const bh_http_request *q, const char *url, const char *method, struct curl_slist *list)
{
  CURL *c = t->h->curl;
  uint32_t timeout = q->timeout_ms ? q->timeout_ms : TIMEOUT_DEFAULT_MS;
  const char *ca = getenv("SSL_CERT_FILE") ? getenv("SSL_CERT_FILE") : getenv("CURL_CA_BUNDLE");
  curl_easy_reset(c); /* keeps the connections */
  curl_easy_setopt(c, CURLOPT_URL, url);
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (ca && ca[0])
    curl_easy_setopt(c, CURLOPT_CAINFO, ca);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(timeout < TIMEOUT_MAX_MS ? timeout : TIMEOUT_MAX_MS));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
  curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(c, CURLOPT_USERAGENT, "Billhook/" BILLHOOK_VERSION);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
  set_body(c, q, method);
}

/* ---- one attempt, and the next ---- */

typedef struct outcome { CURLcode code; long status; bool sent; bh_status rc; int64_t retry_after_s; } outcome;

static bh_status once(bh_http *h, const bh_http_request *q, bh_str url, const char *method, uint64_t bytes_max, const bh_http_sink *sink, outcome *o)
{
  attempt t = {.h = h, .sink = sink, .bytes_max = bytes_max};
  bh_host_ctx *host = &h->run->host;
  curl_off_t sent = 0, wait = 0;
  struct curl_slist *list = headers(h, q);
  if (!list)
    return BH_E_INVALID;
  bh_buf_clear(&h->headers);
  bh_buf_clear(&h->refusal);
  set_options(&t, q, bh_arena_z(&host->scratch, url), method, list);
  *o = (outcome){.code = curl_easy_perform(h->curl)};
  curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &o->status);
  curl_easy_getinfo(h->curl, CURLINFO_PRETRANSFER_TIME_T, &sent);
  curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &wait);
  o->sent = sent > 0;
  o->retry_after_s = wait;
  curl_slist_free_all(list);
  if (o->code == CURLE_ABORTED_BY_CALLBACK)
    return o->rc = bh_host_fail(host, BH_E_CANCELLED, "cancelled");
  if (t.stopped) /* the sink has recorded why */
    return o->rc = t.stopped;
  if (t.too_large)
    o->code = CURLE_FILESIZE_EXCEEDED;
  else if (o->code == CURLE_WRITE_ERROR && o->status >= 300)
    o->code = CURLE_OK; /* a refusal of more than a megabyte: its status says enough */
  return o->rc = bh_http_judge(h, q, url, o->code, t.detail, o->status, o->sent);
}

static bool again(const bh_http_request *q, const char *method, const outcome *o)
{
  if (q->flags & BH_HTTP_NO_RETRY || o->rc == BH_OK || o->rc == BH_E_CANCELLED)
    return false;
  bool idempotent = (q->flags & BH_HTTP_REPEATABLE) || strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "PUT") == 0 ||
                    strcmp(method, "DELETE") == 0;
  if (o->code == CURLE_OK)
    return o->status == 429 || o->status == 503 || (idempotent && (o->status == 408 || o->status == 502 || o->status == 504));
  return o->rc == BH_E_TRANSIENT && (idempotent || !o->sent);
}

/* Doubling, with a quarter of jitter either way; Retry-After where the server asks for more. */
static int64_t pause_ms(const bh_http *h, int attempt_no, const outcome *o)
{
  int64_t ms = (int64_t)h->backoff_ms << attempt_no;
  int64_t spread = ms / 2 ? (int64_t)((uint64_t)bh_monotonic_ms() * 2654435761u % (uint64_t)(ms / 2 + 1)) : 0;
  ms = ms - ms / 4 + spread;
  return o->retry_after_s * 1000 > ms ? o->retry_after_s * 1000 : ms;
}

static bool rest(bh_http *h, int64_t ms)
{
  struct pollfd p = {.fd = h->run->fd, .events = POLLIN};
  return poll(&p, 1, (int)ms) == 0; /* the host speaks only to stop us */
}

/* Its turn under rate_limit(). */
static bool queue(bh_http *h)
{
  int64_t now = bh_monotonic_ms();
  if (h->gap_ms == 0)
    return true;
  int64_t at = h->next_ms > now ? h->next_ms : now;
  h->next_ms = at + h->gap_ms;
  return at == now || rest(h, at - now);
}

static bh_status repeat(bh_http *h, const bh_http_request *q, bh_str url, const char *method, uint64_t bytes_max, const bh_http_sink *sink, outcome *o)
{
  bool renewed = false;
  for (int n = 0;; n++) {
    if (!queue(h))
      return bh_host_fail(&h->run->host, BH_E_CANCELLED, "cancelled");
    bh_status rc = once(h, q, url, method, bytes_max, sink, o);
    if (o->status == 401 && o->code == CURLE_OK && h->oauth && !renewed) {
      renewed = true;
      if ((rc = bh_http_oauth_ready(h, true)))
        return rc;
      continue;
    }
    if (n + 1 >= BH_HTTP_ATTEMPTS_MAX || !again(q, method, o))
      return rc;
    int64_t ms = pause_ms(h, n, o);
    if (ms > PAUSE_MAX_MS || !sink->restart(sink->ctx))
      return rc;
    if (!rest(h, ms))
      return bh_host_fail(&h->run->host, BH_E_CANCELLED, "cancelled");
  }
}

static bool method_of(char out[16], const bh_http_request *q)
{
  size_t n = q->method.len;
  if (n == 0) {
    memcpy(out, "GET", 4);
    return true;
  }
  if (n > 15)
    return false;
  for (size_t i = 0; i < n; i++) {
    char c = q->method.ptr[i];
    out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    if (out[i] < 'A' || out[i] > 'Z')
      return false;
  }
  out[n] = 0;
  return true;
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
  if (q->struct_size < sizeof *q || answer->struct_size < sizeof *answer || !method_of(method, q) || (q->body.len && !q->body.ptr))
    return bh_host_fail(host, BH_E_INVALID, "an HTTP request is not filled in");
  if (!streamed && bytes_max > held_bytes_max)
    bytes_max = held_bytes_max;
  answer->status = 0;
  answer->body = answer->link_next = (bh_str){"", 0};
  if ((rc = bh_http_url_check(h->run, url)) || (h->oauth && (rc = bh_http_oauth_ready(h, false))))
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
