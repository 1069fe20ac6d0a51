/* The list of mistakes, and how one is printed. */
#include "workspace/workspace.h"

enum { KEPT_MAX = 1000 };

void bh_mistakes_init(bh_mistakes *m) {
  *m = (bh_mistakes){0};
  bh_arena_init(&m->arena);
}

void bh_mistakes_dispose(bh_mistakes *m) {
  bh_arena_dispose(&m->arena);
  *m = (bh_mistakes){0};
}

static void add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, bool advice, const char *fmt, va_list ap) {
  if (advice) m->advice_total++;
  else m->total++;
  /* Advice never pushes a mistake out: it keeps to half of the room. */
  if (m->count >= KEPT_MAX || (advice && m->count >= KEPT_MAX / 2)) return;
  if (!m->items) m->items = BH_NEWN(&m->arena, bh_mistake, KEPT_MAX);
  char text[1000];
  vsnprintf(text, sizeof text, fmt, ap);
  m->items[m->count++] = (bh_mistake){bh_arena_str(&m->arena, file), line, bh_arena_str(&m->arena, path),
                                      bh_arena_str(&m->arena, bh_str_c(text)), advice};
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
