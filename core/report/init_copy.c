/* The shipped example, copied file by file. */
#include "report/init.h"
#include "plugin/paths.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool join(char out[PATH_MAX], const char *dir, const char *name) {
  int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
  return n > 0 && n < PATH_MAX;
}

/* PREFIX/lib/libbillhook.so, PREFIX/lib/TRIPLET/libbillhook.so, PREFIX/bin/PROGRAM: the share folder is some way above. */
bh_status bh_init_share(char *out, size_t size, const char *what, bh_error *err) {
  enum { UP_MAX = 3 };
  char self[PATH_MAX], path[PATH_MAX];
  if (!bh_paths_self(self)) return bh_fail(err, BH_E_WORKSPACE, "cannot find where Billhook is installed");
  memcpy(path, self, strlen(self) + 1);
  for (int i = 0; i <= UP_MAX; i++) {
    char *slash = i > 0 ? strrchr(path, '/') : NULL;
    if (i > 0 && (slash == NULL || slash == path)) break;
    if (slash != NULL) *slash = 0;
    int n = snprintf(out, size, "%s/share/billhook/%s", path, what);
    struct stat st;
    if (n > 0 && (size_t)n < size && stat(out, &st) == 0) return BH_OK;
  }
  return bh_fail(err, BH_E_NOTFOUND, "there is no share/billhook/%s beside this installation (%s)", what, self);
}

static bh_status copy_folder(const char *from, const char *to, int depth, bh_error *err);

static bh_status copy_one(const char *from, const char *to, int depth, bh_error *err) {
  enum { FILE_MAX = 64 << 20 };
  struct stat st;
  if (stat(from, &st) != 0) return bh_fail(err, BH_E_WORKSPACE, "cannot read %s: %s", from, strerror(errno));
  if (S_ISDIR(st.st_mode)) return copy_folder(from, to, depth + 1, err);
  bh_buf text;
  bh_buf_init(&text, FILE_MAX);
  bh_status rc = bh_file_read(&text, from, err);
  if (rc == BH_OK) rc = bh_init_write(to, bh_buf_str(&text), err);
  bh_buf_dispose(&text);
  return rc;
}

static bh_status copy_folder(const char *from, const char *to, int depth, bh_error *err) {
  enum { DEPTH_MAX = 8 };
  char a[PATH_MAX], b[PATH_MAX];
  if (depth > DEPTH_MAX) return bh_fail(err, BH_E_WORKSPACE, "%s is too deep", from);
  bh_status st = bh_init_folder(to, err);
  DIR *d = st == BH_OK ? opendir(from) : NULL;
  if (st == BH_OK && d == NULL) st = bh_fail(err, BH_E_WORKSPACE, "cannot read %s: %s", from, strerror(errno));
  for (struct dirent *e; st == BH_OK && (e = readdir(d)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || bh_str_glob(BH_S("billhook.db*"), bh_str_c(e->d_name))) continue;
    if (!join(a, from, e->d_name) || !join(b, to, e->d_name)) st = bh_fail(err, BH_E_WORKSPACE, "a path below %s is too long", to);
    else st = copy_one(a, b, depth, err);
  }
  if (d != NULL) closedir(d);
  return st;
}

bh_status bh_init_copy(const char *dir, const char *name, bh_error *err) {
  char what[256], from[PATH_MAX];
  snprintf(what, sizeof what, "examples/%s", name);
  bh_status st = bh_init_share(from, sizeof from, what, err);
  return st == BH_OK ? copy_folder(from, dir, 0, err) : st;
}
