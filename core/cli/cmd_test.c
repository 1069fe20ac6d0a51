#include "cli/commands.h"

static void put_lines(bh_str s) {
  while (s.len) {
    const char *nl = memchr(s.ptr, '\n', s.len);
    size_t n = nl ? (size_t)(nl - s.ptr) : s.len;
    cli_printf("      ");
    cli_put((bh_str){s.ptr, n});
    putchar('\n');
    s = nl ? (bh_str){nl + 1, s.len - n - 1} : (bh_str){s.ptr + n, 0};
  }
}

static void render(cli *c, const bh_node *doc) {
  bh_node *const *tests, *const *accepted;
  size_t n = cli_items(&tests, doc, "tests"), k = cli_items(&accepted, doc, "accepted");
  for (size_t i = 0; i < n; i++) {
    bool ok = cli_true(tests[i], "ok");
    cli_styled(c, ok ? CLI_GREEN : CLI_RED, ok ? BH_S("ok    ") : BH_S("FAILED"));
    putchar(' ');
    cli_put(cli_member(tests[i], "name"));
    putchar('\n');
    if (ok) continue;
    cli_printf("    ");
    cli_put(cli_member(tests[i], "file"));
    cli_printf(":%.*s:\n", BH_STR_ARG(cli_member(tests[i], "line")));
    put_lines(cli_member(tests[i], "message"));
  }
  for (size_t i = 0; i < k; i++) {
    cli_styled(c, CLI_YELLOW, BH_S("wrote "));
    cli_put(accepted[i]->text);
    putchar('\n');
  }
  if (bh_str_eqz(cli_member(doc, "files"), "0")) cli_printf("There are no tests: they stand in tests/NAME_test.lua (`billhook init` writes a first one).\n");
  bool failed = !bh_str_eqz(cli_member(doc, "failed"), "0");
  cli_style_on(c, failed ? CLI_RED : CLI_GREEN);
  cli_printf("%.*s passed, %.*s failed", BH_STR_ARG(cli_member(doc, "passed")), BH_STR_ARG(cli_member(doc, "failed")));
  cli_style_off(c, failed ? CLI_RED : CLI_GREEN);
  putchar('\n');
}

static int run(cli *c) {
  billhook_test_options o = {.struct_size = sizeof o, .only = cli_text(c, "only"), .accept = cli_flag(c, "accept")};
  o.files = c->args;
  o.file_count = c->arg_count;
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_test(c->b, &o, &out);
  return cli_end(c, status, render);
}

static const cli_option options[] = {
  {"only", 0, CLI_TEXT, "TEXT", "only tests with TEXT in their names"},
  {"accept", 0, CLI_FLAG, NULL, "write the golden files that are not there or differ"},
};
const cli_command cli_cmd_test = {
  .name = "test", .usage = "[FILE…]", .summary = "the workspace's own rule tests",
  .text = "Runs tests/*_test.lua (or the files named). A test bills a contract on a date with facts that it makes up, and says what it expects:\n"
          "  bill(\"acme-managed\", \"2026-12-01\", { devices = { workstation = 60 } })\n"
          "The store is not looked at, and nothing is written but golden files with --accept. Exit status 1 where a test failed.",
  .examples = "billhook test\tall of them\nbillhook test acme --only \"50 seats\"\tsome of tests/acme_test.lua\n"
              "billhook test --accept\twhat the invoices are now is what they shall be (then look at git diff)\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = -1, .run = run,
};
