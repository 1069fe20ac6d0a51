/* Starting a keeper and its program, and ending both. */
#include "plugin/program.h"
#include "plugin/worker_host.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CONTROL_FD = 3, ENV_MAX = 24 };

/* Of the worker's environment, which holds no secret: what a program needs to run and to reach a network, and nothing of ours. */
static const char *const env_names[] = {"PATH", "TMPDIR", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "http_proxy",
  "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"};

static void clean_environment(char *out[ENV_MAX])
{
  size_t n = 0;
  for (size_t i = 0; i < sizeof env_names / sizeof env_names[0]; i++)
    for (char **e = environ; *e && n < ENV_MAX - 1; e++) {
      size_t len = strlen(env_names[i]);
      if (strncmp(*e, env_names[i], len) == 0 && (*e)[len] == '=')
        out[n++] = *e;
    }
  out[n] = NULL;
}

/* What the keeper has: nothing to read, our two pipes, its line to us. */
static int actions_make(posix_spawn_file_actions_t *a, const char *dir, int out, int err, int control)
{
  int e = posix_spawn_file_actions_addopen(a, 0, "/dev/null", O_RDONLY, 0);
  e = e ? e : posix_spawn_file_actions_adddup2(a, out, 1);
  e = e ? e : posix_spawn_file_actions_adddup2(a, err, 2);
  e = e ? e : posix_spawn_file_actions_adddup2(a, control, CONTROL_FD);
  e = e ? e : posix_spawn_file_actions_addclosefrom_np(a, CONTROL_FD + 1);
  return e ? e : posix_spawn_file_actions_addchdir_np(a, dir);
}

static int spawn_keeper(pid_t *pid, const char *dir, char *const *words, int out, int err, int control)
{
  char *argv[BH_PROGRAM_WORDS_MAX + 3] = {"billhook-worker", BH_PROGRAM_KEEPER}, *env[ENV_MAX];
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  for (size_t i = 0; i < BH_PROGRAM_WORDS_MAX && words[i]; i++)
    argv[i + 2] = words[i];
  clean_environment(env);
  int e = posix_spawn_file_actions_init(&actions);
  if (e)
    return e;
  e = posix_spawnattr_init(&attr);
  if (e == 0) {
    e = actions_make(&actions, dir, out, err, control);
    e = e ? e : bh_spawn_attributes(&attr);
    e = e ? e : posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
  }
  posix_spawn_file_actions_destroy(&actions);
  return e;
}

static void close_all(int *fds, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (fds[i] >= 0)
      close(fds[i]);
}

bool bh_program_start(bh_program *p, const char *dir, char *const *words)
{
  int fds[6] = {-1, -1, -1, -1, -1, -1}; /* ours, the keeper's: output, errors, line */
  *p = (bh_program){.keeper = -1, .out = -1, .err = -1, .control = -1};
  int e = pipe2(fds, O_CLOEXEC) || pipe2(fds + 2, O_CLOEXEC) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds + 4) ? errno : 0;
  if (e == 0)
    e = spawn_keeper(&p->keeper, dir, words, fds[1], fds[3], fds[5]);
  if (e) {
    close_all(fds, 6);
    errno = e;
    return false;
  }
  close_all((int[]){fds[1], fds[3], fds[5]}, 3);
  p->out = fds[0];
  p->err = fds[2];
  p->control = fds[4];
  for (int i = 0; i < 6; i += 2)
    (void)fcntl(fds[i], F_SETFL, O_NONBLOCK);
  return true;
}

void bh_program_stop(bh_program *p)
{
  if (p->keeper > 0) {
    kill(-p->keeper, SIGKILL); /* not yet waited for: the number is still the group's */
    while (waitpid(p->keeper, NULL, 0) < 0 && errno == EINTR)
      ;
  }
  close_all((int[]){p->out, p->err, p->control}, 3);
  *p = (bh_program){.keeper = -1, .out = -1, .err = -1, .control = -1};
}
