#include "cli/commands.h"

static void mistake(cli *c, const bh_node *m, bool advice) {
  bh_str path = cli_member(m, "path");
  cli_style_on(c, CLI_BOLD);
  cli_put(cli_member(m, "file"));
  putchar(':');
  cli_put(cli_member(m, "line"));
  cli_style_off(c, CLI_BOLD);
  cli_printf(": ");
  if (advice) cli_styled(c, CLI_YELLOW, BH_S("advice: "));
  if (path.len) {
    size_t n = cli_statement_end(path);
    cli_put((bh_str){path.ptr, n});
    cli_printf(": ");
    if (n < path.len) {
      cli_put((bh_str){path.ptr + n + 1, path.len - n - 1});
      cli_printf(": ");
    }
  }
  cli_put(cli_member(m, "message"));
  putchar('\n');
}

static void list(cli *c, const bh_node *doc, const char *key, bool advice) {
  bh_node *const *items;
  size_t n = cli_items(&items, doc, key);
  for (size_t i = 0; i < n; i++) mistake(c, items[i], advice || cli_true(items[i], "advice"));
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *items;
  size_t shown = cli_items(&items, doc, "mistakes");
  list(c, doc, "mistakes", false);
  if (shown > 0 && bh_node_get(doc, "total")->integer > (int64_t)shown)
    cli_printf("%.*s mistakes; the first %zu are shown\n", BH_STR_ARG(cli_member(doc, "total")), shown);
  list(c, doc, "advice", true);
  if (!cli_true(doc, "ok")) return;
  cli_styled(c, CLI_GREEN, BH_S("The workspace is right."));
  bh_str clients = cli_member(doc, "clients"), contracts = cli_member(doc, "contracts");
  if (clients.len && contracts.len) cli_printf(" %.*s client%s, %.*s contract%s.", BH_STR_ARG(clients), cli_plural(clients), BH_STR_ARG(contracts), cli_plural(contracts));
  putchar('\n');
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_check(c->b, &out);
  if (status != BILLHOOK_WORKSPACE || c->json || c->out.len == 0) return cli_end(c, status, render);
  cli_end(c, BILLHOOK_DONE, render); /* the list says it all */
  return cli_fail(c, status, "the workspace has mistakes: nothing is billed until they are mended");
}

const cli_command cli_cmd_check = {
  .name = "check", .usage = "", .summary = "validate the workspace; bill nothing",
  .text = "Loads everything and validates every key, plugin parameter and rule. All mistakes are named in one go, each by file, line and\n"
          "the path of the key. Exit status 3 where there is one.",
  .examples = "billhook check\tin the workspace's folder\nbillhook -w northwind check --json\tfor an editor or a pipeline\n",
  .args_max = 0, .run = run,
};
