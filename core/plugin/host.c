/* The host table: logging, reasons, scratch memory, the calendar. */
#include "plugin/host.h"

enum { SCRATCH_BYTES_MAX = 64 * 1024 * 1024, SECRET_LEN_MIN = 4, LOG_LEN_MAX = 4096,
  QUARTER_S = 900, QUARTERS_FROM_S = 94694400 /* 1973: until 1972 some zone was off by other than quarters of an hour */ };

const char *bh_status_word(bh_status rc)
{
  static const char *const words[] = {"ok", "invalid", "not authorized", "a passing trouble", "refused", "cancelled", "out of memory", "outcome unknown"};
  return rc >= 0 && rc < (bh_status)(sizeof words / sizeof words[0]) ? words[rc] : "an unknown status";
}

static void redact_text(bh_str secret, char *message)
{
  if (secret.len < SECRET_LEN_MIN)
    return;
  size_t len = strlen(message);
  for (char *at; (at = memmem(message, len, secret.ptr, secret.len)) != NULL;) {
    size_t tail = len - (size_t)(at - message) - secret.len;
    memcpy(at, "***", 3); /* a secret has at least four bytes: the text only shrinks */
    memmove(at + 3, at + secret.len, tail + 1);
    len -= secret.len - 3;
  }
}

void bh_host_redact(const bh_values *options, char *message)
{
  for (size_t i = 0; i < options->count; i++)
    if (options->items[i].set && options->items[i].secret)
      redact_text(options->items[i].text, message);
}

static void record(bh_host_ctx *c, bh_status why, const char *fmt, va_list args)
{
  vsnprintf(c->reason, sizeof c->reason, fmt, args);
  c->reason[bh_utf8_span(bh_str_c(c->reason))] = 0;
  bh_host_redact(&c->options, c->reason);
  c->why = why;
}

bh_status bh_host_fail(bh_host_ctx *c, bh_status why, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  record(c, why, fmt, args);
  va_end(args);
  return why;
}

static bh_status host_fail(void *ctx, bh_status why, const char *fmt, ...)
{
  bh_host_ctx *c = ctx;
  va_list args;
  va_start(args, fmt);
  if (c->in_call && fmt)
    record(c, why, fmt, args);
  va_end(args);
  return why;
}

static void host_log(void *ctx, int32_t level, bh_str text)
{
  bh_host_ctx *c = ctx;
  char line[LOG_LEN_MAX];
  if (!c->log || level < BH_LOG_ERROR || level > BH_LOG_DEBUG)
    return;
  text.len = bh_utf8_span(text.len < sizeof line ? text : (bh_str){text.ptr, sizeof line - 1});
  memcpy(line, text.ptr, text.len);
  line[text.len] = 0;
  bh_host_redact(&c->options, line);
  c->log(c, level, bh_str_c(line));
}

static int32_t host_cancelled(void *ctx)
{
  bh_host_ctx *c = ctx;
  return c->cancelled && c->cancelled(c);
}

static void *host_scratch(void *ctx, size_t bytes)
{
  bh_host_ctx *c = ctx;
  if (!c->in_call || bytes > SCRATCH_BYTES_MAX || c->scratch.used_total > SCRATCH_BYTES_MAX)
    return NULL;
  return bh_arena_alloc(&c->scratch, bytes ? bytes : 1);
}

static bh_status host_civil(void *ctx, int64_t instant_s, bh_date *out)
{
  bh_host_ctx *c = ctx;
  if (!c->zone)
    return bh_host_fail(c, BH_E_INVALID, "there is no calendar here");
  int64_t quarter = instant_s / QUARTER_S;
  bool whole = instant_s >= QUARTERS_FROM_S;
  bh_civil_kept *kept = &c->civil[whole ? quarter % BH_CIVIL_KEPT : 0];
  if (!whole || kept->zone != c->zone || kept->quarter != quarter) {
    bh_error err = {0};
    bh_day day = 0;
    if (bh_zone_day(&day, c->zone, instant_s, &err))
      return bh_host_fail(c, BH_E_INVALID, "%s", err.message);
    *out = bh_day_civil(day);
    if (whole)
      *kept = (bh_civil_kept){c->zone, quarter, *out};
    return BH_OK;
  }
  *out = kept->date;
  return BH_OK;
}

static bh_status host_parse_number(void *ctx, bh_str text, bh_dec *out)
{
  if (bh_number_parse(out, text))
    return BH_OK;
  *out = (bh_dec){0, 0, 0};
  return bh_host_fail(ctx, BH_E_INVALID, "\"%.*s\" is not a number that fits", (int)(text.len < 60 ? text.len : 60), text.ptr ? text.ptr : "");
}

static bh_status host_parse_date(void *ctx, bh_str text, bh_date *out)
{
  bh_day day;
  int64_t instant;
  bool is_instant;
  *out = (bh_date){0, 0, 0};
  if (!bh_time_parse(&day, &instant, &is_instant, text))
    return bh_host_fail(ctx, BH_E_INVALID, "\"%.*s\" is not a date", (int)(text.len < 60 ? text.len : 60), text.ptr ? text.ptr : "");
  if (is_instant)
    return host_civil(ctx, instant, out);
  *out = bh_day_civil(day);
  return BH_OK;
}

static const void *host_service(void *ctx, const char *id)
{
  bh_host_ctx *c = ctx;
  return c->service && id ? c->service(c, bh_str_c(id)) : NULL;
}

/* Makes the table's value getters (values_host.c). */
void bh_host_table_values(bh_host *table);

void bh_host_ctx_init(bh_host_ctx *c)
{
  *c = (bh_host_ctx){0};
  bh_arena_init(&c->scratch);
  c->table = (bh_host){.struct_size = sizeof c->table, .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
    .ctx = c, .options = &c->options, .log = host_log, .cancelled = host_cancelled, .fail = host_fail, .scratch = host_scratch,
    .civil = host_civil, .get_service = host_service, .parse_number = host_parse_number, .parse_date = host_parse_date};
  bh_host_table_values(&c->table);
}

void bh_host_ctx_dispose(bh_host_ctx *c)
{
  bh_arena_dispose(&c->scratch);
}

void bh_host_call_begin(bh_host_ctx *c)
{
  c->in_call = true;
  c->why = BH_OK;
  c->reason[0] = 0;
}

bh_status bh_host_call_end(bh_host_ctx *c, bh_status rc, const char *what, bh_error *err)
{
  c->in_call = false;
  if (c->after_call)
    c->after_call(c);
  bh_arena_reset(&c->scratch);
  if (rc == BH_OK)
    return BH_OK;
  if (rc < 0 || rc > BH_E_UNKNOWN)
    rc = BH_E_PERMANENT;
  if (c->reason[0])
    return bh_fail(err, rc, "%s: %s", what, c->reason);
  return bh_fail(err, rc, "%s: failed (%s) without saying why", what, bh_status_word(rc));
}
