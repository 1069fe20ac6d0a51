#include "cli/commands.h"

#include <errno.h>
#include <unistd.h>

typedef struct file_out { FILE *f; int why; } file_out;

static void write_file(void *ctx, const char *bytes, size_t n) {
  file_out *o = ctx;
  if (o->why == 0 && fwrite(bytes, 1, n, o->f) != n) o->why = errno ? errno : EIO;
}

/* A file is there whole or not at all. */
static int to_file(cli *c, const char *connector, const char *path) {
  const char *part = bh_arena_fmt(&c->arena, "%s.part", path).ptr;
  file_out to = {.f = fopen(part, "we")};
  if (to.f == NULL) return cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(errno));
  billhook_out out = {write_file, &to};
  int status = billhook_plugin_record(c->b, connector, &out);
  if (fclose(to.f) != 0 && to.why == 0) to.why = errno;
  if (to.why == 0 && status == BILLHOOK_DONE && rename(part, path) != 0) to.why = errno;
  if (to.why != 0 || status != BILLHOOK_DONE) unlink(part);
  if (status != BILLHOOK_DONE) return cli_end(c, status, NULL);
  return to.why == 0 ? status : cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(to.why));
}

static int run(cli *c) {
  const char *path = cli_text(c, "out");
  int status = cli_open(c);
  if (status != 0) return status;
  if (path != NULL) {
    status = to_file(c, cli_arg(c, 0), path);
    if (status == BILLHOOK_DONE && !c->json) cli_printf("%s: read it before you give it away; then `billhook plugin check NAME.so --replay %s`\n", path, path);
    return status;
  }
  billhook_out out = cli_out_plain(c);
  return cli_end(c, billhook_plugin_record(c->b, cli_arg(c, 0), &out), NULL);
}

static const cli_option options[] = {{"out", 0, CLI_TEXT, "FILE", "the file to write: NAME.replay.json beside NAME.so is where the check looks for it"}};
const cli_command cli_cmd_plugin_record = {
  .name = "plugin record", .usage = "CONNECTOR [--out FILE]", .summary = "a connector's session with its platform, as a file for the check",
  .text = "Runs a connector of the workspace against its platform (probe, clients and pull; nothing is stored) and writes down each request and answer. Secrets, tokens, "
          "names of people, companies and machines, mail addresses, host names and numbers are replaced, the same text by the same text everywhere; request headers are not "
          "kept at all. What is replaced goes by the names of the answer's members: look through the file before it leaves your hands.",
  .examples = "billhook plugin record rmm --out acme.replay.json\tthe session of the connector \"rmm\"\n",
  .options = options, .option_count = 1, .args_min = 1, .args_max = 1, .run = run,
};
