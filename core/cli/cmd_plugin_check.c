#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>

/* What is skipped for one reason is one line. */
static size_t skipped_alike(bh_node *const *tests, size_t i, size_t n) {
  size_t k = i;
  while (k < n && cli_true(tests[k], "skipped") && bh_str_eq(cli_member(tests[k], "note"), cli_member(tests[i], "note"))) k++;
  return k - i;
}

static void put_skipped(cli *c, bh_node *const *tests, size_t n) {
  bh_str first = cli_member(tests[0], "name"), last = cli_member(tests[n - 1], "name");
  cli_printf("%-15.*s ", (int)first.len, first.ptr);
  cli_styled(c, CLI_YELLOW, BH_S("skipped"));
  cli_printf("  ");
  if (n > 1) cli_printf("as are all up to %.*s: ", (int)last.len, last.ptr);
  cli_put(cli_member(tests[0], "note"));
  cli_printf("\n");
}

static size_t put_warnings(cli *c, const bh_node *test) {
  bh_node *const *lines;
  size_t n = cli_items(&lines, test, "warnings");
  for (size_t i = 0; i < n; i++) {
    cli_printf("%-15s ", "");
    cli_styled(c, CLI_YELLOW, BH_S("WARNING"));
    cli_printf("  ");
    cli_put(lines[i]->text);
    cli_printf("\n");
  }
  return n;
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *tests;
  size_t n = cli_items(&tests, doc, "tests"), failed = 0, skipped = 0, warned = 0;
  for (size_t i = 0; i < n; i++) {
    bool ok = cli_true(tests[i], "ok"), skip = cli_true(tests[i], "skipped");
    bh_str words = cli_member(tests[i], ok ? "note" : "reason"), name = cli_member(tests[i], "name");
    if (skip) {
      size_t alike = skipped_alike(tests, i, n);
      put_skipped(c, &tests[i], alike);
      skipped += alike;
      i += alike - 1;
      continue;
    }
    failed += !ok;
    cli_printf("%-15.*s ", (int)name.len, name.ptr);
    cli_styled(c, ok ? CLI_GREEN : CLI_RED, ok ? BH_S("ok") : BH_S("FAILED"));
    if (ok) {
      cli_printf("       ");
      cli_put(cli_member(tests[i], "says"));
      if (words.len) cli_printf(" (");
      cli_put(words);
      if (words.len) cli_printf(")");
    } else {
      cli_printf("   ");
      cli_put(words);
    }
    cli_printf("\n");
    warned += put_warnings(c, tests[i]);
  }
  cli_printf("\n%zu tests, ", n);
  cli_styled(c, failed ? CLI_RED : CLI_GREEN, failed ? bh_arena_fmt(&c->arena, "%zu FAILED", failed) : BH_S("none failed"));
  if (warned) cli_styled(c, CLI_YELLOW, bh_arena_fmt(&c->arena, ", %zu warning%s", warned, warned > 1 ? "s" : ""));
  if (skipped) cli_printf(", %zu skipped", skipped);
  cli_printf(" (--seed %lld)\n", (long long)bh_node_get(doc, "seed")->integer);
}

static int run(cli *c) {
  const char *seed = cli_text(c, "seed");
  char *end = NULL;
  size_t n = 0;
  billhook_plugin_check_options o = {.struct_size = sizeof o, .file = cli_arg(c, 0), .replay = cli_text(c, "replay"), .only = cli_text(c, "only"), .seed = 1};
  o.options = cli_list(c, "option", &n);
  o.option_count = n;
  if (seed != NULL) {
    errno = 0;
    o.seed = strtoull(seed, &end, 10);
    if (errno != 0 || *seed < '0' || *seed > '9' || *end != 0 || o.seed > INT64_MAX) return cli_fail(c, BILLHOOK_USAGE, "--seed %s: expected a whole number", seed);
  }
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_plugin_check(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"replay", 0, CLI_TEXT, "FILE", "the recorded session (connectors) or the cases (models), in place of NAME.replay.json or NAME.cases.json beside the plugin"},
  {"option", 0, CLI_REPEAT, "KEY=VALUE", "an option of the plugin's that the session does not have"},
  {"only", 0, CLI_TEXT, "TEST", "one test"},
  {"seed", 0, CLI_TEXT, "N", "where answers are cut and in which order things are done; 1 where it is not given"},
};
const cli_command cli_cmd_plugin_check = {
  .name = "plugin check", .usage = "FILE.so [--replay FILE] [--only TEST] [--seed N]", .summary = "the conformance suite for a plugin",
  .text = "Tests a plugin as its vendor should before every release: what it exports, its manifest, missing options, its life cycle, what it leaves behind in the "
          "process, host functions that fail, cancelling; a connector over a recorded session whose answers break off, are refused, turn to HTML, repeat or loop; "
          "a model on its cases. Each test runs in a process of its own. Exit status 1 where a test failed. A test for which something is missing, such as a "
          "recorded session, is skipped and says so.",
  .examples = "billhook plugin check build/acme.so\tall tests\nbillhook plugin check acme.so --only truncated --seed 7\tone of them, other cuts\n"
              "billhook plugin check acme.so --json\tfor a program\n",
  .options = options, .option_count = sizeof options / sizeof options[0],
  .args_min = 1, .args_max = 1, .run = run,
};
