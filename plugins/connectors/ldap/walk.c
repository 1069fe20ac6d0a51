/* Whose users: one search for each client, or one for all, whose entries name their client. */
#include "ldap_parts.h"

typedef struct walk {
  ldp *p;
  const bh_emit *emit;
  int users;                /* 0: clients alone */
  bh_str client;            /* of the search under way */
  bhk_map seen, clients;    /* clients: emitted */
  bhk_map branches;         /* client → base */
  uint64_t counted, nobodys;
  size_t failed, read;
} walk;

static bh_status name_client(walk *w, bh_str id)
{
  const bh_client x = {.struct_size = sizeof x, .id = id, .name = id};
  int added = bhk_add(&w->clients, id, (bh_str){"", 0});
  if (added < 0)
    return w->p->h->fail(w->p->h->ctx, BH_E_NOMEM, "no memory");
  return added ? w->emit->client(w->emit->ctx, &x) : BH_OK;
}

static bh_status take_user(walk *w, bh_str client, LDAPMessage *entry)
{
  int counted;
  bh_status rc = ldp_user(w->p, w->emit, client, entry, &w->seen, &counted);
  w->counted += (uint64_t)counted;
  return rc;
}

/* (&(filter)(active)) */
static bh_status whole_filter(walk *w, bh_str own, bhk_buf *out)
{
  const ldp *p = w->p;
  bh_str filter = own.len ? own : bhk_str(p->filter);
  int both = p->active[0] && !p->include_disabled;
  bhk_putz(out, both ? "(&" : "");
  bhk_put(out, filter);
  bhk_putz(out, both ? p->active : "");
  bhk_put(out, both ? (bh_str){")", 2} : (bh_str){"", 1}); /* with its NUL */
  return out->broken ? p->h->fail(p->h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* ---- one search for each client ---- */

static bh_status on_own(void *user, LDAPMessage *entry)
{
  walk *w = user;
  return take_user(w, w->client, entry);
}

/* The server would not let us read this one; anything that the next search would meet as well ends the pull. */
static int of_this_client(int code)
{
  return code > 0 && code != LDAP_BUSY && code != LDAP_UNAVAILABLE && code != LDAP_UNWILLING_TO_PERFORM && code != LDAP_TIMELIMIT_EXCEEDED;
}

static bh_status read_client(walk *w, bh_str client, const char *base, bh_str filter)
{
  ldp *p = w->p;
  const bh_emit *e = w->emit;
  char *attrs[LDP_ATTRS_MAX + 10];
  bhk_buf whole = {0};
  w->client = client;
  bh_status rc = name_client(w, client);
  if (rc || !w->users || (rc = whole_filter(w, filter, &whole)) || (rc = e->scope_begin(e->ctx, p->kind, client))) {
    bhk_dispose(&whole);
    return rc;
  }
  ldp_attrs(p, attrs);
  ldp_query q = {.base = base, .filter = whole.ptr, .scope = LDAP_SCOPE_SUBTREE, .attrs = attrs, .entry = on_own, .user = w};
  rc = ldp_search(p, &q);
  bhk_dispose(&whole);
  if (rc == BH_OK) {
    w->read++;
    return e->scope_end(e->ctx, p->kind, client, BH_SCOPE_COMPLETE);
  }
  if (!of_this_client(q.code))
    return rc;
  w->failed++;
  rc = e->client_failed(e->ctx, client, (bh_str){"", 0});
  return rc ? rc : e->scope_end(e->ctx, p->kind, client, BH_SCOPE_PARTIAL);
}

static bh_status by_records(walk *w)
{
  const bh_host *h = w->p->h;
  const bh_values *r;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && (r = h->record(h->ctx, h->options, "clients", i)) != NULL; i++) {
    bh_str client, base, filter = {"", 0};
    bhk_buf dn = {0};
    if ((rc = h->text(h->ctx, r, "client", &client)) || (rc = h->text(h->ctx, r, "base", &base)) ||
        (h->has(h->ctx, r, "filter") && (rc = h->text(h->ctx, r, "filter", &filter))))
      return rc;
    bhk_put(&dn, base);
    bhk_put(&dn, (bh_str){"", 1});
    rc = dn.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : read_client(w, client, dn.ptr, filter);
    bhk_dispose(&dn);
  }
  return rc;
}

static bh_status no_memory(walk *w, int yes)
{
  return yes ? w->p->h->fail(w->p->h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* The first part of a DN ("ou=Acme") names the client. */
static bh_status on_branch(void *user, LDAPMessage *entry)
{
  walk *w = user;
  LDAPDN parts = NULL;
  char *dn = ldap_get_dn(w->p->ld, entry);
  bh_status rc = BH_OK;
  if (!dn || ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !parts || !parts[0] || !parts[0][0]) {
    rc = w->p->h->fail(w->p->h->ctx, BH_E_PERMANENT, "a branch below the base has a name that cannot be read");
  } else {
    const struct berval *v = &parts[0][0]->la_value;
    int added = bhk_add(&w->branches, (bh_str){v->bv_val, v->bv_len}, (bh_str){dn, strlen(dn) + 1});
    rc = no_memory(w, added < 0);
    if (added == 0)
      rc = w->p->h->fail(w->p->h->ctx, BH_E_INVALID, "two branches below the base are called \"%.*s\"", (int)v->bv_len, v->bv_val);
  }
  ldap_dnfree(parts);
  ldap_memfree(dn);
  return rc;
}

static bh_status by_branches(walk *w)
{
  ldp *p = w->p;
  char none[] = "1.1";
  char *attrs[] = {none, NULL};
  ldp_query q = {.base = p->base, .filter = p->client_filter, .scope = LDAP_SCOPE_ONELEVEL, .attrs = attrs, .entry = on_branch, .user = w};
  bh_status rc = ldp_search(p, &q);
  if (rc == BH_OK && w->branches.n == 0)
    rc = p->h->fail(p->h->ctx, BH_E_INVALID, "nothing directly below the base fits client_filter: there is no client");
  for (size_t i = 0; i < w->branches.cap && rc == BH_OK; i++)
    if (w->branches.v[i].key.ptr)
      rc = read_client(w, w->branches.v[i].key, w->branches.v[i].value.ptr, (bh_str){"", 0});
  return rc;
}

/* ---- one search, whose entries name their client ---- */

static bh_status on_any(void *user, LDAPMessage *entry)
{
  walk *w = user;
  ldp_values keep = {.n = 0};
  bh_str client = ldp_value(w->p, entry, w->p->client_attr, &keep);
  bh_status rc = BH_OK;
  if (client.len == 0)
    w->nobodys++;
  else if ((rc = name_client(w, client)) == BH_OK && w->users)
    rc = take_user(w, client, entry);
  ldp_values_free(&keep);
  return rc;
}

static bh_status by_attribute(walk *w)
{
  static const bh_str all = {"*", 1};
  ldp *p = w->p;
  const bh_emit *e = w->emit;
  char *attrs[LDP_ATTRS_MAX + 10], words[160];
  bhk_buf whole = {0};
  bh_status rc = whole_filter(w, (bh_str){"", 0}, &whole);
  if (rc == BH_OK && w->users)
    rc = e->scope_begin(e->ctx, p->kind, all);
  ldp_attrs(p, attrs);
  ldp_query q = {.base = p->base, .filter = whole.ptr, .scope = LDAP_SCOPE_SUBTREE, .attrs = attrs, .entry = on_any, .user = w};
  if (rc == BH_OK)
    rc = ldp_search(p, &q);
  bhk_dispose(&whole);
  if (rc)
    return rc;
  w->read++;
  if (w->nobodys) {
    snprintf(words, sizeof words, "%llu entries have no %.60s: they are nobody's and are not counted", (unsigned long long)w->nobodys, p->client_attr);
    p->h->log(p->h->ctx, BH_LOG_WARN, bhk_str(words));
  }
  return w->users ? e->scope_end(e->ctx, p->kind, all, BH_SCOPE_COMPLETE) : BH_OK;
}

bh_status ldp_walk(ldp *p, const bh_emit *emit, int users)
{
  walk w = {.p = p, .emit = emit, .users = users};
  const bh_host *h = p->h;
  bh_status rc = h->records(h->ctx, h->options, "clients") ? by_records(&w) : p->client_attr[0] ? by_attribute(&w) : by_branches(&w);
  if (rc == BH_OK && users && w.failed && !w.read) /* the reason of the last one stands as it was recorded */
    rc = BH_E_PERMANENT;
  else if (rc == BH_OK && users && w.counted == 0 && !w.failed)
    rc = h->fail(h->ctx, BH_E_INVALID, "no entry at all fits the filter: it is taken for a mistake, and not for a directory without users");
  bhk_map_dispose(&w.seen);
  bhk_map_dispose(&w.clients);
  bhk_map_dispose(&w.branches);
  return rc;
}
