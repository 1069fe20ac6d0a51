/* zabbix: host groups are clients, hosts their devices, members of user groups their users. */
#include "zabbix.h"
#include <stdlib.h>

static const bh_option template_records[] = {
  {.key = "template", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "A template's name; * stands for anything."},
  {.key = "class", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The class of hosts linked to it."},
  {.key = NULL},
};

static const char *const users_choices[] = {"none", "groups", NULL};
static const char *const nested_choices[] = {"own", "top", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the front end: https://zabbix.example or https://example/zabbix."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "An API token of a user who may read the clients' host groups. Or user and password."},
  {.key = "user", .type = BH_OPT_TEXT, .help = "Name to log in with."},
  {.key = "password", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "Password to log in with."},
  {.key = "groups", .type = BH_OPT_TEXT, .fallback = "Clients/", .help = "What the names of the clients' groups begin with; the rest is the client."},
  {.key = "nested", .type = BH_OPT_CHOICE, .choices = nested_choices, .fallback = "own",
    .help = "Groups inside a client's group: clients of their own (own), or part of it (top)."},
  {.key = "class_tag", .type = BH_OPT_TEXT, .fallback = "class", .help = "The host tag whose value is the class."},
  {.key = "templates", .type = BH_OPT_RECORDS, .records = template_records, .help = "Classes of hosts without that tag, by template: the first that fits."},
  {.key = "class", .type = BH_OPT_TEXT, .fallback = "other", .help = "The class of hosts that neither tag nor template tells."},
  {.key = "users", .type = BH_OPT_CHOICE, .choices = users_choices, .fallback = "none",
    .help = "groups: members of user groups named as the host groups are the clients' users."},
  {.key = "include_disabled", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring hosts and users that are disabled, too."},
  {.key = NULL},
};

static bh_status text(const bh_host *h, const char *key, bh_str *out)
{
  *out = (bh_str){"", 0};
  return h->has(h->ctx, h->options, key) ? h->text(h->ctx, h->options, key, out) : BH_OK;
}

static bh_status read_options(zbx *z, bh_str *url)
{
  const bh_host *h = z->h;
  bh_str users, nested;
  int64_t disabled;
  bh_status rc;
  if ((rc = text(h, "url", url)) || (rc = text(h, "token", &z->token)) || (rc = text(h, "user", &z->user)) ||
      (rc = text(h, "password", &z->password)) || (rc = text(h, "groups", &z->prefix)) || (rc = text(h, "class_tag", &z->class_tag)) ||
      (rc = text(h, "class", &z->class_default)) || (rc = text(h, "users", &users)) || (rc = text(h, "nested", &nested)) ||
      (rc = h->integer(h->ctx, h->options, "include_disabled", &disabled)) || (rc = zbx_rules_read(z)))
    return rc;
  z->with_users = zbx_eq(users, ZBX_TEXT("groups"));
  z->nested_top = zbx_eq(nested, ZBX_TEXT("top"));
  z->include_disabled = disabled != 0;
  if (url->len == 0)
    return h->fail(h->ctx, BH_E_INVALID, "url: is missing");
  if (z->token.len ? z->user.len || z->password.len : !z->user.len || !z->password.len)
    return h->fail(h->ctx, BH_E_INVALID, "token, or user and password: one of the two is needed");
  return BH_OK;
}

/* The front end's address, with or without the script's name. */
static bh_status make_endpoint(zbx *z, bh_str url)
{
  static const char script[] = "api_jsonrpc.php";
  zbx_buf b = {0};
  size_t n = sizeof script - 1;
  if (url.len > n && memcmp(url.ptr + url.len - n, script, n) == 0)
    url.len -= n;
  while (url.len && url.ptr[url.len - 1] == '/')
    url.len--;
  zbx_put(&b, url);
  zbx_putz(&b, "/");
  zbx_putz(&b, script);
  z->endpoint = b.ptr;
  z->endpoint_len = b.len;
  return b.broken ? zbx_no_memory(z) : BH_OK;
}

static void destroy(void *self)
{
  zbx *z = self;
  zbx_buf_dispose(&z->session);
  zbx_buf_dispose(&z->body);
  zbx_buf_dispose(&z->header);
  free(z->endpoint);
  free(z->rules);
  free(z);
}

static bh_status create(const bh_host *host, void **self)
{
  zbx *z = calloc(1, sizeof *z);
  if (!z)
    return BH_E_NOMEM;
  z->h = host;
  z->http = host->get_service(host->ctx, BH_SERVICE_HTTP);
  z->json = host->get_service(host->ctx, BH_SERVICE_JSON);
  bh_str url = {"", 0};
  bh_status rc = z->http && z->json ? read_options(z, &url) : host->fail(host->ctx, BH_E_INVALID, "this host lends no HTTP or no JSON");
  if (rc == BH_OK)
    rc = make_endpoint(z, url);
  if (rc) {
    destroy(z);
    return rc;
  }
  *self = z;
  return BH_OK;
}

static bh_status probe(void *self)
{
  zbx *z = self;
  zbx_buf all = {0};
  uint64_t count;
  bh_status rc = zbx_open(z);
  if (rc == BH_OK)
    rc = zbx_count(z, "hostgroup.get", &all, &count);
  if (rc == BH_OK)
    rc = zbx_rules_check(z);
  zbx_close(z, rc);
  return rc;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  zbx *z = self;
  zbx_map m = {.z = z};
  bh_status rc = zbx_open(z);
  if (rc == BH_OK)
    rc = zbx_map_read(&m, z);
  if (rc == BH_OK)
    rc = zbx_map_emit(&m, emit);
  zbx_close(z, rc);
  zbx_map_dispose(&m);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  zbx *z = self;
  zbx_map m = {.z = z};
  bh_status rc = zbx_open(z);
  if (rc == BH_OK)
    rc = zbx_map_read(&m, z);
  if (rc == BH_OK)
    rc = zbx_rules_check(z);
  if (rc == BH_OK)
    rc = zbx_map_emit(&m, emit);
  if (rc == BH_OK)
    rc = zbx_scopes_begin(&m, emit);
  if (rc == BH_OK)
    rc = zbx_hosts_pull(&m, emit);
  if (rc == BH_OK && z->with_users)
    rc = zbx_users_pull(&m, emit);
  if (rc == BH_OK)
    rc = zbx_scopes_complete(&m, emit);
  zbx_close(z, rc);
  zbx_map_dispose(&m);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "zabbix", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
