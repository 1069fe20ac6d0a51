/* The account's sites and devices: pages by number, each with the number of all. */
#include "datto.h"

typedef struct reading {
  datto *d;
  const bh_emit *emit;
  bhk_seen seen;
  bhk_bad bad;
} reading;

static bh_status read_list(reading *x, const char *path, const char *each, const char *what, const char *const *fields, size_t field_count,
                           bh_status (*row)(void *user, const bh_json_record *r))
{
  const bhk_count by_page = {.kind = BH_PAGES_NUMBER, .param = "page", .first = 0, .total = "pageDetails.totalCount", .ahead = x->d->at_once};
  char sized[100];
  snprintf(sized, sizeof sized, "%s?max=%lld", path, (long long)x->d->page_size);
  const bhk_list list = {.path = sized, .each = each, .fields = fields, .field_count = field_count, .row = row};
  bh_status rc = bhk_read_all(&x->d->api, &list, &by_page, x, &x->seen, NULL, 0);
  return rc ? rc : bhk_bad_judge(x->d->h, &x->bad, what);
}

static void dispose(reading *x)
{
  bhk_seen_dispose(&x->seen);
  bhk_dispose(&x->bad.text);
}

/* ---- sites ---- */

enum { S_UID, S_NAME, S_ID, S_COUNT };
static const char *const site_fields[S_COUNT] = {"uid", "name", "id"};

static bh_status on_site(void *user, const bh_json_record *r)
{
  reading *x = user;
  x->bad.rows++;
  if (r->kinds[S_UID] != BH_JSON_STRING || r->texts[S_UID].len == 0) {
    bhk_bad_row(&x->bad, bhk_value(r, S_ID), "has no uid that is a text");
    return BH_OK;
  }
  int fresh = bhk_first(&x->seen, r->texts[S_UID]);
  const bh_client c = {.struct_size = sizeof c, .id = r->texts[S_UID], .name = bhk_value(r, S_NAME)};
  return fresh < 0 ? BH_E_NOMEM : fresh ? x->emit->client(x->emit->ctx, &c) : BH_OK;
}

bh_status datto_sites(datto *d, const bh_emit *emit)
{
  reading x = {.d = d, .emit = emit};
  bh_status rc = read_list(&x, "/v2/account/sites", "$.sites[*]", "sites", site_fields, S_COUNT, on_site);
  if (rc == BH_OK && x.seen.n == 0)
    rc = d->h->fail(d->h->ctx, BH_E_INVALID, "sites: none that this API user may see");
  dispose(&x);
  return rc;
}

/* ---- devices ---- */

enum { D_UID, D_ID, D_SITE_UID, D_SITE, D_HOST, D_DESCRIPTION, D_CLASS, D_CATEGORY, D_TYPE, D_OS, D_DOMAIN, D_SUSPENDED, D_DELETED, D_SEEN, D_COUNT };
static const char *const device_fields[D_COUNT] = {"uid", "id", "siteUid", "siteName", "hostname", "description", "deviceClass", "deviceType.category",
  "deviceType.type", "operatingSystem", "domain", "suspended", "deleted", "lastSeen"};

static const bhk_word words[] = {
  {"esxihost", "server"}, {"printer", "network"}, {"rmmnetworkdevice", "network"}, {"*server*", "server"}, {"esxi*", "server"}, {"laptop*", "workstation"},
  {"desktop*", "workstation"}, {"workstation*", "workstation"}, {"tablet*", "mobile"}, {"*phone*", "mobile"}, {"mobile*", "mobile"}, {"network*", "network"},
  {NULL, NULL},
};

/* A machine with an agent is of the class "device", and its category says more; of other classes the class does. */
static bh_str word_of(const bh_json_record *r)
{
  bh_str klass = bhk_value(r, D_CLASS), category = bhk_value(r, D_CATEGORY);
  return category.len && (klass.len == 0 || bhk_is(klass, "device") || bhk_is(klass, "unknown")) ? category : klass;
}

static int is_flag(const bh_json_record *r, size_t i)
{
  return r->kinds[i] == BH_JSON_TRUE || r->kinds[i] == BH_JSON_FALSE || r->kinds[i] == BH_JSON_NULL || r->kinds[i] == BH_JSON_MISSING;
}

static const char *wrong_with(const bh_json_record *r)
{
  if (r->kinds[D_UID] != BH_JSON_STRING || r->texts[D_UID].len == 0)
    return "has no uid that is a text";
  if (r->kinds[D_SITE_UID] != BH_JSON_STRING || r->texts[D_SITE_UID].len == 0)
    return "has no siteUid";
  return is_flag(r, D_SUSPENDED) && is_flag(r, D_DELETED) ? NULL : "has a suspended or deleted that is neither true nor false";
}

static bh_status on_device(void *user, const bh_json_record *r)
{
  reading *x = user;
  const bh_host *h = x->d->h;
  bh_str uid = r->texts[D_UID], host = bhk_value(r, D_HOST);
  const char *wrong = wrong_with(r);
  x->bad.rows++;
  int fresh = uid.len ? bhk_first(&x->seen, uid) : 1;
  if (fresh <= 0)
    return fresh ? BH_E_NOMEM : BH_OK;
  if (wrong) {
    bhk_bad_row(&x->bad, uid.len ? uid : bhk_value(r, D_ID), wrong);
    return BH_OK;
  }
  int deleted = r->kinds[D_DELETED] == BH_JSON_TRUE, suspended = r->kinds[D_SUSPENDED] == BH_JSON_TRUE;
  if ((deleted || suspended) && !x->d->include_inactive)
    return BH_OK;
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "os", bhk_value(r, D_OS));
  bhk_attr(&attrs, "site", bhk_value(r, D_SITE));
  bhk_attr(&attrs, "description", bhk_value(r, D_DESCRIPTION));
  bhk_attr(&attrs, "domain", bhk_value(r, D_DOMAIN));
  bhk_attr(&attrs, "device_class", bhk_value(r, D_CLASS));
  bhk_attr(&attrs, "category", bhk_value(r, D_CATEGORY));
  bhk_attr(&attrs, "type", bhk_value(r, D_TYPE));
  bhk_attr(&attrs, "status", deleted ? BHK("deleted") : suspended ? BHK("suspended") : BHK("active"));
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = r->texts[D_SITE_UID], .kind = BHK("device"),
    .klass = bhk_class_by(h, word_of(r), words), .id = uid, .name = host.len ? host : bhk_value(r, D_DESCRIPTION), .attrs = attrs.v, .attr_count = attrs.n};
  bh_status rc = bhk_day(h, r, D_SEEN, 1000, &a.last_seen); /* milliseconds; the description says date-time, which is taken as well */
  return rc ? rc : x->emit->asset(x->emit->ctx, &a);
}

bh_status datto_devices(datto *d, const bh_emit *emit)
{
  reading x = {.d = d, .emit = emit};
  bh_status rc = read_list(&x, "/v2/account/devices", "$.devices[*]", "devices", device_fields, D_COUNT, on_device);
  dispose(&x);
  return rc;
}
