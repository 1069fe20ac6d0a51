/* One attempt at a request: limits, verified TLS, headers, where the answer goes. */
#include "plugin/http.h"
#include <stdlib.h>
#include <strings.h>

enum { TIMEOUT_DEFAULT_MS = 60000, TIMEOUT_MAX_MS = 600000, CONNECT_TIMEOUT_MS = 15000, FIRST_BYTE_MS = 45000, STALL_S = 30,
  REFUSAL_READ_MAX = 1024 * 1024, HEADER_COUNT_MAX = 200 };

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
  bh_http_attempt *t = ctx;
  bh_str line = {bytes, n * size};
  if (bh_str_starts(line, BH_S("HTTP/"))) { /* a new answer begins: after 100, a proxy's, … */
    bh_buf_clear(t->headers);
    bh_buf_clear(t->refusal);
    t->first_byte_until_ms = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status);
  }
  while (line.len && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n'))
    line.len--;
  if (!bh_utf8_ok(line))
    return n * size;
  bh_buf_puts(t->headers, line);
  bh_buf_putc(t->headers, '\n');
  return t->headers->failed ? 0 : n * size;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
  bh_http_attempt *t = ctx;
  curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status);
  bool success = t->status >= 200 && t->status < 300;
  t->bytes += n;
  if (t->bytes > (success ? t->bytes_max : REFUSAL_READ_MAX)) {
    t->too_large = success;
    return 0;
  }
  if (!success) {
    size_t room = BH_HTTP_REFUSAL_BYTES - t->refusal->len;
    bh_buf_put(t->refusal, bytes, n < room ? n : room);
    return n * size;
  }
  t->stopped = t->sink->body(t->sink->ctx, (bh_str){bytes, n});
  return t->stopped ? 0 : n * size;
}

static int on_progress(void *ctx, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
  bh_http_attempt *t = ctx;
  (void)dt, (void)dn, (void)ut, (void)un;
  bh_host_ctx *host = &t->h->run->host;
  if (t->first_byte_until_ms && bh_monotonic_ms() > t->first_byte_until_ms) {
    t->no_answer = true;
    return 1;
  }
  return host->cancelled && host->cancelled(host);
}

bool bh_http_header_ok(bh_str name, bh_str value)
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

const char *bh_http_z(bh_buf *b, bh_str text)
{
  bh_buf_clear(b);
  bh_buf_puts(b, text);
  bh_buf_putc(b, 0);
  return b->failed ? "" : b->ptr;
}

static const char *header_line(bh_http *h, bh_str name, bh_str value)
{
  bh_buf_clear(&h->line);
  bh_buf_puts(&h->line, name);
  bh_buf_putz(&h->line, value.len ? ": " : ";");
  bh_buf_puts(&h->line, value);
  bh_buf_putc(&h->line, 0);
  return h->line.failed ? "" : h->line.ptr;
}

/* The list, or NULL with the reason recorded. */
static struct curl_slist *headers(bh_http *h, const bh_http_request *q)
{
  struct curl_slist *list = NULL;
  bool ok = q->header_count % 2 == 0 && q->header_count <= HEADER_COUNT_MAX && (!q->header_count || q->headers);
  for (size_t i = 0; ok && i < q->header_count; i += 2) {
    bh_str name = q->headers[i], value = q->headers[i + 1];
    ok = bh_http_header_ok(name, value) && !is_header(name, "Host") && !is_header(name, "Content-Length") && !is_header(name, "Transfer-Encoding");
    if (ok) /* "Name;" is libcurl's way to send an empty one */
      list = curl_slist_append(list, header_line(h, name, value));
  }
  if (!ok) {
    bh_host_fail(&h->run->host, BH_E_INVALID, "a request's header is not allowed");
    curl_slist_free_all(list);
    return NULL;
  }
  if (h->token_kind != BH_HTTP_TOKEN_NONE && h->token.len)
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

void bh_http_tls(bh_connector_run *run, CURL *c)
{
  const char *ca = getenv("SSL_CERT_FILE") ? getenv("SSL_CERT_FILE") : getenv("CURL_CA_BUNDLE");
  if (bh_http_of(run)->ca)
    ca = bh_http_of(run)->ca;
  if (ca && ca[0])
    curl_easy_setopt(c, CURLOPT_CAINFO, ca);
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void set_options(bh_http_attempt *t, const bh_http_request *q, const char *url, const char *method)
{
  CURL *c = t->curl;
  uint32_t timeout = q->timeout_ms ? q->timeout_ms : TIMEOUT_DEFAULT_MS;
  curl_easy_reset(c); /* keeps the connections */
  curl_easy_setopt(c, CURLOPT_URL, url);
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  bh_http_tls(t->h->run, c);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)bh_http_wait_ms(timeout < TIMEOUT_MAX_MS ? timeout : TIMEOUT_MAX_MS));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)bh_http_wait_ms(CONNECT_TIMEOUT_MS));
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)((bh_http_wait_ms(STALL_S * 1000) + 999) / 1000));
  curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(c, CURLOPT_USERAGENT, "Billhook/" BILLHOOK_VERSION);
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->list);
  curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail);
  curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
  if (!bh_http_is_repeatable(q)) /* on a connection that was used before, libcurl sends a request again, unasked, where it ends without an answer */
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
  set_body(c, q, method);
}

bh_status bh_http_attempt_begin(bh_http_attempt *t, const bh_http_request *q, const char *url, const char *method)
{
  t->list = headers(t->h, q);
  if (!t->list)
    return BH_E_INVALID;
  bh_buf_clear(t->headers);
  bh_buf_clear(t->refusal);
  t->first_byte_until_ms = bh_monotonic_ms() + bh_http_wait_ms(q->timeout_ms > FIRST_BYTE_MS ? (int64_t)q->timeout_ms : FIRST_BYTE_MS);
  set_options(t, q, url, method);
  return BH_OK;
}

void bh_http_attempt_end(bh_http_attempt *t)
{
  curl_slist_free_all(t->list);
  t->list = NULL;
}

bool bh_http_method(char out[16], const bh_http_request *q)
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
