/* Customers, sites and devices: pages by number, each with the number of all. */
#include "ncentral.h"

typedef struct reading {
  ncentral *n;
  const bh_emit *emit;
  bhk_map customers; /* id → name */
  bhk_seen seen;
  bhk_bad bad;
} reading;

static bh_status read_list(reading *x, const char *path, const char *what, const char *const *fields, size_t field_count,
                           bh_status (*row)(void *user, const bh_json_record *r))
{
  const bhk_count by_page = {.kind = BH_PAGES_NUMBER, .param = "pageNumber", .first = 1, .total = "totalItems", .ahead = x->n->at_once};
  char sized[100];
  snprintf(sized, sizeof sized, "%s?pageSize=%lld", path, (long long)x->n->page_size);
  const bhk_list list = {.path = sized, .each = "$.data[*]", .fields = fields, .field_count = field_count, .row = row};
  bhk_seen_dispose(&x->seen);
  x->bad.rows = 0;
  bh_status rc = bhk_read_all(&x->n->api, &list, &by_page, x, &x->seen, NULL, 0);
  return rc ? rc : bhk_bad_judge(x->n->h, &x->bad, what);
}

static void dispose(reading *x)
{
  bhk_map_dispose(&x->customers);
  bhk_seen_dispose(&x->seen);
  bhk_dispose(&x->bad.text);
}

/* An org unit's id; 0 stands for none in some answers. */
static bh_str unit_of(const bh_json_record *r, size_t i)
{
  bh_str id = bhk_value(r, i);
  return bhk_is(id, "0") ? (bh_str){"", 0} : id;
}

/* ---- customers and sites ---- */

static const char *const customer_fields[] = {"customerId", "customerName"};
static const char *const site_fields[] = {"siteId", "siteName", "parentId"};

/* 1: a row to go on with. */
static int fresh_row(reading *x, bh_str id, const char *without, bh_status *rc)
{
  x->bad.rows++;
  int fresh = id.len ? bhk_first(&x->seen, id) : 0;
  *rc = fresh < 0 ? BH_E_NOMEM : BH_OK;
  if (id.len == 0)
    bhk_bad_row(&x->bad, id, without);
  return fresh == 1;
}

static bh_status on_customer(void *user, const bh_json_record *r)
{
  reading *x = user;
  const bh_client c = {.struct_size = sizeof c, .id = unit_of(r, 0), .name = bhk_value(r, 1)};
  bh_status rc;
  if (!fresh_row(x, c.id, "has no customerId", &rc))
    return rc;
  return bhk_add(&x->customers, c.id, c.name) < 0 ? BH_E_NOMEM : x->emit->client(x->emit->ctx, &c);
}

/* "Acme Dental, Troy": the same name of a site is common to many customers. */
static bh_status on_site(void *user, const bh_json_record *r)
{
  reading *x = user;
  bh_str id = unit_of(r, 0);
  bh_status rc;
  if (!fresh_row(x, id, "has no siteId", &rc))
    return rc;
  const bhk_entry *of = bhk_get(&x->customers, bhk_value(r, 2));
  bhk_buf name = {0};
  if (of)
    bhk_put(&name, of->value);
  bhk_putz(&name, name.len ? ", " : "");
  bhk_put(&name, bhk_value(r, 1));
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = bhk_text(&name)};
  rc = name.broken ? BH_E_NOMEM : x->emit->client(x->emit->ctx, &c);
  bhk_dispose(&name);
  return rc;
}

bh_status ncentral_clients(ncentral *n, const bh_emit *emit)
{
  reading x = {.n = n, .emit = emit};
  bh_status rc = read_list(&x, "/api/customers", "customers", customer_fields, 2, on_customer);
  if (rc == BH_OK && x.customers.n == 0)
    rc = n->h->fail(n->h->ctx, BH_E_INVALID, "customers: none that this user may see");
  if (rc == BH_OK && n->by_site)
    rc = read_list(&x, "/api/sites", "sites", site_fields, 3, on_site);
  dispose(&x);
  return rc;
}

/* ---- devices ---- */

enum { D_ID, D_NAME, D_FOUND_AS, D_CLASS, D_CLASS_LABEL, D_CUSTOMER, D_SITE, D_SITE_NAME, D_OS, D_OS_ID, D_LICENCE, D_PROBE, D_SEEN, D_COUNT };
static const char *const device_fields[D_COUNT] = {"deviceId", "longName", "discoveredName", "deviceClass", "deviceClassLabel", "customerId", "siteId",
  "siteName", "supportedOsLabel", "supportedOs", "licenseMode", "isProbe", "lastApplianceCheckinTime"};

static const bhk_word words[] = {
  {"*server*", "server"}, {"*workstation*", "workstation"}, {"*laptop*", "workstation"}, {"*desktop*", "workstation"}, {"*mobile*", "mobile"},
  {"*phone*", "mobile"}, {"*tablet*", "mobile"}, {"*virtual*", "virtual"}, {"*switch*", "network"}, {"*router*", "network"}, {"*firewall*", "network"},
  {"*printer*", "network"}, {"*wireless*", "network"}, {"*access point*", "network"}, {"*network*", "network"}, {NULL, NULL},
};

static bh_str first_of(bh_str a, bh_str b)
{
  return a.len ? a : b;
}

static bh_status on_device(void *user, const bh_json_record *r)
{
  reading *x = user;
  const bh_host *h = x->n->h;
  bh_str id = bhk_value(r, D_ID), customer = unit_of(r, D_CUSTOMER), site = unit_of(r, D_SITE);
  bh_status rc;
  if (!fresh_row(x, id, "has no deviceId", &rc))
    return rc;
  if (customer.len == 0) {
    bhk_bad_row(&x->bad, id, "has no customerId");
    return BH_OK;
  }
  bh_str word = first_of(bhk_value(r, D_CLASS), bhk_value(r, D_CLASS_LABEL));
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "host", bhk_value(r, D_FOUND_AS));
  bhk_attr(&attrs, "os", first_of(bhk_value(r, D_OS), bhk_value(r, D_OS_ID)));
  bhk_attr(&attrs, "site", bhk_value(r, D_SITE_NAME));
  bhk_attr(&attrs, "device_class", word);
  bhk_attr(&attrs, "licence", bhk_value(r, D_LICENCE));
  bhk_attr(&attrs, "probe", r->kinds[D_PROBE] == BH_JSON_TRUE ? BHK("true") : (bh_str){"", 0});
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = x->n->by_site ? first_of(site, customer) : customer, .kind = BHK("device"),
    .klass = bhk_class_by(h, word, words), .id = id, .name = first_of(bhk_value(r, D_NAME), bhk_value(r, D_FOUND_AS)), .attrs = attrs.v,
    .attr_count = attrs.n};
  rc = bhk_day(h, r, D_SEEN, 1000, &a.last_seen);
  return rc ? rc : x->emit->asset(x->emit->ctx, &a);
}

bh_status ncentral_devices(ncentral *n, const bh_emit *emit)
{
  reading x = {.n = n, .emit = emit};
  bh_status rc = read_list(&x, "/api/devices", "devices", device_fields, D_COUNT, on_device);
  dispose(&x);
  return rc;
}
