/* The connector of tests/bench/pull: as a connector of ours is, over kit.h: organizations are clients, nodes their devices. */
#include <billhook/kit.h>

enum { F_ID, F_CLIENT, F_CLASS, F_NAME, F_SEEN, F_SERIAL, F_COUNT };
static const char *const fields[F_COUNT] = {"id", "organizationId", "nodeClass", "displayName", "lastContact", "system.serialNumber"};

typedef struct me { const bh_host *h; bhk_api api; bh_str path; } me;
typedef struct pulling { me *m; const bh_emit *e; } pulling;

static bh_status row(void *user, const bh_json_record *r)
{
  pulling *p = user;
  bhk_attrs attrs = {.n = 0};
  bh_asset x = {.struct_size = sizeof x, .client = r->texts[F_CLIENT], .kind = BHK("device"), .id = r->texts[F_ID], .name = r->texts[F_NAME]};
  x.klass = bhk_class(p->m->h, r->texts[F_CLASS], bhk_like(BHK("*SERVER"), r->texts[F_CLASS]) ? BHK("server") : BHK("workstation"));
  if (r->texts[F_SEEN].len) {
    bh_status rc = p->m->h->parse_date(p->m->h->ctx, r->texts[F_SEEN], &x.last_seen);
    if (rc != BH_OK)
      return rc;
  }
  bhk_attr(&attrs, "serial", r->texts[F_SERIAL]);
  x.attrs = attrs.v;
  x.attr_count = attrs.n;
  return p->e->asset(p->e->ctx, &x);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *e)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 1000, .ahead = 4,
    .total = "$.total"};
  me *m = self;
  pulling p = {m, e};
  (void)what;
  char path[200];
  snprintf(path, sizeof path, "%.*s", (int)m->path.len, m->path.ptr);
  const bhk_list l = {.path = path, .each = "$.items[*]", .fields = fields, .field_count = F_COUNT, .row = row,
    .pages = strstr(path, "whole") ? NULL : &pages};
  bh_status rc = e->scope_begin(e->ctx, BHK("*"), BHK("*"));
  if (rc == BH_OK)
    rc = bhk_read(&m->api, &l, &p, NULL, 0);
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
  me *m = (me *)calloc(1, sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->h = h;
  bh_status rc = bhk_open(&m->api, h, "url");
  if (rc == BH_OK)
    rc = bhk_option(h, "path", &m->path);
  if (rc != BH_OK)
    destroy(m);
  else
    *self = m;
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector c = {.struct_size = sizeof c, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &c : NULL;
}

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, {.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, BHK_CLASSES, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "bench_devices", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
