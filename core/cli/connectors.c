/* The table of connectors that pull and run print. */
#include "cli/commands.h"

void cli_connectors(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"connector", false, 0}, {"", false, 0}, {"assets", true, 0}, {"gauges", true, 0}, {"usage", true, 0}, {"changed", true, 0},
    {"gone", true, 0}, {"seconds", true, 0}, {"", false, 0}};
  bh_node *const *items, *const *names;
  size_t n = cli_items(&items, doc, "connectors");
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    bool ok = cli_true(items[i], "ok");
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "name"), ok ? BH_S("ok") : BH_S("failed"), cli_member(items[i], "assets"), cli_member(items[i], "gauges"),
      cli_member(items[i], "usage"), cli_member(items[i], "changed"), cli_member(items[i], "gone"), cli_member(items[i], "seconds"), cli_member(items[i], "error")});
    if (!ok) cli_table_style(&t, CLI_RED);
  }
  cli_table_print(c, &t, "");
  for (size_t i = 0; i < n; i++) {
    size_t unmapped = cli_items(&names, items[i], "unmapped");
    if (unmapped == 0) continue;
    cli_printf("\nNo client of yours claims these of ");
    cli_put(cli_member(items[i], "name"));
    cli_printf(" (ids = { … } on a client does):\n");
    for (size_t k = 0; k < unmapped; k++) {
      cli_printf("  ");
      cli_put(names[k]->text);
      putchar('\n');
    }
  }
}
