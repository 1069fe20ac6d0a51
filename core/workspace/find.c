/* Finding the workspace, and listing its folders. */
#include "workspace/internal.h"
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bh_str ws_join(bh_arena *a, bh_str dir, const char *name) { return bh_arena_fmt(a, "%.*s/%s", BH_STR_ARG(dir), name); }

bh_status bh_workspace_find(bh_str *out, bh_arena *a, const char *start, bh_error *err) {
  char path[PATH_MAX];
  if (!realpath(start && *start ? start : ".", path)) return bh_fail(err, BH_E_WORKSPACE, "no folder %s", start ? start : ".");
  for (;;) {
    bh_str config = bh_arena_fmt(a, "%s/billhook.lua", strcmp(path, "/") == 0 ? "" : path);
    if (access(config.ptr, F_OK) == 0) {
      *out = bh_arena_str(a, bh_str_c(path));
      return BH_OK;
    }
    char *slash = strrchr(path, '/');
    if (!slash || path[1] == 0) return bh_fail(err, BH_E_WORKSPACE, "no billhook.lua in %s or a folder above it; `billhook init` makes a workspace", start ? start : ".");
    if (slash == path) slash++;
    *slash = 0;
  }
}

static int str_order(const void *a, const void *b) { return bh_str_cmp(*(const bh_str *)a, *(const bh_str *)b); }

bool ws_list(bh_arena *a, const char *dir, const char *suffix, bh_str **out, size_t *count) {
  *out = NULL;
  *count = 0;
  DIR *d = opendir(dir);
  if (!d) return false;
  size_t cap = 0, k = strlen(suffix);
  bh_str *names = NULL;
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    size_t n = strlen(e->d_name);
    if (e->d_name[0] == '.' || n <= k || strcmp(e->d_name + n - k, suffix) != 0) continue;
    if (*count == cap) {
      cap = cap ? cap * 2 : 64;
      bh_str *grown = BH_NEWN(a, bh_str, cap);
      if (*count) memcpy(grown, names, *count * sizeof *names);
      names = grown;
    }
    names[(*count)++] = bh_arena_str(a, (bh_str){e->d_name, n});
  }
  closedir(d);
  if (*count) qsort(names, *count, sizeof *names, str_order);
  *out = names;
  return true;
}
