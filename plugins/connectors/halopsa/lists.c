/* Paged lists; clients, assets, users, items. */
#include "halopsa.h"

bh_status halo_read(halo *x, const char *path, const char *query, const char *each, const char *const *fields, size_t field_count,
                    bh_status (*row)(void *user, const bh_json_record *r), void *user, const bh_json_query *inside, void (*repeated)(void *user))
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NUMBER, .param = "page_no", .first = 1, .page_size = HALO_PAGE, .ahead = 2,
    .total = "$.record_count"};
  bhk_clear(&x->path);
  bhk_putz(&x->path, path);
  bhk_putz(&x->path, "?pageinate=true&page_size=");
  bhk_put_u64(&x->path, HALO_PAGE);
  bhk_putz(&x->path, query);
  bhk_put(&x->path, (bh_str){"", 1}); /* the end of a C string */
  if (x->path.broken)
    return psa_no_memory(&x->p);
  const bhk_list list = {.path = x->path.ptr, .each = each, .fields = fields, .field_count = field_count, .row = row, .pages = &pages};
  return psa_read(&x->p, &list, user, &inside, inside ? 1 : 0, repeated, NULL);
}

static const char all[] = "&order=id&includeactive=true&includeinactive=true";

static const char *inactive(const halo *x)
{
  return x->p.include_inactive ? all : "&order=id&includeactive=true&includeinactive=false";
}

/* ---- clients ---- */

static bh_status on_client(void *user, const bh_json_record *r)
{
  halo *x = user;
  return psa_client(&x->p, r->texts[0], r->texts[1], r->texts[3], psa_true(r->texts[2]));
}

bh_status halo_clients(halo *x)
{
  static const char *const fields[] = {"id", "name", "inactive", "website"};
  bh_status rc = halo_read(x, "/Client", all, "$.clients[*]", fields, 4, on_client, x, NULL, NULL);
  if (rc == BH_OK && x->p.clients.n == 0)
    rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_INVALID, "no client can be seen: the application may not read customers");
  return rc;
}

/* ---- assets ---- */

static const char *const asset_fields[] = {"id", "client_id", "assettype_name", "inventory_number", "key_field", "inactive", "site_name", "status_name",
  "contract_ref", "third_party_id"};
enum { A_ID, A_CLIENT, A_TYPE, A_TAG, A_KEY, A_INACTIVE, A_SITE, A_STATUS, A_CONTRACT, A_THIRD, A_FIELDS };

typedef struct assets {
  halo *x;
  bhk_buf serial, os, model; /* of the asset at hand: the tenant's own fields, known by their names */
} assets;

static bh_status on_field(void *user, const bh_json_record *r)
{
  static const struct { const char *word; size_t at; } names[] = {{"*serial*", offsetof(assets, serial)}, {"operating system*", offsetof(assets, os)},
    {"os", offsetof(assets, os)}, {"os name*", offsetof(assets, os)}, {"model*", offsetof(assets, model)}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    bhk_buf *b = (bhk_buf *)((char *)user + names[i].at);
    if (b->len == 0 && bhk_like(bhk_str(names[i].word), r->texts[0])) {
      bhk_put(b, r->texts[1]);
      break;
    }
  }
  return BH_OK;
}

static void next_asset(void *user)
{
  assets *a = user;
  bhk_clear(&a->serial);
  bhk_clear(&a->os);
  bhk_clear(&a->model);
}

static bh_status on_asset(void *user, const bh_json_record *r)
{
  assets *a = user;
  psa *p = &a->x->p;
  const bh_str *t = r->texts;
  bool active = !psa_true(t[A_INACTIVE]);
  bh_status rc = BH_OK;
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "contract", t[A_CONTRACT]);
  bhk_attr(&attrs, "model", bhk_text(&a->model));
  bhk_attr(&attrs, "os", bhk_text(&a->os));
  bhk_attr(&attrs, "serial", bhk_text(&a->serial));
  bhk_attr(&attrs, "site", t[A_SITE]);
  bhk_attr(&attrs, "state", t[A_STATUS]);
  bhk_attr(&attrs, "status", active ? BHK("active") : BHK("inactive"));
  bhk_attr(&attrs, "tag", t[A_TAG]);
  bhk_attr(&attrs, "type", t[A_TYPE]);
  if (a->serial.broken || a->os.broken || a->model.broken)
    rc = psa_no_memory(p);
  else if (active || p->include_inactive)
    rc = psa_asset(p, "device", psa_class(p, t[A_TYPE]), t[A_CLIENT], t[A_ID], t[A_KEY].len ? t[A_KEY] : t[A_TAG], &attrs);
  next_asset(a);
  return rc;
}

bh_status halo_assets(halo *x)
{
  static const char *const field_fields[] = {"name", "value"};
  assets a = {.x = x};
  const bh_json_query inside = {.struct_size = sizeof inside, .each = "$.assets[*].fields[*]", .fields = field_fields, .field_count = 2, .record = on_field, .user = &a};
  bhk_buf query = {0};
  bhk_putz(&query, inactive(x));
  bhk_put(&query, (bh_str){"&includeassetfields=true", sizeof "&includeassetfields=true"});
  bh_status rc = query.broken ? psa_no_memory(&x->p) : psa_scope(&x->p, "device", 0);
  if (rc == BH_OK)
    rc = halo_read(x, "/Asset", query.ptr, "$.assets[*]", asset_fields, A_FIELDS, on_asset, &a, &inside, next_asset);
  bhk_dispose(&query);
  bhk_dispose(&a.serial);
  bhk_dispose(&a.os);
  bhk_dispose(&a.model);
  return rc ? rc : psa_scope(&x->p, "device", BH_SCOPE_COMPLETE);
}

/* ---- users ---- */

static const char *const user_fields[] = {"id", "client_id", "name", "emailaddress", "inactive", "site_name", "isserviceaccount", "ignoreautomatedbilling"};
enum { U_ID, U_CLIENT, U_NAME, U_MAIL, U_INACTIVE, U_SITE, U_SERVICE, U_IGNORE, U_FIELDS };

static bh_status on_user(void *user, const bh_json_record *r)
{
  halo *x = user;
  const bh_str *t = r->texts;
  bool active = !psa_true(t[U_INACTIVE]);
  if ((!active && !x->p.include_inactive) || psa_true(t[U_SERVICE]) || psa_true(t[U_IGNORE]))
    return BH_OK;
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "mail", t[U_MAIL]);
  bhk_attr(&a, "site", t[U_SITE]);
  bhk_attr(&a, "status", active ? BHK("active") : BHK("inactive"));
  return psa_asset(&x->p, "user", BHK("contact"), t[U_CLIENT], t[U_ID], t[U_NAME], &a);
}

bh_status halo_users(halo *x)
{
  bhk_buf query = {0};
  bhk_putz(&query, inactive(x));
  bhk_put(&query, (bh_str){"&exclude_generaluser=true", sizeof "&exclude_generaluser=true"});
  bh_status rc = query.broken ? psa_no_memory(&x->p) : psa_scope(&x->p, "user", 0);
  if (rc == BH_OK)
    rc = halo_read(x, "/Users", query.ptr, "$.users[*]", user_fields, U_FIELDS, on_user, x, NULL, NULL);
  bhk_dispose(&query);
  return rc ? rc : psa_scope(&x->p, "user", BH_SCOPE_COMPLETE);
}

/* ---- items ---- */

static bh_status on_item(void *user, const bh_json_record *r)
{
  halo *x = user;
  return psa_product(&x->p, r->texts[0], r->texts[1], r->texts[2], r->texts[3]);
}

bh_status halo_items(halo *x)
{
  static const char *const fields[] = {"id", "name", "baseprice", "costprice"};
  return halo_read(x, "/Item", inactive(x), "$.items[*]", fields, 4, on_item, x, NULL, NULL);
}
