/* Prepared statements, kept by the address of their text; binding and reading of what SQLite has no word for. */
#include "store/engine.h"

static bh_stmt_slot *slot_of(bh_store *s, const char *sql) {
  uintptr_t h = (uintptr_t)sql;
  h ^= h >> 17;
  h *= (uintptr_t)0x9E3779B97F4A7C15u;
  size_t i = (size_t)(h >> 40) & (BH_STMT_SLOTS - 1);
  while (s->stmts[i].sql && s->stmts[i].sql != sql) i = (i + 1) & (BH_STMT_SLOTS - 1);
  return &s->stmts[i];
}

sqlite3_stmt *bh_sql(bh_store *s, const char *sql, bh_error *err) {
  bh_stmt_slot *slot = slot_of(s, sql);
  bool room = s->taken_count < sizeof s->taken / sizeof s->taken[0];
  if (slot->stmt && !slot->taken && room) {
    slot->taken = true;
    s->taken[s->taken_count++] = slot;
    return slot->stmt;
  }
  /* A statement that is being read further up is not disturbed: the nested use gets one of its own. */
  bool keep = !slot->stmt && room && s->stmt_count < BH_STMT_SLOTS / 2;
  sqlite3_stmt *st = NULL;
  if (sqlite3_prepare_v3(s->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &st, NULL) != SQLITE_OK) {
    bh_sql_fail(s, err, "preparing a statement");
    return NULL;
  }
  if (keep) {
    *slot = (bh_stmt_slot){sql, st, true};
    s->stmt_count++;
    s->taken[s->taken_count++] = slot;
  }
  return st;
}

sqlite3_stmt *bh_sql_write(bh_store *s, const char *sql, bh_error *err) {
  if (!s->writing) {
    bh_fail(err, BH_E_BUG, "%s: a write outside of a write transaction", s->path);
    return NULL;
  }
  return bh_sql(s, sql, err);
}

void bh_sql_done(bh_store *s, sqlite3_stmt *st) {
  if (!st) return;
  sqlite3_reset(st);
  for (size_t i = s->taken_count; i-- > 0;) {
    if (s->taken[i]->stmt != st) continue;
    s->taken[i]->taken = false;
    for (size_t k = i + 1; k < s->taken_count; k++) s->taken[k - 1] = s->taken[k];
    s->taken_count--;
    return;
  }
  sqlite3_finalize(st);
}

void bh_sql_forget(bh_store *s) {
  for (size_t i = 0; i < BH_STMT_SLOTS; i++) {
    sqlite3_finalize(s->stmts[i].stmt);
    s->stmts[i] = (bh_stmt_slot){0};
  }
  s->stmt_count = s->taken_count = 0;
}

int bh_sql_step(bh_store *s, sqlite3_stmt *st, bh_error *err) {
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW) return 1;
  if (rc == SQLITE_DONE) return 0;
  bh_sql_fail(s, err, NULL);
  return -1;
}

bh_status bh_sql_run(bh_store *s, sqlite3_stmt *st, bh_error *err) {
  if (!st) return bh_code(err);
  bh_status status = BH_OK;
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) continue;
  if (more < 0) status = bh_code(err);
  bh_sql_done(s, st);
  return status;
}

bh_status bh_sql_exec(bh_store *s, const char *sql, bh_error *err) {
  if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK) return bh_sql_fail(s, err, NULL);
  return BH_OK;
}

bh_status bh_sql_int(bh_store *s, int64_t *out, const char *sql, int64_t fallback, bh_error *err) {
  *out = fallback;
  sqlite3_stmt *st = bh_sql(s, sql, err);
  if (!st) return bh_code(err);
  int more = bh_sql_step(s, st, err);
  if (more > 0 && sqlite3_column_type(st, 0) != SQLITE_NULL) *out = bh_col_int(st, 0);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}

void bh_bind_sha(sqlite3_stmt *st, int i, const bh_sha *h) {
  static const bh_sha zero;
  if (memcmp(h->b, zero.b, sizeof zero.b) == 0) sqlite3_bind_null(st, i);
  else sqlite3_bind_blob(st, i, h->b, sizeof h->b, SQLITE_STATIC);
}

bh_str bh_col_str(sqlite3_stmt *st, int i, bh_arena *a) {
  bh_str v = bh_col_view(st, i);
  return v.len ? bh_arena_str(a, v) : (bh_str){"", 0};
}

bh_sha bh_col_sha(sqlite3_stmt *st, int i) {
  bh_sha h = {{0}};
  bh_str v = bh_col_view(st, i);
  if (v.len == sizeof h.b) memcpy(h.b, v.ptr, sizeof h.b);
  return h;
}

void *bh_vec_push(bh_vec *v, bh_arena *a) {
  if (v->count == v->cap) {
    size_t cap = v->cap ? v->cap * 2 : 8;
    void *grown = bh_arena_array(a, cap, v->size);
    if (v->count) memcpy(grown, v->items, v->count * v->size);
    v->items = grown;
    v->cap = cap;
  }
  return (char *)v->items + v->size * v->count++;
}
