#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_str number = cli_member(doc, "number"), id = cli_member(doc, "invoice");
  if (number.len == 0) cli_printf("The draft ");
  cli_styled(c, CLI_BOLD, number.len ? number : id);
  cli_printf(number.len ? " is void. Its number stays; its periods are owed again.\n" : " is gone.\n");
}

static int run(cli *c) {
  const char *reason = cli_text(c, "reason");
  if (reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_void(c->b, cli_arg(c, 0), reason, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {{"reason", 0, CLI_TEXT, "TEXT", "why, for the record"}};
const cli_command cli_cmd_void = {
  .name = "void", .usage = "INV --reason TEXT", .summary = "take back an invoice that was not delivered",
  .text = "Voids an approved invoice that was not delivered. What was delivered is credited: billhook credit INV --full --rebill.",
  .examples = "billhook void INV-2026-000042 --reason \"approved by mistake\"\tits periods are owed again\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run,
};
