/* The one clock. */
#include "base/date.h"
#include <stdlib.h>
#include <time.h>

/* "HH:MM:SSZ" */
static bool parse_time(int64_t *out_s, bh_str t)
{
  static const char form[] = "00:00:00Z";
  int64_t part[3] = {0, 0, 0};
  if (t.len != sizeof form - 1)
    return false;
  for (size_t i = 0; i < t.len; i++) {
    if (form[i] != '0' ? t.ptr[i] != form[i] : t.ptr[i] < '0' || t.ptr[i] > '9')
      return false;
    if (form[i] == '0')
      part[i / 3] = part[i / 3] * 10 + (t.ptr[i] - '0');
  }
  *out_s = part[0] * 3600 + part[1] * 60 + part[2];
  return part[0] < 24 && part[1] < 60 && part[2] < 60;
}

static bool parse_now(int64_t *out_s, bh_str text)
{
  bh_day day;
  int64_t time_s = 0;
  if (text.len < 10 || !bh_day_parse(&day, (bh_str){text.ptr, 10}))
    return false;
  if (text.len > 10 && (text.ptr[10] != 'T' || !parse_time(&time_s, (bh_str){text.ptr + 11, text.len - 11})))
    return false;
  *out_s = (int64_t)day * 86400 + time_s;
  return true;
}

bh_status bh_clock_now(int64_t *out_s, bh_error *err)
{
  const char *now = getenv("BILLHOOK_NOW");
  if (now) { /* set but empty is a mistake too: a script whose date command failed must not bill today */
    if (parse_now(out_s, bh_str_c(now)))
      return BH_OK;
    return bh_fail(err, BH_E_INVALID, "BILLHOOK_NOW is \"%s\": expected a date (2026-12-01) or an instant (2026-12-01T03:00:00Z)", now);
  }
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  *out_s = t.tv_sec;
  return BH_OK;
}

int64_t bh_monotonic_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
