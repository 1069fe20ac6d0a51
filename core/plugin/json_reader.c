/* yajl's events, with the place that each stands at. */
#include "plugin/json_reader.h"
#include "plugin/json_places.h"
#include <stdlib.h>
#include <yajl/yajl_parse.h>

enum { VALUE_BYTES_MAX = 16 * 1024 * 1024, QUERIES_MAX = 64, LONG_BYTES = 256 * 1024, MESSAGE_LEN = 120 };

struct bh_json_reader {
  bh_host_ctx *host;
  bh_arena arena;
  bh_json_node root;
  bh_json_match *matches;
  size_t match_count;
  yajl_handle parser;
  bh_json_places at;
  bh_buf keys[BH_JSON_DEPTH_MAX];
  size_t active, copying; /* queries inside a record; with a container that is being copied */
  size_t quiet_bytes;    /* since the last value: one of gigabytes must not pile up */
  bh_buf held;           /* of a long value: yajl begins it again with every piece, so the pieces must grow with it */
  unsigned mark;         /* bytes of a byte order mark that have come; 3: what follows is the text */
  bh_status status;      /* of a callback, or of us: ends the reading */
};

static int stop(bh_json_reader *r, bh_status rc)
{
  r->status = rc;
  return rc == BH_OK;
}

/* ---- values ---- */

/* True where a record begins with it. */
static bool begin_value(bh_json_reader *r, const bh_json_event *e, const bh_json_at *at, char bracket)
{
  bool record = false;
  for (size_t i = 0; r->copying && i < r->match_count; i++)
    if (r->matches[i].open)
      bh_json_match_copy(&r->matches[i], e, bracket);
  for (size_t i = 0; i < at->count; i++)
    for (const bh_json_hook *h = bh_json_place(&r->at, at, i)->hooks; h; h = h->next) {
      bh_json_match *m = &r->matches[h->query];
      if (!bracket && h->what >= 0) { /* a field that is no container neither begins a record nor is copied */
        bh_json_match_at(m, h->what, e);
        continue;
      }
      bool active = m->active, open = m->open > 0;
      bh_json_match_at(m, h->what, e);
      record |= m->active && !active;
      r->active += m->active && !active;
      r->copying += m->open && !open;
    }
  return record;
}

/* Records that are whole with the value that has just ended. */
static bh_status end_value(bh_json_reader *r, const bh_json_event *e)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; r->active && i < r->match_count && rc == BH_OK; i++)
    if (r->matches[i].active && r->matches[i].base == e->depth) {
      r->active--;
      rc = bh_json_match_hand_over(&r->matches[i], r->host, e);
    }
  return rc;
}

static int asked_scalar(bh_json_reader *r, int32_t kind, bh_str text)
{
  const bh_json_at *at = bh_json_places_here(&r->at);
  bh_status rc = BH_OK;
  if (at->count || r->copying) {
    if (kind == BH_JSON_STRING && memchr(text.ptr, 0, text.len))
      return stop(r, bh_host_fail(r->host, BH_E_PERMANENT, "the JSON has a text with a NUL in it"));
    bh_json_event e = {kind, text, r->at.places, r->at.depth};
    if (begin_value(r, &e, at, 0))
      rc = end_value(r, &e);
  }
  bh_json_places_next(&r->at);
  return stop(r, rc);
}

static inline int scalar(bh_json_reader *r, int32_t kind, bh_str text)
{
  r->quiet_bytes = 0;
  return !r->copying && bh_json_places_pass(&r->at) ? 1 : asked_scalar(r, kind, text);
}

static int on_null(void *ctx) { return scalar(ctx, BH_JSON_NULL, (bh_str){"", 0}); }
static int on_boolean(void *ctx, int yes) { return scalar(ctx, yes ? BH_JSON_TRUE : BH_JSON_FALSE, yes ? BH_S("true") : BH_S("false")); }
static int on_number(void *ctx, const char *text, size_t len) { return scalar(ctx, BH_JSON_NUMBER, (bh_str){text, len}); }
static int on_string(void *ctx, const unsigned char *text, size_t len) { return scalar(ctx, BH_JSON_STRING, (bh_str){(const char *)text, len}); }

static int open_container(bh_json_reader *r, bool array)
{
  const bh_json_at *at = bh_json_places_here(&r->at);
  r->quiet_bytes = 0;
  if (r->at.depth == BH_JSON_DEPTH_MAX)
    return stop(r, bh_host_fail(r->host, BH_E_PERMANENT, "the JSON is nested deeper than %d", BH_JSON_DEPTH_MAX));
  if (at->count || r->copying) {
    bh_json_event e = {array ? BH_JSON_ARRAY : BH_JSON_OBJECT, {"", 0}, r->at.places, r->at.depth};
    begin_value(r, &e, at, array ? '[' : '{');
  }
  r->at.places[r->at.depth++] = (bh_place){.array = array, .key = {"", 0}};
  return 1;
}

static int close_container(bh_json_reader *r, bool array)
{
  bh_status rc = BH_OK;
  r->at.depth--;
  r->quiet_bytes = 0;
  if (r->active) {
    bh_json_event e = {array ? BH_JSON_ARRAY : BH_JSON_OBJECT, {"", 0}, r->at.places, r->at.depth};
    for (size_t i = 0; r->copying && i < r->match_count; i++)
      if (r->matches[i].open) {
        bh_json_match_close(&r->matches[i], &e);
        r->copying -= r->matches[i].open == 0;
      }
    rc = end_value(r, &e);
  }
  bh_json_places_next(&r->at);
  return stop(r, rc);
}

static int on_map_start(void *ctx) { return open_container(ctx, false); }
static int on_map_end(void *ctx) { return close_container(ctx, false); }
static int on_array_start(void *ctx) { return open_container(ctx, true); }
static int on_array_end(void *ctx) { return close_container(ctx, true); }

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
  bh_json_reader *r = ctx;
  r->quiet_bytes = 0;
  const bh_str name = {(const char *)text, len};
  if (!r->copying && bh_json_places_member_plainly(&r->at, name))
    return 1;
  bh_json_places_member(&r->at, name);
  if (r->copying || bh_json_places_any_member(&r->at)) {
    bh_buf *key = &r->keys[r->at.depth - 1];
    bh_buf_clear(key);
    if (!bh_buf_put(key, text, len) || memchr(text, 0, len))
      return stop(r, bh_host_fail(r->host, BH_E_PERMANENT, "the JSON has a member whose name is no text of a fitting length"));
    r->at.places[r->at.depth - 1].key = bh_buf_str(key);
  }
  return 1;
}

static const yajl_callbacks callbacks = {on_null, on_boolean, NULL, NULL, on_number, on_string, on_map_start, on_key, on_map_end,
  on_array_start, on_array_end};

static void parser_new(bh_json_reader *r)
{
  r->parser = yajl_alloc(&callbacks, NULL, r);
  if (!r->parser)
    bh_out_of_memory(sizeof r->parser);
  r->quiet_bytes = r->active = r->copying = 0;
  bh_json_places_start(&r->at, &r->root);
  bh_buf_clear(&r->held);
  r->mark = 0;
  r->status = BH_OK;
}

bh_status bh_json_reader_new(bh_json_reader **out, bh_host_ctx *host, const bh_json_query *const *queries, size_t n)
{
  *out = NULL;
  if (n > QUERIES_MAX || (n && !queries))
    return bh_host_fail(host, BH_E_INVALID, "more than %d JSON queries", QUERIES_MAX);
  bh_json_reader *r = calloc(1, sizeof *r);
  if (!r)
    bh_out_of_memory(sizeof *r);
  r->host = host;
  bh_json_places_init(&r->at);
  bh_arena_init(&r->arena);
  bh_buf_init(&r->held, VALUE_BYTES_MAX);
  for (size_t i = 0; i < BH_JSON_DEPTH_MAX; i++)
    bh_buf_init(&r->keys[i], 64 * 1024);
  r->matches = BH_NEWN(&r->arena, bh_json_match, n + 1);
  bh_status rc = BH_OK;
  for (; rc == BH_OK && r->match_count < n; r->match_count++)
    rc = bh_json_match_init(&r->matches[r->match_count], &r->root, r->match_count, &r->arena, host, queries[r->match_count]);
  if (rc) {
    bh_json_reader_free(r);
    return rc;
  }
  parser_new(r);
  *out = r;
  return BH_OK;
}

void bh_json_reader_free(bh_json_reader *r)
{
  if (!r)
    return;
  for (size_t i = 0; i < r->match_count; i++)
    bh_json_match_dispose(&r->matches[i]);
  for (size_t i = 0; i < BH_JSON_DEPTH_MAX; i++)
    bh_buf_dispose(&r->keys[i]);
  bh_buf_dispose(&r->held);
  bh_json_places_dispose(&r->at);
  if (r->parser)
    yajl_free(r->parser);
  bh_arena_dispose(&r->arena);
  free(r);
}

void bh_json_reader_restart(bh_json_reader *r)
{
  yajl_free(r->parser);
  for (size_t i = 0; i < r->match_count; i++)
    bh_json_match_reset(&r->matches[i]);
  parser_new(r);
}

static bh_status finish(bh_json_reader *r, yajl_status s, bh_status not_json)
{
  if (r->status)
    return r->status;
  if (s == yajl_status_ok)
    return BH_OK;
  unsigned char *text = yajl_get_error(r->parser, 0, NULL, 0);
  char message[MESSAGE_LEN] = "";
  if (text) {
    snprintf(message, sizeof message, "%s", (const char *)text);
    message[strcspn(message, "\r\n")] = 0;
    yajl_free_error(r->parser, text);
  }
  return r->status = bh_host_fail(r->host, not_json, "what came is not JSON: %s", message);
}

/* A byte order mark before the text is let pass, as RFC 8259 allows; half a one is not. */
static bh_str after_mark(bh_json_reader *r, bh_str bytes)
{
  static const char mark[] = "\xef\xbb\xbf";
  size_t n = 0;
  while (r->mark < 3 && n < bytes.len && bytes.ptr[n] == mark[r->mark]) {
    r->mark++;
    n++;
  }
  if (n < bytes.len && r->mark < 3) {
    if (r->mark > 0)
      return (bh_str){mark, 1};
    r->mark = 3;
  }
  return (bh_str){bytes.ptr + n, bytes.len - n};
}

static bh_status parse(bh_json_reader *r, bh_str bytes, bh_status not_json)
{
  if (r->mark < 3)
    bytes = after_mark(r, bytes);
  return finish(r, yajl_parse(r->parser, (const unsigned char *)bytes.ptr, bytes.len), not_json);
}

static bh_status parse_held(bh_json_reader *r, bh_status not_json)
{
  bh_status rc = parse(r, bh_buf_str(&r->held), not_json);
  bh_buf_clear(&r->held);
  return rc;
}

bh_status bh_json_reader_feed(bh_json_reader *r, bh_str bytes, bh_status not_json)
{
  if (r->status)
    return r->status;
  if ((r->quiet_bytes += bytes.len) > VALUE_BYTES_MAX)
    return r->status = bh_host_fail(r->host, BH_E_PERMANENT, "the JSON has a value larger than 16 MiB");
  if (r->held.len == 0 && r->quiet_bytes < LONG_BYTES)
    return parse(r, bytes, not_json);
  if (!bh_buf_puts(&r->held, bytes))
    return r->status = bh_host_fail(r->host, BH_E_NOMEM, "no memory for a long value");
  return r->held.len < r->quiet_bytes / 2 ? BH_OK : parse_held(r, not_json);
}

bh_status bh_json_reader_end(bh_json_reader *r, bh_status not_json)
{
  if (r->status || (r->held.len && parse_held(r, not_json)))
    return r->status;
  return finish(r, yajl_complete_parse(r->parser), not_json);
}

uint64_t bh_json_reader_records(const bh_json_reader *r, size_t query)
{
  return query < r->match_count ? r->matches[query].records : 0;
}

bool bh_json_reader_listed(const bh_json_reader *r, size_t query)
{
  return query >= r->match_count || r->matches[query].listed;
}

bool bh_json_reader_used(const bh_json_reader *r)
{
  for (size_t i = 0; i < r->match_count; i++)
    if (r->matches[i].records)
      return true;
  return false;
}
