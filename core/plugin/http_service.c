/* billhook.host.http/1 as plugins call it. */
#include "plugin/http.h"

static bh_status collect(void *ctx, bh_str bytes)
{
  return bh_buf_puts(ctx, bytes) ? BH_OK : BH_E_NOMEM;
}

static bool collect_again(void *ctx)
{
  bh_buf_clear(ctx);
  return true;
}

static bh_status http_send(void *ctx, const bh_http_request *request, bh_http_answer *answer)
{
  bh_connector_run *r = bh_run_of(ctx);
  bh_buf body;
  if (!request || !answer)
    return bh_host_fail(&r->host, BH_E_INVALID, "an HTTP request is not filled in");
  bh_buf_init(&body, (size_t)64 << 20);
  const bh_http_sink sink = {collect, collect_again, &body};
  bh_status rc = bh_http_perform(bh_http_of(r), request, request->url, false, &sink, answer);
  if (rc == BH_OK)
    answer->body = bh_arena_str(&r->host.scratch, bh_buf_str(&body));
  bh_buf_dispose(&body);
  return rc;
}

static bh_str http_header(void *ctx, const char *name)
{
  bh_connector_run *r = bh_run_of(ctx);
  return r->http && name ? bh_http_header(r->http, name) : (bh_str){"", 0};
}

static bh_status http_escape(void *ctx, bh_str text, bh_str *out)
{
  bh_connector_run *r = bh_run_of(ctx);
  bh_buf b;
  bh_buf_init(&b, 4 << 20);
  bh_http_escape(&b, text);
  bool failed = b.failed;
  *out = failed ? (bh_str){"", 0} : bh_arena_str(&r->host.scratch, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return failed ? bh_host_fail(&r->host, BH_E_INVALID, "a text is too large for a URL") : BH_OK;
}

static bh_status http_oauth2(void *ctx, const bh_http_oauth2 *how)
{
  return bh_http_oauth2_set(bh_http_of(bh_run_of(ctx)), how);
}

static bh_status http_rate_limit(void *ctx, uint32_t requests, uint32_t seconds)
{
  bh_http *h = bh_http_of(bh_run_of(ctx));
  if (requests && (!seconds || seconds > 86400))
    return bh_host_fail(&h->run->host, BH_E_INVALID, "a rate limit counts requests in 1 to 86,400 seconds");
  h->gap_ms = requests ? ((int64_t)seconds * 1000 + requests - 1) / requests : 0;
  h->next_ms = 0;
  return BH_OK;
}

static bh_status http_window_limit(void *ctx, uint32_t requests, uint32_t seconds)
{
  bh_http *h = bh_http_of(bh_run_of(ctx));
  return bh_http_window_set(h, requests, seconds)
           ? BH_OK
           : bh_host_fail(&h->run->host, BH_E_INVALID, "a limit is at most 100,000 requests in 1 to 86,400 seconds");
}

static bh_status http_concurrency(void *ctx, uint32_t requests)
{
  bh_http_of(bh_run_of(ctx))->concurrency = requests;
  return BH_OK;
}

static bh_status http_session(void *ctx, const bh_http_session *how)
{
  return bh_http_session_set(bh_http_of(bh_run_of(ctx)), how);
}

enum { SIGNED_BYTES_MAX = 64 << 20, USER_BYTES_MAX = 65536 };

static bh_status http_basic(void *ctx, bh_str user, bh_str password, bh_str *out)
{
  bh_connector_run *r = bh_run_of(ctx);
  if (user.len > USER_BYTES_MAX || password.len > USER_BYTES_MAX || memchr(user.ptr ? user.ptr : "", ':', user.len))
    return bh_host_fail(&r->host, BH_E_INVALID, "a user's name has no colon in it");
  *out = bh_http_basic(&r->host.scratch, user, password);
  return BH_OK;
}

static bh_status http_hmac(void *ctx, const char *hash, bh_str key, bh_str text, const char *as, bh_str *out)
{
  bh_connector_run *r = bh_run_of(ctx);
  if (text.len > SIGNED_BYTES_MAX || !bh_http_hmac(out, &r->host.scratch, hash, key, text, as))
    return bh_host_fail(&r->host, BH_E_INVALID, "a signature is made with sha1, sha256 or sha512, as hex or base64");
  return BH_OK;
}

const bh_http_service *bh_http_service_get(void)
{
  static const bh_http_service service = {.struct_size = sizeof service, .send = http_send, .header = http_header, .escape = http_escape,
    .oauth2 = http_oauth2, .rate_limit = http_rate_limit, .window_limit = http_window_limit, .concurrency = http_concurrency, .session = http_session,
    .basic = http_basic, .hmac = http_hmac};
  return &service;
}
