/* Paging: a Link header, a URL or cursor in the body, a page number, an offset. A list that turns in a circle is a mistake. */
#include "plugin/json_pages.h"

enum { PAGES_DEFAULT_MAX = 100000, FOUND_BYTES_MAX = 16384 };

static bh_status on_found(void *user, const bh_json_record *r)
{
  bh_pager *p = user;
  bh_buf_clear(&p->found);
  if (r->kinds[0] == BH_JSON_STRING || r->kinds[0] == BH_JSON_NUMBER)
    bh_buf_puts(&p->found, r->texts[0]);
  return BH_OK;
}

static bool in_body(const bh_json_pages *how)
{
  return how->kind == BH_PAGES_NEXT_URL || how->kind == BH_PAGES_CURSOR;
}

static bool by_number(const bh_json_pages *how)
{
  return how->kind == BH_PAGES_NUMBER || how->kind == BH_PAGES_OFFSET;
}

static bh_str numbered(bh_pager *p)
{
  char text[24];
  int n = snprintf(text, sizeof text, "%lld", (long long)p->number);
  return bh_http_url_with(&p->arena, p->base, p->how->param, (bh_str){text, (size_t)n});
}

bh_status bh_pager_init(bh_pager *p, bh_host_ctx *host, const bh_json_pages *how, bh_str url)
{
  *p = (bh_pager){.how = how};
  bh_arena_init(&p->arena);
  bh_map_init(&p->had, &p->arena);
  bh_buf_init(&p->found, FOUND_BYTES_MAX);
  p->base = p->url = bh_arena_str(&p->arena, url);
  if (!how)
    return BH_OK;
  bool ok = how->struct_size >= sizeof *how && how->kind >= BH_PAGES_LINK && how->kind <= BH_PAGES_OFFSET;
  if (ok && in_body(how))
    ok = how->path && how->path[0] == '$';
  if (ok && (by_number(how) || how->kind == BH_PAGES_CURSOR))
    ok = how->param && how->param[0];
  if (!ok)
    return bh_host_fail(host, BH_E_INVALID, "the settings of a paged request are not filled in");
  if (in_body(how)) { /* "$.meta.next" is the field "meta.next" of the one record "$" */
    p->watch_field[0] = how->path[1] == '.' ? how->path + 2 : how->path + 1;
    p->watch = (bh_json_query){.struct_size = sizeof p->watch, .each = "$", .fields = p->watch_field, .field_count = 1, .record = on_found, .user = p};
  }
  if (by_number(how)) {
    p->number = how->first;
    p->url = numbered(p);
  }
  return BH_OK;
}

void bh_pager_dispose(bh_pager *p)
{
  bh_buf_dispose(&p->found);
  bh_arena_dispose(&p->arena);
}

bool bh_pager_watches(const bh_pager *p)
{
  return p->how && in_body(p->how);
}

void bh_pager_begin(bh_pager *p)
{
  p->hash = 14695981039346656037u;
  bh_buf_clear(&p->found);
}

void bh_pager_bytes(bh_pager *p, bh_str bytes)
{
  if (p->how && by_number(p->how))
    for (size_t i = 0; i < bytes.len; i++)
      p->hash = (p->hash ^ (unsigned char)bytes.ptr[i]) * 1099511628211u;
}

static bh_status next_token(bh_pager *p, bh_host_ctx *host, bh_str token, bool *more)
{
  *more = token.len > 0;
  if (!*more)
    return BH_OK;
  if (bh_map_get(&p->had, token))
    return bh_host_fail(host, BH_E_PERMANENT, "the list turns in a circle: page %u is one that was read before", p->pages + 1);
  bh_map_put(&p->had, token, p);
  p->url = p->how->kind == BH_PAGES_CURSOR ? bh_http_url_with(&p->arena, p->base, p->how->param, token) : bh_http_url_join(&p->arena, p->url, token);
  return p->url.len ? BH_OK : bh_host_fail(host, BH_E_PERMANENT, "the next page's URL is none");
}

static bh_status next_number(bh_pager *p, bh_host_ctx *host, uint64_t records, bool *more)
{
  *more = records > 0 && (p->how->page_size <= 0 || records >= (uint64_t)p->how->page_size);
  if (p->pages > 1 && records > 0 && p->hash == p->hash_before)
    return bh_host_fail(host, BH_E_PERMANENT, "the list turns in a circle: page %u is the same as the one before", p->pages);
  p->hash_before = p->hash;
  p->number += p->how->kind == BH_PAGES_NUMBER ? 1 : (int64_t)records;
  p->url = numbered(p);
  return BH_OK;
}

bh_status bh_pager_next(bh_pager *p, bh_host_ctx *host, const bh_http_answer *answer, uint64_t records, bool *more)
{
  *more = false;
  p->pages++;
  if (!p->how)
    return BH_OK;
  bh_status rc = by_number(p->how)                 ? next_number(p, host, records, more)
                 : p->how->kind == BH_PAGES_LINK ? next_token(p, host, answer->link_next, more)
                                                   : next_token(p, host, bh_buf_str(&p->found), more);
  if (rc == BH_OK && *more && p->pages >= (p->how->pages_max ? p->how->pages_max : PAGES_DEFAULT_MAX))
    rc = bh_host_fail(host, BH_E_PERMANENT, "the list has more than %u pages", p->pages);
  return rc;
}
