/* HTTP for connectors: one libcurl handle an instance. Linked into the worker alone. */
#ifndef BH_HTTP_H
#define BH_HTTP_H
#include "plugin/connector.h"
#include <curl/curl.h>

enum { BH_HTTP_TOKEN_NONE, BH_HTTP_TOKEN_OAUTH2, BH_HTTP_TOKEN_SESSION };
enum { BH_HTTP_ATTEMPTS_MAX = 5, BH_HTTP_REFUSAL_BYTES = 512 };

typedef struct bh_http {
  bh_connector_run *run;
  CURL *curl;
  bh_buf headers;              /* of the last answer: "name: value\n" lines */
  bh_buf refusal;              /* the beginning of a body that was no success */
  bh_buf url, line;            /* C strings for libcurl, which copies them: scratch memory would grow with every page */
  const char *ca;              /* NULL: the system's */
  int backoff_ms;              /* the first pause between attempts */
  int64_t gap_ms, next_ms;     /* rate_limit(): between requests; when the next one may go (monotonic) */
  int64_t *window;             /* window_limit(): when the last `window_count` requests went, in turn */
  uint32_t window_count, window_at;
  int64_t window_ms;
  uint32_t concurrency;        /* 0: as many as are asked for */
  /* http_token.c */
  int token_kind;              /* BH_HTTP_TOKEN_… */
  bh_arena token_arena;
  bh_http_oauth2 oauth2;
  bh_http_request login;
  const char *token_path, *expires_path, *token_header;
  int64_t token_seconds;
  bh_buf token;                /* "Authorization: Bearer …" with a NUL; wiped */
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
/* ws:// and wss:// as http:// and https://: the same places. */
bh_str bh_http_of_websocket(bh_arena *a, bh_str url);
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

/* Whether it makes or changes something (BH_HTTP_EFFECT), and whether the host may send it twice. */
bool bh_http_has_effect(const bh_http_request *q);
bool bh_http_is_repeatable(const bh_http_request *q);

/* ---- http_token.c ---- */
void bh_http_token_forget(bh_http *h);
bh_status bh_http_oauth2_set(bh_http *h, const bh_http_oauth2 *how);
bh_status bh_http_session_set(bh_http *h, const bh_http_session *how);
/* Fetches a token where there is none that is good; `again`: in any case. */
bh_status bh_http_token_ready(bh_http *h, bool again);

/* ---- http_auth.c ---- */
bh_str bh_http_basic(bh_arena *a, bh_str user, bh_str password);
bool bh_http_hmac(bh_str *out, bh_arena *a, const char *hash, bh_str key, bh_str text, const char *as);

/* ---- http_limits.c ---- */
/* A wait as it is here: divided by $BILLHOOK_HTTP_HASTE (1 to 1000), by which tests make all waits shorter, in proportion; at least 1 ms. */
int64_t bh_http_wait_ms(int64_t ms);
bool bh_http_window_set(bh_http *h, uint32_t requests, uint32_t seconds);
/* How long the next request has to wait for its turn, in ms; 0: it may go now. */
int64_t bh_http_turn_ms(const bh_http *h);
void bh_http_went(bh_http *h); /* a request goes now */
/* Waits; false where the host wants to stop meanwhile. */
bool bh_http_rest(bh_http *h, int64_t ms);

/* ---- http_request.c ---- */
/* One attempt at a request. */
typedef struct bh_http_attempt {
  bh_http *h;
  CURL *curl;
  const bh_http_sink *sink;
  bh_buf *headers, *refusal;   /* of the answer; NULL: not kept */
  uint64_t bytes, bytes_max;
  int64_t first_byte_until_ms; /* 0 once something came */
  long status;
  bool too_large;              /* the answer is larger than is allowed */
  bool no_answer;              /* nothing came in time */
  bh_status stopped;           /* what the sink said */
  struct curl_slist *list;
  char detail[CURL_ERROR_SIZE];
} bh_http_attempt;
/* Sets the handle up for it. BH_E_INVALID with the reason recorded where a header is not allowed. */
bh_status bh_http_attempt_begin(bh_http_attempt *t, const bh_http_request *q, const char *url, const char *method);
void bh_http_attempt_end(bh_http_attempt *t);
bool bh_http_header_ok(bh_str name, bh_str value);
/* TLS is verified, by the connector's own certificates where it has any. */
void bh_http_tls(bh_connector_run *run, CURL *c);
/* The text as a C string in `b`; empty where it is too long. */
const char *bh_http_z(bh_buf *b, bh_str text);
bool bh_http_method(char out[16], const bh_http_request *q);

/* ---- http_replay.c ---- */
static inline bool bh_http_replays(const bh_http *h) { return h->run->transport && h->run->transport->answer; }
bh_str bh_http_token_sent(const bh_http *h); /* http_token.c: without header and prefix; empty: none */
static inline bool bh_http_listened(const bh_http *h) { return h->run->transport && h->run->transport->heard; }
/* In place of the network. */
CURLcode bh_http_replay(bh_http_attempt *t, const bh_http_request *q, bh_str url, const char *method);
/* An attempt that is listened to: its answer goes on to the sink, and a copy is handed over when it has ended. */
typedef struct bh_http_tee { bh_http_sink sink; const bh_http_sink *to; bh_buf body; } bh_http_tee;
void bh_http_tee_begin(bh_http_tee *tee, bh_http_attempt *t);
void bh_http_tee_end(bh_http_tee *tee, const bh_http_attempt *t, const bh_http_request *q, bh_str url, const char *method, long status);

/* ---- http_ahead.c ---- */
typedef struct bh_http_ahead bh_http_ahead;
bh_http_ahead *bh_http_ahead_new(bh_http *h, const bh_http_request *q, uint32_t width); /* at most 8 */
void bh_http_ahead_free(bh_http_ahead *x);
/* Asks for the page, unless it is under way, there is no room, or a limit says not now. */
void bh_http_ahead_start(bh_http_ahead *x, bh_str url);
/* Waits for a page that was asked for. False where it was not, or did not come whole: it is to be asked for in the ordinary way. The body lives
 * until _done. */
bool bh_http_ahead_take(bh_http_ahead *x, bh_str url, bh_str *body);
/* The same without waiting; false also where it is under way still. */
bool bh_http_ahead_look(bh_http_ahead *x, bh_str url, bh_str *body);
/* Lets go on what is under way, without waiting; _wait waits for something to go on, a moment at most, or for _wake, which any thread may call. */
void bh_http_ahead_turn(bh_http_ahead *x);
void bh_http_ahead_wait(bh_http_ahead *x);
void bh_http_ahead_wake(void *x);
void bh_http_ahead_done(bh_http_ahead *x, bh_str url);
#endif
