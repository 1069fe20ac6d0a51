/* Devices, with the detail that holds operating system and serial number. */
#include "ninjaone.h"

enum { D_ID, D_ORGANIZATION, D_LOCATION, D_CLASS, D_APPROVAL, D_DISPLAY, D_SYSTEM, D_DNS, D_CONTACT, D_OS, D_SERIAL, D_BIOS_SERIAL, D_COUNT };
static const char *const device_fields[D_COUNT] = {"id", "organizationId", "locationId", "nodeClass", "approvalStatus", "displayName", "systemName",
  "dnsName", "lastContact", "os.name", "system.serialNumber", "system.biosSerialNumber"};

/* A guest that a host reports may run an agent, too: a class of its own keeps it from being counted twice unasked. */
static const bhk_word words[] = {
  {"NMS_*", "network"}, {"*_SERVER", "server"}, {"VMWARE_VM_HOST", "server"}, {"HYPERV_VMM_HOST", "server"}, {"VMWARE_VM_GUEST", "virtual"}, {"HYPERV_VMM_GUEST", "virtual"},
  {"*_WORKSTATION", "workstation"}, {"MAC", "workstation"}, {"ANDROID", "mobile"}, {"APPLE_*", "mobile"}, {NULL, NULL},
};

static bh_str first_of(bh_str a, bh_str b, bh_str c)
{
  return a.len ? a : b.len ? b : c;
}

static bh_status on_device(void *user, const bh_json_record *r)
{
  ninja_pull *p = user;
  const bh_host *h = p->n->h;
  bh_str id = bhk_value(r, D_ID), client = bhk_value(r, p->n->by_location ? D_LOCATION : D_ORGANIZATION), approval = bhk_value(r, D_APPROVAL),
         word = bhk_value(r, D_CLASS);
  p->bad.rows++;
  int fresh = id.len ? bhk_first(&p->seen, id) : 1;
  if (fresh < 0)
    return BH_E_NOMEM;
  if (fresh == 0)
    return BH_OK;
  const char *wrong = !id.len ? "has no id" : !client.len ? (p->n->by_location ? "has no locationId" : "has no organizationId") : !word.len ? "has no nodeClass" : NULL;
  if (wrong) {
    bhk_bad_row(&p->bad, id, wrong);
    return BH_OK;
  }
  if (approval.len && !bhk_is(approval, "APPROVED") && !p->n->include_inactive)
    return BH_OK;
  const bhk_entry *location = bhk_get(&p->locations, bhk_value(r, D_LOCATION));
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "host", bhk_value(r, D_SYSTEM));
  bhk_attr(&attrs, "os", bhk_value(r, D_OS));
  bhk_attr(&attrs, "serial", first_of(bhk_value(r, D_SERIAL), bhk_value(r, D_BIOS_SERIAL), (bh_str){"", 0}));
  bhk_attr(&attrs, "site", location ? location->value : (bh_str){"", 0});
  bhk_attr(&attrs, "node_class", word);
  bhk_attr(&attrs, "status", approval);
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = client, .kind = BHK("device"),
    .klass = bhk_class_by(h, word, words), .id = id,
    .name = first_of(bhk_value(r, D_DISPLAY), bhk_value(r, D_SYSTEM), bhk_value(r, D_DNS)), .attrs = attrs.v, .attr_count = attrs.n};
  bh_status rc = bhk_day(h, r, D_CONTACT, 1, &a.last_seen);
  return rc ? rc : p->emit->asset(p->emit->ctx, &a);
}

bh_status ninja_devices(ninja_pull *p)
{
  return ninja_list(p, "/v2/devices-detailed", "devices", device_fields, D_COUNT, on_device);
}
