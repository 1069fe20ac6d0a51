/* billhook init: a folder that `billhook check` is content with. */
#include "report/init.h"

#include <billhook/billhook.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bh_status bh_init_folder(const char *path, bh_error *err) {
  if (mkdir(path, 0777) == 0 || errno == EEXIST) return BH_OK;
  return bh_fail(err, BH_E_WORKSPACE, "cannot make the folder %s: %s", path, strerror(errno));
}

bh_status bh_init_write(const char *path, bh_str text, bh_error *err) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  size_t done = 0;
  while (fd >= 0 && done < text.len) {
    ssize_t n = write(fd, text.ptr + done, text.len - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += (size_t)n;
  }
  int why = errno;
  bool ok = fd >= 0 && done == text.len;
  if (fd >= 0 && close(fd) != 0 && ok) {
    ok = false;
    why = errno;
  }
  return ok ? BH_OK : bh_fail(err, BH_E_WORKSPACE, "cannot write %s: %s", path, strerror(why));
}

/* Hidden files such as .git are no reason to refuse. */
static bh_status check_empty(const char *dir, const char *what, bh_error *err) {
  DIR *d = opendir(dir);
  if (d == NULL) return bh_fail(err, BH_E_WORKSPACE, "cannot read the folder %s: %s", dir, strerror(errno));
  bh_status st = BH_OK;
  for (struct dirent *e; st == BH_OK && (e = readdir(d)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, ".git") != 0)
      st = bh_fail(err, BH_E_USAGE, "%s is not empty (there is %s): a new %s needs an empty folder", dir, e->d_name, what);
  closedir(d);
  return st;
}

/* The folder and those above it. */
static bh_status make_path(const char *dir, bh_error *err) {
  char path[4096];
  size_t n = strlen(dir);
  if (n == 0 || n >= sizeof path) return bh_fail(err, BH_E_USAGE, "the folder's name is %s", n == 0 ? "empty" : "too long");
  memcpy(path, dir, n + 1);
  for (char *p = path + 1; *p; p++) {
    if (*p != '/') continue;
    *p = 0;
    bh_status st = bh_init_folder(path, err);
    if (st != BH_OK) return st;
    *p = '/';
  }
  return bh_init_folder(path, err);
}

bh_status bh_init_empty_folder(const char *dir, const char *what, bh_error *err) {
  bh_status st = make_path(dir, err);
  return st == BH_OK ? check_empty(dir, what, err) : st;
}

static bh_status scaffold(const char *dir, bh_error *err) {
  bh_status st = BH_OK;
  char path[4096];
  for (size_t i = 0; i < bh_init_file_count && st == BH_OK; i++) {
    const bh_init_file *f = &bh_init_files[i];
    int n = snprintf(path, sizeof path, "%s/%s", dir, f->name);
    if (n < 0 || (size_t)n >= sizeof path) return bh_fail(err, BH_E_USAGE, "the folder's name is too long");
    st = f->text == NULL ? bh_init_folder(path, err) : bh_init_write(path, bh_str_c(f->text), err);
  }
  return st;
}

int billhook_init(const char *dir, int example, char *err, size_t err_size) {
  bh_error e = {0};
  bh_status st = bh_init_empty_folder(dir, "workspace", &e);
  if (st == BH_OK) st = example ? bh_init_copy(dir, "northwind", &e) : scaffold(dir, &e);
  if (st == BH_OK) st = bh_init_editor(dir, &e);
  if (err_size > 0) snprintf(err, err_size, "%s", st == BH_OK ? "" : e.message);
  return st == BH_OK ? BILLHOOK_DONE : st == BH_E_USAGE ? BILLHOOK_USAGE : BILLHOOK_WORKSPACE;
}
