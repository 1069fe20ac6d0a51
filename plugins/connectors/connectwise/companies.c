/* Companies are the clients. */
#include "connectwise.h"

static const char *const fields[] = {"id", "name", "identifier", "website", "status.id", "deletedFlag"};
enum { ID, NAME, IDENTIFIER, WEBSITE, STATUS, DELETED, FIELDS };

static bh_status row(void *user, const bh_json_record *r)
{
  cw *c = user;
  bool closed = r->kinds[DELETED] == BH_JSON_TRUE || bhk_get(&c->closed, r->texts[STATUS]);
  return psa_client(&c->p, r->texts[ID], r->texts[NAME].len ? r->texts[NAME] : r->texts[IDENTIFIER], r->texts[WEBSITE], closed);
}

bh_status cw_companies(cw *c)
{
  bh_status rc = cw_closed_statuses(c, "/company/companies/statuses?pageSize=1000&fields=id%2CinactiveFlag", "inactiveFlag");
  const cw_list list = {.path = "/company/companies", .conditions = c->companies, .ask = "id,name,identifier,website,status/id,deletedFlag",
    .fields = fields, .field_count = FIELDS, .row = row};
  if (rc == BH_OK)
    rc = cw_read(c, &list, c, NULL, 0, NULL);
  if (rc == BH_OK && c->p.clients.n == 0)
    rc = c->p.api.h->fail(c->p.api.h->ctx, BH_E_INVALID, "no company can be seen: the API member's role may not read companies, or none fits the conditions");
  return rc;
}
