/* Accounts of a tenant. Who counts: may sign in, is no guest, and has a licence that is worth something. Shared mailboxes and rooms are accounts that may not
 * sign in, or have no licence. */
#include "msgraph.h"

enum { U_ID, U_NAME, U_UPN, U_MAIL, U_DEPARTMENT, U_ENABLED, U_TYPE, U_LICENCES, U_COUNT };
static const char *const fields[U_COUNT] = {"id", "displayName", "userPrincipalName", "mail", "department", "accountEnabled", "userType", "assignedLicenses"};
enum { SKUS_MAX = 64 };

typedef struct licences {
  graph_run *x;
  bh_str v[SKUS_MAX];      /* part numbers, in the order of the alphabet; in the map of SKUs, or in scratch memory */
  size_t n, worth;         /* worth: how many are not for nothing */
} licences;

static int before(bh_str a, bh_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int order = memcmp(a.ptr, b.ptr, n);
  return order ? order < 0 : a.len < b.len;
}

static bh_status on_licence(void *user, const bh_json_record *r)
{
  licences *l = user;
  const bh_host *h = l->x->g->h;
  bh_str id = bhk_value(r, 0), name = id;
  const bhk_entry *sku = bhk_get(&l->x->skus, id);
  if (!id.len)
    return h->fail(h->ctx, BH_E_PERMANENT, "users: an assigned licence has no skuId");
  if (sku) {
    name = sku->value;
  } else { /* one that subscribedSkus does not list (any more) */
    char *copy = h->scratch(h->ctx, id.len);
    if (!copy)
      return h->fail(h->ctx, BH_E_NOMEM, "no memory");
    memcpy(copy, id.ptr, id.len);
    name.ptr = copy;
  }
  if (l->n == SKUS_MAX)
    return h->fail(h->ctx, BH_E_PERMANENT, "users: an account has more than %d licences", SKUS_MAX);
  size_t at = l->n++;
  for (; at > 0 && before(name, l->v[at - 1]); at--)
    l->v[at] = l->v[at - 1];
  l->v[at] = name;
  l->worth += !graph_ignored(l->x->g, name);
  return BH_OK;
}

static bh_status licences_of(licences *l, bh_str json)
{
  static const char *const sku_id[] = {"skuId"};
  const graph *g = l->x->g;
  const bh_json_query q = {.struct_size = sizeof q, .each = "$[*]", .fields = sku_id, .field_count = 1, .record = on_licence, .user = l};
  const bh_json_query *const all[] = {&q};
  return g->api.json->text(g->h->ctx, json, all, 1);
}

/* The first entry of `classes` that fits one of the licences, else the first licence that is worth something. */
static bh_status class_of(const licences *l, bh_str *out)
{
  const graph *g = l->x->g;
  const bh_host *h = g->h;
  const bh_values *v;
  bh_status rc = BH_OK;
  *out = BHK("unlicensed");
  for (size_t i = 0; rc == BH_OK && (v = h->record(h->ctx, h->options, "classes", i)) != NULL; i++) {
    bh_str match;
    rc = h->text(h->ctx, v, "match", &match);
    for (size_t k = 0; rc == BH_OK && k < l->n; k++)
      if (bhk_like(match, l->v[k]))
        return h->text(h->ctx, v, "class", out);
  }
  for (size_t k = l->n; rc == BH_OK && k-- > 0;)
    if (!graph_ignored(g, l->v[k]))
      *out = l->v[k];
  return rc;
}

static const char *status_of(const bh_json_record *r, const licences *l)
{
  if (bhk_is(bhk_value(r, U_TYPE), "Guest"))
    return "guest";
  if (r->kinds[U_ENABLED] == BH_JSON_FALSE)
    return "disabled";
  return l->worth ? "active" : "unlicensed";
}

static int counts(const graph *g, const char *status, const licences *l)
{
  if (g->users == GRAPH_USERS_LICENSED && !l->worth)
    return 0;
  return (g->guests || strcmp(status, "guest") != 0) && (g->disabled || strcmp(status, "disabled") != 0);
}

static bh_status emit_user(graph_run *x, const bh_json_record *r, const licences *l, const char *status)
{
  bhk_attrs attrs = {.n = 0};
  bhk_buf skus = {0};
  bh_str klass;
  bh_status rc = class_of(l, &klass);
  if (rc)
    return rc;
  for (size_t i = 0; i < l->n; i++) {
    bhk_putz(&skus, i ? " " : "");
    bhk_put(&skus, l->v[i]);
  }
  bhk_attr(&attrs, "upn", bhk_value(r, U_UPN));
  bhk_attr(&attrs, "mail", bhk_value(r, U_MAIL));
  bhk_attr(&attrs, "department", bhk_value(r, U_DEPARTMENT));
  bhk_attr(&attrs, "skus", bhk_text(&skus));
  bhk_attr(&attrs, "status", bhk_str(status));
  const bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .client = x->client, .kind = BHK("user"), .klass = klass, .id = bhk_value(r, U_ID),
    .name = bhk_value(r, U_NAME).len ? bhk_value(r, U_NAME) : bhk_value(r, U_UPN), .attrs = attrs.v, .attr_count = attrs.n};
  rc = skus.broken ? x->g->h->fail(x->g->h->ctx, BH_E_NOMEM, "no memory") : x->emit->asset(x->emit->ctx, &a);
  bhk_dispose(&skus);
  return rc;
}

static bh_status on_user(void *user, const bh_json_record *r)
{
  graph_run *x = user;
  const bh_host *h = x->g->h;
  licences l = {.x = x};
  x->rows++;
  /* userType is null for some old accounts: they are members. */
  if (!bhk_value(r, U_ID).len || r->kinds[U_LICENCES] != BH_JSON_ARRAY || (r->kinds[U_ENABLED] != BH_JSON_TRUE && r->kinds[U_ENABLED] != BH_JSON_FALSE))
    return h->fail(h->ctx, BH_E_PERMANENT, "users: row %zu has no id, accountEnabled or assignedLicenses", x->rows);
  int fresh = bhk_first(&x->seen, bhk_value(r, U_ID));
  if (fresh <= 0)
    return fresh < 0 ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
  bh_status rc = licences_of(&l, r->texts[U_LICENCES]);
  const char *status = status_of(r, &l);
  return rc || !counts(x->g, status, &l) ? rc : emit_user(x, r, &l, status);
}

bh_status graph_users(graph_run *x)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NEXT_URL, .path = "$['@odata.nextLink']"};
  const bhk_list list = {.path = "/users?$select=id,displayName,userPrincipalName,mail,department,accountEnabled,userType,assignedLicenses&$top=999",
    .each = "$.value[*]", .fields = fields, .field_count = U_COUNT, .row = on_user, .pages = &pages};
  x->rows = 0;
  bh_status rc = bhk_read_all(&x->g->api, &list, NULL, x, &x->seen, NULL, 0);
  if (rc == BH_OK && x->rows == 0)
    rc = x->g->h->fail(x->g->h->ctx, BH_E_PERMANENT, "users: the tenant has none, which cannot be");
  return rc;
}
