/* Holds by hand, of a client or of one document: a small table, always read whole. */
#include "store/doc.h"

bh_status bh_store_hold_put(bh_store *s, const bh_hold_row *row, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT OR REPLACE INTO by_hand_hold(client,doc,until_day,at_s,who,reason) VALUES(?1,?2,?3,?4,?5,?6)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, row->client);
  bh_bind_int(st, 2, row->doc);
  bh_bind_int(st, 3, row->until);
  bh_bind_int(st, 4, row->at_s);
  bh_bind_str(st, 5, row->who);
  bh_bind_str(st, 6, row->reason);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_hold_remove(bh_store *s, bool *was, int32_t client, int64_t doc, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM by_hand_hold WHERE client=?1 AND doc=?2", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, client);
  bh_bind_int(st, 2, doc);
  bh_status status = bh_sql_run(s, st, err);
  *was = status == BH_OK && sqlite3_changes(s->db) > 0;
  return status;
}

bh_status bh_hold_forget(bh_store *s, int64_t doc, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM by_hand_hold WHERE doc=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_holds(bh_store *s, bh_hold_row **out, size_t *n, bh_arena *a, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT client,doc,until_day,at_s,who,reason FROM by_hand_hold ORDER BY client,doc", err);
  if (!st) return bh_code(err);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_hold_row *r = bh_vec_push(&rows, a);
    *r = (bh_hold_row){.client = bh_col_i32(st, 0), .doc = bh_col_int(st, 1), .until = bh_col_i32(st, 2), .at_s = bh_col_int(st, 3),
                       .who = bh_col_str(st, 4, a), .reason = bh_col_str(st, 5, a)};
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}
