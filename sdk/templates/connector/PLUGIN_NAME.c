/* PLUGIN_NAME: clients and devices of a REST API with pages.
 *
 *   GET URL/clients?page=1&per_page=100   {"clients": [{"id": 7, "name": "Acme Dental", "domain": "acme.example"}], "total": 1}
 *   GET URL/devices?page=1&per_page=100   {"devices": [{"id": 41, "client_id": 7, "name": "FRONT-1", "type": "desktop", "retired": false}], "total": 1}
 *
 * Replace the addresses, the fields and the mapping by those of your API; the rest can stay.
 */
#include <billhook/kit.h>

typedef struct connector {
  bhk_api api;
  bhk_buf bearer;       /* "Bearer …" */
  int include_retired;
} connector;

/* ---- lists ---- */

typedef struct walk {
  connector *c;
  const bh_emit *emit;
  bhk_seen seen;        /* ids of the list that is being read */
} walk;

/* Pages count from 1; "total" says how many rows there are in all. Whole, and each row once: a list that ends early, a page that comes twice in place of
 * another and a list that moves while it is read are noticed. For that the row function asks bhk_is_new() first of all. */
static bh_status read_list(walk *w, const bhk_list *list)
{
  static const bhk_count by_page = {.kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .total = "total"};
  bh_status rc = bhk_read_all(&w->c->api, list, &by_page, w, &w->seen, NULL, 0);
  bhk_seen_dispose(&w->seen);
  return rc;
}

static bh_status on_client(void *user, const bh_json_record *r)
{
  walk *w = user;
  const bh_host *h = w->c->api.h;
  bh_status rc;
  bh_client x = {.struct_size = sizeof x, .id = bhk_value(r, 0), .name = bhk_value(r, 1), .domain = bhk_value(r, 2)};
  return bhk_is_new(h, &w->seen, x.id, "a client", &rc) ? w->emit->client(w->emit->ctx, &x) : rc;
}

static bh_status read_clients(walk *w)
{
  static const char *const fields[] = {"id", "name", "domain"};
  const bhk_list list = {.path = "/clients?per_page=100", .each = "$.clients[*]", .fields = fields, .field_count = 3, .row = on_client};
  return read_list(w, &list);
}

/* The platform's words for a device, and the classes that price books go by. What the MSP says in the option `classes` goes first. */
static const bhk_word classes[] = {{"desktop", "workstation"}, {"laptop", "workstation"}, {"server", "server"}, {"firewall", "network"}, {"switch", "network"},
  {"phone", "mobile"}, {NULL, NULL}};

static bh_status on_device(void *user, const bh_json_record *r)
{
  walk *w = user;
  const bh_host *h = w->c->api.h;
  bh_status rc;
  bh_asset x = {.struct_size = sizeof x, .mode = BH_ASSET_PRESENT, .kind = BHK("device"), .id = bhk_value(r, 0), .client = bhk_value(r, 1), .name = bhk_value(r, 2)};
  if (!bhk_is_new(h, &w->seen, x.id, "a device", &rc))
    return rc;
  if (x.client.len == 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "the device %.*s has no client", (int)x.id.len, x.id.ptr);
  if (r->kinds[4] == BH_JSON_TRUE && !w->c->include_retired)
    return BH_OK;
  x.klass = bhk_class_by(h, bhk_value(r, 3), classes);
  return w->emit->asset(w->emit->ctx, &x);
}

static bh_status read_devices(walk *w)
{
  static const char *const fields[] = {"id", "client_id", "name", "type", "retired"};
  const bhk_list list = {.path = "/devices?per_page=100", .each = "$.devices[*]", .fields = fields, .field_count = 5, .row = on_device};
  return read_list(w, &list);
}

/* ---- the three calls ---- */

static bh_status ignore(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

static bh_status probe(void *self)
{
  connector *c = self;
  const bhk_list one = {.path = "/clients?per_page=1&page=1", .each = "$.clients[*]", .row = ignore};
  return bhk_read(&c->api, &one, c, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  walk w = {.c = self, .emit = emit};
  return read_clients(&w);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  walk w = {.c = self, .emit = emit};
  (void)what; /* this API gives lists of what there is now: dates and cursors are for those that give changes */
  bh_status rc = read_clients(&w);
  if (rc != BH_OK)
    return rc;
  /* Between begin and end everything comes: what does not come is gone. Where anything fails before the end, nothing changes. */
  if ((rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"))) != BH_OK || (rc = read_devices(&w)) != BH_OK)
    return rc;
  return emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
}

/* ---- an instance ---- */

static void destroy(void *self)
{
  connector *c = self;
  bhk_api_dispose(&c->api);
  bhk_dispose(&c->bearer);
  free(c);
}

static bh_status set_up(connector *c, const bh_host *host)
{
  bh_str token;
  bh_status rc;
  if ((rc = bhk_open(&c->api, host, "url")) != BH_OK || (rc = host->text(host->ctx, host->options, "token", &token)) != BH_OK ||
      (rc = bhk_flag(host, "include_retired", &c->include_retired)) != BH_OK)
    return rc;
  bhk_putz(&c->bearer, "Bearer ");
  bhk_put(&c->bearer, token);
  if (c->bearer.broken)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bhk_header(&c->api, "Authorization", bhk_text(&c->bearer));
  bhk_header(&c->api, "Accept", BHK("application/json"));
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  connector *c = calloc(1, sizeof *c);
  if (!c)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bh_status rc = set_up(c, host);
  if (rc != BH_OK) {
    destroy(c); /* after a failed create() the host does not call it */
    return rc;
  }
  *self = c;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector interface = {.struct_size = sizeof interface, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &interface : NULL;
}

/* The same as in PLUGIN_NAME.json: `billhook plugin check` compares them. */
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the API: https://api.example/v1."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "An API token that may read clients and devices."},
  {.key = "include_retired", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring devices that are retired, too."},
  BHK_CLASSES,
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "PLUGIN_NAME", .version = "0.1", .vendor = "You", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
