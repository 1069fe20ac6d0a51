#include "cli/commands.h"

static void totals(cli *c, const bh_node *doc) {
  const bh_node *t = bh_node_get(doc, "totals");
  for (size_t i = 0; t != NULL && i < t->field_count; i++) {
    const bh_node *x = t->fields[i].value;
    cli_printf("  %.*s  ", BH_STR_ARG(t->fields[i].key));
    cli_printf("%.*s → ", BH_STR_ARG(cli_member(x, "now")));
    cli_styled(c, CLI_BOLD, cli_member(x, "what_if"));
    cli_printf("  (%s%.*s)\n", cli_member(x, "difference").ptr[0] == '-' ? "" : "+", BH_STR_ARG(cli_member(x, "difference")));
  }
}

static bool moved(bh_str difference) {
  for (size_t i = 0; i < difference.len; i++)
    if (difference.ptr[i] >= '1' && difference.ptr[i] <= '9') return true;
  return false;
}

static void held(cli *c, const bh_node *doc) {
  static const char *const where[] = {"both", "now", "what_if"}, *const words[] = {"either way", "only as things are", "with the change"};
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "held");
  if (n == 0) return;
  putchar('\n');
  cli_styled(c, CLI_YELLOW, BH_S("Held or left out"));
  cli_printf(" (%zu)\n", n);
  for (size_t i = 0; i < n; i++) {
    cli_printf("  ");
    cli_put(cli_member(items[i], "client"));
    cli_printf(": %.*s", BH_STR_ARG(cli_member(items[i], "reason")));
    for (size_t k = 0; k < 3; k++)
      if (bh_str_eqz(cli_member(items[i], "in"), where[k])) cli_printf(", %s", words[k]);
    cli_printf("\n    ");
    cli_put(cli_member(items[i], "message"));
    putchar('\n');
  }
}

static void render(cli *c, const bh_node *doc) {
  enum { ROWS_MAX = 50 };
  static const cli_column columns[] = {{"client", false, 0}, {"", false, 0}, {"now", true, 0}, {"what if", true, 0}, {"difference", true, 0}};
  bh_node *const *items, *const *with;
  size_t n = cli_items(&items, doc, "clients"), k = cli_items(&with, doc, "with"), still = 0, rows = 0;
  if (bh_node_has(doc, "mistakes")) {
    cli_mistakes_of(c, doc);
    return;
  }
  cli_printf("Billings of %.*s to %.*s, as the files are and with", BH_STR_ARG(cli_member(doc, "from")), BH_STR_ARG(cli_member(doc, "to")));
  for (size_t i = 0; i < k; i++) {
    cli_printf(i ? ", " : " ");
    cli_put(with[i]->text);
  }
  cli_printf(" (before tax):\n");
  totals(c, doc);
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    bh_str difference = cli_member(items[i], "difference");
    if (!moved(difference)) {
      still++;
      continue;
    }
    if (rows++ >= ROWS_MAX) continue;
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "client"), cli_member(items[i], "currency"), cli_member(items[i], "now"), cli_member(items[i], "what_if"), difference});
    if (difference.ptr[0] == '-') cli_table_style(&t, CLI_RED);
  }
  if (still < n) {
    putchar('\n');
    cli_table_print(c, &t, "  ");
    if (rows > ROWS_MAX) cli_printf("  … and %zu more (--json prints all)\n", rows - ROWS_MAX);
  }
  if (still > 0) cli_printf("\n%zu client%s would be billed the same.\n", still, still == 1 ? "" : "s");
  held(c, doc);
}

static int run(cli *c) {
  billhook_what_if_options o = {.struct_size = sizeof o, .months = cli_number(c, "months", 12), .jobs = cli_number(c, "jobs", 0)};
  o.with = cli_list(c, "with", &o.with_count);
  if (cli_number(c, "months", 12) < 1) return cli_fail(c, BILLHOOK_USAGE, "--months %s: expected 1 to 24", cli_text(c, "months"));
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_what_if(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"with", 0, CLI_LIST, "FILE", "files to lay over the workspace: A,B, or A B, or the option again"},
  {"months", 0, CLI_NUMBER, "N", "how far back, 1 to 24 (12)"},
  {"jobs", 'j', CLI_NUMBER, "N", "rating workers (one a core)"},
};
const cli_command cli_cmd_what_if = {
  .name = "what-if", .usage = "--with FILE… [--months N]", .summary = "what changed prices, contracts or rules would have made of the past",
  .text = "Bills the last months twice, with the files as they are and with FILE laid over them, with the same stored facts, and shows the difference by\n"
          "client, the biggest movers first. Nothing is written. A FILE with the name of one of the workspace (billhook.lua, pricebook.lua, or one of\n"
          "clients/ or rules/) stands in its place; any other is read in addition, and each statement in it takes the place of that with the same id.\n"
          "Amounts are before tax. Exit status 1 where the change holds or fails a client.",
  .examples = "billhook what-if --with new/pricebook.lua\ta new price book, over twelve months\n"
              "billhook what-if --with new/pricebook.lua rules/volume_discount.lua --months 24\tand a changed rule, over two years\n"
              "billhook what-if --with try.lua --json | jq .totals\tone product of the price book, in a file of its own\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
