/* Loading: one short scan a table for each connector that names the client. */
#include "facts/facts_impl.h"

static const bh_connector_facts *connector_named(const bh_connector_facts *c, size_t n, bh_str name) {
  for (size_t i = 0; i < n; i++) if (bh_str_eq(c[i].name, name)) return &c[i];
  return NULL;
}

bh_status bh_facts_load(bh_client_facts **out, bh_store *store, bh_arena *a, const bh_client_terms *client, const struct bh_identity *identities,
                        size_t identity_count, bh_day from, bh_day until, bh_error *err) {
  *out = NULL;
  bh_client_facts *f = BH_NEW(a, bh_client_facts);
  *f = (bh_client_facts){.store = store, .arena = a, .client = client, .identities = identities, .identity_count = identity_count, .from = from, .until = until};
  bh_status status = bh_store_connectors(store, &f->connectors, &f->connector_count, err);
  f->sources = BH_NEWN(a, bh_source, client->id_count + 1);
  for (size_t i = 0; i < client->id_count && status == BH_OK; i++) {
    if (client->ids[i].ref.len == 0) continue;
    bh_source *s = &f->sources[f->source_count++];
    s->connector = client->ids[i].connector;
    s->ref = client->ids[i].ref;
    s->of_parent = client->ids[i].of_parent;
    s->c = connector_named(f->connectors, f->connector_count, s->connector);
    if (!s->c) continue;
    status = bh_store_place_get(store, &s->place, a, s->c->num, s->ref, err);
  }
  if (status == BH_OK) *out = f;
  return status;
}

bh_client_facts *bh_facts_with(const bh_client_facts *f, bh_arena *a, const bh_client_terms *client, const struct bh_identity *identities, size_t identity_count) {
  bh_client_facts *out = BH_NEW(a, bh_client_facts);
  *out = *f;
  out->client = client;
  out->identities = identities;
  out->identity_count = identity_count;
  return out;
}

bh_status bh_facts_read(bh_client_facts *f, bool texts, bh_error *err) {
  if (f->read && (f->texts || !texts)) return BH_OK;
  bh_status status = BH_OK;
  for (size_t i = 0; i < f->source_count && status == BH_OK; i++) {
    bh_source *s = &f->sources[i];
    if (s->place.num) status = bh_store_place_facts(f->store, &s->f, f->arena, &s->place, f->from, f->until, texts, err);
  }
  f->read = status == BH_OK;
  f->texts = f->read && texts;
  return status;
}

bh_status bh_facts_charges(bh_fact_charge **out, size_t *n, bh_client_facts *f, bh_arena *a, bh_day from, bh_day until, int64_t pull, bh_error *err) {
  struct { bh_fact_charge *items; size_t count; } rows = {NULL, 0};
  *out = NULL;
  *n = 0;
  for (size_t i = 0; i < f->source_count; i++) {
    const bh_source *s = &f->sources[i];
    bh_charge_row *found;
    size_t count;
    if (!s->place.num || s->of_parent) continue; /* a charge has no attributes: it is the parent's */
    bh_status status = bh_store_place_charges(f->store, &found, &count, a, &s->place, from, until, err);
    if (status != BH_OK) return status;
    bh_fact_charge *more = BH_NEWN(a, bh_fact_charge, rows.count + count + 1);
    if (rows.count) memcpy(more, rows.items, rows.count * sizeof *more);
    rows.items = more;
    for (size_t j = 0; j < count; j++) {
      const bh_charge_row *r = &found[j];
      if (!bh_known_at(r->since, r->until, pull)) continue;
      rows.items[rows.count++] = (bh_fact_charge){
        .id = r->id, .connector = s->connector, .product = r->product, .description = r->description, .po = r->po, .contract = r->contract,
        .day = r->day, .quantity = r->quantity, .has_price = r->has_price, .price = r->price, .has_cost = r->has_cost, .cost = r->cost};
    }
  }
  *out = rows.items;
  *n = rows.count;
  return BH_OK;
}
