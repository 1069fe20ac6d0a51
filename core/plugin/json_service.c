/* billhook.host.json/1 as plugins call it: requests, pages and queries put together. */
#include "plugin/json_pages.h"
#include "plugin/json_reader.h"

enum { QUERIES_MAX = 32, SLICE_BYTES = 65536 };

typedef struct page { bh_json_reader *reader; bh_pager *pager; } page;

static bh_status on_body(void *ctx, bh_str bytes)
{
  page *p = ctx;
  bh_pager_bytes(p->pager, bytes);
  return bh_json_reader_feed(p->reader, bytes, BH_E_PERMANENT);
}

/* Nothing can be taken back that a query has been given. */
static bool restart(void *ctx)
{
  page *p = ctx;
  if (bh_json_reader_used(p->reader))
    return false;
  bh_json_reader_restart(p->reader);
  bh_pager_begin(p->pager);
  return true;
}

static bh_status read_page(bh_connector_run *r, const bh_http_request *request, bh_pager *pager, const bh_json_query *const *queries, size_t n,
                           bh_http_answer *answer, uint64_t *records)
{
  page p = {.pager = pager};
  bh_status rc = bh_json_reader_new(&p.reader, &r->host, queries, n);
  if (rc)
    return rc;
  const bh_http_sink sink = {on_body, restart, &p};
  bh_pager_begin(pager);
  rc = bh_http_perform(bh_http_of(r), request, pager->url, true, &sink, answer);
  if (rc == BH_OK)
    rc = bh_json_reader_end(p.reader, BH_E_PERMANENT);
  *records = bh_json_reader_records(p.reader, 0);
  bh_json_reader_free(p.reader);
  return rc;
}

static bh_status json_http(void *ctx, const bh_http_request *request, const bh_json_pages *pages, const bh_json_query *const *queries,
                           size_t query_count, bh_http_answer *answer)
{
  bh_connector_run *r = bh_run_of(ctx);
  const bh_json_query *all[QUERIES_MAX + 1];
  bh_http_answer own = {.struct_size = sizeof own};
  bh_pager pager;
  bool more = true;
  if (!request || query_count > QUERIES_MAX || (query_count && !queries))
    return bh_host_fail(&r->host, BH_E_INVALID, "a JSON request is not filled in");
  bh_status rc = bh_pager_init(&pager, &r->host, pages, request->url);
  for (size_t i = 0; i < query_count; i++)
    all[i] = queries[i];
  if (bh_pager_watches(&pager))
    all[query_count++] = &pager.watch;
  while (rc == BH_OK && more) {
    uint64_t records = 0;
    rc = read_page(r, request, &pager, all, query_count, answer ? answer : &own, &records);
    if (rc == BH_OK)
      rc = bh_pager_next(&pager, &r->host, answer ? answer : &own, records, &more);
    if (rc == BH_OK && more && r->host.cancelled && r->host.cancelled(&r->host))
      rc = bh_host_fail(&r->host, BH_E_CANCELLED, "cancelled");
  }
  bh_pager_dispose(&pager);
  return rc;
}

static bh_status json_text(void *ctx, bh_str json, const bh_json_query *const *queries, size_t query_count)
{
  bh_connector_run *r = bh_run_of(ctx);
  bh_json_reader *reader;
  bh_status rc = bh_json_reader_new(&reader, &r->host, queries, query_count);
  if (rc)
    return rc;
  while (rc == BH_OK && json.len) {
    size_t n = json.len < SLICE_BYTES ? json.len : SLICE_BYTES;
    rc = bh_json_reader_feed(reader, (bh_str){json.ptr, n}, BH_E_INVALID);
    json = (bh_str){json.ptr + n, json.len - n};
  }
  if (rc == BH_OK)
    rc = bh_json_reader_end(reader, BH_E_INVALID);
  bh_json_reader_free(reader);
  return rc;
}

const bh_json_service *bh_json_service_get(void)
{
  static const bh_json_service service = {.struct_size = sizeof service, .http = json_http, .text = json_text};
  return &service;
}
