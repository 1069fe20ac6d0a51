/* How much one connector may stage: one that sends without end must not fill the disk of all the others. */
#include "facts/ingest_impl.h"
#include <stdlib.h>
#include <sys/statvfs.h>

enum {
  STAGED_MIB_MAX = 8 * 1024,
  FREE_MIB_MIN = 256,        /* of the temporary folder, whatever comes */
  FREE_MIB_MAX = 1 << 30,    /* more than a disk has */
  ONE_MERGE_MIB = 256,       /* beyond this the sorter may merge in steps, from one file into another */
  STEP_MIB = 16,             /* between two looks */
  MIB_SHIFT = 20
};

/* A number of MiB from the environment, by which tests are stricter than `usual`; never less strict. */
static uint64_t mib_of(const char *name, uint64_t usual, uint64_t low, uint64_t high) {
  const char *said = getenv(name);
  int64_t n = said ? strtoll(said, NULL, 10) : 0;
  return said && n >= (int64_t)low && n <= (int64_t)high ? (uint64_t)n : usual;
}

uint64_t bh_staged_bytes_max(void) { return mib_of("BILLHOOK_STAGED_MIB", STAGED_MIB_MAX, 1, STAGED_MIB_MAX) << MIB_SHIFT; }

static const char *came(const bh_ingest *in, char text[static 200]) {
  snprintf(text, 200, "%lld assets, %lld gauges, %lld usage records, %lld charges, %lld products, %lld costs", (long long)in->assets, (long long)in->gauges,
           (long long)in->usage, (long long)in->charges, (long long)in->products, (long long)in->costs);
  return text;
}

bh_status bh_staged_look(bh_ingest *in, bh_error *err) {
  char text[200];
  struct statvfs disk;
  uint64_t max = bh_staged_bytes_max(), staged = in->staged >> MIB_SHIFT;
  if (in->staged > max)
    return bh_fail(err, BH_E_OVERFLOW, "more came than the %llu MiB of facts that one pull may bring: %s", (unsigned long long)(max >> MIB_SHIFT), came(in, text));
  in->look_at = in->staged + ((uint64_t)STEP_MIB << MIB_SHIFT);
  if (in->look_at > max) in->look_at = max;
  if (statvfs(in->tmp_dir, &disk) != 0 || disk.f_blocks == 0) return BH_OK; /* not every file system says: writing then tells */
  uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize >> MIB_SHIFT, keep = mib_of("BILLHOOK_FREE_MIB", FREE_MIB_MIN, FREE_MIB_MIN, FREE_MIB_MAX);
  if (left >= keep + (staged > ONE_MERGE_MIB ? staged : 0)) return BH_OK;
  return bh_fail(err, BH_E_STORE, "the temporary folder %s is nearly full: %llu MiB are free, of which %llu are kept%s, and %llu MiB of facts came: %s", in->tmp_dir,
                 (unsigned long long)left, (unsigned long long)keep, staged > ONE_MERGE_MIB ? " and as much as came is needed to sort it" : "",
                 (unsigned long long)staged, came(in, text));
}
