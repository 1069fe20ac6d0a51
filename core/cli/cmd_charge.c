#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  cli_printf("Charged ");
  cli_styled(c, CLI_BOLD, cli_member(doc, "client"));
  cli_printf(" on %.*s: %.*s × ", BH_STR_ARG(cli_member(doc, "date")), BH_STR_ARG(cli_member(doc, "quantity")));
  bh_str text = cli_member(doc, "text");
  cli_put(text.len ? text : cli_member(doc, "product"));
  bh_str price = cli_member(doc, "price");
  if (price.len) cli_printf(" at %.*s", BH_STR_ARG(price));
  cli_printf("\n%.*s in %.*s; the next run drafts it.\n", BH_STR_ARG(cli_member(doc, "charge")), BH_STR_ARG(cli_member(doc, "file")));
}

static int run(cli *c) {
  billhook_charge_options o = {.struct_size = sizeof o, .client = cli_arg(c, 0), .product = cli_text(c, "product"), .text = cli_text(c, "text"),
    .quantity = cli_text(c, "quantity"), .price = cli_text(c, "price"), .cost = cli_text(c, "cost"), .po = cli_text(c, "po")};
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_charge(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"product", 0, CLI_TEXT, "P", "a product of the price book; without --price at its list price, or cost and markup"},
  {"text", 0, CLI_TEXT, "T", "what it is, where it is no product"},
  {"quantity", 0, CLI_TEXT, "Q", "how many"},
  {"price", 0, CLI_TEXT, "M", "for one of them"},
  {"cost", 0, CLI_TEXT, "C", "what one of them cost"},
  {"po", 0, CLI_TEXT, "PO", "the purchase order that it stands under"},
};
const cli_command cli_cmd_charge = {
  .name = "charge", .usage = "CLIENT (--product P | --text T) --quantity Q --price M [--cost C] [--po PO] [--date D]", .summary = "add a one-off charge",
  .text = "Appends a one-off to clients/charges.jsonl, dated today or --date; the next run drafts it. The workspace is checked first, with the charge in it.\n"
          "The same charge twice is two charges.",
  .examples = "billhook charge acme --text \"Moved the router\" --quantity 1.5 --price 80.00\tby its price\n"
              "billhook charge acme --product toner --quantity 2 --cost 60.00\tcost and the product's markup\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run,
};
