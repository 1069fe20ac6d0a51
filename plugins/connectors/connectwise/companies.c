/* Companies are the clients. */
#include "connectwise.h"

static const char *const fields[] = {"id", "name", "identifier", "website", "status.id"};
enum { ID, NAME, IDENTIFIER, WEBSITE, STATUS, FIELDS };

static bh_status row(void *user, const bh_json_record *r)
{
  cw *c = user;
  if (!c->p.include_inactive && bhk_get(&c->closed, r->texts[STATUS]))
    return BH_OK;
  return psa_client(&c->p, r->texts[ID], r->texts[NAME].len ? r->texts[NAME] : r->texts[IDENTIFIER], r->texts[WEBSITE]);
}

bh_status cw_companies(cw *c)
{
  bhk_buf conditions = {0};
  bh_status rc = cw_closed_statuses(c, "/company/companies/statuses?pageSize=1000&fields=id%2CinactiveFlag", "inactiveFlag");
  bhk_putz(&conditions, c->p.include_inactive ? "" : "deletedFlag=false");
  if (c->companies.len) {
    bhk_putz(&conditions, conditions.len ? " and (" : "(");
    bhk_put(&conditions, c->companies);
    bhk_putz(&conditions, ")");
  }
  const cw_list list = {.path = "/company/companies", .conditions = bhk_text(&conditions), .ask = "id,name,identifier,website,status/id",
    .fields = fields, .field_count = FIELDS, .row = row};
  if (rc == BH_OK)
    rc = conditions.broken ? psa_no_memory(&c->p) : cw_read(c, &list, c, NULL, 0, NULL);
  bhk_dispose(&conditions);
  if (rc == BH_OK && c->p.clients.n == 0)
    rc = c->p.api.h->fail(c->p.api.h->ctx, BH_E_INVALID, "no company can be seen: the API member's role may not read companies, or none fits the conditions");
  return rc;
}
