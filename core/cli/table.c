/* Aligned columns. */
#include "cli/cli.h"

void cli_table_init(cli_table *t, bh_arena *a, const cli_column *columns, size_t n) {
  *t = (cli_table){.a = a, .columns = columns, .n = n};
}

void cli_table_row(cli_table *t, const bh_str *cells) {
  if (t->rows == t->cap) {
    size_t cap = t->cap ? t->cap * 2 : 32;
    bh_str *bigger = BH_NEWN(t->a, bh_str, cap * t->n);
    uint8_t *styles = BH_NEWN(t->a, uint8_t, cap);
    if (t->rows) {
      memcpy(bigger, t->cells, t->rows * t->n * sizeof *bigger);
      memcpy(styles, t->styles, t->rows);
    }
    t->cells = bigger;
    t->styles = styles;
    t->cap = cap;
  }
  memcpy(t->cells + t->rows * t->n, cells, t->n * sizeof *cells);
  t->rows++;
}

void cli_table_style(cli_table *t, cli_style s) {
  if (t->rows) t->styles[t->rows - 1] = (uint8_t)s;
}

/* At most `most` characters, the last of them "…". */
static bh_str cut(bh_arena *a, bh_str s, size_t most) {
  if (most == 0 || cli_width(s) <= most) return s;
  size_t i = 0, n = 0;
  for (; i < s.len; i++) {
    bool begins = ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    if (begins && n++ == most - 1) break;
  }
  return bh_arena_fmt(a, "%.*s…", (int)i, s.ptr);
}

static void pad(size_t n) {
  while (n-- > 0) putchar(' ');
}

static void row(cli *c, const cli_table *t, const bh_str *cells, const size_t *widths, cli_style style, const char *indent) {
  size_t last = t->n;
  while (last > 1 && cells[last - 1].len == 0) last--;
  cli_printf("%s", indent);
  cli_style_on(c, style);
  for (size_t i = 0; i < last; i++) {
    bh_str text = cut(t->a, cells[i], t->columns[i].most);
    size_t gap = widths[i] - cli_width(text);
    if (t->columns[i].right) pad(gap);
    cli_put(text);
    if (i + 1 < last) pad((t->columns[i].right ? 0 : gap) + 2);
  }
  cli_style_off(c, style);
  putchar('\n');
}

void cli_table_print(cli *c, const cli_table *t, const char *indent) {
  size_t *widths = BH_NEWN(t->a, size_t, t->n);
  bh_str *heads = BH_NEWN(t->a, bh_str, t->n);
  bool any = false;
  for (size_t i = 0; i < t->n; i++) {
    heads[i] = bh_str_c(t->columns[i].head);
    any |= heads[i].len > 0;
    widths[i] = cli_width(heads[i]);
    for (size_t r = 0; r < t->rows; r++) {
      size_t w = cli_width(t->cells[r * t->n + i]), most = t->columns[i].most;
      if (most && w > most) w = most;
      if (w > widths[i]) widths[i] = w;
    }
  }
  if (any) row(c, t, heads, widths, CLI_DIM, indent);
  for (size_t r = 0; r < t->rows; r++) row(c, t, t->cells + r * t->n, widths, (cli_style)t->styles[r], indent);
}
