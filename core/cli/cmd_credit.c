#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_str id = cli_member(doc, "invoice");
  if (!id.len) id = cli_member(doc, "id");
  if (!id.len) id = cli_member(doc, "credit_note");
  cli_printf("Drafted credit note ");
  cli_styled(c, CLI_BOLD, id);
  bh_str total = cli_member(doc, "total");
  if (total.len) cli_printf(" over %.*s %.*s", BH_STR_ARG(cli_member(doc, "currency")), BH_STR_ARG(total));
  cli_printf("\n\nNext:  billhook show %.*s\n       billhook approve %.*s\n", BH_STR_ARG(id), BH_STR_ARG(id));
}

static int run(cli *c) {
  billhook_credit_options o = {.struct_size = sizeof o, .invoice = cli_arg(c, 0), .line = cli_arg(c, 1), .amount = cli_text(c, "amount"),
    .percent = cli_text(c, "percent"), .full = cli_flag(c, "full"), .rebill = cli_flag(c, "rebill"), .reason = cli_text(c, "reason")};
  int ways = (o.amount != NULL) + (o.percent != NULL) + o.full;
  if (ways != 1) return cli_fail(c, BILLHOOK_USAGE, "how much? One of --amount A, --percent P or --full");
  if (o.reason == NULL) return cli_fail(c, BILLHOOK_USAGE, "--reason is missing: it stands in the record");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_credit(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"amount", 0, CLI_TEXT, "A", "net amount to credit"},
  {"percent", 0, CLI_TEXT, "P", "share of the invoice or line"},
  {"full", 0, CLI_FLAG, NULL, "all of it"},
  {"rebill", 0, CLI_FLAG, NULL, "with --full: its periods are owed again, with today's price book and facts"},
  {"reason", 0, CLI_TEXT, "TEXT", "why, for the record"},
};
const cli_command cli_cmd_credit = {
  .name = "credit", .usage = "INV [LINE] (--amount A | --percent P | --full [--rebill]) --reason TEXT", .summary = "draft a credit note by hand",
  .text = "Drafts a credit note over an approved invoice, or over one of its lines, with the tax that was charged. It goes through approval.",
  .examples = "billhook credit INV-2026-000042 --amount 50.00 --reason \"late response\"\tgoodwill\n"
              "billhook credit acme-12 acme-12:3 --full --reason \"not ordered\"\ta line\n"
              "billhook credit acme-12 --full --rebill --reason \"wrong client\"\ttake it back and bill anew\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 2, .run = run,
};
