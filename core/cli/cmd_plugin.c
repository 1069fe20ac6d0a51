#include "cli/commands.h"

static void render_list(cli *c, bh_node *const *docs, size_t n) {
  static const cli_column columns[] = {{"id", false, 0}, {"version", false, 0}, {"kind", false, 0}, {"abi", false, 0}, {"trusted", false, 0}, {"path", false, 0}};
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    bool trusted = cli_true(docs[i], "trusted");
    cli_table_row(&t, (bh_str[]){cli_member(docs[i], "id"), cli_member(docs[i], "version"), cli_member(docs[i], "kind"), cli_member(docs[i], "abi"),
      trusted ? BH_S("yes") : BH_S("no"), cli_member(docs[i], "path")});
    if (!trusted) cli_table_style(&t, CLI_RED);
  }
  if (n == 0) cli_printf("No plugins.\n");
  else cli_table_print(c, &t, "");
}

static int run_list(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_plugin_list(c->b, &out);
  return cli_end_lines(c, status, render_list);
}

const cli_command cli_cmd_plugin_list = {
  .name = "plugin list", .usage = "", .summary = "the plugins that are found",
  .text = "Lists the plugins that are found, from their manifests: no plugin's code is run.",
  .examples = "billhook plugin list\tall\nbillhook plugin list --plugin-dir build\tthose of a folder first\n",
  .args_max = 0, .run = run_list,
};

static void render_options(cli *c, const bh_node *of, const char *key, const char *indent) {
  static const cli_column columns[] = {{"option", false, 0}, {"type", false, 0}, {"", false, 0}, {"default", false, 0}, {"", false, 0}};
  bh_node *const *items;
  size_t n = cli_items(&items, of, key);
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "key"), cli_member(items[i], "type"),
      cli_true(items[i], "required") ? BH_S("required") : cli_true(items[i], "secret") ? BH_S("secret") : BH_S(""), cli_member(items[i], "default"), cli_member(items[i], "help")});
  cli_table_print(c, &t, indent);
  for (size_t i = 0; i < n; i++) {
    bh_node *const *inner;
    if (cli_items(&inner, items[i], "records") == 0) continue;
    cli_printf("\n%seach of ", indent);
    cli_put(cli_member(items[i], "key"));
    putchar('\n');
    render_options(c, items[i], "records", "  ");
  }
}

static void render_info(cli *c, const bh_node *doc) {
  static const char *const keys[] = {"version", "kind", "vendor", "license", "abi", "network", "path", "sha256", "distrust"};
  static const cli_column columns[] = {{"", false, 0}, {"", false, 0}};
  cli_table t;
  cli_styled(c, CLI_BOLD, cli_member(doc, "id"));
  putchar('\n');
  cli_table_init(&t, &c->arena, columns, 2);
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    bh_str v = cli_member(doc, keys[i]);
    if (v.len) cli_table_row(&t, (bh_str[]){bh_str_c(keys[i]), v});
  }
  cli_table_row(&t, (bh_str[]){BH_S("trusted"), cli_scalar(&c->arena, bh_node_get(doc, "trusted"))});
  cli_table_print(c, &t, "  ");
  putchar('\n');
  render_options(c, doc, "options", "");
}

static int run_info(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_plugin_info(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, render_info);
}

const cli_command cli_cmd_plugin_info = {
  .name = "plugin info", .usage = "ID", .summary = "one plugin, and the options it takes",
  .text = "Shows a plugin's manifest and the options or model parameters that it takes.",
  .examples = "billhook plugin info tiered\tthe parameters of a model\nbillhook plugin info csv --json\tfor a program\n",
  .args_min = 1, .args_max = 1, .run = run_info,
};

static void render_trust(cli *c, const bh_node *doc) {
  cli_put(cli_member(doc, "file"));
  cli_printf(" is trusted: its hash stands in plugins.lock.\n");
}

static int run_trust(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_plugin_trust(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, render_trust);
}

const cli_command cli_cmd_plugin_trust = {
  .name = "plugin trust", .usage = "FILE", .summary = "note a plugin's hash in plugins.lock",
  .text = "Notes the SHA-256 of a plugin's .so in the workspace's plugins.lock. Where that file exists, only what stands in it is loaded.",
  .examples = "billhook plugin trust /usr/lib/billhook/plugins/csv.so\tthis file, until it changes\n",
  .args_min = 1, .args_max = 1, .run = run_trust,
};
