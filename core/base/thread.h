/* Threads of our own. */
#ifndef BH_THREAD_H
#define BH_THREAD_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
/* Starts one in which no signal arrives: those are for whoever waits for them. stack_bytes 0: the system's. False: there can be none now. To be joined. */
bool bh_thread_start(pthread_t *out, size_t stack_bytes, void *(*run)(void *arg), void *arg);
#endif
