#include "cli/commands.h"

#include <errno.h>
#include <unistd.h>

enum { LEFT_BYTES_MAX = 1 << 20 };

typedef struct file_out { FILE *f; int why; } file_out;

static void write_file(void *ctx, const char *bytes, size_t n) {
  file_out *o = ctx;
  if (o->why == 0 && fwrite(bytes, 1, n, o->f) != n) o->why = errno ? errno : EIO;
}

/* A file is there whole or not at all. */
static int to_file(cli *c, const billhook_plugin_record_options *o, const char *path) {
  const char *part = bh_arena_fmt(&c->arena, "%s.part", path).ptr;
  file_out to = {.f = fopen(part, "we")};
  if (to.f == NULL) return cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(errno));
  billhook_out out = {write_file, &to};
  int status = billhook_plugin_record(c->b, o, &out);
  if (fclose(to.f) != 0 && to.why == 0) to.why = errno;
  if (to.why == 0 && status == BILLHOOK_DONE && rename(part, path) != 0) to.why = errno;
  if (to.why != 0 || status != BILLHOOK_DONE) unlink(part);
  if (status != BILLHOOK_DONE) return cli_end(c, status, NULL);
  return to.why == 0 ? status : cli_fail(c, BILLHOOK_STORE, "cannot write %s: %s", path, strerror(to.why));
}

static void keep_left(void *ctx, const char *bytes, size_t n) { bh_buf_put(ctx, bytes, n); }

/* On the error output: the document may be on the other one. */
static void say_left(bh_str lines) {
  if (lines.len == 0) return;
  fputs("Texts of these members were left as they were (--scrub MEMBER replaces them):", stderr);
  for (size_t i = 0, from = 0; i < lines.len; i++)
    if (lines.ptr[i] == '\n') {
      fprintf(stderr, "%s %.*s", from ? "," : "", (int)(i - from), lines.ptr + from);
      from = i + 1;
    }
  fputc('\n', stderr);
}

static int print(cli *c, const billhook_plugin_record_options *o) {
  billhook_out out = cli_out_plain(c);
  return cli_end(c, billhook_plugin_record(c->b, o, &out), NULL);
}

static int run(cli *c) {
  const char *path = cli_text(c, "out");
  bh_buf kept;
  bh_buf_init(&kept, LEFT_BYTES_MAX);
  const billhook_out left = {keep_left, &kept};
  billhook_plugin_record_options o = {.struct_size = sizeof o, .connector = cli_arg(c, 0), .since = cli_text(c, "since"), .left = &left};
  size_t n = 0;
  o.scrub = cli_list(c, "scrub", &n);
  o.scrub_count = n;
  int status = cli_open(c);
  if (status != 0) return status;
  if (path != NULL) {
    status = to_file(c, &o, path);
    if (status == BILLHOOK_DONE && !c->json) cli_printf("%s: read it before you give it away; then `billhook plugin check NAME.so --replay %s`\n", path, path);
  } else {
    status = print(c, &o);
  }
  if (status == BILLHOOK_DONE) say_left(bh_buf_str(&kept));
  bh_buf_dispose(&kept);
  return status;
}

static const cli_option options[] = {
  {"out", 0, CLI_TEXT, "FILE", "the file to write: NAME.replay.json beside NAME.so is where the check looks for it"},
  {"since", 0, CLI_TEXT, "D", "ask for nothing dated before D, as a later pull does, so that the check goes that way"},
  {"scrub", 0, CLI_REPEAT, "MEMBER", "a member of the answers that holds names, besides those that are known by theirs and those that the connector emits"},
};
const cli_command cli_cmd_plugin_record = {
  .name = "plugin record", .usage = "CONNECTOR [--out FILE] [--since D] [--scrub MEMBER …]", .summary = "a connector's session with its platform, as a file for the check",
  .text = "Runs a connector of the workspace against its platform (probe, clients and pull; nothing is stored) and writes down each request and answer. Secrets, tokens, "
          "names of people, companies and machines, mail addresses, host names and numbers are replaced, the same text by the same text everywhere; request headers are not "
          "kept at all. Replaced is what stands in members that are called like names, addresses or secrets, and what the connector emits as a name, a domain, a description or "
          "an attribute, whatever its member is called. The members whose texts were left as they were are printed: --scrub replaces one of them. Look through the file before "
          "it leaves your hands.",
  .examples = "billhook plugin record rmm --out acme.replay.json\tthe session of the connector \"rmm\"\n"
              "billhook plugin record rmm --out acme.replay.json --scrub lastSeenBy\twith one member more replaced\n",
  .options = options, .option_count = sizeof options / sizeof options[0], .args_min = 1, .args_max = 1, .run = run,
};
