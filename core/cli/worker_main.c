/* billhook-worker ROLE NAME MEMORY CPU PARENT: started by the host with its end of the channel on descriptor 3. */
#include "batch/rate.h"
#include "plugin/check/check.h"
#include "plugin/program.h"
#include "plugin/pull.h"
#include "plugin/worker.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHANNEL_FD = 3 };

static bool number(long long *out, const char *text)
{
  char *end;
  *out = strtoll(text, &end, 10);
  return *text && !*end && *out >= 0;
}

static int usage(void)
{
  fputs("billhook-worker is started by billhook; it does nothing by itself.\n", stderr);
  return 2;
}

int main(int argc, char **argv)
{
  struct stat st;
  bh_error err = {0};
  long long memory, cpu, parent;
  if (argc > 2 && strcmp(argv[1], BH_PROGRAM_KEEPER) == 0 && fstat(CHANNEL_FD, &st) == 0 && S_ISSOCK(st.st_mode))
    return bh_program_keeper_main(CHANNEL_FD, argv + 2);
  if (argc != 6 || fstat(CHANNEL_FD, &st) != 0 || !S_ISSOCK(st.st_mode) || !number(&memory, argv[3]) || !number(&cpu, argv[4]) ||
      !number(&parent, argv[5]) || cpu > 1000000 || parent > 1 << 30)
    return usage();
  signal(SIGPIPE, SIG_IGN);
  if (bh_sandbox_limits((size_t)memory, (int)cpu, (int)parent, &err)) {
    bh_frame_write(CHANNEL_FD, BH_FRAME_ERROR, bh_str_c(err.message), NULL);
    return 70;
  }
  bh_str role = bh_str_c(argv[1]);
  if (bh_str_eqz(role, "connector"))
    return bh_connector_worker_main(CHANNEL_FD);
  if (bh_str_eqz(role, "rating"))
    return bh_rating_worker_main(CHANNEL_FD);
  if (bh_str_eqz(role, "check"))
    return bh_check_worker_main(CHANNEL_FD);
  return usage();
}
