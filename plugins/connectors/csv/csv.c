/* csv: facts from a folder of files. */
#include "csv.h"
#include <stdlib.h>
#include <string.h>

typedef struct csv { const bh_host *host; const bh_file_service *files; } csv;

typedef struct part { const char *name; bh_status (*read)(csv_pull *p, csv_file *f); } part;
static const part parts[] = {{"assets.csv", csv_assets}, {"gauges.csv", csv_gauges}, {"usage.csv", csv_usage}, {"charges.csv", csv_charges}};
enum { PARTS = sizeof parts / sizeof parts[0] };

bh_status csv_client(csv_pull *p, bh_str client)
{
  uint32_t ordinal;
  bh_status rc = csv_seen_add(&p->clients, csv_hash_add(csv_hash_start(), client), &ordinal);
  if (rc || ordinal > 1)
    return rc;
  const bh_client x = {.struct_size = sizeof x, .id = client, .name = client};
  return p->emit->client(p->emit->ctx, &x);
}

static bh_status read_part(csv *c, csv_pull *p, const part *what, int *there)
{
  csv_file f;
  bh_status rc = csv_open(&f, c->host, c->files, what->name, there);
  if (rc == BH_OK && *there)
    rc = what->read(p, &f);
  csv_close(&f);
  return rc;
}

static bh_status nothing(const bh_host *h)
{
  bh_str path;
  bh_status rc = h->text(h->ctx, h->options, "path", &path);
  if (rc)
    return rc;
  return h->fail(h->ctx, BH_E_INVALID, "the folder \"%.*s\" has none of assets.csv, gauges.csv, usage.csv and charges.csv", (int)path.len,
                 path.ptr);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  csv *c = self;
  csv_pull p = {.host = c->host, .emit = emit};
  int any = 0;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < PARTS && rc == BH_OK; i++) {
    int there = 0;
    rc = c->host->cancelled(c->host->ctx) ? BH_E_CANCELLED : read_part(c, &p, &parts[i], &there);
    any |= there;
  }
  csv_seen_free(&p.clients);
  return rc || any ? rc : nothing(c->host);
}

static bh_status probe(void *self)
{
  csv *c = self;
  for (size_t i = 0; i < PARTS; i++) {
    csv_file f;
    int there;
    bh_status rc = csv_open(&f, c->host, c->files, parts[i].name, &there);
    csv_close(&f);
    if (rc || there)
      return rc;
  }
  return nothing(c->host);
}

/* ---- clients: a pull of which only the clients are passed on ---- */

static bh_status skip_asset(void *ctx, const bh_asset *x) { return BH_OK; }
static bh_status skip_gauge(void *ctx, const bh_gauge *x) { return BH_OK; }
static bh_status skip_usage(void *ctx, const bh_usage *x) { return BH_OK; }
static bh_status skip_charge(void *ctx, const bh_charge *x) { return BH_OK; }
static bh_status skip_begin(void *ctx, bh_str kind, bh_str client) { return BH_OK; }
static bh_status skip_end(void *ctx, bh_str kind, bh_str client, int32_t how) { return BH_OK; }

static bh_status clients(void *self, const bh_emit *emit)
{
  const bh_emit only = {.struct_size = sizeof only, .ctx = emit->ctx, .client = emit->client, .asset = skip_asset, .gauge = skip_gauge,
    .usage = skip_usage, .charge = skip_charge, .scope_begin = skip_begin, .scope_end = skip_end};
  const bh_pull what = {.struct_size = sizeof what};
  return pull(self, &what, &only);
}

static bh_status create(const bh_host *host, void **self)
{
  csv *c = malloc(sizeof *c);
  if (!c)
    return BH_E_NOMEM;
  c->host = host;
  c->files = host->get_service(host->ctx, BH_SERVICE_FILE);
  if (!c->files) {
    free(c);
    return host->fail(host->ctx, BH_E_INVALID, "this host has no service %s", BH_SERVICE_FILE);
  }
  *self = c;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

static const bh_option options[] = {
  {.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The folder with the files, inside the workspace."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "csv", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};
