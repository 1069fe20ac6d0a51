/* The Billhook plugin ABI, 1.0. One header, nothing to link. Clean as C11 and C++11.
 *
 * Rules that hold everywhere:
 *  - [serial]  one call at a time per instance; [in-call] a host function that may be used only while the
 *    host is calling you; [any] any thread, until destroy() returns.
 *  - Arguments die when the call returns. Results are pushed into host functions, which copy. Nobody frees
 *    what the other side allocated. No thread, descriptor or handler of yours outlives destroy().
 *  - Strings are UTF-8 with a length and without a NUL inside; they need not end in one.
 *  - Structs that start with struct_size grow at the end: test a field with BH_HAS before you read it.
 */
#ifndef BILLHOOK_PLUGIN_H
#define BILLHOOK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BH_ABI_MAJOR 1u
#define BH_ABI_MINOR 0u
#define BH_ABI_RC 0u /* 1.0 is final: what stands here is only added to */

#if defined(__GNUC__)
#define BH_EXPORT __attribute__((visibility("default")))
#define BH_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define BH_EXPORT
#define BH_PRINTF(f, a)
#endif

/* True when the peer's *p is long enough to hold `field` and it is set. */
#define BH_HAS(p, type, field) \
  ((p)->struct_size >= offsetof(type, field) + sizeof((p)->field) && (p)->field)

/* What a call came to. The code carries the retry policy; the words go through host->fail(). */
typedef int32_t bh_status;
enum {
  BH_OK = 0,
  BH_E_INVALID = 1,   /* bad configuration or input: repeating will not help        */
  BH_E_AUTH = 2,      /* credentials refused                                        */
  BH_E_TRANSIENT = 3, /* nothing happened: the host may repeat                      */
  BH_E_PERMANENT = 4, /* the other side refused: recorded, the rest goes on         */
  BH_E_CANCELLED = 5, /* host->cancelled() was true                                 */
  BH_E_NOMEM = 6,
  BH_E_UNKNOWN = 7    /* sent, outcome not known: the host asks lookup() before more */
};

/* The frozen value types: used by value, never extended. */
typedef struct bh_str { const char *ptr; size_t len; } bh_str;
typedef struct bh_dec { int64_t coef; int32_t scale; int32_t zero; } bh_dec; /* coef * 10^-scale, scale 0..9 */
typedef struct bh_ratio { int64_t num, den; } bh_ratio;                     /* den > 0, lowest terms         */
typedef struct bh_date { int16_t year; uint8_t month, day; } bh_date;       /* a civil date                  */
typedef struct bh_period { bh_date from, until; } bh_period;                /* half-open: [from, until)      */

/* ---- options: one typed array a plugin, for its own settings or (models) the parameters of a product ---- */

/* Types. The host checks the workspace against them, applies uplift to money, picks the currency's price, prints
 * `plugin info` from them and generates the documents. */
enum {
  BH_OPT_TEXT = 1,
  BH_OPT_MONEY = 2,     /* a decimal in the contract's currency, up to 9 places; uplift applies */
  BH_OPT_QUANTITY = 3,  /* a decimal, up to 6 places */
  BH_OPT_PERCENT = 4,   /* 5 for "5" or "5%" */
  BH_OPT_INTEGER = 5,
  BH_OPT_CHOICE = 6,    /* one of `choices` */
  BH_OPT_DATE = 7,
  BH_OPT_DURATION = 8,  /* written "90s", "15m", "2h", "7d"; read in seconds */
  BH_OPT_BOOL = 9,      /* read as the integer 0 or 1 */
  BH_OPT_RECORDS = 10,  /* a list of tables; `records` says what stands in one. One table alone is a list of one. A text option beside
                         * it that has the key of a text in it picks one of them: `check` sees that there is one */
  BH_OPT_PRODUCTS = 11  /* models of phase 2: which lines they see: "all", a product, a list of them, { tax = "CATEGORY" } … */
};
enum {
  BH_OPT_REQUIRED = 1u << 0,
  BH_OPT_SECRET = 1u << 1,    /* written as a reference (env:, file:, cmd:); never logged, stored or shown */
  BH_OPT_CARRY = 1u << 2,     /* models: a line on which this is set (and not 0) keeps a carry from period to period */
  BH_OPT_EXCLUSIVE = 1u << 3, /* models, text: of a contract's lines with the same text here only one is in force on a day */
  BH_OPT_EITHER = 1u << 4     /* models: a line needs at least one of the options that are marked so */
};

/* One option. Frozen. All strings are constants with a NUL; arrays end with an entry whose key is NULL. */
typedef struct bh_option {
  const char *key, *fallback /* as written, or NULL */, *help;
  const char *const *choices;       /* BH_OPT_CHOICE: ends with NULL */
  const struct bh_option *records;  /* BH_OPT_RECORDS: ends with key NULL; no records inside records */
  int32_t type;
  uint32_t flags;
} bh_option;

/* A set of values that the host has checked against such an array: an instance's options, a model's parameters, or
 * one record of either. Opaque; read through the host's functions. */
typedef struct bh_values bh_values;

/* ---- the host ---- */

enum { BH_LOG_ERROR = 1, BH_LOG_WARN = 2, BH_LOG_INFO = 3, BH_LOG_DEBUG = 4 };

/* Lent by the host from before create() until destroy() has returned. Never put a secret or a person's name into
 * log() above BH_LOG_DEBUG, nor a secret into fail(). */
typedef struct bh_host {
  uint32_t struct_size, abi_major, abi_minor, abi_rc;
  void *ctx;               /* first argument of every function here and of every service */
  const bh_values *options; /* this instance's, until destroy() returns */

  /* [any] One message to the host's log. */
  void (*log)(void *ctx, int32_t level, bh_str text);
  /* [any] Nonzero once the host wants to stop: return BH_E_CANCELLED within a second. */
  int32_t (*cancelled)(void *ctx);
  /* [in-call] Records why, for a person, and returns `why`: return h->fail(h->ctx, BH_E_AUTH, "…"). The last one before
   * the call returns is the one that is shown. */
  bh_status (*fail)(void *ctx, bh_status why, const char *fmt, ...) BH_PRINTF(3, 4);
  /* [in-call] Zeroed memory, 16-aligned, that the host frees when the current call returns. NULL where there is none. */
  void *(*scratch)(void *ctx, size_t bytes);

  /* [in-call] Reading values. A key that the option array does not declare with a fitting type, or one that is neither
   * set nor has a fallback: BH_E_INVALID with the reason recorded, so it can be returned as it is. Strings live as long
   * as the set. */
  int32_t (*has)(void *ctx, const bh_values *v, const char *key);                        /* set, or has a fallback */
  bh_status (*text)(void *ctx, const bh_values *v, const char *key, bh_str *out);        /* text, choice; any as written */
  bh_status (*dec)(void *ctx, const bh_values *v, const char *key, bh_dec *out);         /* money, quantity, percent, integer */
  bh_status (*integer)(void *ctx, const bh_values *v, const char *key, int64_t *out);    /* integer, bool, duration (seconds) */
  bh_status (*date)(void *ctx, const bh_values *v, const char *key, bh_date *out);       /* date */
  size_t (*records)(void *ctx, const bh_values *v, const char *key);                     /* how many; 0 where not set */
  const bh_values *(*record)(void *ctx, const bh_values *v, const char *key, size_t i);  /* NULL past the last */

  /* [in-call] The civil date of an instant (seconds since 1970-01-01T00:00:00Z) in the company's timezone. No fact
   * carries an instant. */
  bh_status (*civil)(void *ctx, int64_t instant_s, bh_date *out);
  /* [in-call] A service by id, or NULL where this host or this kind of plugin has none: models get none. Valid until
   * destroy() returns. */
  const void *(*get_service)(void *ctx, const char *id);

  /* [in-call] A number as platforms write it ("19", "-0.25", "1.5e3") as a decimal; beyond 9 places it is rounded half-even,
   * and beyond the type's range BH_E_INVALID with the reason recorded. */
  bh_status (*parse_number)(void *ctx, bh_str text, bh_dec *out);
  /* [in-call] A date ("2026-12-01"), or an instant ("2026-12-01T03:00:00Z", "2026-12-01 03:00:00.5+01:00"; without a zone: UTC) as
   * the civil date of the company's timezone. BH_E_INVALID with the reason recorded otherwise. */
  bh_status (*parse_date)(void *ctx, bh_str text, bh_date *out);
} bh_host;

/* ---- service: HTTP ---- */
#define BH_SERVICE_HTTP "billhook.host.http/1"

/* The host connects only to hosts (and ports) that stand in URLs among this plugin's own options. TLS is verified.
 * Time-outs, size caps, back-off on 429, 503 and failed connections (Retry-After honoured) are the host's: GET, HEAD,
 * PUT and DELETE are repeated, everything else only with BH_HTTP_REPEATABLE, where nothing was sent, or at 429. Redirects of
 * GET and HEAD are followed on the same host only. */
enum {
  BH_HTTP_REPEATABLE = 1u << 0, /* it may be sent twice without harm: it only reads, or carries what makes a repeat harmless */
  BH_HTTP_NO_RETRY = 1u << 1,
  BH_HTTP_EFFECT = 1u << 2      /* it makes or changes something: what is not known to have failed is BH_E_UNKNOWN. A PUT or DELETE is not repeated
                                 * then, unless BH_HTTP_REPEATABLE says so. Every POST, PATCH … without BH_HTTP_REPEATABLE counts as one */
};
typedef struct bh_http_request {
  uint32_t struct_size, flags;
  bh_str method;              /* empty: GET */
  bh_str url;
  const bh_str *headers;      /* name, value, name, value … */
  size_t header_count;        /* of strings: even */
  bh_str body;
  uint32_t timeout_ms;        /* of one attempt; 0: 60,000; at most 600,000 */
  uint32_t zero;
  uint64_t answer_bytes_max;  /* 0: 64 MiB when held, 4 GiB when streamed through the JSON service */
} bh_http_request;

/* Filled by the host up to the caller's struct_size. */
typedef struct bh_http_answer {
  uint32_t struct_size;
  int32_t status;             /* the last attempt's HTTP status; 0 where there was no answer */
  bh_str body;                /* of send(); the first 512 bytes of a refusal otherwise. Until the current call returns */
  bh_str link_next;           /* Link: <…>; rel="next", made absolute; empty where there is none */
} bh_http_answer;

/* How to come by a bearer token (OAuth2): by client credentials, or with `user` set by a password, or with `refresh_token` set by that.
 * What is empty is not sent. */
enum {
  BH_OAUTH2_BASIC = 1u << 0, /* the client's id and secret go into an Authorization header instead of the form */
  BH_OAUTH2_JSON = 1u << 1   /* a JSON object is sent instead of a form */
};
typedef struct bh_http_oauth2 {
  uint32_t struct_size, flags;
  bh_str token_url, client_id, client_secret, scope;
  bh_str user, password, refresh_token;
  const bh_str *params;       /* further members: name, value … ("audience") */
  size_t param_count;         /* of strings: even */
  /* May be NULL. Called when the server has given a new refresh token in place of the old one, before the new access token is used: keep it. */
  void (*rotated)(void *rotated_user, bh_str refresh_token);
  void *rotated_user;
} bh_http_oauth2;

/* A token that is not OAuth2: `login` is sent, and the text at `token_path` of its JSON answer goes into the header `header` behind `prefix`
 * ("Authorization", "Bearer "). */
typedef struct bh_http_session {
  uint32_t struct_size;
  uint32_t seconds;                 /* how long it is good where the answer does not say; 0: 300 */
  const bh_http_request *login;
  const char *token_path;           /* "$.tokens.access.token" */
  const char *expires_path;         /* of a number of seconds; NULL: the answer does not say */
  const char *header, *prefix;
} bh_http_session;

typedef struct bh_http_service {
  uint32_t struct_size, zero;
  /* [in-call] Sends, and holds the answer. 2xx: BH_OK. 401 and 403: BH_E_AUTH. 408, 429, 5xx and no connection, after the
   * repeats: BH_E_TRANSIENT. Everything else: BH_E_PERMANENT. Of a request with an effect (BH_HTTP_EFFECT), 3xx, 408, 5xx, and an answer
   * that did not come once it was sent, or not whole, are BH_E_UNKNOWN instead: it may have happened. The reason is recorded as fail() does, without query string, headers or secrets. `answer` is filled in each case. */
  bh_status (*send)(void *ctx, const bh_http_request *request, bh_http_answer *answer);
  /* [in-call] A header of the last answer of this instance; empty where it had none. Until the next request. */
  bh_str (*header)(void *ctx, const char *name);
  /* [in-call] Percent-encoded for a query or a path segment, in scratch memory. */
  bh_status (*escape)(void *ctx, bh_str text, bh_str *out);
  /* [in-call] From here on every request carries a bearer token: fetched now, again before it expires, and once more when
   * a 401 comes. The token's URL must be within reach as well. NULL: no more. */
  bh_status (*oauth2)(void *ctx, const bh_http_oauth2 *how);
  /* [in-call] From here on at most so many requests in so many seconds, evenly spread; 0: as many as there are. */
  bh_status (*rate_limit)(void *ctx, uint32_t requests, uint32_t seconds);
  /* [in-call] At most so many in any `seconds` (1 to 86,400), as fast as they come until then; 0: no such limit. Beside rate_limit. */
  bh_status (*window_limit)(void *ctx, uint32_t requests, uint32_t seconds);
  /* [in-call] At most so many requests under way at a time, however many pages are asked for ahead; 0: 8. */
  bh_status (*concurrency)(void *ctx, uint32_t requests);
  /* [in-call] As oauth2(), for a token that is come by in another way. NULL: no more. One of the two is in force: the last that was set. */
  bh_status (*session)(void *ctx, const bh_http_session *how);
  /* [in-call] The value of an Authorization header ("Basic …") in scratch memory. */
  bh_status (*basic)(void *ctx, bh_str user, bh_str password, bh_str *out);
  /* [in-call] HMAC of `text` under `key`, in scratch memory. hash: "sha1", "sha256", "sha512"; as: "hex", "base64". */
  bh_status (*hmac)(void *ctx, const char *hash, bh_str key, bh_str text, const char *as, bh_str *out);
} bh_http_service;

/* ---- service: JSON ---- */
#define BH_SERVICE_JSON "billhook.host.json/1"

enum {
  BH_JSON_MISSING = 0, BH_JSON_NULL = 1, BH_JSON_FALSE = 2, BH_JSON_TRUE = 3,
  BH_JSON_NUMBER = 4,  /* text: the digits as sent: nothing is rounded */
  BH_JSON_STRING = 5,  /* text: unescaped */
  BH_JSON_OBJECT = 6,  /* text: its JSON, for text(); at most 1 MiB */
  BH_JSON_ARRAY = 7
};

/* One record that a query met. All of it dies when the callback returns. */
typedef struct bh_json_record {
  uint32_t struct_size, zero;
  size_t field_count;
  const int32_t *kinds;   /* of each field, in the order of the query's fields: BH_JSON_… */
  const bh_str *texts;    /* of each field; empty where missing or null, "true"/"false" for booleans */
  size_t key_count;
  const bh_str *keys;     /* what each [*] and .* of `each` stood for: an index from 0 as text, or a member's name */
} bh_json_record;

/* What to look for. `each` is the path of the records, from the root: "$", "$.result[*]", "$.nodes.*[*]",
 * "$['odata.value'][*]", "$.pages[0]". A field is a path inside the record: "id", "company.name", "tags[0]",
 * "['odd name']"; "" is the record itself. No wildcards in fields. Records of one query must not nest. */
typedef struct bh_json_query {
  uint32_t struct_size, zero;
  const char *each;
  const char *const *fields;
  size_t field_count;     /* at most 256 */
  /* [in-call] Called for each record as soon as it has been read, queries in the order of the document. Anything but
   * BH_OK stops the reading and is what http() or text() returns. */
  bh_status (*record)(void *user, const bh_json_record *r);
  void *user;
} bh_json_query;

/* How a list goes on on further pages. The host stops with an error at a page that it has had before and at pages_max. */
enum {
  BH_PAGES_LINK = 1,      /* the Link header's rel="next" */
  BH_PAGES_NEXT_URL = 2,  /* the text at `path` is the next URL; missing, null or empty ends it */
  BH_PAGES_CURSOR = 3,    /* the text at `path` goes into the query parameter `param`; missing, null or empty ends it */
  BH_PAGES_NUMBER = 4,    /* `param` counts up from `first`; ends with a page of fewer than `page_size` records (0: none) */
  BH_PAGES_OFFSET = 5,    /* `param` is the number of records had so far; ends as NUMBER does */
  BH_PAGES_AFTER = 6      /* `param` is the field `path` ("id") of the page's last record; not sent for the first page; ends as NUMBER does */
};
typedef struct bh_json_pages {
  uint32_t struct_size;
  int32_t kind;
  const char *path;       /* "$.meta.next" */
  const char *param;
  int64_t first;
  int64_t page_size;      /* records of the first query */
  uint32_t pages_max;     /* 0: 100,000 */
  uint32_t ahead;         /* NUMBER and OFFSET with a page_size: how many pages are asked for side by side, at most 8; 0: one */
  const char *total;      /* the path of the number of all records ("$.meta.total"); NULL: the answer does not say. A list that ends with fewer
                           * than its last page says is BH_E_TRANSIENT: it moved while it was read */
} bh_json_pages;

typedef struct bh_json_service {
  uint32_t struct_size, zero;
  /* [in-call] Sends as the HTTP service does, and reads the answer through the queries as it streams: memory does not grow
   * with it. `pages` may be NULL: one answer. Repeats end with the first record handed over: what breaks off after that
   * is BH_E_TRANSIENT. Not JSON (an HTML page with status 200): BH_E_PERMANENT; of a request with an effect, BH_E_UNKNOWN. An answer of another shape too: what the first [*]
   * or .* of the first query's `each` goes through must be there in every answer; null counts as empty. Duplicate members: the first counts. */
  bh_status (*http)(void *ctx, const bh_http_request *request, const bh_json_pages *pages,
                    const bh_json_query *const *queries, size_t query_count, bh_http_answer *answer);
  /* [in-call] The same for a JSON text that is at hand (BH_E_INVALID where it is none). */
  bh_status (*text)(void *ctx, bh_str json, const bh_json_query *const *queries, size_t query_count);
} bh_json_service;

/* ---- service: files ---- */
#define BH_SERVICE_FILE "billhook.host.file/1"

typedef struct bh_file bh_file;
typedef struct bh_file_service {
  uint32_t struct_size, zero;
  /* [in-call] Opens for reading the file that the text option `key` names, or with `name` the file of that name in the
   * folder that the option names. Paths are relative to the workspace and may not leave it. BH_OK with *out NULL where
   * there is no such file. At most 16 are open at a time; those still open when the call returns are closed. */
  bh_status (*open)(void *ctx, const char *key, bh_str name, bh_file **out);
  /* [in-call] Up to `bytes` bytes; *got 0 at the end. */
  bh_status (*read)(void *ctx, bh_file *file, void *into, size_t bytes, size_t *got);
  /* [in-call] */
  void (*close)(void *ctx, bh_file *file);
  /* [in-call] The names of the files in the folder that the option names, in the order of their bytes; those that begin with a dot, and what
   * is no file, are left out. *folder is 0, with BH_OK and no name, where the option names something else, or nothing. Anything but BH_OK from
   * `name` stops it and is what comes back. At most 100,000. */
  bh_status (*list)(void *ctx, const char *key, int32_t *folder, bh_status (*name)(void *user, bh_str name), void *user);
} bh_file_service;

/* ---- service: WebSocket ---- */
#define BH_SERVICE_WEBSOCKET "billhook.host.websocket/1"

typedef struct bh_websocket bh_websocket;
typedef struct bh_websocket_service {
  uint32_t struct_size, zero;
  /* [in-call] Opens one: url (https:// or wss://, http:// or ws://), headers and timeout_ms of the request are used. The limits of the HTTP
   * service hold. At most 4 are open at a time; those still open when the call returns are closed. */
  bh_status (*open)(void *ctx, const bh_http_request *request, bh_websocket **out);
  /* [in-call] One text message, at most 16 MiB. */
  bh_status (*send)(void *ctx, bh_websocket *socket, bh_str text);
  /* [in-call] Waits for the next message for at most timeout_ms (0: 60,000) and reads it through the queries as it streams, as the JSON service
   * does. *closed is 1, with BH_OK and no record, where the other side has closed. A message that is not JSON: BH_E_PERMANENT; none in time:
   * BH_E_TRANSIENT. */
  bh_status (*next)(void *ctx, bh_websocket *socket, uint32_t timeout_ms, const bh_json_query *const *queries, size_t query_count, int32_t *closed);
  /* [in-call] */
  void (*close)(void *ctx, bh_websocket *socket);
} bh_websocket_service;

/* ---- service: programs ---- */
#define BH_SERVICE_PROGRAM "billhook.host.program/1"

/* Lent to a plugin whose manifest says "programs": true. */
typedef struct bh_program_service {
  uint32_t struct_size, zero;
  /* [in-call] Runs the program that the text option `key` names (a path and words, split at spaces; no shell; relative paths are the workspace's)
   * in the workspace's folder, with nothing on its standard input, and hands over each line of its output, without the line's end and at most
   * 1 MiB, as it comes. Anything but BH_OK from `line` stops it, and is what comes back. A program that ends with another status than 0, or
   * is not done after timeout_ms (0: 600,000): BH_E_PERMANENT and BH_E_TRANSIENT, with the last line of its error output in the reason. */
  bh_status (*lines)(void *ctx, const char *key, uint32_t timeout_ms, bh_status (*line)(void *user, bh_str text), void *user);
} bh_program_service;

/* Ids kept for services to come: billhook.host.mail/1, billhook.host.render/1. */

/* ---- interface: connector ---- */
#define BH_IFACE_CONNECTOR "billhook.connector/1"

/* A platform's client: id as the platform names it, its name and, where it is known, its internet domain ("acme.example") for `billhook map`. */
typedef struct bh_client {
  uint32_t struct_size, zero;
  bh_str id, name, domain;
} bh_client;

/* A product of the platform's, for `billhook map`: what its contracts and charges name by id. */
typedef struct bh_product {
  uint32_t struct_size;
  uint32_t has;                   /* which of unit_price and cost are set: BH_CHARGE_PRICE, BH_CHARGE_COST */
  bh_str id, name;
  bh_dec unit_price, cost;
} bh_product;

/* A line of the invoice that a vendor or distributor has sent the MSP, for `billhook report reconcile`. Never billed. The id makes a second
 * delivery harmless. */
typedef struct bh_cost {
  uint32_t struct_size, zero;
  bh_str client, id, product /* as the vendor names it */, description, currency /* ISO 4217 */;
  bh_period days;                 /* what it is for */
  bh_dec quantity, amount;        /* amount: of the line, net */
} bh_cost;

/* Something with an identity that is there or not. `klass` is a word that price books select by. For devices it is one of workstation, server, network,
 * mobile, virtual and other with every connector of Billhook's; another word is allowed, and counts where a price book names it. Of a client that the platform
 * has closed the assets are passed over; the client and its usage dated before the closing go on being emitted, or that time is never billed. */
enum {
  BH_ASSET_PRESENT = 0,   /* it is there on the day of the pull; `from` and `to` are not read */
  BH_ASSET_INTERVAL = 1,  /* there from `from` to `to`, both inclusive; `to` not set: still there */
  BH_ASSET_DATED = 2,     /* it stands in the full list of the date `from` */
  BH_ASSET_CHANGED = 3    /* as INTERVAL, and only what is emitted is touched */
};
typedef struct bh_asset {
  uint32_t struct_size;
  int32_t mode;                   /* the same for all assets of one kind in a pull */
  bh_str client, kind /* "device", "user", … */, klass /* "server", … */, id, name;
  bh_date from, to, last_seen;    /* year 0: not set */
  const bh_str *attrs;            /* name, value, name, value … */
  size_t attr_count;              /* of strings: even */
} bh_asset;

/* A level on a date: "m365.SPB" is 42. */
typedef struct bh_gauge {
  uint32_t struct_size;
  bh_date date;
  bh_str client, metric;
  bh_dec value;
} bh_gauge;

/* Something consumed on a date. The id makes a second delivery harmless; another quantity under it replaces the first until its period is charged; 0 takes
 * it back. Metrics are words of yours that price books name ("backup.gb"); hours of work are "time.hours" with every connector, in hours. */
typedef struct bh_usage {
  uint32_t struct_size;
  bh_date date;
  bh_str client, metric, id, description;
  bh_dec quantity;
  const bh_str *attrs;            /* name, value … */
  size_t attr_count;
} bh_usage;

/* A one-off with its own price. */
enum { BH_CHARGE_PRICE = 1u << 0, BH_CHARGE_COST = 1u << 1 };
typedef struct bh_charge {
  uint32_t struct_size;
  uint32_t has;                   /* which of price and cost are set */
  bh_date date;
  uint32_t zero;
  bh_str client, id, product, description, po, contract; /* product or description; the last two may be empty */
  bh_dec quantity, unit_price, cost;
} bh_charge;

/* A contract as the platform has it: a JSON object with the keys of clients/NAME.jsonl, but for "client", "id" and "type". Where a line names its
 * "product", and where a "tax" is named, that is the platform's id: the host puts the workspace's own in its place (`ids` of products and taxes). */
typedef struct bh_contract {
  uint32_t struct_size, zero;
  bh_str client, id, json;
} bh_contract;

enum { BH_SCOPE_COMPLETE = 1, BH_SCOPE_PARTIAL = 2 };

/* Where a connector puts what it finds. Every string is copied. Each function: [in-call], BH_E_INVALID with the reason
 * recorded where the host will not take the row (no client, no id, a date or a decimal that is none, text that is not
 * UTF-8); return that. Nothing counts until the call has returned BH_OK. */
typedef struct bh_emit {
  uint32_t struct_size, zero;
  void *ctx;
  bh_status (*client)(void *ctx, const bh_client *x); /* also one that has nothing */
  bh_status (*asset)(void *ctx, const bh_asset *x);
  bh_status (*gauge)(void *ctx, const bh_gauge *x);
  bh_status (*usage)(void *ctx, const bh_usage *x);
  bh_status (*charge)(void *ctx, const bh_charge *x);
  bh_status (*contract)(void *ctx, const bh_contract *x);
  /* Between these, everything of `kind` (an asset kind, a metric, "*") of `client` ("*": all) is emitted. COMPLETE: all of it came. PARTIAL: only what was
   * emitted has changed. A scope that is begun and not ended fails the pull. Assets: one of a complete kind that was not emitted is gone. Gauges and usage do
   * not go by not being emitted; COMPLETE says how fresh they are. A level that is no more is emitted as 0. Time that was deleted or is no longer billable is
   * emitted with the quantity 0 under its id; where the platform does not tell of it any more, it stays billed. Charges: no scope says anything of them, each
   * stands for itself. Where things were asked for from bh_pull's `since` on, COMPLETE says that all came from there on, and nothing of what is older. */
  bh_status (*scope_begin)(void *ctx, bh_str kind, bh_str client);
  bh_status (*scope_end)(void *ctx, bh_str kind, bh_str client, int32_t how);
  /* One client could not be read: its things stay as they are and grow stale; the rest goes on. `why` empty: the reason
   * that was recorded last. */
  bh_status (*client_failed)(void *ctx, bh_str client, bh_str why);
  /* Kept when the pull has returned OK, and handed to the next one. At most 4 KiB. */
  bh_status (*cursor)(void *ctx, bh_str cursor);
  bh_status (*product)(void *ctx, const bh_product *x);
  bh_status (*cost)(void *ctx, const bh_cost *x);
} bh_emit;

typedef struct bh_pull {
  uint32_t struct_size;
  bh_date today;          /* the pull's date in the company's timezone */
  bh_date since;          /* usage, gauges, charges and costs dated before it are not asked for; year 0: everything. Assets that are there today
                           * are always all asked for */
  uint32_t zero;
  bh_str cursor;          /* of the last good pull; empty: none */
} bh_pull;

typedef struct bh_connector {
  uint32_t struct_size, zero;
  /* [serial] Cheap: are the credentials good, is the other side there? */
  bh_status (*probe)(void *self);
  /* [serial] Emits clients only. */
  bh_status (*clients)(void *self, const bh_emit *emit);
  /* [serial] Emits everything. Anything but BH_OK: all of it is dropped, and what was there stays. */
  bh_status (*pull)(void *self, const bh_pull *what, const bh_emit *emit);
} bh_connector;

/* ---- interface: billing model ---- */
#define BH_IFACE_MODEL "billhook.model/1"

enum { BH_CARRY_BYTES_MAX = 4096, BH_LINES_MAX = 10000 };

/* A run of days with one quantity, and its share of the whole period. The host has applied `minimum`, `included`, `round_up_to` and
 * `maximum`, in this order, but for those that the model declares as options of its own. With BH_MODEL_BY_DAY: one day and what was
 * used on it, in order; days on which nothing was used are left out. */
typedef struct bh_model_run {
  uint32_t struct_size, zero;
  bh_period days;
  bh_ratio quantity, fraction;
} bh_model_run;

typedef struct bh_model_input {
  uint32_t struct_size;
  int32_t decimals;               /* of the currency's minor unit */
  bh_str currency;                /* ISO 4217 */
  bh_period whole;                /* the scheduled period */
  bh_period in_force;             /* the part of it in which the line is in force */
  bh_ratio fraction;              /* of the days in force */
  const bh_model_run *const *runs; /* in order, without gaps; one unless the quantity goes by days */
  size_t run_count;               /* 0: the line has no quantity in this period */
  uint32_t carry_version;         /* of the period before; 0: there was none */
  uint32_t rounding;              /* of this contract: 0 half-up (away from zero), 1 half-even. For comparing with what is rounded */
  bh_str carry;
  /* Phase 2: what the lines came to that the option of type BH_OPT_PRODUCTS names: rounded, with the currency's decimals, before discounts.
   * Lines of phase 2 are never among them. */
  const bh_str *amount_products;
  const bh_dec *amounts;
  size_t amount_count;
} bh_model_input;

/* An exact line: the host multiplies the three and rounds, once. */
typedef struct bh_priced_line {
  uint32_t struct_size, zero;
  bh_ratio quantity, fraction;
  bh_dec unit_price;
  bh_str text;                    /* what to tell it from its siblings by ("over 500, up to 2000"); may be empty */
  bh_period days;                 /* year 0: those of in_force */
} bh_priced_line;

/* Something that the model buys on a day (a new block of hours): never prorated. */
typedef struct bh_purchase {
  uint32_t struct_size;
  bh_date date;                   /* within in_force */
  bh_ratio quantity;
  bh_dec unit_price;
  bh_str text;
} bh_purchase;

/* Each function: [in-call], BH_E_INVALID with the reason recorded where the host will not take it. */
typedef struct bh_model_emit {
  uint32_t struct_size, zero;
  void *ctx;
  bh_status (*line)(void *ctx, const bh_priced_line *x);   /* at most BH_LINES_MAX */
  bh_status (*purchase)(void *ctx, const bh_purchase *x);
  bh_status (*carry)(void *ctx, uint32_t version, bh_str bytes); /* version above 0; at most BH_CARRY_BYTES_MAX; the last one counts */
  /* A sentence for the evidence (`billhook explain`): how the lines came about, so that a person can work it out again. At most 100 of
   * at most 300 bytes. */
  bh_status (*note)(void *ctx, bh_str text);
} bh_model_emit;

enum {
  BH_MODEL_BY_DAY = 1u << 0 /* takes usage day by day: the line must count usage, and the host applies no minimum, included, … to it */
};

/* Pure: the same parameters, carry and input give the same lines, in whatever order lines are rated. No I/O, no clock. The
 * carry is the only memory from one period to the next; the host keeps it per line and period, and when it changes it
 * rates the periods after it again. Only a line with an option marked BH_OPT_CARRY may keep one. */
typedef struct bh_model {
  uint32_t struct_size;
  int32_t phase;                  /* 1: sees quantities. 2: sees the rounded amounts of others (percent, commit) */
  /* [serial] Reads the parameters once; *state (may stay NULL) serves any number of rate() calls. After a status other
   * than BH_OK, release is not called. */
  bh_status (*prepare)(void *self, const bh_values *params, void **state);
  /* [serial] */
  bh_status (*rate)(void *self, void *state, const bh_model_input *in, const bh_model_emit *out);
  /* [serial] */
  void (*release)(void *self, void *state);
  uint32_t flags;                 /* BH_MODEL_… */
  uint32_t zero;
} bh_model;

/* ---- interface: sink ---- */
#define BH_IFACE_SINK "billhook.sink/1"

/* What names one delivery, and one attempt at a payment, for good: 1 to 40 of A-Z, a-z, 0-9, '-' and '_', so that it fits where other sides keep a
 * reference of ours. */
enum { BH_KEY_BYTES_MAX = 40 };

/* An approved document on its way out. */
typedef struct bh_document {
  uint32_t struct_size, zero;
  bh_str id, number;              /* ours: "acme-7", "INV-2026-000042" */
  bh_str client;                  /* as this sink calls it (the client's `ids`); empty where nobody has said */
  bh_str json;                    /* the frozen document, as sdk/schema/invoice.schema.json has it; products and taxes with the sink's ids beside ours:
                                   * "ids": {"products": {OURS: THEIRS}, "taxes": {OURS: THEIRS}} */
} bh_document;

/* What became of a document over there. */
enum { BH_SENT_DRAFT = 1, BH_SENT_OPEN = 2, BH_SENT_PARTLY_PAID = 3, BH_SENT_PAID = 4, BH_SENT_VOID = 5 };
enum { BH_SENT_TOTAL = 1u << 0, BH_SENT_BALANCE = 1u << 1 };
typedef struct bh_sent {
  uint32_t struct_size;
  int32_t state;                  /* BH_SENT_… */
  uint32_t has;                   /* which of total and balance are set */
  uint32_t zero;
  bh_str ref;                     /* the other side's id of it: what status() is asked with */
  bh_str number, url;             /* as the other side shows it; may be empty */
  bh_dec total, balance;          /* as the other side has computed them, in the document's currency: the host tells a person where its total is another */
} bh_sent;

/* Money that came in over there. The id makes a second telling harmless. */
typedef struct bh_received {
  uint32_t struct_size;
  bh_date date;
  bh_str id, currency, note;
  bh_dec amount;                  /* of this payment; negative: given back */
} bh_received;

/* A tax of the other side's, for `billhook map`. */
enum { BH_TAX_RATE = 1u << 0 };
typedef struct bh_tax_code {
  uint32_t struct_size;
  uint32_t has;                   /* whether rate is set */
  bh_str id, name;
  bh_dec rate;                    /* percent */
} bh_tax_code;

/* Each function: [in-call], BH_E_INVALID with the reason recorded where the host will not take it. */
typedef struct bh_sink_emit {
  uint32_t struct_size, zero;
  void *ctx;
  bh_status (*sent)(void *ctx, const bh_sent *x);
  bh_status (*received)(void *ctx, const bh_received *x);
  bh_status (*client)(void *ctx, const bh_client *x);
  bh_status (*product)(void *ctx, const bh_product *x);
  bh_status (*tax)(void *ctx, const bh_tax_code *x);
} bh_sink_emit;

/* Invoices out, each once. `key` is the same for every attempt at the same document: it goes where the other side keeps a reference of ours. */
typedef struct bh_sink {
  uint32_t struct_size, zero;
  /* [serial] Cheap: are the credentials good, is the other side there? */
  bh_status (*probe)(void *self);
  /* [serial] Sees to it that the document is there, once, and says so with sent(). One that is there already under the key is success: the host
   * calls again after BH_E_TRANSIENT and BH_E_CANCELLED. BH_E_UNKNOWN: it was sent, and the answer does not say what became of it: the host asks
   * lookup() before anything else. INVALID, AUTH and PERMANENT say that this call has made nothing: the host calls again once somebody has seen to it.
   * BH_OK without sent() counts as BH_E_UNKNOWN. */
  bh_status (*deliver)(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit);
  /* [serial] Is the document there? `x` as deliver() had it, for other sides that are not asked by our key. sent() where it is; BH_OK without it where it
   * surely is not. BH_E_UNKNOWN where nobody can tell (mail): the host leaves it to a person. After any other failure it asks again, later. */
  bh_status (*lookup)(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit);
  /* [serial] How a document stands: sent(), and received() for each payment there is, every time. `ref`: as sent() told it. */
  bh_status (*status)(void *self, bh_str key, bh_str ref, const bh_sink_emit *emit);
  /* [serial] For `billhook map`: clients, and products and taxes where the other side has them. */
  bh_status (*clients)(void *self, const bh_sink_emit *emit);
} bh_sink;

/* ---- interface: payment gateway ---- */
#define BH_IFACE_GATEWAY "billhook.gateway/1"

/* A debit of a client's stored method, as `autopay` of the client names both; or money given back. */
typedef struct bh_debit {
  uint32_t struct_size;
  bh_date due;                    /* not before it; year 0: at once */
  bh_str customer, method;
  bh_str document, number, description; /* ours; the description is for the client's statement */
  bh_str currency;                /* ISO 4217 */
  bh_dec amount;                  /* above 0, with the currency's decimals */
  bh_str ref;                     /* of a refund: the payment that it gives back of; of a charge: empty */
} bh_debit;

enum { BH_DEBIT_PENDING = 1, BH_DEBIT_PAID = 2, BH_DEBIT_FAILED = 3, BH_DEBIT_REFUNDED = 4, BH_DEBIT_DISPUTED = 5 };
enum {
  BH_DEBIT_RETRY = 1u << 0,       /* failed: another attempt, with a key of its own, may go through */
  BH_DEBIT_ASK = 1u << 1          /* failed: the client has to do something first (a new card, a confirmation) */
};
typedef struct bh_outcome {
  uint32_t struct_size;
  int32_t state;                  /* BH_DEBIT_… */
  uint32_t flags;
  bh_date date;                   /* year 0: today */
  bh_str key;                     /* the attempt's; empty where only `ref` is known (a webhook) */
  bh_str ref;                     /* the gateway's id of the payment, of the refund, of the dispute */
  bh_str payment;                 /* of a refund or a dispute: the gateway's id of the payment; else empty */
  bh_str reason;                  /* the gateway's word for a failure ("card_declined"); for a person */
  bh_str currency;                /* empty with amounts of 0: not said */
  bh_dec amount, fee;             /* not negative; fee: what the gateway keeps of it */
} bh_outcome;

typedef struct bh_gateway_emit {
  uint32_t struct_size, zero;
  void *ctx;
  /* [in-call] BH_E_INVALID with the reason recorded where the host will not take it. */
  bh_status (*outcome)(void *ctx, const bh_outcome *x);
} bh_gateway_emit;

/* Money in. `key` is the same for every repeat of one attempt, and goes where the gateway keeps what makes a repeat harmless. Only an outcome() says that
 * an attempt has failed for good, and lets the host make another one with a key of its own. */
typedef struct bh_gateway {
  uint32_t struct_size, zero;
  /* [serial] Cheap: are the credentials good, is the other side there? */
  bh_status (*probe)(void *self);
  /* [serial] One attempt. A refusal by the client's bank is an outcome() with BH_OK. BH_E_UNKNOWN: it was sent, and the answer does not say what became of
   * it: the host asks lookup() before anything else. INVALID, AUTH and PERMANENT say that this call has moved no money. After all of them the host
   * calls again with the same key. BH_OK without an outcome counts as BH_E_UNKNOWN. */
  bh_status (*charge)(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit);
  /* [serial] Gives back `amount` of the payment x->ref; outcome() and failures as of charge(). */
  bh_status (*refund)(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit);
  /* [serial] What became of the attempt, of a charge or (x->ref set) a refund: outcome(); BH_OK without it where there surely was none. `x` as charge() or
   * refund() had it. BH_E_UNKNOWN where nobody can tell: the host leaves it to a person. After any other failure it asks again, later. */
  bh_status (*lookup)(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit);
  /* [serial] A webhook as it came: its body, its headers (name, value …), and the time in seconds since 1970. BH_E_AUTH where its signature is not
   * the gateway's, or too old; BH_OK without an outcome where it says nothing about a payment. Several outcomes, one delivered twice, and one out of
   * order are the host's to sort out. */
  bh_status (*event)(void *self, bh_str body, const bh_str *headers, size_t header_count, int64_t now_s, const bh_gateway_emit *emit);
} bh_gateway;

/* An id kept for an interface to come. */
#define BH_IFACE_TAX "billhook.tax/1"

/* ---- the plugin ---- */

/* The host reads the first four words, then the rest, before it runs any code of the plugin, and compares it with the
 * manifest beside the file. abi_minor: the lowest that will do. While BH_ABI_RC is not 0, all three must match exactly. */
typedef struct bh_plugin {
  uint32_t struct_size, abi_major, abi_minor, abi_rc;
  const char *id, *version, *vendor, *license; /* id: at most 64 of a-z, 0-9, '_', '-' and '.', as the workspace writes it */
  const bh_option *options;       /* ends with key NULL; NULL: none */
  /* [serial] Makes an instance: options can be read. After a status other than BH_OK, destroy is not called. */
  bh_status (*create)(const bh_host *host, void **self);
  /* [serial] */
  void (*destroy)(void *self);
  /* [any] A constant struct by interface id, or NULL. */
  const void *(*get_interface)(const char *id);
} bh_plugin;

/* The one symbol that a plugin exports: a constant. */
extern BH_EXPORT const bh_plugin billhook_plugin;

#ifdef __cplusplus
}
#endif
#endif
