#include "base/failpoint.h"
#ifdef BH_FAULT
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bh_failpoint(const char *name)
{
  static long passed;
  const char *plan = getenv("BILLHOOK_FAULT");
  const char *log = getenv("BILLHOOK_FAULT_LOG"); /* one line a passed point: how many there are to kill at */
  if (log != NULL) {
    FILE *f = fopen(log, "ae");
    if (f != NULL) {
      fprintf(f, "%s\n", name);
      fclose(f);
    }
  }
  size_t n = strlen(name);
  if (plan == NULL || strncmp(plan, name, n) != 0 || plan[n] != ':')
    return;
  if (++passed == strtol(plan + n + 1, NULL, 10))
    kill(getpid(), SIGKILL);
}
#else
typedef int bh_failpoint_unused; /* ISO C wants a declaration in every file */
#endif
