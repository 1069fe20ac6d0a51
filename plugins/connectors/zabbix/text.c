/* Growing texts, lists of ids, numbers and globs. */
#include "zabbix.h"
#include <stdlib.h>

bool zbx_room(zbx_buf *b, size_t more)
{
  if (b->broken)
    return false;
  if (more <= b->cap - b->len)
    return true;
  size_t cap = b->cap ? b->cap : 256;
  while (cap - b->len < more && cap < ZBX_BODY_BYTES_MAX)
    cap *= 2;
  char *ptr = cap - b->len < more ? NULL : realloc(b->ptr, cap);
  b->broken = !ptr;
  if (!ptr)
    return false;
  b->ptr = ptr;
  b->cap = cap;
  return true;
}

void zbx_put(zbx_buf *b, bh_str s)
{
  if (s.len == 0 || !zbx_room(b, s.len))
    return;
  memcpy(b->ptr + b->len, s.ptr, s.len);
  b->len += s.len;
}

void zbx_putz(zbx_buf *b, const char *s)
{
  zbx_put(b, (bh_str){s, strlen(s)});
}

void zbx_put_number(zbx_buf *b, uint64_t n)
{
  char text[20];
  size_t at = sizeof text;
  do {
    text[--at] = (char)('0' + n % 10);
    n /= 10;
  } while (n);
  zbx_put(b, (bh_str){text + at, sizeof text - at});
}

void zbx_put_json(zbx_buf *b, bh_str s)
{
  static const char hex[] = "0123456789abcdef";
  zbx_putz(b, "\"");
  size_t plain = 0;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    zbx_put(b, (bh_str){s.ptr + plain, i - plain});
    plain = i + 1;
    if (c == '"' || c == '\\') {
      const char quoted[2] = {'\\', (char)c};
      zbx_put(b, (bh_str){quoted, 2});
    } else {
      const char code[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
      zbx_put(b, (bh_str){code, 6});
    }
  }
  if (plain < s.len)
    zbx_put(b, (bh_str){s.ptr + plain, s.len - plain});
  zbx_putz(b, "\"");
}

void zbx_buf_dispose(zbx_buf *b)
{
  free(b->ptr);
  *b = (zbx_buf){0};
}

bool zbx_ids_add(zbx_ids *ids, uint64_t id)
{
  if (ids->n == ids->cap) {
    size_t cap = ids->cap ? ids->cap * 2 : 256;
    uint64_t *v = cap > SIZE_MAX / sizeof *v ? NULL : realloc(ids->v, cap * sizeof *v);
    if (!v)
      return false;
    ids->v = v;
    ids->cap = cap;
  }
  ids->v[ids->n++] = id;
  return true;
}

static int id_order(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

void zbx_ids_sort(zbx_ids *ids)
{
  if (ids->n < 2)
    return;
  qsort(ids->v, ids->n, sizeof *ids->v, id_order);
  size_t kept = 1;
  for (size_t i = 1; i < ids->n; i++)
    if (ids->v[i] != ids->v[kept - 1])
      ids->v[kept++] = ids->v[i];
  ids->n = kept;
}

bool zbx_ids_has(const zbx_ids *sorted, uint64_t id)
{
  return sorted->n && bsearch(&id, sorted->v, sorted->n, sizeof *sorted->v, id_order);
}

void zbx_put_ids(zbx_buf *b, const uint64_t *v, size_t n)
{
  zbx_putz(b, "[");
  for (size_t i = 0; i < n; i++) {
    zbx_putz(b, i ? ",\"" : "\"");
    zbx_put_number(b, v[i]);
    zbx_putz(b, "\"");
  }
  zbx_putz(b, "]");
}

void zbx_ids_dispose(zbx_ids *ids)
{
  free(ids->v);
  *ids = (zbx_ids){0};
}

bool zbx_number(uint64_t *out, bh_str s)
{
  uint64_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
    uint64_t digit = (uint64_t)(s.ptr[i] - '0');
    if (n > (UINT64_MAX - digit) / 10)
      return false;
    n = n * 10 + digit;
  }
  *out = n;
  return s.len > 0;
}

bool zbx_glob(bh_str pattern, bh_str s)
{
  /* One * to come back to is enough: the last one met can take over what an earlier one would have to give. */
  size_t p = 0, i = 0, star = SIZE_MAX, taken = 0;
  while (i < s.len) {
    if (p < pattern.len && pattern.ptr[p] == '*') {
      star = p++;
      taken = i;
    } else if (p < pattern.len && pattern.ptr[p] == s.ptr[i]) {
      p++;
      i++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.len && pattern.ptr[p] == '*')
    p++;
  return p == pattern.len;
}
