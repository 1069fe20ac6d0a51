#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"contract", false, 0}, {"line", false, 0}, {"product", false, 0}, {"period", false, 0}};
  bh_node *const *items;
  cli_table t;
  size_t n = cli_items(&items, doc, "reopened");
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    const bh_node *period = bh_node_get(items[i], "period");
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "client"), cli_member(items[i], "contract"), cli_member(items[i], "line"), cli_member(items[i], "product"),
      bh_arena_fmt(&c->arena, "%.*s – %.*s", BH_STR_ARG(cli_member(period, "from")), BH_STR_ARG(cli_member(period, "to")))});
  }
  if (n > 0) cli_table_print(c, &t, "");
  cli_printf("%sRe-opened: %zu", n ? "\n" : "", n);
  bh_str already = cli_member(doc, "already");
  if (!bh_str_eqz(already, "0")) cli_printf(", and %.*s that were open already", BH_STR_ARG(already));
  cli_printf("\n\nNext:  billhook run      drafts the difference\n");
}

static int run(cli *c) {
  billhook_reopen_options o = {.struct_size = sizeof o, .invoice = cli_arg(c, 0), .line = cli_arg(c, 1), .product = cli_text(c, "product"),
    .from = cli_text(c, "from"), .to = cli_text(c, "to"), .client = cli_text(c, "client"), .reason = cli_text(c, "reason")};
  if (o.invoice == NULL && o.product == NULL) return cli_fail(c, BILLHOOK_USAGE, "what? An invoice, or --product P --from D --to D");
  if (o.reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_reopen(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"product", 0, CLI_TEXT, "P", "charged periods of this product"},
  {"from", 0, CLI_TEXT, "D", "with --product: periods that reach this day"},
  {"to", 0, CLI_TEXT, "D", "with --product: periods that begin by this day"},
  {"client", 0, CLI_TEXT, "ID", "with --product: of this client alone"},
  {"reason", 0, CLI_TEXT, "TEXT", "why, for the record"},
};
const cli_command cli_cmd_reopen = {
  .name = "reopen", .usage = "(INV [LINE] | --product P --from D --to D [--client ID]) --reason TEXT", .summary = "re-rate charged periods with today's price book",
  .text = "Names charged periods to be re-rated with today's price book, rules and facts: after a wrong list price, a disputed count, or for what `review`\n"
          "said was left unbilled. The next run drafts the difference as adjustments. Twice is no harm. Nothing else is re-rated.",
  .examples = "billhook reopen INV-2026-000042 --reason \"wrong list price\"\tan invoice\n"
              "billhook reopen acme-12 acme-12:3 --reason \"two laptops were stolen\"\tone line\n"
              "billhook reopen --product backup --from 2026-10-01 --to 2026-11-30 --reason \"price book\"\ta product, of all clients\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 2, .run = run,
};
