/* Making a new store. */
#include "base/failpoint.h"
#include "store/engine.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The disk is waited for once, when all is written: nothing is lost with a file that is not in its place yet. */
static bh_status make_whole(const char *path, bh_error *err) {
  static const char *const left[] = {"", "-journal", "-wal", "-shm"};
  char name[4096 + 64];
  for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
    int n = snprintf(name, sizeof name, "%s%s", path, left[i]);
    if (n < 0 || (size_t)n >= sizeof name) return bh_fail(err, BH_E_STORE, "%s: the path is too long", path);
    unlink(name);
  }
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return bh_fail(err, BH_E_STORE, "%s: cannot be created: %s", path, strerror(errno));
  close(fd);
  bh_store *s = bh_handle_new(path, BH_STORE_WRITE);
  if (!s) return bh_fail(err, BH_E_NOMEM, "%s: out of memory", path);
  bh_status status = bh_connect(s, "", err);
  if (status == BH_OK) status = bh_set_up(s, err);
  if (status == BH_OK) status = bh_sql_exec(s, "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL", err);
  if (status == BH_OK) status = bh_schema_create(s, err);
  bh_store_close(s);
  return status == BH_OK ? bh_sync_path(path, O_RDWR, err) : status;
}

/* A new store is made beside its place and moved there when it is whole: whoever is killed on the way leaves nothing that looks like one.
 * Under the writers' lock, so that of several that find no store only one makes it. */
bh_status bh_store_create(bh_store *s, bh_error *err) {
  char name[4096 + 32];
  int n = snprintf(name, sizeof name, "%s.new", s->path);
  if (n < 0 || (size_t)n >= sizeof name) return bh_fail(err, BH_E_STORE, "%s: the path is too long", s->path);
  bool there = false;
  bh_status status = bh_store_lock(s, BH_BUSY_MS / 1000, NULL, err);
  if (status == BH_OK) status = bh_store_look(&there, s->path, err);
  if (status == BH_OK && !there) {
    status = make_whole(name, err);
    BH_FAILPOINT("store.made");
    if (status == BH_OK && rename(name, s->path) != 0) status = bh_fail(err, BH_E_STORE, "%s: cannot be created: %s", s->path, strerror(errno));
    if (status == BH_OK) status = bh_sync_folder_of(s->path, err);
    if (status != BH_OK) unlink(name);
  }
  bh_store_unlock(s);
  return status;
}
