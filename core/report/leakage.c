#include "report/leakage.h"
#include "batch/each_client.h"
#include <stdlib.h>

enum { PLACES_AT_ONCE = 256 };

bh_leak_row *bh_leak_add(bh_leakage *l, bh_leak_kind kind) {
  if (l->count == l->cap) {
    size_t cap = l->cap ? l->cap * 2 : 64;
    bh_leak_row **grown = BH_NEWN(&l->arena, bh_leak_row *, cap);
    if (l->count) memcpy(grown, l->rows, l->count * sizeof *grown);
    l->rows = grown;
    l->cap = cap;
  }
  bh_leak_row *r = l->rows[l->count++] = BH_NEW(&l->arena, bh_leak_row);
  *r = (bh_leak_row){.kind = kind, .billed = bh_ratio_int(0), .counted = bh_ratio_int(0)};
  return r;
}

static void read_products(bh_leakage *l) {
  const char *const *ids;
  size_t n;
  bh_workspace_products(l->b->ws, &ids, &n);
  l->products = BH_NEWN(&l->arena, const bh_line_terms *, n + 1);
  for (size_t i = 0; i < n; i++) {
    const bh_line_terms *t = bh_workspace_list_terms(l->b->ws, bh_str_c(ids[i]), l->b->ws->currency);
    if (t && t->counted && t->count.kind == BH_SEL_ASSETS) l->products[l->product_count++] = t;
  }
}

static bh_str claim_of(bh_arena *a, bh_str connector, bh_str ref) { return bh_arena_fmt(a, "%.*s\n%.*s", BH_STR_ARG(connector), BH_STR_ARG(ref)); }

static bh_status one_client(void *ctx, bh_arena *scratch, const bh_client_terms *terms, bh_error *err) {
  bh_leakage *l = ctx;
  bh_leak_client c = {.l = l, .terms = terms};
  for (size_t i = 0; i < terms->id_count; i++) bh_map_put(&l->claimed, claim_of(scratch, terms->ids[i].connector, terms->ids[i].ref), l);
  if (terms->ends < l->day) return BH_OK;
  bh_arena_reset(&l->scratch);
  bh_status st = bh_facts_load(&c.facts, l->b->store, &l->scratch, terms, l->b->ws->identities, l->b->ws->identity_count, l->day, l->day + 1, err);
  if (st == BH_OK) st = bh_leak_see(&c);
  if (st == BH_OK) st = bh_leak_lines(&c);
  return st == BH_OK ? bh_leak_unbilled(&c, BH_LEAK_UNBILLED, (bh_str){"", 0}, terms->name) : st;
}


/* One row of all that was found at a platform's client; one that has nothing is named all the same. */
static bh_status put_together(bh_leakage *l, size_t before, bh_str connector, const bh_place_row *p) {
  bh_arena *a = &l->arena;
  size_t n = l->count - before;
  bh_leak_row **parts = BH_NEWN(a, bh_leak_row *, n + 1), *r;
  if (n) memcpy(parts, l->rows + before, n * sizeof *parts);
  l->count = before;
  r = bh_leak_add(l, BH_LEAK_UNCLAIMED);
  r->client = bh_arena_str(a, p->ref);
  r->name = bh_arena_str(a, p->name);
  r->connector = bh_arena_str(a, connector);
  r->currency = l->b->ws->currency;
  r->decimals = l->b->ws->decimals;
  r->parts = parts;
  r->part_count = n;
  for (size_t i = 0; i < n; i++) {
    r->count += parts[i]->count;
    r->priced |= parts[i]->priced;
    if (parts[i]->priced && !bh_money_add(&r->monthly, parts[i]->monthly)) return bh_fail(l->err, BH_E_OVERFLOW, "a sum in %.*s does not fit a number", BH_STR_ARG(r->currency));
  }
  return BH_OK;
}

/* A platform's client as if one of ours had its id, and no contract. */
static bh_status unclaimed(bh_leakage *l, const bh_connector_facts *k, const bh_place_row *p) {
  bh_client_id id = {.connector = k->name, .ref = p->ref};
  bh_client_terms terms = {.id = p->ref, .name = p->name, .currency = l->b->ws->currency, .ids = &id, .id_count = 1, .ends = BH_DAY_MAX};
  bh_leak_client c = {.l = l, .terms = &terms};
  size_t before = l->count;
  bh_status st = bh_facts_load(&c.facts, l->b->store, &l->scratch, &terms, l->b->ws->identities, l->b->ws->identity_count, l->day, l->day + 1, l->err);
  if (st == BH_OK) st = bh_leak_see(&c);
  if (st == BH_OK) st = bh_leak_unbilled(&c, BH_LEAK_UNCLAIMED, k->name, p->name);
  return st == BH_OK ? put_together(l, before, k->name, p) : st;
}

static bool gone_there(bh_leakage *l, const bh_place_row *p) { /* the platform does not know it any more */
  bh_scope_row *scopes;
  size_t n;
  if (!(p->has & BH_HAS_SCOPE) || bh_store_scopes_now(l->b->store, &scopes, &n, &l->scratch, p->num, NULL) != BH_OK) return false;
  for (size_t i = 0; i < n; i++)
    if (scopes[i].state == BH_SPAN_VANISHED) return true;
  return false;
}

static bool is_used(const bh_workspace *ws, bh_str connector) {
  for (size_t i = 0; i < ws->use_count; i++)
    if (ws->uses[i].kind == BH_KIND_CONNECTOR && bh_str_eq(ws->uses[i].name, connector)) return true;
  return false;
}

static bh_status places_of(bh_leakage *l, const bh_connector_facts *k) {
  bh_arena page;
  bh_arena_init(&page);
  bh_place_row *rows;
  size_t n = PLACES_AT_ONCE;
  bh_buf after;
  bh_buf_init(&after, 1 << 20);
  bh_status st = BH_OK;
  while (st == BH_OK && n == PLACES_AT_ONCE) {
    bh_arena_reset(&page);
    st = bh_store_places_after(l->b->store, &rows, &n, &page, k->num, bh_buf_str(&after), PLACES_AT_ONCE, l->err);
    for (size_t i = 0; i < n && st == BH_OK; i++) {
      bh_arena_reset(&l->scratch);
      bh_buf_clear(&after);
      bh_buf_puts(&after, rows[i].ref);
      if (bh_map_get(&l->claimed, claim_of(&l->scratch, k->name, rows[i].ref)) || bh_use_ignores(l->b->ws, k->name, rows[i].ref) || gone_there(l, &rows[i])) continue;
      st = unclaimed(l, k, &rows[i]);
    }
  }
  bh_buf_dispose(&after);
  bh_arena_dispose(&page);
  return st;
}

static bh_status all_places(bh_leakage *l) {
  const bh_connector_facts *k;
  size_t n;
  bh_status st = bh_store_connectors(l->b->store, &k, &n, l->err);
  for (size_t i = 0; i < n && st == BH_OK; i++)
    if (is_used(l->b->ws, k[i].name)) st = places_of(l, &k[i]);
  return st;
}

int billhook_report_leakage(billhook *b, const char *date, int csv, const billhook_out *out) {
  bh_error err = {0};
  bh_leakage l = {.b = b, .err = &err};
  bool present = false, unknown = false;
  bh_arena_init(&l.arena);
  bh_arena_init(&l.scratch);
  bh_map_init(&l.claimed, &l.arena);
  bh_status st = bh_engine_workspace(b);
  if (st != BH_OK) err = b->error;
  if (st == BH_OK) st = bh_report_open(&present, b, &err);
  l.day = b->today;
  if (st == BH_OK && date != NULL && !bh_day_parse(&l.day, bh_str_c(date))) st = bh_fail(&err, BH_E_USAGE, "--date %s: expected a date as YYYY-MM-DD", date);
  if (st == BH_OK && present) {
    read_products(&l);
    st = bh_store_begin_read(b->store, &err);
    if (st == BH_OK) st = bh_each_client(l.b, one_client, &l, l.err);
    if (st == BH_OK) st = all_places(&l);
    bh_store_rollback(b->store);
  }
  if (st == BH_OK) st = bh_leak_write(&l, csv != 0, out);
  for (size_t i = 0; i < l.count; i++) unknown |= l.rows[i]->kind == BH_LEAK_UNKNOWN;
  bh_arena_dispose(&l.scratch);
  bh_arena_dispose(&l.arena);
  int status = bh_engine_end(b, st, &err);
  return status == BILLHOOK_DONE && unknown ? BILLHOOK_SOME : status;
}
