/* pax8: the distributor's companies are clients, their subscriptions levels, its invoices costs. */
#include "pax8.h"

static const bh_option metric_records[] = {
  {.key = "match", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The product's name or id; * stands for anything, upper and lower case are the same."},
  {.key = "metric", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The metric of its licences; several products may have the same."},
  {.key = NULL},
};

static const bh_option options[] = {
  {.key = "client_id", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Client id of an API application of the partner."},
  {.key = "client_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its secret."},
  {.key = "metrics", .type = BH_OPT_RECORDS, .records = metric_records, .help = "Metrics by product: the first that fits."},
  {.key = "metric", .type = BH_OPT_TEXT, .fallback = "pax8.", .help = "What stands before the product's id in the metric of all others."},
  {.key = "assets", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring each subscription as an asset of the kind subscription, too."},
  {.key = "include_trials", .type = BH_OPT_BOOL, .fallback = "false", .help = "Count trials, too."},
  {.key = "include_deleted", .type = BH_OPT_BOOL, .fallback = "false", .help = "Name companies that are deleted, too."},
  {.key = "cost_days", .type = BH_OPT_INTEGER, .fallback = "62", .help = "Invoices of so many days come as costs; 0: none."},
  {.key = "url", .type = BH_OPT_TEXT, .fallback = "https://api.pax8.com/v1", .help = "Address of the API."},
  {.key = "token_url", .type = BH_OPT_TEXT, .fallback = "https://api.pax8.com/v1/token", .help = "Where tokens come from."},
  {.key = "audience", .type = BH_OPT_TEXT, .fallback = "https://api.pax8.com", .help = "What the token is for."},
  BHK_PER_MINUTE("0"),
  BHK_AT_ONCE("2"),
  {.key = NULL},
};

void pax8_pull_dispose(pax8_pull *x)
{
  bhk_map_dispose(&x->companies);
  bhk_map_dispose(&x->places);
  bhk_map_dispose(&x->products);
  bhk_map_dispose(&x->invoices);
  bhk_seen_dispose(&x->seen);
  bhk_dispose(&x->bad.text);
  free(x->levels);
}

bh_status pax8_list(pax8_pull *x, const char *path, const char *what, const char *const *fields, size_t field_count,
                    bh_status (*row)(void *user, const bh_json_record *r))
{
  const bhk_count how = {.kind = BH_PAGES_NUMBER, .param = "page", .first = 0, .total = "page.totalElements", .ahead = x->p->at_once};
  const bhk_list list = {.path = path, .each = "$.content[*]", .fields = fields, .field_count = field_count, .row = row};
  bhk_seen_dispose(&x->seen);
  x->bad.rows = 0;
  bh_status rc = bhk_read_all(&x->p->api, &list, &how, x, &x->seen, NULL, 0);
  return rc ? rc : bhk_bad_judge(x->p->h, &x->bad, what);
}

int pax8_fresh(pax8_pull *x, const bh_json_record *r, bh_status *rc)
{
  bh_str id = bhk_value(r, 0);
  *rc = BH_OK;
  x->bad.rows++;
  if (id.len == 0) {
    bhk_bad_row(&x->bad, id, "has no id");
    return 0;
  }
  int fresh = bhk_first(&x->seen, id);
  if (fresh < 0)
    *rc = x->p->h->fail(x->p->h->ctx, BH_E_NOMEM, "no memory");
  return fresh == 1;
}

static bh_status log_in(pax8 *p)
{
  const bh_host *h = p->h;
  bh_str audience;
  bh_http_oauth2 how = {.struct_size = sizeof how, .flags = BH_OAUTH2_JSON};
  bh_status rc;
  if ((rc = bhk_option(h, "token_url", &how.token_url)) || (rc = h->text(h->ctx, h->options, "client_id", &how.client_id)) ||
      (rc = h->text(h->ctx, h->options, "client_secret", &how.client_secret)) || (rc = bhk_option(h, "audience", &audience)))
    return rc;
  const bh_str params[] = {BHK("audience"), audience};
  how.params = params;
  how.param_count = 2;
  return p->api.http->oauth2(h->ctx, &how);
}

static bh_status read_options(pax8 *p)
{
  const bh_host *h = p->h;
  bh_status rc;
  if ((rc = bhk_option(h, "metric", &p->metric)) || (rc = bhk_flag(h, "assets", &p->assets)) || (rc = bhk_flag(h, "include_trials", &p->trials)) ||
      (rc = bhk_flag(h, "include_deleted", &p->include_deleted)) || (rc = bhk_integer(h, "cost_days", 0, 3660, &p->cost_days)) ||
      (rc = bhk_per_minute(&p->api)))
    return rc;
  return bhk_at_once(&p->api, &p->at_once);
}

static void destroy(void *self)
{
  pax8 *p = self;
  bhk_api_dispose(&p->api);
  free(p);
}

static bh_status create(const bh_host *host, void **self)
{
  pax8 *p = calloc(1, sizeof *p);
  if (!p)
    return BH_E_NOMEM;
  p->h = host;
  bh_status rc = bhk_open(&p->api, host, "url");
  bhk_header(&p->api, "Accept", BHK("application/json"));
  if (rc || (rc = read_options(p))) {
    destroy(p);
    return rc;
  }
  *self = p;
  return BH_OK;
}

static bh_status pass_over(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

static bh_status probe(void *self)
{
  static const bhk_list one = {.path = "/companies?size=1", .each = "$.content[*]", .row = pass_over};
  pax8 *p = self;
  bh_status rc = log_in(p);
  return rc ? rc : bhk_read(&p->api, &one, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  pax8_pull x = {.p = self, .emit = emit};
  bh_status rc = log_in(x.p);
  if (rc == BH_OK)
    rc = pax8_companies(&x);
  pax8_pull_dispose(&x);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  pax8_pull x = {.p = self, .emit = emit, .today = what->today};
  bh_status rc = log_in(x.p);
  if (rc == BH_OK)
    rc = pax8_companies(&x);
  if (rc == BH_OK)
    rc = pax8_subscriptions(&x);
  if (rc == BH_OK && x.p->cost_days > 0)
    rc = pax8_costs(&x);
  pax8_pull_dispose(&x);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "pax8", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
