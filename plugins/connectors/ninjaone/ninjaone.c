/* ninjaone: NinjaOne's organisations (or their locations) are clients, its devices their devices. */
#include "ninjaone.h"

enum { PAGE_SIZE_MAX = 10000 };
static const char *const client_choices[] = {"organization", "location", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the region: https://app.ninjarmm.com, https://eu.ninjarmm.com, …"},
  {.key = "client_id", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Client id of an API client app of the type API Services."},
  {.key = "client_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its secret."},
  {.key = "token_url", .type = BH_OPT_TEXT, .help = "Where tokens come from; by default /ws/oauth/token at the address."},
  {.key = "scope", .type = BH_OPT_TEXT, .fallback = "monitoring", .help = "The scope to ask for; reading needs no other."},
  {.key = "clients", .type = BH_OPT_CHOICE, .choices = client_choices, .fallback = "organization", .help = "What a client is: an organisation, or each of its locations."},
  {.key = "include_inactive", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring devices that are pending, staged or decommissioned, too."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "1000", .help = "How many rows are asked for at a time."},
  BHK_CLASSES,
  BHK_PER_MINUTE("0"),
  {.key = NULL},
};

static bh_status log_in(ninja *n)
{
  const bh_host *h = n->h;
  bh_http_oauth2 how = {.struct_size = sizeof how};
  bhk_buf url = {0};
  bh_status rc;
  if ((rc = bhk_needed(h, "client_id", &how.client_id)) || (rc = bhk_needed(h, "client_secret", &how.client_secret)) ||
      (rc = bhk_option(h, "scope", &how.scope)) || (rc = bhk_option(h, "token_url", &how.token_url)))
    return rc;
  bhk_put(&url, bhk_text(&n->api.base));
  bhk_putz(&url, "/ws/oauth/token");
  if (how.token_url.len == 0)
    how.token_url = bhk_text(&url);
  rc = url.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : n->api.http->oauth2(h->ctx, &how);
  bhk_dispose(&url);
  return rc;
}

static bh_status read_options(ninja *n)
{
  const bh_host *h = n->h;
  bh_str clients;
  bh_status rc;
  if ((rc = bhk_option(h, "clients", &clients)) || (rc = bhk_flag(h, "include_inactive", &n->include_inactive)) ||
      (rc = bhk_integer(h, "page_size", 1, PAGE_SIZE_MAX, &n->page_size)) || (rc = bhk_per_minute(&n->api)))
    return rc;
  n->by_location = bhk_is(clients, "location");
  return BH_OK;
}

static void destroy(void *self)
{
  ninja *n = self;
  bhk_api_dispose(&n->api);
  free(n);
}

static bh_status create(const bh_host *host, void **self)
{
  ninja *n = calloc(1, sizeof *n);
  if (!n)
    return BH_E_NOMEM;
  n->h = host;
  bh_status rc = bhk_open(&n->api, host, "url");
  bhk_base_without(&n->api, "/v2");
  bhk_header(&n->api, "Accept", BHK("application/json"));
  if (rc || (rc = read_options(n)) || (rc = log_in(n))) {
    destroy(n);
    return rc;
  }
  *self = n;
  return BH_OK;
}

static bh_status probe(void *self)
{
  ninja *n = self;
  const bhk_list one = {.path = "/v2/organizations?pageSize=1", .each = "$[*]", .row = bhk_any_row};
  return bhk_read(&n->api, &one, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  ninja_pull p = {.n = self, .emit = emit};
  bh_status rc = ninja_clients(&p);
  ninja_pull_dispose(&p);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  ninja_pull p = {.n = self, .emit = emit};
  bh_status rc = ninja_clients(&p);
  if (rc == BH_OK)
    rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = ninja_devices(&p);
  if (rc == BH_OK)
    rc = emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
  ninja_pull_dispose(&p);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "ninjaone", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
