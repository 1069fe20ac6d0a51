#include "cli/commands.h"

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_show(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, cli_show_document);
}

const cli_command cli_cmd_show = {
  .name = "show", .usage = "INV", .summary = "show one invoice",
  .text = "Shows an invoice or a credit note, by its id (acme-12) or its number (INV-2026-000042).",
  .examples = "billhook show acme-12\tby id\nbillhook show INV-2026-000042 --json\tthe document that sinks receive\n",
  .args_min = 1, .args_max = 1, .run = run,
};
