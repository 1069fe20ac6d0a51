/* The walls around a worker: limits for all, system call filters for those that run other people's code. */
#include "base/hash.h"
#include "plugin/worker.h"
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

enum { FILES_MAX = 256 };

extern void __gcov_dump(void) __attribute__((weak));

/* Sanitizers and gcov open files, and LeakSanitizer forks, at the end of the process. */
static bool filter_possible(void)
{
  return !UNDER_ASAN && !__gcov_dump;
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
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return bh_fail(err, BH_E_WORKER, "cannot tie the worker to its host: %m");
  if (getppid() != parent)
    return bh_fail(err, BH_E_WORKER, "the host is gone");
  bh_status rc = limit(RLIMIT_CORE, 0, "core files", err);
  if (rc == BH_OK)
    rc = limit(RLIMIT_NOFILE, FILES_MAX, "open files", err);
  if (rc == BH_OK && cpu_s_max > 0)
    rc = limit(RLIMIT_CPU, (rlim_t)cpu_s_max, "processor time", err);
  if (rc == BH_OK && memory_max_bytes && !UNDER_ASAN)
    rc = limit(RLIMIT_AS, memory_max_bytes, "memory", err);
  return rc;
}

static int add(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n)
{
  int e = 0;
  for (size_t i = 0; i < n && e == 0; i++)
    if (calls[i] != __NR_SCMP_ERROR)
      e = seccomp_rule_add(f, action, calls[i], 0);
  return e;
}

static bh_status finish(scmp_filter_ctx f, int e, bh_error *err)
{
  if (e == 0)
    e = seccomp_load(f);
  seccomp_release(f);
  return e == 0 ? BH_OK : bh_fail(err, BH_E_WORKER, "cannot set up the system call filter: %s", strerror(-e));
}

/* What is never needed and always hostile here: the process ends, and the host says with which signal. */
static const int starts_programs[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
  SCMP_SYS(process_vm_writev), SCMP_SYS(process_vm_readv), SCMP_SYS(kexec_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
  SCMP_SYS(bpf), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(keyctl), SCMP_SYS(add_key),
  SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup)};

/* A thread is a clone with CLONE_THREAD; anything else is a process. clone3's flags lie in memory, where no filter looks: libc falls
 * back to clone where it is not there. */
static int no_processes(scmp_filter_ctx f)
{
  int e = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  return e ? e : seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

bh_status bh_sandbox_connector(bh_error *err)
{
  if (!filter_possible())
    return BH_OK;
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
  if (!f)
    return bh_fail(err, BH_E_WORKER, "cannot set up the system call filter");
  int e = no_processes(f);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, starts_programs, sizeof starts_programs / sizeof starts_programs[0]);
  return finish(f, e, err);
}

bh_status bh_sandbox_models(bh_error *err)
{
  static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(setitimer), SCMP_SYS(getitimer), SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(tgkill), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
    SCMP_SYS(sched_yield), SCMP_SYS(membarrier), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid)};
  static const int network[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4)};
  if (!filter_possible())
    return BH_OK;
  (void)bh_sha256_1(BH_S("")); /* libcrypto is loaded at its first use: that must have been before */
  (void)strsignal(SIGSEGV);
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM)); /* files, and whatever comes with newer kernels */
  if (!f)
    return bh_fail(err, BH_E_WORKER, "cannot set up the system call filter");
  int e = add(f, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, network, sizeof network / sizeof network[0]);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, starts_programs, sizeof starts_programs / sizeof starts_programs[0]);
  if (e == 0)
    e = no_processes(f);
  return finish(f, e, err);
}
