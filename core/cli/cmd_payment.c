#include "cli/commands.h"

/* The answer of payment and writeoff: what was entered, what the invoices stand at, and what the client has in credit. */
void cli_show_entry(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"id", false, 0}, {"number", false, 0}, {"", true, 0}, {"balance", true, 0}, {"state", false, 0}};
  bh_str kind = cli_member(doc, "kind"), currency = cli_member(doc, "currency"), credit = cli_member(doc, "customer_credit");
  cli_printf("%s of %.*s ", bh_str_eqz(kind, "payment") ? "Payment" : bh_str_eqz(kind, "refund") ? "Refund" : "Write-off", BH_STR_ARG(currency));
  cli_styled(c, CLI_BOLD, cli_member(doc, "amount"));
  cli_printf(", ");
  cli_put(cli_member(doc, "client"));
  cli_printf(", %.*s\n", BH_STR_ARG(cli_member(doc, "date")));
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "invoices");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(items[i], "invoice"), cli_member(items[i], "number"), cli_member(items[i], "amount"), cli_member(items[i], "balance"),
      cli_member(items[i], "state")});
  if (n > 0) cli_table_print(c, &t, "  ");
  bool any = false;
  for (size_t i = 0; i < credit.len; i++) any |= credit.ptr[i] >= '1' && credit.ptr[i] <= '9';
  if (any) cli_printf("Customer credit of the client: %.*s %.*s\n", BH_STR_ARG(currency), BH_STR_ARG(credit));
}

static int enter(cli *c, int (*call)(billhook *, const billhook_payment_options *, const billhook_out *)) {
  billhook_payment_options o = {.struct_size = sizeof o, .target = cli_arg(c, 0), .amount = cli_text(c, "amount"), .currency = cli_text(c, "currency"),
    .date = cli_text(c, "date"), .method = cli_text(c, "method"), .reference = cli_text(c, "reference")};
  if (o.amount == NULL) return cli_fail(c, BILLHOOK_USAGE, "--amount is missing");
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = call(c->b, &o, &out);
  return cli_end(c, status, cli_show_entry);
}

static int run_add(cli *c) { return enter(c, billhook_payment_add); }
static int run_refund(cli *c) { return enter(c, billhook_payment_refund); }

static const cli_option options[] = {
  {"amount", 0, CLI_TEXT, "A", "how much"},
  {"date", 0, CLI_TEXT, "D", "the day on which the money moved (today)"},
  {"method", 0, CLI_TEXT, "M", "how: one word, such as bank, cheque, cash (bank); the ledger's cash account"},
  {"reference", 0, CLI_TEXT, "R", "what the bank says of it; the same twice is refused"},
  {"currency", 0, CLI_TEXT, "C", "of a client's payment: another currency than the client's"},
};
const cli_command cli_cmd_payment_add = {
  .name = "payment add", .usage = "INV|CLIENT --amount A [--date D] [--method M] [--reference R]", .summary = "enter a payment",
  .text = "Enters money that came in, for an invoice, or for a client: then its open invoices are paid, the one due first first. What is over, and what is "
          "paid before there is an invoice, becomes customer credit, which pays the client's next invoices when they are approved.",
  .examples = "billhook payment add INV-2026-000042 --amount 1824.53 --date 2026-12-14 --reference \"RB 4711\"\tall of it\n"
              "billhook payment add acme --amount 500.00 --method cheque\twhatever is open, the rest in advance\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run_add,
};
const cli_command cli_cmd_payment_refund = {
  .name = "payment refund", .usage = "INV|CLIENT --amount A [--date D] [--method M] [--reference R]", .summary = "enter money that was paid back",
  .text = "Enters money that went back: to a client out of its customer credit; for an invoice out of the credit that came from it (an overpayment, a credit "
          "note, a void), then out of what was paid on it, which is open again by that.",
  .examples = "billhook payment refund acme --amount 20.00\tcustomer credit paid out\n"
              "billhook payment refund INV-2026-000042 --amount 1824.53 --reference \"returned debit\"\tthe invoice is open again\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run_refund,
};
