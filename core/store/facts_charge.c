/* One-off charges, clustered by place and day; what is only shown or rated is packed. */
#include "base/wire.h"
#include "store/facts_engine.h"

#define CHARGE "id,day,since_pull,until_pull,first_pull,body"

static void pack(bh_buf *b, const bh_charge_row *r) {
  bh_put_u8(b, (uint8_t)((r->has_price ? 1 : 0) | (r->has_cost ? 2 : 0)));
  bh_put_dec(b, r->quantity);
  if (r->has_price) bh_put_dec(b, r->price);
  if (r->has_cost) bh_put_dec(b, r->cost);
  bh_put_str(b, r->product);
  bh_put_str(b, r->description);
  bh_put_str(b, r->po);
  bh_put_str(b, r->contract);
}

static void read_charge(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_charge_row *r = row;
  *r = (bh_charge_row){.id = bh_col_str(st, 0, a), .day = bh_col_i32(st, 1), .since = bh_col_int(st, 2), .until = bh_col_pull(st, 3), .first = bh_col_int(st, 4)};
  bh_get g = bh_get_init(bh_col_str(st, 5, a));
  uint8_t flags = bh_get_u8(&g);
  r->quantity = bh_get_dec(&g);
  r->has_price = flags & 1;
  r->has_cost = (flags & 2) != 0;
  if (r->has_price) r->price = bh_get_dec(&g);
  if (r->has_cost) r->cost = bh_get_dec(&g);
  r->product = bh_get_str(&g);
  r->description = bh_get_str(&g);
  r->po = bh_get_str(&g);
  r->contract = bh_get_str(&g);
  if (!bh_get_done(&g)) r->day = BH_DAY_MIN; /* told by check() */
}

static bh_status check(bh_store *s, const bh_charge_row *rows, size_t n, bh_error *err) {
  for (size_t i = 0; i < n; i++)
    if (rows[i].day == BH_DAY_MIN) return bh_fail(err, BH_E_STORE, "%s: charge \"%.*s\" cannot be read: the store is damaged", s->path, BH_STR_ARG(rows[i].id));
  return BH_OK;
}

bh_status bh_store_place_charges(bh_store *s, bh_charge_row **out, size_t *n, bh_arena *a, const bh_place_row *place, bh_day from, bh_day until, bh_error *err) {
  *out = NULL;
  *n = 0;
  if (!(place->has & BH_HAS_CHARGE)) return BH_OK;
  sqlite3_stmt *st = bh_sql(s, "SELECT " CHARGE " FROM charge NOT INDEXED WHERE place=?1 AND day>=?2 AND day<?3 ORDER BY day,id,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place->num);
  bh_bind_int(st, 2, from);
  bh_bind_int(st, 3, until);
  bh_status status = bh_rows_read(s, st, out, n, sizeof **out, read_charge, a, err);
  return status == BH_OK ? check(s, *out, *n, err) : status;
}

static void read_names(void *row, sqlite3_stmt *st, bh_arena *a) {
  bh_charge_row r;
  read_charge(&r, st, a);
  *(bh_charge_names *)row = (bh_charge_names){.client = bh_col_str(st, 6, a), .product = r.product, .description = r.description};
}

bh_status bh_store_charge_names(bh_store *s, bh_charge_names **out, size_t *n, bh_arena *a, bh_str connector, bh_day from, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT x.id,x.day,x.since_pull,x.until_pull,x.first_pull,x.body,p.ref FROM connector AS c CROSS JOIN place AS p CROSS JOIN charge AS x"
                               " NOT INDEXED WHERE c.name=?1 AND p.connector=c.num AND p.has&?2 AND x.place=p.num AND x.day>=?3 AND x.until_pull IS NULL"
                               " ORDER BY x.day DESC,p.ref,x.id", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, connector);
  bh_bind_int(st, 2, BH_HAS_CHARGE);
  bh_bind_int(st, 3, from);
  bh_status status = bh_rows_read(s, st, out, n, sizeof **out, read_names, a, err);
  size_t kept = 0;
  for (size_t i = 0; status == BH_OK && i < *n; i++)
    if ((*out)[i].product.len) (*out)[kept++] = (*out)[i];
  if (status == BH_OK) *n = kept;
  return status;
}

bh_status bh_store_charge_now(bh_store *s, bh_charge_row *out, bool *found, bh_arena *a, int32_t place, bh_str id, bh_error *err) {
  *found = false;
  sqlite3_stmt *st = bh_sql(s, "SELECT " CHARGE " FROM charge INDEXED BY charge_key WHERE place=?1 AND id=?2 AND until_pull IS NULL", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_str(st, 2, id);
  int more = bh_sql_step(s, st, err);
  if (more > 0) read_charge(out, st, a);
  *found = more > 0;
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  return *found ? check(s, out, 1, err) : BH_OK;
}

bh_status bh_store_charge_add(bh_store *s, int32_t place, const bh_charge_row *r, bh_error *err) {
  bh_buf body;
  bh_buf_init(&body, 1024 * 1024);
  pack(&body, r);
  sqlite3_stmt *st = body.failed ? NULL : bh_sql_write(s, "INSERT INTO charge(place," CHARGE ") VALUES(?1,?2,?3,?4,?5,?6,?7)", err);
  bh_status status = BH_OK;
  if (body.failed) status = bh_fail(err, BH_E_INVALID, "charge \"%.*s\" is larger than 1 MiB", BH_STR_ARG(r->id));
  else if (!st) status = bh_code(err);
  if (st) {
    bh_bind_int(st, 1, place);
    bh_bind_str(st, 2, r->id);
    bh_bind_int(st, 3, r->day);
    bh_bind_int(st, 4, r->since);
    bh_bind_pull(st, 5, r->until);
    bh_bind_int(st, 6, r->first);
    bh_bind_blob(st, 7, bh_buf_str(&body));
    status = bh_sql_run(s, st, err);
  }
  bh_buf_dispose(&body);
  return status;
}

bh_status bh_store_charge_close(bh_store *s, int32_t place, const bh_charge_row *r, int64_t pull, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE charge SET until_pull=?5 WHERE place=?1 AND day=?2 AND id=?3 AND since_pull=?4", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->day);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->since);
  bh_bind_int(st, 5, pull);
  return bh_row_closed(s, st, "a charge", err);
}

bh_status bh_store_charges_any(bh_store *s, bool *out, bh_error *err) {
  int64_t found = 0;
  bh_status st = bh_sql_int(s, &found, "SELECT 1 FROM charge LIMIT 1", 0, err);
  *out = found != 0;
  return st;
}
