/* Numbers that are given once and never again: read at a transaction's first use, written back at its commit. */
#include "store/engine.h"

static const char *const names[BH_COUNTERS] = {[BH_COUNT_DOC] = "doc", [BH_COUNT_CONTRACT] = "contract", [BH_COUNT_PLACE] = "place"};

static bh_status read_all(bh_store *s, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT last FROM counter WHERE name=?1", err);
  if (!st) return bh_code(err);
  int more = 0;
  for (int i = 0; i < BH_COUNTERS && more >= 0; i++) {
    bh_bind_str(st, 1, bh_str_c(names[i]));
    more = bh_sql_step(s, st, err);
    s->counters[i] = more > 0 ? bh_col_int(st, 0) : 0;
    sqlite3_reset(st);
  }
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  s->counters_read = true;
  return BH_OK;
}

bh_status bh_counter_next(bh_store *s, int64_t *out, bh_counter which, bh_error *err) {
  if (!s->writing) return bh_fail(err, BH_E_BUG, "%s: a write outside of a write transaction", s->path);
  if (!s->counters_read) {
    bh_status status = read_all(s, err);
    if (status != BH_OK) return status;
  }
  if (which != BH_COUNT_DOC && s->counters[which] >= INT32_MAX)
    return bh_fail(err, BH_E_STORE, "%s: too many of %s", s->path, names[which]);
  *out = ++s->counters[which];
  s->counters_changed = true;
  return BH_OK;
}

bh_status bh_counters_flush(bh_store *s, bh_error *err) {
  if (!s->counters_changed) return BH_OK;
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO counter(name,last) VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET last=excluded.last", err);
  if (!st) return bh_code(err);
  int more = 0;
  for (int i = 0; i < BH_COUNTERS && more >= 0; i++) {
    bh_bind_str(st, 1, bh_str_c(names[i]));
    bh_bind_int(st, 2, s->counters[i]);
    more = bh_sql_step(s, st, err);
    sqlite3_reset(st);
  }
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  s->counters_changed = false;
  return BH_OK;
}
