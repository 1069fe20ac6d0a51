/* Usage and charges: records with a key. The same again changes nothing; other content is a version of its own, and the older one is kept. */
#include "facts/ingest_impl.h"

static bh_status twice(const bh_merge *m, const char *what, bh_str id, bh_error *err) {
  return bh_fail(err, BH_E_INVALID, "client \"%.*s\": %s \"%.*s\" stands twice, with different content", BH_STR_ARG(m->place.ref), what, BH_STR_ARG(id));
}

static bh_day earlier(bh_day a, bh_day b) { return a < b ? a : b; }

static bool usage_same(const bh_usage_row *a, const bh_usage_row *b) {
  return a->day == b->day && bh_dec_cmp(a->quantity, b->quantity) == 0 && bh_str_eq(a->description, b->description) && bh_str_eq(a->attrs, b->attrs);
}

static bh_status read_usage(bh_merge *m, bh_usage_row *out, int32_t metric, bh_error *err) {
  bh_get *g = &m->rec.payload;
  *out = (bh_usage_row){.metric = metric, .id = bh_arena_str(&m->id_arena, m->rec.id), .since = m->pull, .until = BH_PULL_OPEN, .first = m->pull};
  out->day = (bh_day)bh_get_i64(g);
  out->quantity = bh_get_dec(g);
  out->description = bh_arena_str(&m->id_arena, bh_get_str(g));
  out->attrs = bh_arena_str(&m->id_arena, bh_get_str(g));
  return bh_get_done(g) ? BH_OK : bh_fail(err, BH_E_BUG, "a staged usage record cannot be read");
}

static bh_status one_usage(bh_merge *m, bool had, bh_usage_row *now, bh_error *err) {
  bh_usage_row was;
  bool found = false;
  bh_status status = BH_OK;
  if (had) status = bh_store_usage_now(m->store, &was, &found, &m->id_arena, m->place.num, now->metric, now->id, err);
  if (status != BH_OK || (found && usage_same(&was, now))) return status;
  bh_merge_late(m, found ? earlier(was.day, now->day) : now->day);
  m->result.changed++;
  if (found) {
    now->first = was.first;
    status = bh_store_usage_close(m->store, m->place.num, &was, m->pull, err);
  }
  return status == BH_OK ? bh_store_usage_add(m->store, m->place.num, now, err) : status;
}

static bh_status one_metric(bh_merge *m, bool had, bh_error *err) {
  bh_str name = bh_arena_str(&m->place_arena, m->rec.kind);
  int32_t metric;
  bh_status status = bh_store_word_make(m->store, &metric, name, err);
  if (status == BH_OK) status = bh_store_provides_add(m->store, m->connector, BH_PROVIDES_USAGE, metric, err);
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_USAGE) && bh_str_eq(m->rec.kind, name)) {
    bh_arena_reset(&m->id_arena);
    bh_usage_row now, again;
    status = read_usage(m, &now, metric, err);
    if (status == BH_OK) status = bh_merge_step(m, err);
    while (status == BH_OK && bh_merge_at(m, BH_STAGED_USAGE) && bh_str_eq(m->rec.kind, name) && bh_str_eq(m->rec.id, now.id)) {
      status = read_usage(m, &again, metric, err);
      if (status == BH_OK && !usage_same(&now, &again)) return twice(m, "usage", now.id, err);
      if (status == BH_OK) status = bh_merge_step(m, err);
    }
    if (status == BH_OK) status = one_usage(m, had, &now, err);
  }
  return status;
}

bh_status bh_merge_usage(bh_merge *m, bh_error *err) {
  bool had = (m->place.has & BH_HAS_USAGE) != 0;
  bh_status status = BH_OK;
  if (bh_merge_at(m, BH_STAGED_USAGE)) bh_merge_has(m, BH_HAS_USAGE);
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_USAGE)) status = one_metric(m, had, err);
  return status;
}

static bool maybe_same(bool has_a, bh_dec a, bool has_b, bh_dec b) { return has_a == has_b && (!has_a || bh_dec_cmp(a, b) == 0); }

static bool charge_same(const bh_charge_row *a, const bh_charge_row *b) {
  return a->day == b->day && bh_dec_cmp(a->quantity, b->quantity) == 0 && maybe_same(a->has_price, a->price, b->has_price, b->price) &&
         maybe_same(a->has_cost, a->cost, b->has_cost, b->cost) && bh_str_eq(a->product, b->product) &&
         bh_str_eq(a->description, b->description) && bh_str_eq(a->po, b->po) && bh_str_eq(a->contract, b->contract);
}

static bh_status read_charge(bh_merge *m, bh_charge_row *out, bh_error *err) {
  bh_get *g = &m->rec.payload;
  *out = (bh_charge_row){.id = bh_arena_str(&m->id_arena, m->rec.id), .since = m->pull, .until = BH_PULL_OPEN, .first = m->pull};
  out->day = (bh_day)bh_get_i64(g);
  out->quantity = bh_get_dec(g);
  uint8_t flags = bh_get_u8(g);
  out->has_price = flags & 1;
  out->has_cost = (flags & 2) != 0;
  out->price = bh_get_dec(g);
  out->cost = bh_get_dec(g);
  out->product = bh_arena_str(&m->id_arena, bh_get_str(g));
  out->description = bh_arena_str(&m->id_arena, bh_get_str(g));
  out->po = bh_arena_str(&m->id_arena, bh_get_str(g));
  out->contract = bh_arena_str(&m->id_arena, bh_get_str(g));
  return bh_get_done(g) ? BH_OK : bh_fail(err, BH_E_BUG, "a staged charge cannot be read");
}

static bh_status one_charge(bh_merge *m, bool had, bh_charge_row *now, bh_error *err) {
  bh_charge_row was;
  bool found = false;
  bh_status status = BH_OK;
  if (had) status = bh_store_charge_now(m->store, &was, &found, &m->id_arena, m->place.num, now->id, err);
  if (status != BH_OK || (found && charge_same(&was, now))) return status;
  bh_merge_late(m, found ? earlier(was.day, now->day) : now->day);
  m->result.changed++;
  if (found) {
    now->first = was.first;
    status = bh_store_charge_close(m->store, m->place.num, &was, m->pull, err);
  }
  return status == BH_OK ? bh_store_charge_add(m->store, m->place.num, now, err) : status;
}

bh_status bh_merge_charges(bh_merge *m, bh_error *err) {
  bool had = (m->place.has & BH_HAS_CHARGE) != 0;
  bh_status status = BH_OK;
  if (!bh_merge_at(m, BH_STAGED_CHARGE)) return BH_OK;
  bh_merge_has(m, BH_HAS_CHARGE);
  status = bh_store_provides_add(m->store, m->connector, BH_PROVIDES_CHARGE, 0, err);
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_CHARGE)) {
    bh_arena_reset(&m->id_arena);
    bh_charge_row now, again;
    status = read_charge(m, &now, err);
    if (status == BH_OK) status = bh_merge_step(m, err);
    while (status == BH_OK && bh_merge_at(m, BH_STAGED_CHARGE) && bh_str_eq(m->rec.id, now.id)) {
      status = read_charge(m, &again, err);
      if (status == BH_OK && !charge_same(&now, &again)) return twice(m, "charge", now.id, err);
      if (status == BH_OK) status = bh_merge_step(m, err);
    }
    if (status == BH_OK) status = one_charge(m, had, &now, err);
  }
  return status;
}
