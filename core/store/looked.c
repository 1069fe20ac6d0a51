/* When a contract's differences were last looked at: kept for contracts whose adjustments have a rhythm of their own. */
#include "store/engine.h"

bh_status bh_store_looked(bh_store *s, bh_day *out, int32_t contract, bh_error *err) {
  *out = BH_DAY_MIN;
  sqlite3_stmt *st = bh_sql(s, "SELECT day FROM looked WHERE contract=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = bh_col_i32(st, 0);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_looked_put(bh_store *s, int32_t contract, bh_day day, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO looked(contract,day) VALUES(?1,?2) ON CONFLICT(contract) DO UPDATE SET day=excluded.day", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, contract);
  bh_bind_int(st, 2, day);
  return bh_sql_run(s, st, err);
}
