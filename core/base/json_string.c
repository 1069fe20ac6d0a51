/* Checks that yajl leaves out: it turns half a surrogate pair into "?" and \u0000 into a NUL. */
#include "base/json_string.h"

/* The value of \uXXXX at p, -1 where it is not one. */
static int escape_value(bh_str text, size_t at)
{
  int v = 0;
  if (text.len - at < 6 || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u')
    return -1;
  for (size_t i = at + 2; i < at + 6; i++) {
    char c = text.ptr[i], lower = (char)(c | 0x20);
    int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0)
      return -1;
    v = v * 16 + digit;
  }
  return v;
}

const char *bh_json_escapes_check(size_t *at, bh_str text)
{
  const char *p = text.len ? memchr(text.ptr, '\\', text.len) : NULL;
  while (p) { /* a backslash outside a string is yajl's to refuse, so strings need not be told from the rest */
    size_t i = (size_t)(p - text.ptr), step = 2;
    int v = escape_value(text, i);
    *at = i;
    if (v == 0)
      return "a string holds \\u0000, which no text here may";
    if (v >= 0xDC00 && v <= 0xDFFF)
      return "a string holds the second half of a surrogate pair alone";
    if (v >= 0xD800 && v <= 0xDBFF) {
      int second = escape_value(text, i + 6);
      if (second < 0xDC00 || second > 0xDFFF)
        return "a string holds the first half of a surrogate pair alone";
      step = 12;
    }
    if (i + step >= text.len)
      return NULL;
    p = memchr(p + step, '\\', text.len - i - step);
  }
  return NULL;
}

static bool word_byte(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

size_t bh_json_token_start(bh_str text, size_t end)
{
  if (end > text.len)
    end = text.len;
  if (end == 0)
    return 0;
  size_t at = end - 1;
  if (text.ptr[at] == '"') {
    while (at > 0) {
      size_t slashes = 0;
      at--;
      while (at > slashes && text.ptr[at - 1 - slashes] == '\\')
        slashes++;
      if (text.ptr[at] == '"' && slashes % 2 == 0)
        return at;
    }
    return end - 1;
  }
  while (at > 0 && word_byte(text.ptr[at]) && word_byte(text.ptr[at - 1]))
    at--;
  return at;
}
