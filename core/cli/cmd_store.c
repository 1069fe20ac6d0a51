#include "cli/commands.h"

static void render_migrate(cli *c, const bh_node *doc) {
  cli_put(cli_member(doc, "store"));
  cli_printf(" has schema ");
  cli_put(cli_scalar(&c->arena, bh_node_get(doc, "schema")));
  cli_printf(": nothing is left to do.\n");
}

static int run_migrate(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_store_migrate(c->b, &out);
  return cli_end(c, status, render_migrate);
}

const cli_command cli_cmd_store_migrate = {
  .name = "store migrate", .usage = "", .summary = "bring an older store forward",
  .text = "Brings a store that an older Billhook wrote forward to this one's schema, after a backup beside it (billhook.db.schema-N.bak).\n"
          "Every command that writes does the same by itself; commands that only read ask for it.",
  .examples = "billhook store migrate\tafter an upgrade\n",
  .args_max = 0, .run = run_migrate,
};

static void render_backup(cli *c, const bh_node *doc) {
  cli_put(cli_member(doc, "backup"));
  cli_printf(" is a whole copy of the store.\n");
}

static int run_backup(cli *c) {
  int status = cli_open(c);
  if (status != 0) return status;
  billhook_out out = cli_out(c);
  status = billhook_store_backup(c->b, cli_arg(c, 0), &out);
  return cli_end(c, status, render_backup);
}

const cli_command cli_cmd_store_backup = {
  .name = "store backup", .usage = "FILE", .summary = "copy the store while it is in use",
  .text = "Writes a complete copy of the store to FILE (mode 0600), also while a run is under way: the copy is the store between two\n"
          "transactions. A file of that name is not overwritten; what was begun and not finished does not stay.",
  .examples = "billhook store backup /var/backups/billhook-$(date +%F).db\tevery night, from cron\n",
  .args_min = 1, .args_max = 1, .run = run_backup,
};
