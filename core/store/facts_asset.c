/* Assets and their quiet spells, clustered by place, kind and id. */
#include "store/facts_engine.h"

#define ASSET "kind,id,from_day,since_pull,until_pull,to_day,class,name,attrs"
#define ASSET_DAYS "kind,from_day,since_pull,until_pull,to_day,class"
#define QUIET "kind,id,last_day,since_pull,until_pull,back_day"

static void read_asset(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_asset_row *r = row;
  r->kind = bh_col_i32(st, 0);
  r->from = bh_col_i32(st, 2);
  r->since = bh_col_int(st, 3);
  r->until = bh_col_pull(st, 4);
  r->to = bh_col_day(st, 5);
  r->klass = bh_col_i32(st, 6);
  bh_col_strs((bh_str *const[]){&r->id, &r->name, &r->attrs}, (const int[]){1, 7, 8}, 3, st, a);
}

/* Without its texts, which few ask for and which are most of the row. */
static void read_asset_days(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_asset_row *)row = (bh_asset_row){.kind = bh_col_i32(st, 0), .from = bh_col_i32(st, 1), .since = bh_col_int(st, 2), .until = bh_col_pull(st, 3),
                                        .to = bh_col_day(st, 4), .klass = bh_col_i32(st, 5), .id = {"", 0}, .name = {"", 0}, .attrs = {"", 0}};
}

static void read_quiet(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_quiet_row *)row = (bh_quiet_row){.kind = bh_col_i32(st, 0), .id = bh_col_str(st, 1, a), .last = bh_col_i32(st, 2), .since = bh_col_int(st, 3),
                                        .until = bh_col_pull(st, 4), .back = bh_col_day(st, 5)};
}

#define ASSETS_WITHIN " FROM asset WHERE place=?1 AND from_day<?3 AND (to_day IS NULL OR to_day>=?2) ORDER BY kind,id,from_day,since_pull"

/* Without texts rows have no ids, and so no order among those of a kind. */
static bh_status add_packed(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bool texts, bh_error *err) {
  bh_asset_row *packed;
  size_t all, n = 0;
  bh_status status = bh_packs_read(s, &packed, &all, a, p->num, err);
  for (size_t i = 0; status == BH_OK && i < all; i++) {
    if (packed[i].from >= until || packed[i].to < from) continue;
    packed[n] = packed[i];
    if (!texts) packed[n].id = packed[n].name = packed[n].attrs = (bh_str){"", 0};
    n++;
  }
  if (status == BH_OK) bh_packs_join(&out->assets, &out->asset_count, packed, n, a);
  return status;
}

bh_status bh_assets_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bool texts, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, texts ? "SELECT " ASSET ASSETS_WITHIN : "SELECT " ASSET_DAYS ASSETS_WITHIN, err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, p->num);
  bh_bind_int(st, 2, from);
  bh_bind_int(st, 3, until);
  bh_status status = bh_rows_read(s, st, &out->assets, &out->asset_count, sizeof *out->assets, texts ? read_asset : read_asset_days, a, err);
  return status == BH_OK ? add_packed(s, out, a, p, from, until, texts, err) : status;
}

bh_status bh_quiets_read(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *p, bh_day from, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " QUIET " FROM quiet WHERE place=?1 AND last_day<?3 AND (back_day IS NULL OR back_day>?2) ORDER BY kind,id,last_day,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, p->num);
  bh_bind_int(st, 2, from);
  bh_bind_int(st, 3, until);
  return bh_rows_read(s, st, &out->quiets, &out->quiet_count, sizeof *out->quiets, read_quiet, a, err);
}

bh_status bh_store_assets_now(bh_store *s, bh_asset_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " ASSET " FROM asset WHERE place=?1 AND until_pull IS NULL ORDER BY kind,id,from_day", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_asset_row *packed = NULL;
  size_t count = 0;
  bh_status status = bh_rows_read(s, st, out, n, sizeof **out, read_asset, a, err);
  if (status == BH_OK) status = bh_packs_read(s, &packed, &count, a, place, err);
  if (status == BH_OK) bh_packs_join(out, n, packed, count, a);
  return status;
}

bh_status bh_store_quiets_now(bh_store *s, bh_quiet_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " QUIET " FROM quiet WHERE place=?1 AND until_pull IS NULL AND back_day IS NULL ORDER BY kind,id,last_day", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  return bh_rows_read(s, st, out, n, sizeof **out, read_quiet, a, err);
}

enum { ASSET_COLUMNS = 10 };

static void bind_asset(sqlite3_stmt *st, int at, int32_t place, const bh_asset_row *r) {
  bh_bind_int(st, at + 1, place);
  bh_bind_int(st, at + 2, r->kind);
  bh_bind_str(st, at + 3, r->id);
  bh_bind_int(st, at + 4, r->from);
  bh_bind_int(st, at + 5, r->since);
  bh_bind_pull(st, at + 6, r->until);
  bh_bind_day(st, at + 7, r->to);
  bh_bind_int(st, at + 8, r->klass);
  bh_bind_str(st, at + 9, r->name);
  bh_bind_str(st, at + 10, r->attrs);
}

bh_status bh_asset_rows_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err) {
  static const char *const inserts[BH_ROWS_MAX] = BH_ROW_INSERTS("INSERT OR FAIL INTO asset(place," ASSET ") VALUES", "(?,?,?,?,?,?,?,?,?,?)");
  bh_status status = BH_OK;
  while (n > 0 && status == BH_OK) {
    size_t some = bh_rows_now(n);
    sqlite3_stmt *st = bh_sql_write(s, inserts[some - 1], err);
    if (!st) return bh_code(err);
    for (size_t i = 0; i < some; i++) bind_asset(st, (int)i * ASSET_COLUMNS, place, &rows[i]);
    status = bh_sql_run(s, st, err);
    rows += some;
    n -= some;
  }
  return status;
}

bh_status bh_store_assets_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  while (n > 0 && status == BH_OK) {
    size_t some = 1;
    while (some < n && rows[some].kind == rows[0].kind) some++;
    status = some < BH_PACK_ROWS_MIN ? bh_asset_rows_add(s, place, rows, some, err) : bh_packs_add(s, place, rows, some, err);
    rows += some;
    n -= some;
  }
  return status;
}

static bh_status close_row(bh_store *s, int32_t place, const bh_asset_row *r, int64_t pull, bool *closed, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE asset SET until_pull=?6 WHERE place=?1 AND kind=?2 AND id=?3 AND from_day=?4 AND since_pull=?5", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->kind);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->from);
  bh_bind_int(st, 5, r->since);
  bh_bind_int(st, 6, pull);
  bh_status status = bh_sql_run(s, st, err);
  *closed = status == BH_OK && sqlite3_changes(s->db) == 1;
  return status;
}

bh_status bh_store_asset_close(bh_store *s, int32_t place, const bh_asset_row *r, int64_t pull, bh_error *err) {
  bool closed, opened = false;
  bh_status status = close_row(s, place, r, pull, &closed, err);
  if (status == BH_OK && !closed) status = bh_packs_open(s, place, r, &opened, err);
  if (status == BH_OK && opened) status = close_row(s, place, r, pull, &closed, err);
  if (status == BH_OK && !closed) return bh_fail(err, BH_E_BUG, "%s: an asset to be closed is not there", s->path);
  return status;
}

bh_status bh_store_quiet_add(bh_store *s, int32_t place, const bh_quiet_row *r, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO quiet(place," QUIET ") VALUES(?1,?2,?3,?4,?5,?6,?7)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->kind);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->last);
  bh_bind_int(st, 5, r->since);
  bh_bind_pull(st, 6, r->until);
  bh_bind_day(st, 7, r->back);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_quiet_close(bh_store *s, int32_t place, const bh_quiet_row *r, int64_t pull, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE quiet SET until_pull=?6 WHERE place=?1 AND kind=?2 AND id=?3 AND last_day=?4 AND since_pull=?5", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->kind);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->last);
  bh_bind_int(st, 5, r->since);
  bh_bind_int(st, 6, pull);
  return bh_row_closed(s, st, "a quiet spell", err);
}
