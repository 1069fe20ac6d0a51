/* Strings as {ptr, len}. */
#include "base/base.h"

bh_str bh_str_c(const char *z)
{
  return z ? (bh_str){z, strlen(z)} : (bh_str){"", 0};
}

bool bh_str_eq(bh_str a, bh_str b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool bh_str_eqz(bh_str a, const char *z)
{
  return bh_str_eq(a, bh_str_c(z));
}

int bh_str_cmp(bh_str a, bh_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
  if (order)
    return order < 0 ? -1 : 1;
  return (a.len > b.len) - (a.len < b.len);
}

bool bh_str_starts(bh_str s, bh_str prefix)
{
  return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}
