/* Standard error: errors, logs, progress. */
#include "base/date.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

static const char *const levels[] = {"error", "warning", "info", "debug"};

static void json_line(int level, const char *message) {
  bh_buf b;
  bh_jw w;
  bh_str text = bh_str_c(message);
  text.len = bh_utf8_span(text);
  bh_buf_init(&b, 1 << 20);
  bh_jw_init(&w, &b);
  bh_jw_obj(&w);
  bh_jw_key(&w, "level"); bh_jw_z(&w, levels[level]);
  bh_jw_key(&w, "message"); bh_jw_str(&w, text);
  bh_jw_obj_end(&w);
  bh_buf_putc(&b, '\n');
  fwrite(b.ptr, 1, b.len, stderr);
  bh_buf_dispose(&b);
}

/* A line for journald begins with its priority where standard error is the journal. */
static void text_line(int level, const char *message) {
  static const char *const priority[] = {"<3>", "<4>", "<6>", "<7>"};
  const char *journal = getenv("JOURNAL_STREAM");
  fprintf(stderr, "%sbillhook: %s%s\n", journal ? priority[level] : "", level == 1 ? "warning: " : "", message);
}

static void line(const cli *c, int level, const char *message) {
  if (level < 0 || level > 3) level = 3;
  if (c->log_json) json_line(level, message);
  else text_line(level, message);
}

void cli_line(const cli *c, const char *message) {
  if (c->log_json) json_line(0, message);
  else fprintf(stderr, "%s%s\n", getenv("JOURNAL_STREAM") ? "<3>" : "", message);
}

void cli_log(void *ctx, int level, const char *message) {
  cli *c = ctx;
  if (level > c->log_level) return;
  cli_progress_end(c);
  line(c, level, message);
}

int cli_fail(const cli *c, int status, const char *fmt, ...) {
  char message[4096];
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  fflush(stdout);
  line(c, 0, message);
  return status;
}

void cli_progress(void *ctx, const char *what, int64_t done, int64_t of) {
  cli *c = ctx;
  enum { EVERY_MS = 100, FIRST_MS = 400 }; /* short work shows nothing */
  int64_t now = bh_monotonic_ms();
  if (c->progress_ms == 0) c->progress_ms = now + FIRST_MS - EVERY_MS;
  if (now - c->progress_ms < EVERY_MS) return;
  c->progress_ms = now;
  c->progress_shown = true;
  if (of > 0) fprintf(stderr, "\r\033[K%s %lld of %lld (%lld %%)", what, (long long)done, (long long)of, (long long)(done * 100 / of));
  else fprintf(stderr, "\r\033[K%s %lld", what, (long long)done);
}

void cli_progress_end(cli *c) {
  if (!c->progress_shown) return;
  fputs("\r\033[K", stderr);
  c->progress_shown = false;
}
