/* Autotask PSA, over its REST API 1.0. README.md beside this file tells what comes and which rights are needed. */
#include "autotask.h"

static const char *const hours_choices[] = {"billed", "worked", NULL};
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API in your zone: https://webservices5.autotask.net/ATServicesRest."},
  {.key = "user", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Username of an API-only user."},
  {.key = "secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its secret."},
  {.key = "integration_code", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Its tracking identifier."},
  PSA_OPTIONS_ASSETS,
  PSA_OPTIONS_TIME,
  {.key = "hours", .type = BH_OPT_CHOICE, .choices = hours_choices, .fallback = "billed", .help = "The hours of a time entry: those to bill, or those worked."},
  {.key = "with_charges", .type = BH_OPT_BOOL, .fallback = "true", .help = "Bring charges of contracts, tickets and projects."},
  PSA_OPTIONS_CONTRACTS,
  PSA_CYCLES("What the labels of contracts' period types mean, before the connector's own guess."),
  {.key = NULL},
};

static void forget(at *x)
{
  bhk_map_dispose(&x->tickets);
  bhk_map_dispose(&x->projects);
  bhk_map_dispose(&x->tasks);
  bhk_map_dispose(&x->contracts);
  psa_ids_dispose(&x->open_tickets);
  psa_ids_dispose(&x->open_projects);
  psa_ids_dispose(&x->open_tasks);
}

static void destroy(void *self)
{
  at *x = self;
  forget(x);
  psa_dispose(&x->p);
  bhk_dispose(&x->path);
  bhk_dispose(&x->search);
  free(x);
}

static bh_status read_options(at *x, const bh_host *h)
{
  int charges = 0;
  bh_str hours;
  bh_status rc = psa_open(&x->p, h, PSA_ASSETS | PSA_TIME | PSA_CONTRACTS);
  if (rc || (rc = bhk_needed(h, "user", &x->user)) || (rc = bhk_needed(h, "secret", &x->secret)) ||
      (rc = bhk_needed(h, "integration_code", &x->integration_code)) || (rc = bhk_option(h, "hours", &hours)) || (rc = bhk_flag(h, "with_charges", &charges)))
    return rc;
  x->hours_worked = bhk_is(hours, "worked");
  x->with_charges = charges;
  if (bhk_like(BHK("*/V1.0"), bhk_text(&x->p.api.base)))
    x->p.api.base.len -= 5;
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  at *x = calloc(1, sizeof *x);
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

static bh_status begin(at *x, const bh_emit *emit, const bh_pull *what)
{
  forget(x);
  psa_begin(&x->p, emit, what);
  bhk_header(&x->p.api, "ApiIntegrationCode", x->integration_code);
  bhk_header(&x->p.api, "UserName", x->user);
  bhk_header(&x->p.api, "Secret", x->secret);
  bhk_header(&x->p.api, "Content-Type", BHK("application/json"));
  bhk_header(&x->p.api, "Accept", BHK("application/json"));
  return x->p.api.http->concurrency(x->p.api.h->ctx, 3); /* what Autotask allows a tracking identifier on one endpoint */
}

/* ---- the zone ---- */

static bh_status on_zone(void *user, const bh_json_record *r)
{
  at *x = user;
  bh_str own = bhk_text(&x->p.api.base), zone = r->texts[0];
  while (zone.len && zone.ptr[zone.len - 1] == '/')
    zone.len--;
  if (zone.len == 0 || bhk_like(zone, own))
    return BH_OK;
  return x->p.api.h->fail(x->p.api.h->ctx, BH_E_INVALID, "url: this user's zone is %.*s", (int)zone.len, zone.ptr);
}

static bh_status probe(void *self)
{
  static const char *const fields[] = {"url"}, *const company_fields[] = {"queryCount"};
  at *x = self;
  bh_str user;
  bh_status rc = begin(x, NULL, NULL);
  if (rc == BH_OK)
    rc = x->p.api.http->escape(x->p.api.h->ctx, x->user, &user);
  if (rc)
    return rc;
  bhk_clear(&x->path);
  bhk_putz(&x->path, "/V1.0/zoneInformation?user=");
  bhk_put(&x->path, user);
  bhk_put(&x->path, (bh_str){"", 1});
  const bhk_list zone = {.path = x->path.ptr, .each = "$", .fields = fields, .field_count = 1, .row = on_zone};
  rc = x->path.broken ? psa_no_memory(&x->p) : bhk_read(&x->p.api, &zone, x, NULL, 0);
  const bhk_list companies = {.path = "/V1.0/Companies/query/count?search=%7B%22filter%22%3A%5B%7B%22op%22%3A%22gte%22%2C%22field%22%3A%22id%22%2C%22value%22%3A0%7D%5D%7D",
    .each = "$", .fields = company_fields, .field_count = 1, .row = at_ignore};
  return rc ? rc : bhk_read(&x->p.api, &companies, x, NULL, 0);
}

bh_status at_ignore(void *user, const bh_json_record *r)
{
  return BH_OK;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  at *x = self;
  bh_status rc = begin(x, emit, NULL);
  return rc ? rc : at_companies(x);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  at *x = self;
  bh_status rc = begin(x, emit, what);
  if (rc == BH_OK)
    rc = at_companies(x);
  if (rc == BH_OK)
    rc = at_devices(x);
  if (rc == BH_OK && x->p.with_users)
    rc = at_contacts(x);
  if (rc == BH_OK && x->p.with_contracts)
    rc = at_contracts(x);
  if (rc == BH_OK && x->p.with_time)
    rc = at_time(x);
  if (rc == BH_OK && x->with_charges)
    rc = at_charges(x);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "autotask", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
