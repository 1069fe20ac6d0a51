#include "cli/commands.h"

static void history(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"", false, 0}, {"", false, 0}, {"", false, 0}, {"", false, 70}};
  bh_node *const *items;
  cli_table t;
  size_t n = cli_items(&items, doc, "events");
  if (n == 0) return;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "at"), cli_member(items[i], "who"), cli_member(items[i], "what"), cli_member(items[i], "reason")});
  cli_printf("\n");
  cli_table_print(c, &t, "");
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_show(c->b, cli_arg(c, 0), &out);
  status = cli_end(c, status, cli_show_document);
  if (status != BILLHOOK_DONE || c->json) return status;
  bh_buf_clear(&c->out);
  status = billhook_history(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, history);
}

const cli_command cli_cmd_show = {
  .name = "show", .usage = "INV", .summary = "show one invoice",
  .text = "Shows an invoice or a credit note, by its id (acme-12) or its number (INV-2026-000042).",
  .examples = "billhook show acme-12\tby id\nbillhook show INV-2026-000042 --json\tthe document that sinks receive\n",
  .args_min = 1, .args_max = 1, .run = run,
};
