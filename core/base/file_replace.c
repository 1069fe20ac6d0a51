/* Text files that people keep: written whole, or not at all. */
#include "base/base.h"
#include "base/failpoint.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 30 };

static bh_status write_all(int fd, bh_str s, const char *path, bh_error *err)
{
  for (size_t done = 0; done < s.len;) {
    ssize_t n = write(fd, s.ptr + done, s.len - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return bh_fail(err, BH_E_STORE, "cannot write %s: %m", path);
    done += (size_t)n;
  }
  return BH_OK;
}

static bh_status sync_folder(const char *path, bh_error *err)
{
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  bh_status st = ok ? BH_OK : bh_fail(err, BH_E_STORE, "cannot write %s: %m", folder);
  if (fd >= 0)
    close(fd);
  return st;
}

/* The whole text beside its place, on the disk, with the mode of the file that it is to replace. */
static bh_status write_beside(const char *part, const char *path, bh_str text, bh_error *err)
{
  struct stat was;
  mode_t mode = stat(path, &was) == 0 ? was.st_mode & 07777 : 0666;
  int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0)
    return bh_fail(err, BH_E_STORE, "cannot write %s: %m", part);
  bh_status st = write_all(fd, text, part, err);
  if (st == BH_OK && fsync(fd) != 0)
    st = bh_fail(err, BH_E_STORE, "cannot write %s: %m", part);
  if (close(fd) != 0 && st == BH_OK)
    st = bh_fail(err, BH_E_STORE, "cannot write %s: %m", part);
  return st;
}

bh_status bh_file_replace(const char *path, bh_str text, bh_error *err)
{
  char real[PATH_MAX], part[PATH_MAX + 8];
  if (realpath(path, real) == NULL && errno != ENOENT)
    return bh_fail(err, BH_E_STORE, "cannot write %s: %m", path);
  const char *at = access(path, F_OK) == 0 ? real : path; /* a link stays one */
  snprintf(part, sizeof part, "%s.part", at);
  bh_status st = write_beside(part, at, text, err);
  BH_FAILPOINT("replace.before_rename");
  if (st == BH_OK && rename(part, at) != 0)
    st = bh_fail(err, BH_E_STORE, "cannot write %s: %m", at);
  if (st == BH_OK)
    st = sync_folder(at, err);
  if (st != BH_OK)
    unlink(part);
  BH_FAILPOINT("replace.after_rename");
  return st;
}

bh_status bh_file_append_line(const char *path, bh_str line, bh_error *err)
{
  bh_buf text;
  bh_buf_init(&text, FILE_BYTES_MAX);
  bh_status st = bh_file_read(&text, path, err);
  if (st == BH_E_NOTFOUND)
    st = BH_OK;
  if (st == BH_OK && text.len > 0 && text.ptr[text.len - 1] != '\n')
    bh_buf_putc(&text, '\n');
  if (st == BH_OK && (!bh_buf_puts(&text, line) || !bh_buf_putc(&text, '\n')))
    st = bh_fail(err, BH_E_STORE, "%s would be larger than 1 GiB", path);
  if (st == BH_OK)
    st = bh_file_replace(path, bh_buf_str(&text), err);
  bh_buf_dispose(&text);
  return st;
}
