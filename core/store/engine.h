/* Inside the SQLite engine only: the handle, cached statements, binding and reading. No other folder includes this. */
#ifndef BH_STORE_ENGINE_H
#define BH_STORE_ENGINE_H
#include "store/store.h"
#include <sqlite3.h>

enum {
  BH_STMT_SLOTS = 512,         /* cached statements a handle; a power of two, at most half full */
  BH_CONTENT_SLOTS = 256,      /* contents lately put, by hash */
  BH_PAGE_BYTES = 16384,
  BH_CACHE_KIB = 8192,
  BH_CHECKPOINT_PAGES = 4096,  /* 64 MiB of log */
  BH_BUSY_MS = 10000
};

typedef struct bh_stmt_slot { const char *sql; sqlite3_stmt *stmt; bool taken; } bh_stmt_slot;
typedef struct bh_content_slot { bh_sha hash; int32_t num; } bh_content_slot;

/* Numbers given by the engine; written back at commit. */
typedef enum bh_counter { BH_COUNT_DOC, BH_COUNT_CONTRACT, BH_COUNT_PLACE, BH_COUNTERS } bh_counter;

struct bh_store {
  sqlite3 *db;
  char *path;
  bh_store_mode mode;
  int lock_fd;
  bool no_log;                            /* a reader, and there was no log beside the store when it came */
  bool writing, in_transaction;
  size_t stmt_count, taken_count;
  bh_stmt_slot *taken[32];                /* those in use now, the latest last */
  bh_stmt_slot stmts[BH_STMT_SLOTS];
  bool counters_read, counters_changed;
  int64_t counters[BH_COUNTERS];
  int64_t client_last;                    /* the last client's number; -1: to be read */
  int32_t batch_num; int64_t batch_first; /* the batch lately written to, and its first document */
  bh_content_slot contents[BH_CONTENT_SLOTS];
  bh_arena names_arena; bh_map accounts;  /* interned names; emptied by a rollback */
  struct bh_series *first_series;         /* numbers given in this transaction; written back at commit */
  bh_buf scratch;                         /* for packing one row */
  struct bh_facts_cache *facts;           /* facts_cache.c */
};

/* ---- the file (sqlite_open.c, sqlite_create.c) ---- */
bh_store *bh_handle_new(const char *path, bh_store_mode mode);                  /* NULL: no memory */
bh_status bh_store_look(bool *out, const char *path, bh_error *err);            /* is anything at the path? */
bh_status bh_connect(bh_store *s, const char *query, bh_error *err);            /* query: of the file's URI */
bool bh_store_uri(bh_buf *out, const char *path);                               /* to read it only, NUL-ended; false: too long */
bh_status bh_set_up(bh_store *s, bh_error *err);
bh_status bh_store_create(bh_store *s, bh_error *err);                          /* at the handle's path, where nothing is */

/* ---- errors (sqlite_error.c) ---- */
/* What SQLite says now, with the path, as BH_E_STORE (BH_E_NOMEM, or BH_E_BUG where it is our mistake). */
bh_status bh_sql_fail(bh_store *s, bh_error *err, const char *doing);

/* The code that was filled in (BH_E_STORE where the caller wants no error). */
static inline bh_status bh_code(const bh_error *err) { return err ? err->code : BH_E_STORE; }

/* ---- statements (statements.c) ---- */
/* The prepared statement of a string literal (found again by its address), or NULL with err filled. Give it back with bh_sql_done. */
sqlite3_stmt *bh_sql(bh_store *s, const char *sql, bh_error *err);
/* The same, but only inside a write transaction. */
sqlite3_stmt *bh_sql_write(bh_store *s, const char *sql, bh_error *err);
void bh_sql_done(bh_store *s, sqlite3_stmt *st);
/* 1: a row; 0: no more; -1: err filled. */
int bh_sql_step(bh_store *s, sqlite3_stmt *st, bh_error *err);
/* Steps to the end and gives back. */
bh_status bh_sql_run(bh_store *s, sqlite3_stmt *st, bh_error *err);
bh_status bh_sql_exec(bh_store *s, const char *sql, bh_error *err);
/* One integer of a statement without parameters; `fallback` where no row or NULL. */
bh_status bh_sql_int(bh_store *s, int64_t *out, const char *sql, int64_t fallback, bh_error *err);
void bh_sql_forget(bh_store *s); /* finalizes all */

static inline void bh_bind_int(sqlite3_stmt *st, int i, int64_t v) { sqlite3_bind_int64(st, i, v); }
static inline void bh_bind_str(sqlite3_stmt *st, int i, bh_str v) {
  sqlite3_bind_text64(st, i, v.ptr ? v.ptr : "", v.len, SQLITE_STATIC, SQLITE_UTF8);
}
static inline void bh_bind_str_null(sqlite3_stmt *st, int i, bh_str v) { /* empty: NULL */
  if (v.len) bh_bind_str(st, i, v); else sqlite3_bind_null(st, i);
}
static inline void bh_bind_blob(sqlite3_stmt *st, int i, bh_str v) {
  sqlite3_bind_blob64(st, i, v.ptr ? v.ptr : "", v.len, SQLITE_STATIC);
}
static inline void bh_bind_day_if(sqlite3_stmt *st, int i, bool is, bh_day day) { /* is false: NULL */
  if (is) sqlite3_bind_int64(st, i, day); else sqlite3_bind_null(st, i);
}
void bh_bind_sha(sqlite3_stmt *st, int i, const bh_sha *h); /* zeros: NULL */
static inline int64_t bh_col_int(sqlite3_stmt *st, int i) { return sqlite3_column_int64(st, i); }
static inline int32_t bh_col_i32(sqlite3_stmt *st, int i) { return sqlite3_column_int(st, i); }
/* Points into the row: valid until the next step. */
static inline bh_str bh_col_view(sqlite3_stmt *st, int i) {
  const void *p = sqlite3_column_blob(st, i);
  int n = sqlite3_column_bytes(st, i);
  return (bh_str){p ? (const char *)p : "", p ? (size_t)n : 0};
}
bh_str bh_col_str(sqlite3_stmt *st, int i, bh_arena *a);
bh_sha bh_col_sha(sqlite3_stmt *st, int i);

/* Texts that insert 1, 2, … BH_ROWS_MAX rows: a statement's own start and end cost as much as a row does. `row`: "(?,?)". `head` says
 * INSERT OR FAIL: to undo the first rows where a later one fails SQLite would copy every page before it writes to it, and whoever sees a write
 * fail rolls the transaction back anyhow. */
enum { BH_ROWS_MAX = 8 };
#define BH_ROW_INSERTS(head, row)                                                                                                   \
  {head row, head row "," row, head row "," row "," row, head row "," row "," row "," row, head row "," row "," row "," row "," row, \
   head row "," row "," row "," row "," row "," row, head row "," row "," row "," row "," row "," row "," row,                     \
   head row "," row "," row "," row "," row "," row "," row "," row}
static inline size_t bh_rows_now(size_t left) { return left < BH_ROWS_MAX ? left : BH_ROWS_MAX; }

/* ---- numbers (counter.c) ---- */
bh_status bh_counter_next(bh_store *s, int64_t *out, bh_counter which, bh_error *err);
bh_status bh_counters_flush(bh_store *s, bh_error *err);
bh_status bh_series_flush(bh_store *s, bh_error *err); /* approval.c; the map is emptied */

void bh_store_unlock(bh_store *s); /* lock.c */

/* ---- schema (schema.c, migrate.c) ---- */
/* Makes the tables of an empty file; checks a store's schema, and migrates it forward. */
bh_status bh_schema_create(bh_store *s, bh_error *err);
bh_status bh_schema_check(bh_store *s, bh_error *err);
/* One step forward: SQL that turns schema `from` into from + 1. */
typedef struct bh_migration { int from; const char *sql; } bh_migration;
/* Takes the writers' lock, makes a backup beside the store (PATH.schema-N.bak), then runs the steps from the store's schema
 * to `target` in one transaction. */
bh_status bh_schema_migrate(bh_store *s, const bh_migration *steps, size_t n, int target, bh_error *err);

/* fsync of a file or a folder (flags for open), and of the folder that a path stands in. */
bh_status bh_sync_path(const char *path, int flags, bh_error *err);
bh_status bh_sync_folder_of(const char *path, bh_error *err);

/* ---- growing arrays in arenas ---- */
typedef struct bh_vec { void *items; size_t count, cap, size; } bh_vec;
void *bh_vec_push(bh_vec *v, bh_arena *a); /* the new item, zeroed */

/* ---- in other files ---- */
void bh_facts_cache_drop(bh_store *s);  /* words too: they may not be there any more */
void bh_facts_cache_stale(bh_store *s); /* connectors are read again */
/* Keeps the least document of a batch (doc.c → batch.c). */
bh_status bh_batch_saw(bh_store *s, int32_t batch, int64_t doc, bh_error *err);
#endif
