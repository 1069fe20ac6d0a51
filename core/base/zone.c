/* The civil date of an instant in a zone. Zones that were read stay in a list for the life of the process: they are
 * the system's, the same for every handle, and never change once they are in it. */
#include "base/zone_rule.h"
#include <pthread.h>
#include <stdatomic.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"
enum { ZONE_FILE_BYTES_MAX = 1024 * 1024 };

static _Atomic(bh_zone *) zones;
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

static bh_zone *known(const char *name)
{
  for (bh_zone *z = atomic_load_explicit(&zones, memory_order_acquire); z; z = z->next)
    if (strcmp(z->name, name) == 0)
      return z;
  return NULL;
}

/* Area/Place in the characters that zone names are made of. No part begins with a point, so none climbs out. */
static bool plausible(const char *name)
{
  bool part_begins = true;
  for (const char *p = name; *p; p++) {
    bool plain = (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');
    bool other = (*p >= '0' && *p <= '9') || *p == '_' || *p == '-' || *p == '+';
    if (part_begins ? !plain : !plain && !other && *p != '/')
      return false;
    part_begins = *p == '/';
  }
  return !part_begins && strlen(name) < sizeof(((bh_zone *)0)->name);
}

static bh_zone *read_zone(const char *name)
{
  char path[sizeof ZONE_FOLDER + 64];
  bh_buf file;
  bh_zone *z = NULL;
  snprintf(path, sizeof path, ZONE_FOLDER "%s", name);
  bh_buf_init(&file, ZONE_FILE_BYTES_MAX);
  if (bh_file_read(&file, path, NULL) == BH_OK)
    z = bh_zone_file_parse(bh_buf_str(&file));
  bh_buf_dispose(&file);
  if (z)
    memcpy(z->name, name, strlen(name) + 1);
  return z;
}

static bh_zone *find(const char *name)
{
  bh_zone *z = known(name);
  if (z || !plausible(name))
    return z;
  pthread_mutex_lock(&zones_lock);
  z = known(name); /* another thread may have been here */
  if (!z && (z = read_zone(name))) {
    z->next = atomic_load_explicit(&zones, memory_order_relaxed);
    atomic_store_explicit(&zones, z, memory_order_release);
  }
  pthread_mutex_unlock(&zones_lock);
  return z;
}

static int32_t offset_at(const bh_zone *z, int64_t instant_s)
{
  uint32_t low = 0, high = z->change_count; /* how many changes are not after the instant */
  if (z->has_rule && (high == 0 || instant_s >= z->changes[high - 1]))
    return bh_zone_rule_offset(&z->rule, instant_s);
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (z->changes[middle] <= instant_s)
      low = middle + 1;
    else
      high = middle;
  }
  return z->offsets_s[low];
}

bh_status bh_zone_check(const char *zone, bh_error *err)
{
  if (zone && find(zone))
    return BH_OK;
  return bh_fail(err, BH_E_NOTFOUND, "unknown timezone \"%s\": expected an IANA name such as \"America/New_York\"%s", zone ? zone : "",
                 find("UTC") ? "" : " (and " ZONE_FOLDER " is empty: is tzdata installed?)");
}

bh_status bh_zone_day(bh_day *out, const char *zone, int64_t instant_s, bh_error *err)
{
  const bh_zone *z = zone ? find(zone) : NULL;
  if (!z)
    return bh_zone_check(zone, err);
  int64_t limit = (int64_t)BH_DAY_MAX * 86400;
  instant_s = instant_s < -limit ? -limit : instant_s > limit ? limit : instant_s;
  int64_t local_s = instant_s + offset_at(z, instant_s);
  int64_t day = local_s / 86400 - (local_s % 86400 < 0);
  *out = day < BH_DAY_MIN ? BH_DAY_MIN : day > BH_DAY_MAX ? BH_DAY_MAX : (bh_day)day;
  return BH_OK;
}
