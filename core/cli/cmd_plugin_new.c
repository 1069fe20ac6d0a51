#include "cli/commands.h"

static int run(cli *c) {
  char why[1024];
  const char *kind = cli_arg(c, 0), *name = cli_arg(c, 1), *dir = cli_arg(c, 2);
  int status = billhook_plugin_new(kind, name, dir, why, sizeof why);
  if (status != BILLHOOK_DONE) return cli_fail(c, status, "%s", why);
  if (dir == NULL) dir = name;
  if (c->json) {
    bh_jw w;
    bh_jw_init(&w, &c->out);
    bh_jw_obj(&w);
    bh_jw_key(&w, "kind"); bh_jw_z(&w, kind);
    bh_jw_key(&w, "name"); bh_jw_z(&w, name);
    bh_jw_key(&w, "folder"); bh_jw_z(&w, dir);
    bh_jw_obj_end(&w);
    cli_printf("%.*s\n", (int)c->out.len, c->out.ptr);
    return status;
  }
  cli_printf("A new %s in %s.\n\n", kind, dir);
  cli_printf("Next:  cd %s\n       cmake -B build && cmake --build build\n       billhook plugin check build/%s.so\n", dir, name);
  return status;
}

const cli_command cli_cmd_plugin_new = {
  .name = "plugin new", .usage = "connector|model|sink|gateway NAME [DIR]", .summary = "start a plugin",
  .text = "Writes a folder with a plugin that builds against the installed SDK, passes its check and does something: a connector that reads a small REST API with "
          "pages, with a recorded session, or a model with parameters and cases, or a sink or a gateway over a small REST API, with a session that plays the other "
          "side. DIR is NAME where it is not given, and must be empty or not there yet.",
  .examples = "billhook plugin new connector acme\ta connector in the folder acme\nbillhook plugin new model seats models/seats\ta billing model\nbillhook plugin new sink ledger\tinvoices out\nbillhook plugin new gateway cards\tmoney in\n",
  .args_min = 2, .args_max = 3, .run = run,
};
