#include "cli/commands.h"

enum { SHOWN_MAX = 50 };

static void render(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"invoice", false, 0}, {"number", false, 0}};
  bh_node *const *items;
  size_t n = c->first.count, shown = cli_items(&items, doc, "approved");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, 2);
  for (size_t i = 0; i < shown; i++) cli_table_row(&t, (bh_str[]){cli_member(items[i], "invoice"), cli_member(items[i], "number")});
  cli_styled(c, CLI_GREEN, BH_S("Approved"));
  cli_printf(" %zu\n", n);
  if (n) cli_table_print(c, &t, "  ");
  if (n > shown) cli_printf("  … and %zu more: billhook invoices --state approved\n", n - shown);
  cli_held(c, doc);
}

static int run(cli *c) {
  billhook_approve_options o = {.struct_size = sizeof o, .what = c->args, .what_count = c->arg_count, .force_reason = cli_text(c, "force"),
    .hash = cli_text(c, "hash"), .date = cli_text(c, "date")};
  o.except = cli_list(c, "except", &o.except_count);
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out_first(c, BH_S("{\"approved\":["), SHOWN_MAX);
  status = billhook_approve(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"except", 0, CLI_LIST, "INV", "not these: A,B, or A B, or the option again; the last word is what to approve where nothing else says it"},
  {"force", 0, CLI_TEXT, "REASON", "what is held too; the reason is recorded"},
  {"hash", 0, CLI_TEXT, "H", "as `billhook review` printed it: refuse if anything has changed since"},
  {"date", 0, CLI_TEXT, "D", "date the documents D instead of the run's date"},
};
const cli_command cli_cmd_approve = {
  .name = "approve", .usage = "BATCH|INVOICE …", .summary = "number and freeze drafts",
  .text = "Numbers and freezes, in one transaction, all that is not held, and lists the rest (exit status 1). A held invoice that is named\n"
          "itself needs --force: without it nothing is approved. What is approved already stays as it is.",
  .examples = "billhook approve 2026-12-01.1\ta whole batch\nbillhook approve 2026-12-01.1 --except acme-12,zenith-3\tall but two\n"
              "billhook approve acme-12 --force \"called, 60 new seats are right\"\twhat was held\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = -1, .run = run,
};
