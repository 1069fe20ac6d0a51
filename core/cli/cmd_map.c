#include "cli/commands.h"

static bh_str joined(cli *c, const bh_node *row, const char *key) {
  bh_node *const *items;
  size_t n = cli_items(&items, row, key);
  bh_buf b;
  bh_buf_init(&b, 4096);
  for (size_t i = 0; i < n; i++) bh_buf_fmt(&b, "%s%.*s", i ? ", " : "", BH_STR_ARG(items[i]->text));
  bh_str out = bh_arena_str(&c->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

/* "acme (100, name)", with a star where it is the one. */
static bh_str guess(cli *c, const bh_node *row, const char *key) {
  bh_node *const *items;
  size_t n = cli_items(&items, row, "suggestions");
  bh_buf b;
  bh_buf_init(&b, 4096);
  for (size_t i = 0; i < n; i++)
    bh_buf_fmt(&b, "%s%s%.*s (%.*s, %.*s)", i ? "; " : "", i == 0 && cli_true(row, "unique") ? "= " : "", BH_STR_ARG(cli_member(items[i], key)),
               BH_STR_ARG(cli_member(items[i], "score")), BH_STR_ARG(joined(c, items[i], "reasons")));
  bh_str out = bh_arena_str(&c->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static void heading(cli *c, bh_str connector, const char *what) {
  cli_styled(c, CLI_BOLD, connector);
  cli_printf(": %s\n", what);
}

static void unclaimed(cli *c, bh_str connector, const bh_node *doc) {
  static const cli_column columns[] = {{"id there", false, 0}, {"name", false, 40}, {"domain", false, 0}, {"devices", true, 0}, {"users", true, 0}, {"likeliest", false, 80}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "unclaimed");
  if (n == 0) return;
  heading(c, connector, "clients that no client claims");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "client"), cli_member(rows[i], "name"), cli_member(rows[i], "domain"), cli_member(rows[i], "devices"),
      cli_member(rows[i], "users"), guess(c, rows[i], "client")});
    if (cli_true(rows[i], "unique")) cli_table_style(&t, CLI_GREEN);
  }
  cli_table_print(c, &t, "  ");
}

static void names(cli *c, bh_str connector, const bh_node *doc, const char *list, const char *what, const char *a, const char *b) {
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, list);
  if (n > 0) heading(c, connector, what);
  for (size_t i = 0; i < n; i++) {
    cli_printf("  ");
    cli_put(cli_member(rows[i], a));
    cli_printf("  ");
    cli_put(cli_member(rows[i], b));
    cli_printf("\n");
  }
}

static void things(cli *c, bh_str connector, const bh_node *doc, const char *list, const char *key, const char *what) {
  static const cli_column columns[] = {{"id there", false, 0}, {"name", false, 40}, {"", false, 0}, {"likeliest", false, 40}, {"to paste", false, 0}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, list);
  if (n == 0) return;
  heading(c, connector, what);
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], key), cli_member(rows[i], "name"), cli_true(rows[i], "needed") ? BH_S("needed") : BH_S(""), guess(c, rows[i], key),
      cli_member(rows[i], "paste")});
  cli_table_print(c, &t, "  ");
}

/* Whether it may be one of ours that has no id there yet. */
static bool likely(const bh_node *row) {
  bh_node *const *items;
  size_t n = cli_items(&items, row, "suggestions");
  for (size_t i = 0; i < n; i++)
    if (!cli_true(items[i], "has_id")) return true;
  return false;
}

/* A ledger's customers that none of ours is are its own affair: only those that may be ours are worth a line, and the others a number. */
static void customers(cli *c, bh_str sink, const bh_node *doc) {
  static const cli_column columns[] = {{"id there", false, 0}, {"name", false, 40}, {"domain", false, 0}, {"likeliest", false, 80}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "unclaimed"), shown = 0;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    if (!likely(rows[i])) continue;
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "client"), cli_member(rows[i], "name"), cli_member(rows[i], "domain"), guess(c, rows[i], "client")});
    if (cli_true(rows[i], "unique")) cli_table_style(&t, CLI_GREEN);
    shown++;
  }
  if (shown > 0) {
    heading(c, sink, "clients that may be yours");
    cli_table_print(c, &t, "  ");
  }
  if (n > shown) {
    cli_styled(c, CLI_BOLD, sink);
    cli_printf(": %zu %s of its own that no client claims (%s--json lists %s)\n", n - shown, n - shown == 1 ? "client" : "clients",
               cli_flag(c, "suggest") || cli_flag(c, "write") ? "" : "--suggest names those that may be yours, ", n - shown == 1 ? "it" : "all");
  }
}

static void sink(cli *c, const bh_node *doc) {
  bh_str name = cli_member(doc, "name");
  if (!cli_true(doc, "ok")) {
    cli_styled(c, CLI_RED, cli_member(doc, "error"));
    cli_printf("\n");
  } else if (bh_str_eqz(cli_member(doc, "clients"), "0")) {
    heading(c, name, "it names no clients");
  }
  customers(c, name, doc);
  names(c, name, doc, "without_id", "clients of yours without an id there", "client", "name");
  names(c, name, doc, "unknown", "ids of yours that it does not know", "client", "id");
  things(c, name, doc, "products", "product", "products that none of yours is mapped to");
  things(c, name, doc, "taxes", "tax", "taxes that none of yours is mapped to");
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *items;
  bh_node *const *sinks;
  size_t n = cli_items(&items, doc, "connectors"), sink_n = cli_items(&sinks, doc, "sinks");
  if (n + sink_n == 0) cli_printf("No connector is configured.\n");
  for (size_t i = 0; i < n; i++) {
    bh_str name = cli_member(items[i], "name");
    unclaimed(c, name, items[i]);
    names(c, name, items[i], "without_id", "clients of yours without an id there", "client", "name");
    names(c, name, items[i], "unknown", "ids of yours that it does not know", "client", "id");
    things(c, name, items[i], "products", "product", "products that none of yours is mapped to");
    things(c, name, items[i], "taxes", "tax", "taxes that none of yours is mapped to");
    names(c, name, items[i], "contracts", "contracts that were left out", "contract", "why");
  }
  for (size_t i = 0; i < sink_n; i++) sink(c, sinks[i]);
  n = cli_items(&items, doc, "written");
  for (size_t i = 0; i < n; i++) {
    cli_printf("Written: ");
    cli_put(cli_member(items[i], "client"));
    cli_printf(" is ");
    cli_put(cli_member(items[i], "id"));
    cli_printf(" of ");
    cli_put(cli_member(items[i], "connector"));
    cli_printf("\n");
  }
}

static int run(cli *c) {
  billhook_map_options o = {.struct_size = sizeof o, .suggest = cli_flag(c, "suggest"), .write = cli_flag(c, "write")};
  o.connectors = cli_list(c, "connector", &o.connector_count);
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_map(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"suggest", 0, CLI_FLAG, NULL, "name the likeliest matches"},
  {"write", 0, CLI_FLAG, NULL, "write those of clients that are unique and exact into clients/ids.jsonl"},
  {"connector", 0, CLI_LIST, "N", "only these connectors and sinks"},
};
const cli_command cli_cmd_map = {
  .name = "map", .usage = "[--suggest] [--write] [--connector N …]", .summary = "which platform client is which of yours",
  .text = "Lists, for each connector, clients that it names and no client claims, clients of yours without an id there, ids that it does not know, products and taxes "
          "that none of yours is mapped to, and contracts that were left out (contracts = true). Sinks, which nothing is pulled from, are asked at once, side by side: their clients, products and "
          "taxes, likewise; of their clients that nobody claims, which a ledger has by nature, those that may be yours. --suggest compares ids, names without legal form, letter case, accents "
          "and punctuation, internet domains, and names of devices with those that another connector has. What is the same, and is so of nobody else, stands behind a \"=\": "
          "--write puts it into clients/ids.jsonl. Statements in Lua files are never edited; for products and taxes there is a line to paste. Exit status 1 where "
          "something is left open (of a sink: a client of yours without an id there, or an id that it does not know), 5 where a sink could not be asked.",
  .examples = "billhook map --suggest\twho may be meant\nbillhook map --write\twrite down what is certain\nbillhook map --suggest --connector rmm --json\tfor a program\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
