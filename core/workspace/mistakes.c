/* The list of mistakes, and how one is printed. */
#include "workspace/workspace.h"

#include <stdlib.h>

enum { KEPT_MAX = 1000 };

void bh_mistakes_init(bh_mistakes *m) {
  *m = (bh_mistakes){0};
  bh_arena_init(&m->arena);
}

void bh_mistakes_dispose(bh_mistakes *m) {
  bh_arena_dispose(&m->arena);
  *m = (bh_mistakes){0};
}

/* Files in the order in which they load. */
static int rank(bh_str file) {
  return bh_str_eqz(file, "billhook.lua") ? 0 : bh_str_eqz(file, "pricebook.lua") ? 1 : bh_str_starts(file, BH_S("clients/")) ? 2 : 3;
}

static int order(const void *x, const void *y) {
  const bh_mistake *a = x, *b = y;
  if (a->advice != b->advice) return a->advice ? 1 : -1;
  if (rank(a->file) != rank(b->file)) return rank(a->file) - rank(b->file);
  int c = bh_str_cmp(a->file, b->file);
  if (c != 0) return c;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  return a->found < b->found ? -1 : a->found > b->found;
}

void bh_mistakes_sort(bh_mistakes *m) {
  if (m->count) qsort(m->items, m->count, sizeof *m->items, order);
}

static void add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, bool advice, const char *fmt, va_list ap) {
  if (advice) m->advice_total++;
  else m->total++;
  bh_mistake x = {.file = file, .line = line, .advice = advice, .found = m->total + m->advice_total};
  if (!m->items) m->items = BH_NEWN(&m->arena, bh_mistake, KEPT_MAX);
  size_t at = m->count;
  if (m->count == KEPT_MAX) { /* in the place of the last one, where that comes later */
    at = 0;
    for (size_t i = 1; i < m->count; i++)
      if (order(&m->items[i], &m->items[at]) > 0) at = i;
    if (order(&x, &m->items[at]) > 0) return;
  } else if (advice && m->count >= KEPT_MAX / 2) return; /* advice keeps to half of the room */
  else m->count++;
  char text[1000];
  vsnprintf(text, sizeof text, fmt, ap);
  x.file = bh_arena_str(&m->arena, file);
  x.path = bh_arena_str(&m->arena, path);
  x.message = bh_arena_str(&m->arena, bh_str_c(text));
  m->items[at] = x;
}

void bh_mistake_add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  add(m, file, line, path, false, fmt, ap);
  va_end(ap);
}

void bh_advice_add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  add(m, file, line, path, true, fmt, ap);
  va_end(ap);
}

/* The length of `contract "acme"` in `contract "acme" lines[2].price`. */
static size_t head_len(bh_str path) {
  const char *space = memchr(path.ptr, ' ', path.len);
  if (!space) return path.len;
  size_t n = (size_t)(space - path.ptr);
  if (n + 1 >= path.len || path.ptr[n + 1] != '"') return n;
  for (size_t i = n + 2; i < path.len; i++)
    if (path.ptr[i] == '"' && (i + 1 == path.len || path.ptr[i + 1] == ' ')) return i + 1;
  return path.len;
}

void bh_mistake_format(bh_buf *out, const bh_mistake *x) {
  bh_buf_puts(out, x->file);
  if (x->line > 0) bh_buf_fmt(out, ":%d", x->line);
  bh_buf_putz(out, ": ");
  if (x->path.len) {
    size_t head = head_len(x->path);
    bh_buf_put(out, x->path.ptr, head);
    bh_buf_putz(out, ": ");
    if (head + 1 < x->path.len) {
      bh_buf_put(out, x->path.ptr + head + 1, x->path.len - head - 1);
      bh_buf_putz(out, ": ");
    }
  }
  bh_buf_puts(out, x->message);
}
