/* meshcentral: what its options say, its clients, and the order of a pull. */
#include "meshcentral.h"

static const char *const client_choices[] = {"id", "name", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the server: https://rmm.example, with the domain's folder where it has one."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "A login token of the account: its user and password as NAME:PASSWORD. Or user and password."},
  {.key = "user", .type = BH_OPT_TEXT, .help = "Name to log in with."},
  {.key = "password", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "Password to log in with."},
  {.key = "client", .type = BH_OPT_CHOICE, .choices = client_choices, .fallback = "id",
    .help = "How `ids` calls a client: its device group's id (mesh//…), or the group's name."},
  {.key = "archived", .type = BH_OPT_TEXT, .help = "Devices with this tag are not counted any more."},
  BHK_CLASSES,
  {.key = NULL},
};

static bh_status credentials(const bh_host *h, bh_str *user, bh_str *password)
{
  bh_str token;
  bh_status rc;
  if ((rc = bhk_option(h, "token", &token)) || (rc = bhk_option(h, "user", user)) || (rc = bhk_option(h, "password", password)))
    return rc;
  if (token.len ? user->len || password->len : !user->len || !password->len)
    return h->fail(h->ctx, BH_E_INVALID, "token, or user and password: one of the two is needed");
  if (token.len == 0)
    return BH_OK;
  size_t at = token.len;
  while (at > 0 && token.ptr[at - 1] != ':')
    at--;
  if (at < 2 || at == token.len)
    return h->fail(h->ctx, BH_E_INVALID, "token: expected NAME:PASSWORD, as MeshCentral shows both when a login token is made");
  *user = (bh_str){token.ptr, at - 1};
  *password = (bh_str){token.ptr + at, token.len - at};
  return BH_OK;
}

static bh_status read_options(mesh *m)
{
  const bh_host *h = m->h;
  bh_str url, user, password, by;
  bh_status rc;
  if ((rc = bhk_needed(h, "url", &url)) || (rc = credentials(h, &user, &password)) || (rc = bhk_option(h, "archived", &m->archived)) ||
      (rc = bhk_option(h, "client", &by)))
    return rc;
  while (url.len && url.ptr[url.len - 1] == '/')
    url.len--;
  if (url.len == 0)
    return h->fail(h->ctx, BH_E_INVALID, "url: is missing");
  m->by_name = bhk_is(by, "name");
  bhk_put(&m->url, url);
  bhk_putz(&m->url, "/control.ashx");
  bhk_put_base64(&m->auth, user);
  bhk_putz(&m->auth, ",");
  bhk_put_base64(&m->auth, password);
  return m->url.broken || m->auth.broken ? mesh_no_memory(m) : BH_OK;
}

static void destroy(void *self)
{
  mesh *m = self;
  if (m->auth.ptr)
    memset(m->auth.ptr, 0, m->auth.cap);
  bhk_dispose(&m->url);
  bhk_dispose(&m->auth);
  bhk_map_dispose(&m->groups);
  bhk_map_dispose(&m->names);
  free(m);
}

static bh_status create(const bh_host *host, void **self)
{
  mesh *m = calloc(1, sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->h = host;
  m->ws = host->get_service(host->ctx, BH_SERVICE_WEBSOCKET);
  bh_status rc = m->ws ? read_options(m) : host->fail(host->ctx, BH_E_INVALID, "this host lends no WebSocket");
  if (rc) {
    destroy(m);
    return rc;
  }
  *self = m;
  return BH_OK;
}

/* ---- clients ---- */

typedef struct groups { mesh *m; const bh_emit *emit; } groups;

static bh_status on_group(void *user, const bh_json_record *r)
{
  groups *g = user;
  mesh *m = g->m;
  bh_str id = r->texts[0], name = r->texts[1], client = m->by_name ? name : id;
  if (id.len == 0 || client.len == 0)
    return m->h->fail(m->h->ctx, BH_E_PERMANENT, "\"meshes\": a device group came without %s", id.len ? "a name" : "an _id");
  int fresh = bhk_add(&m->groups, id, client), known = bhk_add(&m->names, client, id);
  if (fresh < 0 || known < 0)
    return mesh_no_memory(m);
  if (fresh && !known) /* by name: whose devices would they be? */
    return m->h->fail(m->h->ctx, BH_E_PERMANENT, "two device groups are called \"%.*s\": expected client = \"id\", or different names", (int)name.len, name.ptr);
  const bh_client c = {.struct_size = sizeof c, .id = client, .name = name};
  return fresh ? g->emit->client(g->emit->ctx, &c) : BH_OK;
}

static bh_status read_groups(mesh *m, const bh_emit *emit)
{
  static const char *const fields[] = {"_id", "name"};
  groups g = {m, emit};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.meshes[*]", .fields = fields, .field_count = 2, .record = on_group, .user = &g};
  const bh_json_query *const queries[] = {&each};
  const mesh_wanted wanted = {.action = "meshes", .queries = queries, .query_count = 1};
  bhk_map_dispose(&m->groups);
  bhk_map_dispose(&m->names);
  bh_status rc = mesh_ask(m, "{\"action\":\"meshes\",\"responseid\":\"billhook\"}", &wanted);
  if (rc == BH_OK && m->groups.n == 0)
    rc = m->h->fail(m->h->ctx, BH_E_INVALID, "the account sees no device group: give it rights on the clients' groups");
  return rc;
}

static bh_status probe(void *self)
{
  mesh *m = self;
  bh_status rc = mesh_open(m);
  mesh_close(m);
  return rc;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  mesh *m = self;
  bh_status rc = mesh_open(m);
  if (rc == BH_OK)
    rc = read_groups(m, emit);
  mesh_close(m);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  mesh *m = self;
  bh_status rc = mesh_open(m);
  if (rc == BH_OK)
    rc = read_groups(m, emit);
  if (rc == BH_OK)
    rc = mesh_nodes_pull(m, what, emit);
  mesh_close(m);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "meshcentral", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
