/* Batches: a day and an ordinal; the first document is kept so that a batch is read without an index on every document. */
#include "store/engine.h"

static bh_status find(bh_store *s, sqlite3_stmt *st, bh_batch_row *out, bh_arena *a, bh_error *err) {
  *out = (bh_batch_row){0};
  int more = bh_sql_step(s, st, err);
  if (more > 0)
    *out = (bh_batch_row){.num = bh_col_i32(st, 0), .day = bh_col_i32(st, 1), .ordinal = bh_col_i32(st, 2), .stats = bh_col_str(st, 3, a)};
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_batch_new(bh_store *s, bh_batch_row *io, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO batch(num,day,ordinal,stats) VALUES(NULL,?1,"
                                     "(SELECT coalesce(max(ordinal),0)+1 FROM batch WHERE day=?1),?2) RETURNING num,ordinal", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, io->day);
  bh_bind_str(st, 2, io->stats);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    io->num = bh_col_i32(st, 0);
    io->ordinal = bh_col_i32(st, 1);
    more = bh_sql_step(s, st, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

bh_status bh_store_batch_update(bh_store *s, const bh_batch_row *row, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE batch SET stats=?2 WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, row->num);
  bh_bind_str(st, 2, row->stats);
  bh_status status = bh_sql_run(s, st, err);
  if (status == BH_OK && sqlite3_changes(s->db) != 1) return bh_fail(err, BH_E_BUG, "%s: there is no batch %d", s->path, row->num);
  return status;
}

bh_status bh_store_batch_find(bh_store *s, bh_batch_row *out, bh_arena *a, bh_day day, int32_t ordinal, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT num,day,ordinal,stats FROM batch WHERE day=?1 AND ordinal=?2", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, day);
  bh_bind_int(st, 2, ordinal);
  return find(s, st, out, a, err);
}

bh_status bh_store_batch_get(bh_store *s, bh_batch_row *out, bh_arena *a, int32_t num, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT num,day,ordinal,stats FROM batch WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  return find(s, st, out, a, err);
}

bh_status bh_store_batch_last(bh_store *s, bh_batch_row *out, bh_arena *a, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT num,day,ordinal,stats FROM batch ORDER BY num DESC LIMIT 1", err);
  return st ? find(s, st, out, a, err) : bh_code(err);
}

bh_status bh_batch_saw(bh_store *s, int32_t batch, int64_t doc, bh_error *err) {
  if (batch == 0 || (s->batch_num == batch && s->batch_first <= doc)) return BH_OK;
  sqlite3_stmt *st = bh_sql_write(s, "UPDATE batch SET first_doc=min(coalesce(first_doc,?2),?2) WHERE num=?1 RETURNING first_doc", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, batch);
  bh_bind_int(st, 2, doc);
  int more = bh_sql_step(s, st, err);
  if (more > 0) {
    s->batch_num = batch;
    s->batch_first = bh_col_int(st, 0);
    more = bh_sql_step(s, st, err);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}
