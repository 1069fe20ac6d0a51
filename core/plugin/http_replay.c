/* Attempts without a network, and attempts that are listened to. What libcurl's callbacks do for the network's answers is done here for
 * recorded ones, so that everything above an attempt is the same. */
#include "plugin/http.h"

enum { HEARD_BYTES_MAX = 64 * 1024 * 1024 };

/* As libcurl's write callback: false ends the transfer. */
static bool feed(bh_http_attempt *t, bh_str bytes)
{
  if (t->status < 200 || t->status >= 300) {
    size_t room = BH_HTTP_REFUSAL_BYTES - t->refusal->len;
    bh_buf_put(t->refusal, bytes.ptr, bytes.len < room ? bytes.len : room);
    return true;
  }
  t->bytes += bytes.len;
  if (t->bytes > t->bytes_max) {
    t->too_large = true;
    return false;
  }
  t->stopped = t->sink->body(t->sink->ctx, bytes);
  return t->stopped == BH_OK;
}

static bh_str asked(bh_arena *a, const bh_http_request *q)
{
  bh_buf b;
  bh_buf_init(&b, 256 * 1024);
  for (size_t i = 0; i + 1 < q->header_count; i += 2) {
    bh_buf_puts(&b, q->headers[i]);
    bh_buf_putz(&b, ": ");
    bh_buf_puts(&b, q->headers[i + 1]);
    bh_buf_putc(&b, '\n');
  }
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

CURLcode bh_http_replay(bh_http_attempt *t, const bh_http_request *q, bh_str url, const char *method)
{
  bh_host_ctx *host = &t->h->run->host;
  const bh_transport *transport = t->h->run->transport;
  bh_exchange x = {.method = bh_str_c(method), .url = url, .sent = q->body, .asked = asked(&host->scratch, q), .token = bh_http_token_sent(t->h), .headers = {"", 0}, .body = {"", 0}};
  if (host->cancelled && host->cancelled(host))
    return CURLE_ABORTED_BY_CALLBACK;
  transport->answer(transport->ctx, &x);
  if (x.lost)
    return CURLE_GOT_NOTHING;
  if (x.status == 0)
    return CURLE_COULDNT_CONNECT;
  t->status = x.status;
  bh_buf_puts(t->headers, x.headers);
  for (bh_str left = x.body; left.len;) {
    size_t n = x.chunk && x.chunk < left.len ? x.chunk : left.len;
    if (!feed(t, (bh_str){left.ptr, n}))
      return CURLE_WRITE_ERROR;
    left = (bh_str){left.ptr + n, left.len - n};
  }
  return x.broken ? CURLE_PARTIAL_FILE : CURLE_OK;
}

static bh_status tee_body(void *ctx, bh_str bytes)
{
  bh_http_tee *tee = ctx;
  bh_buf_puts(&tee->body, bytes);
  return tee->to->body(tee->to->ctx, bytes);
}

void bh_http_tee_begin(bh_http_tee *tee, bh_http_attempt *t)
{
  tee->to = t->sink;
  tee->sink = (bh_http_sink){.body = tee_body, .ctx = tee};
  bh_buf_init(&tee->body, HEARD_BYTES_MAX);
  t->sink = &tee->sink;
}

void bh_http_tee_end(bh_http_tee *tee, const bh_http_attempt *t, const bh_http_request *q, bh_str url, const char *method, long status)
{
  const bh_transport *transport = t->h->run->transport;
  const bh_exchange x = {.method = bh_str_c(method), .url = url, .sent = q->body, .token = bh_http_token_sent(t->h), .status = (int32_t)status, .headers = bh_buf_str(t->headers),
    .body = bh_buf_str(tee->body.len ? &tee->body : t->refusal)};
  transport->heard(transport->ctx, &x);
  bh_buf_dispose(&tee->body);
}
