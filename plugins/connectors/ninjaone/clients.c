/* Organisations and their locations. */
#include "ninjaone.h"

void ninja_pull_dispose(ninja_pull *p)
{
  bhk_map_dispose(&p->organizations);
  bhk_map_dispose(&p->locations);
  bhk_seen_dispose(&p->seen);
  bhk_dispose(&p->bad.text);
}

bh_status ninja_list(ninja_pull *p, const char *path, const char *what, const char *const *fields, size_t field_count,
                     bh_status (*row)(void *user, const bh_json_record *r))
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_AFTER, .path = "id", .param = "after"};
  ninja *n = p->n;
  char sized[100];
  snprintf(sized, sizeof sized, "%s?pageSize=%lld", path, (long long)n->page_size);
  const bhk_list list = {.path = sized, .each = "$[*]", .fields = fields, .field_count = field_count, .row = row, .pages = &pages};
  bhk_seen_dispose(&p->seen);
  p->bad.rows = 0;
  bh_status rc = bhk_read_all(&n->api, &list, NULL, p, &p->seen, NULL, 0);
  return rc ? rc : bhk_bad_judge(n->h, &p->bad, what);
}

enum { C_ID, C_NAME, C_ORGANIZATION };
static const char *const client_fields[] = {"id", "name", "organizationId"};

static bh_status emit_client(ninja_pull *p, bh_str id, bh_str name)
{
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = name};
  return p->emit->client(p->emit->ctx, &c);
}

/* 1: a row to go on with. */
static int fresh_row(ninja_pull *p, const bh_json_record *r, bh_status *rc)
{
  bh_str id = bhk_value(r, C_ID);
  *rc = BH_OK;
  p->bad.rows++;
  int fresh = id.len ? bhk_first(&p->seen, id) : 0;
  if (fresh < 0)
    *rc = BH_E_NOMEM;
  if (id.len == 0)
    bhk_bad_row(&p->bad, id, "has no id");
  return fresh == 1;
}

static bh_status on_organization(void *user, const bh_json_record *r)
{
  ninja_pull *p = user;
  bh_status rc;
  if (!fresh_row(p, r, &rc))
    return rc;
  if (bhk_add(&p->organizations, bhk_value(r, C_ID), bhk_value(r, C_NAME)) < 0)
    return BH_E_NOMEM;
  return p->n->by_location ? BH_OK : emit_client(p, bhk_value(r, C_ID), bhk_value(r, C_NAME));
}

/* "Acme Dental, Troy": the same name of a location is common to many organisations. */
static bh_status emit_location(ninja_pull *p, const bh_json_record *r)
{
  const bhk_entry *of = bhk_get(&p->organizations, bhk_value(r, C_ORGANIZATION));
  bhk_buf name = {0};
  if (of)
    bhk_put(&name, of->value);
  bhk_putz(&name, name.len ? ", " : "");
  bhk_put(&name, bhk_value(r, C_NAME));
  bh_status rc = name.broken ? BH_E_NOMEM : emit_client(p, bhk_value(r, C_ID), bhk_text(&name));
  bhk_dispose(&name);
  return rc;
}

static bh_status on_location(void *user, const bh_json_record *r)
{
  ninja_pull *p = user;
  bh_status rc;
  if (!fresh_row(p, r, &rc))
    return rc;
  if (bhk_add(&p->locations, bhk_value(r, C_ID), bhk_value(r, C_NAME)) < 0)
    return BH_E_NOMEM;
  return p->n->by_location ? emit_location(p, r) : BH_OK;
}

bh_status ninja_clients(ninja_pull *p)
{
  const bh_host *h = p->n->h;
  bh_status rc = ninja_list(p, "/v2/organizations", "organizations", client_fields, C_ORGANIZATION, on_organization);
  if (rc == BH_OK && p->organizations.n == 0)
    rc = h->fail(h->ctx, BH_E_INVALID, "organizations: none that this API client may see");
  return rc ? rc : ninja_list(p, "/v2/locations", "locations", client_fields, C_ORGANIZATION + 1, on_location);
}
