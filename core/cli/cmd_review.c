#include "cli/commands.h"

static void movers(cli *c, const bh_node *doc) {
  bh_node *const *items, *const *why;
  size_t n = cli_items(&items, doc, "movers");
  if (n == 0) return;
  putchar('\n');
  cli_styled(c, CLI_BOLD, BH_S("Biggest movers"));
  putchar('\n');
  for (size_t i = 0; i < n; i++) {
    cli_printf("\n  ");
    cli_styled(c, CLI_BOLD, cli_member(items[i], "client"));
    cli_printf("  %.*s  %.*s → %.*s %.*s\n", BH_STR_ARG(cli_member(items[i], "invoice")), BH_STR_ARG(cli_member(items[i], "last")),
               BH_STR_ARG(cli_member(items[i], "now")), BH_STR_ARG(cli_member(items[i], "currency")));
    size_t k = cli_items(&why, items[i], "why");
    for (size_t j = 0; j < k; j++) {
      cli_printf("    ");
      cli_put(why[j]->text);
      putchar('\n');
    }
  }
}

static void unbilled(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"product", false, 0}, {"from", false, 0}, {"to", false, 0}, {"billed", true, 0}, {"counted", true, 0}, {"on", false, 0}};
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "unbilled");
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    const bh_node *period = bh_node_get(items[i], "period");
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "client"), cli_member(items[i], "product"), cli_member(period, "from"), cli_member(period, "to"),
      cli_member(items[i], "billed"), cli_member(items[i], "counted"), cli_member(items[i], "invoice")});
  }
  putchar('\n');
  cli_styled(c, CLI_YELLOW, BH_S("Known now, not billed then"));
  cli_printf(" (true_up = \"all\" on the line bills it)\n");
  cli_table_print(c, &t, "  ");
}

static void render(cli *c, const bh_node *doc) {
  cli_printf("Batch ");
  cli_styled(c, CLI_BOLD, cli_member(doc, "batch"));
  bh_str documents = cli_member(doc, "documents"), drafts = cli_member(doc, "drafts");
  cli_printf(": %.*s document%s, %.*s draft%s\n", BH_STR_ARG(documents), cli_plural(documents), BH_STR_ARG(drafts), cli_plural(drafts));
  cli_totals(c, bh_node_get(doc, "totals"), "  ");
  const bh_node *last = bh_node_get(doc, "last_totals");
  if (last != NULL && last->field_count) {
    cli_printf("These clients' last invoices came to\n");
    cli_totals(c, last, "  ");
  }
  cli_held(c, doc);
  movers(c, doc);
  unbilled(c, doc);
  if (bh_str_eqz(cli_member(doc, "drafts"), "0")) return;
  cli_printf("\nTo approve what is shown here:\n  billhook approve %.*s --hash %.*s\n", BH_STR_ARG(cli_member(doc, "batch")), BH_STR_ARG(cli_member(doc, "hash")));
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_review(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, render);
}

const cli_command cli_cmd_review = {
  .name = "review", .usage = "[BATCH]", .summary = "look at a batch before it is approved",
  .text = "The batch (where none is named, the newest one with drafts): totals against the same clients' last invoices, what is held and why, the biggest\n"
          "movers, and counts that are now known to have been higher than billed. Exit status 1 where something is held.",
  .examples = "billhook review\twhat waits for approval\nbillhook review 2026-12-01.1\tone by name\nbillhook review --json | jq -r .hash\tfor approve --hash\n",
  .args_max = 1, .run = run,
};
