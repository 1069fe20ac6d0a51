#include "cli/commands.h"

static void render(cli *c, bh_node *const *docs, size_t n) {
  static const cli_column columns[] = {{"id", false, 0}, {"number", false, 0}, {"client", false, 0}, {"state", false, 0}, {"date", false, 0}, {"due", false, 0},
    {"total", true, 0}, {"balance", true, 0}, {"currency", false, 0}, {"held", false, 60}};
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    const bh_node *d = docs[i], *hold = bh_node_get(d, "hold");
    bh_str reason = hold != NULL && hold->kind == BH_NODE_TABLE ? cli_member(hold, "reason") : (bh_str){"", 0};
    cli_table_row(&t, (bh_str[]){cli_member(d, "id"), cli_member(d, "number"), cli_member(d, "client"), cli_member(d, "state"), cli_member(d, "issue_date"),
      cli_member(d, "due_date"), cli_member(d, "total"), cli_member(d, "balance"), cli_member(d, "currency"), reason});
    if (reason.len) cli_table_style(&t, CLI_YELLOW);
    else if (cli_true(d, "overdue")) cli_table_style(&t, CLI_RED);
    else if (bh_str_eqz(cli_member(d, "state"), "void")) cli_table_style(&t, CLI_DIM);
  }
  if (n == 0) cli_printf("No invoices.\n");
  else cli_table_print(c, &t, "");
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_invoices(c->b, cli_text(c, "state"), cli_text(c, "client"), cli_text(c, "from"), cli_text(c, "to"), &out);
  return cli_end_lines(c, status, render);
}

static const cli_option options[] = {
  {"state", 0, CLI_TEXT, "S", "draft, approved, sent, partly_paid, paid or void"},
  {"client", 0, CLI_TEXT, "C", "one client's"},
  {"from", 0, CLI_TEXT, "D", "dated D or later"},
  {"to", 0, CLI_TEXT, "D", "dated D or earlier"},
};
const cli_command cli_cmd_invoices = {
  .name = "invoices", .usage = "[--state S] [--client C] [--from D --to D]", .summary = "list invoices and credit notes",
  .text = "Lists documents of every state, in the order of their making.",
  .examples = "billhook invoices --state draft\twhat waits for approval\nbillhook invoices --client acme --from 2026-01-01\tone client's year\n"
              "billhook invoices --json | jq -r .id\tone document a line\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
