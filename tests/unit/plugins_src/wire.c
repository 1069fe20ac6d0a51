/* A connector for one list of devices, by whatever way of paging: what the tests of the HTTP services from outside pull with. */
#include <billhook/kit.h>

enum { PAGES_MAX = 30, PAGE_SIZE = 2 };

typedef struct me { const bh_host *h; bhk_api api; bh_str client; } me;
typedef struct pulling { me *m; const bh_emit *e; bh_date today; } pulling;

enum { F_ID, F_NAME, F_SEATS, F_COUNT };
static const char *const fields[F_COUNT] = {"id", "name", "seats"};

static bh_status row(void *user, const bh_json_record *r)
{
  pulling *p = user;
  const bh_asset x = {.struct_size = sizeof x, .client = p->m->client, .kind = BHK("device"), .klass = BHK("workstation"), .id = r->texts[F_ID],
    .name = r->texts[F_NAME]};
  bh_status rc = p->e->asset(p->e->ctx, &x);
  if (rc != BH_OK || r->kinds[F_SEATS] == BH_JSON_MISSING)
    return rc;
  bh_gauge g = {.struct_size = sizeof g, .date = p->today, .client = p->m->client, .metric = BHK("seats")};
  rc = p->m->h->parse_number(p->m->h->ctx, r->texts[F_SEATS], &g.value);
  return rc != BH_OK ? rc : p->e->gauge(p->e->ctx, &g);
}

static const struct { const char *name; bh_json_pages how; } ways[] = {
  {"link", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_LINK, .pages_max = PAGES_MAX}},
  {"next", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_NEXT_URL, .path = "$.next", .pages_max = PAGES_MAX}},
  {"cursor", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_CURSOR, .path = "$.next", .param = "cursor", .pages_max = PAGES_MAX}},
  {"number", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = PAGE_SIZE, .pages_max = PAGES_MAX,
    .total = "$.total"}},
  {"ahead", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = PAGE_SIZE, .pages_max = PAGES_MAX,
    .total = "$.total", .ahead = 4}},
  {"after", {.struct_size = sizeof(bh_json_pages), .kind = BH_PAGES_AFTER, .path = "id", .param = "after", .page_size = PAGE_SIZE, .pages_max = PAGES_MAX}},
};

static bh_status read_list(me *m, pulling *p)
{
  bh_str way;
  const bh_json_pages *pages = NULL;
  bh_status rc = bhk_option(m->h, "paging", &way);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (bhk_is(way, ways[i].name))
      pages = &ways[i].how;
  const bhk_list l = {.path = "/devices", .each = "$.items[*]", .fields = fields, .field_count = F_COUNT, .row = row, .pages = pages};
  return rc ? rc : bhk_read(&m->api, &l, p, NULL, 0);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *e)
{
  me *m = self;
  pulling p = {m, e, what->today};
  const bh_client c = {.struct_size = sizeof c, .id = m->client};
  bh_status rc = e->scope_begin(e->ctx, BHK("*"), BHK("*"));
  if (rc == BH_OK)
    rc = e->client(e->ctx, &c);
  if (rc == BH_OK)
    rc = read_list(m, &p);
  return rc ? rc : e->scope_end(e->ctx, BHK("*"), BHK("*"), BH_SCOPE_COMPLETE);
}

static bh_status probe(void *self) { (void)self; return BH_OK; }
static bh_status clients(void *self, const bh_emit *e) { (void)self; (void)e; return BH_OK; }

static void destroy(void *self)
{
  bhk_api_dispose(&((me *)self)->api);
  free(self);
}

static bh_status create(const bh_host *h, void **self)
{
  me *m = calloc(1, sizeof *m);
  bh_str token;
  if (!m)
    return BH_E_NOMEM;
  m->h = h;
  bh_status rc = bhk_open(&m->api, h, "url");
  if (rc == BH_OK)
    rc = bhk_option(h, "client", &m->client);
  if (rc == BH_OK)
    rc = bhk_option(h, "token", &token);
  if (rc != BH_OK) {
    destroy(m);
    return rc;
  }
  bhk_header(&m->api, "X-Token", token);
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector c = {.struct_size = sizeof c, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &c : NULL;
}

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, {.key = "paging", .type = BH_OPT_TEXT}, {.key = "client", .type = BH_OPT_TEXT},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "test_wire", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
