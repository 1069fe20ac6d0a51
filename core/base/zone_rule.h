/* A time zone file's parts: the table of what was decreed and the rule for the time after it. For zone.c alone. */
#ifndef BH_ZONE_RULE_H
#define BH_ZONE_RULE_H
#include "base/date.h"

/* When in a year clocks change: Jn (1..365, never 29 February), n (0..365), Mm.w.d; and at what local time. */
typedef struct bh_zone_change {
  enum { BH_ZONE_JULIAN, BH_ZONE_ORDINAL, BH_ZONE_WEEKDAY } form;
  int day, month, week, weekday; /* weekday 0 Sunday */
  int32_t time_s;
} bh_zone_change;

typedef struct bh_zone_rule {
  int32_t standard_s, summer_s; /* east of Greenwich */
  bool has_summer;
  bh_zone_change to_summer, to_standard;
} bh_zone_rule;

/* "EST5EDT,M3.2.0,M11.1.0": POSIX.1 8.3 with RFC 8536's hours from -167 to 167. */
bool bh_zone_rule_parse(bh_zone_rule *out, bh_str text);
int32_t bh_zone_rule_offset(const bh_zone_rule *rule, int64_t instant_s);

typedef struct bh_zone {
  struct bh_zone *next;
  char name[64];
  uint32_t change_count;
  int64_t *changes;    /* instants, ascending */
  int32_t *offsets_s;  /* change_count + 1: before the first, then from each on */
  bool has_rule;
  bh_zone_rule rule;
} bh_zone;

/* NULL where the bytes are not a TZif file. One malloc. */
bh_zone *bh_zone_file_parse(bh_str file);
#endif
