/* The table that a plugin instance gets from us, and what stands behind it. One instance, one thread. */
#ifndef BH_HOST_H
#define BH_HOST_H
#include "base/date.h"
#include "plugin/values.h"

/* The civil date of all instants of a quarter of an hour: zones change at none between. */
enum { BH_CIVIL_KEPT = 64 };
typedef struct bh_civil_kept { const char *zone; int64_t quarter; bh_date date; } bh_civil_kept; /* zone NULL: free */

typedef struct bh_host_ctx bh_host_ctx;
struct bh_host_ctx {
  bh_host table;               /* what the plugin sees; table.ctx is this struct */
  bh_values options;
  bh_arena scratch;            /* emptied when a call has returned */
  bool in_call;
  bh_status why;               /* what fail() was told during this call, BH_OK where nothing */
  char reason[800];
  const char *zone;            /* of civil(); NULL: the plugin has no civil() to ask */
  bh_civil_kept civil[BH_CIVIL_KEPT]; /* by the quarter. Most devices were last seen in the same few hours */
  void (*log)(bh_host_ctx *c, int32_t level, bh_str text); /* may be NULL */
  bool (*cancelled)(bh_host_ctx *c);                       /* may be NULL */
  const void *(*service)(bh_host_ctx *c, bh_str id);       /* may be NULL: none */
  void (*after_call)(bh_host_ctx *c);                      /* may be NULL */
  void *owner;                 /* for the functions above */
};

void bh_host_ctx_init(bh_host_ctx *c);
void bh_host_ctx_dispose(bh_host_ctx *c);
/* Around every call into the plugin. _end turns what it came to into an error: "what: reason". A status that the ABI does not
 * know counts as BH_E_PERMANENT. */
void bh_host_call_begin(bh_host_ctx *c);
bh_status bh_host_call_end(bh_host_ctx *c, bh_status rc, const char *what, bh_error *err);
/* Records a reason as the plugin's own fail() would, for services and emit functions. */
bh_status bh_host_fail(bh_host_ctx *c, bh_status why, const char *fmt, ...) BH_PRINTF(3, 4);
/* Takes the values of secret options out of a message, in place. */
void bh_host_redact(const bh_values *options, char *message);
/* host_parse.c: what parse_number and parse_date do. */
bool bh_number_parse(bh_dec *out, bh_str text);
/* A date alone sets *day, an instant *instant_s (and *is_instant). */
bool bh_time_parse(bh_day *day, int64_t *instant_s, bool *is_instant, bh_str text);
/* A word for a status, for messages. */
const char *bh_status_word(bh_status rc);
#endif
