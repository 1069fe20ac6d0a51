/* Connectors, pulls and places. */
#include "store/facts_engine.h"

#define COLUMNS "num,connector,ref,name,has,first_pull,late_pull,domain"

bh_status bh_store_connector_make(bh_store *s, int32_t *out, bh_str name, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT num FROM connector WHERE name=?1", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, name);
  int more = bh_sql_step(s, st, err);
  *out = more > 0 ? bh_col_i32(st, 0) : 0;
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  if (*out) return BH_OK;
  st = bh_sql_write(s, "INSERT INTO connector(num,name) VALUES(NULL,?1)", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, name);
  bh_status status = bh_sql_run(s, st, err);
  *out = (int32_t)sqlite3_last_insert_rowid(s->db);
  return status;
}

bh_status bh_store_pull_new(bh_store *s, int64_t *out, int32_t connector, bh_day day, bool ok, bh_str why, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO pull(num,connector,day,ok,why) VALUES(NULL,?1,?2,?3,?4)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_int(st, 2, day);
  bh_bind_int(st, 3, ok);
  bh_bind_str(st, 4, why);
  bh_status status = bh_sql_run(s, st, err);
  *out = sqlite3_last_insert_rowid(s->db);
  bh_facts_cache_stale(s);
  return status;
}

bh_status bh_store_provides_add(bh_store *s, int32_t connector, bh_provides what, int32_t kind, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO provides(connector,what,kind) VALUES(?1,?2,?3) ON CONFLICT DO NOTHING", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_int(st, 2, what);
  bh_bind_int(st, 3, kind);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_late_add(bh_store *s, int32_t place, int64_t pull, bh_day min_day, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO late(place,pull,min_day) VALUES(?1,?2,?3)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, pull);
  bh_bind_int(st, 3, min_day);
  return bh_sql_run(s, st, err);
}

static void read_place(void *row, sqlite3_stmt *st, bh_arena *a) {
  *(bh_place_row *)row = (bh_place_row){.num = bh_col_i32(st, 0), .connector = bh_col_i32(st, 1), .ref = bh_col_str(st, 2, a), .name = bh_col_str(st, 3, a),
                                        .has = (uint32_t)bh_col_int(st, 4), .first_pull = bh_col_int(st, 5), .late_pull = bh_col_int(st, 6), .domain = bh_col_str(st, 7, a)};
}

bh_status bh_store_place_get(bh_store *s, bh_place_row *out, bh_arena *a, int32_t connector, bh_str ref, bh_error *err) {
  *out = (bh_place_row){0};
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM place WHERE connector=?1 AND ref=?2", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_str(st, 2, ref);
  int more = bh_sql_step(s, st, err);
  if (more > 0) read_place(out, st, a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_places_after(bh_store *s, bh_place_row **out, size_t *n, bh_arena *a, int32_t connector, bh_str after, size_t max, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " COLUMNS " FROM place WHERE connector=?1 AND ref>?2 ORDER BY ref LIMIT ?3", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_str(st, 2, after);
  bh_bind_int(st, 3, (int64_t)max);
  return bh_rows_read(s, st, out, n, sizeof **out, read_place, a, err);
}

bh_status bh_store_place_put(bh_store *s, bh_place_row *io, bh_error *err) {
  bool make = io->num == 0;
  int64_t num = io->num;
  if (make) {
    bh_status status = bh_counter_next(s, &num, BH_COUNT_PLACE, err);
    if (status != BH_OK) return status;
  }
  sqlite3_stmt *st = bh_sql_write(s, make ? "INSERT INTO place(" COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
                                          : "UPDATE place SET name=?4,has=?5,first_pull=?6,late_pull=?7,domain=?8 WHERE connector=?2 AND ref=?3 AND num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_int(st, 2, io->connector);
  bh_bind_str(st, 3, io->ref);
  bh_bind_str(st, 4, io->name);
  bh_bind_int(st, 5, io->has);
  bh_bind_int(st, 6, io->first_pull);
  bh_bind_int(st, 7, io->late_pull);
  bh_bind_str(st, 8, io->domain);
  bh_status status = bh_row_closed(s, st, "a platform's client", err);
  if (status == BH_OK) io->num = (int32_t)num;
  return status;
}
