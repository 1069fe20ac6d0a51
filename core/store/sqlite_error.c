/* What SQLite's errors mean to a person. */
#include "store/engine.h"
#include <errno.h>

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
  if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) return bh_fail(err, BH_E_LOCKED, "%s: %s%s%s", s->path, doing, sep, what);
  bool os_tells = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
  if (os_tells && os == ENOSPC) what = "disk full";
  if (os_tells && os)
    return bh_fail(err, BH_E_STORE, "%s: %s%s%s (%s: %s)", s->path, doing, sep, what, words, strerror(os));
  return bh_fail(err, BH_E_STORE, "%s: %s%s%s (%s)", s->path, doing, sep, what, words);
}
