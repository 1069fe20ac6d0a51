/* Conveniences for connectors, sinks and gateways, over plugin.h: texts, options, classes, requests, sets of ids, signatures. Header-only and no part of the ABI: a plugin that
 * uses them has them compiled in, and may as well do without.
 *
 * Everything here is [in-call] and belongs to the plugin. What allocates is disposed of by its _dispose; a buffer that could not grow says so in
 * `broken`, so that a text is checked once, when it is whole.
 */
#ifndef BILLHOOK_KIT_H
#define BILLHOOK_KIT_H

#include "billhook/plugin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BHK(literal) ((bh_str){"" literal, sizeof(literal) - 1})

static inline bh_str bhk_str(const char *z)
{
  return (bh_str){z, strlen(z)};
}

static inline int bhk_eq(bh_str a, bh_str b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline int bhk_is(bh_str a, const char *z)
{
  return bhk_eq(a, bhk_str(z));
}

static inline char bhk_lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does `pattern` fit `text`, letters of ASCII in either case? * stands for anything. */
static inline int bhk_like(bh_str pattern, bh_str text)
{
  size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
  while (t < text.len) {
    if (p < pattern.len && pattern.ptr[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.len && bhk_lower(pattern.ptr[p]) == bhk_lower(text.ptr[t])) {
      p++;
      t++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      t = ++mark;
    } else {
      return 0;
    }
  }
  while (p < pattern.len && pattern.ptr[p] == '*')
    p++;
  return p == pattern.len;
}

/* ---- a text that grows ---- */

typedef struct bhk_buf {
  char *ptr;
  size_t len, cap;
  int broken; /* it could not grow: what stands in it is not whole */
} bhk_buf;

static inline void bhk_put(bhk_buf *b, bh_str s)
{
  if (b->broken || s.len == 0)
    return;
  if (s.len > b->cap - b->len || !b->ptr) {
    size_t cap = b->cap ? b->cap : 256;
    while (cap - b->len < s.len && cap < SIZE_MAX / 2)
      cap *= 2;
    char *grown = cap - b->len < s.len ? NULL : (char *)realloc(b->ptr, cap);
    if (!grown) {
      b->broken = 1;
      return;
    }
    b->ptr = grown;
    b->cap = cap;
  }
  memcpy(b->ptr + b->len, s.ptr, s.len);
  b->len += s.len;
}

static inline void bhk_putz(bhk_buf *b, const char *z)
{
  bhk_put(b, bhk_str(z));
}

/* As a JSON string, with its quotes. */
static inline void bhk_put_json(bhk_buf *b, bh_str s)
{
  char hex[8];
  bhk_putz(b, "\"");
  for (size_t i = 0, from = 0; i <= s.len; i++) {
    unsigned char c = i < s.len ? (unsigned char)s.ptr[i] : 0;
    if (i < s.len && c >= 0x20 && c != '"' && c != '\\')
      continue;
    bhk_put(b, (bh_str){s.ptr + from, i - from});
    from = i + 1;
    if (i == s.len)
      break;
    if (c == '"' || c == '\\') {
      hex[0] = '\\';
      hex[1] = (char)c;
      hex[2] = 0;
    } else {
      snprintf(hex, sizeof hex, "\\u%04x", c);
    }
    bhk_putz(b, hex);
  }
  bhk_putz(b, "\"");
}

static inline void bhk_put_u64(bhk_buf *b, uint64_t n)
{
  char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)n);
  bhk_putz(b, text);
}

static inline void bhk_put_base64(bhk_buf *b, bh_str s)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < s.len; i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; k++)
      three = three << 8 | (i + k < s.len ? (unsigned char)s.ptr[i + k] : 0u);
    char four[4] = {digits[three >> 18], digits[three >> 12 & 63], i + 1 < s.len ? digits[three >> 6 & 63] : '=', i + 2 < s.len ? digits[three & 63] : '='};
    bhk_put(b, (bh_str){four, 4});
  }
}

static inline bh_str bhk_text(const bhk_buf *b)
{
  bh_str s = {b->ptr ? b->ptr : "", b->len};
  return s;
}

static inline void bhk_clear(bhk_buf *b)
{
  b->len = 0;
  b->broken = 0;
}

static inline void bhk_dispose(bhk_buf *b)
{
  free(b->ptr);
  memset(b, 0, sizeof *b);
}

/* ---- options ---- */

/* A text option, empty where it is not set and has no fallback. */
static inline bh_status bhk_option(const bh_host *h, const char *key, bh_str *out)
{
  *out = (bh_str){"", 0};
  return h->has(h->ctx, h->options, key) ? h->text(h->ctx, h->options, key, out) : BH_OK;
}

/* A text option that must be set: BH_E_INVALID with its name where it is not. */
static inline bh_status bhk_needed(const bh_host *h, const char *key, bh_str *out)
{
  *out = (bh_str){"", 0};
  return h->text(h->ctx, h->options, key, out);
}

/* A bool option; 0 where it is not set. */
static inline bh_status bhk_flag(const bh_host *h, const char *key, int *out)
{
  int64_t v = 0;
  bh_status rc = h->has(h->ctx, h->options, key) ? h->integer(h->ctx, h->options, key, &v) : BH_OK;
  *out = v != 0;
  return rc;
}

/* ---- classes: the platform's words for a device, and ours ---- */

static const bh_option bhk_class_records[] = {
  {.key = "match", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The platform's word; * stands for anything, upper and lower case are the same."},
  {.key = "class", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The class of such devices."},
  {.key = NULL},
};
/* For the array of options. */
#define BHK_CLASSES {.key = "classes", .type = BH_OPT_RECORDS, .records = bhk_class_records, \
  .help = "Classes by the platform's own words, before the connector's: the first that fits."}

/* The class of the first entry of `classes` that fits `word`; `otherwise` where none does. */
static inline bh_str bhk_class(const bh_host *h, bh_str word, bh_str otherwise)
{
  const bh_values *r;
  for (size_t i = 0; (r = h->record(h->ctx, h->options, "classes", i)) != NULL; i++) {
    bh_str match, klass;
    if (h->text(h->ctx, r, "match", &match) == BH_OK && bhk_like(match, word) && h->text(h->ctx, r, "class", &klass) == BH_OK)
      return klass;
  }
  return otherwise;
}

/* ---- attributes of an asset ---- */

enum { BHK_ATTRS_MAX = 40 };
typedef struct bhk_attrs {
  bh_str v[2 * BHK_ATTRS_MAX];
  size_t n;
} bhk_attrs;

/* What is empty is left out, and so is what there is no room for. */
static inline void bhk_attr(bhk_attrs *a, const char *name, bh_str value)
{
  if (value.len == 0 || a->n + 2 > 2 * (size_t)BHK_ATTRS_MAX)
    return;
  a->v[a->n++] = bhk_str(name);
  a->v[a->n++] = value;
}

/* ---- a set of texts, and a map from text to text: ids that have been seen, whose client a site is ---- */

typedef struct bhk_entry {
  bh_str key, value; /* one allocation, at key.ptr */
} bhk_entry;
typedef struct bhk_map {
  bhk_entry *v; /* open addressing */
  size_t n, cap;
} bhk_map;

static inline size_t bhk_slot(const bhk_map *m, bh_str key)
{
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < key.len; i++)
    hash = (hash ^ (unsigned char)key.ptr[i]) * 1099511628211u;
  size_t at = (size_t)(hash ^ hash >> 32) & (m->cap - 1);
  while (m->v[at].key.ptr && !bhk_eq(m->v[at].key, key))
    at = (at + 1) & (m->cap - 1);
  return at;
}

static inline const bhk_entry *bhk_get(const bhk_map *m, bh_str key)
{
  if (m->cap == 0)
    return NULL;
  const bhk_entry *e = &m->v[bhk_slot(m, key)];
  return e->key.ptr ? e : NULL;
}

/* 1: it is new; 0: it was there, and stays as it was; -1: no memory. */
static inline int bhk_add(bhk_map *m, bh_str key, bh_str value)
{
  if (m->n * 2 >= m->cap) {
    bhk_map grown = {NULL, m->n, m->cap ? m->cap * 2 : 64};
    grown.v = (bhk_entry *)calloc(grown.cap, sizeof *grown.v);
    if (!grown.v)
      return -1;
    for (size_t i = 0; i < m->cap; i++)
      if (m->v[i].key.ptr)
        grown.v[bhk_slot(&grown, m->v[i].key)] = m->v[i];
    free(m->v);
    *m = grown;
  }
  bhk_entry *e = &m->v[bhk_slot(m, key)];
  if (e->key.ptr)
    return 0;
  char *text = (char *)malloc(key.len + value.len + 1);
  if (!text)
    return -1;
  if (key.len)
    memcpy(text, key.ptr, key.len);
  if (value.len)
    memcpy(text + key.len, value.ptr, value.len);
  e->key = (bh_str){text, key.len};
  e->value = (bh_str){text + key.len, value.len};
  m->n++;
  return 1;
}

static inline void bhk_map_dispose(bhk_map *m)
{
  for (size_t i = 0; i < m->cap; i++)
    free((char *)(uintptr_t)m->v[i].key.ptr);
  free(m->v);
  memset(m, 0, sizeof *m);
}

/* ---- requests to one base address ---- */

enum { BHK_HEADERS_MAX = 8 };
typedef struct bhk_api {
  const bh_host *h;
  const bh_http_service *http;
  const bh_json_service *json;
  bhk_buf base;  /* the address, without '/' at its end */
  bhk_buf url;   /* of the last request */
  bh_str headers[2 * BHK_HEADERS_MAX];
  size_t header_count;
} bhk_api;

/* The services and, from the text option `key`, the address. After anything but BH_OK dispose of it all the same. */
static inline bh_status bhk_open(bhk_api *a, const bh_host *h, const char *key)
{
  bh_str url;
  memset(a, 0, sizeof *a);
  a->h = h;
  a->http = (const bh_http_service *)h->get_service(h->ctx, BH_SERVICE_HTTP);
  a->json = (const bh_json_service *)h->get_service(h->ctx, BH_SERVICE_JSON);
  if (!a->http || !a->json)
    return h->fail(h->ctx, BH_E_INVALID, "this host lends no HTTP or no JSON");
  bh_status rc = bhk_option(h, key, &url);
  if (rc != BH_OK)
    return rc;
  while (url.len && url.ptr[url.len - 1] == '/')
    url.len--;
  if (url.len == 0)
    return h->fail(h->ctx, BH_E_INVALID, "%s: is missing", key);
  bhk_put(&a->base, url);
  return a->base.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* Takes `tail` ("/api") off the address where it ends so, for platforms whose address people copy with and without it. */
static inline void bhk_base_without(bhk_api *a, const char *tail)
{
  size_t n = strlen(tail);
  if (a->base.len > n && memcmp(a->base.ptr + a->base.len - n, tail, n) == 0)
    a->base.len -= n;
}

static inline void bhk_api_dispose(bhk_api *a)
{
  bhk_dispose(&a->base);
  bhk_dispose(&a->url);
}

/* Sent with every request from here on. The value must live as long as the instance (options do; scratch memory does not). */
static inline void bhk_header(bhk_api *a, const char *name, bh_str value)
{
  if (a->header_count + 2 > 2 * (size_t)BHK_HEADERS_MAX)
    return;
  a->headers[a->header_count++] = bhk_str(name);
  a->headers[a->header_count++] = value;
}

/* For a list that is only asked whether it answers. */
static inline bh_status bhk_any_row(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

/* What a list consists of. */
typedef struct bhk_list {
  const char *path;             /* behind the address, with its query: "/v2/devices?pageSize=1000" */
  const char *each;             /* of the records */
  const char *const *fields;
  size_t field_count;
  bh_status (*row)(void *user, const bh_json_record *r);
  const bh_json_pages *pages;   /* NULL: one answer */
  bh_str body;                  /* with `post` or `effect`: sent with every page */
  int post;                     /* a POST that only reads */
  const char *effect;           /* a request that makes or changes something: its method ("POST"). Where it may have done so and the answer cannot be
                                 * used, whatever the reason, the status is BH_E_UNKNOWN */
  const char *once;             /* of `effect`: the header ("Idempotency-Key") with which a repeat is harmless … */
  bh_str key;                   /* … and its value */
  bh_http_answer *answer;       /* NULL: nobody wants to see it */
} bhk_list;

/* Reads the list, page by page. `more`: further queries of the same answers, after the list's own; may be NULL. */
static inline bh_status bhk_read(bhk_api *a, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count)
{
  const bh_json_query *all[9];
  bh_json_query own = {.struct_size = sizeof own, .each = l->each, .fields = l->fields, .field_count = l->field_count, .record = l->row, .user = user};
  if (more_count > 8)
    return a->h->fail(a->h->ctx, BH_E_INVALID, "too many queries at once");
  all[0] = &own;
  for (size_t i = 0; i < more_count; i++)
    all[i + 1] = more[i];
  bhk_clear(&a->url);
  bhk_put(&a->url, bhk_text(&a->base));
  bhk_putz(&a->url, l->path);
  if (a->url.broken)
    return a->h->fail(a->h->ctx, BH_E_NOMEM, "no memory");
  bh_str headers[2 * BHK_HEADERS_MAX + 2];
  bh_http_request q = {.struct_size = sizeof q, .url = bhk_text(&a->url), .headers = headers, .header_count = a->header_count};
  memcpy(headers, a->headers, a->header_count * sizeof *headers);
  if (l->post || l->effect) {
    q.method = l->effect ? bhk_str(l->effect) : BHK("POST");
    q.flags = l->effect ? (uint32_t)BH_HTTP_EFFECT : (uint32_t)BH_HTTP_REPEATABLE;
    q.body = l->body;
  }
  if (l->effect && l->once) {
    headers[q.header_count++] = bhk_str(l->once);
    headers[q.header_count++] = l->key;
    q.flags |= BH_HTTP_REPEATABLE;
  }
  bh_http_answer here = {.struct_size = sizeof here}, *answer = l->answer ? l->answer : &here;
  answer->struct_size = sizeof *answer;
  bh_status rc = a->json->http(a->h->ctx, &q, l->pages, all, more_count + 1, answer);
  return rc != BH_OK && l->effect && answer->status >= 200 && answer->status < 300 ? (bh_status)BH_E_UNKNOWN : rc;
}

/* ---- what stands in a row ---- */

/* A field as a text: of a text or a number as it came, of anything else empty. An id is one or the other, whatever the platform says. */
static inline bh_str bhk_value(const bh_json_record *r, size_t i)
{
  return r->kinds[i] == BH_JSON_STRING || r->kinds[i] == BH_JSON_NUMBER ? r->texts[i] : (bh_str){"", 0};
}

/* The civil date of a field: of a number as time since 1970 in `per_second` parts of a second (1, or 1000 for milliseconds), of a text as a date or an
 * instant. Missing, null, empty, zero and the first year (what platforms write for "never") leave *out without a year. */
static inline bh_status bhk_day(const bh_host *h, const bh_json_record *r, size_t i, int64_t per_second, bh_date *out)
{
  bh_dec n;
  bh_str text = bhk_value(r, i);
  memset(out, 0, sizeof *out);
  if (text.len == 0 || (text.len >= 4 && memcmp(text.ptr, "0001", 4) == 0))
    return BH_OK;
  if (r->kinds[i] == BH_JSON_STRING)
    return h->parse_date(h->ctx, text, out);
  bh_status rc = h->parse_number(h->ctx, text, &n);
  for (; rc == BH_OK && n.scale > 0; n.scale--)
    n.coef /= 10;
  return rc != BH_OK || n.coef == 0 ? rc : h->civil(h->ctx, n.coef / per_second, out);
}

/* What a platform counts in parts of an hour (per_hour 60: minutes; 3600: seconds), as hours for "time.hours": cut at the ninth place, so that no sum comes
 * out above what it is of. 0 is a quantity like others: it is emitted. */
static inline bh_status bhk_hours(const bh_host *h, bh_str text, int64_t per_hour, bh_dec *out)
{
  bh_status rc = h->parse_number(h->ctx, text, out);
  int64_t scale = 1;
  if (rc != BH_OK)
    return rc;
  for (int32_t i = out->scale; i < 9; i++)
    scale *= 10;
  if (out->coef > INT64_MAX / scale || out->coef < 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "a time of %.*s is out of range", (int)text.len, text.ptr);
  out->coef = out->coef * scale / per_hour;
  for (out->scale = 9; out->scale > 0 && out->coef % 10 == 0; out->scale--)
    out->coef /= 10;
  return BH_OK;
}

/* ---- money ---- */

/* "12.50", "-0.05", with as many decimals as it has. */
static inline void bhk_put_dec(bhk_buf *b, bh_dec d)
{
  char digits[32], text[40];
  uint64_t n = d.coef < 0 ? 0 - (uint64_t)d.coef : (uint64_t)d.coef;
  int len = snprintf(digits, sizeof digits, "%0*llu", (int)d.scale + 1, (unsigned long long)n);
  if (d.scale > 0)
    snprintf(text, sizeof text, "%s%.*s.%s", d.coef < 0 ? "-" : "", len - (int)d.scale, digits, digits + len - (int)d.scale);
  else
    snprintf(text, sizeof text, "%s%s", d.coef < 0 ? "-" : "", digits);
  bhk_putz(b, text);
}

/* A field as a decimal; missing, null and empty are 0. */
static inline bh_status bhk_dec(const bh_host *h, const bh_json_record *r, size_t i, bh_dec *out)
{
  bh_str text = bhk_value(r, i);
  out->coef = 0;
  out->scale = out->zero = 0;
  return text.len ? h->parse_number(h->ctx, text, out) : (bh_status)BH_OK;
}

/* ---- webhooks ---- */

/* A header's value by its name, in either case; empty where there is none. */
static inline bh_str bhk_header_of(const bh_str *headers, size_t count, const char *name)
{
  for (size_t i = 0; i + 1 < count; i += 2) {
    size_t n = 0;
    while (n < headers[i].len && name[n] && bhk_lower(headers[i].ptr[n]) == bhk_lower(name[n]))
      n++;
    if (n == headers[i].len && !name[n])
      return headers[i + 1];
  }
  return (bh_str){"", 0};
}

/* Are the two the same? Takes as long for every text of a length, so that nobody learns from it how much of a signature was right. */
static inline int bhk_same_secret(bh_str a, bh_str b)
{
  unsigned char differ = 0;
  if (a.len != b.len || a.len == 0)
    return 0;
  for (size_t i = 0; i < a.len; i++)
    differ = (unsigned char)(differ | (unsigned char)(a.ptr[i] ^ b.ptr[i]));
  return differ == 0;
}

/* Is `signature` the HMAC-SHA256 of `text` under `key`, in small hexadecimal digits? */
static inline bh_status bhk_signed(const bhk_api *a, bh_str key, bh_str text, bh_str signature, int *out)
{
  bh_str right = {NULL, 0};
  bh_status rc = a->http->hmac(a->h->ctx, "sha256", key, text, "hex", &right);
  *out = rc == BH_OK && bhk_same_secret(right, signature);
  return rc;
}

/* ---- classes by the platform's words ---- */

typedef struct bhk_word {
  const char *like, *klass; /* * stands for anything; the last has like NULL */
} bhk_word;

/* By the option `classes`, then by the connector's own words, the first that fits; "other" where none does. */
static inline bh_str bhk_class_by(const bh_host *h, bh_str word, const bhk_word *own)
{
  while (own->like && !bhk_like(bhk_str(own->like), word))
    own++;
  return bhk_class(h, word, own->like ? bhk_str(own->klass) : BHK("other"));
}

/* ---- rows that cannot be read: all of a list are looked at, so that a person sees them at once; none is passed over ---- */

enum { BHK_BAD_SHOWN_MAX = 10, BHK_BAD_ID_BYTES_MAX = 100 };
typedef struct bhk_bad {
  size_t rows; /* had so far, in order: their number is what a row without an id is called by */
  size_t n;
  bhk_buf text;
} bhk_bad;

/* Notes that the row `id` (empty: the one whose number is `rows`) is malformed: `what` says how ("has no siteUid"). */
static inline void bhk_bad_row(bhk_bad *b, bh_str id, const char *what)
{
  if (b->n++ >= BHK_BAD_SHOWN_MAX)
    return;
  bhk_putz(&b->text, b->text.len ? "; " : "");
  if (id.len) {
    bhk_put(&b->text, (bh_str){id.ptr, id.len < BHK_BAD_ID_BYTES_MAX ? id.len : (size_t)BHK_BAD_ID_BYTES_MAX});
  } else {
    bhk_putz(&b->text, "number ");
    bhk_put_u64(&b->text, b->rows);
  }
  bhk_putz(&b->text, " ");
  bhk_putz(&b->text, what);
}

/* BH_E_PERMANENT with the rows that were noted; BH_OK where none was. `list`: what they are rows of ("devices"). */
static inline bh_status bhk_bad_judge(const bh_host *h, const bhk_bad *b, const char *list)
{
  bh_str t = bhk_text(&b->text);
  return b->n == 0 ? BH_OK : h->fail(h->ctx, BH_E_PERMANENT, "%s: %zu malformed: %.*s%s", list, b->n, (int)t.len, t.ptr, b->n > BHK_BAD_SHOWN_MAX ? "; …" : "");
}

/* ---- long lists, whole and each thing once ---- */

/* How a list goes on, and the number of its records, which each answer tells. */
typedef struct bhk_count {
  int32_t kind;       /* BH_PAGES_NUMBER or BH_PAGES_OFFSET */
  const char *param;  /* "page" */
  int64_t first;      /* of the first page: 0 or 1; OFFSET: 0 */
  const char *total;  /* a field of the answer: "pageDetails.totalCount" */
  uint32_t ahead;     /* pages asked for side by side */
} bhk_count;

typedef struct bhk_counting {
  const bhk_list *l;
  void *user;
  size_t rows, told; /* told: how many there were when `total` was said last */
  int64_t total;     /* -1: an answer did not say */
} bhk_counting;

static inline bh_status bhk_counting_row(void *user, const bh_json_record *r)
{
  bhk_counting *c = (bhk_counting *)user;
  c->rows++;
  return c->l->row(c->user, r);
}

static inline bh_status bhk_counting_total(void *user, const bh_json_record *r)
{
  bhk_counting *c = (bhk_counting *)user;
  bh_str t = bhk_value(r, 0);
  if (c->told && c->told == c->rows)
    return BH_OK; /* a page behind the last one: what it says the number is may be that of nothing */
  c->told = c->rows;
  c->total = t.len ? 0 : -1;
  for (size_t i = 0; i < t.len && c->total >= 0; i++)
    c->total = t.ptr[i] >= '0' && t.ptr[i] <= '9' && c->total < INT64_MAX / 100 ? c->total * 10 + (t.ptr[i] - '0') : -1;
  return BH_OK;
}

/* What a reading came to. */
typedef struct bhk_tally {
  size_t page;   /* records on the first page; 0: not looked at */
  size_t rows;   /* repeated ones, too */
  int64_t total; /* by the list's own count; -1: it does not say */
} bhk_tally;

/* Reads a list until as many records have come as it says to have. The first page tells how many the platform really puts on one, which may be
 * fewer than were asked for; the others are asked for by number, side by side. A list that says no number is BH_E_PERMANENT, one that ends early
 * BH_E_TRANSIENT: neither is ever taken for a short list. Rows that come twice count twice: bhk_read_all() looks for them. `more` as for
 * bhk_read(), at most 7; `tally` may be NULL. */
static inline bh_status bhk_read_counted(bhk_api *a, const bhk_list *l, const bhk_count *how, void *user, const bh_json_query *const *more, size_t more_count,
                                         bhk_tally *tally)
{
  const bh_json_query *all[8];
  const char *const fields[] = {how->total};
  bhk_counting c = {l, user, 0, 0, -1};
  const bh_json_query total = {.struct_size = sizeof total, .each = "$", .fields = fields, .field_count = 1, .record = bhk_counting_total, .user = &c};
  bhk_buf path = {0};
  char first[32];
  if (more_count > 7)
    return a->h->fail(a->h->ctx, BH_E_INVALID, "too many queries at once");
  all[0] = &total;
  for (size_t i = 0; i < more_count; i++)
    all[i + 1] = more[i];
  snprintf(first, sizeof first, "=%lld", (long long)how->first);
  bhk_putz(&path, l->path);
  bhk_putz(&path, strchr(l->path, '?') ? "&" : "?");
  bhk_putz(&path, how->param);
  bhk_putz(&path, first);
  bhk_put(&path, (bh_str){"", 1});
  bhk_list counted = *l;
  counted.path = path.ptr;
  counted.row = bhk_counting_row;
  counted.pages = NULL;
  bh_status rc = path.broken ? a->h->fail(a->h->ctx, BH_E_NOMEM, "no memory") : bhk_read(a, &counted, &c, all, more_count + 1);
  const size_t page = c.rows;
  if (rc == BH_OK && c.total < 0)
    rc = a->h->fail(a->h->ctx, BH_E_PERMANENT, "%s: the answer does not say how many there are (%s)", l->path, how->total);
  if (rc == BH_OK && c.rows && (int64_t)c.rows < c.total) {
    int64_t left = (c.total - 1) / (int64_t)c.rows; /* pages */
    const bh_json_pages pages = {.struct_size = sizeof pages, .kind = how->kind, .param = how->param,
      .first = how->kind == BH_PAGES_OFFSET ? (int64_t)c.rows : how->first + 1, .page_size = (int64_t)c.rows,
      .ahead = left < (int64_t)how->ahead ? (uint32_t)left : how->ahead};
    counted.path = l->path;
    counted.pages = &pages;
    rc = bhk_read(a, &counted, &c, all, more_count + 1);
  }
  if (rc == BH_OK && (int64_t)c.rows < c.total)
    rc = a->h->fail(a->h->ctx, BH_E_TRANSIENT, "%s: there are %lld by its own count, and %zu came: the list moved while it was read", l->path,
                    (long long)c.total, c.rows);
  bhk_dispose(&path);
  if (tally)
    *tally = (bhk_tally){page, c.rows, c.total};
  return rc;
}

/* The same for a list that the host pages through: where its `pages` name a total, that is read as well. */
static inline bh_status bhk_read_tallied(bhk_api *a, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count, bhk_tally *tally)
{
  const bh_json_query *all[8];
  bhk_counting c = {l, user, 0, 0, -1};
  const char *field = l->pages && BH_HAS(l->pages, bh_json_pages, total) ? l->pages->total : NULL;
  if (field)
    field += (field[0] == '$') + (field[0] == '$' && field[1] == '.'); /* of the root */
  const bh_json_query total = {.struct_size = sizeof total, .each = "$", .fields = &field, .field_count = 1, .record = bhk_counting_total, .user = &c};
  size_t n = 0;
  if (more_count > 7)
    return a->h->fail(a->h->ctx, BH_E_INVALID, "too many queries at once");
  if (field)
    all[n++] = &total;
  for (size_t i = 0; i < more_count; i++)
    all[n++] = more[i];
  bhk_list counted = *l;
  counted.row = bhk_counting_row;
  bh_status rc = bhk_read(a, &counted, &c, all, n);
  *tally = (bhk_tally){0, c.rows, c.total};
  return rc;
}

/* The ids that a list's rows had, 16 bytes each: two hashes of 64 bits in place of the text, so that a list of a million stays below 32 MiB. Two ids of
 * such a list are taken for one with a chance of 1 in 10^26. */
typedef struct bhk_seen {
  uint64_t (*v)[2]; /* open addressing; an empty place is 0, 0 */
  size_t n, cap;
  size_t rows;      /* repeated ones, too */
} bhk_seen;

/* One half of an id's hash: eight bytes at a time, with a beginning and a factor of its own, and mixed so that each bit counts. */
static inline uint64_t bhk_hash(bh_str text, uint64_t from, uint64_t times)
{
  uint64_t word;
  size_t left = text.len;
  from ^= text.len * times;
  for (; left >= sizeof word; left -= sizeof word) {
    memcpy(&word, text.ptr + (text.len - left), sizeof word);
    from = (from ^ word) * times;
    from ^= from >> 32;
  }
  for (word = 0; left; left--)
    word = word << 8 | (unsigned char)text.ptr[text.len - left];
  from = (from ^ word) * times;
  from = (from ^ (from >> 30)) * 0xbf58476d1ce4e5b9u;
  from = (from ^ (from >> 27)) * 0x94d049bb133111ebu;
  return from ^ (from >> 31);
}

static inline uint64_t *bhk_seen_place(const bhk_seen *s, const uint64_t key[2])
{
  size_t at = (size_t)key[0] & (s->cap - 1);
  while ((s->v[at][0] || s->v[at][1]) && (s->v[at][0] != key[0] || s->v[at][1] != key[1]))
    at = (at + 1) & (s->cap - 1);
  return s->v[at];
}

static inline int bhk_seen_grow(bhk_seen *s)
{
  bhk_seen grown = {NULL, s->n, s->cap ? s->cap * 2 : 64, s->rows};
  grown.v = (uint64_t(*)[2])calloc(grown.cap, sizeof *grown.v);
  if (!grown.v)
    return -1;
  for (size_t i = 0; i < s->cap; i++)
    if (s->v[i][0] || s->v[i][1])
      memcpy(bhk_seen_place(&grown, s->v[i]), s->v[i], sizeof *s->v);
  free(s->v);
  *s = grown;
  return 0;
}

/* For each row, first of all: 1 where the id is new, 0 where it was there (the row is to be passed over), -1: no memory. */
static inline int bhk_first(bhk_seen *s, bh_str id)
{
  const uint64_t key[2] = {bhk_hash(id, 14695981039346656037u, 14029467366897019727u), bhk_hash(id, 7809847782465536322u, 11400714819323198485u) | 1u};
  s->rows++;
  if (s->n * 4 >= s->cap * 3 && bhk_seen_grow(s) != 0)
    return -1;
  uint64_t *place = bhk_seen_place(s, key);
  if (place[0] || place[1])
    return 0;
  memcpy(place, key, sizeof key);
  s->n++;
  return 1;
}

/* bhk_first() for a row function: nonzero where the row is new. Where it is not, return *rc: BH_OK for one that came before, BH_E_PERMANENT for one
 * without an id, which is called `what` ("a machine"), BH_E_NOMEM. */
static inline int bhk_is_new(const bh_host *h, bhk_seen *s, bh_str id, const char *what, bh_status *rc)
{
  int first = id.len ? bhk_first(s, id) : 0;
  *rc = id.len == 0 ? h->fail(h->ctx, BH_E_PERMANENT, "%s without an id came", what) : first < 0 ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
  return first > 0;
}

/* Reads a list whose row function calls bhk_first() or bhk_is_new() on `seen`; how NULL: as the list's own `pages` say. Where something came twice the
 * list moved between two pages, and something else may have slipped through: it is read again, until a reading brings nothing new. A list that says
 * how many there are (`how`, or the total of its `pages`) is read again, too, while fewer different ids have come. BH_E_TRANSIENT where five readings do
 * not make it whole. Rows for which bhk_first() was not asked count as they come: it is yours to refuse them. */
static inline bh_status bhk_read_all(bhk_api *a, const bhk_list *l, const bhk_count *how, void *user, bhk_seen *seen, const bh_json_query *const *more,
                                     size_t more_count)
{
  enum { ROUNDS_MAX = 5 };
  const size_t before = seen->n;
  size_t twice = 0, came = 0;
  bhk_tally t = {0, 0, -1};
  for (int round = 0; round < ROUNDS_MAX; round++) {
    size_t rows = seen->rows, known = seen->n;
    bh_status rc = how ? bhk_read_counted(a, l, how, user, more, more_count, &t) : bhk_read_tallied(a, l, user, more, more_count, &t);
    if (rc != BH_OK)
      return rc;
    came = seen->n - before + (t.rows - (seen->rows - rows));
    if (round == 0)
      twice = seen->rows - rows - (seen->n - known);
    else if (seen->n == known && t.page > 1 && twice >= t.page) /* a few rows may have moved; a whole page did not */
      return a->h->fail(a->h->ctx, BH_E_TRANSIENT, "%s: a page of the list comes twice, and what should be on it does not", l->path);
    if ((int64_t)came >= t.total && (round == 0 ? twice == 0 : seen->n == known))
      return BH_OK;
  }
  if ((int64_t)came < t.total)
    return a->h->fail(a->h->ctx, BH_E_TRANSIENT, "%s: there are %lld by its own count, and %zu different ones came", l->path, (long long)t.total, came);
  return a->h->fail(a->h->ctx, BH_E_TRANSIENT, "%s: the list keeps moving while it is read", l->path);
}

static inline void bhk_seen_dispose(bhk_seen *s)
{
  free(s->v);
  memset(s, 0, sizeof *s);
}

/* ---- limits that every platform has, each with a number of its own: two options ---- */

#define BHK_PER_MINUTE(requests) \
  {.key = "requests_per_minute", .type = BH_OPT_INTEGER, .fallback = requests, .help = "At most so many requests in a minute; 0: as many as there are."}
#define BHK_AT_ONCE(requests) \
  {.key = "at_once", .type = BH_OPT_INTEGER, .fallback = requests, .help = "At most so many requests under way at a time, 1 to 8."}

/* An integer option that must lie within bounds. */
static inline bh_status bhk_integer(const bh_host *h, const char *key, int64_t least, int64_t most, int64_t *out)
{
  bh_status rc = h->integer(h->ctx, h->options, key, out);
  if (rc == BH_OK && (*out < least || *out > most))
    rc = h->fail(h->ctx, BH_E_INVALID, "%s: is from %lld to %lld", key, (long long)least, (long long)most);
  return rc;
}

static inline bh_status bhk_per_minute(const bhk_api *a)
{
  int64_t requests;
  bh_status rc = bhk_integer(a->h, "requests_per_minute", 0, 100000, &requests);
  return rc != BH_OK ? rc : a->http->window_limit(a->h->ctx, (uint32_t)requests, 60);
}

/* *out is what a list's `ahead` may be. */
static inline bh_status bhk_at_once(const bhk_api *a, uint32_t *out)
{
  int64_t requests;
  bh_status rc = bhk_integer(a->h, "at_once", 1, 8, &requests);
  *out = rc == BH_OK ? (uint32_t)requests : 1;
  return rc != BH_OK ? rc : a->http->concurrency(a->h->ctx, *out);
}
#endif
