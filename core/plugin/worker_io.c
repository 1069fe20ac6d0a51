/* Frames to and from a worker without blocking. What it sends is checked like network input. */
#include "plugin/worker_host.h"
#include "base/date.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, KEEP_BYTES = 4 * 1024 * 1024 };

bool bh_worker_has_output(const bh_worker *w)
{
  return w->sent < w->out.len;
}

static bh_status dead(bh_worker *w, bh_error *err)
{
  char cause[200];
  w->ended = true;
  bh_worker_cause(w, cause);
  return bh_fail(err, BH_E_WORKER, "%s", cause);
}

/* Writes what the socket takes. A worker that is gone shows at the next read, with its last words before it. */
static void flush(bh_worker *w)
{
  while (w->sent < w->out.len && w->fd >= 0) {
    ssize_t n = send(w->fd, w->out.ptr + w->sent, w->out.len - w->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (n < 0)
      break; /* nobody reads any more */
    w->sent += (size_t)n;
  }
  if (w->out.ptr)
    explicit_bzero(w->out.ptr, w->out.len); /* INIT frames hold secrets */
  if (w->out.cap > KEEP_BYTES)
    bh_buf_dispose(&w->out);
  bh_buf_clear(&w->out);
  w->sent = 0;
}

bh_status bh_worker_send(bh_worker *w, uint16_t type, bh_str payload, bh_error *err)
{
  unsigned char head[BH_FRAME_HEADER_BYTES];
  if (payload.len > BH_FRAME_MAX)
    return bh_fail(err, BH_E_WORKER, "a frame of %zu bytes is too large", payload.len);
  if (w->ended || w->fd < 0)
    return dead(w, err);
  bh_frame_header_put(head, type, payload.len);
  if (!bh_buf_room(&w->out, sizeof head + payload.len))
    return bh_fail(err, BH_E_WORKER, "does not read what it is sent");
  bh_buf_put(&w->out, head, sizeof head);
  bh_buf_puts(&w->out, payload);
  flush(w);
  return BH_OK;
}

/* True where a whole frame stands at `taken`. */
static bh_status take(bh_worker *w, bh_frame *out, bool *frame, size_t *missing, bh_error *err)
{
  uint16_t type;
  size_t have = w->in.len - w->taken, len;
  *frame = false;
  *missing = BH_FRAME_HEADER_BYTES - have;
  if (have < BH_FRAME_HEADER_BYTES)
    return BH_OK;
  const unsigned char *head = (const unsigned char *)w->in.ptr + w->taken;
  if (!bh_frame_header_get(head, &type, &len)) {
    bh_worker_kill(w);
    w->ended = true;
    return bh_fail(err, BH_E_WORKER, "sent garbage instead of a frame");
  }
  *missing = BH_FRAME_HEADER_BYTES + len - have;
  if (have < BH_FRAME_HEADER_BYTES + len)
    return BH_OK;
  *out = (bh_frame){type, {w->in.ptr + w->taken + BH_FRAME_HEADER_BYTES, len}};
  w->taken += BH_FRAME_HEADER_BYTES + len;
  *frame = true;
  return BH_OK;
}

static void compact(bh_worker *w)
{
  size_t have = w->in.len - w->taken;
  if (w->taken == 0)
    return;
  if (have)
    memmove(w->in.ptr, w->in.ptr + w->taken, have);
  w->in.len = have;
  w->taken = 0;
  if (have == 0 && w->in.cap > KEEP_BYTES)
    bh_buf_dispose(&w->in);
}

bh_status bh_worker_pump(bh_worker *w, bh_frame *out, bool *frame, bh_error *err)
{
  size_t missing = 0;
  bh_status rc = take(w, out, frame, &missing, err);
  if (rc || *frame)
    return rc;
  if (w->ended || w->fd < 0)
    return dead(w, err);
  flush(w);
  compact(w);
  for (;;) {
    size_t want = missing > READ_BYTES ? missing : READ_BYTES;
    char *room = bh_buf_room(&w->in, want);
    if (!room && !(room = bh_buf_room(&w->in, want = missing)))
      return bh_fail(err, BH_E_WORKER, "sent a frame that is too large");
    ssize_t n = recv(w->fd, room, want, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return BH_OK;
    if (n <= 0)
      return dead(w, err);
    w->in.len += (size_t)n;
    rc = take(w, out, frame, &missing, err);
    if (rc || *frame)
      return rc;
  }
}

bh_status bh_worker_wait(bh_worker *w, bh_frame *out, int timeout_ms, bh_error *err)
{
  int64_t until = bh_monotonic_ms() + timeout_ms;
  for (;;) {
    bool frame = false;
    bh_status rc = bh_worker_pump(w, out, &frame, err);
    if (rc || frame)
      return rc;
    int64_t left = until - bh_monotonic_ms();
    if (left <= 0) {
      bh_worker_kill(w);
      w->ended = true;
      return bh_fail(err, BH_E_WORKER, "hung for %d s", (timeout_ms + 999) / 1000);
    }
    struct pollfd p = {.fd = w->fd, .events = (short)(POLLIN | (bh_worker_has_output(w) ? POLLOUT : 0))};
    (void)poll(&p, 1, (int)left);
  }
}
