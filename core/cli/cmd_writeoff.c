#include "cli/commands.h"

static int run(cli *c) {
  const char *amount = cli_text(c, "amount"), *reason = cli_text(c, "reason");
  if (amount == NULL) return cli_fail(c, BILLHOOK_USAGE, "--amount is missing");
  if (reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_writeoff(c->b, cli_arg(c, 0), amount, reason, cli_text(c, "date"), &out);
  return cli_end(c, status, cli_show_entry);
}

static const cli_option options[] = {
  {"amount", 0, CLI_TEXT, "A", "how much of the open balance"},
  {"reason", 0, CLI_TEXT, "TEXT", "why, for the record"},
};
const cli_command cli_cmd_writeoff = {
  .name = "writeoff", .usage = "INV --amount A --reason TEXT", .summary = "write off what will not be paid",
  .text = "Takes an amount off an invoice's open balance, as a loss. The invoice itself, its revenue and its tax stay as they are.",
  .examples = "billhook writeoff INV-2026-000042 --amount 12.30 --reason \"bank charges\"\ta small rest\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run,
};
