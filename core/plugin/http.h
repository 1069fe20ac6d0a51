/* HTTP for connectors: one libcurl handle an instance. Linked into the worker alone. */
#ifndef BH_HTTP_H
#define BH_HTTP_H
#include "plugin/connector.h"
#include <curl/curl.h>

enum { BH_HTTP_ATTEMPTS_MAX = 5, BH_HTTP_REFUSAL_BYTES = 512 };

typedef struct bh_http {
  bh_connector_run *run;
  CURL *curl;
  bh_buf headers;              /* of the last answer: "name: value\n" lines */
  bh_buf refusal;              /* the beginning of a body that was no success */
  int backoff_ms;              /* the first pause between attempts */
  int64_t gap_ms, next_ms;     /* rate_limit(): between requests; when the next one may go (monotonic) */
  /* OAuth2 */
  bool oauth;
  bh_arena oauth_arena;
  bh_http_oauth2 oauth_how;
  bh_buf token;                /* "Authorization: Bearer …"; wiped */
  int64_t token_until_ms;      /* monotonic */
} bh_http;
bh_http *bh_http_of(bh_connector_run *run); /* made at the first use */

/* Where the body of a 2xx answer goes as it comes. */
typedef struct bh_http_sink {
  bh_status (*body)(void *ctx, bh_str bytes); /* anything but BH_OK stops, and is what comes back */
  bool (*restart)(void *ctx);                 /* before an answer is read from its beginning again; false: no longer possible */
  void *ctx;
} bh_http_sink;
/* Sends with repeats, redirects, token. `url` is the request's, or a further page's. */
bh_status bh_http_perform(bh_http *h, const bh_http_request *q, bh_str url, bool streamed, const bh_http_sink *sink, bh_http_answer *answer);

/* ---- http_url.c ---- */
/* Is it http(s), without a user in it, and is its scheme, host and port among the URLs of the options? Records the reason. */
bh_status bh_http_url_check(bh_connector_run *run, bh_str url);
/* Without query and fragment, for messages. Lives in `a`. */
bh_str bh_http_url_shown(bh_arena *a, bh_str url);
/* `reference` against `base`; an empty string where it is none. */
bh_str bh_http_url_join(bh_arena *a, bh_str base, bh_str reference);
bool bh_http_url_same_host(bh_str a, bh_str b);
/* With name=value appended to its query. */
bh_str bh_http_url_with(bh_arena *a, bh_str url, const char *name, bh_str value);
void bh_http_escape(bh_buf *out, bh_str text);

/* ---- http_answer.c ---- */
bh_str bh_http_header(const bh_http *h, const char *name);      /* the last of that name */
bh_str bh_http_link_next(const bh_http *h, bh_arena *a, bh_str url);
/* What a finished attempt came to, recorded for a person. */
bh_status bh_http_judge(bh_http *h, const bh_http_request *q, bh_str url, CURLcode code, const char *detail, long status, bool sent);

/* ---- http_oauth.c ---- */
bh_status bh_http_oauth_set(bh_http *h, const bh_http_oauth2 *how);
/* Fetches a token where there is none that is good; `again`: in any case. */
bh_status bh_http_oauth_ready(bh_http *h, bool again);
#endif
