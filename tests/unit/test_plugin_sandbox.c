/* The walls of a rating worker, tried from inside: each attempt in a child of its own. Without a filter (sanitizers, coverage): skipped. */
#include "plugin/worker.h"
#include "base/hash.h"
#include "test_util.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char last[64];

/* The exit status of `inside` behind the filter, or 1000 + the signal that ended it. */
static int behind(bh_status (*wall)(bh_error *), int (*inside)(void))
{
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    bh_error err = {0};
    if (bh_sandbox_limits(0, 0, getppid(), &err) || wall(&err))
      _exit(99);
    _exit(inside());
  }
  if (waitpid(pid, &status, 0) != pid)
    fail_msg("no child");
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int try_read(void) { return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM ? 1 : 0; }
static int try_write(void) { return open("/tmp/billhook-must-not-be", O_WRONLY | O_CREAT, 0600) < 0 && errno == EPERM ? 1 : 0; }
static int try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
static int try_fork(void) { return fork() < 0; }
static int try_exec(void) { return execl("/bin/true", "true", (char *)NULL); }
static int try_kill(void) { return kill(getppid(), 0) < 0; }
static int try_unlink(void) { return unlink("/tmp/billhook-must-not-be") < 0 && errno == EPERM ? 1 : 0; }

static int work(void)
{
  for (size_t n = 1; n < 200; n++) { /* large and small, so that the heap grows and shrinks */
    char *p = malloc(n * 50000);
    if (!p)
      return 2;
    memset(p, 1, n * 50000);
    free(p);
  }
  bh_sha s = bh_sha256_1(BH_S("abc"));
  snprintf(last, sizeof last, "%d.%s", s.b[0], strerror(ENOENT));
  return s.b[0] == 0xba ? 1 : 3;
}

static void *thread(void *arg) { return arg; }
static int try_thread(void)
{
  pthread_t t;
  void *back = NULL;
  if (pthread_create(&t, NULL, thread, last) != 0)
    return 0;
  pthread_join(t, &back);
  return back == last;
}

static void test_models(void **state)
{
  if (behind(bh_sandbox_models, try_read) == 0) {
    print_message("no system call filter in this build: skipped\n");
    skip();
  }
  assert_int_equal(behind(bh_sandbox_models, work), 1);
  assert_int_equal(behind(bh_sandbox_models, try_read), 1);
  assert_int_equal(behind(bh_sandbox_models, try_write), 1);
  assert_int_equal(behind(bh_sandbox_models, try_unlink), 1);
  assert_int_equal(behind(bh_sandbox_models, try_kill), 1);
  assert_int_equal(behind(bh_sandbox_models, try_socket), 1000 + SIGSYS);
  assert_int_equal(behind(bh_sandbox_models, try_fork), 1000 + SIGSYS);
  assert_int_equal(behind(bh_sandbox_models, try_exec), 1000 + SIGSYS);
}

static void test_connector(void **state)
{
  if (behind(bh_sandbox_models, try_read) == 0)
    skip();
  assert_int_equal(behind(bh_sandbox_connector, try_read), 0);
  assert_int_equal(behind(bh_sandbox_connector, try_socket), 0);
  assert_int_equal(behind(bh_sandbox_connector, work), 1);
  assert_int_equal(behind(bh_sandbox_connector, try_thread), 1); /* libcurl resolves names in one */
  assert_int_equal(behind(bh_sandbox_connector, try_fork), 1000 + SIGSYS);
  assert_int_equal(behind(bh_sandbox_connector, try_exec), 1000 + SIGSYS);
}

static void test_orphan(void **state)
{
  bh_error err = {0};
  assert_int_equal(bh_sandbox_limits(0, 0, 1, &err), BH_E_WORKER);
  assert_string_equal(err.message, "the host is gone");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_models), cmocka_unit_test(test_connector), cmocka_unit_test(test_orphan)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
