#include "cli/commands.h"

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out_plain(c); /* the manifest is its output */
  return cli_end(c, billhook_plugin_manifest(c->b, cli_arg(c, 0), &out), NULL);
}

const cli_command cli_cmd_plugin_manifest = {
  .name = "plugin manifest", .usage = "FILE.so", .summary = "a plugin's manifest, from its code",
  .text = "Prints the manifest that fits the descriptor of a plugin: its options with types, defaults and help, its interfaces, its ABI. \"network\", \"programs\" and \"summary\" "
          "stand in no code: they are taken from NAME.json beside it where there is one; else \"network\" is host (of a model: none), and the summary is yours to write.",
  .examples = "billhook plugin manifest build/acme.so > acme.json\tafter an option was added; build it again then\n",
  .args_min = 1, .args_max = 1, .run = run,
};
