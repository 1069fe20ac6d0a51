/* Civil dates as day numbers; no instants, no zones, no process state. */
#ifndef BH_DATE_H
#define BH_DATE_H
#include "base/base.h"

typedef int32_t bh_day;                 /* days since 1970-01-01, proleptic Gregorian */
#define BH_DAY_MIN ((bh_day)-1000000)   /* "since ever"  */
#define BH_DAY_MAX ((bh_day)1000000)    /* "for ever"    */
typedef struct bh_span { bh_day from, until; } bh_span; /* [from, until) */
static inline bool bh_span_set(bh_span s) { return s.until > s.from; }
typedef enum bh_unit { BH_UNIT_DAY, BH_UNIT_WEEK, BH_UNIT_MONTH, BH_UNIT_QUARTER, BH_UNIT_YEAR } bh_unit;

bh_day bh_day_make(int year, int month, int day);          /* arguments must be a real date */
void bh_day_split(bh_day d, int *year, int *month, int *day);
bool bh_day_parse(bh_day *out, bh_str text);               /* strictly YYYY-MM-DD, years 1900..2999, a real date */
size_t bh_day_format(char out[12], bh_day d);              /* YYYY-MM-DD and NUL; returns 10 */
int bh_month_days(int year, int month);
bool bh_year_leap(int year);
int bh_weekday(bh_day d);                                  /* 0 Monday … 6 Sunday */
/* anchor + n units, day of month clamped to the month's last: 31 Jan + 1 month = 28/29 Feb. Never chained.
 * Stays within BH_DAY_MIN..BH_DAY_MAX, and these two stay what they are. */
bh_day bh_day_add(bh_day anchor, int64_t n, bh_unit unit);
/* Month arithmetic with a wished day of month (1..31) that is clamped. Months count from 0 = January and may lie outside
 * 0..11: bh_month_on(2026, 1 + 12, 31) is 28 February 2027. */
bh_day bh_month_on(int year, int month0_based_total, int day_of_month);
bh_date bh_day_civil(bh_day d);                            /* the ABI's form */
bh_day bh_civil_day(bh_date d);

/* The civil date of an instant (seconds since the epoch) in an IANA zone, read from the system's zone files
 * without touching TZ. BH_E_NOTFOUND where the zone is unknown. */
bh_status bh_zone_day(bh_day *out, const char *zone, int64_t instant_s, bh_error *err);
bh_status bh_zone_check(const char *zone, bh_error *err);
/* The one clock: seconds since the epoch. BILLHOOK_NOW ("2026-12-01T03:00:00Z" or "2026-12-01") overrides it. */
bh_status bh_clock_now(int64_t *out_s, bh_error *err);
int64_t bh_monotonic_ms(void); /* for time-outs and progress only */
#endif
