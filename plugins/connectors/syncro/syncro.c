/* Syncro, over its REST API v1. README.md beside this file tells what comes and which rights are needed. */
#include "syncro.h"

static const char *const lost_choices[] = {"fail", "skip", NULL};
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API: https://northwind.syncromsp.com/api/v1."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "An API token."},
  PSA_OPTIONS_ASSETS,
  PSA_OPTIONS_TIME,
  {.key = "lost_timers", .type = BH_OPT_CHOICE, .choices = lost_choices, .fallback = "fail", .help = "Timers whose ticket is not there: the pull fails, or they are passed over."},
  PSA_OPTIONS_CONTRACTS,
  PSA_CYCLES("What the frequencies of schedules mean, before the connector's own guess."),
  {.key = NULL},
};

static void destroy(void *self)
{
  syncro *s = self;
  psa_dispose(&s->p);
  bhk_map_dispose(&s->tickets);
  bhk_dispose(&s->authorization);
  bhk_dispose(&s->path);
  free(s);
}

static bh_status create(const bh_host *host, void **self)
{
  syncro *s = calloc(1, sizeof *s);
  if (!s)
    return BH_E_NOMEM;
  bh_status rc = psa_open(&s->p, host, PSA_ASSETS | PSA_TIME | PSA_CONTRACTS);
  if (rc == BH_OK && (rc = bhk_needed(host, "token", &s->token)) == BH_OK) {
    bh_str lost;
    if ((rc = bhk_option(host, "lost_timers", &lost)) == BH_OK)
      s->skip_lost = bhk_is(lost, "skip");
    bhk_putz(&s->authorization, "Bearer ");
    bhk_put(&s->authorization, s->token);
    if (rc == BH_OK && s->authorization.broken)
      rc = psa_no_memory(&s->p);
  }
  if (rc) {
    destroy(s);
    return rc;
  }
  *self = s;
  return BH_OK;
}

static bh_status begin(syncro *s, const bh_emit *emit, const bh_pull *what)
{
  bhk_map_dispose(&s->tickets);
  psa_begin(&s->p, emit, what);
  bhk_header(&s->p.api, "Authorization", bhk_text(&s->authorization));
  bhk_header(&s->p.api, "Accept", BHK("application/json"));
  return s->p.api.http->window_limit(s->p.api.h->ctx, 170, 60); /* Syncro allows 180 in a minute */
}

static bh_status probe(void *self)
{
  static const char *const fields[] = {"user_id"};
  syncro *s = self;
  const bhk_list list = {.path = "/me", .each = "$", .fields = fields, .field_count = 1, .row = bhk_any_row};
  bh_status rc = begin(s, NULL, NULL);
  return rc ? rc : bhk_read(&s->p.api, &list, s, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  syncro *s = self;
  bh_status rc = begin(s, emit, NULL);
  return rc ? rc : syncro_customers(s);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  syncro *s = self;
  bh_status rc = begin(s, emit, what);
  if (rc == BH_OK)
    rc = syncro_customers(s);
  if (rc == BH_OK)
    rc = syncro_assets(s);
  if (rc == BH_OK && s->p.with_users)
    rc = syncro_contacts(s);
  if (rc == BH_OK && s->p.with_contracts)
    rc = syncro_products(s);
  if (rc == BH_OK && s->p.with_contracts)
    rc = syncro_schedules(s);
  if (rc == BH_OK && s->p.with_time)
    rc = syncro_timers(s);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "syncro", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
