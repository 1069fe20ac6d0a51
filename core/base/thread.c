/* Starting threads. */
#include "base/thread.h"
#include <signal.h>

bool bh_thread_start(pthread_t *out, size_t stack_bytes, void *(*run)(void *arg), void *arg)
{
  pthread_attr_t how;
  sigset_t all, before;
  if (pthread_attr_init(&how))
    return false;
  if (stack_bytes)
    pthread_attr_setstacksize(&how, stack_bytes);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(out, &how, run, arg) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&how);
  return started;
}
