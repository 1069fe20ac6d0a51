/* Who did what, clustered by document (0: what concerns none). */
#include "store/engine.h"

bh_status bh_store_event_add(bh_store *s, const bh_event *e, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO event(doc,n,at_s,who,what,reason,client)"
                                     " VALUES(?1,(SELECT coalesce(max(n),0)+1 FROM event WHERE doc=?1),?2,?3,?4,?5,?6)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, e->doc);
  bh_bind_int(st, 2, e->at_s);
  bh_bind_str(st, 3, e->who);
  bh_bind_str(st, 4, e->what);
  bh_bind_str(st, 5, e->reason);
  bh_bind_int(st, 6, e->client);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_events_of(bh_store *s, bh_event **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err) {
  *out = NULL;
  *n = 0;
  sqlite3_stmt *st = bh_sql(s, "SELECT at_s,who,what,reason,doc,client FROM event WHERE doc=?1 ORDER BY n", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, doc);
  bh_vec rows = {.size = sizeof **out};
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_event *e = bh_vec_push(&rows, a);
    *e = (bh_event){.at_s = bh_col_int(st, 0), .who = bh_col_str(st, 1, a), .what = bh_col_str(st, 2, a), .reason = bh_col_str(st, 3, a),
                    .doc = bh_col_int(st, 4), .client = bh_col_i32(st, 5)};
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}
