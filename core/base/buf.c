/* A growing buffer that is born with its maximum. */
#include "base/base.h"
#include <stdlib.h>

enum { CAP_FIRST_BYTES = 256 };

void bh_buf_init(bh_buf *b, size_t max_bytes)
{
  *b = (bh_buf){.max = max_bytes};
}

void bh_buf_dispose(bh_buf *b)
{
  free(b->ptr);
  *b = (bh_buf){.max = b->max};
}

void bh_buf_clear(bh_buf *b)
{
  b->len = 0;
  b->failed = false;
}

/* Slow path of every append. The subtractions cannot wrap: len <= cap and len <= max always. */
static bool grow(bh_buf *b, size_t n)
{
  if (b->failed || n > b->max - b->len) {
    b->failed = true;
    return false;
  }
  if (b->ptr && n <= b->cap - b->len)
    return true;
  size_t need = b->len + n;
  size_t cap = b->cap ? b->cap : CAP_FIRST_BYTES;
  while (cap < need)
    cap = cap <= SIZE_MAX / 2 ? cap * 2 : need;
  if (cap > b->max && b->max)
    cap = b->max;
  char *p = realloc(b->ptr, cap);
  if (!p)
    bh_out_of_memory(cap);
  b->ptr = p;
  b->cap = cap;
  return true;
}

char *bh_buf_room(bh_buf *b, size_t n)
{
  return grow(b, n) ? b->ptr + b->len : NULL;
}

bool bh_buf_put(bh_buf *b, const void *bytes, size_t n)
{
  if (b->failed || n > b->cap - b->len || n > b->max - b->len)
    if (!grow(b, n))
      return false;
  if (n) {
    memcpy(b->ptr + b->len, bytes, n);
    b->len += n;
  }
  return true;
}

bool bh_buf_puts(bh_buf *b, bh_str s)
{
  return bh_buf_put(b, s.ptr, s.len);
}

bool bh_buf_putz(bh_buf *b, const char *z)
{
  return bh_buf_put(b, z, strlen(z));
}

bool bh_buf_putc_slow(bh_buf *b, char c)
{
  if (b->failed || b->len == b->cap || b->len == b->max)
    if (!grow(b, 1))
      return false;
  b->ptr[b->len++] = c;
  return true;
}

bool bh_buf_fmt(bh_buf *b, const char *fmt, ...)
{
  char text[256];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  bh_require(n >= 0);
  size_t len = (size_t)n;
  if (len < sizeof text)
    return bh_buf_put(b, text, len);
  if (len > b->max - b->len)
    return b->failed = true, false;
  char *whole = malloc(len + 1); /* vsnprintf wants room for a NUL that the maximum may not leave */
  if (!whole)
    bh_out_of_memory(len + 1);
  va_start(args, fmt);
  vsnprintf(whole, len + 1, fmt, args);
  va_end(args);
  bool ok = bh_buf_put(b, whole, len);
  free(whole);
  return ok;
}
