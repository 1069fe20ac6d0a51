/* Lists: pages that go forward alone, and the count that says whether they were all. */
#include "connectwise.h"

static bh_status put_query(cw *c, const char *key, bh_str value, const char *separator)
{
  bh_str escaped;
  bh_status rc = c->p.api.http->escape(c->p.api.h->ctx, value, &escaped);
  if (rc)
    return rc;
  bhk_putz(&c->path, separator);
  bhk_putz(&c->path, key);
  bhk_putz(&c->path, "=");
  bhk_put(&c->path, escaped);
  return BH_OK;
}

static bh_status on_count(void *user, const bh_json_record *r)
{
  uint64_t *count = user;
  for (size_t i = 0; i < r->texts[0].len && r->texts[0].ptr[i] >= '0' && r->texts[0].ptr[i] <= '9' && *count < UINT64_MAX / 100; i++)
    *count = *count * 10 + (uint64_t)(r->texts[0].ptr[i] - '0');
  return BH_OK;
}

static bh_status count(cw *c, const cw_list *l, uint64_t *out)
{
  static const char *const fields[] = {"count"};
  bh_status rc = BH_OK;
  *out = 0;
  bhk_clear(&c->path);
  bhk_putz(&c->path, l->path);
  bhk_putz(&c->path, "/count");
  if (l->conditions.len)
    rc = put_query(c, "conditions", l->conditions, "?");
  bhk_put(&c->path, (bh_str){"", 1}); /* the end of a C string */
  if (rc == BH_OK && c->path.broken)
    rc = psa_no_memory(&c->p);
  const bhk_list list = {.path = c->path.ptr, .each = "$", .fields = fields, .field_count = 1, .row = on_count};
  return rc ? rc : bhk_read(&c->p.api, &list, out, NULL, 0);
}

bh_status cw_read(cw *c, const cw_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user))
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_LINK};
  uint64_t rows = 0, counted = 0;
  bh_status rc = BH_OK;
  bhk_clear(&c->path);
  bhk_putz(&c->path, l->path);
  bhk_putz(&c->path, "?pageSize=");
  bhk_put_u64(&c->path, CW_PAGE);
  if (l->conditions.len)
    rc = put_query(c, "conditions", l->conditions, "&");
  if (rc == BH_OK && l->ask)
    rc = put_query(c, "fields", bhk_str(l->ask), "&");
  bhk_put(&c->path, (bh_str){"", 1});
  if (rc == BH_OK && c->path.broken)
    rc = psa_no_memory(&c->p);
  const bhk_list list = {.path = c->path.ptr, .each = "$[*]", .fields = l->fields, .field_count = l->field_count, .row = l->row, .pages = &pages};
  if (rc == BH_OK)
    rc = psa_read(&c->p, &list, user, more, more_count, repeated, &rows);
  /* A page that is not full by the smallest size there is cannot have been cut. */
  if (rc || (l->inner && (rows == 0 || rows % CW_PAGE_DEFAULT != 0)))
    return rc;
  if ((rc = count(c, l, &counted)) == BH_OK && rows < counted)
    rc = c->p.api.h->fail(c->p.api.h->ctx, BH_E_TRANSIENT, "%s: %llu came, but ConnectWise counts %llu", l->path, (unsigned long long)rows,
                          (unsigned long long)counted);
  return rc;
}

static bh_status on_status(void *user, const bh_json_record *r)
{
  cw *c = user;
  return r->kinds[1] == BH_JSON_TRUE && bhk_add(&c->closed, r->texts[0], BHK("")) < 0 ? psa_no_memory(&c->p) : BH_OK;
}

bh_status cw_closed_statuses(cw *c, const char *path, const char *flag)
{
  const char *const fields[] = {"id", flag};
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_LINK};
  const bhk_list list = {.path = path, .each = "$[*]", .fields = fields, .field_count = 2, .row = on_status, .pages = &pages};
  bhk_map_dispose(&c->closed);
  return psa_read(&c->p, &list, c, NULL, 0, NULL, NULL);
}

void cw_since(bhk_buf *b, const char *name, bh_date day)
{
  bhk_putz(b, name);
  bhk_putz(b, ">=[");
  psa_put_day(b, psa_day_add(day, -1));
  bhk_putz(b, "T00:00:00Z]");
}
