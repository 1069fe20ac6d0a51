/* Who pays for whom: few rows, of clients that are billed to another. */
#include "store/engine.h"

bh_status bh_store_payer_add(bh_store *s, int32_t payer, int32_t client, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO payer(payer,client) VALUES(?1,?2) ON CONFLICT DO NOTHING", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, payer);
  bh_bind_int(st, 2, client);
  return bh_sql_run(s, st, err);
}

bh_status bh_store_payer_clients(bh_store *s, int32_t **out, size_t *n, bh_arena *a, int32_t payer, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT client FROM payer WHERE payer=?1 ORDER BY client", err);
  bh_vec rows = {.size = sizeof **out};
  int more;
  *out = NULL;
  *n = 0;
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, payer);
  while ((more = bh_sql_step(s, st, err)) > 0) *(int32_t *)bh_vec_push(&rows, a) = bh_col_i32(st, 0);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_payers(bh_store *s, bh_payer_row **out, size_t *n, bh_arena *a, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT c.id,p.id FROM payer AS x CROSS JOIN client AS c CROSS JOIN client AS p WHERE c.num=x.client AND p.num=x.payer"
                               " ORDER BY x.payer,x.client", err);
  bh_vec rows = {.size = sizeof **out};
  int more;
  *out = NULL;
  *n = 0;
  if (!st) return bh_code(err);
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_payer_row *r = bh_vec_push(&rows, a);
    *r = (bh_payer_row){bh_col_str(st, 0, a), bh_col_str(st, 1, a)};
  }
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  return more < 0 ? bh_code(err) : BH_OK;
}
