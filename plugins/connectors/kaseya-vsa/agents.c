/* Agents are the devices. */
#include "vsa.h"

enum { A_ID, A_NAME, A_COMPUTER, A_ORGANIZATION, A_GROUP, A_GROUP_NAME, A_ONLINE, A_OS_TYPE, A_OS_INFO, A_OS, A_SERIAL, A_WORKGROUP, A_SEEN, A_COUNT };
static const char *const agent_fields[A_COUNT] = {"AgentId", "AgentName", "ComputerName", "OrgId", "MachineGroupId", "MachineGroup", "Online", "OSType",
  "OSInfo", "OperatingSystem", "SystemSerialNumber", "DomainWorkgroup", "LastCheckInTime"};

/* Of the system's type and description together: "2019 Server Standard x64 Edition", "10 Professional x64 Edition". */
static const bhk_word words[] = {
  {"*server*", "server"}, {"20*", "server"}, {"*linux*", "server"}, {"*esx*", "server"}, {"mac*", "workstation"}, {"os x*", "workstation"},
  {"xp*", "workstation"}, {"vista*", "workstation"}, {"7*", "workstation"}, {"8*", "workstation"}, {"10*", "workstation"}, {"11*", "workstation"},
  {"win*", "workstation"}, {NULL, NULL},
};

/* VSA's words for an agent that is there by name only. */
static const char *inactive(bh_str online)
{
  return bhk_is(online, "198") ? "suspended" : bhk_is(online, "199") ? "never checked in" : NULL;
}

/* The agent's organisation: as it says itself, else its machine group's. */
static bh_str organization_of(const vsa_pull *p, const bh_json_record *r)
{
  bh_str own = bhk_value(r, A_ORGANIZATION);
  const bhk_entry *group = bhk_get(&p->groups, bhk_value(r, A_GROUP));
  return own.len || !group ? own : group->value;
}

static bh_status emit_agent(vsa_pull *p, const bh_json_record *r, bh_str client)
{
  const bh_host *h = p->v->h;
  const char *state = inactive(bhk_value(r, A_ONLINE));
  bh_str computer = bhk_value(r, A_COMPUTER), type = bhk_value(r, A_OS_TYPE), info = bhk_value(r, A_OS_INFO);
  bhk_buf word = {0};
  bhk_attrs attrs = {.n = 0};
  bhk_put(&word, type);
  bhk_putz(&word, type.len && info.len ? " " : "");
  bhk_put(&word, info.len ? info : bhk_value(r, A_OS));
  bhk_attr(&attrs, "host", computer);
  bhk_attr(&attrs, "os", bhk_text(&word));
  bhk_attr(&attrs, "serial", bhk_value(r, A_SERIAL));
  bhk_attr(&attrs, "site", bhk_value(r, A_GROUP_NAME));
  bhk_attr(&attrs, "domain", bhk_value(r, A_WORKGROUP));
  bhk_attr(&attrs, "status", state ? bhk_str(state) : BHK("active"));
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = client, .kind = BHK("device"),
    .klass = bhk_class_by(h, bhk_text(&word), words), .id = bhk_value(r, A_ID), .name = bhk_value(r, A_NAME).len ? bhk_value(r, A_NAME) : computer,
    .attrs = attrs.v, .attr_count = attrs.n};
  bh_status rc = word.broken ? BH_E_NOMEM : bhk_day(h, r, A_SEEN, 1, &a.last_seen);
  if (rc == BH_OK)
    rc = p->emit->asset(p->emit->ctx, &a);
  bhk_dispose(&word);
  return rc;
}

static bh_status on_agent(void *user, const bh_json_record *r)
{
  vsa_pull *p = user;
  bh_str id = bhk_value(r, A_ID), client = p->v->by_group ? bhk_value(r, A_GROUP) : organization_of(p, r);
  p->bad.rows++;
  int fresh = id.len ? bhk_first(&p->seen, id) : 1;
  if (fresh <= 0)
    return fresh ? BH_E_NOMEM : BH_OK;
  if (!id.len || !client.len) {
    bhk_bad_row(&p->bad, id, !id.len ? "has no AgentId" : "has no organisation or machine group");
    return BH_OK;
  }
  return inactive(bhk_value(r, A_ONLINE)) && !p->v->include_inactive ? BH_OK : emit_agent(p, r, client);
}

bh_status vsa_agents(vsa_pull *p)
{
  return vsa_list(p, "/assetmgmt/agents?$orderby=AgentName%20asc&", "agents", agent_fields, A_COUNT, on_agent);
}
