/* Whole files into buffers. */
#include "base/base.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

static bh_status read_all(bh_buf *out, int fd, const char *path, bh_error *err)
{
  struct stat st;
  size_t left = out->max - out->len;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uintmax_t)st.st_size < left)
    bh_buf_room(out, (size_t)st.st_size + 1); /* one growth instead of many; the byte more meets the end of file */
  for (;;) {
    char probe;
    left = out->max - out->len;
    size_t want = out->cap - out->len;
    if (want == 0)
      want = READ_BYTES;
    if (want > left)
      want = left;
    char *room = want ? bh_buf_room(out, want) : &probe;
    if (!room)
      return bh_fail(err, BH_E_INVALID, "%s is larger than the %zu bytes that are allowed", path, out->max);
    ssize_t n = read(fd, room, want ? want : 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return bh_fail(err, BH_E_INVALID, "cannot read %s: %m", path);
    if (n == 0)
      return BH_OK;
    if (!want) {
      out->failed = true;
      return bh_fail(err, BH_E_INVALID, "%s is larger than the %zu bytes that are allowed", path, out->max);
    }
    out->len += (size_t)n;
  }
}

bh_status bh_file_read(bh_buf *out, const char *path, bh_error *err)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return bh_fail(err, errno == ENOENT || errno == ENOTDIR ? BH_E_NOTFOUND : BH_E_INVALID, "cannot open %s: %m", path);
  bh_status rc = read_all(out, fd, path, err);
  close(fd);
  return rc;
}
