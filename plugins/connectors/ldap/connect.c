/* The connection: address, TLS, who we are. */
#include "ldap_parts.h"
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

enum { CONNECT_S = 10, TURN_MS = 200, CA_BYTES_MAX = 4 << 20 };

bh_status ldp_fail(const ldp *p, int code, const char *what, const char *diagnostic)
{
  const bh_host *h = p->h;
  bh_status why = BH_E_PERMANENT;
  switch (code) {
  case LDAP_INVALID_CREDENTIALS: case LDAP_INSUFFICIENT_ACCESS: case LDAP_INAPPROPRIATE_AUTH: case LDAP_STRONG_AUTH_REQUIRED:
  case LDAP_CONFIDENTIALITY_REQUIRED: why = BH_E_AUTH; break;
  case LDAP_SERVER_DOWN: case LDAP_CONNECT_ERROR: case LDAP_TIMEOUT: case LDAP_BUSY: case LDAP_UNAVAILABLE: case LDAP_UNWILLING_TO_PERFORM:
  case LDAP_TIMELIMIT_EXCEEDED: why = BH_E_TRANSIENT; break;
  case LDAP_NO_SUCH_OBJECT: case LDAP_INVALID_DN_SYNTAX: case LDAP_FILTER_ERROR: case LDAP_PARAM_ERROR: why = BH_E_INVALID; break;
  case LDAP_NO_MEMORY: why = BH_E_NOMEM; break;
  default: break;
  }
  const char *more = code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_ADMINLIMIT_EXCEEDED
                       ? ": the server cuts the list off. Its limits for paged searches of this account must be raised"
                     : code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION ? ": the server has no paged results" : "";
  return h->fail(h->ctx, why, "%s: %s%s%s%s", what, ldap_err2string(code), more, diagnostic && diagnostic[0] ? ": " : "",
                 diagnostic ? diagnostic : "");
}

/* What TLS says of a certificate stands beside the code. */
static bh_status fail_here(const ldp *p, int code, const char *what)
{
  char *text = NULL;
  (void)ldap_get_option(p->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
  bh_status rc = ldp_fail(p, code, what, text);
  ldap_memfree(text);
  return rc;
}

bh_status ldp_wait(ldp *p, int id, int all, LDAPMessage **out)
{
  const bh_host *h = p->h;
  for (int64_t left_ms = p->timeout_s * 1000; left_ms > 0; left_ms -= TURN_MS) {
    struct timeval turn = {0, TURN_MS * 1000};
    *out = NULL;
    int got = ldap_result(p->ld, id, all, &turn, out);
    if (got > 0)
      return BH_OK;
    if (got < 0) {
      int code = LDAP_SERVER_DOWN;
      (void)ldap_get_option(p->ld, LDAP_OPT_RESULT_CODE, &code);
      return ldp_fail(p, code, "the connection broke", NULL);
    }
    if (h->cancelled(h->ctx))
      return h->fail(h->ctx, BH_E_CANCELLED, "cancelled");
  }
  return h->fail(h->ctx, BH_E_TRANSIENT, "no answer within %lld s", (long long)p->timeout_s);
}

/* The workspace's file, in memory under a name that libldap can open. */
static bh_status ca_load(ldp *p)
{
  const bh_host *h = p->h;
  const bh_file_service *files = h->get_service(h->ctx, BH_SERVICE_FILE);
  bh_file *f = NULL;
  char chunk[16384];
  size_t got = 1, all = 0;
  bh_status rc = files ? files->open(h->ctx, "ca", (bh_str){"", 0}, &f) : h->fail(h->ctx, BH_E_INVALID, "this host lends no files");
  if (rc)
    return rc;
  if (!f)
    return h->fail(h->ctx, BH_E_INVALID, "ca: there is no such file");
  p->ca_fd = memfd_create("ca", MFD_CLOEXEC);
  while (rc == BH_OK && got && all < CA_BYTES_MAX) {
    rc = files->read(h->ctx, f, chunk, sizeof chunk, &got);
    if (rc == BH_OK && got && write(p->ca_fd, chunk, got) != (ssize_t)got)
      rc = h->fail(h->ctx, BH_E_NOMEM, "ca: cannot be kept in memory");
    all += got;
  }
  files->close(h->ctx, f);
  return rc;
}

static bh_status tls_options(ldp *p)
{
  int demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
  char path[40];
  if (ldap_set_option(p->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS)
    return p->h->fail(p->h->ctx, BH_E_INVALID, "this libldap has no TLS");
  if (p->h->has(p->h->ctx, p->h->options, "ca")) {
    bh_status rc = p->ca_fd < 0 ? ca_load(p) : BH_OK;
    if (rc)
      return rc;
    snprintf(path, sizeof path, "/proc/self/fd/%d", p->ca_fd);
    if (ldap_set_option(p->ld, LDAP_OPT_X_TLS_CACERTFILE, path) != LDAP_OPT_SUCCESS)
      return p->h->fail(p->h->ctx, BH_E_INVALID, "ca: has no certificates that can be read");
  }
  int code = ldap_set_option(p->ld, LDAP_OPT_X_TLS_NEWCTX, &client);
  return code == LDAP_OPT_SUCCESS ? BH_OK : p->h->fail(p->h->ctx, BH_E_INVALID, "TLS cannot be set up; are there certificates in ca?");
}

static bh_status options(ldp *p)
{
  int version = LDAP_VERSION3, none = LDAP_NO_LIMIT;
  struct timeval patience = {CONNECT_S, 0};
  ldap_set_option(p->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(p->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF); /* a referral is seen, and not followed with our credentials */
  ldap_set_option(p->ld, LDAP_OPT_SIZELIMIT, &none);
  ldap_set_option(p->ld, LDAP_OPT_TIMELIMIT, &none);
  ldap_set_option(p->ld, LDAP_OPT_NETWORK_TIMEOUT, &patience);
  ldap_set_option(p->ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
  return tls_options(p);
}

/* The result of an operation that brings no entries. */
static bh_status result_of(ldp *p, int id, const char *what)
{
  LDAPMessage *answer = NULL;
  char *text = NULL;
  int code = LDAP_OTHER;
  bh_status rc = ldp_wait(p, id, LDAP_MSG_ALL, &answer);
  if (rc)
    return rc;
  int parsed = ldap_parse_result(p->ld, answer, &code, NULL, &text, NULL, NULL, 1);
  rc = parsed != LDAP_SUCCESS ? ldp_fail(p, parsed, what, NULL) : code != LDAP_SUCCESS ? ldp_fail(p, code, what, text) : BH_OK;
  ldap_memfree(text);
  return rc;
}

static bh_status start_tls(ldp *p)
{
  int id;
  int code = ldap_start_tls(p->ld, NULL, NULL, &id);
  if (code != LDAP_SUCCESS)
    return fail_here(p, code, "cannot connect");
  bh_status rc = result_of(p, id, "StartTLS");
  if (rc)
    return rc;
  code = ldap_install_tls(p->ld);
  return code == LDAP_SUCCESS ? BH_OK : fail_here(p, code, "StartTLS");
}

bh_status ldp_connect(ldp *p)
{
  struct berval password = {strlen(p->password), p->password};
  int id;
  int code = ldap_initialize(&p->ld, p->url);
  if (code != LDAP_SUCCESS)
    return p->h->fail(p->h->ctx, BH_E_INVALID, "url: %s", ldap_err2string(code));
  bh_status rc = options(p);
  if (rc == BH_OK && p->start_tls)
    rc = start_tls(p);
  if (rc)
    return rc;
  code = ldap_sasl_bind(p->ld, p->bind_dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, &id);
  return code == LDAP_SUCCESS ? result_of(p, id, "bind") : fail_here(p, code, "cannot connect");
}

void ldp_disconnect(ldp *p)
{
  if (p->ld)
    ldap_unbind_ext_s(p->ld, NULL, NULL);
  p->ld = NULL;
  if (p->ca_fd >= 0)
    close(p->ca_fd);
  p->ca_fd = -1;
}
