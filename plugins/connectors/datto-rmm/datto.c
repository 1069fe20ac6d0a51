/* datto-rmm: Datto RMM's sites are clients, its devices their devices. */
#include "datto.h"

enum { PAGE_SIZE_MAX = 250 };

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the zone's API: https://merlot-api.centrastage.net, …"},
  {.key = "api_key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "API key of a user of the account."},
  {.key = "api_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "API secret key of that user."},
  {.key = "token_url", .type = BH_OPT_TEXT, .help = "Where tokens come from; by default /auth/oauth/token at the address."},
  {.key = "include_inactive", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring devices that are suspended or deleted, too."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "250", .help = "How many rows are asked for at a time, at most 250."},
  BHK_CLASSES,
  BHK_PER_MINUTE("600"),
  BHK_AT_ONCE("4"),
  {.key = NULL},
};

static bh_status log_in(datto *d, bh_str address)
{
  const bh_host *h = d->h;
  /* The client that Datto publishes for everybody; the user's key and secret are name and password. */
  bh_http_oauth2 how = {.struct_size = sizeof how, .flags = BH_OAUTH2_BASIC, .client_id = BHK("public-client"), .client_secret = BHK("public")};
  bhk_buf url = {0};
  bh_status rc;
  if ((rc = bhk_needed(h, "api_key", &how.user)) || (rc = bhk_needed(h, "api_secret", &how.password)) || (rc = bhk_option(h, "token_url", &how.token_url)))
    return rc;
  bhk_put(&url, address);
  bhk_putz(&url, "/auth/oauth/token");
  if (how.token_url.len == 0)
    how.token_url = bhk_text(&url);
  rc = url.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : d->api.http->oauth2(h->ctx, &how);
  bhk_dispose(&url);
  return rc;
}

/* The address with or without "/api" at its end: people copy either. */
static bh_status open_address(datto *d)
{
  bhk_base_without(&d->api, "/api");
  bh_status rc = log_in(d, bhk_text(&d->api.base));
  bhk_putz(&d->api.base, "/api");
  return rc || !d->api.base.broken ? rc : d->h->fail(d->h->ctx, BH_E_NOMEM, "no memory");
}

static void destroy(void *self)
{
  datto *d = self;
  bhk_api_dispose(&d->api);
  free(d);
}

static bh_status create(const bh_host *host, void **self)
{
  datto *d = calloc(1, sizeof *d);
  if (!d)
    return BH_E_NOMEM;
  d->h = host;
  bh_status rc = bhk_open(&d->api, host, "url");
  bhk_header(&d->api, "Accept", BHK("application/json"));
  if (rc || (rc = open_address(d)) || (rc = bhk_flag(host, "include_inactive", &d->include_inactive)) ||
      (rc = bhk_integer(host, "page_size", 1, PAGE_SIZE_MAX, &d->page_size)) || (rc = bhk_per_minute(&d->api)) || (rc = bhk_at_once(&d->api, &d->at_once))) {
    destroy(d);
    return rc;
  }
  *self = d;
  return BH_OK;
}

static bh_status probe(void *self)
{
  datto *d = self;
  const bhk_list account = {.path = "/v2/account", .each = "$", .row = bhk_any_row};
  return bhk_read(&d->api, &account, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  return datto_sites(self, emit);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  bh_status rc = datto_sites(self, emit);
  if (rc == BH_OK)
    rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = datto_devices(self, emit);
  return rc ? rc : emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "datto-rmm", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
