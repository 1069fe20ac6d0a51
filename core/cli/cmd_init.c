#include "cli/commands.h"

static int run(cli *c) {
  char why[1024];
  const char *dir = cli_arg(c, 0);
  bool example = cli_flag(c, "example");
  int status = billhook_init(dir, example, why, sizeof why);
  if (status != BILLHOOK_DONE) return cli_fail(c, status, "%s", why);
  if (c->json) {
    bh_jw w;
    bh_jw_init(&w, &c->out);
    bh_jw_obj(&w);
    bh_jw_key(&w, "workspace"); bh_jw_z(&w, dir);
    bh_jw_key(&w, "example"); bh_jw_bool(&w, example);
    bh_jw_obj_end(&w);
    cli_printf("%.*s\n", (int)c->out.len, c->out.ptr);
    return status;
  }
  cli_printf("A new workspace in %s.\n\n", dir);
  if (example) cli_printf("Next:  billhook -w %s run\n       billhook -w %s review\n       billhook -w %s approve …\n", dir, dir, dir);
  else cli_printf("Next:  write billhook.lua, pricebook.lua and clients/*.lua, then\n       billhook -w %s check\n", dir);
  return status;
}

static const cli_option options[] = {{"example", 0, CLI_FLAG, NULL, "a small MSP with clients, contracts and counts that bills at once"}};
const cli_command cli_cmd_init = {
  .name = "init", .usage = "DIR [--example]", .summary = "start a workspace",
  .text = "Writes a new workspace into DIR, which must be empty or not there yet.",
  .examples = "billhook init northwind\tthe files, with comments\nbillhook init --example demo\ta small MSP to try everything on\n",
  .options = options, .option_count = sizeof options / sizeof options[0],
  .args_min = 1, .args_max = 1, .run = run,
};
