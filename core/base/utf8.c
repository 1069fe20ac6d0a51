/* Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF; and no NUL. */
#include "base/base.h"

static bool tail(const unsigned char *p, size_t n)
{
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xC0) != 0x80)
      return false;
  return true;
}

/* The length of the character at p, 0 where it is not one. */
static size_t character(const unsigned char *p, size_t left)
{
  unsigned char c = p[0];
  size_t n = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
  if (n == 0 || n > left || c == 0 || !tail(p, n))
    return 0;
  if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F))
    return 0;
  return n;
}

/* Eight bytes that are ASCII and none of them NUL. */
static bool plain(uint64_t w)
{
  return !((w | (w - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

static uint64_t eight(const unsigned char *p)
{
  uint64_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

/* One to seven bytes as eight, some of them twice: most texts are short. */
static uint64_t up_to_eight(const unsigned char *p, size_t n)
{
  uint32_t a, b;
  if (n >= 4) {
    memcpy(&a, p, sizeof a);
    memcpy(&b, p + n - sizeof b, sizeof b);
  } else {
    a = UINT32_C(0x01010000) | (uint32_t)p[0] << 8 | p[n / 2];
    b = UINT32_C(0x01010100) | p[n - 1];
  }
  return (uint64_t)a << 32 | b;
}

size_t bh_utf8_span(bh_str s)
{
  const unsigned char *p = (const unsigned char *)s.ptr;
  size_t i = 0;
  while (i < s.len) {
    while (s.len - i >= 8 && plain(eight(p + i)))
      i += 8;
    size_t left = s.len - i;
    if (left < 8 && (left == 0 || plain(up_to_eight(p + i, left))))
      return s.len;
    size_t n = character(p + i, left);
    if (n == 0)
      break;
    i += n;
  }
  return i;
}

bool bh_utf8_ok(bh_str s)
{
  return bh_utf8_span(s) == s.len;
}
