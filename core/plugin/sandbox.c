/* The walls around a worker that it builds first: limits, no privileges, nobody who looks into it. */
#include "plugin/worker.h"
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES_MAX = 256 };

/* A worker that root has started keeps of root's powers the one to read files, which connectors of files need in a folder that belongs to
 * somebody else. So it may not look into its host, whose powers are more. */
static bh_status drop_powers(bh_error *err)
{
  const uint32_t kept = 1u << CAP_DAC_READ_SEARCH;
  struct __user_cap_header_struct who = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &who, has) != 0)
    return bh_fail(err, BH_E_WORKER, "cannot read the worker's powers: %m");
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
    has[i].permitted &= i == 0 ? kept : 0;
    has[i].effective = has[i].permitted;
    has[i].inheritable = 0;
  }
  return syscall(SYS_capset, &who, has) == 0 ? BH_OK : bh_fail(err, BH_E_WORKER, "cannot lay down the worker's powers: %m");
}

static bh_status limit(__rlimit_resource_t what, rlim_t max, const char *name, bh_error *err)
{
  struct rlimit r;
  if (getrlimit(what, &r) == 0 && r.rlim_max != RLIM_INFINITY && r.rlim_max < max)
    max = r.rlim_max;
  r = (struct rlimit){max, max};
  return setrlimit(what, &r) == 0 ? BH_OK : bh_fail(err, BH_E_WORKER, "cannot set the limit of %s: %m", name);
}

bh_status bh_sandbox_limits(size_t memory_max_bytes, int cpu_s_max, int parent, bh_error *err)
{
  /* Not dumpable: other workers of the same user, with other secrets, cannot read its memory. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
    return bh_fail(err, BH_E_WORKER, "cannot tie the worker to its host: %m");
  if (getppid() != parent)
    return bh_fail(err, BH_E_WORKER, "the host is gone");
  bh_status rc = drop_powers(err);
  if (rc == BH_OK)
    rc = limit(RLIMIT_CORE, 0, "core files", err);
  if (rc == BH_OK)
    rc = limit(RLIMIT_NOFILE, FILES_MAX, "open files", err);
  if (rc == BH_OK && cpu_s_max > 0)
    rc = limit(RLIMIT_CPU, (rlim_t)cpu_s_max, "processor time", err);
  if (rc == BH_OK && memory_max_bytes && !BH_UNDER_ASAN)
    rc = limit(RLIMIT_AS, memory_max_bytes, "memory", err);
  return rc;
}
