/* A worker as its host has it. */
#ifndef BH_WORKER_HOST_H
#define BH_WORKER_HOST_H
#include "plugin/frame.h"
#include <spawn.h>
#include <sys/resource.h>
#include <sys/types.h>

struct bh_worker {
  pid_t pid;
  int fd;                /* nonblocking; -1 once closed */
  bool reaped;
  int wait_status;       /* where reaped; -1: nobody could tell us */
  struct rusage usage;
  bh_buf out;            /* frames not yet taken by the socket: from `sent` on */
  size_t sent;
  bh_buf in;             /* bytes not yet consumed: from `taken` on */
  size_t taken;
  bool ended;            /* the stream is at its end */
};
/* Waits for the child for at most grace_ms; then kills it, if asked to, and waits. */
void bh_worker_reap(bh_worker *w, int grace_ms, bool then_kill);
/* A group of its own: a terminal's Ctrl-C is for the host, and a kill reaches what the child has started; no signal blocked or handled. The caller
 * destroys them. An errno. */
int bh_spawn_attributes(posix_spawnattr_t *attr);
/* "crashed with signal 11 (Segmentation fault)", "exited with status 0", "closed its connection to the host" … */
void bh_worker_cause(bh_worker *w, char out[200]);
#endif
