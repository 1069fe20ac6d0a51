/* msgraph: Microsoft 365 through Microsoft Graph: tenants are clients, licences are levels, licensed users are users. */
#include "msgraph.h"

static const char *const users[] = {"none", "licensed", "all", NULL};
static const bh_option tenant_records[] = {
  {.key = "tenant", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The tenant's id, or one of its domains."},
  {.key = "client", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "How the client is called in `ids`."},
  {.key = NULL},
};

static const bh_option options[] = {
  {.key = "tenants", .type = BH_OPT_RECORDS, .records = tenant_records, .flags = BH_OPT_REQUIRED, .help = "The customers' tenants."},
  {.key = "client_id", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The application's id; each tenant has consented to it."},
  {.key = "client_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its secret."},
  {.key = "users", .type = BH_OPT_CHOICE, .choices = users, .fallback = "licensed", .help = "Which accounts come as assets of the kind user."},
  {.key = "include_disabled", .type = BH_OPT_BOOL, .fallback = "false", .help = "Count accounts that may not sign in, too."},
  {.key = "include_guests", .type = BH_OPT_BOOL, .fallback = "false", .help = "Count guests, too."},
  BHK_CLASSES,
  {.key = "ignore", .type = BH_OPT_TEXT, .fallback = "*_FREE *_VIRAL POWER_BI_STANDARD TEAMS_EXPLORATORY STREAM WINDOWS_STORE RIGHTSMANAGEMENT_ADHOC",
    .help = "Licences that make nobody a licensed user, with spaces between them."},
  {.key = "metric", .type = BH_OPT_TEXT, .fallback = "m365.", .help = "What stands before a SKU's part number in the metric of its assigned licences."},
  {.key = "prepaid", .type = BH_OPT_TEXT, .help = "The same for the licences that were bought: m365.prepaid. Without: they do not come."},
  {.key = "url", .type = BH_OPT_TEXT, .fallback = "https://graph.microsoft.com/v1.0", .help = "Address of the API; national clouds have their own."},
  {.key = "token_url", .type = BH_OPT_TEXT, .fallback = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", .help = "Where tokens come from."},
  {.key = "scope", .type = BH_OPT_TEXT, .fallback = "https://graph.microsoft.com/.default", .help = "What the token is for."},
  BHK_PER_MINUTE("0"),
  {.key = NULL},
};

static bh_status read_options(graph *g)
{
  const bh_host *h = g->h;
  bh_str who;
  bh_status rc;
  if ((rc = h->text(h->ctx, h->options, "client_id", &g->client_id)) || (rc = h->text(h->ctx, h->options, "client_secret", &g->client_secret)) ||
      (rc = bhk_option(h, "token_url", &g->token_url)) || (rc = bhk_option(h, "scope", &g->scope)) || (rc = bhk_option(h, "metric", &g->metric)) ||
      (rc = bhk_option(h, "prepaid", &g->prepaid)) || (rc = bhk_option(h, "ignore", &g->ignore)) || (rc = bhk_option(h, "users", &who)) ||
      (rc = bhk_flag(h, "include_disabled", &g->disabled)) || (rc = bhk_flag(h, "include_guests", &g->guests)) || (rc = bhk_per_minute(&g->api)))
    return rc;
  while (!bhk_is(who, users[g->users]))
    g->users++;
  if (bhk_eq(g->metric, g->prepaid))
    return h->fail(h->ctx, BH_E_INVALID, "prepaid: must differ from metric");
  return h->records(h->ctx, h->options, "tenants") ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "tenants: is empty");
}

static void destroy(void *self)
{
  graph *g = self;
  bhk_api_dispose(&g->api);
  free(g);
}

static bh_status create(const bh_host *host, void **self)
{
  graph *g = calloc(1, sizeof *g);
  if (!g)
    return BH_E_NOMEM;
  g->h = host;
  bh_status rc = bhk_open(&g->api, host, "url");
  bhk_header(&g->api, "Accept", BHK("application/json"));
  if (rc || (rc = read_options(g))) {
    destroy(g);
    return rc;
  }
  *self = g;
  return BH_OK;
}

static bh_status pass_over(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

/* The first tenant: a token, and whether it may read licences. */
static bh_status probe(void *self)
{
  static const bhk_list one = {.path = "/subscribedSkus", .each = "$.value[*]", .row = pass_over};
  graph *g = self;
  bh_str tenant;
  bh_status rc = g->h->text(g->h->ctx, g->h->record(g->h->ctx, g->h->options, "tenants", 0), "tenant", &tenant);
  if (rc == BH_OK)
    rc = graph_log_in(g, tenant);
  return rc ? rc : bhk_read(&g->api, &one, NULL, NULL, 0);
}

/* They stand in billhook.lua. */
static bh_status clients(void *self, const bh_emit *emit)
{
  const bh_host *h = ((graph *)self)->h;
  const bh_values *v;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && (v = h->record(h->ctx, h->options, "tenants", i)) != NULL; i++) {
    bh_client c = {.struct_size = sizeof c};
    rc = h->text(h->ctx, v, "client", &c.id);
    c.name = c.id;
    if (rc == BH_OK)
      rc = emit->client(emit->ctx, &c);
  }
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  graph_run x = {.g = self, .emit = emit, .today = what->today};
  bh_status rc = graph_tenants(&x);
  bhk_map_dispose(&x.skus);
  bhk_seen_dispose(&x.seen);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "msgraph", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
