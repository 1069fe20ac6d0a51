/* Devices and users of one client, and which of them something bills. */
#include "report/leakage.h"

static const char *const kinds[] = {"device", "user"};

static bh_str key_of(bh_arena *a, bh_str connector, bh_str kind, bh_str id) {
  return bh_arena_fmt(a, "%.*s\n%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(kind), BH_STR_ARG(id));
}

static void note(bh_leak_client *c, const bh_fact_asset *x, bh_str kind) {
  bh_arena *a = &c->l->scratch;
  bh_leak_asset **slot = (bh_leak_asset **)bh_map_ref(&c->index, key_of(a, x->connector, kind, x->id));
  if (*slot) return;
  *slot = BH_NEW(a, bh_leak_asset);
  **slot = (bh_leak_asset){.x = *x, .kind = kind, .place = c->count, .settled = x->left_out.len > 0}; /* a client's except, a child's, the same thing elsewhere */
  if (c->count == c->cap) {
    size_t cap = c->cap ? c->cap * 2 : 64;
    bh_leak_asset **grown = BH_NEWN(a, bh_leak_asset *, cap);
    if (c->count) memcpy(grown, c->assets, c->count * sizeof *grown);
    c->assets = grown;
    c->cap = cap;
  }
  c->assets[c->count++] = *slot;
}

static bool has_identity(const bh_workspace *ws, const char *kind) {
  for (size_t i = 0; i < ws->identity_count; i++)
    if (bh_str_eqz(ws->identities[i].kind, kind)) return true;
  return false;
}

static bh_status see(bh_leak_client *c, const char *kind, bh_str connector) {
  bh_fact_asset *list;
  size_t n;
  const bh_selector sel = {.kind = BH_SEL_ASSETS, .asset_kind = bh_str_c(kind), .from = connector, .family = c->terms->family};
  bh_status st = bh_facts_list(&list, &n, c->facts, &c->l->scratch, &sel, c->l->day, c->l->day + 1, BH_PULL_NOW, c->l->err);
  for (size_t i = 0; i < n && st == BH_OK; i++) note(c, &list[i], sel.asset_kind);
  return st;
}

bh_status bh_leak_see(bh_leak_client *c) {
  bh_status st = BH_OK;
  bh_map_init(&c->index, &c->l->scratch);
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    if (has_identity(c->l->b->ws, kinds[k])) {
      st = see(c, kinds[k], (bh_str){"", 0});
      if (st != BH_OK) return st;
      continue;
    }
    for (size_t i = 0; i < c->terms->id_count && st == BH_OK; i++) st = see(c, kinds[k], c->terms->ids[i].connector); /* the same twice is noted once */
  }
  return st;
}

bh_status bh_leak_settle(bh_leak_client *c, const bh_selector *sel, size_t *counted) {
  bh_fact_asset *list;
  size_t n;
  bh_arena *a = &c->l->scratch;
  *counted = 0;
  bh_status st = bh_facts_list(&list, &n, c->facts, a, sel, c->l->day, c->l->day + 1, BH_PULL_NOW, c->l->err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    bh_leak_asset *x = bh_map_get(&c->index, key_of(a, list[i].connector, sel->asset_kind, list[i].id));
    if (x) x->settled = true;
    *counted += list[i].left_out.len == 0;
  }
  return st;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Two connectors that see a thing of one name see one thing: where one of them is billed, the other is no leak. */
static void same_names(bh_leak_client *c) {
  bh_arena *a = &c->l->scratch;
  bh_map names;
  bh_map_init(&names, a);
  for (int round = 0; round < 2; round++)
    for (size_t i = 0; i < c->count; i++) {
      bh_leak_asset *x = c->assets[i];
      if (!x->x.name.len) continue;
      bh_str name = bh_arena_fmt(a, "%.*s\n%.*s", BH_STR_ARG(x->kind), BH_STR_ARG(x->x.name));
      for (size_t k = 0; k < name.len; k++) ((char *)(uintptr_t)name.ptr)[k] = lower(name.ptr[k]);
      if (round == 0 && x->settled) bh_map_put(&names, name, x);
      const bh_leak_asset *other = round == 1 && !x->settled ? bh_map_get(&names, name) : NULL;
      if (other && !bh_str_eq(other->x.connector, x->x.connector)) x->settled = true;
    }
}

/* The rows of the client's that this one's things stand on, by product; without one by kind. */
typedef struct groups { bh_leak_row **rows; size_t count; } groups;

static bh_leak_row *group_of(groups *g, bh_leak_client *c, bh_leak_kind kind, bh_str product, bh_str what) {
  for (size_t i = 0; i < g->count; i++)
    if (bh_str_eq(g->rows[i]->product, product) && bh_str_eq(g->rows[i]->what, what)) return g->rows[i];
  bh_leak_row *r = bh_leak_add(c->l, kind);
  r->product = bh_arena_str(&c->l->arena, product);
  r->what = bh_arena_str(&c->l->arena, what);
  return g->rows[g->count++] = r;
}

static void add_thing(bh_leak_row *r, bh_arena *a, const bh_fact_asset *x) {
  if ((r->thing_count & (r->thing_count - 1)) == 0) { /* a power of two is full */
    bh_leak_thing *grown = BH_NEWN(a, bh_leak_thing, r->thing_count ? r->thing_count * 2 : 1);
    if (r->thing_count) memcpy(grown, r->things, r->thing_count * sizeof *grown);
    r->things = grown;
  }
  r->things[r->thing_count++] = (bh_leak_thing){bh_arena_str(a, x->id), bh_arena_str(a, x->name), bh_arena_str(a, x->klass), bh_arena_str(a, x->connector)};
  r->count++;
}

/* Notes for each open thing the most particular product that would count it: which[i] is its place in the list, or the list's end. */
static bh_status choose(bh_leak_client *c, size_t *which) {
  bh_leakage *l = c->l;
  bh_status st = BH_OK;
  for (size_t i = 0; i < c->count; i++) which[i] = l->product_count;
  for (size_t p = 0; p < l->product_count && st == BH_OK; p++) {
    bh_selector sel = l->products[p]->count;
    bh_fact_asset *list;
    size_t n;
    sel.family = c->terms->family;
    bh_error why = {0};
    st = bh_facts_list(&list, &n, c->facts, &l->scratch, &sel, l->day, l->day + 1, BH_PULL_NOW, &why);
    if (st == BH_E_INVALID) { /* two connectors answer: this one would not be counted so */
      st = BH_OK;
      continue;
    }
    if (st != BH_OK) *l->err = why;
    for (size_t i = 0; i < n && st == BH_OK; i++) {
      bh_leak_asset *x = bh_map_get(&c->index, key_of(&l->scratch, list[i].connector, sel.asset_kind, list[i].id));
      if (!x || x->settled || list[i].left_out.len) continue;
      size_t *best = &which[x->place];
      if (*best == l->product_count || l->products[*best]->count.match_count < sel.match_count) *best = p;
    }
  }
  return st;
}

bh_status bh_leak_unbilled(bh_leak_client *c, bh_leak_kind kind, bh_str connector, bh_str name) {
  bh_leakage *l = c->l;
  groups g = {.rows = BH_NEWN(&l->scratch, bh_leak_row *, l->product_count + sizeof kinds / sizeof kinds[0])}; /* a product counts one kind */
  size_t open = 0, *which = BH_NEWN(&l->scratch, size_t, c->count + 1);
  same_names(c);
  for (size_t i = 0; i < c->count; i++) open += !c->assets[i]->settled;
  bh_status st = open ? choose(c, which) : BH_OK;
  for (size_t i = 0; i < c->count && st == BH_OK; i++) {
    if (c->assets[i]->settled) continue;
    bh_str product = which[i] < l->product_count ? l->products[which[i]]->product : (bh_str){"", 0};
    add_thing(group_of(&g, c, kind, product, c->assets[i]->kind), &l->arena, &c->assets[i]->x);
  }
  for (size_t i = 0; i < g.count && st == BH_OK; i++) {
    bh_leak_row *r = g.rows[i];
    const bh_line_terms *t = r->product.len ? bh_workspace_list_terms(l->b->ws, r->product, c->terms->currency) : NULL;
    r->client = bh_arena_str(&l->arena, c->terms->id);
    r->name = bh_arena_str(&l->arena, name);
    r->connector = bh_arena_str(&l->arena, connector);
    r->currency = bh_arena_str(&l->arena, c->terms->currency);
    r->decimals = bh_currency_decimals(c->terms->currency);
    r->priced = t && bh_worth(&r->monthly, t, bh_ratio_int(r->count), l->day, r->decimals);
  }
  return st;
}
