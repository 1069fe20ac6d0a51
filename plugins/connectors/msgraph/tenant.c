/* One tenant after another: its token, its licences, its users. */
#include "msgraph.h"

bh_status graph_log_in(graph *g, bh_str tenant)
{
  static const char hole[] = "{tenant}";
  bhk_buf url = {0};
  bh_str escaped;
  bh_status rc = g->api.http->escape(g->h->ctx, tenant, &escaped);
  for (size_t i = 0; rc == BH_OK && i < g->token_url.len;) {
    int fits = g->token_url.len - i >= sizeof hole - 1 && memcmp(g->token_url.ptr + i, hole, sizeof hole - 1) == 0;
    bhk_put(&url, fits ? escaped : (bh_str){g->token_url.ptr + i, 1});
    i += fits ? sizeof hole - 1 : 1;
  }
  const bh_http_oauth2 how = {.struct_size = sizeof how, .token_url = bhk_text(&url), .client_id = g->client_id, .client_secret = g->client_secret,
    .scope = g->scope};
  if (rc == BH_OK)
    rc = url.broken ? g->h->fail(g->h->ctx, BH_E_NOMEM, "no memory") : g->api.http->oauth2(g->h->ctx, &how);
  bhk_dispose(&url);
  return rc;
}

static bh_status read_tenant(graph_run *x, bh_str tenant)
{
  bhk_map_dispose(&x->skus);
  bhk_seen_dispose(&x->seen);
  bh_status rc = graph_log_in(x->g, tenant);
  if (rc == BH_OK)
    rc = graph_skus(x);
  return rc || x->g->users == GRAPH_USERS_NONE ? rc : graph_users(x);
}

static bh_status one(graph_run *x, const bh_values *v, int *read)
{
  static const bh_str kind = {"user", 4};
  const bh_host *h = x->g->h;
  const bh_emit *e = x->emit;
  bh_client c = {.struct_size = sizeof c};
  bh_str tenant;
  bh_status rc;
  *read = 0;
  if ((rc = h->text(h->ctx, v, "tenant", &tenant)) || (rc = h->text(h->ctx, v, "client", &x->client)))
    return rc;
  c.id = c.name = x->client;
  if ((rc = e->client(e->ctx, &c)) || (rc = e->scope_begin(e->ctx, kind, x->client)))
    return rc;
  rc = read_tenant(x, tenant);
  *read = rc == BH_OK;
  if (rc == BH_E_NOMEM || rc == BH_E_CANCELLED)
    return rc;
  if (rc && (rc = e->client_failed(e->ctx, x->client, (bh_str){"", 0})))
    return rc;
  return e->scope_end(e->ctx, kind, x->client, *read && x->g->users != GRAPH_USERS_NONE ? BH_SCOPE_COMPLETE : BH_SCOPE_PARTIAL);
}

bh_status graph_tenants(graph_run *x)
{
  const bh_host *h = x->g->h;
  const bh_values *v;
  size_t good = 0, all = 0;
  bh_status rc = BH_OK;
  for (; rc == BH_OK && (v = h->record(h->ctx, h->options, "tenants", all)) != NULL; all++) {
    int read;
    rc = h->cancelled(h->ctx) ? BH_E_CANCELLED : one(x, v, &read);
    good += rc == BH_OK && read;
  }
  return rc == BH_OK && good == 0 ? BH_E_PERMANENT : rc; /* the reason of the last one stands as it was recorded */
}
