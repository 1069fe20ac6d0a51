/* The parts of the ldap connector. */
#ifndef BILLHOOK_LDAP_PARTS_H
#define BILLHOOK_LDAP_PARTS_H
#include "../csv/value.h"
#include <billhook/kit.h>
#include <ldap.h>

enum { LDP_ATTRS_MAX = 30, LDP_NAME_BYTES_MAX = 100 };

typedef struct ldp {
  const bh_host *h;
  LDAP *ld;
  int ca_fd;                 /* the certificates, where libldap can read them; -1 */
  /* options; texts with a NUL, freed with the instance */
  char *url, *bind_dn, *password, *base, *filter, *active, *client_filter;
  char *client_attr, *id_attr, *name_attr, *class_attr, *seen_attr;
  char *extra[LDP_ATTRS_MAX]; /* attributes to keep */
  size_t extra_count;
  bh_str kind;
  int start_tls, include_disabled, referrals_fail;
  int page_size;
  int64_t timeout_s;
} ldp;

/* ---- connect.c ---- */
bh_status ldp_connect(ldp *p);
void ldp_disconnect(ldp *p);
/* The answer to the operation `id`, waited for; its messages one at a time. The caller frees it. */
bh_status ldp_wait(ldp *p, int id, int all, LDAPMessage **out);
/* What libldap's or the server's `code` comes to, with `what` was being done. */
bh_status ldp_fail(const ldp *p, int code, const char *what, const char *diagnostic);

/* ---- search.c ---- */
typedef struct ldp_query {
  const char *base, *filter;
  int scope;
  char **attrs;
  bh_status (*entry)(void *user, LDAPMessage *entry);
  void *user;
  int code;                  /* out: the server's last result code, -1 where there was none */
} ldp_query;
/* All pages. Anything less than all of them is a failure. */
bh_status ldp_search(ldp *p, ldp_query *q);

/* ---- entry.c ---- */
/* The first value of an attribute; empty where there is none, or where it is no text. Valid until ldp_values_free. */
typedef struct ldp_values { struct berval **v[LDP_ATTRS_MAX + 10]; size_t n; } ldp_values;
bh_str ldp_value(ldp *p, LDAPMessage *entry, const char *attr, ldp_values *keep);
void ldp_values_free(ldp_values *v);
/* The attributes to ask for; ends with NULL. */
void ldp_attrs(const ldp *p, char *out[LDP_ATTRS_MAX + 10]);
/* Emits the entry as an asset of `client`. *counted 0 where it is left out (disabled, or had already). */
bh_status ldp_user(ldp *p, const bh_emit *emit, bh_str client, LDAPMessage *entry, bhk_map *seen, int *counted);

/* ---- walk.c ---- */
/* Clients, and with `users` what they have. */
bh_status ldp_walk(ldp *p, const bh_emit *emit, int users);
#endif
