/* Named failpoints for the fault tests: nothing at all unless built with BILLHOOK_FAULT. BILLHOOK_FAULT=name:n:kill (n-th time that the
 * point is passed, 1-based) kills the process there with SIGKILL. */
#ifndef BH_FAILPOINT_H
#define BH_FAILPOINT_H
#ifdef BH_FAULT
void bh_failpoint(const char *name);
#define BH_FAILPOINT(name) bh_failpoint(name)
#else
#define BH_FAILPOINT(name) ((void)0)
#endif
#endif
