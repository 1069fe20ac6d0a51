#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_str held = cli_member(doc, "held"), until = cli_member(doc, "until");
  cli_printf(held.len ? "Held: " : "Released: ");
  cli_styled(c, CLI_BOLD, held.len ? held : cli_member(doc, "released"));
  if (until.len) cli_printf(" until %.*s", BH_STR_ARG(until));
  cli_printf("\n");
}

static int run_hold(cli *c) {
  const char *reason = cli_text(c, "reason");
  if (reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_hold(c->b, cli_arg(c, 0), cli_text(c, "until"), reason, &out);
  return cli_end(c, status, render);
}

static int run_release(cli *c) {
  const char *reason = cli_text(c, "reason");
  if (reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_release(c->b, cli_arg(c, 0), reason, &out);
  return cli_end(c, status, render);
}

static const cli_option hold_options[] = {
  {"until", 0, CLI_TEXT, "D", "the last day on which it is held; else until it is released"},
  {"reason", 0, CLI_TEXT, "TEXT", "why, for the record"},
};
const cli_command cli_cmd_hold = {
  .name = "hold", .usage = "CLIENT|INV [--until D] --reason TEXT", .summary = "stop approval and all that follows, by hand",
  .text = "Stops approval, delivery, Auto Pay, reminders and late fees of a client, also for what is drafted later, or of one invoice. It ends with the\n"
          "day of --until, or with `billhook release`. `approve --force` lifts it only where it names that invoice.",
  .examples = "billhook hold acme --until 2026-12-10 --reason \"contract under negotiation\"\ta client, for a while\n"
              "billhook hold INV-2026-000042 --reason \"disputed\"\tan invoice\n",
  .options = hold_options, .option_count = sizeof hold_options / sizeof hold_options[0], .args_min = 1, .args_max = 1, .run = run_hold,
};

static const cli_option release_options[] = {{"reason", 0, CLI_TEXT, "TEXT", "why, for the record"}};
const cli_command cli_cmd_release = {
  .name = "release", .usage = "CLIENT|INV --reason TEXT", .summary = "let go what was held by hand",
  .text = "Ends a hold by hand, by the name that it was held by: a client that is held is released as a client.",
  .examples = "billhook release acme --reason \"signed\"\twhat was held waits for approval again\n",
  .options = release_options, .option_count = sizeof release_options / sizeof release_options[0], .args_min = 1, .args_max = 1, .run = run_release,
};
