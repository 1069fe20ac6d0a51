/* The POSIX rule at the end of a zone file, which holds after its last tabled change. */
#include "base/zone_rule.h"

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool eat(cursor *c, char wanted)
{
  if (c->at == c->end || *c->at != wanted)
    return false;
  c->at++;
  return true;
}

static bool number(int *out, cursor *c, int max)
{
  const char *first = c->at;
  *out = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - first < 3; c->at++)
    *out = *out * 10 + (*c->at - '0');
  return c->at > first && *out <= max;
}

/* "EST" or "<+0530>" */
static bool name(cursor *c)
{
  const char *first = c->at;
  if (eat(c, '<')) {
    while (c->at < c->end && *c->at != '>')
      c->at++;
    return eat(c, '>');
  }
  while (c->at < c->end && ((*c->at >= 'A' && *c->at <= 'Z') || (*c->at >= 'a' && *c->at <= 'z')))
    c->at++;
  return c->at - first >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool time_of_day(int32_t *out_s, cursor *c, int hours_max)
{
  int h, m = 0, s = 0;
  bool negative = eat(c, '-');
  if (!negative)
    eat(c, '+');
  if (!number(&h, c, hours_max))
    return false;
  if (eat(c, ':')) {
    if (!number(&m, c, 59))
      return false;
    if (eat(c, ':') && !number(&s, c, 59))
      return false;
  }
  *out_s = h * 3600 + m * 60 + s;
  if (negative)
    *out_s = -*out_s;
  return true;
}

static bool change(bh_zone_change *out, cursor *c)
{
  *out = (bh_zone_change){.time_s = 2 * 3600};
  if (!eat(c, ','))
    return false;
  if (eat(c, 'M')) {
    out->form = BH_ZONE_WEEKDAY;
    if (!number(&out->month, c, 12) || out->month < 1 || !eat(c, '.') || !number(&out->week, c, 5) || out->week < 1 ||
        !eat(c, '.') || !number(&out->weekday, c, 6))
      return false;
  } else if (eat(c, 'J')) {
    out->form = BH_ZONE_JULIAN;
    if (!number(&out->day, c, 365) || out->day < 1)
      return false;
  } else {
    out->form = BH_ZONE_ORDINAL;
    if (!number(&out->day, c, 365))
      return false;
  }
  return !eat(c, '/') || time_of_day(&out->time_s, c, 167);
}

bool bh_zone_rule_parse(bh_zone_rule *out, bh_str text)
{
  cursor c = {text.ptr, text.ptr + text.len};
  int32_t west_s;
  *out = (bh_zone_rule){0};
  if (!name(&c) || !time_of_day(&west_s, &c, 24))
    return false;
  out->standard_s = -west_s;
  if (c.at == c.end)
    return true;
  out->has_summer = true;
  out->summer_s = out->standard_s + 3600;
  if (!name(&c))
    return false;
  if (c.at < c.end && *c.at != ',') {
    if (!time_of_day(&west_s, &c, 24))
      return false;
    out->summer_s = -west_s;
  }
  return change(&out->to_summer, &c) && change(&out->to_standard, &c) && c.at == c.end;
}

static bh_day change_day(const bh_zone_change *c, int year)
{
  bh_day january = bh_day_make(year, 1, 1);
  if (c->form == BH_ZONE_ORDINAL)
    return january + c->day;
  if (c->form == BH_ZONE_JULIAN)
    return january + c->day - 1 + (bh_year_leap(year) && c->day >= 60);
  bh_day first = bh_day_make(year, c->month, 1);
  int to_weekday = (c->weekday + 6 - bh_weekday(first) + 7) % 7; /* ours count from Monday */
  int day = to_weekday + 7 * (c->week - 1);
  if (day >= bh_month_days(year, c->month)) /* the fifth is the last */
    day -= 7;
  return first + day;
}

int32_t bh_zone_rule_offset(const bh_zone_rule *rule, int64_t instant_s)
{
  if (!rule->has_summer)
    return rule->standard_s;
  int64_t day = instant_s / 86400 - (instant_s % 86400 < 0);
  if (day <= BH_DAY_MIN + 800 || day >= BH_DAY_MAX - 800)
    return rule->standard_s;
  int year, month, day_of_month;
  bh_day_split((bh_day)day, &year, &month, &day_of_month);
  /* The last change up to the instant decides. Neighbouring years too: local time and odd hours cross New Year. Where
   * both fall on one instant it is summer for ever, which RFC 8536 writes as an end that meets the next start. */
  int64_t last = INT64_MIN;
  bool summer = false;
  for (int y = year - 1; y <= year + 1; y++) {
    int64_t begins = (int64_t)change_day(&rule->to_summer, y) * 86400 + rule->to_summer.time_s - rule->standard_s;
    int64_t ends = (int64_t)change_day(&rule->to_standard, y) * 86400 + rule->to_standard.time_s - rule->summer_s;
    if (begins <= instant_s && begins >= last) {
      last = begins;
      summer = true;
    }
    if (ends <= instant_s && ends > last) {
      last = ends;
      summer = false;
    }
  }
  return summer ? rule->summer_s : rule->standard_s;
}
