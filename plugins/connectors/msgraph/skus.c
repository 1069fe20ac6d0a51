/* Licences: how many are assigned, and how many were bought. */
#include "msgraph.h"

enum { S_ID, S_PART, S_STATUS, S_CONSUMED, S_ENABLED, S_COUNT };
static const char *const fields[S_COUNT] = {"skuId", "skuPartNumber", "capabilityStatus", "consumedUnits", "prepaidUnits.enabled"};

int graph_ignored(const graph *g, bh_str sku)
{
  bh_str all = g->ignore;
  while (all.len) {
    const char *end = memchr(all.ptr, ' ', all.len);
    size_t n = end ? (size_t)(end - all.ptr) : all.len;
    if (n && bhk_like((bh_str){all.ptr, n}, sku))
      return 1;
    all = end ? (bh_str){end + 1, all.len - n - 1} : (bh_str){"", 0};
  }
  return 0;
}

static bh_status level(graph_run *x, bh_str prefix, bh_str part, bh_str number)
{
  const bh_host *h = x->g->h;
  bh_gauge g = {.struct_size = sizeof g, .date = x->today, .client = x->client};
  bhk_buf metric = {0};
  bhk_put(&metric, prefix);
  bhk_put(&metric, part);
  g.metric = bhk_text(&metric);
  bh_status rc = metric.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : h->parse_number(h->ctx, number, &g.value);
  if (rc == BH_OK && g.value.coef < 0)
    rc = h->fail(h->ctx, BH_E_PERMANENT, "subscribedSkus: %.*s has fewer than zero", (int)part.len, part.ptr);
  if (rc == BH_OK)
    rc = x->emit->gauge(x->emit->ctx, &g);
  bhk_dispose(&metric);
  return rc;
}

static bh_status on_sku(void *user, const bh_json_record *r)
{
  graph_run *x = user;
  const graph *g = x->g;
  bh_str id = bhk_value(r, S_ID), part = bhk_value(r, S_PART), status = bhk_value(r, S_STATUS), consumed = bhk_value(r, S_CONSUMED),
         enabled = bhk_value(r, S_ENABLED);
  if (!id.len || !part.len || !status.len || !consumed.len || !enabled.len)
    return g->h->fail(g->h->ctx, BH_E_PERMANENT, "subscribedSkus: an entry has no skuId, skuPartNumber, capabilityStatus, consumedUnits or prepaidUnits");
  int added = bhk_add(&x->skus, id, part);
  if (added <= 0)
    return added < 0 ? g->h->fail(g->h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
  /* Enabled, and Warning: expired and still at work. The others are off, though Microsoft goes on to list them with their old numbers. */
  int works = bhk_is(status, "Enabled") || bhk_is(status, "Warning");
  bh_status rc = level(x, g->metric, part, works ? consumed : BHK("0"));
  return rc || g->prepaid.len == 0 ? rc : level(x, g->prepaid, part, works ? enabled : BHK("0"));
}

bh_status graph_skus(graph_run *x)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NEXT_URL, .path = "$['@odata.nextLink']"};
  const bhk_list list = {.path = "/subscribedSkus", .each = "$.value[*]", .fields = fields, .field_count = S_COUNT, .row = on_sku, .pages = &pages};
  return bhk_read(&x->g->api, &list, x, NULL, 0);
}
