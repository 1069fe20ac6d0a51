/* Organisations and machine groups, and how a list of VSA's is read. */
#include "vsa.h"

void vsa_pull_dispose(vsa_pull *p)
{
  bhk_map_dispose(&p->organizations);
  bhk_map_dispose(&p->groups);
  bhk_seen_dispose(&p->seen);
  bhk_dispose(&p->bad.text);
}

static bh_status on_envelope(void *user, const bh_json_record *r)
{
  vsa_pull *p = user;
  bh_str code = bhk_value(r, 0), error = bhk_value(r, 1);
  if (code.len == 0 || bhk_is(code, "0"))
    return BH_OK;
  int refused = bhk_is(code, "401") || bhk_is(code, "403") || bhk_like(BHK("4010*"), code);
  return p->v->h->fail(p->v->h->ctx, refused ? BH_E_AUTH : BH_E_PERMANENT, "VSA says: %.*s (ResponseCode %.*s)", (int)(error.len < 300 ? error.len : 300),
                       error.ptr, (int)(code.len < 20 ? code.len : 20), code.ptr);
}

bh_status vsa_list(vsa_pull *p, const char *path, const char *what, const char *const *fields, size_t field_count,
                   bh_status (*row)(void *user, const bh_json_record *r))
{
  static const char *const envelope_fields[] = {"ResponseCode", "Error"};
  const bhk_count by_offset = {.kind = BH_PAGES_OFFSET, .param = "$skip", .first = 0, .total = "TotalRecords", .ahead = p->v->at_once};
  const bh_json_query envelope = {.struct_size = sizeof envelope, .each = "$", .fields = envelope_fields, .field_count = 2, .record = on_envelope, .user = p};
  const bh_json_query *const more[] = {&envelope};
  char sized[100];
  snprintf(sized, sizeof sized, "%s$top=%lld", path, (long long)p->v->page_size);
  const bhk_list list = {.path = sized, .each = "$.Result[*]", .fields = fields, .field_count = field_count, .row = row};
  bhk_seen_dispose(&p->seen);
  p->bad.rows = 0;
  bh_status rc = bhk_read_all(&p->v->api, &list, &by_offset, p, &p->seen, more, 1);
  return rc ? rc : bhk_bad_judge(p->v->h, &p->bad, what);
}

/* ---- clients ---- */

static const char *const organization_fields[] = {"OrgId", "OrgName", "OrgRef"};
static const char *const group_fields[] = {"MachineGroupId", "MachineGroupName", "OrgId"};

/* 1: a row to go on with. */
static int fresh_row(vsa_pull *p, bh_str id, const char *without, bh_status *rc)
{
  p->bad.rows++;
  int fresh = id.len ? bhk_first(&p->seen, id) : 0;
  *rc = fresh < 0 ? BH_E_NOMEM : BH_OK;
  if (id.len == 0)
    bhk_bad_row(&p->bad, id, without);
  return fresh == 1;
}

static bh_status emit_client(vsa_pull *p, bh_str id, bh_str name)
{
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = name};
  return p->emit->client(p->emit->ctx, &c);
}

static bh_status on_organization(void *user, const bh_json_record *r)
{
  vsa_pull *p = user;
  bh_str id = bhk_value(r, 0), name = bhk_value(r, 1);
  bh_status rc;
  if (!fresh_row(p, id, "has no OrgId", &rc))
    return rc;
  if (name.len == 0)
    name = bhk_value(r, 2);
  if (bhk_add(&p->organizations, id, name) < 0)
    return BH_E_NOMEM;
  return p->v->by_group ? BH_OK : emit_client(p, id, name);
}

/* A group's name ends in its organisation's short name ("root.acme"): it stands for itself. */
static bh_status on_group(void *user, const bh_json_record *r)
{
  vsa_pull *p = user;
  bh_str id = bhk_value(r, 0);
  bh_status rc;
  if (!fresh_row(p, id, "has no MachineGroupId", &rc))
    return rc;
  if (bhk_add(&p->groups, id, bhk_value(r, 2)) < 0)
    return BH_E_NOMEM;
  return p->v->by_group ? emit_client(p, id, bhk_value(r, 1)) : BH_OK;
}

bh_status vsa_clients(vsa_pull *p)
{
  const bh_host *h = p->v->h;
  bh_status rc = vsa_list(p, "/system/orgs?", "organizations", organization_fields, 3, on_organization);
  if (rc == BH_OK && p->organizations.n == 0)
    rc = h->fail(h->ctx, BH_E_INVALID, "organizations: none that this user may see");
  return rc ? rc : vsa_list(p, "/system/machinegroups?", "machine groups", group_fields, 3, on_group);
}
