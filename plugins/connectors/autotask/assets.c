/* Companies, configuration items, contacts. */
#include "autotask.h"

static const char active[] = "{\"op\":\"eq\",\"field\":\"isActive\",\"value\":true}";

static bh_status on_company(void *user, const bh_json_record *r)
{
  at *x = user;
  return psa_client(&x->p, r->texts[0], r->texts[1], r->texts[2], !psa_true(r->texts[3]));
}

bh_status at_companies(at *x)
{
  static const char *const fields[] = {"id", "companyName", "webAddress", "isActive"};
  bh_status rc = at_read(x, "Companies", "", fields, 4, on_company, x);
  if (rc == BH_OK && x->p.clients.n == 0)
    rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_INVALID, "no company can be seen: the API user's security level may not read companies");
  return rc;
}

/* ---- devices ---- */

static const char *const item_fields[] = {"id", "companyID", "configurationItemType", "referenceTitle", "referenceNumber", "serialNumber", "isActive", "location",
  "rmmDeviceAuditHostname", "rmmDeviceAuditOperatingSystem", "rmmDeviceID", "contractID"};
enum { ID, COMPANY, TYPE, TITLE, NUMBER, SERIAL, ACTIVE, LOCATION, HOST, OS, DEVICE, CONTRACT, FIELDS };

typedef struct devices {
  at *x;
  bhk_map types; /* id -> name */
} devices;

static bh_status on_type(void *user, const bh_json_record *r)
{
  devices *d = user;
  return bhk_add(&d->types, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&d->x->p) : BH_OK;
}

static bh_status on_item(void *user, const bh_json_record *r)
{
  devices *d = user;
  psa *p = &d->x->p;
  const bh_str *t = r->texts;
  const bhk_entry *type = bhk_get(&d->types, t[TYPE]);
  bh_str word = type ? type->value : (bh_str){"", 0};
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "contract", t[CONTRACT]);
  bhk_attr(&a, "device_id", t[DEVICE]);
  bhk_attr(&a, "os", t[OS]);
  bhk_attr(&a, "serial", t[SERIAL]);
  bhk_attr(&a, "site", t[LOCATION]);
  bhk_attr(&a, "status", psa_true(t[ACTIVE]) ? BHK("active") : BHK("inactive"));
  bhk_attr(&a, "tag", t[NUMBER]);
  bhk_attr(&a, "type", word);
  return psa_asset(p, "device", psa_class(p, word), t[COMPANY], t[ID], t[TITLE].len ? t[TITLE] : t[HOST], &a);
}

bh_status at_devices(at *x)
{
  static const char *const type_fields[] = {"id", "name"};
  devices d = {.x = x};
  bh_status rc = psa_scope(&x->p, "device", 0);
  if (rc == BH_OK)
    rc = at_read(x, "ConfigurationItemTypes", "", type_fields, 2, on_type, &d);
  if (rc == BH_OK)
    rc = at_read(x, "ConfigurationItems", x->p.include_inactive ? "" : active, item_fields, FIELDS, on_item, &d);
  bhk_map_dispose(&d.types);
  return rc ? rc : psa_scope(&x->p, "device", BH_SCOPE_COMPLETE);
}

/* ---- contacts ---- */

static bh_status on_contact(void *user, const bh_json_record *r)
{
  at *x = user;
  const bh_str *t = r->texts;
  bhk_buf name = {0};
  bhk_put(&name, t[2]);
  bhk_putz(&name, t[2].len && t[3].len ? " " : "");
  bhk_put(&name, t[3]);
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "mail", t[4]);
  bhk_attr(&a, "status", psa_true(t[5]) ? BHK("active") : BHK("inactive"));
  bhk_attr(&a, "title", t[6]);
  bh_status rc = name.broken ? psa_no_memory(&x->p) : psa_asset(&x->p, "user", BHK("contact"), t[1], t[0], bhk_text(&name), &a);
  bhk_dispose(&name);
  return rc;
}

bh_status at_contacts(at *x)
{
  static const char *const fields[] = {"id", "companyID", "firstName", "lastName", "emailAddress", "isActive", "title"};
  bh_status rc = psa_scope(&x->p, "user", 0);
  if (rc == BH_OK) /* isActive is a number here */
    rc = at_read(x, "Contacts", x->p.include_inactive ? "" : "{\"op\":\"eq\",\"field\":\"isActive\",\"value\":1}", fields, 7, on_contact, x);
  return rc ? rc : psa_scope(&x->p, "user", BH_SCOPE_COMPLETE);
}
