#include "cli/commands.h"

static bh_str money(cli *c, const bh_node *row) {
  bh_str amount = cli_member(row, "monthly");
  return amount.len ? bh_arena_fmt(&c->arena, "%.*s %.*s", BH_STR_ARG(cli_member(row, "currency")), BH_STR_ARG(amount)) : BH_S("?");
}

static bh_str names(cli *c, const bh_node *row) {
  bh_node *const *things;
  size_t n = cli_items(&things, row, "assets");
  bh_buf b;
  bh_buf_init(&b, 4096);
  for (size_t i = 0; i < n && i < 4; i++) {
    bh_str name = cli_member(things[i], "name");
    bh_buf_fmt(&b, "%s%.*s", i ? ", " : "", BH_STR_ARG(name.len ? name : cli_member(things[i], "id")));
  }
  if (n > 4) bh_buf_fmt(&b, ", and %zu more", n - 4);
  bh_str out = bh_arena_str(&c->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static void heading(cli *c, const char *text) {
  cli_styled(c, CLI_BOLD, bh_str_c(text));
  cli_printf("\n");
}

static void unbilled(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"kind", false, 0}, {"number", true, 0}, {"product", false, 0}, {"a month", true, 0}, {"which", false, 80}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "unbilled");
  if (n == 0) return;
  heading(c, "There, and billed by no line");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++) {
    bh_str fixed = cli_member(rows[i], "contract");
    bh_str which = fixed.len ? bh_arena_fmt(&c->arena, "%.*s of %.*s are billed", BH_STR_ARG(cli_member(rows[i], "billed")), BH_STR_ARG(cli_member(rows[i], "counted"))) : names(c, rows[i]);
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "client"), cli_member(rows[i], "kind"), cli_member(rows[i], "count"), cli_member(rows[i], "product"), money(c, rows[i]), which});
  }
  cli_table_print(c, &t, "  ");
}

/* "committed until 2027-09-30"; of a quantity that is so in part: "fixed, of which 10 are committed until 2027-09-30". */
static bh_str why(cli *c, const bh_node *row) {
  bh_str reason = cli_member(row, "reason");
  const bh_node *x = bh_node_get(row, "committed");
  if (!x) return reason;
  bh_str until = cli_member(x, "until");
  if (bh_str_eqz(reason, "committed")) return bh_arena_fmt(&c->arena, "committed until %.*s", BH_STR_ARG(until));
  return bh_arena_fmt(&c->arena, "%.*s, of which %.*s are committed until %.*s", BH_STR_ARG(reason), BH_STR_ARG(cli_member(x, "quantity")), BH_STR_ARG(until));
}

static void gone(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"client", false, 0}, {"contract", false, 0}, {"line", false, 0}, {"billed", true, 0}, {"there", true, 0}, {"why", false, 0}, {"a month", true, 0}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "gone");
  if (n == 0) return;
  heading(c, "Billed, and not there");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "client"), cli_member(rows[i], "contract"), cli_member(rows[i], "line"), cli_member(rows[i], "billed"),
      cli_member(rows[i], "counted"), why(c, rows[i]), money(c, rows[i])});
  cli_table_print(c, &t, "  ");
}

static void unclaimed(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"connector", false, 0}, {"client", false, 0}, {"", false, 0}, {"devices", true, 0}, {"users", true, 0}, {"a month", true, 0}};
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "unclaimed");
  if (n == 0) return;
  heading(c, "Named by a connector, and claimed by no client (`billhook map` has candidates)");
  cli_table t;
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < n; i++)
    cli_table_row(&t, (bh_str[]){cli_member(rows[i], "connector"), cli_member(rows[i], "client"), cli_member(rows[i], "name"), cli_member(rows[i], "devices"),
      cli_member(rows[i], "users"), money(c, rows[i])});
  cli_table_print(c, &t, "  ");
}

static void unknown(cli *c, const bh_node *doc) {
  bh_node *const *rows;
  size_t n = cli_items(&rows, doc, "unknown");
  if (n > 0) heading(c, "Not known");
  for (size_t i = 0; i < n; i++) {
    cli_printf("  ");
    cli_styled(c, CLI_YELLOW, cli_member(rows[i], "reason"));
    cli_printf("  ");
    cli_put(cli_member(rows[i], "message"));
    cli_printf("\n");
  }
}

static void render(cli *c, const bh_node *doc) {
  static const char *const lists[] = {"unbilled", "gone", "unclaimed", "unknown"};
  bh_node *const *rows;
  size_t n = 0;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) n += cli_items(&rows, doc, lists[i]);
  if (n == 0) cli_printf("Nothing leaks.\n");
  unbilled(c, doc);
  gone(c, doc);
  unclaimed(c, doc);
  unknown(c, doc);
}

static int run(cli *c) {
  bool csv;
  int status = cli_report_format(c, &csv);
  if (status == 0) status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = csv ? cli_out_plain(c) : cli_out(c);
  status = billhook_report_leakage(c->b, cli_text(c, "date"), csv, &out);
  return cli_end(c, status, csv ? NULL : render);
}

static const cli_option options[] = {
  {"date", 0, CLI_TEXT, "D", "as it was on D (today)"},
  {"format", 0, CLI_TEXT, "F", "table, json or csv"},
  {"csv", 0, CLI_FLAG, NULL, "rows for a spreadsheet: --format csv"},
};
const cli_command cli_cmd_report_leakage = {
  .name = "report leakage", .usage = "[--date D]", .summary = "what is there and not billed, billed and not there, claimed by nobody",
  .text = "Devices and users that no contract line bills, at the list price of the product that would count them; lines that bill what is no longer there: fixed "
          "quantities above the counts, minimums, counts of zero, and what is committed (decrease) until a term ends; and clients that a connector names and nobody claims. What is worth most a month stands first. What a "
          "selector or a client leaves out with a reason is no leak. Where the count of a line is not known, it is listed, and the exit status is 1.",
  .examples = "billhook report leakage\ttoday\nbillhook report leakage --date 2026-12-31 --format csv\tat the end of the year, for a spreadsheet\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = 0, .run = run,
};
