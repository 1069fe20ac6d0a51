#include "batch/map_impl.h"

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

static void put_guesses(bh_mapping_run *m, const bh_map_foreign *x)
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

static void note_new(bh_mapping_run *m, bh_str connector, const bh_map_foreign *x)
{
  if (m->new_count == m->new_cap) {
    size_t cap = m->new_cap ? m->new_cap * 2 : 64;
    bh_map_new *grown = BH_NEWN(&m->a, bh_map_new, cap);
    if (m->new_count)
      memcpy(grown, m->news, m->new_count * sizeof *grown);
    m->news = grown;
    m->new_cap = cap;
  }
  m->ours.clients[x->guesses[0].client].written = true;
  m->news[m->new_count++] = (bh_map_new){ m->ours.clients[x->guesses[0].client].id, connector, x->ref };
}

void bh_map_put_unclaimed(bh_mapping_run *m, bh_str connector, const bh_map_foreigners *f, bool sink)
{
  bh_jw *w = &m->w;
  bh_jw_key(w, "unclaimed");
  bh_jw_arr(w);
  for (size_t i = 0; i < f->count; i++) {
    const bh_map_foreign *x = &f->items[i];
    bool written = m->o->write && x->unique;
    m->open = m->open || (!written && !sink); /* of a sink: map_sink.c */
    if (written)
      note_new(m, connector, x);
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, x->ref);
    text_or_null(w, "name", x->name);
    text_or_null(w, "domain", x->domain);
    if (!sink) {
      bh_jw_key(w, "devices"); bh_jw_int(w, x->devices);
      bh_jw_key(w, "users"); bh_jw_int(w, x->users);
    }
    paste(w, connector, x->ref);
    if (m->o->suggest || m->o->write)
      put_guesses(m, x);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

/* Clients of ours that the connector has no name for, and names of ours that it does not know. */
bh_status bh_map_put_ours(bh_mapping_run *m, const bh_connector_facts *k, bh_str connector)
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
      if (st != BH_OK || (p.num != 0 && !bh_map_vanished(m, &p)))
        continue;
      bh_jw_obj(w);
      bh_jw_key(w, "client"); bh_jw_str(w, m->ours.clients[i].id);
      bh_jw_key(w, "id"); bh_jw_str(w, id->ref);
      bh_jw_obj_end(w);
    }
  bh_jw_arr_end(w);
  return st;
}

void bh_map_put_things(bh_mapping_run *m, const char *list, const char *key, bh_str connector, const bh_map_things *t)
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
