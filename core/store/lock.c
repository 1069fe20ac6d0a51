/* The writers' lock: flock on PATH-lock, with the holder's pid inside. The kernel lets go of it when the holder dies. */
#include "store/engine.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static void holder_of(char out[24], int fd) {
  ssize_t n = pread(fd, out, 23, 0);
  size_t len = n > 0 ? (size_t)n : 0, k = 0;
  while (k < len && out[k] >= '0' && out[k] <= '9') k++;
  out[k] = 0;
  if (!k) snprintf(out, 24, "unknown");
}

void bh_store_unlock(bh_store *s) {
  if (s->lock_fd >= 0) close(s->lock_fd);
  s->lock_fd = -1;
}

bh_status bh_store_lock(bh_store *s, int wait_s, const volatile int *stop, bh_error *err) {
  if (s->lock_fd >= 0) return BH_OK;
  char name[4096 + 8];
  int n = snprintf(name, sizeof name, "%s-lock", s->path);
  if (n < 0 || (size_t)n >= sizeof name) return bh_fail(err, BH_E_STORE, "%s: the path is too long", s->path);
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return bh_fail(err, BH_E_STORE, "%s: cannot be created: %s", name, strerror(errno));
  int64_t until = bh_monotonic_ms() + (int64_t)(wait_s > 0 ? wait_s : 0) * 1000;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      bh_fail(err, BH_E_STORE, "%s: cannot be locked: %s", name, strerror(errno));
      close(fd);
      return BH_E_STORE;
    }
    if (stop && *stop) {
      close(fd);
      return bh_fail(err, BH_E_INTERRUPTED, "stopped while another run held the store; nothing was done");
    }
    if (bh_monotonic_ms() >= until) {
      char pid[24];
      holder_of(pid, fd);
      close(fd);
      return bh_fail(err, BH_E_LOCKED, "%s: another run holds the store (process %s)", s->path, pid);
    }
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
  }
  char pid[24];
  int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
  /* Only for the message of the one who waits: no harm where it fails. */
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len) (void)0;
  s->lock_fd = fd;
  return BH_OK;
}
