/* ldap: users from a directory: OpenLDAP, Active Directory, 389. */
#include "ldap_parts.h"

static const bh_option client_records[] = {
  {.key = "client", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "How the client is called in `ids`."},
  {.key = "base", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The DN below which its users are."},
  {.key = "filter", .type = BH_OPT_TEXT, .help = "Instead of the connector's own filter."},
  {.key = NULL},
};
static const char *const referral_choices[] = {"fail", "ignore", NULL};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "ldaps://dc1.acme.example, or ldap:// with start_tls."},
  {.key = "start_tls", .type = BH_OPT_BOOL, .fallback = "false", .help = "Turn to TLS before anything else is said."},
  {.key = "ca", .type = BH_OPT_TEXT, .help = "A file of the workspace with the certificates to trust (PEM), instead of the system's."},
  {.key = "plaintext", .type = BH_OPT_BOOL, .fallback = "false", .help = "Send the password without TLS, and not to this machine alone."},
  {.key = "bind_dn", .type = BH_OPT_TEXT, .help = "The account to read with. Without: anonymous."},
  {.key = "password", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "Its password."},
  {.key = "clients", .type = BH_OPT_RECORDS, .records = client_records, .help = "Clients by the DN of their users. Or base."},
  {.key = "base", .type = BH_OPT_TEXT, .help = "The DN below which all clients' users are."},
  {.key = "client_attribute", .type = BH_OPT_TEXT, .help = "With base: the attribute of a user that names the client. Without: the branch directly below the base."},
  {.key = "client_filter", .type = BH_OPT_TEXT, .fallback = "(|(objectClass=organizationalUnit)(objectClass=organization))",
    .help = "Which entries directly below the base are clients."},
  {.key = "filter", .type = BH_OPT_TEXT, .fallback = "(objectClass=person)", .help = "Which entries are users."},
  {.key = "active", .type = BH_OPT_TEXT, .help = "A filter that active users fit as well, such as (!(pwdAccountLockedTime=*))."},
  {.key = "include_disabled", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring the others, too: those that do not fit active, and Active Directory's disabled accounts."},
  {.key = "kind", .type = BH_OPT_TEXT, .fallback = "user", .help = "The kind of the assets."},
  {.key = "id", .type = BH_OPT_TEXT, .help = "The attribute to tell users by. Without: entryUUID, or objectGUID."},
  {.key = "name", .type = BH_OPT_TEXT, .help = "The attribute with the name. Without: displayName, or cn."},
  {.key = "class", .type = BH_OPT_TEXT, .help = "The attribute with the class."},
  BHK_CLASSES,
  {.key = "last_seen", .type = BH_OPT_TEXT, .help = "The attribute with the last log-in: lastLogonTimestamp, authTimestamp."},
  {.key = "attributes", .type = BH_OPT_TEXT, .fallback = "mail department", .help = "Attributes to keep, with spaces between them."},
  {.key = "referrals", .type = BH_OPT_CHOICE, .choices = referral_choices, .fallback = "fail",
    .help = "ignore: what is below the base but on another server is not missed."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "500", .help = "Entries a page; at most what the server allows."},
  {.key = "timeout", .type = BH_OPT_DURATION, .fallback = "60s", .help = "How long to wait for the server's next word."},
  {.key = NULL},
};

static char *copy(bh_str s)
{
  char *z = malloc(s.len + 1);
  if (!z)
    return NULL;
  if (s.len)
    memcpy(z, s.ptr, s.len);
  z[s.len] = 0;
  return z;
}

static bh_status read_texts(ldp *p)
{
  const bh_host *h = p->h;
  struct { const char *key; char **into; } all[] = {{"url", &p->url}, {"bind_dn", &p->bind_dn}, {"password", &p->password}, {"base", &p->base},
    {"filter", &p->filter}, {"active", &p->active}, {"client_filter", &p->client_filter}, {"client_attribute", &p->client_attr},
    {"id", &p->id_attr}, {"name", &p->name_attr}, {"class", &p->class_attr}, {"last_seen", &p->seen_attr}};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    bh_str s;
    bh_status rc = bhk_option(h, all[i].key, &s);
    if (rc)
      return rc;
    *all[i].into = copy(s);
    if (!*all[i].into)
      return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  }
  return h->text(h->ctx, h->options, "kind", &p->kind);
}

static bh_status read_attributes(ldp *p)
{
  const bh_host *h = p->h;
  bh_str s;
  bh_status rc = bhk_option(h, "attributes", &s);
  for (size_t i = 0, from; rc == BH_OK && i < s.len;) {
    for (; i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == ','); i++)
      ;
    for (from = i; i < s.len && s.ptr[i] != ' ' && s.ptr[i] != ','; i++)
      ;
    if (i == from)
      break;
    if (p->extra_count == LDP_ATTRS_MAX || i - from > LDP_NAME_BYTES_MAX)
      return h->fail(h->ctx, BH_E_INVALID, "attributes: at most %d names of at most %d bytes", LDP_ATTRS_MAX, LDP_NAME_BYTES_MAX);
    if (!(p->extra[p->extra_count++] = copy((bh_str){s.ptr + from, i - from})))
      return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  }
  return rc;
}

static bh_status read_numbers(ldp *p)
{
  const bh_host *h = p->h;
  bh_str referrals;
  int64_t page;
  bh_status rc;
  if ((rc = bhk_flag(h, "start_tls", &p->start_tls)) || (rc = bhk_flag(h, "include_disabled", &p->include_disabled)) ||
      (rc = h->text(h->ctx, h->options, "referrals", &referrals)) || (rc = h->integer(h->ctx, h->options, "page_size", &page)) ||
      (rc = h->integer(h->ctx, h->options, "timeout", &p->timeout_s)))
    return rc;
  p->referrals_fail = bhk_is(referrals, "fail");
  p->page_size = (int)page;
  if (page < 1 || page > 100000)
    return h->fail(h->ctx, BH_E_INVALID, "page_size: must be between 1 and 100,000");
  return p->timeout_s >= 1 && p->timeout_s <= 3600 ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "timeout: must be between 1 second and an hour");
}

/* ldap://127.0.0.1:389, ldap://localhost, ldap://[::1] */
static int on_this_machine(const char *url)
{
  static const char *const hosts[] = {"ldap://127.0.0.1", "ldap://localhost", "ldap://[::1]"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    size_t n = strlen(hosts[i]);
    if (strncmp(url, hosts[i], n) == 0 && (url[n] == 0 || url[n] == ':' || url[n] == '/'))
      return 1;
  }
  return 0;
}

static bh_status check(const ldp *p)
{
  const bh_host *h = p->h;
  int plain, tls = p->start_tls || strncmp(p->url, "ldaps://", 8) == 0;
  bh_status rc = bhk_flag(h, "plaintext", &plain);
  if (rc)
    return rc;
  if (strncmp(p->url, "ldap://", 7) != 0 && strncmp(p->url, "ldaps://", 8) != 0)
    return h->fail(h->ctx, BH_E_INVALID, "url: must begin with ldaps:// or ldap://");
  if (p->start_tls && strncmp(p->url, "ldaps://", 8) == 0)
    return h->fail(h->ctx, BH_E_INVALID, "start_tls: goes with ldap://; ldaps:// is TLS from the beginning");
  if (!p->bind_dn[0] != !p->password[0]) /* a name without a password is taken for anonymous by servers */
    return h->fail(h->ctx, BH_E_INVALID, "bind_dn and password go together");
  if (p->password[0] && !tls && !plain && !on_this_machine(p->url))
    return h->fail(h->ctx, BH_E_INVALID, "url: the password would be sent in the clear. Use ldaps:// or start_tls (plaintext = true, if it must be)");
  if (!p->base[0] == !h->records(h->ctx, h->options, "clients"))
    return h->fail(h->ctx, BH_E_INVALID, "clients, or base: one of the two is needed");
  if (p->client_attr[0] && !p->base[0])
    return h->fail(h->ctx, BH_E_INVALID, "client_attribute: goes with base");
  return BH_OK;
}

static void destroy(void *self)
{
  ldp *p = self;
  ldp_disconnect(p);
  char *texts[] = {p->url, p->bind_dn, p->password, p->base, p->filter, p->active, p->client_filter, p->client_attr, p->id_attr, p->name_attr,
    p->class_attr, p->seen_attr};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    free(texts[i]);
  for (size_t i = 0; i < p->extra_count; i++)
    free(p->extra[i]);
  free(p);
}

static bh_status create(const bh_host *host, void **self)
{
  ldp *p = calloc(1, sizeof *p);
  bh_status rc;
  if (!p)
    return BH_E_NOMEM;
  p->h = host;
  p->ca_fd = -1;
  if ((rc = read_texts(p)) || (rc = read_attributes(p)) || (rc = read_numbers(p)) || (rc = check(p))) {
    destroy(p);
    return rc;
  }
  *self = p;
  return BH_OK;
}

static bh_status probe(void *self)
{
  ldp *p = self;
  bh_status rc = ldp_connect(p);
  ldp_disconnect(p);
  return rc;
}

static bh_status walk(ldp *p, const bh_emit *emit, int users)
{
  bh_status rc = ldp_connect(p);
  if (rc == BH_OK)
    rc = ldp_walk(p, emit, users);
  ldp_disconnect(p);
  return rc;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  return walk(self, emit, 0);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  (void)what; /* everything, each time */
  return walk(self, emit, 1);
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "ldap", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};
