/* What files a folder of the workspace has, for the file service. */
#include "plugin/connector.h"
#include <dirent.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MAX = 100000 };

typedef struct names { bh_str *items; size_t count, cap; } names;

static void add(names *n, bh_arena *a, const char *name)
{
  if (n->count == n->cap) {
    size_t cap = n->cap ? n->cap * 2 : 64;
    bh_str *more = BH_NEWN(a, bh_str, cap);
    if (n->count)
      memcpy(more, n->items, n->count * sizeof *more);
    n->items = more;
    n->cap = cap;
  }
  n->items[n->count++] = bh_arena_str(a, bh_str_c(name));
}

static int by_bytes(const void *x, const void *y)
{
  return bh_str_cmp(*(const bh_str *)x, *(const bh_str *)y);
}

static bh_status read_folder(names *n, DIR *d, bh_connector_run *r, const char *key)
{
  struct dirent *e;
  struct stat st;
  while ((errno = 0, e = readdir(d)) != NULL) {
    if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
      continue;
    if (n->count == NAMES_MAX || !bh_utf8_ok(bh_str_c(e->d_name)))
      return bh_host_fail(&r->host, BH_E_INVALID, "option \"%s\": its folder has more than %d files, or one whose name is not UTF-8", key, NAMES_MAX);
    add(n, &r->host.scratch, e->d_name);
  }
  return errno ? bh_host_fail(&r->host, BH_E_TRANSIENT, "option \"%s\": cannot read its folder: %m", key) : BH_OK;
}

bh_status bh_file_list(void *ctx, const char *key, int32_t *folder, bh_status (*name)(void *user, bh_str name), void *user)
{
  bh_connector_run *r = bh_run_of(ctx);
  names n = {0};
  bh_status rc;
  int fd = bh_file_open_folder(&rc, r, key);
  *folder = fd >= 0;
  if (fd < 0)
    return rc;
  DIR *d = fdopendir(fd);
  if (!d) {
    close(fd);
    return bh_host_fail(&r->host, BH_E_TRANSIENT, "option \"%s\": cannot read its folder: %m", key);
  }
  rc = read_folder(&n, d, r, key);
  closedir(d);
  if (n.count > 1)
    qsort(n.items, n.count, sizeof *n.items, by_bytes);
  for (size_t i = 0; i < n.count && rc == BH_OK; i++)
    rc = name(user, n.items[i]);
  return rc;
}
