/* Patterns with '*' and '?'. */
#include "base/base.h"

static size_t character_end(bh_str s, size_t at)
{
  do
    at++;
  while (at < s.len && ((unsigned char)s.ptr[at] & 0xC0) == 0x80);
  return at;
}

/* Only the last '*' is ever gone back to: what an earlier one has matched cannot be improved on. */
bool bh_str_glob(bh_str pattern, bh_str s)
{
  size_t p = 0, i = 0, star = SIZE_MAX, retry = 0;
  while (i < s.len) {
    if (p < pattern.len && pattern.ptr[p] == '*') {
      star = p++;
      retry = i;
    } else if (p < pattern.len && pattern.ptr[p] == '?') {
      p++;
      i = character_end(s, i);
    } else if (p < pattern.len && pattern.ptr[p] == s.ptr[i]) {
      p++;
      i++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      i = retry = character_end(s, retry);
    } else {
      return false;
    }
  }
  while (p < pattern.len && pattern.ptr[p] == '*')
    p++;
  return p == pattern.len;
}
