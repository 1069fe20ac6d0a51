/* The handle's side of a command: opening, what the API prints, errors, signals. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

volatile int cli_stop;
static volatile sig_atomic_t stop_signal;

/* The first asks for an end after the client in hand; the second ends at once (the handler is gone by then). */
static void on_signal(int signo) {
  stop_signal = signo;
  cli_stop = 1;
}

void cli_signals(cli *c) {
  struct sigaction stop = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)}, none = {.sa_handler = SIG_IGN};
  sigemptyset(&stop.sa_mask);
  sigemptyset(&none.sa_mask);
  sigaction(SIGINT, &stop, NULL);
  sigaction(SIGTERM, &stop, NULL);
  sigaction(SIGPIPE, &none, NULL); /* `billhook export | head` */
  c->stop_signal = &stop_signal;
}

billhook_options cli_options(cli *c) {
  billhook_options o = {.struct_size = sizeof o, .workspace = cli_text(c, "workspace"), .plugin_dir = cli_text(c, "plugin-dir"),
    .who = cli_text(c, "by"), .wait_s = cli_number(c, "wait", 0), .date = cli_text_global(c, "date"), .stop = &cli_stop, .log = cli_log, .ctx = c, .alone = 1};
  if (isatty(STDERR_FILENO) && !c->log_json) o.progress = cli_progress;
  return o;
}

int cli_open(cli *c) {
  billhook_options o = cli_options(c);
  int status = billhook_open(&c->b, &o);
  return status == BILLHOOK_DONE ? 0 : cli_fail(c, status, "%s", billhook_error(c->b));
}

static void write_out(void *ctx, const char *bytes, size_t n) {
  cli *c = ctx;
  if (c->out_errno == 0 && fwrite(bytes, 1, n, stdout) != n) c->out_errno = errno ? errno : EIO;
}

static void keep(void *ctx, const char *bytes, size_t n) {
  cli *c = ctx;
  bh_buf_put(&c->out, bytes, n);
}

billhook_out cli_out_plain(cli *c) { return (billhook_out){write_out, c}; }
billhook_out cli_out(cli *c) { return (billhook_out){c->json ? write_out : keep, c}; }

static int stopped_status(const cli *c, int status) {
  if (status != BILLHOOK_INTERRUPTED) return status;
  return 128 + (*c->stop_signal ? *c->stop_signal : SIGINT);
}

/* The reason of a failure. Status 5 comes with a document, which says more. */
static int told(cli *c, int status) {
  cli_progress_end(c);
  const char *why = billhook_error(c->b);
  if (status == BILLHOOK_DONE || (status == BILLHOOK_SOME && why[0] == 0)) return status; /* 1 with a reason: a refusal */
  if (status == BILLHOOK_WORKSPACE && strcmp(c->command->name, "check") != 0 && cli_mistakes(c)) return status;
  int shown = stopped_status(c, status);
  if (why[0] == 0 && status == BILLHOOK_INTERRUPTED) why = "stopped; what was finished stays";
  return why[0] ? cli_fail(c, shown, "%s", why) : shown;
}

static bool next_line(bh_str *out, const char **at, const char *end) {
  if (*at >= end) return false;
  const char *nl = memchr(*at, '\n', (size_t)(end - *at));
  *out = (bh_str){*at, (size_t)((nl ? nl : end) - *at)};
  *at = nl ? nl + 1 : end;
  return true;
}

static bh_node *parse(cli *c, bh_str text) {
  bh_node *n;
  bh_error err;
  if (bh_json_parse(&n, &c->arena, text, NULL, &err) == BH_OK) return n;
  cli_fail(c, BILLHOOK_BUG, "the answer cannot be read: %s", err.message);
  return NULL;
}

/* errno says why only at once. */
static void flush(cli *c) {
  if (fflush(stdout) != 0 && c->out_errno == 0) c->out_errno = errno ? errno : EIO;
}

int cli_end(cli *c, int status, cli_render render) {
  const char *at = c->out.len ? c->out.ptr : "", *end = at + c->out.len; /* no offset from a null buffer */
  bh_str line;
  cli_progress_end(c);
  if (c->json || render == NULL) return told(c, status);
  if (c->out.failed) return cli_fail(c, BILLHOOK_BUG, "the answer is too large to show; --json prints it");
  while (next_line(&line, &at, end)) {
    bh_node *doc = line.len ? parse(c, line) : NULL;
    if (doc != NULL) render(c, doc);
  }
  flush(c);
  return told(c, status);
}

int cli_end_lines(cli *c, int status, cli_render_lines render) {
  const char *at = c->out.len ? c->out.ptr : "", *end = at + c->out.len; /* no offset from a null buffer */
  size_t n = 0, cap = 0;
  bh_str line;
  cli_progress_end(c);
  if (c->json || render == NULL) return told(c, status);
  if (c->out.failed) return cli_fail(c, BILLHOOK_BUG, "the list is too large to show; --json prints it");
  for (size_t i = 0; i < c->out.len; i++) cap += c->out.ptr[i] == '\n';
  bh_node **docs = BH_NEWN(&c->arena, bh_node *, cap + 1);
  while (next_line(&line, &at, end) && n <= cap)
    if (line.len && (docs[n] = parse(c, line)) != NULL) n++;
  if (n > 0 || status < BILLHOOK_USAGE) render(c, docs, n);
  flush(c);
  return told(c, status);
}
