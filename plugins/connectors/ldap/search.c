/* A search in pages (RFC 2696). The control is critical: a server that cannot page must say so, and not cut the list. */
#include "ldap_parts.h"

static char domain_scope_oid[] = "1.2.840.113556.1.4.1339"; /* Active Directory: no references to its other partitions. Elsewhere it is passed over */

static bh_status broken(const ldp *p, const char *what)
{
  return p->h->fail(p->h->ctx, BH_E_PERMANENT, "%s", what);
}

/* The cookie of the next page; empty after the last. */
static bh_status next_cookie(ldp *p, LDAPControl **controls, struct berval *cookie)
{
  ber_int_t estimate;
  struct berval next = {0, NULL};
  LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
  if (!page || ldap_parse_pageresponse_control(p->ld, page, &estimate, &next) != LDAP_SUCCESS)
    return broken(p, "the server has not said whether more pages follow: the list may be cut off");
  int same = next.bv_len > 0 && next.bv_len == cookie->bv_len && memcmp(next.bv_val, cookie->bv_val, next.bv_len) == 0;
  ber_memfree(cookie->bv_val);
  *cookie = next;
  return same ? broken(p, "the server names the same page again") : BH_OK;
}

static bh_status take_result(ldp *p, ldp_query *q, LDAPMessage *m, struct berval *cookie)
{
  LDAPControl **controls = NULL;
  char *text = NULL, **referrals = NULL;
  int code = LDAP_OTHER;
  int parsed = ldap_parse_result(p->ld, m, &code, NULL, &text, &referrals, &controls, 0);
  bh_status rc;
  q->code = code;
  if (parsed != LDAP_SUCCESS)
    rc = ldp_fail(p, parsed, "search", NULL);
  else if (code == LDAP_REFERRAL)
    rc = broken(p, "search: the server refers to another one");
  else
    rc = code == LDAP_SUCCESS ? next_cookie(p, controls, cookie) : ldp_fail(p, code, "search", text);
  ldap_memfree(text);
  ldap_memvfree((void **)referrals);
  ldap_controls_free(controls);
  return rc;
}

static bh_status take(ldp *p, ldp_query *q, LDAPMessage *m, struct berval *cookie, int *done)
{
  switch (ldap_msgtype(m)) {
  case LDAP_RES_SEARCH_ENTRY: return q->entry(q->user, m);
  case LDAP_RES_SEARCH_REFERENCE:
    return p->referrals_fail ? broken(p, "search: a part of what lies below the base is on another server") : BH_OK;
  case LDAP_RES_SEARCH_RESULT: *done = 1; return take_result(p, q, m, cookie);
  default: return BH_OK; /* an intermediate answer */
  }
}

static bh_status read_page(ldp *p, ldp_query *q, LDAPControl *page, struct berval *cookie)
{
  LDAPControl scope = {.ldctl_oid = domain_scope_oid, .ldctl_value = {0, NULL}, .ldctl_iscritical = 0};
  LDAPControl *controls[] = {page, &scope, NULL};
  int id, done = 0;
  int code = ldap_search_ext(p->ld, q->base, q->scope, q->filter, q->attrs, 0, controls, NULL, NULL, LDAP_NO_LIMIT, &id);
  bh_status rc = code == LDAP_SUCCESS ? BH_OK : ldp_fail(p, code, "search", NULL);
  while (rc == BH_OK && !done) {
    LDAPMessage *m = NULL;
    rc = ldp_wait(p, id, LDAP_MSG_ONE, &m);
    if (rc == BH_OK)
      rc = take(p, q, m, cookie, &done);
    ldap_msgfree(m);
  }
  if (rc && !done)
    ldap_abandon_ext(p->ld, id, NULL, NULL);
  return rc;
}

bh_status ldp_search(ldp *p, ldp_query *q)
{
  struct berval cookie = {0, NULL};
  bh_status rc;
  q->code = -1;
  do {
    LDAPControl *page = NULL;
    int code = ldap_create_page_control(p->ld, p->page_size, &cookie, 1, &page);
    rc = code == LDAP_SUCCESS ? read_page(p, q, page, &cookie) : ldp_fail(p, code, "search", NULL);
    ldap_control_free(page);
  } while (rc == BH_OK && cookie.bv_len > 0);
  ber_memfree(cookie.bv_val);
  return rc;
}
