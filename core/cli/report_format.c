/* --format table|json|csv of the reports; --csv and --json are short for two of them. */
#include "cli/commands.h"

int cli_report_format(cli *c, bool *csv) {
  const char *format = cli_text(c, "format");
  bool json = format != NULL && strcmp(format, "json") == 0, table = format != NULL && strcmp(format, "table") == 0;
  *csv = cli_flag(c, "csv") || (format != NULL && strcmp(format, "csv") == 0);
  if (format != NULL && !json && !table && strcmp(format, "csv") != 0) return cli_fail(c, BILLHOOK_USAGE, "--format %s: expected table, json or csv", format);
  if (*csv + (json || c->json) + table > 1) return cli_fail(c, BILLHOOK_USAGE, "more than one format: expected one of --json, --csv and --format");
  c->json = c->json || json;
  return 0;
}
