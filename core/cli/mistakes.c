/* The mistakes of a workspace for whoever finds a command refused, in the words of `billhook check`. */
#include "cli/cli.h"

/* `contract "acme" lines[2].price` is shown as `contract "acme": lines[2].price`, `invoicing number` as `invoicing: number`. */
size_t cli_statement_end(bh_str path) {
  const char *space = memchr(path.ptr, ' ', path.len), *close = NULL;
  if (space == NULL) return path.len;
  size_t n = (size_t)(space - path.ptr);
  if (n + 1 < path.len && space[1] == '"') close = memchr(space + 2, '"', path.len - n - 2);
  if (close != NULL) n = (size_t)(close + 1 - path.ptr);
  return n;
}

static void keep(void *ctx, const char *bytes, size_t n) { bh_buf_put(ctx, bytes, n); }

static void put_plain(bh_buf *out, bh_str s) {
  for (size_t i = 0; i < s.len; i++) bh_buf_putc(out, (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ? ' ' : s.ptr[i]);
}

static void show(const cli *c, const bh_node *m) {
  enum { LINE_MAX_BYTES = 8192 };
  bh_str path = cli_member(m, "path");
  size_t n = cli_statement_end(path);
  bh_buf text;
  bh_buf_init(&text, LINE_MAX_BYTES);
  put_plain(&text, cli_member(m, "file"));
  bh_buf_putc(&text, ':');
  put_plain(&text, cli_member(m, "line"));
  bh_buf_putz(&text, ": ");
  if (path.len) {
    put_plain(&text, (bh_str){path.ptr, n});
    bh_buf_putz(&text, ": ");
  }
  if (n < path.len) {
    put_plain(&text, (bh_str){path.ptr + n + 1, path.len - n - 1});
    bh_buf_putz(&text, ": ");
  }
  put_plain(&text, cli_member(m, "message"));
  bh_buf_putc(&text, 0);
  if (!text.failed) cli_line(c, text.ptr);
  bh_buf_dispose(&text);
}

void cli_mistakes_of(cli *c, const bh_node *doc) {
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "mistakes");
  fflush(stdout);
  for (size_t i = 0; i < n; i++) show(c, items[i]);
}

bool cli_mistakes(cli *c) {
  enum { ANSWER_MAX = 256 << 20 };
  billhook *b = NULL;
  billhook_options o = cli_options(c);
  bh_buf answer;
  bh_node *doc, *const *items;
  size_t n = 0;
  bh_buf_init(&answer, ANSWER_MAX);
  billhook_out out = {keep, &answer};
  if (billhook_open(&b, &o) == BILLHOOK_DONE) billhook_check(b, &out);
  cli_progress_end(c);
  if (answer.len && !answer.failed && bh_json_parse(&doc, &c->arena, bh_buf_str(&answer), NULL, NULL) == BH_OK) {
    n = cli_items(&items, doc, "mistakes");
    cli_mistakes_of(c, doc);
    if (n) cli_fail(c, 0, "the workspace has %.*s mistake%s: nothing was done", BH_STR_ARG(cli_member(doc, "total")), bh_str_eqz(cli_member(doc, "total"), "1") ? "" : "s");
  }
  billhook_close(b);
  bh_buf_dispose(&answer);
  return n > 0;
}
