/* Opening and closing a store's file. */
#include "store/engine.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bh_status bh_store_look(bool *out, const char *path, bh_error *err) {
  struct stat st;
  *out = false;
  if (stat(path, &st) == 0) {
    if (!S_ISREG(st.st_mode)) return bh_fail(err, BH_E_STORE, "%s: not a regular file", path);
    *out = st.st_size > 0;
    return BH_OK;
  }
  return errno == ENOENT ? BH_OK : bh_fail(err, BH_E_STORE, "%s: cannot be opened: %s", path, strerror(errno));
}

/* A store on a read-only medium has no log beside it and nobody who writes: it is read as it stands. */
static bool may_be_frozen(const char *path) {
  char name[4096 + 8];
  int n = snprintf(name, sizeof name, "%s-wal", path);
  if (n < 0 || (size_t)n >= sizeof name || access(name, F_OK) == 0) return false;
  const char *slash = strrchr(path, '/');
  n = slash ? snprintf(name, sizeof name, "%.*s", (int)(slash - path) + 1, path) : snprintf(name, sizeof name, ".");
  return n > 0 && (size_t)n < sizeof name && access(name, W_OK) != 0;
}

static bool has_log(const char *path) {
  char name[4096 + 8];
  int n = snprintf(name, sizeof name, "%s-wal", path);
  return n > 0 && (size_t)n < sizeof name && access(name, F_OK) == 0;
}

static bool uri_of(bh_buf *out, const char *path, const char *query) {
  bh_buf_putz(out, "file:");
  if (path[0] == '/') bh_buf_putz(out, "//");
  for (const char *c = path; *c; c++) {
    unsigned char u = (unsigned char)*c;
    if (u == '%' || u == '?' || u == '#' || u < 0x20) bh_buf_fmt(out, "%%%02X", (unsigned)u);
    else bh_buf_putc(out, *c);
  }
  bh_buf_putz(out, query);
  return bh_buf_putc(out, 0);
}

bool bh_store_uri(bh_buf *out, const char *path) {
  return uri_of(out, path, may_be_frozen(path) ? "?immutable=1" : "?mode=ro");
}

bh_status bh_connect(bh_store *s, const char *query, bh_error *err) {
  bh_buf uri;
  bh_buf_init(&uri, 3 * 4096 + 64);
  bh_status status = BH_OK;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | (s->mode == BH_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (!uri_of(&uri, s->path, query)) status = bh_fail(err, BH_E_STORE, "%s: the path is too long", s->path);
  else if (sqlite3_open_v2(uri.ptr, &s->db, flags, NULL) != SQLITE_OK) status = bh_sql_fail(s, err, NULL);
  bh_buf_dispose(&uri);
  return status;
}

bh_status bh_set_up(bh_store *s, bh_error *err) {
  sqlite3_extended_result_codes(s->db, 1);
  sqlite3_busy_timeout(s->db, BH_BUSY_MS);
  sqlite3_db_config(s->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 512, 256); /* no effect in builds that leave it out */
  sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  char pragmas[400];
  /* Keys are whole by construction; what is sorted spills to a file, so that memory stays flat. */
  snprintf(pragmas, sizeof pragmas,
           "PRAGMA page_size=%d; PRAGMA cache_size=-%d; PRAGMA foreign_keys=OFF; PRAGMA temp_store=FILE; PRAGMA recursive_triggers=OFF;"
           "PRAGMA secure_delete=FAST; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=%d;",
           BH_PAGE_BYTES, BH_CACHE_KIB, BH_CHECKPOINT_PAGES, BH_CHECKPOINT_PAGES * BH_PAGE_BYTES);
  return bh_sql_exec(s, pragmas, err);
}

bh_store *bh_handle_new(const char *path, bh_store_mode mode) {
  bh_store *s = calloc(1, sizeof *s);
  if (!s || !(s->path = strdup(path))) {
    free(s);
    return NULL;
  }
  s->mode = mode;
  s->no_log = mode == BH_STORE_READ && !has_log(path);
  s->lock_fd = -1;
  bh_arena_init(&s->names_arena);
  bh_map_init(&s->accounts, &s->names_arena);
  bh_buf_init(&s->scratch, 64 << 20);
  return s;
}

static bh_status use_log(bh_store *s, bh_error *err) {
  int64_t on;
  bh_status status = bh_sql_int(s, &on, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'", 0, err);
  return status == BH_OK && !on ? bh_sql_exec(s, "PRAGMA journal_mode=WAL", err) : status;
}

static bh_status connect_and_check(bh_store *s, const char *query, bh_error *err) {
  bh_status status = bh_connect(s, query, err);
  if (status == BH_OK) status = bh_set_up(s, err);
  if (status == BH_OK) status = bh_schema_check(s, err);
  return status == BH_OK && s->mode == BH_STORE_WRITE ? use_log(s, err) : status;
}

/* Both are refused, which does no harm, once SQLite has been used. */
void bh_store_alone(void) {
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

bh_status bh_store_open(bh_store **out, const char *path, bh_store_mode mode, bh_error *err) {
  *out = NULL;
  bool there;
  bh_status status = bh_store_look(&there, path, err);
  if (status != BH_OK) return status;
  if (!there && mode == BH_STORE_READ) return bh_fail(err, BH_E_NOTFOUND, "%s: there is no store yet", path);
  bh_store *s = bh_handle_new(path, mode);
  if (!s) return bh_fail(err, BH_E_NOMEM, "%s: out of memory", path);
  if (!there) status = bh_store_create(s, err);
  if (status == BH_OK) status = connect_and_check(s, "", err);
  if (status == BH_E_STORE && mode == BH_STORE_READ && may_be_frozen(path)) {
    bh_sql_forget(s);
    sqlite3_close_v2(s->db);
    s->db = NULL;
    status = connect_and_check(s, "?immutable=1", err);
  }
  if (status != BH_OK) bh_store_close(s);
  else *out = s;
  return status;
}

bh_str bh_store_path(const bh_store *s) { return bh_str_c(s->path); }

/* A reader makes a log for itself and cannot take it away; whoever may write, and is the last, can. Nothing is written to the store. */
static void take_log_away(const char *path) {
  sqlite3 *db = NULL;
  bh_buf uri;
  bh_buf_init(&uri, 3 * 4096 + 64);
  if (uri_of(&uri, path, "") && sqlite3_open_v2(uri.ptr, &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
    (void)sqlite3_exec(db, "SELECT count(*) FROM counter", NULL, NULL, NULL);
  sqlite3_close_v2(db);
  bh_buf_dispose(&uri);
}

void bh_store_close(bh_store *s) {
  if (!s) return;
  if (s->db) {
    bh_store_rollback(s);
    bh_sql_forget(s);
    sqlite3_close_v2(s->db); /* the last one out checkpoints the log and removes it */
    if (s->no_log && has_log(s->path)) take_log_away(s->path);
  }
  bh_facts_cache_drop(s);
  bh_store_unlock(s);
  bh_arena_dispose(&s->names_arena);
  bh_buf_dispose(&s->scratch);
  free(s->path);
  free(s);
}
