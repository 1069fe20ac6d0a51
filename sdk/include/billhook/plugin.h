/* The Billhook plugin ABI, 1.0-rc. One header, nothing to link. Clean as C11 and C++11.
 *
 * Rules that hold everywhere:
 *  - [serial]  one call at a time per instance; [in-call] a host function that may be used only while the
 *    host is calling you; [any] any thread, until destroy() returns.
 *  - Arguments die when the call returns. Results are pushed into host functions, which copy. Nobody frees
 *    what the other side allocated. No thread, descriptor or handler of yours outlives destroy().
 *  - Strings are UTF-8 with a length and without a NUL inside; they need not end in one.
 *  - Structs that start with struct_size grow at the end: test a field with BH_HAS before you read it.
 */
#ifndef BILLHOOK_PLUGIN_H
#define BILLHOOK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BH_ABI_MAJOR 1u
#define BH_ABI_MINOR 0u

#if defined(__GNUC__)
#define BH_EXPORT __attribute__((visibility("default")))
#define BH_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define BH_EXPORT
#define BH_PRINTF(f, a)
#endif

/* True when the peer's *p is long enough to hold `field` and it is set. */
#define BH_HAS(p, type, field) \
  ((p)->struct_size >= offsetof(type, field) + sizeof((p)->field) && (p)->field)

/* What a call came to. The code carries the retry policy; the words go through host->fail(). */
typedef int32_t bh_status;
enum {
  BH_OK = 0,
  BH_E_INVALID = 1,   /* bad configuration or input: repeating will not help        */
  BH_E_AUTH = 2,      /* credentials refused                                        */
  BH_E_TRANSIENT = 3, /* nothing happened: the host may repeat                      */
  BH_E_PERMANENT = 4, /* the other side refused: recorded, the rest goes on         */
  BH_E_CANCELLED = 5, /* host->cancelled() was true                                 */
  BH_E_NOMEM = 6,
  BH_E_UNKNOWN = 7    /* sent, outcome not known: the host asks lookup() before more */
};

/* The frozen value types: used by value, never extended. */
typedef struct bh_str { const char *ptr; size_t len; } bh_str;
typedef struct bh_dec { int64_t coef; int32_t scale; int32_t zero; } bh_dec; /* coef * 10^-scale, scale 0..9 */
typedef struct bh_ratio { int64_t num, den; } bh_ratio;                     /* den > 0, lowest terms         */
typedef struct bh_date { int16_t year; uint8_t month, day; } bh_date;       /* a civil date                  */
typedef struct bh_period { bh_date from, until; } bh_period;                /* half-open: [from, until)      */

/*@@REST@@*/

#ifdef __cplusplus
}
#endif
#endif
