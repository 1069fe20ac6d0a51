#include "workspace/entries.h"
#include <stdlib.h>

bool ws_match(ws_ck *ck, const ws_path *at, const bh_node *n, bh_match **out, size_t *count) {
  size_t before = ck->bad;
  *out = NULL;
  *count = 0;
  if (!ws_is_record(n) || n->field_count == 0) {
    ws_bad_kind(ck, at, n, "a table like { site = \"Troy\" }");
    return false;
  }
  *out = BH_NEWN(ck->a, bh_match, n->field_count);
  for (size_t i = 0; i < n->field_count; i++) {
    bh_str glob;
    if (!ws_set(n->fields[i].value) || !ws_text_any(ck, WS_KEYS(at, n->fields[i].key), n->fields[i].value, &glob)) continue;
    (*out)[(*count)++] = (bh_match){n->fields[i].key, glob};
  }
  if (*count == 0 && ck->bad == before) ws_bad(ck, at, "matches everything; expected an attribute, like { site = \"Troy\" }");
  return ck->bad == before;
}

static ws_kin *kin_make(bh_client_iter *it, bh_str id) {
  ws_families *f = &it->families;
  ws_kin *k = f->count ? bh_map_get(&f->by_id, id) : NULL;
  if (k) return k;
  if (f->count == 0) bh_map_init(&f->by_id, &it->arena);
  if (f->count == f->cap) {
    f->cap = f->cap ? f->cap * 2 : 64;
    ws_kin **grown = BH_NEWN(&it->arena, ws_kin *, f->cap);
    if (f->count) memcpy(grown, f->items, f->count * sizeof *grown);
    f->items = grown;
  }
  k = BH_NEW(&it->arena, ws_kin);
  *k = (ws_kin){.root = k, .id = bh_arena_str(&it->arena, id), .starts = BH_DAY_MAX};
  bh_map_put(&f->by_id, k->id, k);
  return f->items[f->count++] = k;
}

const ws_kin *ws_kin_of(const bh_client_iter *it, bh_str id) { return it->families.count ? bh_map_get(&it->families.by_id, id) : NULL; }

static bool has(bh_str text, const char *word) { return memmem(text.ptr, text.len, word, strlen(word)) != NULL; }

void ws_kin_note(bh_client_iter *it, bh_str id, bh_str text) {
  static const char *const keys[] = {"parent", "bill_to"};
  bh_node *n;
  bh_arena a;
  if (!has(text, "\"parent\"") && !has(text, "\"bill_to\"")) return;
  bh_arena_init(&a);
  if (bh_json_parse(&n, &a, text, NULL, NULL) == BH_OK)
    for (int i = 0; i < 2; i++) {
      const bh_node *other = ws_get(n, keys[i]);
      if (!other || other->kind != BH_NODE_STR || !ws_id_ok(other->text)) continue; /* client.c complains */
      ws_kin *self = kin_make(it, id), *o = kin_make(it, other->text);
      if (i == 0) self->parent = o;
      else self->payer = o;
    }
  bh_arena_dispose(&a);
}

static void kin_contract(ws_kin *k, bh_str text) {
  bh_arena a;
  bh_node *n;
  bh_day day;
  bh_arena_init(&a);
  const bh_node *starts = bh_json_parse(&n, &a, text, NULL, NULL) == BH_OK ? ws_get(n, "starts") : NULL;
  if (starts && starts->kind == BH_NODE_STR && bh_day_parse(&day, starts->text) && day < k->starts) k->starts = day;
  bh_arena_dispose(&a);
}

/* One look at the entries of the clients that were noted. */
static bh_status look(bh_client_iter *it, bh_error *err) {
  bool more = true;
  bh_status s = BH_OK;
  while (s == BH_OK) {
    bh_str key, payload, client, id, text;
    ws_kind kind;
    ws_place at;
    if ((s = bh_sorter_next(it->entries, &key, &payload, &more, err)) != BH_OK || !more) break;
    ws_record_read(key, payload, &client, &kind, &id, &at, &text);
    ws_kin *k = kind == WS_CHARGE ? NULL : bh_map_get(&it->families.by_id, client);
    if (!k) continue;
    if (kind == WS_CONTRACT) kin_contract(k, text);
    bh_node *n;
    if (kind == WS_IDS && k->node && bh_json_parse(&n, &it->arena, text, NULL, NULL) == BH_OK) { /* its client has come before it */
      ws_ck ck = {.ws = it->ws, .a = &it->arena, .file = it->files[at.file].name, .line = at.line, .word = "ids", .id = client}; /* resolve.c complains */
      ws_ids_join(&ck, (bh_node *)(uintptr_t)k->node, n);
    }
    if (kind != WS_CLIENT || k->there) continue;
    k->there = true;
    k->file = it->files[at.file].name;
    k->line = at.line;
    if (bh_json_parse(&n, &it->arena, text, NULL, NULL) == BH_OK && n->kind == BH_NODE_TABLE) k->node = n;
  }
  return s == BH_OK ? bh_sorter_rewind(it->entries, err) : s;
}

static ws_ck ck_of(bh_client_iter *it, const ws_kin *k) {
  return (ws_ck){.ws = it->ws, .m = it->m, .a = &it->arena, .file = k->file, .line = k->line, .word = "client", .id = k->id};
}

/* What can only be said with both clients at hand. */
static void check_one(bh_client_iter *it, ws_kin *k) {
  ws_ck ck = ck_of(it, k);
  ws_kin **others[] = {&k->parent, &k->payer};
  for (int i = 0; i < 2; i++) {
    const ws_path *at = i == 0 ? WS_KEY(NULL, "parent") : WS_KEY(NULL, "bill_to");
    ws_kin *o = *others[i];
    if (!o) continue;
    if (o == k) ws_bad(&ck, at, "names itself; expected another client");
    else if (!o->there && !it->torn) ws_bad(&ck, at, "unknown client \"%.*s\"; expected one of clients/", BH_STR_ARG(o->id));
    if (o == k || !o->there) *others[i] = NULL;
  }
}

static bh_str currency_of(const bh_client_iter *it, const ws_kin *k) {
  const bh_node *n = k->node ? ws_get(k->node, "currency") : NULL;
  return n && n->kind == BH_NODE_STR ? n->text : it->ws->currency;
}

static void check_pair(bh_client_iter *it, ws_kin *k) {
  ws_ck ck = ck_of(it, k);
  const ws_kin *p = k->parent, *b = k->payer;
  if (p && p->parent)
    ws_bad(&ck, WS_KEY(NULL, "parent"), "\"%.*s\" has a parent itself, \"%.*s\"; expected a client without one", BH_STR_ARG(p->id), BH_STR_ARG(p->parent->id));
  if (b && b->payer)
    ws_bad(&ck, WS_KEY(NULL, "bill_to"), "\"%.*s\" is billed to \"%.*s\" itself; expected the client that pays", BH_STR_ARG(b->id), BH_STR_ARG(b->payer->id));
  else if (b && !bh_str_eq(currency_of(it, k), currency_of(it, b)))
    ws_bad(&ck, WS_KEY(NULL, "bill_to"), "\"%.*s\" is billed in %.*s and this client in %.*s; expected one currency", BH_STR_ARG(b->id),
           BH_STR_ARG(currency_of(it, b)), BH_STR_ARG(currency_of(it, k)));
}

static void put_day(bh_arena *a, bh_node *t, const char *key, bh_day day) {
  char text[12];
  if (day <= BH_DAY_MIN || day >= BH_DAY_MAX) return;
  bh_day_format(text, day);
  bh_node_set(a, t, bh_str_c(key), bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
}

/* A child as it stands in a family; NULL: it matches nothing of its parent's. */
static bh_node *child_node(bh_client_iter *it, const ws_kin *k) {
  bh_arena *a = &it->arena;
  ws_ck ck = ck_of(it, k);
  ck.m = NULL; /* client.c says what is wrong with it */
  bh_match *match;
  size_t n = 0;
  bh_day ends = BH_DAY_MAX;
  const bh_node *m = k->node ? ws_get(k->node, "match") : NULL, *end = k->node ? ws_get(k->node, "ends") : NULL;
  if (!m || !ws_match(&ck, NULL, m, &match, &n)) return NULL;
  if (end) ws_date(&ck, NULL, end, BH_DAY_MIN, true, &ends);
  bh_node *x = bh_node_new(a, BH_NODE_TABLE), *by = bh_node_new(a, BH_NODE_TABLE);
  bh_node_set(a, x, BH_S("client"), bh_node_str(a, k->id));
  for (size_t i = 0; i < n; i++) bh_node_set(a, by, match[i].key, bh_node_str(a, match[i].glob));
  bh_node_set(a, x, BH_S("match"), by);
  /* A child takes what it matches from the day it is first billed for; one without a contract always. */
  put_day(a, x, "from", k->starts < BH_DAY_MAX ? k->starts : BH_DAY_MIN);
  put_day(a, x, "until", ends < BH_DAY_MAX ? ends + 1 : BH_DAY_MAX);
  return x;
}

static bh_family *family_make(bh_arena *a, bh_node *list, bool of_parent) {
  bh_node *t = bh_node_new(a, BH_NODE_TABLE), *flag = bh_node_new(a, BH_NODE_BOOL);
  bh_family *f = BH_NEW(a, bh_family);
  flag->boolean = of_parent;
  bh_node_set(a, t, BH_S("children"), list);
  bh_node_set(a, t, BH_S("of_parent"), flag);
  bh_require(ws_family_read(f, a, t));
  return f;
}

static bh_node *list_make(bh_arena *a) {
  bh_node *n = bh_node_new(a, BH_NODE_TABLE);
  n->is_array = true;
  return n;
}

/* One parent and its children, kin[0 .. n). */
static void relate_one(bh_client_iter *it, ws_kin **kin, size_t n) {
  bh_arena *a = &it->arena;
  ws_kin *parent = kin[0]->parent;
  bh_node *all = list_make(a);
  for (size_t i = 0; i < n; i++) {
    bh_node *x = child_node(it, kin[i]), *one = list_make(a);
    if (x) bh_node_push(a, all, x), bh_node_push(a, one, x);
    kin[i]->family = family_make(a, one, false);
  }
  bh_family *f = family_make(a, all, true);
  if (f->child_count) parent->family = f;
  bh_str parts[2] = {parent->node ? ws_json(a, parent->node) : (bh_str){"", 0}, f->text};
  parent->digest = bh_sha256(parts, 2);
  for (size_t i = 0; i < n; i++) {
    bh_family *mine = (bh_family *)(uintptr_t)kin[i]->family;
    mine->siblings = f->children;
    mine->sibling_count = f->child_count;
    kin[i]->digest = parent->digest;
  }
}

static ws_kin *root_of(ws_kin *k) {
  while (k->root != k) k = k->root = k->root->root;
  return k;
}

static void join(ws_kin *a, ws_kin *b) {
  if (a && b && a->there && b->there) root_of(a)->root = root_of(b);
}

/* Who is billed together: whoever pays, with all that are billed to it today or stand on its documents. */
static void unite(bh_client_iter *it) {
  ws_families *f = &it->families;
  uint32_t units = 0;
  for (size_t i = 0; i < f->count; i++) join(f->items[i], f->items[i]->payer);
  for (size_t i = 0; i < it->tie_count; i++) join(bh_map_get(&f->by_id, it->ties[i].client), bh_map_get(&f->by_id, it->ties[i].payer));
  for (size_t i = 0; i < f->count; i++) {
    ws_kin *r = root_of(f->items[i]);
    if (!f->items[i]->there) continue;
    if (r->unit_count++ == 0) r->unit = units++;
  }
}

const ws_kin *ws_kin_unit(const bh_client_iter *it, bh_str id) {
  ws_kin *k = it->by_unit && it->families.count ? bh_map_get(&it->families.by_id, id) : NULL;
  k = k ? root_of(k) : NULL;
  return k && k->unit_count > 1 ? k : NULL;
}

static int by_id(const void *a, const void *b) { return bh_str_cmp((*(ws_kin *const *)a)->id, (*(ws_kin *const *)b)->id); }

static int by_parent(const void *a, const void *b) {
  const ws_kin *x = *(ws_kin *const *)a, *y = *(ws_kin *const *)b;
  int c = bh_str_cmp(x->parent->id, y->parent->id);
  return c ? c : bh_str_cmp(x->id, y->id);
}

static void relate(bh_client_iter *it) {
  ws_families *f = &it->families;
  ws_kin **children = BH_NEWN(&it->arena, ws_kin *, f->count);
  size_t n = 0;
  for (size_t i = 0; i < f->count; i++)
    if (f->items[i]->parent) children[n++] = f->items[i];
  if (n) qsort(children, n, sizeof *children, by_parent);
  for (size_t i = 0; i < n;) {
    size_t j = i;
    while (j < n && children[j]->parent == children[i]->parent) j++;
    relate_one(it, children + i, j - i);
    i = j;
  }
}

bh_status ws_families_build(bh_client_iter *it, bh_error *err) {
  ws_families *f = &it->families;
  for (size_t i = 0; i < it->tie_count; i++) {
    kin_make(it, it->ties[i].client);
    kin_make(it, it->ties[i].payer);
  }
  if (f->count == 0) return BH_OK;
  bh_status s = look(it, err);
  if (s != BH_OK) return s;
  qsort(f->items, f->count, sizeof *f->items, by_id);
  for (size_t i = 0; i < f->count; i++) check_one(it, f->items[i]);
  for (size_t i = 0; i < f->count; i++) check_pair(it, f->items[i]);
  relate(it);
  unite(it);
  return BH_OK;
}
