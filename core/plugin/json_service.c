/* billhook.host.json/1 as plugins call it: requests, pages and queries put together. */
#include "plugin/json_ahead.h"
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
  bh_json_ahead *reads;   /* NULL: a page is read when its turn comes */
  uint32_t width;         /* of both */
  bh_status not_json;
  const bh_json_query *queries[QUERIES_MAX + 2];
  size_t query_count;
} paged;

static bh_status check_listed(paged *x, bool listed)
{
  return listed ? BH_OK : bh_host_fail(&x->run->host, x->not_json, "the answer has no list at \"%s\"", x->queries[0]->each);
}

/* Reads the page as it comes; body: it has come. */
static bh_status read_here(paged *x, const bh_str *body, bh_http_answer *answer, uint64_t *records)
{
  page p = {.pager = &x->pager, .unreadable = x->not_json};
  bh_status rc = bh_json_reader_new(&p.reader, &x->run->host, x->queries, x->query_count);
  if (rc)
    return rc;
  if (body) {
    rc = on_body(&p, *body);
  } else {
    const bh_http_sink sink = {on_body, restart, &p};
    rc = bh_http_perform(bh_http_of(x->run), x->request, x->pager.url, true, &sink, answer);
  }
  if (rc == BH_OK)
    rc = bh_json_reader_end(p.reader, p.unreadable);
  if (rc == BH_OK)
    rc = check_listed(x, bh_json_reader_listed(p.reader, 0));
  *records = bh_json_reader_records(p.reader, 0);
  bh_json_reader_free(p.reader);
  return rc;
}

/* Gives pages that have come whole to the thread that reads them, the next one first. */
static void read_ahead(paged *x)
{
  bh_arena a;
  if (!x->reads)
    return;
  bh_arena_init(&a);
  bh_http_ahead_turn(x->ahead);
  for (uint32_t i = 0; i < x->width; i++) {
    bh_str body, url = bh_pager_ahead(&x->pager, &a, i);
    if (url.len && !bh_json_ahead_has(x->reads, url) && bh_http_ahead_look(x->ahead, url, &body))
      bh_json_ahead_give(x->reads, url, body);
  }
  bh_arena_dispose(&a);
}

/* Hands over what the thread has read of the page. False: it has not read it. */
static bool take_read(paged *x, uint64_t *records, bh_status *rc)
{
  bh_json_page read;
  read_ahead(x);
  while (x->reads && bh_json_ahead_reads(x->reads, x->pager.url)) {
    bh_http_ahead_wait(x->ahead);
    read_ahead(x);
  }
  if (!x->reads || !bh_json_ahead_take(x->reads, x->pager.url, &read))
    return false;
  read_ahead(x); /* it has something to do, then, while the connector works on these */
  *rc = bh_json_ahead_play(x->reads);
  if (*rc == BH_OK && read.status)
    *rc = bh_host_fail(&x->run->host, read.status, "%s", read.reason);
  if (*rc == BH_OK)
    *rc = check_listed(x, read.listed);
  x->pager.hash = read.hash;
  *records = read.records;
  return true;
}

static bh_status read_page(paged *x, bh_http_answer *answer, uint64_t *records)
{
  bh_str body;
  bh_status rc;
  bh_pager_begin(&x->pager);
  bool came = x->ahead && bh_http_ahead_take(x->ahead, x->pager.url, &body);
  if (!came || !take_read(x, records, &rc))
    rc = read_here(x, came ? &body : NULL, answer, records);
  if (came) {
    answer->status = 200;
    answer->body = answer->link_next = (bh_str){"", 0};
    bh_http_ahead_done(x->ahead, x->pager.url);
  }
  return rc;
}

static void go_ahead(paged *x)
{
  if (!x->ahead) {
    x->ahead = bh_http_ahead_new(bh_http_of(x->run), x->request, x->width);
    x->reads = x->run->transport ? NULL : bh_json_ahead_new(x->queries, x->query_count, x->not_json, bh_http_ahead_wake, x->ahead);
  }
  bh_arena a;
  bh_arena_init(&a);
  for (uint32_t i = 0; i < x->width; i++)
    bh_http_ahead_start(x->ahead, bh_pager_ahead(&x->pager, &a, i));
  bh_arena_dispose(&a);
}

static bh_status json_http(void *ctx, const bh_http_request *request, const bh_json_pages *pages, const bh_json_query *const *queries,
                           size_t query_count, bh_http_answer *answer)
{
  paged x = {.run = bh_run_of(ctx), .request = request, .width = pages ? pages->ahead : 0};
  bh_http_answer own = {.struct_size = sizeof own};
  bh_host_ctx *host = &x.run->host;
  bool more = true;
  if (!request || query_count > QUERIES_MAX || (query_count && !queries))
    return bh_host_fail(host, BH_E_INVALID, "a JSON request is not filled in");
  x.not_json = bh_http_has_effect(request) ? BH_E_UNKNOWN : BH_E_PERMANENT;
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
    if (rc == BH_OK && more && x.width > 1)
      go_ahead(&x);
  }
  bh_json_ahead_free(x.reads);
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
