/* Starting and ending workers: posix_spawn (never a bare fork inside somebody's threads), descriptor 3, nothing inherited. */
#include "plugin/paths.h"
#include "plugin/worker_host.h"
#include "base/date.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { CHANNEL_FD = 3, ENV_MAX = 32, REAP_GRACE_MS = 2000, SOCKET_BYTES = 1024 * 1024 };
static const size_t memory_default_bytes = (size_t)1024 * 1024 * 1024;

/* What a worker may know of our environment: no secret stands in any of these. */
static const char *const env_names[] = {"PATH", "TMPDIR", "LANG", "LC_ALL", "BILLHOOK_NOW", "BILLHOOK_FAULT", "BILLHOOK_HTTP_HASTE", "SSL_CERT_FILE", "SSL_CERT_DIR",
  "CURL_CA_BUNDLE", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
  "GCOV_PREFIX", "GCOV_PREFIX_STRIP"};

static void clean_environment(char *out[ENV_MAX])
{
  size_t n = 0;
  for (char **e = environ; *e && n < ENV_MAX - 1; e++)
    for (size_t i = 0; i < sizeof env_names / sizeof env_names[0]; i++) {
      size_t len = strlen(env_names[i]);
      if (strncmp(*e, env_names[i], len) == 0 && (*e)[len] == '=' && n < ENV_MAX - 1)
        out[n++] = *e;
    }
  out[n] = NULL;
}

static int spawn_actions(posix_spawn_file_actions_t *actions, int channel)
{
  int e = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  e = e ? e : posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
  e = e ? e : posix_spawn_file_actions_adddup2(actions, channel, CHANNEL_FD);
  return e ? e : posix_spawn_file_actions_addclosefrom_np(actions, CHANNEL_FD + 1);
}

int bh_spawn_attributes(posix_spawnattr_t *attr)
{
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int e = posix_spawnattr_setsigmask(attr, &none);
  e = e ? e : posix_spawnattr_setsigdefault(attr, &all);
  e = e ? e : posix_spawnattr_setpgroup(attr, 0);
  return e ? e : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int spawn(pid_t *pid, const char *program, char *const argv[], int channel)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  char *env[ENV_MAX];
  clean_environment(env);
  int e = posix_spawn_file_actions_init(&actions);
  if (e)
    return e;
  e = posix_spawnattr_init(&attr);
  if (e == 0) {
    e = spawn_actions(&actions, channel);
    e = e ? e : bh_spawn_attributes(&attr);
    e = e ? e : posix_spawn(pid, program, &actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
  }
  posix_spawn_file_actions_destroy(&actions);
  return e;
}

/* Both ends are above the numbers that the child's descriptors get, and the host's end never blocks. */
static bh_status make_channel(int ends[2], bh_error *err)
{
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return bh_fail(err, BH_E_WORKER, "cannot make a channel to a worker: %m");
  for (int i = 0; i < 2; i++)
    if (ends[i] <= CHANNEL_FD) {
      int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, CHANNEL_FD + 1);
      if (moved < 0) {
        close(ends[0]);
        close(ends[1]);
        return bh_fail(err, BH_E_WORKER, "cannot make a channel to a worker: %m");
      }
      close(ends[i]);
      ends[i] = moved;
    }
  int bytes = SOCKET_BYTES; /* a larger pipe: fewer wake-ups; the kernel may give less */
  (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return BH_OK;
}

bh_status bh_worker_start(bh_worker **out, const bh_worker_spec *spec, bh_error *err)
{
  char program[PATH_MAX], memory[32], cpu[16], parent[16];
  int ends[2];
  bh_status rc = bh_paths_worker(program, err);
  if (rc == BH_OK)
    rc = make_channel(ends, err);
  if (rc)
    return rc;
  snprintf(memory, sizeof memory, "%zu", spec->memory_max_bytes ? spec->memory_max_bytes : memory_default_bytes);
  snprintf(cpu, sizeof cpu, "%d", spec->cpu_s_max);
  snprintf(parent, sizeof parent, "%ld", (long)getpid());
  char *argv[] = {program, (char *)(uintptr_t)spec->role, (char *)(uintptr_t)spec->name, memory, cpu, parent, NULL};
  pid_t pid = -1;
  int e = spawn(&pid, program, argv, ends[1]);
  close(ends[1]);
  if (e) {
    close(ends[0]);
    return bh_fail(err, BH_E_WORKER, "cannot start %s: %s", program, strerror(e));
  }
  bh_worker *w = calloc(1, sizeof *w);
  if (!w)
    bh_out_of_memory(sizeof *w);
  w->pid = pid;
  w->fd = ends[0];
  bh_buf_init(&w->out, (size_t)4 * BH_FRAME_MAX);
  bh_buf_init(&w->in, (size_t)BH_FRAME_MAX + 2 * BH_FRAME_HEADER_BYTES + 1024 * 1024);
  *out = w;
  return BH_OK;
}

/* ---- the end ---- */

/* Until it is waited for, the dead worker keeps its pid and with it the number of its group: what it has left behind there can be
 * killed without hitting anybody else. */
static bool try_reap(bh_worker *w, int flags)
{
  siginfo_t info = {0};
  int e;
  do
    e = waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT | flags);
  while (e != 0 && errno == EINTR);
  if (e == 0 && info.si_pid == 0)
    return false;
  if (e == 0)
    kill(-w->pid, SIGKILL);
  pid_t got;
  do
    got = wait4(w->pid, &w->wait_status, 0, &w->usage);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    w->wait_status = -1; /* somebody ignores SIGCHLD: the kernel has taken it */
  w->reaped = true;
  return true;
}

static void wait_exit(pid_t pid, int timeout_ms)
{
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) { /* kernels before 5.3 */
    struct timespec ms = {0, 1000000};
    nanosleep(&ms, NULL);
    return;
  }
  struct pollfd p = {.fd = fd, .events = POLLIN};
  (void)poll(&p, 1, timeout_ms);
  close(fd);
}

void bh_worker_reap(bh_worker *w, int grace_ms, bool then_kill)
{
  int64_t until = bh_monotonic_ms() + grace_ms;
  while (!w->reaped && !try_reap(w, WNOHANG)) {
    int64_t left = until - bh_monotonic_ms();
    if (left <= 0)
      break;
    wait_exit(w->pid, (int)left);
  }
  if (w->reaped || !then_kill)
    return;
  kill(w->pid, SIGKILL);
  try_reap(w, 0);
}

static void channel_close(bh_worker *w)
{
  if (w->fd >= 0)
    close(w->fd);
  w->fd = -1;
}

void bh_worker_kill(bh_worker *w)
{
  bh_worker_reap(w, 0, true);
  channel_close(w);
}

void bh_worker_end(bh_worker *w)
{
  channel_close(w);
  bh_worker_reap(w, REAP_GRACE_MS, true);
}

void bh_worker_free(bh_worker *w)
{
  if (!w)
    return;
  bh_worker_end(w);
  if (w->out.ptr)
    explicit_bzero(w->out.ptr, w->out.cap);
  bh_buf_dispose(&w->out);
  bh_buf_dispose(&w->in);
  free(w);
}

int bh_worker_fd(const bh_worker *w)
{
  return w->fd;
}

long bh_worker_peak_kib(const bh_worker *w)
{
  return w->reaped ? w->usage.ru_maxrss : 0;
}

void bh_worker_cause(bh_worker *w, char out[200])
{
  bh_worker_reap(w, 1000, false);
  if (!w->reaped) {
    bh_worker_kill(w);
    snprintf(out, 200, "closed its connection to the host");
  } else if (w->wait_status == -1) {
    snprintf(out, 200, "ended");
  } else if (WIFSIGNALED(w->wait_status)) {
    int sig = WTERMSIG(w->wait_status);
    snprintf(out, 200, "crashed with signal %d (%s)", sig, strsignal(sig));
  } else {
    snprintf(out, 200, "exited with status %d", WEXITSTATUS(w->wait_status));
  }
}
