#include "batch/map.h"
#include "batch/each_client.h"

enum { TOO_MANY = 64 };

void bh_map_list_add(bh_map *map, bh_arena *a, bh_str key, size_t client)
{
  if (key.len == 0)
    return;
  bh_map_list **slot = (bh_map_list **)bh_map_ref(map, key);
  if (*slot == NULL)
    *slot = BH_NEW(a, bh_map_list);
  bh_map_list *l = *slot;
  for (size_t i = 0; i < l->count; i++)
    if (l->items[i] == client)
      return;
  if (l->count == TOO_MANY) {
    l->many = true;
    return;
  }
  if (l->count == l->cap) {
    size_t cap = l->cap ? l->cap * 2 : 1;
    size_t *grown = BH_NEWN(a, size_t, cap);
    if (l->count)
      memcpy(grown, l->items, l->count * sizeof *grown);
    l->items = grown;
    l->cap = cap;
  }
  l->items[l->count++] = client;
}

static bh_str claim_of(bh_arena *a, bh_str connector, bh_str ref) { return bh_arena_fmt(a, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref)); }

bool bh_map_claimed(bh_map_ours *o, bh_str connector, bh_str ref)
{
  char key[2048];
  int n = snprintf(key, sizeof key, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref));
  return n > 0 && (size_t)n < sizeof key && bh_map_get(&o->claimed, (bh_str){ key, (size_t)n }) != NULL;
}

static void add_name(bh_map_ours *o, size_t client, bh_str name)
{
  bh_name_key k;
  bh_name_key_of(&k, o->a, name);
  bh_map_list_add(&o->by_key, o->a, k.key, client);
  for (size_t i = 0; i < k.count; i++)
    bh_map_list_add(&o->by_word, o->a, k.words[i], client);
}

static void add_domain(bh_map_ours *o, size_t client, bh_str address) { bh_map_list_add(&o->by_domain, o->a, bh_domain_of(o->a, address), client); }

static void add_mail(bh_map_ours *o, bh_arena *a, size_t client, const bh_client_terms *t)
{
  bh_node *card;
  for (size_t i = 0; i < t->contact_count; i++)
    add_domain(o, client, t->contacts[i].email);
  if (bh_json_parse(&card, a, t->card, NULL, NULL) != BH_OK)
    return;
  const bh_node *mail = bh_node_get(card, "email");
  if (mail != NULL && mail->kind == BH_NODE_STR)
    add_domain(o, client, mail->text);
  for (size_t i = 0; mail != NULL && mail->kind == BH_NODE_TABLE && i < mail->item_count; i++)
    if (mail->items[i]->kind == BH_NODE_STR)
      add_domain(o, client, mail->items[i]->text);
}

/* sinks = { "books" }, as a list. */
static const bh_node *sinks_of(bh_map_ours *o, bh_arena *a, const bh_client_terms *t)
{
  bh_node *text, *list;
  if (memmem(t->text.ptr, t->text.len, "\"sinks\":", 8) == NULL || bh_json_parse(&text, a, t->text, NULL, NULL) != BH_OK)
    return NULL;
  const bh_node *sinks = bh_node_get(text, "sinks");
  if (sinks == NULL)
    return NULL;
  list = bh_node_new(o->a, BH_NODE_TABLE);
  list->is_array = true;
  if (sinks->kind == BH_NODE_STR)
    bh_node_push(o->a, list, bh_node_str(o->a, bh_arena_str(o->a, sinks->text)));
  for (size_t i = 0; sinks->kind == BH_NODE_TABLE && i < sinks->item_count; i++)
    bh_node_push(o->a, list, bh_node_str(o->a, bh_arena_str(o->a, sinks->items[i]->text)));
  return list;
}

static void add_client(bh_map_ours *o, bh_arena *a, const bh_client_terms *t)
{
  if (o->count == o->cap) {
    size_t cap = o->cap ? o->cap * 2 : 256;
    bh_map_client *grown = BH_NEWN(o->a, bh_map_client, cap);
    if (o->count)
      memcpy(grown, o->clients, o->count * sizeof *grown);
    o->clients = grown;
    o->cap = cap;
  }
  size_t at = o->count++;
  bh_map_client *c = &o->clients[at];
  *c = (bh_map_client){ .id = bh_arena_str(o->a, t->id), .name = bh_arena_str(o->a, t->name), .child = t->parent.len > 0,
    .billed_to_another = t->bill_to.len > 0, .sinks = sinks_of(o, a, t) };
  c->ids = BH_NEWN(o->a, bh_client_id, t->id_count + 1);
  for (size_t i = 0; i < t->id_count; i++)
    if (!t->ids[i].of_parent)
      c->ids[c->id_count++] = (bh_client_id){ .connector = bh_arena_str(o->a, t->ids[i].connector), .ref = bh_arena_str(o->a, t->ids[i].ref) };
  bh_name_key_of(&c->words, o->a, c->name);
  add_name(o, at, t->id);
  add_name(o, at, t->name);
  add_mail(o, a, at, t);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

bh_status bh_map_devices(bh_str **out, size_t *n, int64_t *users, bh_arena *a, bh_store *s, int32_t place, bh_error *err)
{
  bh_asset_row *rows;
  int32_t device, user;
  size_t count;
  *n = 0;
  *users = 0;
  bh_status st = bh_store_word_find(s, &device, BH_S("device"), err);
  if (st == BH_OK)
    st = bh_store_word_find(s, &user, BH_S("user"), err);
  if (st == BH_OK)
    st = bh_store_assets_now(s, &rows, &count, a, place, err);
  if (st != BH_OK)
    return st;
  *out = BH_NEWN(a, bh_str, count + 1);
  for (size_t i = 0; i < count; i++) {
    if (rows[i].to < BH_DAY_MAX)
      continue;
    *users += user != 0 && rows[i].kind == user;
    if (device == 0 || rows[i].kind != device)
      continue;
    bh_str name = bh_arena_str(a, rows[i].name.len ? rows[i].name : rows[i].id);
    for (size_t k = 0; k < name.len; k++)
      ((char *)(uintptr_t)name.ptr)[k] = lower(name.ptr[k]);
    (*out)[(*n)++] = name;
  }
  return BH_OK;
}

/* What the platforms that know a client already call it and its devices. */
static bh_status add_places(bh_map_ours *o, size_t client, const bh_connector_facts *k, size_t k_n, bh_error *err)
{
  const bh_map_client *c = &o->clients[client];
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = BH_OK;
  for (size_t i = 0; i < c->id_count && st == BH_OK; i++)
    for (size_t j = 0; j < k_n && st == BH_OK; j++) {
      bh_place_row p;
      bh_str *devices;
      size_t n = 0;
      int64_t users;
      if (!bh_str_eq(k[j].name, c->ids[i].connector))
        continue;
      bh_arena_reset(&a);
      st = bh_store_place_get(o->b->store, &p, &a, k[j].num, c->ids[i].ref, err);
      if (st != BH_OK || p.num == 0)
        continue;
      add_name(o, client, p.name);
      add_domain(o, client, p.domain);
      if (p.has & BH_HAS_ASSET)
        st = bh_map_devices(&devices, &n, &users, &a, o->b->store, p.num, err);
      for (size_t d = 0; d < n && st == BH_OK; d++)
        bh_map_list_add(&o->by_device, o->a, devices[d], client);
    }
  bh_arena_dispose(&a);
  return st;
}

static bh_status read_client(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err)
{
  bh_map_ours *o = ctx;
  for (size_t i = 0; i < terms->id_count; i++)
    bh_map_put(&o->claimed, claim_of(scratch, terms->ids[i].connector, terms->ids[i].ref), o);
  if (terms->ends >= o->b->today)
    add_client(o, scratch, terms);
  return BH_OK;
}

bh_status bh_map_ours_read(bh_map_ours *out, bh_arena *a, billhook *b, bool deep, bh_error *err)
{
  *out = (bh_map_ours){ .b = b, .a = a };
  bh_map *const maps[] = { &out->by_key, &out->by_domain, &out->by_word, &out->by_device, &out->claimed };
  for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
    bh_map_init(maps[i], a);
  const bh_connector_facts *k;
  size_t n = 0;
  bh_status st = bh_each_client(b, read_client, out, err);
  if (st == BH_OK && deep)
    st = bh_store_connectors(b->store, &k, &n, err);
  for (size_t i = 0; i < out->count && st == BH_OK && n > 0; i++)
    st = add_places(out, i, k, n, err);
  return st;
}
