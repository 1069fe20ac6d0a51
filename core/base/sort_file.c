/* A temporary file without a name. */
#include "base/sort_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PENDING_BYTES = 128 * 1024 };

bh_status bh_sort_file_open(bh_sort_file *f, const char *dir, bh_error *err)
{
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/billhook-sort-XXXXXX", dir);
  if (n < 0 || (size_t)n >= sizeof path)
    return bh_fail(err, BH_E_STORE, "the temporary folder's path is too long: %.200s…", dir);
  int fd = mkostemp(path, O_CLOEXEC);
  if (fd < 0)
    return bh_fail(err, BH_E_STORE, "cannot make a temporary file in %s: %m", dir);
  unlink(path); /* whatever happens from here on, nothing stays behind */
  *f = (bh_sort_file){.fd = fd, .dir = dir};
  bh_buf_init(&f->pending, PENDING_BYTES);
  return BH_OK;
}

void bh_sort_file_close(bh_sort_file *f)
{
  if (f->fd >= 0)
    close(f->fd);
  f->fd = -1;
  bh_buf_dispose(&f->pending);
}

static bh_status write_all(bh_sort_file *f, const char *p, size_t n, bh_error *err)
{
  while (n) {
    ssize_t written = write(f->fd, p, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      if (written == 0)
        errno = ENOSPC;
      return bh_fail(err, BH_E_STORE, "cannot write a temporary file in %s: %m", f->dir);
    }
    p += written;
    n -= (size_t)written;
  }
  return BH_OK;
}

bh_status bh_sort_file_flush(bh_sort_file *f, bh_error *err)
{
  bh_status rc = write_all(f, f->pending.ptr, f->pending.len, err);
  bh_buf_clear(&f->pending);
  return rc;
}

bh_status bh_sort_file_put(bh_sort_file *f, const void *bytes, size_t n, bh_error *err)
{
  bh_status rc = BH_OK;
  f->len += (off_t)n;
  if (n > PENDING_BYTES - f->pending.len)
    rc = bh_sort_file_flush(f, err);
  if (rc)
    return rc;
  if (n > PENDING_BYTES)
    return write_all(f, bytes, n, err);
  bh_buf_put(&f->pending, bytes, n);
  return BH_OK;
}

bh_status bh_sort_file_put_record(bh_sort_file *f, bh_str key, bh_str payload, bh_error *err)
{
  uint32_t lengths[2] = {(uint32_t)key.len, (uint32_t)payload.len}; /* bh_sorter_add has checked that they fit */
  bh_status rc = bh_sort_file_put(f, lengths, sizeof lengths, err);
  if (!rc)
    rc = bh_sort_file_put(f, key.ptr, key.len, err);
  if (!rc)
    rc = bh_sort_file_put(f, payload.ptr, payload.len, err);
  return rc;
}
