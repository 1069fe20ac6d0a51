/* Inside the engine: what the facts_*.c files share. */
#ifndef BH_STORE_FACTS_ENGINE_H
#define BH_STORE_FACTS_ENGINE_H
#include "store/engine.h"

/* NULL is "still": days and pulls. */
static inline bh_day bh_col_day(sqlite3_stmt *st, int i) {
  return sqlite3_column_type(st, i) == SQLITE_NULL ? BH_DAY_MAX : bh_col_i32(st, i);
}
static inline int64_t bh_col_pull(sqlite3_stmt *st, int i) {
  return sqlite3_column_type(st, i) == SQLITE_NULL ? BH_PULL_OPEN : bh_col_int(st, i);
}
static inline void bh_bind_day(sqlite3_stmt *st, int i, bh_day d) {
  if (d >= BH_DAY_MAX) sqlite3_bind_null(st, i); else bh_bind_int(st, i, d);
}
static inline void bh_bind_pull(sqlite3_stmt *st, int i, int64_t p) {
  if (p == BH_PULL_OPEN) sqlite3_bind_null(st, i); else bh_bind_int(st, i, p);
}
/* Up to four texts of a row in one piece of the arena. */
void bh_col_strs(bh_str *const *out, const int *columns, size_t n, sqlite3_stmt *st, bh_arena *a);

/* Reads all rows of a bound statement into an array. */
typedef void (*bh_row_fn)(void *row, sqlite3_stmt *st, bh_arena *a);
bh_status bh_rows_read(bh_store *s, sqlite3_stmt *st, void *out, size_t *n, size_t size, bh_row_fn fn, bh_arena *a, bh_error *err);
/* Runs a bound statement that must have changed one row. */
bh_status bh_row_closed(bh_store *s, sqlite3_stmt *st, const char *what, bh_error *err);

bh_status bh_assets_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bool texts, bh_error *err);
/* One statement for several rows; they lie in the table as they are. */
bh_status bh_asset_rows_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err);
/* facts_pack.c: many assets of one kind, packed. */
enum { BH_PACK_ROWS_MIN = 32 }; /* fewer at a time are rows of their own */
bh_status bh_packs_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err);
/* All of a place, by kind, id, from and since. */
bh_status bh_packs_read(bh_store *s, bh_asset_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
/* Puts them between the rows, which are in the same order. */
void bh_packs_join(bh_asset_row **rows, size_t *n, const bh_asset_row *packed, size_t packed_count, bh_arena *a);
/* Makes rows of the pack that holds r, by its key; *opened false: none does. */
bh_status bh_packs_open(bh_store *s, int32_t place, const bh_asset_row *r, bool *opened, bh_error *err);

bh_status bh_quiets_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bh_error *err);
bh_status bh_gauges_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day until, bh_error *err);
bh_status bh_usages_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bh_error *err);
bh_status bh_scopes_read(bh_store *s, bh_scope_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
bh_status bh_listings_read(bh_store *s, bh_listing_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
#endif
