/* ncentral: N-able N-central's customers (or their sites) are clients, its devices their devices. */
#include "ncentral.h"

enum { PAGE_SIZE_MAX = 1000, SESSION_S = 3600 };
static const char *const client_choices[] = {"customer", "site", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the server: https://ncentral.example."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "JSON web token of an API-only user."},
  {.key = "clients", .type = BH_OPT_CHOICE, .choices = client_choices, .fallback = "customer", .help = "What a client is: a customer, or each of its sites."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "500", .help = "How many rows are asked for at a time, at most 1000."},
  BHK_CLASSES,
  BHK_PER_MINUTE("0"),
  BHK_AT_ONCE("3"),
  {.key = NULL},
};

/* The user's token is good for nothing but to log in with. */
static bh_status log_in(ncentral *n)
{
  const bh_host *h = n->h;
  bh_str token;
  bhk_buf url = {0}, bearer = {0};
  bh_status rc = bhk_needed(h, "token", &token);
  if (rc)
    return rc;
  bhk_put(&url, bhk_text(&n->api.base));
  bhk_putz(&url, "/api/auth/authenticate");
  bhk_putz(&bearer, "Bearer ");
  bhk_put(&bearer, token);
  const bh_str headers[] = {BHK("Authorization"), bhk_text(&bearer), BHK("Accept"), BHK("application/json")};
  const bh_http_request login = {.struct_size = sizeof login, .method = BHK("POST"), .url = bhk_text(&url), .headers = headers, .header_count = 4};
  const bh_http_session how = {.struct_size = sizeof how, .seconds = SESSION_S, .login = &login, .token_path = "$.tokens.access.token",
    .expires_path = "$.tokens.access.expirySeconds", .header = "Authorization", .prefix = "Bearer "};
  rc = url.broken || bearer.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : n->api.http->session(h->ctx, &how);
  bhk_dispose(&url);
  bhk_dispose(&bearer);
  return rc;
}

static bh_status read_options(ncentral *n)
{
  const bh_host *h = n->h;
  bh_str clients;
  bh_status rc;
  if ((rc = bhk_option(h, "clients", &clients)) || (rc = bhk_integer(h, "page_size", 1, PAGE_SIZE_MAX, &n->page_size)) ||
      (rc = bhk_per_minute(&n->api)) || (rc = bhk_at_once(&n->api, &n->at_once)))
    return rc;
  n->by_site = bhk_is(clients, "site");
  return BH_OK;
}

static void destroy(void *self)
{
  ncentral *n = self;
  bhk_api_dispose(&n->api);
  free(n);
}

static bh_status create(const bh_host *host, void **self)
{
  ncentral *n = calloc(1, sizeof *n);
  if (!n)
    return BH_E_NOMEM;
  n->h = host;
  bh_status rc = bhk_open(&n->api, host, "url");
  bhk_base_without(&n->api, "/api");
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
  ncentral *n = self;
  const bhk_list one = {.path = "/api/customers?pageNumber=1&pageSize=1", .each = "$.data[*]", .row = bhk_any_row};
  return bhk_read(&n->api, &one, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  return ncentral_clients(self, emit);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  bh_status rc = ncentral_clients(self, emit);
  if (rc == BH_OK)
    rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = ncentral_devices(self, emit);
  return rc ? rc : emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "ncentral", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
