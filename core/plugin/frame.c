/* Frames: the header, and the worker's blocking side. */
#include "plugin/frame.h"
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

void bh_frame_header_put(unsigned char out[BH_FRAME_HEADER_BYTES], uint16_t type, size_t len)
{
  const unsigned char head[BH_FRAME_HEADER_BYTES] = {'B', 'H', BH_FRAME_VERSION, 0, (unsigned char)type, (unsigned char)(type >> 8), 0, 0,
    (unsigned char)len, (unsigned char)(len >> 8), (unsigned char)(len >> 16), (unsigned char)(len >> 24)};
  memcpy(out, head, sizeof head);
}

bool bh_frame_header_get(const unsigned char in[BH_FRAME_HEADER_BYTES], uint16_t *type, size_t *len)
{
  *type = (uint16_t)(in[4] | in[5] << 8);
  *len = (size_t)in[8] | (size_t)in[9] << 8 | (size_t)in[10] << 16 | (size_t)in[11] << 24;
  return in[0] == 'B' && in[1] == 'H' && in[2] == BH_FRAME_VERSION && in[3] == 0 && in[6] == 0 && in[7] == 0 && *type != 0 &&
         *len <= BH_FRAME_MAX;
}

bh_status bh_frame_write(int fd, uint16_t type, bh_str payload, bh_error *err)
{
  unsigned char head[BH_FRAME_HEADER_BYTES];
  if (payload.len > BH_FRAME_MAX)
    return bh_fail(err, BH_E_WORKER, "a frame of %zu bytes is too large", payload.len);
  bh_frame_header_put(head, type, payload.len);
  struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)payload.ptr, payload.len}};
  size_t left = sizeof head + payload.len;
  while (left) {
    ssize_t n = writev(fd, parts, 2);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return bh_fail(err, BH_E_WORKER, "cannot write to the host: %m");
    left -= (size_t)n;
    for (int i = 0; i < 2; i++) {
      size_t used = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
      parts[i].iov_base = (char *)parts[i].iov_base + used;
      parts[i].iov_len -= used;
      n -= (ssize_t)used;
    }
  }
  return BH_OK;
}

/* Reads n bytes; *got tells how many came before the end of the stream. */
static bh_status read_exactly(int fd, void *into, size_t n, size_t *got, bh_error *err)
{
  for (*got = 0; *got < n;) {
    ssize_t r = read(fd, (char *)into + *got, n - *got);
    if (r < 0 && errno == EINTR)
      continue;
    if (r < 0)
      return bh_fail(err, BH_E_WORKER, "cannot read from the host: %m");
    if (r == 0)
      return BH_OK;
    *got += (size_t)r;
  }
  return BH_OK;
}

bh_status bh_frame_read(int fd, uint16_t *type, bh_buf *into, bh_error *err)
{
  unsigned char head[BH_FRAME_HEADER_BYTES];
  size_t got = 0, len = 0;
  bh_buf_clear(into);
  bh_status rc = read_exactly(fd, head, sizeof head, &got, err);
  if (rc)
    return rc;
  if (got == 0)
    return bh_fail(err, BH_E_NOTFOUND, "the host has closed the connection");
  if (got < sizeof head || !bh_frame_header_get(head, type, &len))
    return bh_fail(err, BH_E_WORKER, "what came is no frame");
  char *room = len ? bh_buf_room(into, len) : NULL;
  if (len && !room)
    return bh_fail(err, BH_E_WORKER, "a frame of %zu bytes is larger than the %zu that are allowed here", len, into->max);
  if (len && (rc = read_exactly(fd, room, len, &got, err)))
    return rc;
  if (len && got < len)
    return bh_fail(err, BH_E_WORKER, "the stream ends within a frame");
  into->len += len;
  return BH_OK;
}
