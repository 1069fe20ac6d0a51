/* Paging: a Link header, a URL or cursor in the body, a page number, an offset. A list that turns in a circle is a mistake. */
#include "plugin/json_pages.h"
#include "plugin/sizes.h"

enum { PAGES_DEFAULT_MAX = 100000, FOUND_BYTES_MAX = 16384 };

static void keep(bh_buf *b, const bh_json_record *r, size_t i)
{
  bh_buf_clear(b);
  if (r->kinds[i] == BH_JSON_STRING || r->kinds[i] == BH_JSON_NUMBER)
    bh_buf_puts(b, r->texts[i]);
}

static int64_t count_of(bh_str text)
{
  int64_t n = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || n > INT64_MAX / 100)
      return -1;
    n = n * 10 + (text.ptr[i] - '0');
  }
  return text.len ? n : -1;
}

static bool in_body(const bh_json_pages *how)
{
  return how->kind == BH_PAGES_NEXT_URL || how->kind == BH_PAGES_CURSOR;
}

static bh_status on_watch(void *user, const bh_json_record *r)
{
  bh_pager *p = user;
  if (in_body(p->how))
    keep(&p->found, r, 0);
  if (p->how->total)
    p->total = r->kinds[1] == BH_JSON_STRING || r->kinds[1] == BH_JSON_NUMBER ? count_of(r->texts[1]) : -1;
  return BH_OK;
}

static bh_status on_last(void *user, const bh_json_record *r)
{
  bh_pager *p = user;
  keep(&p->found, r, 0);
  return BH_OK;
}

static bool by_number(const bh_json_pages *how)
{
  return how->kind == BH_PAGES_NUMBER || how->kind == BH_PAGES_OFFSET;
}

/* "$.meta.next" is the field "meta.next" of the one record "$". */
static const char *below_root(const char *path)
{
  return !path ? "-" : path[1] == '.' ? path + 2 : path + 1;
}

static bh_str numbered(const bh_pager *p, bh_arena *a, int64_t number)
{
  char text[24];
  int n = snprintf(text, sizeof text, "%lld", (long long)number);
  return bh_http_url_with(a, p->base, p->how->param, (bh_str){text, (size_t)n});
}

bh_status bh_pager_init(bh_pager *p, bh_host_ctx *host, const bh_json_pages *how, bh_str url)
{
  *p = (bh_pager){.how = how, .total = -1};
  bh_arena_init(&p->arena);
  bh_map_init(&p->had, &p->arena);
  bh_buf_init(&p->found, FOUND_BYTES_MAX);
  p->base = p->url = bh_arena_str(&p->arena, url);
  if (!how)
    return BH_OK;
  bool ok = how->struct_size >= BH_JSON_PAGES_1_0 && how->kind >= BH_PAGES_LINK && how->kind <= BH_PAGES_AFTER && how->ahead <= BH_PAGES_AHEAD_MAX && (!how->total || how->total[0] == '$');
  if (ok && in_body(how))
    ok = how->path && how->path[0] == '$';
  if (ok && how->kind == BH_PAGES_AFTER)
    ok = how->path && how->path[0] && how->path[0] != '$';
  if (ok && (by_number(how) || how->kind == BH_PAGES_CURSOR || how->kind == BH_PAGES_AFTER))
    ok = how->param && how->param[0];
  if (!ok)
    return bh_host_fail(host, BH_E_INVALID, "the settings of a paged request are not filled in");
  p->watch_field[0] = in_body(how) ? below_root(how->path) : "-";
  p->watch_field[1] = below_root(how->total);
  p->watch = (bh_json_query){.struct_size = sizeof p->watch, .each = "$", .fields = p->watch_field, .field_count = 2, .record = on_watch, .user = p};
  p->last_field[0] = how->path;
  p->last = (bh_json_query){.struct_size = sizeof p->last, .fields = p->last_field, .field_count = 1, .record = on_last, .user = p};
  if (by_number(how)) {
    p->number = how->first;
    p->url = numbered(p, &p->arena, p->number);
  }
  return BH_OK;
}

void bh_pager_dispose(bh_pager *p)
{
  bh_buf_dispose(&p->found);
  bh_arena_dispose(&p->arena);
}

size_t bh_pager_queries(const bh_json_query **out, bh_pager *p, const char *each)
{
  size_t n = 0;
  if (!p->how)
    return 0;
  if (in_body(p->how) || p->how->total)
    out[n++] = &p->watch;
  if (p->how->kind == BH_PAGES_AFTER) {
    p->last.each = each;
    out[n++] = &p->last;
  }
  return n;
}

bh_str bh_pager_ahead(bh_pager *p, bh_arena *a, uint32_t n)
{
  bool offset = p->how && p->how->kind == BH_PAGES_OFFSET;
  int64_t size = p->how ? p->how->page_size : 0;
  if (!p->how || !by_number(p->how) || size <= 0 || p->pages == 0)
    return (bh_str){"", 0};
  if (p->total >= 0 && (int64_t)p->records + (int64_t)n * size >= p->total)
    return (bh_str){"", 0};
  return numbered(p, a, p->number + (int64_t)n * (offset ? size : 1));
}

void bh_page_hash_init(bh_page_hash *h)
{
  *h = (bh_page_hash){.tail_len = 0};
}

static void mix(bh_page_hash *h, const void *block)
{
  uint64_t words[BH_PAGE_HASH_LANES];
  memcpy(words, block, sizeof words);
  for (int i = 0; i < BH_PAGE_HASH_LANES; i++)
    h->sums[i] += words[i];
  for (int i = 0; i < BH_PAGE_HASH_LANES; i++)
    h->sums_of_sums[i] += h->sums[i];
}

void bh_page_hash_add(bh_page_hash *h, bh_str bytes)
{
  size_t at = 0;
  while (h->tail_len > 0 && h->tail_len < sizeof h->tail && at < bytes.len) {
    h->tail[h->tail_len++] = (unsigned char)bytes.ptr[at++];
    if (h->tail_len == sizeof h->tail) {
      mix(h, h->tail);
      h->tail_len = 0;
    }
  }
  for (; bytes.len - at >= sizeof h->tail; at += sizeof h->tail)
    mix(h, bytes.ptr + at);
  while (at < bytes.len && h->tail_len < sizeof h->tail)
    h->tail[h->tail_len++] = (unsigned char)bytes.ptr[at++];
}

static uint64_t page_hash(bh_page_hash *h)
{
  uint64_t hash = h->tail_len;
  if (h->tail_len) {
    memset(h->tail + h->tail_len, 0, sizeof h->tail - h->tail_len);
    mix(h, h->tail);
    h->tail_len = 0;
  }
  for (int i = 0; i < BH_PAGE_HASH_LANES; i++) {
    hash = (hash ^ h->sums[i]) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ h->sums_of_sums[i] ^ hash >> 31) * 0x9E3779B97F4A7C15u;
  }
  return hash;
}

void bh_pager_begin(bh_pager *p)
{
  bh_page_hash_init(&p->hash);
  bh_buf_clear(&p->found);
}

void bh_pager_bytes(bh_pager *p, bh_str bytes)
{
  if (p->how && by_number(p->how))
    bh_page_hash_add(&p->hash, bytes);
}

static bh_status next_token(bh_pager *p, bh_host_ctx *host, bh_str token, bool *more)
{
  *more = token.len > 0;
  if (!*more)
    return BH_OK;
  if (bh_map_get(&p->had, token))
    return bh_host_fail(host, BH_E_PERMANENT, "the list turns in a circle: page %u is one that was read before", p->pages + 1);
  bh_map_put(&p->had, bh_arena_str(&p->arena, token), p);
  p->url = p->how->kind == BH_PAGES_CURSOR ? bh_http_url_with(&p->arena, p->base, p->how->param, token) : bh_http_url_join(&p->arena, p->url, token);
  return p->url.len ? BH_OK : bh_host_fail(host, BH_E_PERMANENT, "the next page's URL is none");
}

static bh_status next_number(bh_pager *p, bh_host_ctx *host, uint64_t records, bool *more)
{
  uint64_t hash = page_hash(&p->hash);
  *more = records > 0 && (p->how->page_size <= 0 || records >= (uint64_t)p->how->page_size);
  if (p->pages > 1 && records > 0 && hash == p->hash_before)
    return bh_host_fail(host, BH_E_PERMANENT, "the list turns in a circle: page %u is the same as the one before", p->pages);
  p->hash_before = hash;
  p->number += p->how->kind == BH_PAGES_NUMBER ? 1 : (int64_t)records;
  p->url = numbered(p, &p->arena, p->number);
  return BH_OK;
}

/* A page that is not full is the last one, and so is one that is empty. */
static bh_status next_after(bh_pager *p, bh_host_ctx *host, uint64_t records, bool *more)
{
  bh_str last = bh_buf_str(&p->found);
  if (records == 0 || (p->how->page_size > 0 && records < (uint64_t)p->how->page_size))
    return BH_OK;
  if (last.len == 0)
    return bh_host_fail(host, BH_E_PERMANENT, "the last record of page %u has no \"%s\" to go on from", p->pages, p->how->path);
  *more = true;
  if (bh_map_get(&p->had, last))
    return bh_host_fail(host, BH_E_PERMANENT, "the list turns in a circle: page %u ends with a record that was read before", p->pages);
  bh_map_put(&p->had, bh_arena_str(&p->arena, last), p);
  p->url = bh_http_url_with(&p->arena, p->base, p->how->param, last);
  return BH_OK;
}

bh_status bh_pager_next(bh_pager *p, bh_host_ctx *host, const bh_http_answer *answer, uint64_t records, bool *more)
{
  *more = false;
  p->pages++;
  if (!p->how)
    return BH_OK;
  p->records += records;
  bh_status rc = by_number(p->how)                 ? next_number(p, host, records, more)
                 : p->how->kind == BH_PAGES_AFTER ? next_after(p, host, records, more)
                 : p->how->kind == BH_PAGES_LINK ? next_token(p, host, answer->link_next, more)
                                                   : next_token(p, host, bh_buf_str(&p->found), more);
  if (rc == BH_OK && *more && p->pages >= (p->how->pages_max ? p->how->pages_max : PAGES_DEFAULT_MAX))
    rc = bh_host_fail(host, BH_E_PERMANENT, "the list has more than %u pages", p->pages);
  if (rc == BH_OK && !*more && p->total >= 0 && p->records < (uint64_t)p->total)
    rc = bh_host_fail(host, BH_E_TRANSIENT, "the list has %lld records by its own count, and %llu came: it moved while it was read", (long long)p->total,
                      (unsigned long long)p->records);
  return rc;
}
