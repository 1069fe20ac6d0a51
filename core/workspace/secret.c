/* Secrets: env:NAME, file:PATH, cmd:PROGRAM ARGS. Nothing here ever says what it read. */
#include "base/date.h"
#include "workspace/workspace.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECRET_BYTES_MAX = 64 << 10, COMMAND_MS_MAX = 30000, COMMAND_ARGS_MAX = 64 };
extern char **environ;

static void chop(bh_buf *b, size_t from) { /* editors and commands end with a line feed */
  while (b->len > from && (b->ptr[b->len - 1] == '\n' || b->ptr[b->len - 1] == '\r')) b->len--;
}

static bh_status from_env(bh_buf *out, const char *name, bh_error *err) {
  const char *v = getenv(name);
  if (!v || !*v) return bh_fail(err, BH_E_NOTFOUND, "the environment has no %s", name);
  return bh_buf_putz(out, v) ? BH_OK : bh_fail(err, BH_E_INVALID, "the secret env:%s is too long", name);
}

static bh_status read_fd(bh_buf *out, int fd, int64_t until, const char *what, bh_error *err) {
  size_t from = out->len;
  for (;;) {
    struct pollfd p = {fd, POLLIN, 0};
    int64_t left = until - bh_monotonic_ms();
    if (until && left <= 0) return bh_fail(err, BH_E_TRANSIENT, "the secret %s: nothing within %d seconds", what, COMMAND_MS_MAX / 1000);
    int k = poll(&p, 1, until ? (int)left : -1);
    if (k < 0 && errno != EINTR) return bh_fail(err, BH_E_TRANSIENT, "the secret %s: %s", what, strerror(errno));
    if (k <= 0) continue;
    char *room = out->len - from < SECRET_BYTES_MAX ? bh_buf_room(out, 4096) : NULL;
    if (!room) return bh_fail(err, BH_E_INVALID, "the secret %s is longer than %d bytes", what, SECRET_BYTES_MAX);
    ssize_t n = read(fd, room, 4096);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return bh_fail(err, BH_E_TRANSIENT, "the secret %s: %s", what, strerror(errno));
    if (n == 0) return BH_OK;
    out->len += (size_t)n;
  }
}

static bh_status from_file(bh_buf *out, const bh_workspace *ws, bh_str name, bh_error *err) {
  bh_buf path;
  bh_buf_init(&path, 8192);
  if (name.len && name.ptr[0] != '/') bh_buf_fmt(&path, "%.*s/", BH_STR_ARG(ws->dir));
  bh_buf_puts(&path, name);
  bh_buf_putc(&path, 0);
  struct stat st;
  bh_status s = BH_OK;
  int fd = path.failed ? -1 : open(path.ptr, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) s = bh_fail(err, BH_E_NOTFOUND, "the secret file %.*s: %s", BH_STR_ARG(name), strerror(errno));
  else if (!S_ISREG(st.st_mode)) s = bh_fail(err, BH_E_INVALID, "the secret file %.*s is not a file", BH_STR_ARG(name));
  else if (st.st_mode & 077) s = bh_fail(err, BH_E_AUTH, "the secret file %.*s can be read by others; expected mode 0600", BH_STR_ARG(name));
  else s = read_fd(out, fd, 0, "file", err);
  if (fd >= 0) close(fd);
  bh_buf_dispose(&path);
  return s;
}

static size_t split_words(char *text, char **out) {
  size_t n = 0;
  char *save = NULL;
  for (char *w = strtok_r(text, " \t", &save); w && n < COMMAND_ARGS_MAX; w = strtok_r(NULL, " \t", &save)) out[n++] = w;
  out[n] = NULL;
  return n;
}

static bh_status await(pid_t pid, int64_t until, const char *program, bh_error *err) {
  for (;;) {
    int status;
    pid_t k = waitpid(pid, &status, until ? WNOHANG : 0);
    if (k == pid) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return BH_OK;
      return bh_fail(err, BH_E_PERMANENT, "the secret command %s failed", program);
    }
    if (k < 0 && errno != EINTR) return bh_fail(err, BH_E_PERMANENT, "the secret command %s: %s", program, strerror(errno));
    if (bh_monotonic_ms() >= until) {
      kill(pid, SIGKILL);
      while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
      return bh_fail(err, BH_E_TRANSIENT, "the secret command %s took longer than %d seconds", program, COMMAND_MS_MAX / 1000);
    }
    poll(NULL, 0, 5);
  }
}

static bh_status from_command(bh_buf *out, bh_arena *a, bh_str command, bh_error *err) {
  char *argv[COMMAND_ARGS_MAX + 1], *text = bh_arena_z(a, command);
  if (split_words(text, argv) == 0) return bh_fail(err, BH_E_INVALID, "the secret command is empty; expected cmd:PROGRAM ARGS");
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return bh_fail(err, BH_E_TRANSIENT, "the secret command %s: %s", argv[0], strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
  pid_t pid;
  int64_t until = bh_monotonic_ms() + COMMAND_MS_MAX;
  int e = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(fds[1]);
  if (e != 0) {
    close(fds[0]);
    return bh_fail(err, BH_E_NOTFOUND, "the secret command %s: %s", argv[0], strerror(e));
  }
  bh_status s = read_fd(out, fds[0], until, "command", err);
  close(fds[0]);
  if (s != BH_OK) {
    kill(pid, SIGKILL);
    await(pid, 0, argv[0], NULL);
    return s;
  }
  return await(pid, until, argv[0], err);
}

bh_status bh_secret_read(bh_buf *out, const bh_workspace *ws, bh_str ref, bh_error *err) {
  bh_arena a;
  bh_arena_init(&a);
  size_t from = out->len;
  bh_status s;
  if (bh_str_starts(ref, BH_S("env:"))) s = from_env(out, bh_arena_z(&a, (bh_str){ref.ptr + 4, ref.len - 4}), err);
  else if (bh_str_starts(ref, BH_S("file:"))) s = from_file(out, ws, (bh_str){ref.ptr + 5, ref.len - 5}, err);
  else if (bh_str_starts(ref, BH_S("cmd:"))) s = from_command(out, &a, (bh_str){ref.ptr + 4, ref.len - 4}, err);
  else s = bh_fail(err, BH_E_INVALID, "not a reference to a secret; expected env:NAME, file:PATH or cmd:PROGRAM ARGS");
  if (s == BH_OK) chop(out, from);
  if (s == BH_OK && out->len == from) s = bh_fail(err, BH_E_NOTFOUND, "the secret is empty");
  bh_arena_dispose(&a);
  return s;
}
