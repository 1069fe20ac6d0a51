/* A document that begins with a list as long as the batch: of the list only what a person is shown is kept. */
#include "cli/cli.h"

/* One byte of the list, whose members are objects. */
static void in_list(cli *c, cli_first *f, char ch) {
  bool inside = f->depth > 0;
  if (f->text) {
    if (f->escaped) f->escaped = false;
    else if (ch == '\\') f->escaped = true;
    else if (ch == '"') f->text = false;
  } else if (ch == '"') {
    f->text = true;
  } else if (ch == '{' || ch == '[') {
    inside = true;
    if (f->depth++ == 0 && ++f->count > 1 && f->count <= f->most) bh_buf_putc(&c->out, ',');
  } else if (ch == '}' || ch == ']') {
    f->done = f->depth-- == 0;
  }
  if (f->done || (inside && f->count <= f->most)) bh_buf_putc(&c->out, ch);
}

static void write_first(void *ctx, const char *bytes, size_t n) {
  cli *c = ctx;
  cli_first *f = &c->first;
  for (size_t i = 0; i < n; i++) {
    if (f->done) {
      bh_buf_put(&c->out, bytes + i, n - i);
      return;
    }
    if (c->out.len < f->begin.len) bh_buf_putc(&c->out, bytes[i]);
    else in_list(c, f, bytes[i]);
  }
}

billhook_out cli_out_first(cli *c, bh_str begin, size_t most) {
  c->first = (cli_first){.begin = begin, .most = most};
  return c->json ? cli_out(c) : (billhook_out){write_first, c};
}
