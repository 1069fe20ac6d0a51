#include "cli/commands.h"

/* "days_1_30": "1–30" */
static const struct { const char *key, *head; } heads[] = {{"not_due", "not due"}, {"days_1_30", "1–30"}, {"days_31_60", "31–60"}, {"days_61_90", "61–90"},
  {"days_over_90", "over 90"}, {"total", "total"}, {"customer_credit", "customer credit"}, {"invoiced", "invoiced"}, {"recognised", "recognised"}, {"deferred", "deferred"}};

static const char *head_of(bh_arena *a, bh_str key) {
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
    if (bh_str_eqz(key, heads[i].key)) return heads[i].head;
  return bh_arena_z(a, key);
}

static void put_row(cli_table *t, const bh_node *row, bh_str first) {
  bh_str cells[16];
  size_t skip = t->n - row->field_count; /* totals have no name */
  cells[0] = first;
  for (size_t k = skip; k < t->n; k++) cells[k] = row->fields[k - skip].value->text;
  cli_table_row(t, cells);
}

/* A report's rows and its totals: a name, a currency, and sums. */
static void render(cli *c, const bh_node *doc) {
  cli_column columns[16] = {{"", false, 0}};
  bh_node *const *rows, *const *totals;
  size_t n = cli_items(&rows, doc, "rows"), totals_n = cli_items(&totals, doc, "totals");
  if (n == 0) {
    cli_printf("Nothing.\n");
    return;
  }
  size_t width = rows[0]->field_count;
  bh_require(width <= sizeof columns / sizeof columns[0]);
  for (size_t k = 0; k < width; k++) columns[k] = (cli_column){k == 1 ? "" : head_of(&c->arena, rows[0]->fields[k].key), k > 1, 0};
  cli_table t;
  cli_table_init(&t, &c->arena, columns, width);
  for (size_t i = 0; i < n; i++) put_row(&t, rows[i], rows[i]->fields[0].value->text);
  for (size_t i = 0; i < totals_n; i++) {
    put_row(&t, totals[i], BH_S("Total"));
    cli_table_style(&t, CLI_BOLD);
  }
  cli_table_print(c, &t, "");
}

static int run_aging(cli *c) {
  bool csv;
  int status = cli_report_format(c, &csv);
  if (status == 0) status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = csv ? cli_out_plain(c) : cli_out(c);
  status = billhook_report_aging(c->b, cli_text(c, "date"), csv, &out);
  return cli_end(c, status, csv ? NULL : render);
}

static int run_revenue(cli *c) {
  bool csv;
  int status = cli_report_format(c, &csv);
  if (status == 0) status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = csv ? cli_out_plain(c) : cli_out(c);
  status = billhook_report_revenue(c->b, cli_text(c, "from"), cli_text(c, "to"), csv, &out);
  return cli_end(c, status, csv ? NULL : render);
}

static const cli_option aging_options[] = {
  {"date", 0, CLI_TEXT, "D", "as it stood at the end of D; else all that is in the ledger, aged today"},
  {"format", 0, CLI_TEXT, "F", "table, json or csv"},
  {"csv", 0, CLI_FLAG, NULL, "rows for a spreadsheet: --format csv"},
};
const cli_command cli_cmd_report_aging = {
  .name = "report aging", .usage = "[--date D]", .summary = "what is open, by client, and for how long",
  .text = "Open balances of invoices by client and currency: not due, and due for 1–30, 31–60, 61–90 and over 90 days. The columns sum to the receivable "
          "account; customer credit stands beside them.",
  .examples = "billhook report aging\ttoday\nbillhook report aging --date 2026-12-31 --csv\tat the end of the year, for a spreadsheet\n",
  .options = aging_options, .option_count = sizeof aging_options / sizeof aging_options[0], .args_max = 0, .run = run_aging,
};

static const cli_option revenue_options[] = {
  {"from", 0, CLI_TEXT, "D", "the first day (1 January)"},
  {"to", 0, CLI_TEXT, "D", "the last day (today)"},
  {"format", 0, CLI_TEXT, "F", "table, json or csv"},
  {"csv", 0, CLI_FLAG, NULL, "rows for a spreadsheet: --format csv"},
};
const cli_command cli_cmd_report_revenue = {
  .name = "report revenue", .usage = "[--from D --to D]", .summary = "revenue by product: invoiced, recognised, deferred",
  .text = "What was invoiced by product in these days, net of discounts and tax; what was earned in them, whenever it was invoiced; and what is still to be "
          "earned at their end.",
  .examples = "billhook report revenue --from 2026-12-01 --to 2026-12-31\tone month\n",
  .options = revenue_options, .option_count = sizeof revenue_options / sizeof revenue_options[0], .args_max = 0, .run = run_revenue,
};
