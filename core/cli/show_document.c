/* An invoice as text. */
#include "cli/commands.h"

static bh_str joined(bh_arena *a, const bh_node *n, const char *const *keys, size_t count, const char *between) {
  bh_str out = {"", 0};
  for (size_t i = 0; i < count; i++) {
    bh_str part = cli_member(n, keys[i]);
    if (part.len) out = out.len ? bh_arena_fmt(a, "%.*s%s%.*s", BH_STR_ARG(out), between, BH_STR_ARG(part)) : part;
  }
  return out;
}

static void party(cli *c, const bh_node *who) {
  static const char *const place[] = {"street", "postcode", "city", "region", "country"};
  const bh_node *address = who != NULL ? bh_node_get(who, "address") : NULL;
  bh_str at = address != NULL && address->kind == BH_NODE_TABLE ? joined(&c->arena, address, place, 5, ", ") : (bh_str){"", 0};
  cli_styled(c, CLI_BOLD, cli_member(who, "name"));
  if (at.len) {
    cli_printf("  ");
    cli_put(at);
  }
  putchar('\n');
}

static void state(cli *c, const bh_node *doc) {
  const bh_node *hold = bh_node_get(doc, "hold");
  cli_put(cli_member(doc, "state"));
  cli_printf("\n");
  if (hold == NULL || hold->kind != BH_NODE_TABLE) return;
  cli_style_on(c, CLI_YELLOW);
  cli_printf("Held: ");
  cli_put(cli_member(hold, "reason"));
  cli_printf(": ");
  cli_put(cli_member(hold, "message"));
  cli_style_off(c, CLI_YELLOW);
  putchar('\n');
}

static void discounts(cli *c, cli_table *t, const bh_node *doc, const bh_str *line) {
  bh_node *const *items;
  size_t n = cli_items(&items, doc, "discounts");
  for (size_t i = 0; i < n; i++) {
    const bh_node *of = bh_node_get(items[i], "line");
    bool on_line = of != NULL && of->kind == BH_NODE_STR;
    if (line != NULL ? !on_line || !bh_str_eq(of->text, *line) : on_line) continue;
    bh_str percent = cli_member(items[i], "percent"), text = cli_member(items[i], "description");
    if (percent.len) text = bh_arena_fmt(&c->arena, "%.*s (%.*s%%)", BH_STR_ARG(text), BH_STR_ARG(percent));
    cli_table_row(t, (bh_str[]){line != NULL ? bh_arena_fmt(&c->arena, "  %.*s", BH_STR_ARG(text)) : text, BH_S(""), BH_S(""), BH_S(""), BH_S(""), cli_member(items[i], "amount")});
  }
}

static void one_line(cli *c, cli_table *t, const bh_node *doc, const bh_node *l) {
  static const char *const both[] = {"quantity", "unit"};
  const bh_node *period = bh_node_get(l, "period");
  bh_str from = cli_member(period, "from"), to = cli_member(period, "to"), fraction = cli_member(l, "fraction"), id = cli_member(l, "id");
  bh_str when = bh_str_eq(from, to) ? from : bh_arena_fmt(&c->arena, "%.*s – %.*s", BH_STR_ARG(from), BH_STR_ARG(to));
  cli_table_row(t, (bh_str[]){cli_member(l, "description"), when, joined(&c->arena, l, both, 2, " "), cli_member(l, "unit_price"),
    bh_str_eqz(fraction, "1") ? BH_S("") : bh_arena_fmt(&c->arena, "× %.*s", BH_STR_ARG(fraction)), cli_member(l, "amount")});
  discounts(c, t, doc, &id);
}

/* By section; of one with show = "total" the sum alone, and what was taken off its lines. */
static void lines(cli *c, cli_table *t, const bh_node *doc) {
  bh_node *const *items, *const *sections;
  size_t n = cli_items(&items, doc, "lines"), count = cli_items(&sections, doc, "sections"), at = 0;
  for (size_t i = 0, j; i < n; i = j) {
    bh_str name = cli_member(items[i], "section"), client = cli_member(items[i], "client");
    const bh_node *section = name.len > 0 && at < count ? sections[at++] : NULL;
    bool total = section != NULL && bh_str_eqz(cli_member(section, "show"), "total");
    if (name.len > 0) {
      cli_table_row(t, (bh_str[]){name, BH_S(""), BH_S(""), BH_S(""), BH_S(""), total ? cli_member(section, "subtotal") : BH_S("")});
      cli_table_style(t, CLI_BOLD);
    }
    for (j = i; j < n && bh_str_eq(cli_member(items[j], "section"), name) && bh_str_eq(cli_member(items[j], "client"), client); j++) {
      bh_str id = cli_member(items[j], "id");
      if (total) discounts(c, t, doc, &id);
      else one_line(c, t, doc, items[j]);
    }
    if (section != NULL && !total) {
      cli_table_row(t, (bh_str[]){BH_S("  Subtotal"), BH_S(""), BH_S(""), BH_S(""), BH_S(""), cli_member(section, "subtotal")});
      cli_table_style(t, CLI_DIM);
    }
  }
  discounts(c, t, doc, NULL);
}

static void sum(cli_table *t, bh_str label, bh_str amount, cli_style style) {
  cli_table_row(t, (bh_str[]){label, BH_S(""), BH_S(""), BH_S(""), BH_S(""), amount});
  cli_table_style(t, style);
}

static void sums(cli *c, cli_table *t, const bh_node *doc) {
  bh_node *const *items;
  bh_str paid = cli_member(doc, "paid"), currency = cli_member(doc, "currency");
  size_t n = cli_items(&items, doc, "taxes");
  sum(t, BH_S("Subtotal"), cli_member(doc, "subtotal"), CLI_PLAIN);
  for (size_t i = 0; i < n; i++) {
    bh_str name = cli_member(items[i], "name"), reason = cli_member(items[i], "reason");
    if (!name.len) name = cli_member(items[i], "tax");
    sum(t, bh_arena_fmt(&c->arena, "%s%.*s %.*s%% on %.*s%s%.*s", cli_true(items[i], "inclusive") ? "of which " : "", BH_STR_ARG(name),
                        BH_STR_ARG(cli_member(items[i], "rate")), BH_STR_ARG(cli_member(items[i], "base")), reason.len ? ", " : "", BH_STR_ARG(reason)),
        cli_member(items[i], "amount"), CLI_PLAIN);
  }
  sum(t, bh_arena_fmt(&c->arena, "Total %.*s", BH_STR_ARG(currency)), cli_member(doc, "total"), CLI_BOLD);
  bool nothing = true;
  for (size_t i = 0; i < paid.len; i++) nothing &= paid.ptr[i] == '0' || paid.ptr[i] == '.';
  if (nothing) return;
  sum(t, BH_S("Paid"), paid, CLI_PLAIN);
  sum(t, BH_S("Balance"), cli_member(doc, "balance"), CLI_BOLD);
}

void cli_show_document(cli *c, const bh_node *doc) {
  static const cli_column columns[] = {{"", false, 60}, {"period", false, 0}, {"quantity", true, 0}, {"price", true, 0}, {"", false, 0}, {"amount", true, 0}};
  bool credit = bh_str_eqz(cli_member(doc, "type"), "credit_note");
  bh_str number = cli_member(doc, "number");
  bh_node *const *memos;
  cli_table t;
  party(c, bh_node_get(doc, "company"));
  putchar('\n');
  cli_styled(c, CLI_BOLD, credit ? BH_S("Credit note ") : BH_S("Invoice "));
  cli_styled(c, CLI_BOLD, number.len ? number : cli_member(doc, "id"));
  if (number.len) {
    cli_printf("  (");
    cli_put(cli_member(doc, "id"));
    cli_printf(")");
  }
  cli_printf("  %.*s", BH_STR_ARG(cli_member(doc, "issue_date")));
  if (!credit) cli_printf(", due %.*s", BH_STR_ARG(cli_member(doc, "due_date")));
  cli_printf("  ");
  state(c, doc);
  cli_printf("For ");
  party(c, bh_node_get(doc, "client"));
  putchar('\n');
  cli_table_init(&t, &c->arena, columns, sizeof columns / sizeof columns[0]);
  lines(c, &t, doc);
  cli_table_row(&t, (bh_str[]){BH_S(""), BH_S(""), BH_S(""), BH_S(""), BH_S(""), BH_S("")});
  sums(c, &t, doc);
  cli_table_print(c, &t, "");
  size_t n = cli_items(&memos, doc, "memos");
  for (size_t i = 0; i < n; i++) {
    putchar('\n');
    cli_put(memos[i]->text);
    putchar('\n');
  }
  bh_str note = cli_member(bh_node_get(doc, "client"), "note");
  if (note.len) {
    putchar('\n');
    cli_put(note);
    putchar('\n');
  }
}
