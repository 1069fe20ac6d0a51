/* Lists, page by page: how many rows a page has is the platform's affair, and differs from list to list. */
#include "syncro.h"

enum { PAGES_MAX = 100000 };

typedef struct meta {
  uint64_t pages, entries;
  bool has_pages, has_entries;
} meta;

static bool number(bh_str text, uint64_t *out)
{
  *out = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || *out > UINT64_MAX / 100)
      return false;
    *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  return text.len > 0;
}

static bh_status on_meta(void *user, const bh_json_record *r)
{
  meta *m = user;
  m->has_pages = number(r->texts[0], &m->pages);
  m->has_entries = number(r->texts[1], &m->entries);
  return BH_OK;
}

static bh_status page(syncro *s, const syncro_list *l, void *user, uint64_t n, meta *m, bhk_map *seen, uint64_t *rows)
{
  static const char *const fields[] = {"meta.total_pages", "meta.total_entries"};
  const bh_json_query root = {.struct_size = sizeof root, .each = "$", .fields = fields, .field_count = 2, .record = on_meta, .user = m};
  const bh_json_query *const more[] = {&root, l->inside};
  bhk_clear(&s->path);
  bhk_putz(&s->path, l->path);
  bhk_putz(&s->path, "?");
  bhk_putz(&s->path, l->query);
  bhk_putz(&s->path, "page=");
  bhk_put_u64(&s->path, n);
  bhk_put(&s->path, (bh_str){"", 1}); /* the end of a C string */
  const bhk_list list = {.path = s->path.ptr, .each = l->each, .fields = l->fields, .field_count = l->field_count, .row = l->row};
  return s->path.broken ? psa_no_memory(&s->p) : psa_read_page(&s->p, &list, user, more, l->inside ? 2 : 1, l->repeated, seen, rows);
}

bh_status syncro_read(syncro *s, const syncro_list *l, void *user)
{
  bhk_map seen = {NULL, 0, 0};
  meta m = {0, 0, false, false};
  bh_status rc = BH_OK;
  for (uint64_t n = 1; rc == BH_OK; n++) {
    size_t before = seen.n;
    uint64_t rows = 0;
    m.has_pages = m.has_entries = false;
    if ((rc = page(s, l, user, n, &m, &seen, &rows)))
      break;
    if (rows && seen.n == before && !m.has_entries) { /* else the count below tells */
      rc = s->p.api.h->fail(s->p.api.h->ctx, BH_E_PERMANENT, "%s: the list turns in a circle: page %llu brings nothing new", l->path, (unsigned long long)n);
      break;
    }
    if (m.has_pages ? n >= m.pages : rows == 0)
      break;
    if (n == PAGES_MAX)
      rc = s->p.api.h->fail(s->p.api.h->ctx, BH_E_PERMANENT, "%s: has more than %d pages", l->path, PAGES_MAX);
  }
  if (rc == BH_OK && m.has_entries && seen.n < m.entries)
    rc = s->p.api.h->fail(s->p.api.h->ctx, BH_E_TRANSIENT, "%s: %zu came, but Syncro counts %llu", l->path, seen.n, (unsigned long long)m.entries);
  bhk_map_dispose(&seen);
  return rc;
}
