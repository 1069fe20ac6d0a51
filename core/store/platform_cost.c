/* Lines of vendors' invoices, by connector and id; what is only shown or added up is packed. */
#include "base/wire.h"
#include "store/facts_engine.h"

static void pack(bh_buf *b, const bh_cost_row *r) {
  bh_put_str(b, r->client);
  bh_put_str(b, r->product);
  bh_put_str(b, r->description);
  bh_put_str(b, r->currency);
  bh_put_dec(b, bh_dec_trim(r->quantity));
  bh_put_dec(b, bh_dec_trim(r->amount)); /* the same amount is the same row, however many zeros it comes with */
}

bh_status bh_store_cost_put(bh_store *s, bool *changed, int32_t connector, const bh_cost_row *row, bh_error *err) {
  bh_buf_clear(&s->scratch);
  pack(&s->scratch, row);
  if (s->scratch.failed) return bh_fail(err, BH_E_INVALID, "cost \"%.*s\" is too large", BH_STR_ARG(row->id));
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO vendor_cost(connector,id,from_day,until_day,body) VALUES(?1,?2,?3,?4,?5) ON CONFLICT(connector,id) DO UPDATE SET"
                                     " from_day=excluded.from_day,until_day=excluded.until_day,body=excluded.body"
                                     " WHERE from_day<>excluded.from_day OR until_day<>excluded.until_day OR body<>excluded.body", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, connector);
  bh_bind_str(st, 2, row->id);
  bh_bind_int(st, 3, row->from);
  bh_bind_int(st, 4, row->until);
  bh_bind_blob(st, 5, bh_buf_str(&s->scratch));
  bh_status status = bh_sql_run(s, st, err);
  *changed = status == BH_OK && sqlite3_changes(s->db) == 1;
  return status;
}

static void read_cost(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_cost_row *r = row;
  *r = (bh_cost_row){.connector = bh_col_str(st, 0, a), .id = bh_col_str(st, 1, a), .from = bh_col_i32(st, 2), .until = bh_col_i32(st, 3)};
  bh_get g = bh_get_init(bh_col_str(st, 4, a));
  r->client = bh_get_str(&g);
  r->product = bh_get_str(&g);
  r->description = bh_get_str(&g);
  r->currency = bh_get_str(&g);
  r->quantity = bh_get_dec(&g);
  r->amount = bh_get_dec(&g);
  if (!bh_get_done(&g)) r->from = BH_DAY_MIN; /* told below */
}

bh_status bh_store_costs(bh_store *s, bh_cost_row **out, size_t *n, bh_arena *a, bh_day from, bh_day until, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT c.name,x.id,x.from_day,x.until_day,x.body FROM connector AS c CROSS JOIN vendor_cost AS x"
                               " WHERE x.connector=c.num AND x.from_day<?2 AND x.until_day>?1 ORDER BY c.name,x.id", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, from);
  bh_bind_int(st, 2, until);
  bh_status status = bh_rows_read(s, st, out, n, sizeof **out, read_cost, a, err);
  for (size_t i = 0; i < *n && status == BH_OK; i++)
    if ((*out)[i].from == BH_DAY_MIN)
      status = bh_fail(err, BH_E_STORE, "%s: cost \"%.*s\" cannot be read: the store is damaged", s->path, BH_STR_ARG((*out)[i].id));
  return status;
}
