/* billhook.host.json/1 as plugins call it: requests, pages and queries put together. */
#include "plugin/json_pages.h"
#include "plugin/json_reader.h"

enum { QUERIES_MAX = 32, SLICE_BYTES = 65536 };

typedef struct page { bh_json_reader *reader; bh_pager *pager; bh_status unreadable; } page;

static bh_status on_body(void *ctx, bh_str bytes)
{
  page *p = ctx;
  bh_pager_bytes(p->pager, bytes);
  return bh_json_reader_feed(p->reader, bytes, p->unreadable);
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

/* What one call of http() goes by. */
typedef struct paged {
  bh_connector_run *run;
  const bh_http_request *request;
  bh_pager pager;
  bh_http_ahead *ahead;   /* NULL: one page after another */
  const bh_json_query *queries[QUERIES_MAX + 2];
  size_t query_count;
} paged;

static bh_status read_page(paged *x, bh_http_answer *answer, uint64_t *records)
{
  page p = {.pager = &x->pager, .unreadable = bh_http_has_effect(x->request) ? BH_E_UNKNOWN : BH_E_PERMANENT};
  bh_str body;
  bh_status rc = bh_json_reader_new(&p.reader, &x->run->host, x->queries, x->query_count);
  if (rc)
    return rc;
  bh_pager_begin(&x->pager);
  if (x->ahead && bh_http_ahead_take(x->ahead, x->pager.url, &body)) {
    rc = on_body(&p, body);
    answer->status = 200;
    answer->body = answer->link_next = (bh_str){"", 0};
    bh_http_ahead_done(x->ahead, x->pager.url);
  } else {
    const bh_http_sink sink = {on_body, restart, &p};
    rc = bh_http_perform(bh_http_of(x->run), x->request, x->pager.url, true, &sink, answer);
  }
  if (rc == BH_OK)
    rc = bh_json_reader_end(p.reader, p.unreadable);
  if (rc == BH_OK && !bh_json_reader_listed(p.reader, 0))
    rc = bh_host_fail(&x->run->host, p.unreadable, "the answer has no list at \"%s\"", x->queries[0]->each);
  *records = bh_json_reader_records(p.reader, 0);
  bh_json_reader_free(p.reader);
  return rc;
}

static void go_ahead(paged *x, uint32_t width)
{
  if (!x->ahead)
    x->ahead = bh_http_ahead_new(bh_http_of(x->run), x->request, width);
  bh_arena a;
  bh_arena_init(&a);
  for (uint32_t i = 0; i < width; i++)
    bh_http_ahead_start(x->ahead, bh_pager_ahead(&x->pager, &a, i));
  bh_arena_dispose(&a);
}

static bh_status json_http(void *ctx, const bh_http_request *request, const bh_json_pages *pages, const bh_json_query *const *queries,
                           size_t query_count, bh_http_answer *answer)
{
  paged x = {.run = bh_run_of(ctx), .request = request};
  bh_http_answer own = {.struct_size = sizeof own};
  bh_host_ctx *host = &x.run->host;
  bool more = true;
  if (!request || query_count > QUERIES_MAX || (query_count && !queries))
    return bh_host_fail(host, BH_E_INVALID, "a JSON request is not filled in");
  if (!answer)
    answer = &own;
  bh_status rc = bh_pager_init(&x.pager, host, pages, request->url);
  if (rc == BH_OK && pages && query_count == 0)
    rc = bh_host_fail(host, BH_E_INVALID, "a paged request has no query whose records could be counted");
  for (size_t i = 0; i < query_count; i++)
    x.queries[i] = queries[i];
  if (rc == BH_OK)
    query_count += bh_pager_queries(&x.queries[query_count], &x.pager, query_count ? queries[0]->each : NULL);
  x.query_count = query_count;
  while (rc == BH_OK && more) {
    uint64_t records = 0;
    rc = read_page(&x, answer, &records);
    if (rc == BH_OK)
      rc = bh_pager_next(&x.pager, host, answer, records, &more);
    if (rc == BH_OK && more && host->cancelled && host->cancelled(host))
      rc = bh_host_fail(host, BH_E_CANCELLED, "cancelled");
    if (rc == BH_OK && more && pages && pages->ahead > 1)
      go_ahead(&x, pages->ahead);
  }
  bh_http_ahead_free(x.ahead);
  bh_pager_dispose(&x.pager);
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
