/* The keeper: starts the program in its own group, waits for its end or for ours, and takes the whole group with it. */
#include "plugin/program.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int spawn_program(pid_t *pid, int control, char **argv)
{
  posix_spawn_file_actions_t actions;
  int e = posix_spawn_file_actions_init(&actions);
  if (e)
    return e;
  e = posix_spawn_file_actions_addclosefrom_np(&actions, control);
  e = e ? e : posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return e;
}

/* The worker never writes: whatever happens on its line is its end. */
static void wait_for_either(int control, pid_t pid)
{
  int child = (int)syscall(SYS_pidfd_open, pid, 0);
  struct pollfd p[2] = {{.fd = control, .events = POLLIN}, {.fd = child, .events = POLLIN}};
  while (poll(p, 2, -1) < 0 && errno == EINTR)
    ;
}

int bh_program_keeper_main(int control, char **argv)
{
  bh_program_end_note note = {0};
  pid_t pid = -1;
  note.error = spawn_program(&pid, control, argv);
  if (note.error == 0) {
    int status = 0;
    wait_for_either(control, pid);
    if (waitpid(pid, &status, WNOHANG) != pid)
      kill(0, SIGKILL); /* the worker is gone: us as well */
    note.wait_status = status;
  }
  (void)send(control, &note, sizeof note, MSG_NOSIGNAL);
  if (note.error == 0)
    kill(0, SIGKILL); /* what it has left running */
  return 1;
}
