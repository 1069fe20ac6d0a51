/* A plugin's manifest: read, or refused with words. */
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"
#include "plugin/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  int fd = memfd_create("manifest", MFD_CLOEXEC);
  FUZZ_MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  bh_arena a;
  bh_arena_init(&a);
  bh_manifest m;
  bh_error err = {0};
  if (bh_manifest_read(&m, &a, path, &err) == BH_OK) FUZZ_MUST(m.id.len > 0);
  else FUZZ_MUST(err.message[0] != 0);
  bh_arena_dispose(&a);
  close(fd);
  return 0;
}
