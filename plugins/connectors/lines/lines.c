/* The lines of a pull: which clients, what is complete. */
#include "lines.h"

bh_status lines_begin(lines *l, const bh_host *host, const bh_emit *emit, bh_date today)
{
  memset(l, 0, sizeof *l);
  l->host = host;
  l->emit = emit;
  l->today = today;
  l->json = host->get_service(host->ctx, BH_SERVICE_JSON);
  return l->json ? BH_OK : host->fail(host->ctx, BH_E_INVALID, "this host lends no JSON");
}

void lines_dispose(lines *l)
{
  bhk_dispose(&l->text);
  bhk_map_dispose(&l->clients);
  bhk_map_dispose(&l->named);
  bhk_map_dispose(&l->kinds);
  bhk_map_dispose(&l->complete);
  csv_seen_free(&l->usage);
}

static int blank(bh_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != ' ' && s.ptr[i] != '\t' && s.ptr[i] != '\r')
      return 0;
  return 1;
}

bh_status lines_take(lines *l, const char *where, uint64_t number, bh_str text)
{
  bh_str type;
  l->where = where;
  l->number = number;
  if (blank(text))
    return BH_OK;
  bh_status rc = lines_read(l, text);
  if (rc == BH_OK)
    rc = lines_need(l, "type", &type);
  if (rc == BH_OK)
    rc = lines_fact(l, type);
  l->any = 1;
  return rc;
}

static bh_status complete(const lines *l, bh_str kind, bh_str client)
{
  const bh_emit *e = l->emit;
  bh_status rc = e->scope_begin(e->ctx, kind, client);
  return rc ? rc : e->scope_end(e->ctx, kind, client, BH_SCOPE_COMPLETE);
}

/* What is complete may stand on any line, the last one as well: it is said when all have been read. */
static bh_status say_complete(const lines *l)
{
  bh_status rc = BH_OK;
  if (l->complete.n == 0 && l->assets)
    rc = complete(l, BHK("*"), BHK("*"));
  for (size_t i = 0; i < l->complete.cap && rc == BH_OK; i++) {
    bh_str key = l->complete.v[i].key;
    if (!key.ptr)
      continue;
    const char *end = memchr(key.ptr, 0, key.len);
    size_t n = (size_t)(end - key.ptr);
    rc = complete(l, (bh_str){key.ptr, n}, (bh_str){end + 1, key.len - n - 1});
  }
  return rc;
}

bh_status lines_had(const lines *l, const char *where)
{
  if (l->any)
    return BH_OK;
  return l->host->fail(l->host->ctx, BH_E_INVALID, "%s: not one line came. If there is nothing, a line {\"type\":\"complete\"} has to say so", where);
}

bh_status lines_end(lines *l)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < l->clients.cap && rc == BH_OK; i++) {
    const bhk_entry *e = &l->clients.v[i];
    const bh_client x = {.struct_size = sizeof x, .id = e->key, .name = e->key};
    if (e->key.ptr && !bhk_get(&l->named, e->key))
      rc = l->emit->client(l->emit->ctx, &x);
  }
  return rc ? rc : say_complete(l);
}

/* ---- clients alone ---- */

static bh_status skip_client(void *ctx, const bh_client *x) { return BH_OK; }
static bh_status skip_asset(void *ctx, const bh_asset *x) { return BH_OK; }
static bh_status skip_gauge(void *ctx, const bh_gauge *x) { return BH_OK; }
static bh_status skip_usage(void *ctx, const bh_usage *x) { return BH_OK; }
static bh_status skip_charge(void *ctx, const bh_charge *x) { return BH_OK; }
static bh_status skip_product(void *ctx, const bh_product *x) { return BH_OK; }
static bh_status skip_cost(void *ctx, const bh_cost *x) { return BH_OK; }
static bh_status skip_begin(void *ctx, bh_str kind, bh_str client) { return BH_OK; }
static bh_status skip_end(void *ctx, bh_str kind, bh_str client, int32_t how) { return BH_OK; }
static bh_status skip_failed(void *ctx, bh_str client, bh_str why) { return BH_OK; }

bh_emit lines_clients_only(const bh_emit *emit)
{
  bh_emit only = {.struct_size = sizeof only, .client = skip_client, .asset = skip_asset, .gauge = skip_gauge, .usage = skip_usage,
    .charge = skip_charge, .scope_begin = skip_begin, .scope_end = skip_end, .client_failed = skip_failed, .product = skip_product,
    .cost = skip_cost};
  if (emit) {
    only.ctx = emit->ctx;
    only.client = emit->client;
  }
  return only;
}
