/* company, store, identity: who bills, and where it is kept. */
#include "workspace/internal.h"

bool ws_address_check(ws_ck *ck, const ws_path *at, const bh_node *n) {
  static const char *const keys[] = {"city", "country", "name", "postcode", "region", "street", "street2"};
  bh_node *v[7];
  size_t before = ck->bad;
  bh_str s;
  if (!ws_pick(ck, at, n, keys, 7, v, NULL, NULL)) return false;
  for (size_t i = 0; i < 7; i++)
    if (v[i]) ws_text_any(ck, WS_KEYS(at, bh_str_c(keys[i])), v[i], &s);
  return ck->bad == before;
}

bool ws_ids_check(ws_ck *ck, const ws_path *at, const bh_node *n) {
  struct bh_workspace_impl *x = ck->ws->impl;
  size_t before = ck->bad;
  bh_str s;
  if (!ws_is_record(n)) {
    ws_bad_kind(ck, at, n, "a table like { rmm = \"…\" }");
    return false;
  }
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_field *f = &n->fields[i];
    const ws_path *here = WS_KEYS(at, f->key);
    bool known = false;
    for (size_t j = 0; j < x->use_id_count && !known; j++) known = bh_str_eqz(f->key, x->use_ids[j]);
    if (!known) ws_bad_name(ck, here, "connector, sink or gateway", f->key, x->use_ids, x->use_id_count);
    if (f->value->kind == BH_NODE_TABLE && ws_is_list(f->value)) {
      for (size_t j = 0; j < f->value->item_count; j++) ws_text_any(ck, WS_AT(here, j), f->value->items[j], &s);
    } else ws_text_any(ck, here, f->value, &s);
  }
  return ck->bad == before;
}

static const char *const company_names[] = {"address", "bank", "bic", "currency", "email", "iban", "ids", "legal_name", "locale", "logo", "name",
  "note", "phone", "registration", "tax_id", "timezone", "website"};
const ws_names ws_company_keys = {company_names, sizeof company_names / sizeof *company_names};

void ws_company_read(ws_ck *ck, const bh_node *n) {
  enum { ADDRESS, BANK, BIC, CURRENCY, EMAIL, IBAN, IDS, LEGAL, LOCALE, LOGO, NAME, NOTE, PHONE, REGISTRATION, TAX_ID, TIMEZONE, WEBSITE, COUNT };
  bh_workspace *ws = ck->ws;
  bh_node *v[COUNT];
  bh_str s;
  bh_error err;
  ws_pick(ck, NULL, n, company_names, COUNT, v, NULL, NULL);
  if (n->kind != BH_NODE_TABLE) return;
  if (!v[NAME]) ws_bad(ck, WS_KEY(NULL, "name"), "missing; expected the company's name");
  else ws_text(ck, WS_KEY(NULL, "name"), v[NAME], &ws->company_name);
  if (!v[CURRENCY]) ws_bad(ck, WS_KEY(NULL, "currency"), "missing; expected an ISO 4217 currency like \"USD\"");
  else ws_currency(ck, WS_KEY(NULL, "currency"), v[CURRENCY], &ws->currency, &ws->decimals);
  if (v[TIMEZONE] && ws_text(ck, WS_KEY(NULL, "timezone"), v[TIMEZONE], &s)) {
    const char *zone = bh_arena_z(&ws->arena, s);
    if (bh_zone_check(zone, &err) == BH_OK) ws->timezone = s;
    else ws_bad(ck, WS_KEY(NULL, "timezone"), "%s", err.message);
  }
  if (v[LOCALE]) ws_text(ck, WS_KEY(NULL, "locale"), v[LOCALE], &ws->locale);
  if (v[ADDRESS]) ws_address_check(ck, WS_KEY(NULL, "address"), v[ADDRESS]);
  static const int texts[] = {BIC, EMAIL, IBAN, LEGAL, LOGO, NOTE, PHONE, REGISTRATION, TAX_ID, WEBSITE};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (v[texts[i]]) ws_text_any(ck, WS_KEYS(NULL, bh_str_c(company_names[texts[i]])), v[texts[i]], &s);
  if (v[BANK] && v[BANK]->kind != BH_NODE_TABLE) ws_text(ck, WS_KEY(NULL, "bank"), v[BANK], &s);
  ws->company_json = ws_json(&ws->arena, n);
}

void ws_store_read(ws_ck *ck, const bh_node *n) {
  static const char *const names[] = {"url"};
  bh_node *v[1];
  bh_str s;
  if (!ws_pick(ck, NULL, n, names, 1, v, NULL, NULL)) return;
  if (!v[0]) ws_bad(ck, WS_KEY(NULL, "url"), "missing; expected a file like \"billhook.db\"");
  else if (ws_secret_of(v[0], &s)) ck->ws->store_url = s;
  else if (ws_text(ck, WS_KEY(NULL, "url"), v[0], &ck->ws->store_url) && bh_str_starts(ck->ws->store_url, BH_S("postgres")))
    ws_bad(ck, WS_KEY(NULL, "url"), "PostgreSQL is not supported by this version yet; expected a SQLite file like \"billhook.db\"");
}

static void connectors(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str **out, size_t *count) {
  struct bh_workspace_impl *x = ck->ws->impl;
  if (!ws_texts(ck, at, n, out, count)) return;
  for (size_t i = 0; i < *count; i++) {
    bool known = false;
    for (size_t j = 0; j < x->connector_count && !known; j++) known = bh_str_eqz((*out)[i], x->connector_ids[j]);
    if (!known) ws_bad_name(ck, WS_AT(at, i), "connector", (*out)[i], x->connector_ids, x->connector_count);
  }
}

static const char *const identity_names[] = {"by", "kind", "prefer"};
const ws_names ws_identity_keys = {identity_names, sizeof identity_names / sizeof *identity_names};

void ws_identity_read(ws_ck *ck, const bh_node *n) {
  bh_workspace *ws = ck->ws;
  bh_node *v[3];
  bh_identity *out = &ws->identities[ws->identity_count];
  *out = (bh_identity){0};
  if (!ws_pick(ck, NULL, n, identity_names, 3, v, NULL, NULL)) return;
  if (!v[1]) ws_bad(ck, WS_KEY(NULL, "kind"), "missing; expected one like \"device\"");
  else ws_text(ck, WS_KEY(NULL, "kind"), v[1], &out->kind);
  if (!v[0]) ws_bad(ck, WS_KEY(NULL, "by"), "missing; expected attributes like { \"serial\", \"name\" }");
  else ws_texts(ck, WS_KEY(NULL, "by"), v[0], &out->by, &out->by_count);
  if (v[2]) connectors(ck, WS_KEY(NULL, "prefer"), v[2], &out->prefer, &out->prefer_count);
  for (size_t i = 0; i < ws->identity_count; i++)
    if (bh_str_eq(ws->identities[i].kind, out->kind)) ws_bad(ck, WS_KEY(NULL, "kind"), "a second identity of \"%.*s\"; expected one a kind", BH_STR_ARG(out->kind));
  ws->identity_count++;
}
