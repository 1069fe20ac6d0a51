/* Forward migrations, each after a backup; and the online backup itself. */
#include "store/engine.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bh_status bh_sync_path(const char *path, int flags, bh_error *err) {
  int fd = open(path, flags | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  int os = errno;
  if (fd >= 0) close(fd);
  return ok ? BH_OK : bh_fail(err, BH_E_STORE, "%s: %s: %s", path, os == ENOSPC ? "disk full" : "cannot be written", strerror(os));
}

bh_status bh_sync_folder_of(const char *path, bh_error *err) {
  const char *slash = strrchr(path, '/');
  if (!slash) return bh_sync_path(".", O_RDONLY | O_DIRECTORY, err);
  char *dir = strndup(path, (size_t)(slash - path) + 1);
  if (!dir) return bh_fail(err, BH_E_NOMEM, "%s: out of memory", path);
  bh_status status = bh_sync_path(dir, O_RDONLY | O_DIRECTORY, err);
  free(dir);
  return status;
}

bh_status bh_store_backup(bh_store *s, const char *path, bh_error *err) {
  char part[4096 + 16];
  int n = snprintf(part, sizeof part, "%s.part", path);
  if (n < 0 || (size_t)n >= sizeof part) return bh_fail(err, BH_E_STORE, "%s: the path is too long", path);
  if (access(path, F_OK) == 0) return bh_fail(err, BH_E_STORE, "%s: there is a file of that name already", path);
  int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return bh_fail(err, BH_E_STORE, "%s: cannot be created: %s", part, strerror(errno));
  close(fd);
  bh_status status = BH_OK;
  sqlite3_stmt *st = NULL;
  if (sqlite3_prepare_v2(s->db, "VACUUM INTO ?1", -1, &st, NULL) != SQLITE_OK) status = bh_sql_fail(s, err, "preparing a backup");
  if (status == BH_OK) {
    bh_bind_str(st, 1, bh_str_c(part));
    if (sqlite3_step(st) != SQLITE_DONE) status = bh_sql_fail(s, err, "making a backup");
  }
  sqlite3_finalize(st);
  if (status == BH_OK) status = bh_sync_path(part, O_RDWR, err);
  if (status == BH_OK && rename(part, path) != 0) status = bh_fail(err, BH_E_STORE, "%s: cannot be renamed: %s", part, strerror(errno));
  if (status == BH_OK) status = bh_sync_folder_of(path, err);
  if (status != BH_OK) unlink(part);
  return status;
}

static bh_status back_up_before(bh_store *s, int64_t version, bh_error *err) {
  char name[4096 + 64];
  for (int i = 0; i < 1000; i++) {
    int n = i ? snprintf(name, sizeof name, "%s.schema-%lld.%d.bak", s->path, (long long)version, i)
              : snprintf(name, sizeof name, "%s.schema-%lld.bak", s->path, (long long)version);
    if (n < 0 || (size_t)n >= sizeof name) return bh_fail(err, BH_E_STORE, "%s: the path is too long", s->path);
    if (access(name, F_OK) != 0) return bh_store_backup(s, name, err);
  }
  return bh_fail(err, BH_E_STORE, "%s: no free name for a backup", s->path);
}

static bh_status step_forward(bh_store *s, const bh_migration *steps, size_t n, int64_t version, int target, bh_error *err) {
  for (; version < target; version++) {
    const bh_migration *step = NULL;
    for (size_t i = 0; i < n; i++) if (steps[i].from == version) step = &steps[i];
    if (!step) return bh_fail(err, BH_E_STORE, "%s: schema %lld cannot be brought forward by this program", s->path, (long long)version);
    bh_status status = bh_sql_exec(s, step->sql, err);
    if (status != BH_OK) return status;
  }
  char mark[60];
  snprintf(mark, sizeof mark, "PRAGMA user_version=%d", target);
  return bh_sql_exec(s, mark, err);
}

bh_status bh_schema_migrate(bh_store *s, const bh_migration *steps, size_t n, int target, bh_error *err) {
  bool had_lock = s->lock_fd >= 0;
  bh_status status = bh_store_lock(s, 10, NULL, err);
  if (status != BH_OK) return status;
  int64_t version = 0;
  status = bh_sql_int(s, &version, "PRAGMA user_version", 0, err);
  if (status == BH_OK && version < target) {
    status = back_up_before(s, version, err);
    bh_sql_forget(s);
    if (status == BH_OK) status = bh_sql_exec(s, "BEGIN IMMEDIATE", err);
    if (status == BH_OK) status = step_forward(s, steps, n, version, target, err);
    if (status == BH_OK) status = bh_sql_exec(s, "COMMIT", err);
    if (status != BH_OK && !sqlite3_get_autocommit(s->db)) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
  }
  if (!had_lock) bh_store_unlock(s);
  return status;
}
