#include "base/dec.h"
#include "cli/commands.h"

enum { LINE_WIDTH = 96 };

/* Names side by side, wrapped. */
static void names(cli *c, const bh_node *of, const char *key, const char *label, cli_style style) {
  bh_node *const *items;
  size_t n = cli_items(&items, of, key), at = 0;
  if (n == 0) return;
  cli_printf("    ");
  cli_styled(c, style, bh_str_c(label));
  cli_printf(" (%zu)\n", n);
  for (size_t i = 0; i < n; i++) {
    bh_str name = cli_member(items[i], "name");
    if (!name.len) name = cli_member(items[i], "id");
    size_t w = cli_width(name);
    if (at == 0 || at + w + 2 > LINE_WIDTH) {
      cli_printf("%s      ", at ? "\n" : "");
      at = 6;
    } else {
      cli_printf("  ");
      at += 2;
    }
    cli_put(name);
    at += w;
  }
  putchar('\n');
}

static void left_out(cli *c, const bh_node *line) {
  static const cli_column columns[] = {{"", false, 0}, {"", false, 0}};
  bh_node *const *items;
  size_t n = cli_items(&items, line, "left_out");
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, 2);
  for (size_t i = 0; i < n; i++) cli_table_row(&t, (bh_str[]){cli_member(items[i], "name"), cli_member(items[i], "reason")});
  cli_printf("    left out (%zu)\n", n);
  cli_table_print(c, &t, "      ");
}

static void rows(cli *c, const bh_node *line, const char *key, const char *const *keys, size_t count, const char *label) {
  static const cli_column columns[] = {{"", false, 0}, {"", false, 0}, {"", true, 0}, {"", false, 0}};
  bh_node *const *items;
  size_t n = cli_items(&items, line, key);
  if (n == 0) return;
  cli_table t;
  cli_table_init(&t, &c->arena, columns, count);
  for (size_t i = 0; i < n; i++) {
    bh_str cells[4];
    for (size_t k = 0; k < count; k++) cells[k] = cli_member(items[i], keys[k]);
    cli_table_row(&t, cells);
  }
  cli_printf("    %s (%zu)\n", label, n);
  cli_table_print(c, &t, "      ");
}

/* "1281/2" is shown as 640.5. */
static void put_ratio(bh_str text) {
  const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
  size_t n = slash ? (size_t)(slash - text.ptr) : 0;
  bh_dec num, den;
  bh_ratio r;
  char shown[32];
  if (slash != NULL && bh_dec_parse(&num, (bh_str){text.ptr, n}, 0) && bh_dec_parse(&den, (bh_str){slash + 1, text.len - n - 1}, 0) &&
      bh_ratio_make(&r, num.coef, den.coef)) {
    bh_ratio_format_dec(shown, r, 4, NULL);
    cli_printf("%s", shown);
  } else cli_put(text);
}

static void count(const bh_node *line) {
  const bh_node *n = bh_node_get(line, "count");
  if (n == NULL || n->kind != BH_NODE_TABLE) return;
  bh_str from = cli_member(n, "from"), to = cli_member(n, "to"), minimum = cli_member(n, "minimum"), included = cli_member(n, "included"), connector = cli_member(n, "connector");
  cli_printf("    counted ");
  put_ratio(cli_member(n, "raw"));
  cli_printf(" on %.*s", BH_STR_ARG(from));
  if (!bh_str_eq(from, to)) cli_printf(" – %.*s", BH_STR_ARG(to));
  if (connector.len) {
    cli_printf(" by ");
    cli_put(connector);
  }
  if (minimum.len) cli_printf("; at least %.*s", BH_STR_ARG(minimum));
  if (included.len) cli_printf("; less %.*s included", BH_STR_ARG(included));
  cli_printf(" (at = \"%.*s\", as known at pull %.*s)\n", BH_STR_ARG(cli_member(n, "at")), BH_STR_ARG(cli_member(n, "pull")));
}

static void committed(const bh_node *line) {
  const bh_node *n = bh_node_get(line, "committed");
  if (n == NULL || n->kind != BH_NODE_TABLE) return;
  cli_printf("    committed ");
  put_ratio(cli_member(n, "quantity"));
  cli_printf(" until %.*s; asked for ", BH_STR_ARG(cli_member(n, "until")));
  put_ratio(cli_member(n, "raw"));
  cli_printf(" (decrease = \"%.*s\")\n", BH_STR_ARG(cli_member(n, "decrease")));
}

/* How the model came to it. */
static void notes(const bh_node *line) {
  bh_node *const *items;
  size_t n = cli_items(&items, line, "notes");
  for (size_t i = 0; i < n; i++) {
    cli_printf("    ");
    cli_put(items[i]->text);
    putchar('\n');
  }
}

static void corrects(const bh_node *line) {
  const bh_node *n = bh_node_get(line, "corrects");
  if (n == NULL || n->kind != BH_NODE_TABLE) return;
  cli_printf("    corrects ");
  cli_put(cli_member(n, "line"));
  cli_printf(": owed %.*s, charged %.*s\n", BH_STR_ARG(cli_member(n, "owed")), BH_STR_ARG(cli_member(n, "charged")));
  bh_node *const *changed;
  size_t k = cli_items(&changed, n, "changed");
  for (size_t i = 0; i < k; i++) {
    cli_printf("      ");
    cli_put(changed[i]->text);
    putchar('\n');
  }
}

static const char *origin_words(bh_arena *a, bh_str origin) {
  static const struct { const char *origin, *words; } known[] = {{"override", "the contract's line"}, {"list", "the price book"}, {"dated list", "the price book, as dated"}, {"pricelist", "a price list"},
    {"template", "the template"}, {"rule", "the rule"}, {"adjustment", "the difference"}, {"credit", "the credit"},
    {"markup", "cost and markup"}, {"uplift", "the uplift"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (bh_str_eqz(origin, known[i].origin)) return known[i].words;
  return bh_arena_z(a, origin);
}

static void price(cli *c, const bh_node *line) {
  const bh_node *p = bh_node_get(line, "price"), *source = bh_node_get(line, "source");
  bh_str origin = cli_member(p, "origin"), steps = cli_member(p, "uplift_steps"), model = cli_member(line, "model");
  cli_printf("    price %.*s", BH_STR_ARG(cli_member(p, "unit_price")));
  if (origin.len) cli_printf(" from %s", origin_words(&c->arena, origin));
  if (steps.len) cli_printf(", after %.*s uplift step%s", BH_STR_ARG(steps), bh_str_eqz(steps, "1") ? "" : "s");
  if (model.len) {
    cli_printf("; model ");
    cli_put(model);
  }
  cli_printf("; contract ");
  cli_put(cli_member(line, "contract"));
  if (source != NULL && source->kind == BH_NODE_TABLE) {
    cli_printf(" in ");
    cli_put(cli_member(source, "file"));
    if (cli_member(source, "line").len) cli_printf(":%.*s", BH_STR_ARG(cli_member(source, "line")));
  }
  putchar('\n');
}

/* A rule speaks of a whole billing: what it did stands with the billing's first line. */
static void rule(const bh_node *line) {
  bh_node *const *trace;
  size_t n = cli_items(&trace, line, "trace");
  bh_str hash = cli_member(line, "rule");
  if (hash.len == 0 || n == 0) return;
  if (hash.len > 12) hash.len = 12;
  cli_printf("    rule %.*s, of all lines of this billing\n", BH_STR_ARG(hash));
  for (size_t i = 0; i < n; i++) {
    cli_printf("      ");
    cli_put(trace[i]->text);
    putchar('\n');
  }
}

static void since(cli *c, const bh_node *line) {
  const bh_node *n = bh_node_get(line, "since_last");
  bh_str invoice = cli_member(n, "invoice");
  if (!invoice.len) return;
  cli_printf("    on %.*s: %.*s × %.*s = %.*s\n", BH_STR_ARG(invoice), BH_STR_ARG(cli_member(n, "quantity")), BH_STR_ARG(cli_member(n, "unit_price")),
             BH_STR_ARG(cli_member(n, "amount")));
  names(c, n, "came", "came since", CLI_GREEN);
  names(c, n, "went", "went since", CLI_RED);
}

static void line_of(cli *c, const bh_node *l) {
  static const char *const usage[] = {"date", "id", "quantity", "description"}, *const levels[] = {"from", "to", "value", "connector"};
  const bh_node *period = bh_node_get(l, "period");
  bh_str exact = cli_member(l, "quantity_exact"), unit = cli_member(l, "unit"), note = cli_member(l, "note");
  putchar('\n');
  cli_styled(c, CLI_DIM, cli_member(l, "id"));
  cli_printf("  ");
  cli_styled(c, CLI_BOLD, cli_member(l, "description"));
  cli_printf("  %.*s – %.*s  %.*s\n", BH_STR_ARG(cli_member(period, "from")), BH_STR_ARG(cli_member(period, "to")), BH_STR_ARG(cli_member(l, "kind")));
  cli_printf("    %.*s%s", BH_STR_ARG(exact.len ? exact : cli_member(l, "quantity")), unit.len ? " " : "");
  cli_put(unit);
  cli_printf(" × %.*s × %.*s = ", BH_STR_ARG(cli_member(l, "unit_price")), BH_STR_ARG(cli_member(l, "fraction")));
  cli_styled(c, CLI_BOLD, cli_member(l, "amount"));
  putchar('\n');
  count(l);
  committed(l);
  notes(l);
  price(c, l);
  corrects(l);
  rule(l);
  names(c, l, "assets", "counted", CLI_PLAIN);
  left_out(c, l);
  rows(c, l, "usage", usage, 4, "usage");
  rows(c, l, "levels", levels, 4, "levels");
  since(c, l);
  if (note.len) {
    cli_printf("    ");
    cli_styled(c, CLI_YELLOW, note);
    putchar('\n');
  }
}

/* From the lines to the total, to be followed with a pocket calculator. */
static void sums(cli *c, const bh_node *doc) {
  bh_node *const *discounts, *const *taxes;
  size_t n = cli_items(&discounts, doc, "discounts"), t = cli_items(&taxes, doc, "taxes");
  putchar('\n');
  cli_styled(c, CLI_BOLD, BH_S("From the lines to the total"));
  cli_printf("\n    lines %.*s\n", BH_STR_ARG(cli_member(doc, "subtotal")));
  for (size_t i = 0; i < n; i++) {
    bh_str percent = cli_member(discounts[i], "percent"), base = cli_member(discounts[i], "base"), line = cli_member(discounts[i], "line");
    cli_printf("    discount ");
    cli_put(cli_member(discounts[i], "description"));
    if (percent.len) cli_printf(", %.*s%%", BH_STR_ARG(percent));
    if (base.len) cli_printf(" of %.*s", BH_STR_ARG(base));
    if (line.len) cli_printf(" (line %.*s)", BH_STR_ARG(line));
    else cli_printf(" (contract %.*s)", BH_STR_ARG(cli_member(discounts[i], "contract")));
    cli_printf(": %.*s\n", BH_STR_ARG(cli_member(discounts[i], "amount")));
  }
  for (size_t i = 0; i < t; i++) {
    bh_str name = cli_member(taxes[i], "name"), reason = cli_member(taxes[i], "reason");
    cli_printf("    tax ");
    cli_put(name.len ? name : cli_member(taxes[i], "tax"));
    cli_printf(", %.*s%% %s %.*s (its lines less their discounts%s): %.*s", BH_STR_ARG(cli_member(taxes[i], "rate")),
               cli_true(taxes[i], "inclusive") ? "in the prices of" : "of", BH_STR_ARG(cli_member(taxes[i], "base")),
               cli_true(taxes[i], "compound") ? ", and the taxes that it is on" : "", BH_STR_ARG(cli_member(taxes[i], "amount")));
    if (reason.len) {
      cli_printf(", ");
      cli_put(reason);
    }
    putchar('\n');
  }
  cli_printf("    total ");
  cli_styled(c, CLI_BOLD, cli_member(doc, "total"));
  putchar('\n');
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *lines;
  bh_str number = cli_member(doc, "number"), note = cli_member(doc, "note");
  size_t n = cli_items(&lines, doc, "lines");
  cli_styled(c, CLI_BOLD, cli_member(doc, "invoice"));
  if (number.len) cli_printf("  %.*s", BH_STR_ARG(number));
  cli_printf("  %.*s %.*s\n", BH_STR_ARG(cli_member(doc, "currency")), BH_STR_ARG(cli_member(doc, "total")));
  if (note.len) {
    cli_styled(c, CLI_YELLOW, note);
    putchar('\n');
  }
  for (size_t i = 0; i < n; i++) line_of(c, lines[i]);
  if (cli_arg(c, 1) == NULL) sums(c, doc);
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_explain(c->b, cli_arg(c, 0), cli_arg(c, 1), &out);
  return cli_end(c, status, render);
}

const cli_command cli_cmd_explain = {
  .name = "explain", .usage = "INV [LINE]", .summary = "why each line came to what it is",
  .text = "Shows what was counted and what was left out, by name, the price and where it comes from, what a rule did, and which devices and\n"
          "users came and went since the last invoice.",
  .examples = "billhook explain acme-12\tall lines\nbillhook explain INV-2026-000042 3\tthe third line\n",
  .args_min = 1, .args_max = 2, .run = run,
};
