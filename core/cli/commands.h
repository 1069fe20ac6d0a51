/* One file a command: cmd_NAME.c. */
#ifndef BH_CLI_COMMANDS_H
#define BH_CLI_COMMANDS_H
#include "cli/cli.h"
extern const cli_command cli_cmd_init, cli_cmd_check, cli_cmd_pull, cli_cmd_run, cli_cmd_review, cli_cmd_approve, cli_cmd_invoices, cli_cmd_show,
  cli_cmd_explain, cli_cmd_export, cli_cmd_reopen, cli_cmd_charge, cli_cmd_hold, cli_cmd_release, cli_cmd_credit, cli_cmd_void, cli_cmd_verify, cli_cmd_store_migrate, cli_cmd_store_backup, cli_cmd_plugin_list, cli_cmd_plugin_info, cli_cmd_plugin_trust;
extern const cli_command cli_cmd_plugin_check, cli_cmd_plugin_manifest, cli_cmd_plugin_new, cli_cmd_plugin_record, cli_cmd_plugin_call;
extern const cli_command cli_cmd_test, cli_cmd_what_if;
extern const cli_command cli_cmd_payment_add, cli_cmd_payment_refund, cli_cmd_writeoff, cli_cmd_report_aging, cli_cmd_report_revenue;
extern const cli_command cli_cmd_report_leakage, cli_cmd_report_reconcile;
extern const cli_command cli_cmd_map;

void cli_show_document(cli *c, const bh_node *doc); /* show_document.c: an invoice in text */
void cli_show_entry(cli *c, const bh_node *doc);    /* cmd_payment.c: the answer of payment and writeoff */
void cli_connectors(cli *c, const bh_node *doc);    /* connectors.c: the "connectors" of run and pull */
int cli_report_format(cli *c, bool *csv);           /* report_format.c: 0, or the exit status after the reason was printed */
#endif
