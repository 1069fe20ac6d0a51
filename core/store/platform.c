/* Where pulls stood, and the products of platforms. */
#include "store/facts_engine.h"

bh_status bh_store_cursor_get(bh_store *s, bh_cursor_row *out, bh_arena *a, bh_str connector, bh_error *err) {
  *out = (bh_cursor_row){.text = {"", 0}};
  sqlite3_stmt *st = bh_sql(s, "SELECT x.text,x.made_with FROM connector AS c CROSS JOIN pull_cursor AS x WHERE c.name=?1 AND x.connector=c.num", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, connector);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = (bh_cursor_row){bh_col_str(st, 0, a), bh_col_sha(st, 1)};
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_cursor_put(bh_store *s, bh_str connector, const bh_cursor_row *row, bh_error *err) {
  int32_t num;
  bh_status status = bh_store_connector_make(s, &num, connector, err);
  sqlite3_stmt *st = status != BH_OK ? NULL
    : bh_sql_write(s, "INSERT INTO pull_cursor(connector,text,made_with) VALUES(?1,?2,?3) ON CONFLICT(connector) DO UPDATE SET text=excluded.text,"
                      "made_with=excluded.made_with WHERE text<>excluded.text OR made_with<>excluded.made_with", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_str(st, 2, row->text);
  bh_bind_blob(st, 3, (bh_str){(const char *)row->made_with.b, sizeof row->made_with.b});
  return bh_sql_run(s, st, err);
}

bh_status bh_store_whole_day(bh_store *s, bh_day *out, bh_str connector, bh_error *err) {
  *out = BH_DAY_MIN;
  sqlite3_stmt *st = bh_sql(s, "SELECT max(p.day) FROM connector AS c CROSS JOIN pull AS p WHERE c.name=?1 AND p.connector=c.num AND p.ok=1 AND p.num<coalesce("
                               "(SELECT min(x.since_pull) FROM place AS y CROSS JOIN scope AS x WHERE y.connector=c.num AND y.has&?2 AND x.place=y.num AND x.state=?3"
                               " AND x.until_pull IS NULL),9223372036854775807)", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, connector);
  bh_bind_int(st, 2, BH_HAS_SCOPE);
  bh_bind_int(st, 3, BH_SPAN_FAILED);
  int more = bh_sql_step(s, st, err);
  if (more > 0 && sqlite3_column_type(st, 0) != SQLITE_NULL) *out = bh_col_i32(st, 0);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_left_out_get(bh_store *s, bh_str *out, bh_arena *a, bh_str connector, bh_error *err) {
  *out = BH_S("[]");
  sqlite3_stmt *st = bh_sql(s, "SELECT x.json FROM connector AS c CROSS JOIN left_out AS x WHERE c.name=?1 AND x.connector=c.num", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, connector);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = bh_col_str(st, 0, a);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_left_out_put(bh_store *s, bh_str connector, bh_str json, bh_error *err) {
  int32_t num;
  bh_status status = bh_store_connector_make(s, &num, connector, err);
  sqlite3_stmt *st = status != BH_OK ? NULL
    : bh_sql_write(s, "INSERT INTO left_out(connector,json) VALUES(?1,?2) ON CONFLICT(connector) DO UPDATE SET json=excluded.json WHERE json<>excluded.json", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  bh_bind_str(st, 2, json);
  return bh_sql_run(s, st, err);
}

static void bind_dec(sqlite3_stmt *st, int i, bool is, bh_dec d) { /* a NULL pair: not given */
  if (is) bh_bind_int(st, i, d.coef); else sqlite3_bind_null(st, i);
  if (is) bh_bind_int(st, i + 1, d.scale); else sqlite3_bind_null(st, i + 1);
}

bh_status bh_store_product_put(bh_store *s, bool *changed, int32_t connector, const bh_platform_product *row, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO platform_product(connector,id,name,price,price_scale,cost,cost_scale) VALUES(?1,?2,?3,?4,?5,?6,?7)"
                                     " ON CONFLICT(connector,id) DO UPDATE SET name=excluded.name,price=excluded.price,price_scale=excluded.price_scale,"
                                     "cost=excluded.cost,cost_scale=excluded.cost_scale WHERE name<>excluded.name OR price IS NOT excluded.price OR"
                                     " price_scale IS NOT excluded.price_scale OR cost IS NOT excluded.cost OR cost_scale IS NOT excluded.cost_scale", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_str(st, 2, row->id);
  bh_bind_str(st, 3, row->name);
  bind_dec(st, 4, row->has_price, row->price);
  bind_dec(st, 6, row->has_cost, row->cost);
  bh_status status = bh_sql_run(s, st, err);
  *changed = status == BH_OK && sqlite3_changes(s->db) == 1;
  return status;
}

static void read_product(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_platform_product *p = row;
  *p = (bh_platform_product){.connector = bh_col_str(st, 0, a), .id = bh_col_str(st, 1, a), .name = bh_col_str(st, 2, a),
                             .has_price = sqlite3_column_type(st, 3) != SQLITE_NULL, .price = {.coef = bh_col_int(st, 3), .scale = bh_col_i32(st, 4)},
                             .has_cost = sqlite3_column_type(st, 5) != SQLITE_NULL, .cost = {.coef = bh_col_int(st, 5), .scale = bh_col_i32(st, 6)}};
}

bh_status bh_store_products(bh_store *s, bh_platform_product **out, size_t *n, bh_arena *a, bh_str connector, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT c.name,p.id,p.name,p.price,p.price_scale,p.cost,p.cost_scale FROM connector AS c CROSS JOIN platform_product AS p"
                               " WHERE (?1='' OR c.name=?1) AND p.connector=c.num ORDER BY c.name,p.id", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, connector);
  return bh_rows_read(s, st, out, n, sizeof **out, read_product, a, err);
}
