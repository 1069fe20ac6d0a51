/* Finding our own parts on disk. In a build tree: X/bin/billhook-worker, X/plugins. Installed: PREFIX/libexec/billhook,
 * PREFIX/LIBDIR/billhook/plugins; the prefix is wherever we were loaded from, so an install can be moved. */
#include "plugin/paths.h"
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef BILLHOOK_INSTALL_LIBEXECDIR
#define BILLHOOK_INSTALL_LIBEXECDIR "/usr/local/libexec"
#define BILLHOOK_INSTALL_LIBDIR "/usr/local/lib"
#define BILLHOOK_LIBDIR_NAME "lib"
#endif

static bool exists(const char *path, mode_t kind)
{
  struct stat st;
  return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

bool bh_paths_join(char out[PATH_MAX], const char *dir, const char *name)
{
  int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
  return n > 0 && n < PATH_MAX;
}

bool bh_paths_self(char out[PATH_MAX])
{
  Dl_info info;
  struct link_map *map = NULL;
  /* The main program's link map has no name: then the executable itself holds us. */
  bool library = dladdr1((const void *)&bh_paths_self, &info, (void **)&map, RTLD_DL_LINKMAP) && map && map->l_name[0];
  char real[PATH_MAX];
  if (!realpath(library ? map->l_name : "/proc/self/exe", real))
    return false;
  char *slash = strrchr(real, '/');
  if (!slash)
    return false;
  slash[slash == real ? 1 : 0] = 0;
  memcpy(out, real, strlen(real) + 1);
  return true;
}

/* Tries self/ups/tail; leaves the resolved path in out. */
static bool try_at(char out[PATH_MAX], const char *self, const char *tail, mode_t kind)
{
  char path[PATH_MAX];
  return bh_paths_join(path, self, tail) && exists(path, kind) && realpath(path, out) != NULL;
}

bh_status bh_paths_worker(char out[PATH_MAX], bh_error *err)
{
  const char *named = secure_getenv("BILLHOOK_WORKER");
  if (named && named[0]) {
    if (named[0] == '/' && exists(named, S_IFREG) && realpath(named, out))
      return BH_OK;
    return bh_fail(err, BH_E_WORKER, "BILLHOOK_WORKER is \"%s\", which is not the absolute path of a file", named);
  }
  /* Beside us, from PREFIX/bin, PREFIX/lib, PREFIX/lib/TRIPLET, and from a build tree's tests/unit. */
  static const char *const places[] = {"billhook-worker", "../libexec/billhook/billhook-worker", "../../libexec/billhook/billhook-worker",
    "bin/billhook-worker", "../bin/billhook-worker", "../../bin/billhook-worker", "../../../bin/billhook-worker"};
  char self[PATH_MAX];
  if (bh_paths_self(self))
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
      if (try_at(out, self, places[i], S_IFREG))
        return BH_OK;
  if (try_at(out, BILLHOOK_INSTALL_LIBEXECDIR, "billhook/billhook-worker", S_IFREG))
    return BH_OK;
  return bh_fail(err, BH_E_WORKER, "cannot find the program billhook-worker beside this one; BILLHOOK_WORKER may name it");
}

bool bh_paths_plugins(char out[PATH_MAX])
{
  char self[PATH_MAX], path[PATH_MAX];
  if (!bh_paths_self(self))
    return false;
  static const char *const installed[] = {"../lib/billhook/plugins", "billhook/plugins", "../../lib/billhook/plugins",
    "../" BILLHOOK_LIBDIR_NAME "/billhook/plugins"};
  for (size_t i = 0; i < sizeof installed / sizeof installed[0]; i++)
    if (try_at(out, self, installed[i], S_IFDIR))
      return true;
  /* A build tree is one where the worker stands in bin/ beside plugins/. */
  static const char *const tops[] = {".", "..", "../..", "../../.."};
  for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
    char top[PATH_MAX];
    if (bh_paths_join(top, self, tops[i]) && bh_paths_join(path, top, "bin/billhook-worker") && exists(path, S_IFREG) &&
        try_at(out, top, "plugins", S_IFDIR))
      return true;
  }
  return try_at(out, BILLHOOK_INSTALL_LIBDIR, "billhook/plugins", S_IFDIR);
}
