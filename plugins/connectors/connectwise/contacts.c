/* Contacts are the users. */
#include "connectwise.h"

static const char *const fields[] = {"id", "firstName", "lastName", "company.id", "inactiveFlag", "site.name", "title"};
enum { ID, FIRST, LAST, COMPANY, INACTIVE, SITE, TITLE, FIELDS };
static const char *const item_fields[] = {"communicationType", "value", "defaultFlag"};

typedef struct contacts {
  cw *c;
  bhk_buf mail, name; /* of the contact at hand */
} contacts;

/* Ways of reaching a contact stand inside it, and so come before it. */
static bh_status item(void *user, const bh_json_record *r)
{
  contacts *x = user;
  if (!bhk_like(BHK("email"), r->texts[0]) || (x->mail.len && r->kinds[2] != BH_JSON_TRUE))
    return BH_OK;
  bhk_clear(&x->mail);
  bhk_put(&x->mail, r->texts[1]);
  return BH_OK;
}

static void repeated(void *user)
{
  contacts *x = user;
  bhk_clear(&x->mail);
}

static bh_status row(void *user, const bh_json_record *r)
{
  contacts *x = user;
  psa *p = &x->c->p;
  bool active = r->kinds[INACTIVE] != BH_JSON_TRUE;
  bh_status rc = BH_OK;
  bhk_clear(&x->name);
  bhk_put(&x->name, r->texts[FIRST]);
  bhk_putz(&x->name, r->texts[FIRST].len && r->texts[LAST].len ? " " : "");
  bhk_put(&x->name, r->texts[LAST]);
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "mail", bhk_text(&x->mail));
  bhk_attr(&a, "site", r->texts[SITE]);
  bhk_attr(&a, "status", active ? BHK("active") : BHK("inactive"));
  bhk_attr(&a, "title", r->texts[TITLE]);
  if (x->name.broken || x->mail.broken)
    rc = psa_no_memory(p);
  else if (active || p->include_inactive)
    rc = psa_asset(p, "user", BHK("contact"), r->texts[COMPANY], r->texts[ID], bhk_text(&x->name), &a);
  bhk_clear(&x->mail);
  return rc;
}

bh_status cw_contacts(cw *c)
{
  contacts x = {.c = c};
  const cw_list list = {.path = "/company/contacts", .conditions = c->p.include_inactive ? BHK("") : BHK("inactiveFlag=false"),
    .ask = "id,firstName,lastName,company/id,inactiveFlag,site/name,title,communicationItems", .fields = fields, .field_count = FIELDS, .row = row};
  const bh_json_query items = {.struct_size = sizeof items, .each = "$[*].communicationItems[*]", .fields = item_fields, .field_count = 3, .record = item,
    .user = &x};
  const bh_json_query *const more[] = {&items};
  bh_status rc = psa_scope(&c->p, "user", 0);
  if (rc == BH_OK)
    rc = cw_read(c, &list, &x, more, 1, repeated);
  bhk_dispose(&x.mail);
  bhk_dispose(&x.name);
  return rc ? rc : psa_scope(&c->p, "user", BH_SCOPE_COMPLETE);
}
