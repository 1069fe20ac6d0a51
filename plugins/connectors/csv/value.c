/* Dates, numbers, UTF-8, and the identity of a row's content. */
#include "value.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digits(const char *p, int n)
{
  int v = 0;
  for (int i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9')
      return -1;
    v = v * 10 + (p[i] - '0');
  }
  return v;
}

static int month_days(int year, int month)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

int csv_parse_date(bh_str s, bh_date *out)
{
  if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-')
    return 0;
  int y = digits(s.ptr, 4), m = digits(s.ptr + 5, 2), d = digits(s.ptr + 8, 2);
  if (y < 1900 || y > 2999 || m < 1 || m > 12 || d < 1)
    return 0;
  if (d > month_days(y, m))
    return 0;
  *out = (bh_date){(int16_t)y, (uint8_t)m, (uint8_t)d};
  return 1;
}

int csv_date_cmp(bh_date a, bh_date b)
{
  int x = a.year * 10000 + a.month * 100 + a.day, y = b.year * 10000 + b.month * 100 + b.day;
  return x < y ? -1 : x > y;
}

bh_date csv_date_next(bh_date d)
{
  if (++d.day > month_days(d.year, d.month)) {
    d.day = 1;
    d.month++;
  }
  if (d.month > 12) {
    d.month = 1;
    d.year++;
  }
  return d;
}

int csv_parse_number(bh_str s, int places, bh_dec *out)
{
  size_t i = 0;
  int negative = 0, scale = -1, any = 0;
  int64_t v = 0;
  if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
    negative = s.ptr[i++] == '-';
  for (; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '.' && scale < 0 && any) {
      scale = 0;
      any = 0;
      continue;
    }
    if (c < '0' || c > '9' || (scale >= 0 && ++scale > places))
      return 0;
    any = 1;
    if (__builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)(c - '0'), &v))
      return 0;
  }
  if (!any || (!negative && __builtin_sub_overflow((int64_t)0, v, &v)))
    return 0;
  *out = (bh_dec){v, scale < 0 ? 0 : scale, 0};
  return 1;
}

int csv_utf8_ok(bh_str s)
{
  const unsigned char *p = (const unsigned char *)s.ptr, *end = p + s.len;
  while (p < end) {
    unsigned c = *p++, n = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 4;
    if (c == 0 || n == 4 || (size_t)(end - p) < n)
      return 0;
    if ((c == 0xE0 && p[0] < 0xA0) || (c == 0xED && p[0] > 0x9F) || (c == 0xF0 && p[0] < 0x90) || (c == 0xF4 && p[0] > 0x8F))
      return 0;
    for (; n; n--)
      if ((*p++ & 0xC0) != 0x80)
        return 0;
  }
  return 1;
}

__extension__ typedef unsigned __int128 u128;

static u128 join(csv_hash h)
{
  return (u128)h.high << 64 | h.low;
}

csv_hash csv_hash_start(void)
{
  return (csv_hash){0x6c62272e07bb0142u, 0x62b821756295c58du};
}

csv_hash csv_hash_add(csv_hash hash, bh_str s)
{
  const u128 prime = ((u128)1 << 88) + 0x13b;
  u128 h = join(hash);
  for (int i = 0; i < 4; i++)
    h = (h ^ ((s.len >> (8 * i)) & 0xFF)) * prime;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (unsigned char)s.ptr[i]) * prime;
  return (csv_hash){(uint64_t)(h >> 64), (uint64_t)h};
}

static size_t slot(const csv_seen *s, csv_hash key)
{
  size_t i = (size_t)(key.low ^ key.high) & (s->cap - 1);
  while (s->counts[i] && (s->keys[i].high != key.high || s->keys[i].low != key.low))
    i = (i + 1) & (s->cap - 1);
  return i;
}

static bh_status grow(csv_seen *s)
{
  csv_seen n = {.cap = s->cap ? s->cap * 2 : 1024, .used = s->used};
  n.keys = calloc(n.cap, sizeof *n.keys);
  n.counts = calloc(n.cap, sizeof *n.counts);
  if (!n.keys || !n.counts) {
    csv_seen_free(&n);
    return BH_E_NOMEM;
  }
  for (size_t i = 0; i < s->cap; i++)
    if (s->counts[i]) {
      size_t k = slot(&n, s->keys[i]);
      n.keys[k] = s->keys[i];
      n.counts[k] = s->counts[i];
    }
  csv_seen_free(s);
  *s = n;
  return BH_OK;
}

bh_status csv_seen_add(csv_seen *s, csv_hash key, uint32_t *ordinal)
{
  if (s->used * 2 >= s->cap) {
    bh_status rc = grow(s);
    if (rc)
      return rc;
  }
  size_t i = slot(s, key);
  s->used += s->counts[i] == 0;
  s->keys[i] = key;
  *ordinal = ++s->counts[i];
  return BH_OK;
}

void csv_seen_free(csv_seen *s)
{
  free(s->keys);
  free(s->counts);
  *s = (csv_seen){0};
}

/* "12.50" and "12.5" are the same quantity. */
static void quantity_text(char out[40], bh_dec d)
{
  while (d.scale > 0 && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  snprintf(out, 40, "%" PRId64 "e-%d", d.coef, (int)d.scale);
}

bh_status csv_usage_id(csv_seen *seen, bh_usage *x, bh_str date, char out[64])
{
  char quantity[40];
  uint32_t ordinal;
  csv_hash h = csv_hash_add(csv_hash_start(), date);
  quantity_text(quantity, x->quantity);
  h = csv_hash_add(csv_hash_add(h, x->client), x->metric);
  h = csv_hash_add(csv_hash_add(h, (bh_str){quantity, strlen(quantity)}), x->description);
  bh_status rc = csv_seen_add(seen, h, &ordinal);
  if (rc)
    return rc;
  snprintf(out, 64, "row-%016" PRIx64 "%016" PRIx64 "-%" PRIu32, h.high, h.low, ordinal);
  x->id = (bh_str){out, strlen(out)};
  return BH_OK;
}
