/* command: facts from a program of the MSP's own, which prints JSON lines. */
#include "../lines/lines.h"

typedef struct command { const bh_host *host; const bh_program_service *programs; } command;

typedef struct reading { lines *l; uint64_t number; } reading;

static bh_status take(void *user, bh_str text)
{
  reading *r = user;
  return lines_take(r->l, "output", ++r->number, text);
}

static bh_status pull_into(command *c, const bh_emit *emit, bh_date today)
{
  const bh_host *h = c->host;
  lines l;
  reading r = {.l = &l};
  int64_t seconds;
  bh_status rc = h->integer(h->ctx, h->options, "timeout", &seconds);
  if (rc == BH_OK && (seconds < 1 || seconds > 86400))
    return h->fail(h->ctx, BH_E_INVALID, "timeout: must be between 1 second and a day");
  if (rc == BH_OK)
    rc = lines_begin(&l, h, emit, today);
  if (rc)
    return rc;
  rc = c->programs->lines(h->ctx, "program", (uint32_t)seconds * 1000, take, &r);
  if (rc == BH_OK)
    rc = lines_had(&l, "output");
  if (rc == BH_OK)
    rc = lines_end(&l);
  lines_dispose(&l);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  return pull_into(self, emit, what->today);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  const bh_emit only = lines_clients_only(emit);
  return pull_into(self, &only, (bh_date){2000, 1, 1}); /* the day of what is passed over */
}

/* Nothing but running it tells whether it works. */
static bh_status probe(void *self)
{
  const bh_emit none = lines_clients_only(NULL);
  return pull_into(self, &none, (bh_date){2000, 1, 1});
}

static bh_status create(const bh_host *host, void **self)
{
  command *c = calloc(1, sizeof *c);
  if (!c)
    return BH_E_NOMEM;
  c->host = host;
  c->programs = host->get_service(host->ctx, BH_SERVICE_PROGRAM);
  if (!c->programs) {
    free(c);
    return host->fail(host->ctx, BH_E_INVALID, "this host starts no programs");
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
  {.key = "program", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED,
    .help = "The program and its words, split at spaces; without a slash it is looked for in PATH, and relative paths are the workspace's."},
  {.key = "timeout", .type = BH_OPT_DURATION, .fallback = "10m", .help = "How long it may take."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "command", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};
