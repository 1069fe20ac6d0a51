/* The table of commands, in the order of a billing day. */
#include "cli/commands.h"

const cli_command *const cli_commands[] = {
  &cli_cmd_init,
  &cli_cmd_test, &cli_cmd_what_if, /* before anything is billed */
  &cli_cmd_check, &cli_cmd_pull, &cli_cmd_map, &cli_cmd_run, &cli_cmd_review, &cli_cmd_approve, &cli_cmd_invoices, &cli_cmd_show,
  &cli_cmd_explain, &cli_cmd_export, &cli_cmd_charge, &cli_cmd_reopen, &cli_cmd_hold, &cli_cmd_release, &cli_cmd_credit, &cli_cmd_void,
  &cli_cmd_payment_add, &cli_cmd_payment_refund, &cli_cmd_writeoff, &cli_cmd_report_aging, &cli_cmd_report_revenue,
  &cli_cmd_report_leakage, &cli_cmd_report_reconcile,
  &cli_cmd_verify, &cli_cmd_store_migrate, &cli_cmd_store_backup, &cli_cmd_plugin_list, &cli_cmd_plugin_info,
  &cli_cmd_plugin_trust, &cli_cmd_plugin_check, &cli_cmd_plugin_manifest, &cli_cmd_plugin_new, &cli_cmd_plugin_record, &cli_cmd_plugin_call,
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

const cli_command *cli_command_find(const char *name) {
  for (size_t i = 0; i < cli_command_count; i++)
    if (strcmp(cli_commands[i]->name, name) == 0) return cli_commands[i];
  return NULL;
}
