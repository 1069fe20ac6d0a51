#include "batch/map_things.h"

enum { PLACES_AT_ONCE = 256 };

typedef struct mapping {
  billhook *b;
  const billhook_map_options *o;
  bh_arena a;
  bh_map_ours ours;
  bh_map_own *products, *taxes; size_t product_count, tax_count;
  bh_map_new *news; size_t new_count, new_cap;
  bh_jw w;
  bool open;                   /* something is left that nobody claims */
  bh_error *err;
} mapping;

typedef struct foreigners { bh_map_foreign *items; size_t count, cap; } foreigners;

static bool wanted(const mapping *m, bh_str name)
{
  for (size_t i = 0; i < m->o->connector_count; i++)
    if (bh_str_eqz(name, m->o->connectors[i]))
      return true;
  return m->o->connector_count == 0;
}

/* The platform has sent all of its clients, and this one was not among them. */
static bool vanished(const mapping *m, const bh_place_row *p)
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

static bh_map_foreign *add(foreigners *f, bh_arena *a)
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

static bh_status read_places(mapping *m, foreigners *f, const bh_connector_facts *k)
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
      if (bh_map_claimed(&m->ours, k->name, rows[i].ref) || vanished(m, &rows[i]))
        continue;
      bh_map_foreign *x = add(f, &m->a);
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

static bh_status count_things(mapping *m, foreigners *f)
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

static void text_or_null(bh_jw *w, const char *key, bh_str s)
{
  bh_jw_key_any(w, key);
  if (s.len > 0)
    bh_jw_str(w, s);
  else
    bh_jw_null(w);
}

/* ids = { rmm = "7" }, as it may be pasted into a statement. */
static void paste(bh_jw *w, bh_str connector, bh_str ref)
{
  bool word = connector.len > 0 && !(connector.ptr[0] >= '0' && connector.ptr[0] <= '9');
  for (size_t i = 0; i < connector.len; i++) {
    char c = connector.ptr[i];
    word = word && (c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  }
  bh_buf b, quoted;
  bh_buf_init(&b, 1 << 16);
  bh_buf_init(&quoted, 1 << 16);
  bh_json_str(&quoted, ref);
  bh_buf_fmt(&b, word ? "ids = { %.*s = %.*s }" : "ids = { [\"%.*s\"] = %.*s }", BH_STR_ARG(connector), BH_STR_ARG(bh_buf_str(&quoted)));
  bh_jw_key(w, "paste"); bh_jw_str(w, bh_buf_str(&b));
  bh_buf_dispose(&quoted);
  bh_buf_dispose(&b);
}

static void put_guesses(mapping *m, const bh_map_foreign *x)
{
  static const struct { uint32_t bit; const char *word; } by[] = { { BH_MAP_BY_ID, "id" }, { BH_MAP_BY_NAME, "name" }, { BH_MAP_BY_DOMAIN, "domain" },
    { BH_MAP_BY_DEVICES, "devices" }, { BH_MAP_BY_WORDS, "words" } };
  bh_jw *w = &m->w;
  bh_jw_key(w, "suggestions");
  bh_jw_arr(w);
  for (size_t i = 0; i < x->guess_count; i++) {
    const bh_map_guess *g = &x->guesses[i];
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, m->ours.clients[g->client].id);
    bh_jw_key(w, "name"); bh_jw_str(w, m->ours.clients[g->client].name);
    bh_jw_key(w, "score"); bh_jw_int(w, g->score);
    bh_jw_key(w, "reasons");
    bh_jw_arr(w);
    for (size_t k = 0; k < sizeof by / sizeof by[0]; k++)
      if (g->by & by[k].bit)
        bh_jw_z(w, by[k].word);
    bh_jw_arr_end(w);
    bh_jw_key(w, "exact"); bh_jw_bool(w, g->exact);
    bh_jw_key(w, "has_id"); bh_jw_bool(w, g->has_id);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  bh_jw_key(w, "unique"); bh_jw_bool(w, x->unique);
}

static void note_new(mapping *m, bh_str connector, const bh_map_foreign *x)
{
  if (m->new_count == m->new_cap) {
    size_t cap = m->new_cap ? m->new_cap * 2 : 64;
    bh_map_new *grown = BH_NEWN(&m->a, bh_map_new, cap);
    if (m->new_count)
      memcpy(grown, m->news, m->new_count * sizeof *grown);
    m->news = grown;
    m->new_cap = cap;
  }
  m->news[m->new_count++] = (bh_map_new){ m->ours.clients[x->guesses[0].client].id, connector, x->ref };
}

static void put_unclaimed(mapping *m, bh_str connector, const foreigners *f)
{
  bh_jw *w = &m->w;
  bh_jw_key(w, "unclaimed");
  bh_jw_arr(w);
  for (size_t i = 0; i < f->count; i++) {
    const bh_map_foreign *x = &f->items[i];
    bool written = m->o->write && x->unique;
    m->open = m->open || !written;
    if (written)
      note_new(m, connector, x);
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, x->ref);
    text_or_null(w, "name", x->name);
    text_or_null(w, "domain", x->domain);
    bh_jw_key(w, "devices"); bh_jw_int(w, x->devices);
    bh_jw_key(w, "users"); bh_jw_int(w, x->users);
    paste(w, connector, x->ref);
    if (m->o->suggest || m->o->write)
      put_guesses(m, x);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

/* Clients of ours that the connector has no name for, and names of ours that it does not know. */
static bh_status put_ours(mapping *m, const bh_connector_facts *k, bh_str connector)
{
  bh_jw *w = &m->w;
  bh_status st = BH_OK;
  bh_jw_key(w, "without_id");
  bh_jw_arr(w);
  for (size_t i = 0; i < m->ours.count; i++) {
    const bh_map_client *c = &m->ours.clients[i];
    bool has = c->child;
    for (size_t j = 0; j < c->id_count; j++)
      has = has || bh_str_eq(c->ids[j].connector, connector);
    if (has)
      continue;
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, c->id);
    bh_jw_key(w, "name"); bh_jw_str(w, c->name);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  bh_jw_key(w, "unknown");
  bh_jw_arr(w);
  for (size_t i = 0; k != NULL && i < m->ours.count && st == BH_OK; i++)
    for (size_t j = 0; j < m->ours.clients[i].id_count && st == BH_OK; j++) {
      const bh_client_id *id = &m->ours.clients[i].ids[j];
      bh_place_row p;
      if (!bh_str_eq(id->connector, connector))
        continue;
      st = bh_store_place_get(m->b->store, &p, &m->a, k->num, id->ref, m->err);
      if (st != BH_OK || (p.num != 0 && !vanished(m, &p)))
        continue;
      bh_jw_obj(w);
      bh_jw_key(w, "client"); bh_jw_str(w, m->ours.clients[i].id);
      bh_jw_key(w, "id"); bh_jw_str(w, id->ref);
      bh_jw_obj_end(w);
    }
  bh_jw_arr_end(w);
  return st;
}

static void put_things(mapping *m, const char *list, const char *key, bh_str connector, const bh_map_things *t)
{
  bh_jw *w = &m->w;
  bh_jw_key_any(w, list);
  bh_jw_arr(w);
  for (size_t i = 0; i < t->count; i++) {
    const bh_map_thing *x = t->items[i];
    bh_jw_obj(w);
    bh_jw_key_any(w, key); bh_jw_str(w, x->ref);
    text_or_null(w, "name", x->name);
    bh_jw_key(w, "needed"); bh_jw_bool(w, x->needed);
    paste(w, connector, x->ref);
    if (m->o->suggest || m->o->write) {
      bh_jw_key(w, "suggestions");
      bh_jw_arr(w);
      if (x->score > 0) {
        bh_jw_obj(w);
        bh_jw_key_any(w, key); bh_jw_str(w, x->ours);
        bh_jw_key(w, "score"); bh_jw_int(w, x->score);
        bh_jw_key(w, "reasons");
        bh_jw_arr(w);
        bh_jw_z(w, x->by);
        bh_jw_arr_end(w);
        bh_jw_key(w, "exact"); bh_jw_bool(w, x->score == 100);
        bh_jw_obj_end(w);
      }
      bh_jw_arr_end(w);
      bh_jw_key(w, "unique"); bh_jw_bool(w, x->exact == 1);
    }
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static bh_status one_connector(mapping *m, const bh_connector_facts *k, bh_str connector)
{
  foreigners f = { 0 };
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
  put_unclaimed(m, connector, &f);
  st = put_ours(m, k, connector);
  put_things(m, "products", "product", connector, &products);
  put_things(m, "taxes", "tax", connector, &taxes);
  bh_jw_key(&m->w, "contracts"); bh_jw_raw(&m->w, left);
  bh_jw_obj_end(&m->w);
  return st;
}

static bh_status all_connectors(mapping *m)
{
  const bh_connector_facts *k = NULL;
  size_t n = 0;
  const bh_workspace *ws = m->b->ws;
  bh_status st = m->b->store != NULL ? bh_store_connectors(m->b->store, &k, &n, m->err) : BH_OK;
  bh_jw_key(&m->w, "connectors");
  bh_jw_arr(&m->w);
  for (size_t i = 0; i < ws->use_count && st == BH_OK; i++) {
    const bh_connector_facts *mine = NULL;
    if (ws->uses[i].kind != BH_KIND_CONNECTOR || !wanted(m, ws->uses[i].name))
      continue;
    for (size_t j = 0; j < n; j++)
      if (bh_str_eq(k[j].name, ws->uses[i].name))
        mine = &k[j];
    st = one_connector(m, mine, ws->uses[i].name);
  }
  bh_jw_arr_end(&m->w);
  return st;
}

static bh_status check_names(const mapping *m)
{
  for (size_t i = 0; i < m->o->connector_count; i++) {
    bool known = false;
    for (size_t j = 0; j < m->b->ws->use_count; j++)
      known = known || (m->b->ws->uses[j].kind == BH_KIND_CONNECTOR && bh_str_eqz(m->b->ws->uses[j].name, m->o->connectors[i]));
    if (!known)
      return bh_fail(m->err, BH_E_USAGE, "--connector %s: billhook.lua has no connector of that name", m->o->connectors[i]);
  }
  return BH_OK;
}

static bh_status open_all(mapping *m)
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

static bh_status put_written(mapping *m)
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
  mapping m = { .b = b, .o = o, .err = &err };
  bh_buf json;
  bh_arena_init(&m.a);
  bh_buf_init(&json, 1u << 30);
  bh_jw_init(&m.w, &json);
  bh_status st = open_all(&m);
  if (st == BH_OK)
    st = check_names(&m);
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
  return status == BILLHOOK_DONE && m.open ? BILLHOOK_SOME : status;
}
