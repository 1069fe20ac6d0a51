/* Opening and closing, transactions, and what SQLite's errors mean to a person. */
#include "store/engine.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *meaning(int rc) {
  switch (rc & 0xff) {
    case SQLITE_FULL: return "disk full";
    case SQLITE_IOERR: return "input/output error";
    case SQLITE_CORRUPT: return "the store is damaged";
    case SQLITE_NOTADB: return "not a Billhook store";
    case SQLITE_BUSY: case SQLITE_LOCKED: return "busy: another program holds the store";
    case SQLITE_READONLY: return "cannot be written";
    case SQLITE_CANTOPEN: return "cannot be opened";
    case SQLITE_PERM: case SQLITE_AUTH: return "access refused";
    default: return NULL;
  }
}

bh_status bh_sql_fail(bh_store *s, bh_error *err, const char *doing) {
  int rc = sqlite3_extended_errcode(s->db);
  int os = sqlite3_system_errno(s->db);
  const char *words = sqlite3_errmsg(s->db);
  const char *what = meaning(rc);
  const char *sep = doing ? ": " : "";
  if (!doing) doing = "";
  if ((rc & 0xff) == SQLITE_NOMEM) return bh_fail(err, BH_E_NOMEM, "%s: out of memory", s->path);
  if (!what) return bh_fail(err, BH_E_BUG, "%s: %s%s%s (SQLite %d)", s->path, doing, sep, words, rc);
  bool os_tells = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
  if (os_tells && os == ENOSPC) what = "disk full";
  if (os_tells && os)
    return bh_fail(err, BH_E_STORE, "%s: %s%s%s (%s: %s)", s->path, doing, sep, what, words, strerror(os));
  return bh_fail(err, BH_E_STORE, "%s: %s%s%s (%s)", s->path, doing, sep, what, words);
}

/* True where the file is not there or has nothing in it. A file that the engine makes is the user's alone. */
static bh_status prepare_file(bool *out_empty, const char *path, bh_store_mode mode, bh_error *err) {
  struct stat st;
  *out_empty = false;
  if (stat(path, &st) == 0) {
    if (!S_ISREG(st.st_mode)) return bh_fail(err, BH_E_STORE, "%s: not a regular file", path);
    *out_empty = st.st_size == 0;
    if (*out_empty && mode == BH_STORE_READ) return bh_fail(err, BH_E_NOTFOUND, "%s: there is no store yet", path);
    if (*out_empty && chmod(path, 0600) != 0)
      return bh_fail(err, BH_E_STORE, "%s: cannot be made private: %s", path, strerror(errno));
    return BH_OK;
  }
  if (errno != ENOENT) return bh_fail(err, BH_E_STORE, "%s: cannot be opened: %s", path, strerror(errno));
  if (mode == BH_STORE_READ) return bh_fail(err, BH_E_NOTFOUND, "%s: there is no store yet", path);
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) return bh_fail(err, BH_E_STORE, "%s: cannot be created: %s", path, strerror(errno));
  if (fd >= 0) close(fd);
  *out_empty = true;
  return BH_OK;
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

static bh_status connect_file(bh_store *s, const char *query, bh_error *err) {
  bh_buf uri;
  bh_buf_init(&uri, 3 * 4096 + 64);
  bh_status status = BH_OK;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | (s->mode == BH_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (!uri_of(&uri, s->path, query)) status = bh_fail(err, BH_E_STORE, "%s: the path is too long", s->path);
  else if (sqlite3_open_v2(uri.ptr, &s->db, flags, NULL) != SQLITE_OK) status = bh_sql_fail(s, err, NULL);
  bh_buf_dispose(&uri);
  return status;
}

static bh_status set_up(bh_store *s, bool empty, bh_error *err) {
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
  bh_status status = bh_sql_exec(s, pragmas, err);
  /* A store that is being made holds nothing that a power cut could lose: its first commit is what is synchronised. */
  if (status == BH_OK && empty) status = bh_sql_exec(s, "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL;", err);
  if (status == BH_OK && empty) status = bh_schema_create(s, err);
  if (status == BH_OK && empty) status = bh_sql_exec(s, "PRAGMA synchronous=FULL;", err);
  if (status == BH_OK) status = bh_schema_check(s, err);
  if (status == BH_OK && s->mode == BH_STORE_WRITE) status = bh_sql_exec(s, "PRAGMA journal_mode=WAL;", err);
  return status;
}

bh_status bh_store_open(bh_store **out, const char *path, bh_store_mode mode, bh_error *err) {
  *out = NULL;
  bool empty;
  bh_status status = prepare_file(&empty, path, mode, err);
  if (status != BH_OK) return status;
  bh_store *s = calloc(1, sizeof *s);
  if (!s || !(s->path = strdup(path))) {
    free(s);
    return bh_fail(err, BH_E_NOMEM, "%s: out of memory", path);
  }
  s->mode = mode;
  s->lock_fd = -1;
  bh_arena_init(&s->names_arena);
  bh_map_init(&s->accounts, &s->names_arena);
  bh_buf_init(&s->scratch, 64 << 20);
  status = connect_file(s, "", err);
  if (status == BH_OK) status = set_up(s, empty, err);
  if (status == BH_E_STORE && mode == BH_STORE_READ && may_be_frozen(path)) {
    bh_sql_forget(s);
    sqlite3_close_v2(s->db);
    s->db = NULL;
    status = connect_file(s, "?immutable=1", err);
    if (status == BH_OK) status = set_up(s, false, err);
  }
  if (status != BH_OK) bh_store_close(s);
  else *out = s;
  return status;
}

void bh_store_close(bh_store *s) {
  if (!s) return;
  if (s->db) {
    bh_store_rollback(s);
    bh_sql_forget(s);
    sqlite3_close_v2(s->db); /* the last one out checkpoints the log and removes it */
  }
  bh_facts_cache_drop(s);
  if (s->lock_fd >= 0) close(s->lock_fd);
  bh_arena_dispose(&s->names_arena);
  bh_buf_dispose(&s->scratch);
  free(s->path);
  free(s);
}

bh_status bh_store_begin(bh_store *s, bh_error *err) {
  if (s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a transaction within a transaction", s->path);
  if (s->mode != BH_STORE_WRITE) return bh_fail(err, BH_E_BUG, "%s: opened for reading only", s->path);
  bh_status status = bh_sql_run(s, bh_sql(s, "BEGIN IMMEDIATE", err), err);
  if (status != BH_OK) return status;
  bh_facts_cache_stale(s);
  s->writing = s->in_transaction = true;
  s->counters_read = s->counters_changed = false;
  s->batch_num = 0;
  return BH_OK;
}

bh_status bh_store_begin_read(bh_store *s, bh_error *err) {
  if (s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a transaction within a transaction", s->path);
  bh_status status = bh_sql_run(s, bh_sql(s, "BEGIN", err), err);
  if (status != BH_OK) return status;
  bh_facts_cache_stale(s);
  s->in_transaction = true;
  int64_t ignored; /* the first read takes the snapshot */
  status = bh_sql_int(s, &ignored, "SELECT count(*) FROM counter", 0, err);
  if (status != BH_OK) bh_store_rollback(s);
  return status;
}

bh_status bh_store_commit(bh_store *s, bh_error *err) {
  if (!s->in_transaction) return bh_fail(err, BH_E_BUG, "%s: a commit without a transaction", s->path);
  bh_status status = s->writing ? bh_counters_flush(s, err) : BH_OK;
  if (status == BH_OK && s->writing) status = bh_series_flush(s, err);
  if (status == BH_OK) status = bh_sql_run(s, bh_sql(s, "COMMIT", err), err);
  if (status == BH_OK) s->writing = s->in_transaction = false;
  return status;
}

void bh_store_rollback(bh_store *s) {
  if (!s->in_transaction) return;
  if (!sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  if (s->writing) { /* names that were given are not given after all */
    memset(s->contents, 0, sizeof s->contents);
    bh_arena_reset(&s->names_arena);
    bh_map_init(&s->accounts, &s->names_arena);
    s->first_series = NULL;
    bh_facts_cache_drop(s);
  }
  s->batch_num = 0;
  s->counters_read = s->counters_changed = false;
  s->writing = s->in_transaction = false;
}

bh_status bh_store_integrity(bh_store *s, bh_buf *problems, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "PRAGMA integrity_check(100)", err);
  if (!st) return bh_code(err);
  int more;
  while ((more = bh_sql_step(s, st, err)) > 0) {
    bh_str line = bh_col_view(st, 0);
    if (bh_str_eqz(line, "ok")) continue;
    if (problems->len) bh_buf_putc(problems, '\n');
    bh_buf_puts(problems, line);
  }
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : BH_OK;
}
