/* tacticalrmm: Tactical RMM's clients (or their sites) are clients, agents their devices. */
#include "tactical.h"

static const char *const client_choices[] = {"client", "site", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API, not of the dashboard: https://api.rmm.example."},
  {.key = "api_key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "An API key of a user who may list clients, sites and agents."},
  {.key = "clients", .type = BH_OPT_CHOICE, .choices = client_choices, .fallback = "client", .help = "What a client is: a client of Tactical's, or each of its sites."},
  BHK_CLASSES,
  BHK_PER_MINUTE("0"),
  {.key = NULL},
};

static bh_status read_options(tactical *t)
{
  const bh_host *h = t->h;
  bh_str key, clients;
  bh_status rc;
  if ((rc = bhk_needed(h, "api_key", &key)) || (rc = bhk_option(h, "clients", &clients)) || (rc = bhk_per_minute(&t->api)))
    return rc;
  t->by_site = bhk_is(clients, "site");
  bhk_header(&t->api, "X-API-KEY", key);
  bhk_header(&t->api, "Accept", BHK("application/json"));
  return BH_OK;
}

static void destroy(void *self)
{
  tactical *t = self;
  bhk_api_dispose(&t->api);
  free(t);
}

static bh_status create(const bh_host *host, void **self)
{
  tactical *t = calloc(1, sizeof *t);
  if (!t)
    return BH_E_NOMEM;
  t->h = host;
  bh_status rc = bhk_open(&t->api, host, "url");
  if (rc || (rc = read_options(t))) {
    destroy(t);
    return rc;
  }
  *self = t;
  return BH_OK;
}

static bh_status probe(void *self)
{
  tactical *t = self;
  const bhk_list list = {.path = "/clients/", .each = "$[*]", .row = bhk_any_row};
  return bhk_read(&t->api, &list, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  tactical_pull p = {.t = self, .emit = emit};
  bh_status rc = tactical_clients(&p);
  tactical_pull_dispose(&p);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  tactical_pull p = {.t = self, .emit = emit};
  bh_status rc = tactical_clients(&p);
  if (rc == BH_OK)
    rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = tactical_agents(&p);
  if (rc == BH_OK)
    rc = emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
  tactical_pull_dispose(&p);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "tacticalrmm", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
