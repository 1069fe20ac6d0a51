#include "cli/commands.h"

static void render(cli *c, const bh_node *doc) {
  bh_node *const *problems;
  const bh_node *checks = bh_node_get(doc, "checks");
  size_t n = cli_items(&problems, doc, "problems");
  cli_put(cli_member(doc, "documents"));
  cli_printf(" documents.");
  for (size_t i = 0; checks != NULL && i < checks->field_count; i++) {
    cli_printf("%s", i ? ", " : " ");
    cli_put(checks->fields[i].key);
    putchar(' ');
    bool ok = checks->fields[i].value->boolean;
    cli_styled(c, ok ? CLI_GREEN : CLI_RED, ok ? BH_S("ok") : BH_S("WRONG"));
  }
  putchar('\n');
  for (size_t i = 0; i < n; i++) {
    cli_put(problems[i]->text);
    putchar('\n');
  }
}

static int run(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_verify(c->b, &out);
  return cli_end(c, status, render);
}

const cli_command cli_cmd_verify = {
  .name = "verify", .usage = "", .summary = "check the whole store against itself",
  .text = "Walks the chain of frozen documents, recomputes every amount and total from the parts that are stored, and checks numbers, the\n"
          "journal, and that no period was charged twice. Exit status 1 where something is wrong.",
  .examples = "billhook verify\tproblems in words\nbillhook verify --json\tfor monitoring\n",
  .args_max = 0, .run = run,
};
