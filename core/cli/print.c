/* Printing for a person: members of a document, styles, text from outside made harmless. */
#include "cli/cli.h"

bh_str cli_member(const bh_node *n, const char *key) {
  const bh_node *m = n != NULL ? bh_node_get(n, key) : NULL;
  return m != NULL && (m->kind == BH_NODE_STR || m->kind == BH_NODE_INT || m->kind == BH_NODE_FLOAT) ? m->text : (bh_str){"", 0};
}

bh_str cli_scalar(bh_arena *a, const bh_node *n) {
  (void)a;
  if (n == NULL) return (bh_str){"", 0};
  if (n->kind == BH_NODE_BOOL) return n->boolean ? BH_S("yes") : BH_S("no");
  return n->kind == BH_NODE_STR || n->kind == BH_NODE_INT || n->kind == BH_NODE_FLOAT ? n->text : (bh_str){"", 0};
}

size_t cli_items(bh_node *const **out, const bh_node *n, const char *key) {
  const bh_node *m = n != NULL ? bh_node_get(n, key) : NULL;
  *out = m != NULL && m->kind == BH_NODE_TABLE ? m->items : NULL;
  return *out != NULL ? m->item_count : 0;
}

bool cli_true(const bh_node *n, const char *key) {
  const bh_node *m = n != NULL ? bh_node_get(n, key) : NULL;
  return m != NULL && m->kind == BH_NODE_BOOL && m->boolean;
}

/* Escape sequences in a device's name would be obeyed by the terminal: controls (C0, DEL, C1) become '?'. */
void cli_put(bh_str s) {
  for (size_t i = 0; i < s.len; i++) {
    unsigned char ch = (unsigned char)s.ptr[i];
    if (ch < 0x20 || ch == 0x7f) putchar(ch == '\n' || ch == '\t' ? ' ' : '?');
    else if (ch == 0xc2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xa0) {
      putchar('?');
      i++;
    } else putchar(ch);
  }
}

void cli_printf(const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vprintf(fmt, args);
  va_end(args);
}

static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m"};

void cli_style_on(const cli *c, cli_style s) {
  if (c->colour) fputs(codes[s], stdout);
}

void cli_style_off(const cli *c, cli_style s) {
  if (c->colour && s != CLI_PLAIN) fputs("\033[0m", stdout);
}

void cli_styled(const cli *c, cli_style s, bh_str text) {
  cli_style_on(c, s);
  cli_put(text);
  cli_style_off(c, s);
}

size_t cli_width(bh_str s) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
  return n;
}

void cli_totals(cli *c, const bh_node *totals, const char *before) {
  if (totals == NULL || totals->kind != BH_NODE_TABLE) return;
  for (size_t i = 0; i < totals->field_count; i++) {
    cli_printf("%s", before);
    cli_put(totals->fields[i].key);
    putchar(' ');
    cli_styled(c, CLI_BOLD, totals->fields[i].value->text);
    putchar('\n');
  }
}

void cli_held(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"invoice", false, 0}, {"reason", false, 0}, {"what", false, 0}};
  bh_node *const *held;
  size_t n = cli_items(&held, doc, "held");
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, 4);
  for (size_t i = 0; i < n; i++) {
    bh_str invoice = cli_member(held[i], "invoice");
    cli_table_row(&t, (bh_str[]){cli_member(held[i], "client"), invoice.len ? invoice : BH_S("–"), cli_member(held[i], "reason"), cli_member(held[i], "message")});
  }
  putchar('\n');
  cli_styled(c, CLI_YELLOW, BH_S("Held"));
  cli_printf(" (%zu)\n", n);
  cli_table_print(c, &t, "  ");
}
