/* Civil days and decimals as text. */
#include "psa.h"

bh_status psa_day(psa *p, bh_str text, bh_date *out)
{
  *out = (bh_date){0, 0, 0};
  return text.len == 0 ? BH_OK : p->api.h->parse_date(p->api.h->ctx, (bh_str){text.ptr, text.len < 10 ? text.len : 10}, out);
}

/* Days since 0000-03-01, by eras of 400 years: leap days stand at the ends of years that begin in March. */
static int64_t number_of(bh_date d)
{
  int64_t y = d.year - (d.month <= 2), m = d.month > 2 ? d.month - 3 : d.month + 9;
  return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d.day - 1;
}

static bh_date date_of(int64_t n)
{
  int64_t era = n / 146097, day = n % 146097;
  int64_t y = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * y + y / 4 - y / 100;
  int64_t m = (5 * day + 2) / 153;
  bh_date d = {(int16_t)(y + era * 400 + (m >= 10)), (uint8_t)(m < 10 ? m + 3 : m - 9), (uint8_t)(day - (153 * m + 2) / 5 + 1)};
  return d;
}

bh_date psa_day_add(bh_date d, int64_t days)
{
  return date_of(number_of(d) + days);
}

int psa_day_cmp(bh_date a, bh_date b)
{
  int64_t x = number_of(a), y = number_of(b);
  return x < y ? -1 : x > y;
}

void psa_put_day(bhk_buf *b, bh_date d)
{
  char text[24];
  snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
  bhk_putz(b, text);
}

void psa_put_dec(bhk_buf *b, bh_dec d)
{
  char digits[24], text[40];
  uint64_t n = d.coef < 0 ? (uint64_t)0 - (uint64_t)d.coef : (uint64_t)d.coef;
  int len = snprintf(digits, sizeof digits, "%0*llu", (int)d.scale + 1, (unsigned long long)n), whole = len - (int)d.scale;
  snprintf(text, sizeof text, "%s%.*s%s%s", d.coef < 0 ? "-" : "", whole, digits, d.scale ? "." : "", d.scale ? digits + whole : "");
  bhk_putz(b, text);
}
