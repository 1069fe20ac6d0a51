#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_node *const *items;
  if (cli_items(&items, doc, "connectors") == 0) cli_printf("No connector is configured.\n");
  else cli_connectors(c, doc);
}

static int run(cli *c) {
  billhook_pull_options o = {.struct_size = sizeof o, .whole = cli_flag(c, "whole")};
  o.connectors = cli_list(c, "connector", &o.connector_count);
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_pull(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"connector", 0, CLI_LIST, "N", "only these connectors: A,B, or A B, or the option again"},
  {"whole", 0, CLI_FLAG, NULL, "ask for everything again, not only for what may have changed since the last pull"},
};
const cli_command cli_cmd_pull = {
  .name = "pull", .usage = "[--connector N …] [--whole]", .summary = "bring facts in from the connectors",
  .text = "Asks the connectors, side by side, and stores what changed. A connector that fails changes nothing (exit status 5). One with contracts = true "
          "also writes what its platform has as contracts into clients/NAME.jsonl; a contract whose client or one of whose products nobody maps stays as it was and is "
          "listed (exit status 1).",
  .examples = "billhook pull\tall connectors\nbillhook pull --connector rmm\tone of them\nbillhook pull --connector psa --whole\tall of its time entries and changes, however old\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
