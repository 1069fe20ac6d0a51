/* Numbers and dates as platforms write them. */
#include "plugin/host.h"
#include "base/i128.h"

enum { DIGITS_MAX = 36, EXPONENT_MAX = 400 };

static bool is_digit(bh_str s, size_t i)
{
  return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
}

typedef struct number { bh_i128 digits; int scale; bool negative; } number;

/* -digits[.digits][e±digits]. Digits beyond those that can matter are refused where they stand before the point. */
static bool read_number(number *n, bh_str s)
{
  size_t i = 0, first;
  int exponent = 0, kept = 0;
  bool minus = false;
  *n = (number){.negative = s.len && s.ptr[0] == '-'};
  i += s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  for (first = i; is_digit(s, i); i++, kept += kept || n->digits) {
    if (kept == DIGITS_MAX)
      return false;
    n->digits = n->digits * 10 + (s.ptr[i] - '0');
  }
  if (i == first)
    return false;
  if (i < s.len && s.ptr[i] == '.')
    for (first = ++i; is_digit(s, i) || i == first; i++) {
      if (!is_digit(s, i))
        return false;
      if (kept < DIGITS_MAX) { /* what is cut here lies far below the ninth place, or the number is far too large */
        n->digits = n->digits * 10 + (s.ptr[i] - '0');
        n->scale++;
        kept += kept || n->digits;
      }
    }
  if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
    minus = i + 1 < s.len && s.ptr[i + 1] == '-';
    i += i + 1 < s.len && (s.ptr[i + 1] == '-' || s.ptr[i + 1] == '+') ? 2 : 1;
    for (first = i; is_digit(s, i); i++)
      exponent = exponent < EXPONENT_MAX ? exponent * 10 + (s.ptr[i] - '0') : EXPONENT_MAX;
    if (i == first)
      return false;
  }
  n->scale -= minus ? -exponent : exponent;
  return i == s.len;
}

bool bh_number_parse(bh_dec *out, bh_str text)
{
  number n;
  int64_t coef;
  if (!read_number(&n, text))
    return false;
  for (; n.digits && n.scale > BH_DEC_SCALE_MAX && n.digits % 10 == 0; n.scale--)
    n.digits /= 10;
  for (; n.digits && n.scale < 0; n.scale++) {
    if (n.digits > INT64_MAX)
      return false;
    n.digits *= 10;
  }
  if (n.digits == 0) {
    *out = (bh_dec){0, 0, 0};
    return true;
  }
  if (n.scale > BH_DEC_SCALE_MAX) { /* one division: rounded once */
    bh_i128 den = 1;
    for (int k = n.scale - BH_DEC_SCALE_MAX; k > 0; k--) {
      if (den > n.digits) {
        den = 0; /* below half of the last place */
        break;
      }
      den *= 10;
    }
    n.digits = den ? bh_div_round(n.digits, den, BH_HALF_EVEN) : 0;
    n.scale = BH_DEC_SCALE_MAX;
  }
  if (!bh_fit64(&coef, n.digits))
    return false;
  *out = bh_dec_trim((bh_dec){n.negative ? -coef : coef, n.scale, 0});
  return true;
}

/* Two digits at i, at most max; -1 where they are none. */
static int two(bh_str s, size_t i, int max)
{
  if (!is_digit(s, i) || !is_digit(s, i + 1))
    return -1;
  int v = (s.ptr[i] - '0') * 10 + (s.ptr[i + 1] - '0');
  return v <= max ? v : -1;
}

/* Z, +HH, +HHMM, +HH:MM, or nothing, at the end. */
static bool read_offset(int64_t *seconds, bh_str s, size_t i)
{
  *seconds = 0;
  if (i == s.len || (i + 1 == s.len && (s.ptr[i] == 'Z' || s.ptr[i] == 'z')))
    return true;
  if (s.ptr[i] != '+' && s.ptr[i] != '-')
    return false;
  int hours = two(s, i + 1, 18), minutes = 0;
  size_t end = i + 3;
  if (hours >= 0 && end < s.len) {
    end += s.ptr[end] == ':';
    minutes = two(s, end, 59);
    end += 2;
  }
  if (hours < 0 || minutes < 0 || end != s.len)
    return false;
  *seconds = (hours * 3600 + minutes * 60) * (s.ptr[i] == '-' ? -1 : 1);
  return true;
}

bool bh_time_parse(bh_day *day, int64_t *instant_s, bool *is_instant, bh_str s)
{
  int64_t offset;
  size_t i = 16;
  int second = 0;
  *is_instant = s.len > 10;
  if (s.len < 10 || !bh_day_parse(day, (bh_str){s.ptr, 10}))
    return false;
  if (!*is_instant)
    return true;
  int hour = two(s, 11, 23), minute = two(s, 14, 59);
  if ((s.ptr[10] != 'T' && s.ptr[10] != 't' && s.ptr[10] != ' ') || hour < 0 || minute < 0 || s.ptr[13] != ':')
    return false;
  if (i < s.len && s.ptr[i] == ':') {
    if ((second = two(s, 17, 60)) < 0)
      return false;
    i = 19;
    if (i < s.len && (s.ptr[i] == '.' || s.ptr[i] == ',') && is_digit(s, i + 1))
      for (i++; is_digit(s, i); i++)
        ;
  }
  if (!read_offset(&offset, s, i))
    return false;
  *instant_s = (int64_t)*day * 86400 + hour * 3600 + minute * 60 + second - offset;
  return true;
}
