/* kaseya-vsa: Kaseya VSA 9's organisations (or machine groups) are clients, agents their devices. */
#include "vsa.h"

enum { PAGE_SIZE_MAX = 100, SESSION_S = 900 };
static const char *const client_choices[] = {"organization", "group", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the server: https://vsa.example."},
  {.key = "user", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Name of the user."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Personal access token of that user."},
  {.key = "clients", .type = BH_OPT_CHOICE, .choices = client_choices, .fallback = "organization", .help = "What a client is: an organisation, or each of its machine groups."},
  {.key = "include_inactive", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring agents that are suspended or have never checked in, too."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "100", .help = "How many rows are asked for at a time, at most 100."},
  BHK_CLASSES,
  BHK_PER_MINUTE("0"),
  BHK_AT_ONCE("2"),
  {.key = NULL},
};

/* The token is the password of one request, whose answer holds the session's. Its end is told as a time of the server's clock: it is taken for a
 * quarter of an hour, and renewed where the server has ended it before. */
static bh_status log_in(vsa *v)
{
  const bh_host *h = v->h;
  bh_str user, token, basic;
  bhk_buf url = {0};
  bh_status rc;
  if ((rc = bhk_needed(h, "user", &user)) || (rc = bhk_needed(h, "token", &token)) || (rc = v->api.http->basic(h->ctx, user, token, &basic)))
    return rc;
  bhk_put(&url, bhk_text(&v->api.base));
  bhk_putz(&url, "/auth");
  const bh_str headers[] = {BHK("Authorization"), basic, BHK("Accept"), BHK("application/json")};
  const bh_http_request login = {.struct_size = sizeof login, .url = bhk_text(&url), .headers = headers, .header_count = 4};
  const bh_http_session how = {.struct_size = sizeof how, .seconds = SESSION_S, .login = &login, .token_path = "$.Result.Token", .header = "Authorization",
    .prefix = "Bearer "};
  rc = url.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : v->api.http->session(h->ctx, &how);
  bhk_dispose(&url);
  return rc;
}

static bh_status read_options(vsa *v)
{
  const bh_host *h = v->h;
  bh_str clients;
  bh_status rc;
  if ((rc = bhk_option(h, "clients", &clients)) || (rc = bhk_flag(h, "include_inactive", &v->include_inactive)) ||
      (rc = bhk_integer(h, "page_size", 1, PAGE_SIZE_MAX, &v->page_size)) || (rc = bhk_per_minute(&v->api)) || (rc = bhk_at_once(&v->api, &v->at_once)))
    return rc;
  v->by_group = bhk_is(clients, "group");
  return BH_OK;
}

static void destroy(void *self)
{
  vsa *v = self;
  bhk_api_dispose(&v->api);
  free(v);
}

static bh_status create(const bh_host *host, void **self)
{
  vsa *v = calloc(1, sizeof *v);
  if (!v)
    return BH_E_NOMEM;
  v->h = host;
  bh_status rc = bhk_open(&v->api, host, "url");
  bhk_base_without(&v->api, "/api/v1.0");
  bhk_putz(&v->api.base, "/api/v1.0");
  bhk_header(&v->api, "Accept", BHK("application/json"));
  if (rc || (rc = read_options(v)) || (rc = log_in(v))) {
    destroy(v);
    return rc;
  }
  *self = v;
  return BH_OK;
}

static bh_status probe(void *self)
{
  vsa *v = self;
  const bhk_list one = {.path = "/system/orgs?$top=1", .each = "$.Result[*]", .row = bhk_any_row};
  return bhk_read(&v->api, &one, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  vsa_pull p = {.v = self, .emit = emit};
  bh_status rc = vsa_clients(&p);
  vsa_pull_dispose(&p);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  vsa_pull p = {.v = self, .emit = emit};
  bh_status rc = vsa_clients(&p);
  if (rc == BH_OK)
    rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = vsa_agents(&p);
  if (rc == BH_OK)
    rc = emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
  vsa_pull_dispose(&p);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "kaseya-vsa", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
