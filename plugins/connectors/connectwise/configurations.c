/* Configurations are the devices. */
#include "connectwise.h"

static const char *const fields[] = {"id", "name", "company.id", "type.name", "status.id", "activeFlag", "billFlag", "serialNumber", "site.name",
  "osType", "osInfo", "deviceIdentifier", "modelNumber", "tagNumber", "macAddress"};
enum { ID, NAME, COMPANY, TYPE, STATUS, ACTIVE, BILL, SERIAL, SITE, OS_TYPE, OS_INFO, DEVICE, MODEL, TAG, MAC, FIELDS };
static const char ask[] = "id,name,company/id,type/name,status/id,activeFlag,billFlag,serialNumber,site/name,osType,osInfo,deviceIdentifier,modelNumber,"
                          "tagNumber,macAddress";

static bh_status row(void *user, const bh_json_record *r)
{
  cw *c = user;
  bool active = r->kinds[ACTIVE] != BH_JSON_FALSE && !bhk_get(&c->closed, r->texts[STATUS]);
  if ((!active && !c->p.include_inactive) || (c->bill_flag && r->kinds[BILL] != BH_JSON_TRUE))
    return BH_OK;
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "bill", r->kinds[BILL] == BH_JSON_TRUE ? BHK("yes") : BHK("no"));
  bhk_attr(&a, "device_id", r->texts[DEVICE]);
  bhk_attr(&a, "mac", r->texts[MAC]);
  bhk_attr(&a, "model", r->texts[MODEL]);
  bhk_attr(&a, "os", r->texts[OS_INFO].len ? r->texts[OS_INFO] : r->texts[OS_TYPE]);
  bhk_attr(&a, "serial", r->texts[SERIAL]);
  bhk_attr(&a, "site", r->texts[SITE]);
  bhk_attr(&a, "status", active ? BHK("active") : BHK("inactive"));
  bhk_attr(&a, "tag", r->texts[TAG]);
  bhk_attr(&a, "type", r->texts[TYPE]);
  return psa_asset(&c->p, "device", psa_class(&c->p, r->texts[TYPE]), r->texts[COMPANY], r->texts[ID], r->texts[NAME], &a);
}

bh_status cw_configurations(cw *c)
{
  const cw_list list = {.path = "/company/configurations", .conditions = c->p.include_inactive ? BHK("") : BHK("activeFlag=true"), .ask = ask,
    .fields = fields, .field_count = FIELDS, .row = row};
  bh_status rc = psa_scope(&c->p, "device", 0);
  if (rc == BH_OK)
    rc = cw_closed_statuses(c, "/company/configurations/statuses?pageSize=1000&fields=id%2CclosedFlag", "closedFlag");
  if (rc == BH_OK)
    rc = cw_read(c, &list, c, NULL, 0, NULL);
  return rc ? rc : psa_scope(&c->p, "device", BH_SCOPE_COMPLETE);
}
