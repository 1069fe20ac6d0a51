#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_node *const *items;
  if (cli_items(&items, doc, "connectors") == 0) cli_printf("No connector is configured.\n");
  else cli_connectors(c, doc);
}

static int run(cli *c) {
  size_t n;
  const char *const *names = cli_list(c, "connector", &n);
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_pull(c->b, names, n, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {{"connector", 0, CLI_LIST, "N", "only these connectors: A,B, or A B, or the option again"}};
const cli_command cli_cmd_pull = {
  .name = "pull", .usage = "[--connector N …]", .summary = "bring facts in from the connectors",
  .text = "Asks the connectors, side by side, and stores what changed. A connector that fails changes nothing (exit status 5).",
  .examples = "billhook pull\tall connectors\nbillhook pull --connector rmm\tone of them\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
