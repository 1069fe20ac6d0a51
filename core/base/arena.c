/* Arenas: many small allocations, freed as a whole. */
#include "base/base.h"
#include "base/dec.h"
#include <stdlib.h>

enum {
  ALIGN = 16,
  BLOCK_FIRST_BYTES = 4 * 1024,
  BLOCK_BYTES_MAX = 256 * 1024 /* growth stops here; larger requests get a block of their own size */
};

typedef struct bh_arena_block {
  struct bh_arena_block *next;
  size_t used, cap;
  _Alignas(ALIGN) char bytes[];
} block;

void bh_arena_init(bh_arena *a)
{
  *a = (bh_arena){NULL, 0};
}

static void free_blocks(block *b)
{
  while (b) {
    block *next = b->next;
    free(b);
    b = next;
  }
}

void bh_arena_dispose(bh_arena *a)
{
  free_blocks(a->head);
  bh_arena_init(a);
}

static block *new_block(bh_arena *a, size_t cap)
{
  if (cap > PTRDIFF_MAX - sizeof(block))
    bh_out_of_memory(cap);
  block *b = malloc(sizeof *b + cap);
  if (!b)
    bh_out_of_memory(cap);
  b->next = a->head;
  b->used = 0;
  b->cap = cap;
  a->head = b;
  return b;
}

#ifdef BH_DEBUG

/* Every object is its own, exactly sized, so that the sanitizers see a byte too many and a use after reset. */
static void *take(bh_arena *a, size_t bytes, size_t align)
{
  block *b = new_block(a, bytes);
  b->used = bytes;
  a->used_total += bytes;
  return b->bytes;
}

void bh_arena_reset(bh_arena *a)
{
  bh_arena_dispose(a);
}

#else

static void *take_from_new_block(bh_arena *a, size_t bytes)
{
  size_t cap = BLOCK_FIRST_BYTES;
  if (a->head && a->head->cap >= cap)
    cap = a->head->cap < BLOCK_BYTES_MAX / 2 ? a->head->cap * 2 : BLOCK_BYTES_MAX;
  bool large = bytes > cap / 2;
  block *current = a->head;
  block *b = new_block(a, large ? bytes : cap);
  b->used = bytes;
  if (large && current) { /* the current block still has room: it stays in front */
    b->next = current->next;
    current->next = b;
    a->head = current;
  }
  return b->bytes;
}

static inline void *take(bh_arena *a, size_t bytes, size_t align)
{
  a->used_total += bytes;
  block *b = a->head;
  if (b) {
    size_t at = (b->used + align - 1) & ~(align - 1);
    if (at <= b->cap && bytes <= b->cap - at) {
      b->used = at + bytes;
      return b->bytes + at;
    }
  }
  return take_from_new_block(a, bytes);
}

/* Of the blocks it keeps the front one, which is the largest of those that growth has made. */
void bh_arena_reset(bh_arena *a)
{
  block *b = a->head;
  a->used_total = 0;
  if (!b)
    return;
  free_blocks(b->next);
  b->next = NULL;
  b->used = 0;
  if (b->cap > BLOCK_BYTES_MAX) {
    free(b);
    a->head = NULL;
  }
}

#endif

void *bh_arena_alloc(bh_arena *a, size_t bytes)
{
  void *p = take(a, bytes, ALIGN);
  return memset(p, 0, bytes);
}

void *bh_arena_array(bh_arena *a, size_t n, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(n, size, &bytes))
    bh_out_of_memory(SIZE_MAX);
  return bh_arena_alloc(a, bytes);
}

char *bh_arena_z(bh_arena *a, bh_str s)
{
  char *p = take(a, s.len + 1, 1);
  if (s.len)
    memcpy(p, s.ptr, s.len);
  p[s.len] = 0;
  return p;
}

bh_str bh_arena_str(bh_arena *a, bh_str s)
{
  return (bh_str){bh_arena_z(a, s), s.len};
}

bh_str bh_arena_fmt(bh_arena *a, const char *fmt, ...)
{
  char text[512];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  bh_require(n >= 0);
  size_t len = (size_t)n;
  if (len < sizeof text)
    return bh_arena_str(a, (bh_str){text, len});
  char *p = take(a, len + 1, 1);
  va_start(args, fmt);
  vsnprintf(p, len + 1, fmt, args);
  va_end(args);
  return (bh_str){p, len};
}

bh_str bh_arena_numbered(bh_arena *a, bh_str name, const char *between, int64_t n, const char *after)
{
  char digits[32];
  bh_str parts[] = {name, bh_str_c(between), {digits, bh_int_format(digits, n)}, bh_str_c(after)};
  enum { PARTS = sizeof parts / sizeof parts[0] };
  size_t len = 0, at = 0;
  for (size_t i = 0; i < PARTS; i++)
    len += parts[i].len;
  char *p = take(a, len + 1, 1);
  for (size_t i = 0; i < PARTS; at += parts[i++].len)
    if (parts[i].len)
      memcpy(p + at, parts[i].ptr, parts[i].len);
  p[len] = 0;
  return (bh_str){p, len};
}
