/* Customers, their assets and contacts; products. */
#include "syncro.h"

static bh_status on_customer(void *user, const bh_json_record *r)
{
  syncro *s = user;
  const bh_str *t = r->texts; /* id, business_name, fullname, email, disabled */
  return psa_client(&s->p, t[0], t[1].len ? t[1] : t[2], t[3], psa_true(t[4]));
}

bh_status syncro_customers(syncro *s)
{
  static const char *const fields[] = {"id", "business_name", "fullname", "email", "disabled"};
  const syncro_list list = {.path = "/customers", .query = "include_disabled=true&", .each = "$.customers[*]", .fields = fields, .field_count = 5, .row = on_customer};
  bh_status rc = syncro_read(s, &list, s);
  if (rc == BH_OK && s->p.clients.n == 0)
    rc = s->p.api.h->fail(s->p.api.h->ctx, BH_E_INVALID, "no customer can be seen: the token may not read customers");
  return rc;
}

/* ---- assets ---- */

static const char *const asset_fields[] = {"id", "customer_id", "name", "asset_type", "asset_serial", "properties.form_factor", "properties.os", "properties.model",
  "properties.manufacturer"};
enum { ID, CUSTOMER, NAME, TYPE, SERIAL, FORM, OS, MODEL, MAKER, FIELDS };

/* An asset with Syncro's agent is a "Syncro Device": what it is, its properties tell. */
static bh_str word_of(const bh_str *t)
{
  if (!bhk_is(t[TYPE], "Syncro Device"))
    return t[TYPE];
  if (bhk_like(BHK("*server*"), t[OS]))
    return BHK("server");
  return t[FORM].len ? t[FORM] : t[OS].len ? BHK("workstation") : t[TYPE];
}

static bh_status on_asset(void *user, const bh_json_record *r)
{
  syncro *s = user;
  const bh_str *t = r->texts;
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "form", t[FORM]);
  bhk_attr(&a, "manufacturer", t[MAKER]);
  bhk_attr(&a, "model", t[MODEL]);
  bhk_attr(&a, "os", t[OS]);
  bhk_attr(&a, "serial", t[SERIAL]);
  bhk_attr(&a, "type", t[TYPE]);
  return psa_asset(&s->p, "device", psa_class(&s->p, word_of(t)), t[CUSTOMER], t[ID], t[NAME], &a);
}

bh_status syncro_assets(syncro *s)
{
  const syncro_list list = {.path = "/customer_assets", .query = "", .each = "$.assets[*]", .fields = asset_fields, .field_count = FIELDS, .row = on_asset};
  bh_status rc = psa_scope(&s->p, "device", 0);
  if (rc == BH_OK)
    rc = syncro_read(s, &list, s);
  return rc ? rc : psa_scope(&s->p, "device", BH_SCOPE_COMPLETE);
}

/* ---- contacts ---- */

static bh_status on_contact(void *user, const bh_json_record *r)
{
  syncro *s = user;
  const bh_str *t = r->texts; /* id, customer_id, name, email */
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "mail", t[3]);
  return psa_asset(&s->p, "user", BHK("contact"), t[1], t[0], t[2], &a);
}

bh_status syncro_contacts(syncro *s)
{
  static const char *const fields[] = {"id", "customer_id", "name", "email"};
  const syncro_list list = {.path = "/contacts", .query = "", .each = "$.contacts[*]", .fields = fields, .field_count = 4, .row = on_contact};
  bh_status rc = psa_scope(&s->p, "user", 0);
  if (rc == BH_OK)
    rc = syncro_read(s, &list, s);
  return rc ? rc : psa_scope(&s->p, "user", BH_SCOPE_COMPLETE);
}

/* ---- products ---- */

static bh_status on_product(void *user, const bh_json_record *r)
{
  syncro *s = user;
  const bh_str *t = r->texts; /* id, name, price_retail, price_cost, disabled */
  return psa_true(t[4]) && !s->p.include_inactive ? BH_OK : psa_product(&s->p, t[0], t[1], t[2], t[3]);
}

bh_status syncro_products(syncro *s)
{
  static const char *const fields[] = {"id", "name", "price_retail", "price_cost", "disabled"};
  const syncro_list list = {.path = "/products", .query = "", .each = "$.products[*]", .fields = fields, .field_count = 5, .row = on_product};
  return syncro_read(s, &list, s);
}
