/* The walls around a worker that the kernel keeps: system call filters for those that run other people's code. */
#include "base/hash.h"
#include "plugin/worker.h"
#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ACCESS_FS_TRUNCATE = 1 << 14 }; /* LANDLOCK_ACCESS_FS_TRUNCATE of Linux 6.2 */

extern void __gcov_dump(void) __attribute__((weak));

/* Sanitizers and gcov open files, and LeakSanitizer forks, at the end of the process. */
static bool filter_possible(void)
{
  return !BH_UNDER_ASAN && !__gcov_dump;
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

/* Of the calls that reach into a process, those that name this one: a signal of its own (abort) is its own affair. */
static int own_affairs(scmp_filter_ctx f, bool denied_already)
{
  const uint64_t self = (uint64_t)getpid();
  static const int by_pid[] = {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)};
  if (denied_already)
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self, 0));
  int e = 0;
  for (size_t i = 0; i < sizeof by_pid / sizeof by_pid[0] && e == 0; i++)
    e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), by_pid[i], 1, SCMP_A0(SCMP_CMP_NE, self, 0));
  if (e == 0) /* limits may be read, not set: they can be set of the host */
    e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_NE, 0, 0));
  return e ? e : seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0));
}

/* Opening for writing, locks on files that others use, and signals by way of a descriptor. */
static int reads_only(scmp_filter_ctx f)
{
  static const uint64_t modes[][2] = {{O_ACCMODE, O_WRONLY}, {O_ACCMODE, O_RDWR}, {O_ACCMODE, O_ACCMODE}, {O_CREAT, O_CREAT}, {O_TRUNC, O_TRUNC}};
  static const uint64_t commands[] = {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETOWN, F_SETOWN_EX, F_SETSIG,
    F_SETLEASE, F_NOTIFY};
  static const uint64_t requests[] = {FIOSETOWN, SIOCSPGRP, TIOCSTI};
  int e = 0;
  for (size_t i = 0; i < sizeof modes / sizeof modes[0] && e == 0; i++) {
    e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, modes[i][0], modes[i][1]));
    if (e == 0)
      e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, modes[i][0], modes[i][1]));
  }
  for (size_t i = 0; i < sizeof commands / sizeof commands[0] && e == 0; i++)
    e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, commands[i], 0));
  for (size_t i = 0; i < sizeof requests / sizeof requests[0] && e == 0; i++)
    e = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, requests[i], 0));
  return e;
}

/* Landlock (Linux 5.13 and newer): no file can be written, made or removed, by whatever call (openat2's flags lie in memory, where no filter
 * looks), and no process outside be looked into. Kernels without it have the filter alone. */
static bh_status no_writing(bh_error *err)
{
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1)
    return BH_OK;
  struct landlock_ruleset_attr denied = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
  if (abi >= 3)
    denied.handled_access_fs |= ACCESS_FS_TRUNCATE;
  int fd = (int)syscall(SYS_landlock_create_ruleset, &denied, sizeof denied.handled_access_fs, 0);
  bool done = fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
  if (fd >= 0)
    close(fd);
  return done ? BH_OK : bh_fail(err, BH_E_WORKER, "cannot keep the worker from writing files: %m");
}

/* What changes files, or other processes of the same user. */
static const int changes_others[] = {SCMP_SYS(creat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
  SCMP_SYS(truncate), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
  SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown),
  SCMP_SYS(fchownat), SCMP_SYS(utime), SCMP_SYS(utimes), SCMP_SYS(utimensat), SCMP_SYS(futimesat), SCMP_SYS(setxattr), SCMP_SYS(lsetxattr),
  SCMP_SYS(fsetxattr), SCMP_SYS(removexattr), SCMP_SYS(lremovexattr), SCMP_SYS(fremovexattr), SCMP_SYS(open_by_handle_at), SCMP_SYS(flock),
  SCMP_SYS(tkill), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(process_madvise), SCMP_SYS(setrlimit),
  SCMP_SYS(setpriority), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setattr), SCMP_SYS(sched_setparam), SCMP_SYS(sched_setscheduler),
  SCMP_SYS(ioprio_set), SCMP_SYS(kcmp), SCMP_SYS(migrate_pages), SCMP_SYS(move_pages)};

bh_status bh_sandbox_connector(bh_error *err)
{
  if (!filter_possible())
    return BH_OK;
  bh_status rc = no_writing(err);
  if (rc)
    return rc;
  scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
  if (!f)
    return bh_fail(err, BH_E_WORKER, "cannot set up the system call filter");
  int e = no_processes(f);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, starts_programs, sizeof starts_programs / sizeof starts_programs[0]);
  if (e == 0)
    e = own_affairs(f, false);
  if (e == 0)
    e = reads_only(f);
  if (e == 0)
    e = add(f, SCMP_ACT_ERRNO(EPERM), changes_others, sizeof changes_others / sizeof changes_others[0]);
  return finish(f, e, err);
}

static bh_status models(uint32_t otherwise, bh_error *err)
{
  static const int allowed[] = {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(setitimer), SCMP_SYS(getitimer), SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
    SCMP_SYS(sched_yield), SCMP_SYS(membarrier), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid)};
  static const int network[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4)};
  if (!filter_possible())
    return BH_OK;
  (void)bh_sha256_1(BH_S("")); /* libcrypto is loaded at its first use: that must have been before */
  (void)strsignal(SIGSEGV);
  scmp_filter_ctx f = seccomp_init(otherwise);
  if (!f)
    return bh_fail(err, BH_E_WORKER, "cannot set up the system call filter");
  int e = add(f, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
  if (otherwise == SCMP_ACT_KILL_PROCESS) /* that says it all: libseccomp takes no rule that does what happens anyway */
    return finish(f, e, err);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, network, sizeof network / sizeof network[0]);
  if (e == 0)
    e = add(f, SCMP_ACT_KILL_PROCESS, starts_programs, sizeof starts_programs / sizeof starts_programs[0]);
  if (e == 0)
    e = no_processes(f);
  if (e == 0)
    e = own_affairs(f, true);
  return finish(f, e, err);
}

bh_status bh_sandbox_models(bh_error *err)
{
  return models(SCMP_ACT_ERRNO(EPERM), err); /* files, and whatever comes with newer kernels */
}

bh_status bh_sandbox_pure(bh_error *err)
{
  return models(SCMP_ACT_KILL_PROCESS, err);
}
