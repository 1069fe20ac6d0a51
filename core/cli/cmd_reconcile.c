#include "cli/commands.h"

static bh_str money(cli *c, const bh_node *row, const char *amount, const char *currency) {
  bh_str a = cli_member(row, amount);
  return a.len ? bh_arena_fmt(&c->arena, "%.*s %.*s", BH_STR_ARG(cli_member(row, currency)), BH_STR_ARG(a)) : a;
}

static void render(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"product", false, 0}, {"counted", true, 0}, {"billed", true, 0}, {"vendor", true, 0}, {"amount", true, 0}, {"cost", true, 0},
    {"margin", true, 0}, {"at stake", true, 0}, {"", false, 60}};
  static const cli_column loose[] = {{"connector", false, 0}, {"client there", false, 0}, {"product there", false, 0}, {"quantity", true, 0}, {"cost", true, 0}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "rows");
  if (n == 0) cli_printf("Nothing to compare.\n");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "client"), cli_member(rows[i], "product"), cli_member(rows[i], "counted"), cli_member(rows[i], "billed"), cli_member(rows[i], "vendor"),
      money(c, rows[i], "amount", "currency"), money(c, rows[i], "cost", "cost_currency"), cli_member(rows[i], "margin"), cli_member(rows[i], "at_stake"), cli_member(rows[i], "unknown")});
    if (bh_str_starts(cli_member(rows[i], "margin"), BH_S("-"))) cli_table_style(&t, CLI_RED);
  }
  if (n > 0) cli_table_print(c, &t, "");
  n = cli_items(&rows, doc, "unmapped");
  if (n == 0) return;
  cli_printf("\nOn vendors' invoices, and of nobody (`billhook map` says what there is to map):\n");
  cli_table_init(&t, &c->arena, loose, sizeof loose / sizeof loose[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "connector"), cli_member(rows[i], "vendor_client"), cli_member(rows[i], "vendor_product"), cli_member(rows[i], "quantity"),
      money(c, rows[i], "cost", "cost_currency")});
  cli_table_print(c, &t, "  ");
}

static int run(cli *c) {
  bool csv;
  int status = cli_report_format(c, &csv);
  if (status == 0) status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = csv ? cli_out_plain(c) : cli_out(c);
  status = billhook_report_reconcile(c->b, cli_text(c, "date"), cli_text(c, "month"), csv, &out);
  return cli_end(c, status, csv ? NULL : render);
}

static const cli_option options[] = {
  {"date", 0, CLI_TEXT, "D", "the month of D, with the quantities of that day (today)"},
  {"month", 0, CLI_TEXT, "M", "the month M, 2026-11, with the quantities of its last day"},
  {"format", 0, CLI_TEXT, "F", "table, json or csv"},
  {"csv", 0, CLI_FLAG, NULL, "rows for a spreadsheet: --format csv"},
};
const cli_command cli_cmd_report_reconcile = {
  .name = "report reconcile", .usage = "[--date D | --month M]", .summary = "counted, billed and the vendor's invoice, side by side",
  .text = "For each client and product of a month: what is counted, what approved documents bill, and what the vendor has invoiced (lines that connectors bring), with the "
          "amounts that fall into the month. At stake is the greatest difference to what is billed, at list price; what is most at stake stands first. A vendor's line whose "
          "client or product nobody maps is listed apart, and the exit status is 1.",
  .examples = "billhook report reconcile --month 2026-11\tlast month\nbillhook report reconcile --month 2026-11 --format csv\tfor a spreadsheet\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
