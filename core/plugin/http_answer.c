/* Reading an answer's headers, and what an attempt came to. */
#include "plugin/http.h"
#include <strings.h>

bh_str bh_http_header(const bh_http *h, const char *name)
{
  bh_str found = {"", 0}, all = bh_buf_str(&h->headers);
  size_t n = strlen(name);
  while (all.len) {
    const char *end = memchr(all.ptr, '\n', all.len);
    size_t line = end ? (size_t)(end - all.ptr) : all.len;
    if (line > n && all.ptr[n] == ':' && strncasecmp(all.ptr, name, n) == 0) {
      found = (bh_str){all.ptr + n + 1, line - n - 1};
      while (found.len && (found.ptr[0] == ' ' || found.ptr[0] == '\t'))
        found = (bh_str){found.ptr + 1, found.len - 1};
    }
    line += end != NULL;
    all = (bh_str){all.ptr + line, all.len - line};
  }
  return found;
}

static bool says_next(bh_str params)
{
  static const char *const spellings[] = {"rel=\"next\"", "rel=next", "rel='next'"};
  for (size_t i = 0; i < 3; i++)
    if (memmem(params.ptr, params.len, spellings[i], strlen(spellings[i])))
      return true;
  return false;
}

/* Link: <https://…>; rel="next", <…>; rel="last" */
bh_str bh_http_link_next(const bh_http *h, bh_arena *a, bh_str url)
{
  bh_str link = bh_http_header(h, "Link");
  const char *at = link.ptr, *end = link.ptr + link.len;
  while (at < end && (at = memchr(at, '<', (size_t)(end - at)))) {
    const char *close = memchr(at, '>', (size_t)(end - at));
    if (!close)
      break;
    const char *next = memchr(close, '<', (size_t)(end - close));
    bh_str params = {close + 1, (size_t)((next ? next : end) - close - 1)};
    if (says_next(params))
      return bh_http_url_join(a, url, (bh_str){at + 1, (size_t)(close - at - 1)});
    at = next ? next : end;
  }
  return (bh_str){"", 0};
}

static bool is_method(bh_str method, const char *name)
{
  return method.len == strlen(name) && strncasecmp(method.ptr, name, method.len) == 0;
}

static bool is_idempotent(bh_str method)
{
  return method.len == 0 || is_method(method, "GET") || is_method(method, "HEAD") || is_method(method, "PUT") || is_method(method, "DELETE");
}

bool bh_http_has_effect(const bh_http_request *q)
{
  return (q->flags & BH_HTTP_EFFECT) || (!(q->flags & BH_HTTP_REPEATABLE) && !is_idempotent(q->method));
}

bool bh_http_is_repeatable(const bh_http_request *q)
{
  return (q->flags & BH_HTTP_REPEATABLE) || !bh_http_has_effect(q);
}

static bh_status judge_transport(bh_http *h, bh_str what, CURLcode code, const char *detail, bool unclear)
{
  bh_host_ctx *host = &h->run->host;
  const char *why = detail && detail[0] ? detail : curl_easy_strerror(code);
  switch (code) {
  case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_CERTPROBLEM: case CURLE_SSL_CIPHER:
  case CURLE_URL_MALFORMAT: case CURLE_UNSUPPORTED_PROTOCOL:
    return bh_host_fail(host, BH_E_PERMANENT, "%.*s: %s", BH_STR_ARG(what), why);
  case CURLE_FILESIZE_EXCEEDED:
    return bh_host_fail(host, unclear ? BH_E_UNKNOWN : BH_E_PERMANENT, "%.*s: the answer is larger than is allowed", BH_STR_ARG(what));
  case CURLE_ABORTED_BY_CALLBACK:
    return bh_host_fail(host, BH_E_UNKNOWN, "%.*s: cancelled after it was sent", BH_STR_ARG(what));
  case CURLE_OUT_OF_MEMORY:
    return bh_host_fail(host, unclear ? BH_E_UNKNOWN : BH_E_NOMEM, "%.*s: no memory, or a header that is too large", BH_STR_ARG(what));
  default:
    return bh_host_fail(host, unclear ? BH_E_UNKNOWN : BH_E_TRANSIENT, "%.*s: %s", BH_STR_ARG(what), why);
  }
}

bh_status bh_http_judge(bh_http *h, const bh_http_request *q, bh_str url, CURLcode code, const char *detail, long status, bool sent)
{
  bh_host_ctx *host = &h->run->host;
  bh_str method = q->method.len ? q->method : BH_S("GET");
  bool unclear = sent && bh_http_has_effect(q);
  if (code == CURLE_OK && status >= 200 && status < 300)
    return BH_OK;
  bh_str what = bh_arena_fmt(&host->scratch, "%.*s %.*s", BH_STR_ARG(method), BH_STR_ARG(bh_http_url_shown(&host->scratch, url)));
  if (code != CURLE_OK)
    return judge_transport(h, what, code, detail, unclear);
  bh_status rc = status == 401 || status == 403                    ? BH_E_AUTH
                 : unclear && (status < 400 || status == 408 || status >= 500) ? BH_E_UNKNOWN
                 : status == 408 || status == 429 || status >= 500 ? BH_E_TRANSIENT
                                                                   : BH_E_PERMANENT;
  return bh_host_fail(host, rc, "%.*s: the server answered with status %ld", BH_STR_ARG(what), status);
}
