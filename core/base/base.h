/* What every folder of core/ may use: strings, buffers, arenas, errors. Knows nothing of billing. */
#ifndef BH_BASE_H
#define BH_BASE_H
#include <billhook/plugin.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef __int128 bh_i128;

/* Codes of our own, beside the ABI's BH_E_*: the exit status of the command follows from them. */
enum {
  BH_E_USAGE = 101,     /* exit 2 */
  BH_E_WORKSPACE = 102, /* exit 3 */
  BH_E_LOCKED = 103,    /* exit 4 */
  BH_E_STORE = 104,     /* exit 6 */
  BH_E_OVERFLOW = 105,  /* a number that does not fit */
  BH_E_NOTFOUND = 106,
  BH_E_WORKER = 107,    /* a worker died, hung or sent garbage */
  BH_E_INTERRUPTED = 108, /* SIGINT/SIGTERM asked us to stop */
  BH_E_BUG = 170        /* exit 70 */
};

/* An error on its way to a person. `message` says what is wrong and what was expected; never a secret. */
typedef struct bh_error {
  bh_status code;
  char message[1000];
} bh_error;

/* Fills *err (may be NULL) and returns code: `return bh_fail(err, BH_E_INVALID, "…")`. */
bh_status bh_fail(bh_error *err, bh_status code, const char *fmt, ...) BH_PRINTF(3, 4);
/* Puts "prefix: " in front of the message that is there. Returns err->code. */
bh_status bh_fail_prefix(bh_error *err, const char *fmt, ...) BH_PRINTF(2, 3);

/* Always on: where money would be wrong if it did not hold. Prints and aborts. */
#define bh_require(cond) ((cond) ? (void)0 : bh_require_failed(#cond, __FILE__, __LINE__))
_Noreturn void bh_require_failed(const char *cond, const char *file, int line);
/* False is reported once on standard error and the caller goes on: `if (!bh_check(x)) return …`. Aborts in debug builds. */
#define bh_check(cond) ((cond) ? true : bh_check_failed(#cond, __FILE__, __LINE__))
bool bh_check_failed(const char *cond, const char *file, int line);
/* Says so and exits 70: nothing that bills goes on without memory. */
_Noreturn void bh_out_of_memory(size_t bytes);

/* ---- strings: {ptr, len}, not NUL-terminated by assumption ---- */
#define BH_S(lit) ((bh_str){"" lit, sizeof(lit) - 1})
#define BH_STR_ARG(s) (int)(s).len, (s).ptr /* for "%.*s" */
bh_str bh_str_c(const char *z);              /* NULL gives an empty string */
bool bh_str_eq(bh_str a, bh_str b);
bool bh_str_eqz(bh_str a, const char *z);
int bh_str_cmp(bh_str a, bh_str b);          /* bytewise, shorter first */
bool bh_str_starts(bh_str s, bh_str prefix);
bool bh_str_glob(bh_str pattern, bh_str s);  /* '*' and '?' (one UTF-8 character), case-sensitive; linear time in practice, no recursion */
bool bh_utf8_ok(bh_str s);                   /* well-formed UTF-8 without NUL */
size_t bh_utf8_span(bh_str s);               /* how many of its bytes, from the first on, are that */
/* The candidate nearest to `word` by edit distance (at most 1/3 of its length, at least 2), or NULL. */
const char *bh_str_nearest(bh_str word, const char *const *candidates, size_t n);

/* ---- arenas: freed as a whole. Allocation failure aborts with a message (BH_E_NOMEM exits 70). ---- */
typedef struct bh_arena { struct bh_arena_block *head; size_t used_total; } bh_arena;
void bh_arena_init(bh_arena *a);
void bh_arena_dispose(bh_arena *a);
void bh_arena_reset(bh_arena *a); /* empties it; keeps one block for reuse */
void *bh_arena_alloc(bh_arena *a, size_t bytes);          /* zeroed, 16-aligned */
void *bh_arena_array(bh_arena *a, size_t n, size_t size); /* zeroed; aborts on overflow */
bh_str bh_arena_str(bh_arena *a, bh_str s);               /* copy, with a NUL behind it */
char *bh_arena_z(bh_arena *a, bh_str s);                  /* copy as a C string */
bh_str bh_arena_fmt(bh_arena *a, const char *fmt, ...) BH_PRINTF(2, 3);
bh_str bh_arena_numbered(bh_arena *a, bh_str name, const char *between, int64_t n, const char *after); /* what needs no format: one for every line */
#define BH_NEW(a, T) ((T *)bh_arena_alloc((a), sizeof(T)))
#define BH_NEWN(a, T, n) ((T *)bh_arena_array((a), (n), sizeof(T)))

/* ---- a growing buffer, born with its maximum. After a refused append `failed` stays set. ---- */
typedef struct bh_buf { char *ptr; size_t len, cap, max; bool failed; } bh_buf;
void bh_buf_init(bh_buf *b, size_t max_bytes);
void bh_buf_dispose(bh_buf *b);
void bh_buf_clear(bh_buf *b);
bool bh_buf_put(bh_buf *b, const void *bytes, size_t n);
bool bh_buf_puts(bh_buf *b, bh_str s);
bool bh_buf_putz(bh_buf *b, const char *z);
bool bh_buf_putc_slow(bh_buf *b, char c);
static inline bool bh_buf_putc(bh_buf *b, char c)
{
  if (b->failed || b->len >= b->cap) /* cap never exceeds max */
    return bh_buf_putc_slow(b, c);
  b->ptr[b->len++] = c;
  return true;
}
bool bh_buf_fmt(bh_buf *b, const char *fmt, ...) BH_PRINTF(2, 3);
char *bh_buf_room(bh_buf *b, size_t n); /* n writable bytes at ptr+len (caller adds to len), or NULL */
static inline bh_str bh_buf_str(const bh_buf *b) { return (bh_str){b->ptr ? b->ptr : "", b->len}; }
bh_status bh_file_read(bh_buf *out, const char *path, bh_error *err); /* appends the whole file */
/* Writes a text file, made where it is not there: what is new takes its place when it is on the disk, so that nobody ever sees half of it. Two
 * writers at once have to be kept apart by the caller. BH_E_STORE says why not. */
bh_status bh_file_replace(const char *path, bh_str text, bh_error *err);
/* The same with a line more (without its newline). */
bh_status bh_file_append_line(const char *path, bh_str line, bh_error *err);

/* ---- a hash map from strings to pointers; keys are copied into the arena ---- */
typedef struct bh_map { struct bh_map_slot *slots; size_t n, cap; bh_arena *arena; } bh_map;
void bh_map_init(bh_map *m, bh_arena *arena);
void *bh_map_get(const bh_map *m, bh_str key);          /* NULL where absent */
void bh_map_put(bh_map *m, bh_str key, void *value);    /* replaces */
void **bh_map_ref(bh_map *m, bh_str key);               /* slot, made with NULL where absent; valid until the next put or ref */
uint64_t bh_hash64(bh_str s);                            /* not for trust: tables only */

#endif
