/* Clients, sites and agents: each list comes in one answer. An agent names its client and site by name; names are turned into ids here, so that a
 * renamed client stays the same. */
#include "tactical.h"

void tactical_pull_dispose(tactical_pull *p)
{
  bhk_map_dispose(&p->clients);
  bhk_seen_dispose(&p->seen);
  bhk_dispose(&p->bad.text);
  bhk_dispose(&p->key);
}

static bh_str key_of(tactical_pull *p, bh_str client, bh_str site)
{
  bhk_clear(&p->key);
  bhk_put(&p->key, client);
  if (p->t->by_site) {
    bhk_putz(&p->key, "|");
    bhk_put(&p->key, site);
  }
  return bhk_text(&p->key);
}

/* ---- clients and sites ---- */

enum { C_ID, C_NAME, C_CLIENT_NAME, C_COUNT };
static const char *const client_fields[C_COUNT] = {"id", "name", "client_name"};

static bh_status emit_client(tactical_pull *p, bh_str id, bh_str client, bh_str site)
{
  bhk_buf name = {0};
  bhk_put(&name, client);
  if (p->t->by_site) {
    bhk_putz(&name, ", ");
    bhk_put(&name, site);
  }
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = bhk_text(&name)};
  bh_status rc = name.broken ? BH_E_NOMEM : p->emit->client(p->emit->ctx, &c);
  bhk_dispose(&name);
  return rc;
}

static bh_status on_client(void *user, const bh_json_record *r)
{
  tactical_pull *p = user;
  const bh_host *h = p->t->h;
  bh_str id = bhk_value(r, C_ID), name = bhk_value(r, C_NAME), client = p->t->by_site ? bhk_value(r, C_CLIENT_NAME) : name;
  p->bad.rows++;
  if (!id.len || !name.len || !client.len) {
    bhk_bad_row(&p->bad, id, !id.len ? "has no id" : !name.len ? "has no name" : "has no client_name");
    return BH_OK;
  }
  int fresh = bhk_add(&p->clients, key_of(p, client, name), id);
  if (fresh < 0 || p->key.broken)
    return BH_E_NOMEM;
  if (fresh == 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "%s: two of one name: their agents cannot be told apart", p->t->by_site ? "sites" : "clients");
  return emit_client(p, id, client, name);
}

bh_status tactical_clients(tactical_pull *p)
{
  const bh_host *h = p->t->h;
  const char *what = p->t->by_site ? "sites" : "clients";
  const bhk_list list = {.path = p->t->by_site ? "/clients/sites/" : "/clients/", .each = "$[*]", .fields = client_fields, .field_count = C_COUNT, .row = on_client};
  bh_status rc = bhk_read(&p->t->api, &list, p, NULL, 0);
  if (rc == BH_OK)
    rc = bhk_bad_judge(h, &p->bad, what);
  return rc || p->clients.n ? rc : h->fail(h->ctx, BH_E_INVALID, "%s: none that the key's user may see", what);
}

/* ---- agents ---- */

enum { A_ID, A_HOST, A_CLIENT, A_SITE, A_TYPE, A_PLATFORM, A_OS, A_SERIAL, A_MODEL, A_DESCRIPTION, A_MAINTENANCE, A_SEEN, A_COUNT };
static const char *const agent_fields[A_COUNT] = {"agent_id", "hostname", "client_name", "site_name", "monitoring_type", "plat", "operating_system",
  "serial_number", "make_model", "description", "maintenance_mode", "last_seen"};

static const bhk_word words[] = {{"server", "server"}, {"workstation", "workstation"}, {NULL, NULL}};

static const char *wrong_with(const bh_json_record *r)
{
  return !bhk_value(r, A_ID).len ? "has no agent_id" : !bhk_value(r, A_CLIENT).len ? "has no client_name" : !bhk_value(r, A_SITE).len ? "has no site_name"
         : !bhk_value(r, A_TYPE).len ? "has no monitoring_type" : NULL;
}

static bh_status on_agent(void *user, const bh_json_record *r)
{
  tactical_pull *p = user;
  const bh_host *h = p->t->h;
  bh_str id = bhk_value(r, A_ID);
  const char *wrong = wrong_with(r);
  p->bad.rows++;
  int fresh = id.len ? bhk_first(&p->seen, id) : 1;
  if (fresh <= 0)
    return fresh ? BH_E_NOMEM : BH_OK;
  if (wrong) {
    bhk_bad_row(&p->bad, id, wrong);
    return BH_OK;
  }
  const bhk_entry *client = bhk_get(&p->clients, key_of(p, bhk_value(r, A_CLIENT), bhk_value(r, A_SITE)));
  if (!client) /* or the key could not grow */
    return h->fail(h->ctx, BH_E_TRANSIENT, "agents: %.*s belongs to a client or site that was not in the list of them: one was made or renamed meanwhile",
                   (int)(id.len < 100 ? id.len : 100), id.ptr);
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "os", bhk_value(r, A_OS));
  bhk_attr(&attrs, "platform", bhk_value(r, A_PLATFORM));
  bhk_attr(&attrs, "serial", bhk_value(r, A_SERIAL));
  bhk_attr(&attrs, "model", bhk_value(r, A_MODEL));
  bhk_attr(&attrs, "site", bhk_value(r, A_SITE));
  bhk_attr(&attrs, "description", bhk_value(r, A_DESCRIPTION));
  bhk_attr(&attrs, "status", r->kinds[A_MAINTENANCE] == BH_JSON_TRUE ? BHK("maintenance") : BHK("monitored"));
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = client->value, .kind = BHK("device"),
    .klass = bhk_class_by(h, bhk_value(r, A_TYPE), words), .id = id, .name = bhk_value(r, A_HOST), .attrs = attrs.v, .attr_count = attrs.n};
  bh_status rc = bhk_day(h, r, A_SEEN, 1, &a.last_seen);
  return rc ? rc : p->emit->asset(p->emit->ctx, &a);
}

bh_status tactical_agents(tactical_pull *p)
{
  const bhk_list list = {.path = "/agents/", .each = "$[*]", .fields = agent_fields, .field_count = A_COUNT, .row = on_agent};
  p->bad.rows = 0;
  bh_status rc = bhk_read(&p->t->api, &list, p, NULL, 0);
  return rc ? rc : bhk_bad_judge(p->t->h, &p->bad, "agents");
}
