/* ConnectWise PSA (Manage), over its REST API 3.0. README.md beside this file tells what comes and which rights are needed. */
#include "connectwise.h"

static const char *const hours_choices[] = {"billed", "actual", NULL};
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API: https://api-na.myconnectwise.net/v4_6_release/apis/3.0."},
  {.key = "company", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The company that one logs in to."},
  {.key = "public_key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "An API member's public key."},
  {.key = "private_key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Its private key."},
  {.key = "client_id", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The integration's clientId, from the vendor's developer pages."},
  {.key = "companies", .type = BH_OPT_TEXT, .help = "Further conditions for companies, in ConnectWise's own words: type/id=1."},
  {.key = "bill_flag", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring only configurations that are marked to be billed."},
  PSA_OPTIONS_ASSETS,
  PSA_OPTIONS_TIME,
  {.key = "hours", .type = BH_OPT_CHOICE, .choices = hours_choices, .fallback = "billed", .help = "The hours of a time entry: those to bill, or those worked."},
  {.key = "with_charges", .type = BH_OPT_BOOL, .fallback = "true", .help = "Bring products on tickets, projects and sales orders as charges."},
  PSA_OPTIONS_CONTRACTS,
  PSA_CYCLES("What the names of billing cycles mean, before the connector's own guess."),
  {.key = NULL},
};

static void destroy(void *self)
{
  cw *c = self;
  psa_dispose(&c->p);
  bhk_map_dispose(&c->closed);
  bhk_dispose(&c->path);
  free(c);
}

static bh_status read_options(cw *c, const bh_host *h)
{
  bh_str hours;
  int charges = 0, bill = 0;
  bh_status rc = psa_open(&c->p, h, PSA_ASSETS | PSA_TIME | PSA_CONTRACTS);
  if (rc || (rc = bhk_needed(h, "company", &c->company)) || (rc = bhk_needed(h, "public_key", &c->public_key)) ||
      (rc = bhk_needed(h, "private_key", &c->private_key)) || (rc = bhk_needed(h, "client_id", &c->client_id)) ||
      (rc = bhk_option(h, "companies", &c->companies)) || (rc = bhk_option(h, "hours", &hours)) || (rc = bhk_flag(h, "with_charges", &charges)) ||
      (rc = bhk_flag(h, "bill_flag", &bill)))
    return rc;
  c->actual_hours = bhk_is(hours, "actual");
  c->with_charges = charges;
  c->bill_flag = bill;
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  cw *c = calloc(1, sizeof *c);
  if (!c)
    return BH_E_NOMEM;
  bh_status rc = read_options(c, host);
  if (rc) {
    destroy(c);
    return rc;
  }
  *self = c;
  return BH_OK;
}

/* Credentials live as long as the call. */
static bh_status begin(cw *c, const bh_emit *emit, const bh_pull *what)
{
  const bh_host *h = c->p.api.h;
  bhk_buf user = {0};
  bh_str authorization = {"", 0};
  psa_begin(&c->p, emit, what);
  bhk_put(&user, c->company);
  bhk_putz(&user, "+");
  bhk_put(&user, c->public_key);
  bh_status rc = user.broken ? psa_no_memory(&c->p) : c->p.api.http->basic(h->ctx, bhk_text(&user), c->private_key, &authorization);
  bhk_dispose(&user);
  if (rc == BH_OK)
    rc = c->p.api.http->concurrency(h->ctx, 4);
  bhk_header(&c->p.api, "Authorization", authorization);
  bhk_header(&c->p.api, "clientId", c->client_id);
  bhk_header(&c->p.api, "Accept", BHK("application/json"));
  bhk_header(&c->p.api, "pagination-type", BHK("forward-only"));
  return rc;
}

static bh_status probe(void *self)
{
  static const char *const fields[] = {"version"};
  cw *c = self;
  const bhk_list list = {.path = "/system/info", .each = "$", .fields = fields, .field_count = 1, .row = bhk_any_row};
  bh_status rc = begin(c, NULL, NULL);
  return rc ? rc : bhk_read(&c->p.api, &list, c, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  cw *c = self;
  bh_status rc = begin(c, emit, NULL);
  return rc ? rc : cw_companies(c);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  cw *c = self;
  bh_status rc = begin(c, emit, what);
  if (rc == BH_OK)
    rc = cw_companies(c);
  if (rc == BH_OK)
    rc = cw_configurations(c);
  if (rc == BH_OK && c->p.with_users)
    rc = cw_contacts(c);
  if (rc == BH_OK && c->p.with_contracts)
    rc = cw_agreements(c);
  if (rc == BH_OK && c->p.with_time)
    rc = cw_time_entries(c);
  if (rc == BH_OK && c->with_charges)
    rc = cw_charges(c);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "connectwise", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
