/* How large the process is. */
#include "plugin/check/inside.h"
#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

/* There under AddressSanitizer, whose heap mallinfo2() does not know. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static int entries(const char *folder)
{
  int n = 0;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    n += e->d_name[0] != '.';
  if (d)
    closedir(d);
  return n;
}

static size_t mapped_kib(void)
{
  unsigned long pages = 0;
  FILE *f = fopen("/proc/self/statm", "re");
  if (f && fscanf(f, "%lu", &pages) != 1)
    pages = 0;
  if (f)
    fclose(f);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

bh_check_size bh_check_measure(void)
{
  bh_check_size s = {.descriptors = entries("/proc/self/fd") - 1 /* opendir's own */, .threads = entries("/proc/self/task")};
  if (__sanitizer_get_current_allocated_bytes)
    s.heap_bytes = __sanitizer_get_current_allocated_bytes();
  else
    s.heap_bytes = mallinfo2().uordblks + mallinfo2().hblkhd;
  s.mapped_kib = mapped_kib();
  return s;
}
