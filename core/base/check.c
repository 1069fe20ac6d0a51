/* The two strengths of assertion, and the end of a process that cannot go on. */
#include "base/base.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void bh_require_failed(const char *cond, const char *file, int line)
{
  fprintf(stderr, "billhook: bug: %s:%d: %s does not hold\n", file, line, cond);
  abort();
}

/* Whether this place has not spoken before. Beyond the table's size every call speaks: too much is better than nothing. */
static bool first_time(const char *file, int line)
{
  static _Atomic uintptr_t seen[64];
  uintptr_t site = ((uintptr_t)file << 16) ^ (uintptr_t)(unsigned)line ^ ((uintptr_t)1 << 63);
  for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
    uintptr_t there = 0;
    if (atomic_compare_exchange_strong(&seen[i], &there, site))
      return true;
    if (there == site)
      return false;
  }
  return true;
}

bool bh_check_failed(const char *cond, const char *file, int line)
{
  if (first_time(file, line))
    fprintf(stderr, "billhook: bug: %s:%d: %s does not hold; going on\n", file, line, cond);
#ifdef BH_DEBUG
  abort();
#else
  return false;
#endif
}

_Noreturn void bh_out_of_memory(size_t bytes)
{
  fprintf(stderr, "billhook: out of memory (%zu bytes wanted)\n", bytes);
  _exit(70);
}
