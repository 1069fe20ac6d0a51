/* The check role of the worker: INIT names a test, DONE or ERROR says how it went. */
#include "plugin/check/inside.h"
#include "plugin/worker.h"
#include <sys/prctl.h>

enum { INIT_BYTES_MAX = 48 * 1024 * 1024, WARNING_BYTES_MAX = 64 * 1024 };

bh_status bh_check_skip(bh_check *k, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(k->words, sizeof k->words, fmt, args);
  va_end(args);
  k->skipped = true;
  return BH_OK;
}

bh_status bh_check_say(bh_check *k, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(k->words, sizeof k->words, fmt, args);
  va_end(args);
  return BH_OK;
}

void bh_check_doing(bh_check *k, const char *fmt, ...)
{
  char text[300];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  (void)bh_frame_write(k->fd, BH_FRAME_PHASE, bh_str_c(text), NULL);
}

void bh_check_warn(bh_check *k, const char *fmt, ...)
{
  char text[600];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (k->warnings.len)
    bh_buf_putc(&k->warnings, '\n');
  bh_buf_puts(&k->warnings, (bh_str){text, bh_utf8_span(bh_str_c(text))});
}

/* SplitMix64. */
uint64_t bh_check_random(bh_check *k, uint64_t below)
{
  uint64_t z = k->random += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return below ? (z ^ z >> 31) % below : 0;
}

static bh_status session(bh_check *k) { return k->outward ? bh_check_delivers(k) : bh_check_good_session(k); }
static bh_status spoilt(bh_check *k) { return k->outward ? bh_check_failures(k) : bh_check_mutated(k); }
static bh_status faults(bh_check *k) { return k->outward ? bh_check_outward_faults(k) : bh_check_host_failures(k); }

typedef struct entry { const char *name; bh_status (*run)(bh_check *k); } entry;
static const entry entries[] = {
  {"manifest", bh_check_manifest}, {"options", bh_check_options}, {"required", bh_check_required},
  {"lifecycle", bh_check_lifecycle}, {"host-failures", faults}, {"cancel", bh_check_cancel}, {"session", session},
  {"twice", bh_check_twice}, {"growth", bh_check_growth}, {"chunks", bh_check_mutated}, {"truncated", spoilt}, {"empty", spoilt},
  {"hollow", spoilt}, {"html", spoilt}, {"status-401", spoilt}, {"status-403", spoilt}, {"status-404", spoilt},
  {"status-429", spoilt}, {"status-500", spoilt}, {"status-503", spoilt}, {"no-connection", spoilt}, {"lost", bh_check_failures},
  {"pages", bh_check_mutated}, {"cursors", bh_check_mutated}, {"utf8", bh_check_mutated}, {"nesting", bh_check_mutated},
  {"long-ids", bh_check_long_ids}, {"files", bh_check_files}, {"cases", bh_check_cases_test}, {"same", bh_check_same}, {"order", bh_check_order},
  {"parts", bh_check_parts}, {"pure", bh_check_pure}, {"once", bh_check_once}, {"events", bh_check_events}, {"interface", bh_check_interface},
  {"rate", bh_check_rate_one},
};

static bh_status run(bh_check *k)
{
  if (bh_str_eqz(k->init.test, "symbols"))
    return bh_check_symbols(k);
  if (bh_str_eqz(k->init.test, "process"))
    return bh_check_process(k);
  if (bh_str_eqz(k->init.test, "describe"))
    return bh_check_describe(k);
  bh_status rc = bh_check_prepare(k);
  if (rc || k->skipped)
    return rc;
  bool sends = bh_str_eqz(k->manifest.kind, "sink") || bh_str_eqz(k->manifest.kind, "gateway");
  bool fits = sends ? k->outward : bh_str_eqz(k->manifest.kind, "connector") ? k->connector != NULL : !bh_str_eqz(k->manifest.kind, "model") || k->model;
  for (size_t i = 0; fits && i < sizeof entries / sizeof entries[0]; i++)
    if (bh_str_eqz(k->init.test, entries[i].name))
      return entries[i].run(k);
  return bh_fail(&k->err, BH_E_INVALID, "there is no test \"%.*s\" for it", BH_STR_ARG(k->init.test));
}

static void say(bh_check *k, bh_status rc)
{
  bh_buf b;
  bh_buf_init(&b, (size_t)48 << 20);
  if (rc) {
    bh_put_i64(&b, k->err.code);
    bh_put_str(&b, bh_str_c(k->err.message));
  } else {
    bh_put_u8(&b, k->skipped);
    bh_put_str(&b, k->result.len ? k->result : bh_str_c(k->words));
    bh_put_str(&b, bh_buf_str(&k->warnings));
  }
  (void)bh_frame_write(k->fd, rc ? BH_FRAME_ERROR : BH_FRAME_DONE, bh_buf_str(&b), NULL);
  bh_buf_dispose(&b);
}

int bh_check_worker_main(int fd)
{
  bh_check k = {.fd = fd};
  uint16_t type = 0;
  bh_buf frame;
  bh_buf_init(&frame, INIT_BYTES_MAX);
  bh_arena_init(&k.arena);
  bh_buf_init(&k.warnings, WARNING_BYTES_MAX);
  (void)prctl(PR_SET_DUMPABLE, 1); /* the tests look at /proc/self, which is another user's otherwise */
  bh_status rc = bh_frame_write(fd, BH_FRAME_HELLO, (bh_str){"", 0}, &k.err);
  if (rc == BH_OK)
    rc = bh_frame_read(fd, &type, &frame, &k.err);
  if (rc == BH_OK && (type != BH_FRAME_INIT || !bh_check_init_get(&k.init, &k.arena, bh_buf_str(&frame))))
    rc = bh_fail(&k.err, BH_E_WORKER, "the host's INIT frame is damaged");
  if (rc == BH_OK) {
    k.init.path = bh_arena_str(&k.arena, k.init.path); /* with a NUL */
    k.random = (uint64_t)k.init.seed;
    rc = run(&k);
  }
  if (rc != BH_E_NOTFOUND)
    say(&k, rc);
  if (frame.ptr)
    explicit_bzero(frame.ptr, frame.cap);
  bh_buf_dispose(&frame);
  bh_buf_dispose(&k.warnings);
  bh_arena_dispose(&k.arena);
  return 0;
}
