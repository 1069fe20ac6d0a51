/* Who may have written a plugin: the file and every folder above it belong to root or the user and nobody else may write
 * there. A sticky folder of root's (/tmp) passes: what stands in it can be replaced by its owner alone. */
#include "plugin/plugins.h"
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool owner_ok(const struct stat *st)
{
  return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool folder_ok(const struct stat *st)
{
  if (!S_ISDIR(st->st_mode) || !owner_ok(st))
    return false;
  return !(st->st_mode & (S_IWGRP | S_IWOTH)) || (st->st_uid == 0 && (st->st_mode & S_ISVTX));
}

static bh_status refuse(const char *path, const char *part, const struct stat *st, bh_error *err)
{
  unsigned owner = (unsigned)st->st_uid, mode = (unsigned)st->st_mode & 07777u;
  if (strcmp(path, part) == 0)
    return bh_fail(err, BH_E_INVALID, "%s (owner %u, mode %04o) is not trusted: it must belong to root or to you and be "
                   "writable by nobody else", path, owner, mode);
  return bh_fail(err, BH_E_INVALID, "%s is not trusted: its folder %s (owner %u, mode %04o) must belong to root or to you and be "
                 "writable by nobody else", path, part, owner, mode);
}

bh_status bh_plugin_trust_check(const char *path, bh_error *err)
{
  char real[PATH_MAX];
  struct stat st;
  if (!realpath(path, real) || lstat(real, &st) != 0)
    return bh_fail(err, BH_E_NOTFOUND, "cannot find %s: %m", path);
  if (!S_ISREG(st.st_mode))
    return bh_fail(err, BH_E_INVALID, "%s is not a regular file", real);
  if (!owner_ok(&st) || (st.st_mode & (S_IWGRP | S_IWOTH)))
    return refuse(real, real, &st, err);
  char part[PATH_MAX];
  memcpy(part, real, strlen(real) + 1);
  for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
    bool root = slash == part;
    slash[root ? 1 : 0] = 0;
    if (lstat(part, &st) != 0)
      return bh_fail(err, BH_E_INVALID, "cannot look at %s: %m", part);
    if (!folder_ok(&st))
      return refuse(real, part, &st, err);
    if (root)
      break;
  }
  return BH_OK;
}
