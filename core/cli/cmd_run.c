#include "cli/commands.h"

/* Why stands among what is held: here each client is named once. */
static void failed(cli *c, const bh_node *doc) {
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "failed");
  if (n == 0) return;
  putchar('\n');
  cli_styled(c, CLI_RED, BH_S("No draft could be made"));
  cli_printf(" for ");
  for (size_t i = 0; i < n; i++) {
    bool before = false;
    for (size_t k = 0; k < i && !before; k++) before = bh_str_eq(cli_member(items[k], "client"), cli_member(items[i], "client"));
    if (before) continue;
    if (i > 0) cli_printf(", ");
    cli_put(cli_member(items[i], "client"));
  }
  putchar('\n');
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *held;
  bh_str batch = cli_member(doc, "batch");
  cli_connectors(c, doc);
  if (bh_node_has(doc, "connectors") && cli_items(&held, doc, "connectors")) putchar('\n');
  if (batch.len) {
    cli_printf("Batch ");
    cli_styled(c, CLI_BOLD, batch);
  } else cli_printf("Dry run, nothing was written");
  cli_printf(", %.*s: %.*s drafted, %.*s unchanged, %zu held\n", BH_STR_ARG(cli_member(doc, "date")), BH_STR_ARG(cli_member(doc, "drafted")),
             BH_STR_ARG(cli_member(doc, "unchanged")), cli_items(&held, doc, "held"));
  cli_totals(c, bh_node_get(doc, "totals"), "  ");
  const bh_node *drafted = bh_node_get(doc, "drafted"), *approved = bh_node_get(doc, "approved");
  bool all = approved != NULL && drafted != NULL && approved->integer > 0 && approved->integer >= drafted->integer;
  if (approved != NULL && approved->integer > 0) {
    cli_styled(c, CLI_GREEN, BH_S("Approved"));
    cli_printf(" %.*s\n", BH_STR_ARG(approved->text));
  }
  cli_held(c, doc);
  failed(c, doc);
  if (!batch.len || all || bh_str_eqz(cli_member(doc, "drafted"), "0")) return;
  cli_printf("\nNext:  billhook review %.*s\n       billhook approve %.*s\n", BH_STR_ARG(batch), BH_STR_ARG(batch));
}

static int run(cli *c) {
  billhook_run_options o = {.struct_size = sizeof o, .dry_run = cli_flag(c, "dry-run"), .no_pull = cli_flag(c, "no-pull"),
    .jobs = cli_number(c, "jobs", 0), .no_digest = cli_flag(c, "no-digest")};
  o.clients = cli_list(c, "client", &o.client_count);
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_run(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"client", 0, CLI_LIST, "ID", "only these clients: A,B, or A B, or the option again"},
  {"dry-run", 0, CLI_FLAG, NULL, "say what would be drafted; write nothing"},
  {"no-pull", 0, CLI_FLAG, NULL, "bill with the facts that are there"},
  {"jobs", 'j', CLI_NUMBER, "N", "rating workers (one a core)"},
  {"no-digest", 0, CLI_FLAG, NULL, "rate everything again, even what is known to be settled"},
};
const cli_command cli_cmd_run = {
  .name = "run", .usage = "[--client ID …]", .summary = "pull, then draft the batch of all that is owed",
  .text = "Pulls, then drafts what is owed and not yet charged by the date. Safe at any hour and twice: a second run finds nothing new.\n"
          "Drafts wait for `billhook approve`.",
  .examples = "billhook run\tas cron does it\nbillhook run --date 2026-12-01 --no-pull\tas of a day, with the facts that are there\n"
              "billhook run --client acme zenith --dry-run\twhat two clients would get\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
