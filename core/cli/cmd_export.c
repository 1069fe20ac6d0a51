#include "cli/commands.h"

#include <errno.h>
#include <unistd.h>

typedef struct file_out { FILE *f; int why; } file_out;

static void write_file(void *ctx, const char *bytes, size_t n) {
  file_out *o = ctx;
  if (o->why == 0 && fwrite(bytes, 1, n, o->f) != n) o->why = errno ? errno : EIO;
}

/* A file is there whole or not at all. */
static int to_file(cli *c, const billhook_export_options *o, const char *path) {
  const char *part = bh_arena_fmt(&c->arena, "%s.part", path).ptr;
  file_out to = {.f = fopen(part, "we")};
  if (to.f == NULL) return cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(errno));
  billhook_out out = {write_file, &to};
  int status = billhook_export(c->b, o, &out);
  if (fclose(to.f) != 0 && to.why == 0) to.why = errno;
  if (to.why == 0 && status <= BILLHOOK_SOME && rename(part, path) != 0) to.why = errno;
  if (to.why == 0 && status <= BILLHOOK_SOME) return cli_end(c, status, NULL);
  unlink(part);
  return status > BILLHOOK_SOME ? cli_end(c, status, NULL) : cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(to.why));
}

static int run(cli *c) {
  billhook_export_options o = {.struct_size = sizeof o, .format = cli_text(c, "format"), .invoices = c->args, .invoice_count = c->arg_count,
    .canonical = cli_flag(c, "canonical"), .evidence = cli_flag(c, "evidence")};
  const char *path = cli_text(c, "output");
  bool pages = o.format != NULL && strcmp(o.format, "html") == 0;
  int status = cli_open(c);
  if (status != 0) return status;
  if (path != NULL && !pages) return to_file(c, &o, path);
  o.folder = path;
  billhook_out out = cli_out_plain(c); /* the export is its output */
  status = billhook_export(c->b, &o, &out);
  return cli_end(c, status, NULL);
}

static const cli_option options[] = {
  {"format", 'f', CLI_TEXT, "F", "json (one invoice a line), csv (one row a line of an invoice), html, or hledger (the journal)"},
  {"output", 'o', CLI_TEXT, "PATH", "a file; with html a folder: a page an invoice, and index.html"},
  {"canonical", 0, CLI_FLAG, NULL, "the frozen bytes of what is approved, one document a line, in the order of the chain"},
  {"evidence", 0, CLI_FLAG, NULL, "the evidence documents, one a line"},
};
const cli_command cli_cmd_export = {
  .name = "export", .usage = "[INV …] --format json|csv|html|hledger", .summary = "invoices to files or standard output",
  .text = "Without ids all documents of every state. The journal for hledger has every approval, void and payment, and what was earned by today (or --date), month by "
          "month; it takes no ids.",
  .examples = "billhook export --format json\tall, one a line\nbillhook export --format html -o out\tpages to print or send\n"
              "billhook export acme-12 --format csv -o acme.csv\tone invoice's lines\n"
              "billhook export --format hledger -o billing.journal\tfor hledger -f billing.journal balancesheet\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_max = -1, .run = run,
};
