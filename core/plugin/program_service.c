/* billhook.host.program/1: a program's output, line by line. */
#include "plugin/connector.h"
#include "plugin/program.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1024 * 1024, READ_BYTES = 65536, REASON_LEN = 300, TIMEOUT_DEFAULT_MS = 600000, TURN_MS = 200 };

typedef struct reading {
  bh_connector_run *run;
  const char *name;              /* its first word, for messages */
  bh_program program;
  bh_status (*line)(void *user, bh_str text);
  void *user;
  bh_buf rest;                   /* of the output: a line that is not whole yet */
  uint64_t lines;
  char said[REASON_LEN + 1];     /* the last line of its error output */
  size_t said_len;
  bool said_whole;               /* the next byte begins another */
  bool out_open, err_open, ended, late;
  bh_program_end_note note;
} reading;

static bh_status give(reading *x, bh_str text)
{
  x->lines++;
  if (text.len && text.ptr[text.len - 1] == '\r')
    text.len--;
  if (text.len > LINE_BYTES_MAX)
    return bh_host_fail(&x->run->host, BH_E_INVALID, "%s: line %llu of its output is longer than 1 MiB", x->name, (unsigned long long)x->lines);
  if (!bh_utf8_ok(text) || memchr(text.ptr, 0, text.len))
    return bh_host_fail(&x->run->host, BH_E_INVALID, "%s: line %llu of its output is not UTF-8 text", x->name, (unsigned long long)x->lines);
  return x->line(x->user, text);
}

static bh_status take_output(reading *x, bh_str bytes)
{
  bh_status rc = BH_OK;
  while (rc == BH_OK && bytes.len) {
    const char *end = memchr(bytes.ptr, '\n', bytes.len);
    size_t n = end ? (size_t)(end - bytes.ptr) : bytes.len;
    if (!end || x->rest.len)
      bh_buf_puts(&x->rest, (bh_str){bytes.ptr, n});
    if (x->rest.failed || x->rest.len > LINE_BYTES_MAX + 1)
      return bh_host_fail(&x->run->host, BH_E_INVALID, "%s: line %llu of its output is longer than 1 MiB", x->name,
                          (unsigned long long)x->lines + 1);
    if (!end)
      return BH_OK;
    rc = give(x, x->rest.len ? bh_buf_str(&x->rest) : (bh_str){bytes.ptr, n});
    bh_buf_clear(&x->rest);
    bytes = (bh_str){end + 1, bytes.len - n - 1};
  }
  return rc;
}

static void take_errors(reading *x, bh_str bytes)
{
  for (size_t i = 0; i < bytes.len; i++) {
    char c = bytes.ptr[i];
    if (c == '\n') {
      x->said_whole = true;
      continue;
    }
    if (x->said_whole && (unsigned char)c <= ' ')
      continue; /* an empty line is not the last one */
    if (x->said_whole)
      x->said_len = 0;
    x->said_whole = false;
    if (x->said_len < REASON_LEN)
      x->said[x->said_len++] = (unsigned char)c < ' ' || c == 127 ? ' ' : c;
  }
}

static bh_status drain(reading *x, int fd, bool *open, bool errors)
{
  char chunk[READ_BYTES];
  ssize_t n = read(fd, chunk, sizeof chunk);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return BH_OK;
  if (n <= 0) {
    *open = false;
    return BH_OK;
  }
  if (!errors)
    return take_output(x, (bh_str){chunk, (size_t)n});
  take_errors(x, (bh_str){chunk, (size_t)n});
  return BH_OK;
}

/* Its keeper has told how it ended, or has ended itself without a word. */
static void take_note(reading *x)
{
  ssize_t n = recv(x->program.control, &x->note, sizeof x->note, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n != (ssize_t)sizeof x->note)
    x->note = (bh_program_end_note){.error = ECHILD};
  x->ended = true;
}

/* Once it has ended, what is in the pipes is read, and nobody who still holds them is waited for. */
static bh_status rest(reading *x)
{
  struct pollfd p[2] = {{.fd = x->program.out, .events = POLLIN}, {.fd = x->program.err, .events = POLLIN}};
  bh_status rc = BH_OK;
  while (rc == BH_OK && (x->out_open || x->err_open)) {
    p[0].fd = x->out_open ? x->program.out : -1;
    p[1].fd = x->err_open ? x->program.err : -1;
    if (poll(p, 2, 0) <= 0)
      break;
    if (p[0].revents)
      rc = drain(x, x->program.out, &x->out_open, false);
    if (rc == BH_OK && p[1].revents)
      rc = drain(x, x->program.err, &x->err_open, true);
  }
  return rc;
}

static bh_status read_all(reading *x, int64_t until)
{
  bh_status rc = BH_OK;
  while (rc == BH_OK && !x->ended) {
    int64_t left = until - bh_monotonic_ms();
    if (x->run->host.cancelled && x->run->host.cancelled(&x->run->host))
      return bh_host_fail(&x->run->host, BH_E_CANCELLED, "cancelled");
    if (left <= 0) {
      x->late = true;
      return BH_OK;
    }
    struct pollfd p[3] = {{.fd = x->out_open ? x->program.out : -1, .events = POLLIN}, {.fd = x->err_open ? x->program.err : -1, .events = POLLIN},
      {.fd = x->program.control, .events = POLLIN}};
    if (poll(p, 3, (int)(left < TURN_MS ? left : TURN_MS)) <= 0)
      continue;
    if (p[0].revents)
      rc = drain(x, x->program.out, &x->out_open, false);
    if (rc == BH_OK && p[1].revents)
      rc = drain(x, x->program.err, &x->err_open, true);
    if (rc == BH_OK && p[2].revents)
      take_note(x);
  }
  return rc ? rc : rest(x);
}

static bh_status how_it_ended(reading *x, uint32_t timeout_ms)
{
  bh_host_ctx *h = &x->run->host;
  int status = x->note.wait_status;
  x->said[x->said_len] = 0;
  x->said[bh_utf8_span(bh_str_c(x->said))] = 0;
  const char *colon = x->said[0] ? ": " : "";
  if (x->late)
    return bh_host_fail(h, BH_E_TRANSIENT, "%s was not done after %u s%s%s", x->name, timeout_ms / 1000, colon, x->said);
  if (x->note.error == ECHILD)
    return bh_host_fail(h, BH_E_TRANSIENT, "%s was ended from outside", x->name);
  if (x->note.error)
    return bh_host_fail(h, BH_E_INVALID, "cannot start %s: %s", x->name, strerror(x->note.error));
  if (WIFSIGNALED(status))
    return bh_host_fail(h, BH_E_PERMANENT, "%s was ended by signal %d%s%s", x->name, WTERMSIG(status), colon, x->said);
  if (WEXITSTATUS(status))
    return bh_host_fail(h, BH_E_PERMANENT, "%s ended with status %d%s%s", x->name, WEXITSTATUS(status), colon, x->said);
  return x->rest.len ? give(x, bh_buf_str(&x->rest)) : BH_OK;
}

/* The option's words, split at spaces, in scratch memory. */
static bh_status split(bh_connector_run *r, const char *key, char *words[BH_PROGRAM_WORDS_MAX + 1])
{
  bh_str text;
  size_t n = 0;
  bh_status rc = r->host.table.text(&r->host, &r->host.options, key, &text);
  if (rc)
    return rc;
  for (size_t i = 0, from; i < text.len;) {
    for (; i < text.len && text.ptr[i] == ' '; i++)
      ;
    for (from = i; i < text.len && text.ptr[i] != ' '; i++)
      ;
    if (i > from && n < BH_PROGRAM_WORDS_MAX)
      words[n++] = bh_arena_z(&r->host.scratch, (bh_str){text.ptr + from, i - from});
    else if (i > from)
      return bh_host_fail(&r->host, BH_E_INVALID, "option \"%s\": more than %d words", key, BH_PROGRAM_WORDS_MAX);
  }
  words[n] = NULL;
  return n ? BH_OK : bh_host_fail(&r->host, BH_E_INVALID, "option \"%s\": names no program", key);
}

static bh_status program_lines(void *ctx, const char *key, uint32_t timeout_ms, bh_status (*line)(void *user, bh_str text), void *user)
{
  char *words[BH_PROGRAM_WORDS_MAX + 1];
  reading x = {.run = bh_run_of(ctx), .line = line, .user = user, .out_open = true, .err_open = true};
  bh_host_ctx *h = &x.run->host;
  bh_status rc = split(x.run, key, words);
  if (rc)
    return rc;
  if (timeout_ms == 0)
    timeout_ms = TIMEOUT_DEFAULT_MS;
  x.name = words[0];
  if (!bh_program_start(&x.program, bh_arena_z(&h->scratch, x.run->init.workspace_dir), words))
    return bh_host_fail(h, BH_E_TRANSIENT, "cannot start %s: %s", x.name, strerror(errno));
  bh_buf_init(&x.rest, LINE_BYTES_MAX + READ_BYTES);
  rc = read_all(&x, bh_monotonic_ms() + timeout_ms);
  if (rc == BH_OK)
    rc = how_it_ended(&x, timeout_ms);
  bh_program_stop(&x.program);
  bh_buf_dispose(&x.rest);
  return rc;
}

const bh_program_service *bh_program_service_get(void)
{
  static const bh_program_service service = {.struct_size = sizeof service, .lines = program_lines};
  return &service;
}
