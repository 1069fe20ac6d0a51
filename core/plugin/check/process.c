/* What a plugin has to leave as it found it: the process. */
#include "plugin/check/inside.h"
#include <dirent.h>
#include <fenv.h>
#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;
enum { SIGNALS = 65, FDS = 64 };

typedef struct surroundings {
  char locale[400], folder[PATH_MAX], fds[FDS][200];
  mode_t umask;
  void *handlers[SIGNALS];
  sigset_t mask;
  uint64_t environment;
  int rounding, threads;
} surroundings;

/* umask() can only be asked by setting it. */
static mode_t current_umask(void)
{
  mode_t m = umask(077);
  umask(m);
  return m;
}

/* A word of each of its categories. */
static void locale_words(char *out, size_t size)
{
  static const nl_item items[] = {CODESET, RADIXCHAR, THOUSEP, DAY_1, D_T_FMT, YESEXPR, CRNCYSTR};
  size_t n = 0;
  for (size_t i = 0; i < sizeof items / sizeof items[0] && n < size; i++)
    n += (size_t)snprintf(out + n, size - n, "%s|", nl_langinfo(items[i]));
}

static uint64_t environment_hash(void)
{
  uint64_t sum = 0;
  for (char **e = environ; e && *e; e++)
    sum += bh_hash64(bh_str_c(*e));
  return sum;
}

static void descriptors(char out[FDS][200])
{
  for (int fd = 0; fd < FDS; fd++) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, out[fd], sizeof out[fd] - 1);
    out[fd][n > 0 ? n : 0] = 0;
  }
}

static void look(surroundings *s)
{
  *s = (surroundings){.umask = current_umask(), .environment = environment_hash(), .rounding = fegetround(), .threads = bh_check_measure().threads};
  locale_words(s->locale, sizeof s->locale);
  if (!getcwd(s->folder, sizeof s->folder))
    s->folder[0] = 0;
  sigprocmask(SIG_SETMASK, NULL, &s->mask);
  for (int i = 1; i < SIGNALS; i++) {
    struct sigaction a;
    if (sigaction(i, NULL, &a) == 0)
      s->handlers[i] = a.sa_flags & SA_SIGINFO ? (void *)a.sa_sigaction : (void *)a.sa_handler;
  }
  descriptors(s->fds);
}

static bh_status changed(bh_check *k, const char *when, const char *what)
{
  return bh_fail(&k->err, BH_E_INVALID, "%s %s", when, what);
}

static bh_status compare(bh_check *k, const surroundings *before, const char *when)
{
  surroundings now;
  char text[300];
  look(&now);
  if (strcmp(now.locale, before->locale) != 0)
    return changed(k, when, "the locale is another (setlocale)");
  if (strcmp(now.folder, before->folder) != 0)
    return changed(k, when, "the working directory is another (chdir)");
  if (now.umask != before->umask)
    return changed(k, when, "the umask is another");
  if (now.environment != before->environment)
    return changed(k, when, "the environment is another (setenv)");
  if (now.rounding != before->rounding)
    return changed(k, when, "the rounding mode of the processor is another (fesetround)");
  for (int i = 1; i < SIGNALS; i++)
    if (now.handlers[i] != before->handlers[i]) {
      snprintf(text, sizeof text, "signal %d (%s) has another handler", i, strsignal(i));
      return changed(k, when, text);
    }
  for (int i = 1; i < SIGNALS; i++)
    if (sigismember(&now.mask, i) != sigismember(&before->mask, i))
      return changed(k, when, "the mask of blocked signals is another");
  if (now.threads > before->threads)
    return changed(k, when, "a thread of it is still there");
  for (int fd = 0; fd < FDS; fd++)
    if (strcmp(now.fds[fd], before->fds[fd]) != 0) {
      if (now.fds[fd][0])
        snprintf(text, sizeof text, "descriptor %d is still open (%.150s)", fd, now.fds[fd]);
      else
        snprintf(text, sizeof text, "descriptor %d, which is not its own, is closed", fd);
      return changed(k, when, text);
    }
  return BH_OK;
}

/* The plugin is not loaded yet: what its constructors do counts as well. */
bh_status bh_check_process(bh_check *k)
{
  surroundings before;
  look(&before);
  bh_status rc = bh_check_prepare(k);
  if (rc == BH_OK)
    rc = compare(k, &before, "after it was loaded");
  if (rc)
    return rc;
  bh_check_doing(k, "a run from create to destroy");
  if (k->connector || k->outward) {
    bh_check_run_result r;
    bh_check_run_init(&r);
    r.calls = BH_CHECK_ALL_CALLS;
    r.no_network = k->replay.count == 0;
    rc = bh_check_connect(k, &r);
    bh_check_run_dispose(&r);
  } else if (k->model) {
    (void)bh_check_rate_all(BH_NEWN(&k->arena, bh_str, k->case_count), k, NULL); /* what comes of it is another test's */
    k->err = (bh_error){0};
  } else {
    bh_check_instance *i = NULL;
    char reason[800];
    if (bh_check_instance_new(&i, k, reason) == BH_OK)
      bh_check_instance_free(i);
  }
  return rc ? rc : compare(k, &before, "after destroy()");
}
