/* An entry of the directory as a user. */
#include "ldap_parts.h"

enum { ACCOUNT_DISABLED = 2, GUID_BYTES = 16, VALUE_BYTES_MAX = 500 };
static char uuid[] = "entryUUID", guid[] = "objectGUID", control[] = "userAccountControl", display[] = "displayName", cn[] = "cn";

void ldp_attrs(const ldp *p, char *out[LDP_ATTRS_MAX + 10])
{
  size_t n = 0;
  char *const named[] = {p->client_attr, p->id_attr, p->name_attr, p->class_attr, p->seen_attr};
  out[n++] = control;
  for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
    if (named[i][0])
      out[n++] = named[i];
  if (!p->id_attr[0]) {
    out[n++] = uuid;
    out[n++] = guid;
  }
  if (!p->name_attr[0]) {
    out[n++] = display;
    out[n++] = cn;
  }
  for (size_t i = 0; i < p->extra_count && n < LDP_ATTRS_MAX + 9; i++)
    out[n++] = p->extra[i];
  out[n] = NULL;
}

static struct berval *first(ldp *p, LDAPMessage *entry, const char *attr, ldp_values *keep)
{
  if (keep->n == sizeof keep->v / sizeof keep->v[0])
    return NULL;
  struct berval **v = ldap_get_values_len(p->ld, entry, attr);
  if (!v)
    return NULL;
  keep->v[keep->n++] = v;
  return v[0];
}

bh_str ldp_value(ldp *p, LDAPMessage *entry, const char *attr, ldp_values *keep)
{
  const struct berval *v = attr[0] ? first(p, entry, attr, keep) : NULL;
  bh_str s = v ? (bh_str){v->bv_val, v->bv_len} : (bh_str){"", 0};
  return s.len <= VALUE_BYTES_MAX && csv_utf8_ok(s) ? s : (bh_str){"", 0};
}

void ldp_values_free(ldp_values *v)
{
  for (size_t i = 0; i < v->n; i++)
    ldap_value_free_len(v->v[i]);
  v->n = 0;
}

/* As Active Directory's own tools write it: the first three parts are little-endian. */
static bh_str guid_text(const struct berval *v, char out[40])
{
  static const int order[GUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  char *at = out;
  if (!v || v->bv_len != GUID_BYTES)
    return (bh_str){"", 0};
  for (int i = 0; i < GUID_BYTES; i++)
    at += snprintf(at, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", (unsigned char)v->bv_val[order[i]]);
  return (bh_str){out, (size_t)(at - out)};
}

static bh_str id_of(ldp *p, LDAPMessage *entry, ldp_values *keep, char text[40])
{
  if (p->id_attr[0])
    return ldp_value(p, entry, p->id_attr, keep);
  bh_str id = ldp_value(p, entry, uuid, keep);
  return id.len ? id : guid_text(first(p, entry, guid, keep), text);
}

static bh_str name_of(ldp *p, LDAPMessage *entry, ldp_values *keep)
{
  if (p->name_attr[0])
    return ldp_value(p, entry, p->name_attr, keep);
  bh_str name = ldp_value(p, entry, display, keep);
  return name.len ? name : ldp_value(p, entry, cn, keep);
}

static bh_status disabled(ldp *p, LDAPMessage *entry, ldp_values *keep, int *out)
{
  bh_str s = ldp_value(p, entry, control, keep);
  bh_dec n;
  *out = 0;
  if (s.len == 0)
    return BH_OK;
  if (!csv_parse_number(s, 0, &n))
    return p->h->fail(p->h->ctx, BH_E_PERMANENT, "userAccountControl is \"%.*s\", which is no number", (int)s.len, s.ptr);
  *out = (n.coef & ACCOUNT_DISABLED) != 0;
  return BH_OK;
}

/* A number of 100 ns since 1601 (Active Directory), or 20261201120000Z. Never: no date. */
static bh_status seen_on(ldp *p, bh_str s, bh_date *out)
{
  const int64_t second = 10000000, to_1970_s = 11644473600;
  char text[24];
  bh_dec n;
  *out = (bh_date){0, 0, 0};
  if (s.len >= 15 && (s.ptr[14] == 'Z' || s.ptr[14] == '.' || s.ptr[14] == ',')) {
    snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.ptr, s.ptr + 4, s.ptr + 6, s.ptr + 8, s.ptr + 10, s.ptr + 12);
    return p->h->parse_date(p->h->ctx, bhk_str(text), out);
  }
  if (s.len == 0 || bhk_is(s, "0") || bhk_is(s, "9223372036854775807"))
    return BH_OK;
  if (!csv_parse_number(s, 0, &n) || n.coef < to_1970_s * second)
    return p->h->fail(p->h->ctx, BH_E_PERMANENT, "%s: \"%.*s\" is no time", p->seen_attr, (int)s.len, s.ptr);
  return p->h->civil(p->h->ctx, n.coef / second - to_1970_s, out);
}

static bh_status emit_user(ldp *p, const bh_emit *emit, bh_asset *x, LDAPMessage *entry, ldp_values *keep, int off)
{
  bhk_attrs attrs = {.n = 0};
  bh_str word = ldp_value(p, entry, p->class_attr, keep);
  bh_status rc = seen_on(p, ldp_value(p, entry, p->seen_attr, keep), &x->last_seen);
  if (rc)
    return rc;
  for (size_t i = 0; i < p->extra_count; i++)
    bhk_attr(&attrs, p->extra[i], ldp_value(p, entry, p->extra[i], keep));
  if (off)
    bhk_attr(&attrs, "status", BHK("disabled"));
  x->klass = bhk_class(p->h, word, word);
  x->name = name_of(p, entry, keep);
  x->attrs = attrs.v;
  x->attr_count = attrs.n;
  return emit->asset(emit->ctx, x);
}

/* 1: it is new. 0: the same entry again. -1: why has been said. */
static int unseen(ldp *p, bhk_map *seen, bh_str client, bh_str id, LDAPMessage *entry)
{
  bhk_buf key = {0};
  char *dn = ldap_get_dn(p->ld, entry);
  bh_str where = dn ? bhk_str(dn) : (bh_str){"", 0};
  bhk_put(&key, client);
  bhk_put(&key, (bh_str){"", 1});
  bhk_put(&key, id);
  int added = key.broken || !dn ? -1 : bhk_add(seen, bhk_text(&key), where);
  if (added < 0)
    p->h->fail(p->h->ctx, BH_E_NOMEM, "no memory");
  if (added == 0 && !bhk_eq(bhk_get(seen, bhk_text(&key))->value, where)) {
    p->h->fail(p->h->ctx, BH_E_TRANSIENT, "two entries of a client have the same %s, or one moved while the list was read",
               p->id_attr[0] ? p->id_attr : "entryUUID or objectGUID");
    added = -1;
  }
  bhk_dispose(&key);
  ldap_memfree(dn);
  return added;
}

static bh_status user(ldp *p, const bh_emit *emit, bh_str client, LDAPMessage *entry, bhk_map *seen, int *counted, ldp_values *keep)
{
  bh_asset x = {.struct_size = sizeof x, .mode = BH_ASSET_PRESENT, .client = client, .kind = p->kind};
  char text[40];
  int off;
  bh_status rc = disabled(p, entry, keep, &off);
  if (rc || (off && !p->include_disabled))
    return rc;
  x.id = id_of(p, entry, keep, text);
  if (x.id.len == 0) /* its DN has a person's name in it */
    return p->h->fail(p->h->ctx, BH_E_INVALID, "an entry has no %s to tell it by: the option id names another attribute, and the account must be able to read it",
                      p->id_attr[0] ? p->id_attr : "entryUUID or objectGUID");
  int added = unseen(p, seen, client, x.id, entry);
  *counted = added > 0;
  return added > 0 ? emit_user(p, emit, &x, entry, keep, off) : added == 0 ? BH_OK : BH_E_TRANSIENT;
}

bh_status ldp_user(ldp *p, const bh_emit *emit, bh_str client, LDAPMessage *entry, bhk_map *seen, int *counted)
{
  ldp_values keep = {.n = 0};
  *counted = 0;
  bh_status rc = user(p, emit, client, entry, seen, counted, &keep);
  ldp_values_free(&keep);
  return rc;
}
