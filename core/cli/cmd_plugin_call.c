#include "cli/commands.h"

/* A fact a line: what it is, then its members. */
static void render_facts(cli *c, bh_node *const *docs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    cli_styled(c, CLI_BOLD, cli_member(docs[i], "fact"));
    for (size_t k = 0; k < docs[i]->field_count; k++) {
      const bh_field *f = &docs[i]->fields[k];
      if (bh_str_eqz(f->key, "fact")) continue;
      cli_printf("  ");
      cli_put(f->key);
      cli_printf("=");
      if (f->value->kind != BH_NODE_TABLE) {
        cli_put(cli_scalar(&c->arena, f->value));
        continue;
      }
      for (size_t a = 0; a < f->value->field_count; a++) {
        cli_printf("%s", a ? "," : "");
        cli_put(f->value->fields[a].key);
        cli_printf(":");
        cli_put(cli_scalar(&c->arena, f->value->fields[a].value));
      }
    }
    cli_printf("\n");
  }
  cli_printf("%zu facts\n", n);
}

static void render_rated(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"quantity", true, 0}, {"unit price", true, 0}, {"fraction", true, 0}, {"from", false, 0}, {"until", false, 0}, {"text", false, 0}};
  static const char *const keys[] = {"quantity", "unit_price", "fraction", "from", "until", "text"};
  bh_node *const *lines;
  size_t n = cli_items(&lines, doc, "lines");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, 6);
  for (size_t i = 0; i < n; i++) {
    bh_str cells[6];
    for (size_t k = 0; k < 6; k++) cells[k] = cli_member(lines[i], keys[k]);
    cli_table_row(&t, cells);
  }
  cli_table_print(c, &t, "");
  bh_str notes = cli_member(doc, "notes"), carry = cli_member(doc, "carry");
  if (notes.len) { cli_put(notes); cli_printf("\n"); }
  if (carry.len) cli_printf("carry: %zu bytes\n", carry.len / 2);
}

/* It emits nothing, and was refused where it is not good. */
static void render_probe(cli *c, bh_node *const *docs, size_t n) {
  (void)docs, (void)n;
  cli_printf("probe: ");
  cli_styled(c, CLI_GREEN, BH_S("good"));
  cli_printf("\n");
}

static int run(cli *c) {
  size_t n = 0;
  billhook_plugin_call_options o = {.struct_size = sizeof o, .file = cli_arg(c, 0), .call = cli_arg(c, 1), .quantity = cli_text(c, "quantity"), .from = cli_text(c, "from"),
    .to = cli_text(c, "to"), .currency = cli_text(c, "currency"), .key = cli_text(c, "key"), .ref = cli_text(c, "ref"), .document = cli_text(c, "document"),
    .client = cli_text(c, "client"), .amount = cli_text(c, "amount"), .customer = cli_text(c, "customer"), .method = cli_text(c, "method"),
    .description = cli_text(c, "description"), .body = cli_text(c, "body")};
  o.options = cli_list(c, "option", &n);
  o.option_count = n;
  o.headers = cli_list(c, "header", &n);
  o.header_count = n;
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_plugin_call(c->b, &o, &out);
  if (strcmp(o.call, "rate") == 0) return cli_end(c, status, render_rated);
  return cli_end_lines(c, status, strcmp(o.call, "probe") == 0 ? render_probe : render_facts);
}

static const cli_option options[] = {
  {"option", 0, CLI_REPEAT, "KEY=VALUE", "an option of the plugin's or a parameter of the model's; a secret as env:NAME, file:PATH or cmd:PROGRAM"},
  {"quantity", 0, CLI_TEXT, "Q", "rate: the quantity of the period: 12, 2.5 or 114/31"},
  {"from", 0, CLI_TEXT, "D", "rate: the first day of the period"},
  {"to", 0, CLI_TEXT, "D", "rate: its last day"},
  {"currency", 0, CLI_TEXT, "CODE", "rate, charge, refund: USD where it is not given"},
  {"key", 0, CLI_TEXT, "K", "deliver, lookup, status, charge, refund: what names the delivery or the attempt, the same for each repeat"},
  {"ref", 0, CLI_TEXT, "R", "status: of the document over there; refund, and lookup of one: of the payment"},
  {"document", 0, CLI_TEXT, "FILE", "deliver, lookup: what `billhook show INV --json` printed"},
  {"client", 0, CLI_TEXT, "ID", "deliver, lookup: the client as the sink calls it"},
  {"amount", 0, CLI_TEXT, "A", "charge, refund: 12.50"},
  {"customer", 0, CLI_TEXT, "ID", "charge, lookup: the client as the gateway calls it"},
  {"method", 0, CLI_TEXT, "ID", "charge, lookup: the stored card or mandate"},
  {"description", 0, CLI_TEXT, "T", "charge, refund: for the client's statement"},
  {"body", 0, CLI_TEXT, "FILE", "event: the webhook's body, byte for byte"},
  {"header", 0, CLI_REPEAT, "NAME=VALUE", "event: one of the webhook's headers"},
};
const cli_command cli_cmd_plugin_call = {
  .name = "plugin call", .usage = "FILE.so CALL [--option KEY=VALUE …]", .summary = "one call of a plugin by hand",
  .text = "Calls a plugin once, in a worker as in a real run, and prints what it emits: a connector's probe, clients or pull; a model's rate; a sink's probe, deliver, "
          "lookup, status or clients; a gateway's probe, charge, refund, lookup or event. Nothing is stored; what deliver, charge and refund do on the other side is done. "
          "Files are looked for in the workspace, or in the working "
          "directory where there is none.",
  .examples = "billhook plugin call build/acme.so probe --option url=https://api.example --option token=env:TOKEN\tare the credentials good?\n"
              "billhook plugin call build/acme.so pull --option url=https://api.example --option token=env:TOKEN --json\tall facts, one a line\n"
              "billhook plugin call ledger.so deliver --option url=https://api.example --key try-1 --client 7 --document inv.json\tone invoice out\n"
              "billhook plugin call cards.so charge --option key=env:KEY --key try-1 --customer c-7 --method m-1 --amount 12.50\tmoney in\n"
              "billhook plugin call seats.so rate --option price=4.50 --quantity 12\twhat a model makes of it\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 2, .args_max = 2, .run = run,
};
