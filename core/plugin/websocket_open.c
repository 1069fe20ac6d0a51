/* Opening a WebSocket: the request that asks for one, and its answer (RFC 6455, section 4). */
#include "plugin/websocket.h"
#include <openssl/evp.h>
#include <poll.h>
#include <strings.h>
#include <sys/random.h>

enum { KEY_BYTES = 16, HEAD_BYTES_MAX = 65536, OPEN_TIMEOUT_MS = 30000, TURN_MS = 200 };

bh_status bh_websocket_in_time(bh_websocket *s, int64_t until_ms, const char *what)
{
  bh_host_ctx *host = &s->run->host;
  if (bh_monotonic_ms() >= until_ms)
    return bh_host_fail(host, BH_E_TRANSIENT, "%s: not in time", what);
  return host->cancelled && host->cancelled(host) ? bh_host_fail(host, BH_E_CANCELLED, "cancelled") : BH_OK;
}

bh_status bh_websocket_wait(bh_websocket *s, bool write, int64_t until_ms, const char *what)
{
  struct pollfd p[2] = {{.fd = s->socket, .events = write ? POLLOUT : POLLIN}, {.fd = s->run->fd, .events = POLLIN}};
  bh_status rc = bh_websocket_in_time(s, until_ms, what);
  int64_t left = until_ms - bh_monotonic_ms();
  if (rc == BH_OK && left > 0)
    (void)poll(p, 2, (int)(left < TURN_MS ? left : TURN_MS));
  return rc;
}

ssize_t bh_websocket_receive(bh_websocket *s, void *into, size_t bytes)
{
  size_t n = s->early.len - s->early_at;
  if (n > 0) {
    n = n < bytes ? n : bytes;
    memcpy(into, s->early.ptr + s->early_at, n);
    s->early_at += n;
    return (ssize_t)n;
  }
  CURLcode code = curl_easy_recv(s->curl, into, bytes, &n);
  if (code == CURLE_AGAIN)
    return 0;
  if (code != CURLE_OK || n == 0) {
    s->lost = true;
    return -1;
  }
  return (ssize_t)n;
}

bh_status bh_websocket_send_all(bh_websocket *s, bh_str bytes, int64_t until_ms)
{
  while (bytes.len) {
    size_t n = 0;
    CURLcode code = curl_easy_send(s->curl, bytes.ptr, bytes.len, &n);
    if (code != CURLE_OK && code != CURLE_AGAIN)
      return bh_host_fail(&s->run->host, BH_E_TRANSIENT, "the WebSocket's connection broke off: %s", curl_easy_strerror(code));
    bytes = (bh_str){bytes.ptr + n, bytes.len - n};
    bh_status rc = bytes.len ? bh_websocket_wait(s, true, until_ms, "sending over the WebSocket") : BH_OK;
    if (rc)
      return rc;
  }
  return BH_OK;
}

/* ---- the request ---- */

static void put_key(char out[32], unsigned char nonce[KEY_BYTES])
{
  if (getrandom(nonce, KEY_BYTES, 0) != KEY_BYTES)
    memset(nonce, 0x5a, KEY_BYTES); /* it need not be secret: it tells a WebSocket server from a cache */
  EVP_EncodeBlock((unsigned char *)out, nonce, KEY_BYTES);
}

static bool part_of(bh_arena *a, bh_str *out, CURLU *u, CURLUPart part)
{
  char *text = NULL;
  *out = (bh_str){"", 0};
  if (curl_url_get(u, part, &text, 0) != CURLUE_OK)
    return false;
  *out = bh_arena_str(a, bh_str_c(text));
  curl_free(text);
  return true;
}

static bh_status put_request(bh_websocket *s, bh_buf *b, const bh_http_request *q, bh_str url, const char *key)
{
  bh_arena *a = &s->run->host.scratch;
  bh_str host, port, path, query;
  CURLU *u = curl_url();
  if (!u || curl_url_set(u, CURLUPART_URL, bh_arena_z(a, url), 0) != CURLUE_OK || !part_of(a, &host, u, CURLUPART_HOST) || !part_of(a, &path, u, CURLUPART_PATH)) {
    curl_url_cleanup(u);
    return bh_host_fail(&s->run->host, BH_E_INVALID, "the WebSocket's URL is none");
  }
  part_of(a, &port, u, CURLUPART_PORT);
  part_of(a, &query, u, CURLUPART_QUERY);
  curl_url_cleanup(u);
  bh_buf_fmt(b, "GET %.*s%s%.*s HTTP/1.1\r\nHost: %.*s%s%.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: %s\r\nUser-Agent: Billhook/" BILLHOOK_VERSION "\r\n", BH_STR_ARG(path), query.len ? "?" : "", BH_STR_ARG(query),
             BH_STR_ARG(host), port.len ? ":" : "", BH_STR_ARG(port), key);
  for (size_t i = 0; i + 1 < q->header_count; i += 2) {
    if (!bh_http_header_ok(q->headers[i], q->headers[i + 1]))
      return bh_host_fail(&s->run->host, BH_E_INVALID, "a request's header is not allowed");
    bh_buf_fmt(b, "%.*s: %.*s\r\n", BH_STR_ARG(q->headers[i]), BH_STR_ARG(q->headers[i + 1]));
  }
  bh_buf_putz(b, "\r\n");
  return b->failed ? bh_host_fail(&s->run->host, BH_E_INVALID, "the WebSocket's request is too large") : BH_OK;
}

/* ---- the answer ---- */

/* A header's value in the answer's head; empty where it has none. */
static bh_str header_of(bh_str head, const char *name)
{
  size_t n = strlen(name);
  for (const char *at = head.ptr, *end = head.ptr + head.len; at < end;) {
    const char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
    size_t len = (size_t)((eol ? eol : end) - at);
    if (len > n && at[n] == ':' && strncasecmp(at, name, n) == 0) {
      bh_str v = {at + n + 1, len - n - 1};
      while (v.len && v.ptr[0] == ' ')
        v = (bh_str){v.ptr + 1, v.len - 1};
      while (v.len && v.ptr[v.len - 1] == ' ')
        v.len--;
      return v;
    }
    at += len + 2;
  }
  return (bh_str){"", 0};
}

/* base64(SHA-1(key + the constant of RFC 6455)). */
static void expected(char out[32], const char *key)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  char text[96];
  size_t n = 0;
  snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  if (!EVP_Q_digest(NULL, "SHA1", NULL, text, strlen(text), digest, &n))
    n = 0;
  EVP_EncodeBlock((unsigned char *)out, digest, (int)n);
}

static bh_status judge(bh_websocket *s, bh_str head, bh_str shown, const char *key)
{
  bh_host_ctx *host = &s->run->host;
  char accept[32];
  expected(accept, key);
  bool http = bh_str_starts(head, BH_S("HTTP/1.1 ")) && head.len >= 12;
  bh_str status = http ? (bh_str){head.ptr + 9, 3} : (bh_str){"", 0};
  if (bh_str_eqz(status, "401") || bh_str_eqz(status, "403"))
    return bh_host_fail(host, BH_E_AUTH, "WebSocket %.*s: the server answered with status %.*s", BH_STR_ARG(shown), BH_STR_ARG(status));
  if (http && !bh_str_eqz(status, "101"))
    return bh_host_fail(host, status.ptr[0] == '5' || bh_str_eqz(status, "429") ? BH_E_TRANSIENT : BH_E_PERMANENT,
                        "WebSocket %.*s: the server answered with status %.*s", BH_STR_ARG(shown), BH_STR_ARG(status));
  if (!http || !bh_str_eqz(header_of(head, "Sec-WebSocket-Accept"), accept))
    return bh_host_fail(host, BH_E_PERMANENT, "WebSocket %.*s: the answer is not that of a WebSocket server", BH_STR_ARG(shown));
  return BH_OK;
}

static bh_status read_head(bh_websocket *s, bh_str shown, const char *key, int64_t until_ms)
{
  for (;;) {
    char bytes[4096];
    const char *end = s->early.len ? memmem(s->early.ptr, s->early.len, "\r\n\r\n", 4) : NULL;
    if (end) {
      s->early_at = (size_t)(end - s->early.ptr) + 4;
      return judge(s, (bh_str){s->early.ptr, s->early_at}, shown, key);
    }
    s->early_at = s->early.len; /* so that reading goes to the socket */
    ssize_t n = bh_websocket_receive(s, bytes, sizeof bytes);
    if (n < 0)
      return bh_host_fail(&s->run->host, BH_E_TRANSIENT, "WebSocket %.*s: the connection broke off", BH_STR_ARG(shown));
    bh_buf_put(&s->early, bytes, (size_t)n);
    if (s->early.failed)
      return bh_host_fail(&s->run->host, BH_E_PERMANENT, "WebSocket %.*s: the answer's headers are too large", BH_STR_ARG(shown));
    bh_status rc = n == 0 ? bh_websocket_wait(s, false, until_ms, "opening the WebSocket") : BH_OK;
    if (rc)
      return rc;
  }
}

bh_status bh_websocket_connect(bh_websocket *s, const bh_http_request *q)
{
  bh_host_ctx *host = &s->run->host;
  bh_str url = bh_http_of_websocket(&host->scratch, q->url), shown = bh_http_url_shown(&host->scratch, q->url);
  unsigned char nonce[KEY_BYTES];
  char key[32], detail[CURL_ERROR_SIZE] = "";
  int64_t until = bh_monotonic_ms() + bh_http_wait_ms(q->timeout_ms ? (int64_t)q->timeout_ms : OPEN_TIMEOUT_MS);
  bh_status rc = bh_http_url_check(s->run, url);
  if (rc)
    return rc;
  bh_buf request;
  bh_buf_init(&request, HEAD_BYTES_MAX);
  bh_buf_init(&s->early, HEAD_BYTES_MAX);
  put_key(key, nonce);
  rc = put_request(s, &request, q, url, key);
  if (rc == BH_OK && !(s->curl = curl_easy_init()))
    bh_out_of_memory(1);
  if (rc == BH_OK) {
    bh_http_tls(s->run, s->curl);
    curl_easy_setopt(s->curl, CURLOPT_URL, bh_arena_z(&host->scratch, url));
    curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(s->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(s->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* no h2 by ALPN: the frames are ours */
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)bh_http_wait_ms(OPEN_TIMEOUT_MS / 2));
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, detail);
    CURLcode code = curl_easy_perform(s->curl);
    if (code == CURLE_OK)
      code = curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &s->socket);
    if (code != CURLE_OK)
      rc = bh_host_fail(host, code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ? BH_E_PERMANENT : BH_E_TRANSIENT,
                        "WebSocket %.*s: %s", BH_STR_ARG(shown), detail[0] ? detail : curl_easy_strerror(code));
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, NULL); /* it dies here */
  }
  if (rc == BH_OK)
    rc = bh_websocket_send_all(s, bh_buf_str(&request), until);
  if (request.ptr)
    explicit_bzero(request.ptr, request.cap); /* it may hold a password */
  bh_buf_dispose(&request);
  return rc ? rc : read_head(s, shown, key, until);
}
