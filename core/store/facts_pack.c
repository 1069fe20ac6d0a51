/* Assets that came many at a time: most of them come with the first pull of a client and stay as they are for months. They lie in blobs of a page's
 * quarter, which cost a tenth of what so many rows of their own do to write and to read. A packed row is one that holds still (until BH_PULL_OPEN):
 * before one of them is closed its whole pack becomes rows of the asset table. */
#include "base/wire.h"
#include "store/facts_engine.h"
#include <stdlib.h>

enum {
  PACK_BYTES_MAX = 3600,  /* what is larger would not fit on a leaf of BH_PAGE_BYTES four times, and be put on pages of its own */
  ROW_BYTES_MAX = 900     /* of id, name and attributes */
};

/* ---- one pack ---- */

static void pack_row(bh_buf *b, const bh_asset_row *r, bh_day base) {
  bh_put_str(b, r->id);
  bh_put_i64(b, (int64_t)r->from - base);
  bh_put_i64(b, r->to >= BH_DAY_MAX ? -1 : (int64_t)r->to - r->from);
  bh_put_i64(b, r->klass);
  bh_put_str(b, r->name);
  bh_put_str(b, r->attrs);
}

static void unpack_row(bh_get *g, bh_asset_row *r, int32_t kind, bh_day base, int64_t since) {
  *r = (bh_asset_row){.kind = kind, .since = since, .until = BH_PULL_OPEN, .id = bh_get_str(g)};
  r->from = (bh_day)(base + bh_get_i64(g));
  int64_t days = bh_get_i64(g);
  r->to = days < 0 ? BH_DAY_MAX : (bh_day)(r->from + days);
  r->klass = (int32_t)bh_get_i64(g);
  r->name = bh_get_str(g);
  r->attrs = bh_get_str(g);
}

static int by_key(const void *x, const void *y) {
  const bh_asset_row *a = x, *b = y;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  int order = bh_str_cmp(a->id, b->id);
  if (order) return order;
  if (a->from != b->from) return a->from < b->from ? -1 : 1;
  return a->since < b->since ? -1 : a->since > b->since;
}

#define PACK "kind,first_id,first_day,since_pull,rows"

/* The rows of the pack that the statement stands at; their texts lie in the arena. */
static bh_status read_pack(bh_store *s, sqlite3_stmt *st, bh_vec *rows, bh_arena *a, bh_error *err) {
  int32_t kind = bh_col_i32(st, 0);
  bh_day base = bh_col_i32(st, 2);
  int64_t since = bh_col_int(st, 3);
  bh_get g = bh_get_init(bh_col_str(st, 4, a));
  while (g.at < g.end && !g.bad) unpack_row(&g, bh_vec_push(rows, a), kind, base, since);
  return g.bad ? bh_fail(err, BH_E_STORE, "%s: a pack of assets cannot be read: the store is damaged", s->path) : BH_OK;
}

/* ---- writing ---- */

static bh_status write_pack(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_str packed, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO asset_pack(place,last_id," PACK ") VALUES(?1,?2,?3,?4,?5,?6,?7)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_str(st, 2, rows[n - 1].id);
  bh_bind_int(st, 3, rows[0].kind);
  bh_bind_str(st, 4, rows[0].id);
  bh_bind_int(st, 5, rows[0].from);
  bh_bind_int(st, 6, rows[0].since);
  bh_bind_blob(st, 7, packed);
  return bh_sql_run(s, st, err);
}

/* How many rows from the first on can lie in one pack: of one kind and pull, holding still, in the order of their keys. */
static size_t fitting(const bh_asset_row *rows, size_t n) {
  size_t k = 0, bytes = 0;
  while (k < n && rows[k].kind == rows[0].kind && rows[k].since == rows[0].since && rows[k].until == BH_PULL_OPEN && (k == 0 || by_key(&rows[k - 1], &rows[k]) < 0)) {
    size_t row = rows[k].id.len + rows[k].name.len + rows[k].attrs.len;
    bytes += row + 20; /* lengths and numbers: at most so much, mostly half */
    if (row > ROW_BYTES_MAX || bytes > PACK_BYTES_MAX) break;
    k++;
  }
  return k;
}

static bh_status add_pack(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_buf *b, bh_error *err) {
  bh_buf_clear(b);
  for (size_t i = 0; i < n; i++) pack_row(b, &rows[i], rows[0].from);
  return b->failed ? bh_fail(err, BH_E_BUG, "a pack of assets does not fit") : write_pack(s, place, rows, n, bh_buf_str(b), err);
}

bh_status bh_packs_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err) {
  bh_buf b;
  bh_buf_init(&b, 2 * PACK_BYTES_MAX);
  bh_status status = BH_OK;
  while (n > 0 && status == BH_OK) {
    size_t some = fitting(rows, n);
    if (some > 1) status = add_pack(s, place, rows, some, &b, err);
    else status = bh_asset_rows_add(s, place, rows, some = 1, err); /* it is large, or the next one is */
    rows += some;
    n -= some;
  }
  bh_buf_dispose(&b);
  return status;
}

/* ---- reading ---- */

bh_status bh_packs_read(bh_store *s, bh_asset_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " PACK " FROM asset_pack WHERE place=?1 ORDER BY kind,first_id,first_day,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_vec rows = {.size = sizeof **out};
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = read_pack(s, st, &rows, a, err);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  for (size_t i = 1; i < rows.count; i++)
    if (by_key(&(*out)[i - 1], &(*out)[i]) > 0) { /* packs of several pulls reach over each other */
      qsort(rows.items, rows.count, sizeof **out, by_key);
      break;
    }
  return more < 0 ? bh_code(err) : status;
}

void bh_packs_join(bh_asset_row **rows, size_t *n, const bh_asset_row *packed, size_t packed_count, bh_arena *a) {
  if (packed_count == 0) return;
  size_t total = *n + packed_count, i = 0, j = 0;
  bh_asset_row *all = BH_NEWN(a, bh_asset_row, total);
  for (size_t k = 0; k < total; k++) {
    bool own = j == packed_count || (i < *n && by_key(&(*rows)[i], &packed[j]) < 0);
    all[k] = own ? (*rows)[i++] : packed[j++];
  }
  *rows = all;
  *n = total;
}

/* ---- opening ---- */

static bool holds(const bh_vec *rows, const bh_asset_row *r) {
  const bh_asset_row *items = rows->items;
  for (size_t i = 0; i < rows->count; i++)
    if (items[i].kind == r->kind && by_key(&items[i], r) == 0) return true;
  return false;
}

static bh_status drop_pack(bh_store *s, int32_t place, const bh_asset_row *first, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM asset_pack WHERE place=?1 AND kind=?2 AND first_id=?3 AND first_day=?4 AND since_pull=?5", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, first->kind);
  bh_bind_str(st, 3, first->id);
  bh_bind_int(st, 4, first->from);
  bh_bind_int(st, 5, first->since);
  return bh_row_closed(s, st, "a pack of assets", err);
}

bh_status bh_packs_open(bh_store *s, int32_t place, const bh_asset_row *r, bool *opened, bh_error *err) {
  *opened = false;
  /* Packs of one pull do not reach over each other: the one that begins last at or before the row has it, or the one before, where a thing's
   * intervals are spread over two. */
  sqlite3_stmt *st = bh_sql(s, "SELECT " PACK " FROM asset_pack WHERE place=?1 AND kind=?2 AND first_id<=?3 AND last_id>=?3 AND since_pull=?4"
                               " ORDER BY first_id DESC, first_day DESC", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->kind);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->since);
  bh_arena a;
  bh_arena_init(&a);
  bh_vec rows = {.size = sizeof *r};
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && !*opened && (more = bh_sql_step(s, st, err)) > 0) {
    rows.count = 0;
    status = read_pack(s, st, &rows, &a, err);
    *opened = status == BH_OK && holds(&rows, r);
  }
  bh_sql_done(s, st);
  if (more < 0) status = bh_code(err);
  if (status == BH_OK && *opened) status = drop_pack(s, place, rows.items, err);
  if (status == BH_OK && *opened) status = bh_asset_rows_add(s, place, rows.items, rows.count, err);
  bh_arena_dispose(&a);
  return status;
}
