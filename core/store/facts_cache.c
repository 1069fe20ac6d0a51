/* What is the same for all clients is read once a transaction: words, connectors, their pulls and what they said of all clients. */
#include "store/facts_engine.h"
#include <stdlib.h>

typedef struct bh_facts_cache {
  bh_arena words_arena, connectors_arena;
  bh_map words;                   /* text → number */
  bh_vec texts;                   /* number → text */
  bool loaded;
  bh_connector_facts *connectors; size_t count;
} bh_facts_cache;

static bh_facts_cache *cache_of(bh_store *s) {
  if (!s->facts) {
    bh_facts_cache *c = calloc(1, sizeof *c);
    bh_require(c != NULL);
    bh_arena_init(&c->words_arena);
    bh_arena_init(&c->connectors_arena);
    bh_map_init(&c->words, &c->words_arena);
    c->texts.size = sizeof(bh_str);
    s->facts = c;
  }
  return s->facts;
}

void bh_facts_cache_stale(bh_store *s) {
  if (!s->facts) return;
  s->facts->loaded = false;
  bh_arena_reset(&s->facts->connectors_arena);
}

void bh_facts_cache_drop(bh_store *s) {
  if (!s->facts) return;
  bh_arena_dispose(&s->facts->words_arena);
  bh_arena_dispose(&s->facts->connectors_arena);
  free(s->facts);
  s->facts = NULL;
}

/* ---- words ---- */

static void remember(bh_facts_cache *c, int32_t num, bh_str text) {
  while (c->texts.count <= (size_t)num) bh_vec_push(&c->texts, &c->words_arena);
  bh_str *slot = (bh_str *)c->texts.items + num;
  *slot = bh_arena_str(&c->words_arena, text);
  bh_map_put(&c->words, text, (void *)(intptr_t)num);
}

bh_status bh_store_word_find(bh_store *s, int32_t *out, bh_str text, bh_error *err) {
  bh_facts_cache *c = cache_of(s);
  void *known = bh_map_get(&c->words, text);
  *out = (int32_t)(intptr_t)known;
  if (known) return BH_OK;
  sqlite3_stmt *st = bh_sql(s, "SELECT num FROM word WHERE text=?1", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, text);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = bh_col_i32(st, 0);
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  if (*out) remember(c, *out, text);
  return BH_OK;
}

bh_status bh_store_word_make(bh_store *s, int32_t *out, bh_str text, bh_error *err) {
  bh_status status = bh_store_word_find(s, out, text, err);
  if (status != BH_OK || *out) return status;
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO word(num,text) VALUES(NULL,?1)", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, text);
  status = bh_sql_run(s, st, err);
  if (status != BH_OK) return status;
  int64_t num = sqlite3_last_insert_rowid(s->db);
  if (num > 10 * 1000 * 1000) return bh_fail(err, BH_E_STORE, "%s: too many different kinds, classes and metrics", s->path);
  *out = (int32_t)num;
  remember(cache_of(s), *out, text);
  return BH_OK;
}

bh_status bh_store_word(bh_store *s, bh_str *out, int32_t num, bh_error *err) {
  bh_facts_cache *c = cache_of(s);
  *out = (num > 0 && (size_t)num < c->texts.count) ? ((bh_str *)c->texts.items)[num] : (bh_str){"", 0};
  if (out->len || num <= 0) return BH_OK;
  sqlite3_stmt *st = bh_sql(s, "SELECT text FROM word WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  int more = bh_sql_step(s, st, err);
  if (more > 0) remember(c, num, bh_col_view(st, 0));
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  if (!more) return bh_fail(err, BH_E_STORE, "%s: there is no word %d: the store is damaged", s->path, num);
  *out = ((bh_str *)c->texts.items)[num];
  return BH_OK;
}

/* ---- connectors ---- */

static void read_connector(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_connector_facts *)row = (bh_connector_facts){.num = bh_col_i32(st, 0), .name = bh_col_str(st, 1, a), .all = bh_col_i32(st, 2)};
}

static void read_pull(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_pull_row *)row = (bh_pull_row){.num = bh_col_int(st, 0), .day = bh_col_i32(st, 1), .ok = bh_col_int(st, 2) != 0, .why = bh_col_str(st, 3, a)};
}

static void read_provides(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_provides_row *)row = (bh_provides_row){(bh_provides)bh_col_i32(st, 0), bh_col_i32(st, 1)};
}

static bh_status read_details(bh_store *s, bh_connector_facts *c, bh_arena *a, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT num,day,ok,why FROM pull WHERE connector=?1 ORDER BY num", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, c->num);
  bh_status status = bh_rows_read(s, st, &c->pulls, &c->pull_count, sizeof *c->pulls, read_pull, a, err);
  if (status != BH_OK) return status;
  c->in_order = true;
  for (size_t i = 1; i < c->pull_count; i++) c->in_order &= c->pulls[i].day >= c->pulls[i - 1].day;
  st = bh_sql(s, "SELECT what,kind FROM provides WHERE connector=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, c->num);
  status = bh_rows_read(s, st, &c->provides, &c->provides_count, sizeof *c->provides, read_provides, a, err);
  if (status != BH_OK || !c->all) return status;
  status = bh_scopes_read(s, &c->scopes, &c->scope_count, a, c->all, err);
  return status == BH_OK ? bh_listings_read(s, &c->listings, &c->listing_count, a, c->all, err) : status;
}

bh_status bh_store_connectors(bh_store *s, const bh_connector_facts **out, size_t *n, bh_error *err) {
  bh_facts_cache *c = cache_of(s);
  *out = c->connectors;
  *n = c->count;
  if (c->loaded && s->in_transaction) return BH_OK;
  /* Outside of a transaction others may have written since: read again, beside what earlier callers still hold. */
  sqlite3_stmt *st = bh_sql(s, "SELECT num,name,coalesce((SELECT num FROM place WHERE connector=connector.num AND ref=''),0) FROM connector ORDER BY name", err);
  if (!st) return bh_code(err);
  bh_status status = bh_rows_read(s, st, &c->connectors, &c->count, sizeof *c->connectors, read_connector, &c->connectors_arena, err);
  for (size_t i = 0; i < c->count && status == BH_OK; i++) status = read_details(s, &c->connectors[i], &c->connectors_arena, err);
  c->loaded = status == BH_OK;
  *out = c->connectors;
  *n = c->count;
  return status;
}
