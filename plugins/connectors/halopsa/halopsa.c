/* HaloPSA, over its REST API. README.md beside this file tells what comes and which rights are needed. */
#include "halopsa.h"

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API: https://northwind.halopsa.com/api."},
  {.key = "token_url", .type = BH_OPT_TEXT, .help = "Where tokens come from; without it, /auth/token beside the API."},
  {.key = "tenant", .type = BH_OPT_TEXT, .help = "The tenant, on hosted instances that ask for it."},
  {.key = "client_id", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Client id of an API application that logs in as an agent by client credentials."},
  {.key = "client_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its secret."},
  {.key = "scope", .type = BH_OPT_TEXT, .fallback = "all", .help = "What the token is asked for."},
  PSA_OPTIONS_ASSETS,
  PSA_OPTIONS_TIME,
  {.key = "no_charge", .type = BH_OPT_TEXT, .fallback = "No charge*", .help = "Charge types of time that is not billable; * stands for anything."},
  PSA_OPTIONS_CONTRACTS,
  PSA_CYCLES("What the numbers of recurring invoices' periods mean."),
  {.key = NULL},
};

static void destroy(void *self)
{
  halo *x = self;
  psa_dispose(&x->p);
  bhk_dispose(&x->token);
  bhk_dispose(&x->path);
  free(x);
}

static bh_status read_options(halo *x, const bh_host *h)
{
  bh_status rc = psa_open(&x->p, h, PSA_ASSETS | PSA_TIME | PSA_CONTRACTS);
  if (rc || (rc = bhk_option(h, "token_url", &x->token_url)) || (rc = bhk_option(h, "tenant", &x->tenant)) ||
      (rc = bhk_needed(h, "client_id", &x->client_id)) || (rc = bhk_needed(h, "client_secret", &x->client_secret)) ||
      (rc = bhk_option(h, "scope", &x->scope)) || (rc = bhk_option(h, "no_charge", &x->no_charge)))
    return rc;
  bh_str base = bhk_text(&x->p.api.base);
  if (base.len > 4 && memcmp(base.ptr + base.len - 4, "/api", 4) == 0)
    base.len -= 4;
  bhk_put(&x->token, x->token_url.len ? x->token_url : base);
  bhk_putz(&x->token, x->token_url.len ? "" : "/auth/token");
  if (x->tenant.len) {
    bh_str escaped;
    if ((rc = x->p.api.http->escape(h->ctx, x->tenant, &escaped)))
      return rc;
    bhk_putz(&x->token, "?tenant=");
    bhk_put(&x->token, escaped);
  }
  return x->token.broken ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  halo *x = calloc(1, sizeof *x);
  if (!x)
    return BH_E_NOMEM;
  bh_status rc = read_options(x, host);
  if (rc) {
    destroy(x);
    return rc;
  }
  *self = x;
  return BH_OK;
}

static bh_status begin(halo *x, const bh_emit *emit, const bh_pull *what)
{
  psa_begin(&x->p, emit, what);
  bhk_header(&x->p.api, "Accept", BHK("application/json"));
  const bh_http_oauth2 how = {.struct_size = sizeof how, .token_url = bhk_text(&x->token), .client_id = x->client_id, .client_secret = x->client_secret,
    .scope = x->scope};
  return x->p.api.http->oauth2(x->p.api.h->ctx, &how);
}

static bh_status probe(void *self)
{
  static const char *const fields[] = {"record_count"};
  halo *x = self;
  const bhk_list list = {.path = "/Client?pageinate=true&page_size=1&page_no=1", .each = "$", .fields = fields, .field_count = 1, .row = bhk_any_row};
  bh_status rc = begin(x, NULL, NULL);
  return rc ? rc : bhk_read(&x->p.api, &list, x, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  halo *x = self;
  bh_status rc = begin(x, emit, NULL);
  return rc ? rc : halo_clients(x);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  halo *x = self;
  bh_status rc = begin(x, emit, what);
  if (rc == BH_OK)
    rc = halo_clients(x);
  if (rc == BH_OK)
    rc = halo_assets(x);
  if (rc == BH_OK && x->p.with_users)
    rc = halo_users(x);
  if (rc == BH_OK && x->p.with_contracts)
    rc = halo_items(x);
  if (rc == BH_OK && x->p.with_contracts)
    rc = halo_contracts(x);
  if (rc == BH_OK && x->p.with_time)
    rc = halo_time(x, what->today);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "halopsa", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
