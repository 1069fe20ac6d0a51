/* Queries: GET Entity/query?search={…}, pages by the next page's URL, and the count that says whether they were all. */
#include "autotask.h"

static void put_search(at *x, const char *filter, const char *const *fields, size_t field_count)
{
  bhk_buf *b = &x->search;
  bhk_clear(b);
  bhk_putz(b, "{\"filter\":[");
  bhk_putz(b, filter[0] ? filter : "{\"op\":\"gte\",\"field\":\"id\",\"value\":0}");
  bhk_putz(b, "]");
  if (field_count) {
    bhk_putz(b, ",\"maxRecords\":");
    bhk_put_u64(b, AT_PAGE);
    bhk_putz(b, ",\"includeFields\":[");
    for (size_t i = 0; i < field_count; i++) {
      bhk_putz(b, i ? "," : "");
      bhk_put_json(b, bhk_str(fields[i]));
    }
    bhk_putz(b, "]");
  }
  bhk_putz(b, "}");
}

static bh_status put_path(at *x, const char *entity, const char *call)
{
  bh_str escaped = {"", 0};
  bh_status rc = x->search.broken ? psa_no_memory(&x->p) : x->p.api.http->escape(x->p.api.h->ctx, bhk_text(&x->search), &escaped);
  if (rc)
    return rc;
  bhk_clear(&x->path);
  bhk_putz(&x->path, "/V1.0/");
  bhk_putz(&x->path, entity);
  bhk_putz(&x->path, call);
  bhk_put(&x->path, escaped);
  bhk_put(&x->path, (bh_str){"", 1}); /* the end of a C string */
  return x->path.broken ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status on_count(void *user, const bh_json_record *r)
{
  uint64_t *count = user;
  for (size_t i = 0; i < r->texts[0].len && r->texts[0].ptr[i] >= '0' && r->texts[0].ptr[i] <= '9' && *count < UINT64_MAX / 100; i++)
    *count = *count * 10 + (uint64_t)(r->texts[0].ptr[i] - '0');
  return BH_OK;
}

static bh_status compare(at *x, const char *entity, const char *filter, uint64_t rows)
{
  static const char *const fields[] = {"queryCount"};
  uint64_t counted = 0;
  put_search(x, filter, NULL, 0);
  bh_status rc = put_path(x, entity, "/query/count?search=");
  const bhk_list list = {.path = x->path.ptr, .each = "$", .fields = fields, .field_count = 1, .row = on_count};
  if (rc == BH_OK)
    rc = bhk_read(&x->p.api, &list, &counted, NULL, 0);
  if (rc == BH_OK && rows < counted)
    rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_TRANSIENT, "%s: %llu came, but Autotask counts %llu", entity, (unsigned long long)rows, (unsigned long long)counted);
  return rc;
}

bh_status at_read(at *x, const char *entity, const char *filter, const char *const *fields, size_t field_count,
                  bh_status (*row)(void *user, const bh_json_record *r), void *user)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NEXT_URL, .path = "$.pageDetails.nextPageUrl"};
  uint64_t rows = 0;
  put_search(x, filter, fields, field_count);
  bh_status rc = put_path(x, entity, "/query?search=");
  const bhk_list list = {.path = x->path.ptr, .each = "$.items[*]", .fields = fields, .field_count = field_count, .row = row, .pages = &pages};
  if (rc == BH_OK)
    rc = psa_read(&x->p, &list, user, NULL, 0, NULL, &rows);
  return rc ? rc : compare(x, entity, filter, rows);
}

void at_condition(bhk_buf *b, const char *op, const char *field, bh_date day)
{
  bhk_putz(b, "{\"op\":\"");
  bhk_putz(b, op);
  bhk_putz(b, "\",\"field\":\"");
  bhk_putz(b, field);
  bhk_putz(b, "\",\"value\":\"");
  psa_put_day(b, day);
  bhk_putz(b, "\"}");
}
