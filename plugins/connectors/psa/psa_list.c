/* Lists whose rows come once each; rows and ids that are kept until they are wanted. */
#include "psa.h"

typedef struct reading {
  psa *p;
  const bhk_list *l;
  void *user;
  void (*repeated)(void *user);
  bhk_map *seen;
  uint64_t rows;
} reading;

static bh_status on_row(void *user, const bh_json_record *r)
{
  reading *x = user;
  x->rows++;
  if (r->texts[0].len == 0)
    return x->p->api.h->fail(x->p->api.h->ctx, BH_E_PERMANENT, "%.*s: a record without \"%s\"", (int)strcspn(x->l->path, "?"), x->l->path, x->l->fields[0]);
  int added = bhk_add(x->seen, r->texts[0], BHK(""));
  if (added < 0)
    return psa_no_memory(x->p);
  if (added)
    return x->l->row(x->user, r);
  if (x->repeated)
    x->repeated(x->user);
  return BH_OK;
}

bh_status psa_read_page(psa *p, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user),
                        bhk_map *seen, uint64_t *rows)
{
  reading x = {.p = p, .l = l, .user = user, .repeated = repeated, .seen = seen};
  bhk_list own = *l;
  own.row = on_row;
  bh_status rc = bhk_read(&p->api, &own, &x, more, more_count);
  *rows = x.rows;
  return rc;
}

bh_status psa_read(psa *p, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user),
                   uint64_t *rows)
{
  bhk_map seen = {NULL, 0, 0};
  uint64_t all = 0;
  bh_status rc = psa_read_page(p, l, user, more, more_count, repeated, &seen, &all);
  if (rows)
    *rows = seen.n;
  bhk_map_dispose(&seen);
  return rc;
}

bh_status psa_rows_add(psa *p, psa_rows *rows, const bh_json_record *r)
{
  size_t bytes = 1;
  if (rows->n == rows->cap) {
    size_t cap = rows->cap ? rows->cap * 2 : 16;
    bh_str *v = realloc(rows->v, cap * rows->width * sizeof *v);
    if (!v)
      return psa_no_memory(p);
    rows->v = v;
    rows->cap = cap;
  }
  for (size_t i = 0; i < rows->width; i++)
    bytes += r->texts[i].len;
  char *text = malloc(bytes);
  if (!text)
    return psa_no_memory(p);
  bh_str *row = &rows->v[rows->n++ * rows->width];
  for (size_t i = 0; i < rows->width; i++) { /* one allocation, at row[0].ptr */
    if (r->texts[i].len)
      memcpy(text, r->texts[i].ptr, r->texts[i].len);
    row[i] = (bh_str){text, r->texts[i].len};
    text += r->texts[i].len;
  }
  return BH_OK;
}

void psa_rows_clear(psa_rows *rows)
{
  for (size_t i = 0; i < rows->n; i++)
    free((char *)(uintptr_t)rows->v[i * rows->width].ptr);
  rows->n = 0;
}

void psa_rows_dispose(psa_rows *rows)
{
  psa_rows_clear(rows);
  free(rows->v);
  memset(rows, 0, sizeof *rows);
}

bh_status psa_ids_add(psa *p, psa_ids *ids, bh_str id)
{
  int added = id.len ? bhk_add(&ids->set, id, BHK("")) : 0;
  if (added <= 0)
    return added ? psa_no_memory(p) : BH_OK;
  if (ids->n == ids->cap) {
    size_t cap = ids->cap ? ids->cap * 2 : 64;
    bh_str *v = realloc(ids->v, cap * sizeof *v);
    if (!v)
      return psa_no_memory(p);
    ids->v = v;
    ids->cap = cap;
  }
  ids->v[ids->n++] = bhk_get(&ids->set, id)->key;
  return BH_OK;
}

void psa_ids_dispose(psa_ids *ids)
{
  bhk_map_dispose(&ids->set);
  free(ids->v);
  memset(ids, 0, sizeof *ids);
}

bool psa_true(bh_str text)
{
  return bhk_like(BHK("true"), text) || bhk_is(text, "1");
}
