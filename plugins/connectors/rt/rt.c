/* Request Tracker 5, over its REST2 API. README.md beside this file tells what comes and which rights are needed. */
#include "rt.h"

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of RT: https://rt.northwind.example or https://example/rt."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "An authentication token. Or user and password."},
  {.key = "user", .type = BH_OPT_TEXT, .help = "Name to log in with."},
  {.key = "password", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "Password to log in with."},
  {.key = "queues", .type = BH_OPT_TEXT, .fallback = "*", .help = "The queues that are clients, by name; * stands for anything."},
  {.key = "billable", .type = BH_OPT_TEXT, .help = "TicketSQL of the tickets whose time is billable; without it, all are."},
  PSA_OPTIONS_TIME,
  {.key = NULL},
};

static void forget(rt *x)
{
  bhk_map_dispose(&x->tickets);
  bhk_map_dispose(&x->deleted);
  bhk_map_dispose(&x->not_billable);
  bhk_map_dispose(&x->names);
}

static void destroy(void *self)
{
  rt *x = self;
  forget(x);
  psa_dispose(&x->p);
  bhk_dispose(&x->authorization);
  bhk_dispose(&x->path);
  free(x);
}

static bh_status read_options(rt *x, const bh_host *h)
{
  bh_status rc = psa_open(&x->p, h, PSA_TIME);
  if (rc || (rc = bhk_option(h, "token", &x->token)) || (rc = bhk_option(h, "user", &x->user)) || (rc = bhk_option(h, "password", &x->password)) ||
      (rc = bhk_option(h, "queues", &x->queues)) || (rc = bhk_option(h, "billable", &x->billable)))
    return rc;
  if (x->token.len == 0 && (x->user.len == 0 || x->password.len == 0))
    return h->fail(h->ctx, BH_E_INVALID, "token: is missing, and so is user or password");
  if (x->token.len) {
    bhk_putz(&x->authorization, "token ");
    bhk_put(&x->authorization, x->token);
  } else {
    bh_str basic;
    if ((rc = x->p.api.http->basic(h->ctx, x->user, x->password, &basic)))
      return rc;
    bhk_put(&x->authorization, basic);
  }
  return x->authorization.broken ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  rt *x = calloc(1, sizeof *x);
  if (!x)
    return BH_E_NOMEM;
  bh_status rc = read_options(x, host);
  if (rc) {
    destroy(x);
    return rc;
  }
  *self = x;
  return BH_OK;
}

static void begin(rt *x, const bh_emit *emit, const bh_pull *what)
{
  forget(x);
  psa_begin(&x->p, emit, what);
  bhk_header(&x->p.api, "Authorization", bhk_text(&x->authorization));
  bhk_header(&x->p.api, "Accept", BHK("application/json"));
  bhk_header(&x->p.api, "Content-Type", BHK("application/json"));
}

static bh_status probe(void *self)
{
  rt *x = self;
  begin(x, NULL, NULL);
  return rt_queues(x, false);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  rt *x = self;
  begin(x, emit, NULL);
  return rt_queues(x, true);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  rt *x = self;
  begin(x, emit, what);
  bh_status rc = rt_queues(x, true);
  return rc || !x->p.with_time ? rc : rt_time(x);
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "rt", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
