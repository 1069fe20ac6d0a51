#include "batch/map_impl.h"

enum { PLACES_AT_ONCE = 256 };

bool bh_map_wanted(const bh_mapping_run *m, bh_str name)
{
  for (size_t i = 0; i < m->o->connector_count; i++)
    if (bh_str_eqz(name, m->o->connectors[i]))
      return true;
  return m->o->connector_count == 0;
}

/* The platform has sent all of its clients, and this one was not among them. */
bool bh_map_vanished(const bh_mapping_run *m, const bh_place_row *p)
{
  bh_scope_row *scopes;
  size_t n;
  bh_arena a;
  bool gone = false;
  if (!(p->has & BH_HAS_SCOPE))
    return false;
  bh_arena_init(&a);
  if (bh_store_scopes_now(m->b->store, &scopes, &n, &a, p->num, NULL) == BH_OK)
    for (size_t i = 0; i < n; i++)
      gone = gone || scopes[i].state == BH_SPAN_VANISHED;
  bh_arena_dispose(&a);
  return gone;
}

bh_map_foreign *bh_map_foreign_add(bh_map_foreigners *f, bh_arena *a)
{
  if (f->count == f->cap) {
    size_t cap = f->cap ? f->cap * 2 : 64;
    bh_map_foreign *grown = BH_NEWN(a, bh_map_foreign, cap);
    if (f->count)
      memcpy(grown, f->items, f->count * sizeof *grown);
    f->items = grown;
    f->cap = cap;
  }
  bh_map_foreign *x = &f->items[f->count++];
  *x = (bh_map_foreign){ .place = 0 };
  return x;
}

static bh_status read_places(bh_mapping_run *m, bh_map_foreigners *f, const bh_connector_facts *k)
{
  bh_arena page;
  bh_buf after;
  bh_place_row *rows;
  size_t n = PLACES_AT_ONCE;
  bh_arena_init(&page);
  bh_buf_init(&after, 1 << 20);
  bh_status st = BH_OK;
  while (st == BH_OK && n == PLACES_AT_ONCE) {
    bh_arena_reset(&page);
    st = bh_store_places_after(m->b->store, &rows, &n, &page, k->num, bh_buf_str(&after), PLACES_AT_ONCE, m->err);
    for (size_t i = 0; i < n && st == BH_OK; i++) {
      bh_buf_clear(&after);
      bh_buf_puts(&after, rows[i].ref);
      if (bh_map_claimed(&m->ours, k->name, rows[i].ref) || bh_use_ignores(m->b->ws, k->name, rows[i].ref) || bh_map_vanished(m, &rows[i]))
        continue;
      bh_map_foreign *x = bh_map_foreign_add(f, &m->a);
      x->ref = bh_arena_str(&m->a, rows[i].ref);
      x->name = bh_arena_str(&m->a, rows[i].name);
      x->domain = bh_arena_str(&m->a, rows[i].domain);
      x->place = rows[i].has & BH_HAS_ASSET ? rows[i].num : 0;
    }
  }
  bh_buf_dispose(&after);
  bh_arena_dispose(&page);
  return st;
}

static bh_status count_things(bh_mapping_run *m, bh_map_foreigners *f)
{
  bh_arena a;
  bh_status st = BH_OK;
  bh_arena_init(&a);
  for (size_t i = 0; i < f->count && st == BH_OK; i++) {
    bh_str *names;
    size_t n = 0;
    bh_arena_reset(&a);
    if (f->items[i].place != 0)
      st = bh_map_devices(&names, &n, &f->items[i].users, &a, m->b->store, f->items[i].place, m->err);
    f->items[i].devices = (int64_t)n;
  }
  bh_arena_dispose(&a);
  return st;
}

static bh_status one_connector(bh_mapping_run *m, const bh_connector_facts *k, bh_str connector)
{
  bh_map_foreigners f = { 0 };
  bh_map_things products, taxes;
  bh_str left = BH_S("[]");
  bh_node *contracts = NULL;
  bh_map_things_init(&products, &m->a);
  bh_map_things_init(&taxes, &m->a);
  bh_status st = k != NULL ? read_places(m, &f, k) : BH_OK;
  if (st == BH_OK)
    st = count_things(m, &f);
  if (st == BH_OK && (m->o->suggest || m->o->write))
    st = bh_map_guess_all(&m->ours, connector, f.items, f.count, m->err);
  if (st == BH_OK && k != NULL)
    st = bh_store_left_out_get(m->b->store, &left, &m->a, connector, m->err);
  if (st == BH_OK)
    st = bh_json_parse(&contracts, &m->a, left, NULL, m->err);
  if (st == BH_OK && k != NULL)
    st = bh_map_things_read(&products, &taxes, m->b, connector, contracts, m->err);
  if (st != BH_OK)
    return st;
  bh_map_things_sort(&products, m->b, connector, true);
  bh_map_things_sort(&taxes, m->b, connector, false);
  bh_map_things_guess(&products, m->products, m->product_count);
  bh_map_things_guess(&taxes, m->taxes, m->tax_count);
  m->open = m->open || contracts->item_count > 0;
  bh_jw_obj(&m->w);
  bh_jw_key(&m->w, "name"); bh_jw_str(&m->w, connector);
  bh_map_put_unclaimed(m, connector, &f, false);
  st = bh_map_put_ours(m, k, connector);
  bh_map_put_things(m, "products", "product", connector, &products);
  bh_map_put_things(m, "taxes", "tax", connector, &taxes);
  bh_jw_key(&m->w, "contracts"); bh_jw_raw(&m->w, left);
  bh_jw_obj_end(&m->w);
  return st;
}

static bh_status all_connectors(bh_mapping_run *m)
{
  const bh_connector_facts *k = NULL;
  size_t n = 0;
  const bh_workspace *ws = m->b->ws;
  bh_status st = m->b->store != NULL ? bh_store_connectors(m->b->store, &k, &n, m->err) : BH_OK;
  bh_jw_key(&m->w, "connectors");
  bh_jw_arr(&m->w);
  for (size_t i = 0; i < ws->use_count && st == BH_OK; i++) {
    const bh_connector_facts *mine = NULL;
    if (ws->uses[i].kind != BH_KIND_CONNECTOR || !bh_map_wanted(m, ws->uses[i].name))
      continue;
    for (size_t j = 0; j < n; j++)
      if (bh_str_eq(k[j].name, ws->uses[i].name))
        mine = &k[j];
    st = one_connector(m, mine, ws->uses[i].name);
  }
  bh_jw_arr_end(&m->w);
  return st;
}

static bh_status check_names(const bh_mapping_run *m)
{
  for (size_t i = 0; i < m->o->connector_count; i++) {
    bool known = false;
    for (size_t j = 0; j < m->b->ws->use_count; j++) {
      const bh_plugin_use *use = &m->b->ws->uses[j];
      known = known || ((use->kind == BH_KIND_CONNECTOR || use->kind == BH_KIND_SINK) && bh_str_eqz(use->name, m->o->connectors[i]));
    }
    if (!known)
      return bh_fail(m->err, BH_E_USAGE, "--connector %s: billhook.lua has no connector or sink of that name", m->o->connectors[i]);
  }
  return BH_OK;
}

static bh_status open_all(bh_mapping_run *m)
{
  billhook *b = m->b;
  bh_status st = bh_engine_workspace(b);
  if (st == BH_OK) {
    st = bh_engine_store(b, m->o->write ? BH_STORE_WRITE : BH_STORE_READ);
    if (st == BH_E_NOTFOUND) { /* nothing was ever pulled: all of ours is without an id */
      b->error = (bh_error){ 0 };
      st = BH_OK;
    }
  }
  if (st != BH_OK)
    *m->err = b->error;
  return st;
}

static bh_status put_written(bh_mapping_run *m)
{
  bh_jw *w = &m->w;
  bh_status st = m->new_count > 0 ? bh_map_write(m->b, &m->a, m->news, m->new_count, m->err) : BH_OK;
  bh_jw_key(w, "written");
  bh_jw_arr(w);
  for (size_t i = 0; i < m->new_count; i++) {
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, m->news[i].client);
    bh_jw_key(w, "connector"); bh_jw_str(w, m->news[i].connector);
    bh_jw_key(w, "id"); bh_jw_str(w, m->news[i].ref);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  bh_jw_key(w, "file");
  if (m->new_count > 0)
    bh_jw_z(w, BH_MAP_FILE);
  else
    bh_jw_null(w);
  return st;
}

int billhook_map(billhook *b, const billhook_map_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_mapping_run m = { .b = b, .o = o, .err = &err };
  bh_buf json;
  bh_arena_init(&m.a);
  bh_buf_init(&json, 1u << 30);
  bh_jw_init(&m.w, &json);
  bh_status st = open_all(&m);
  if (st == BH_OK)
    st = check_names(&m);
  if (st == BH_OK)
    st = bh_map_sinks_ask(&m);
  if (st == BH_OK && b->store != NULL)
    st = bh_store_begin_read(b->store, &err);
  if (st == BH_OK)
    st = bh_map_ours_read(&m.ours, &m.a, b, b->store != NULL && (o->suggest || o->write), &err);
  if (st == BH_OK) {
    m.products = bh_map_own_products(&m.product_count, b, &m.a);
    m.taxes = bh_map_own_taxes(&m.tax_count, b, &m.a);
    bh_jw_obj(&m.w);
    st = all_connectors(&m);
  }
  if (st == BH_OK)
    st = bh_map_sinks_put(&m);
  if (b->store != NULL)
    bh_store_rollback(b->store);
  if (st == BH_OK)
    st = put_written(&m);
  if (st == BH_OK) {
    bh_jw_obj_end(&m.w);
    bh_out_line(out, &json);
  }
  bh_buf_dispose(&json);
  bh_arena_dispose(&m.a);
  int status = bh_engine_end(b, st, &err);
  return status != BILLHOOK_DONE ? status : m.failed ? BILLHOOK_CONNECTOR : m.open ? BILLHOOK_SOME : BILLHOOK_DONE;
}
