/* The conformance suite, host side: each test in a worker of its own, so that a plugin that crashes or hangs fails that test alone. */
#ifndef BH_CHECK_H
#define BH_CHECK_H
#include "plugin/pull.h"

enum { BH_CHECK_CONNECTOR = 1, BH_CHECK_MODEL = 2, BH_CHECK_OTHER = 4, BH_CHECK_SINK = 8, BH_CHECK_GATEWAY = 16, BH_CHECK_OUTWARD = 24, BH_CHECK_ANY = 31 };
/* A test: its name, what it says of a plugin that passes, for which kinds it is, and whether it needs a recorded session. */
typedef struct bh_check_test { const char *name, *says; int kinds; bool session; } bh_check_test;
extern const bh_check_test bh_check_tests[];
extern const size_t bh_check_test_count;

typedef struct bh_check_spec {
  const char *path;              /* absolute, NAME.so */
  bh_str session;                /* the text of the recorded session or of the cases; empty: none */
  uint64_t seed;
  const bh_pull_option *options; size_t option_count; /* besides those of the session */
  const char *only;              /* one test; NULL: all */
  bh_str input;                  /* of the test "rate" (bh_check_rate) */
} bh_check_spec;
typedef struct bh_check_outcome {
  const bh_check_test *test;
  bool ok, skipped;              /* skipped: ok, and `words` say why nothing could be tested */
  const char *words;             /* what was found, or why it failed */
  const char *warnings;          /* what a person must see although it passed, a line each; empty: nothing */
  int64_t took_ms;
} bh_check_outcome;
/* Runs the tests that fit the plugin's kind, in their order; where the recorded session does not pass as it is, what needs one is skipped. *ok: none failed. BH_E_INTERRUPTED where *stop (may be NULL) became nonzero. */
bh_status bh_check_run(bool *ok, const bh_check_spec *spec, void (*each)(void *ctx, const bh_check_outcome *o), void *ctx, const volatile int *stop,
                       bh_error *err);
/* One case of a model (`input`, as in a file of cases), by hand: its result as a JSON object. */
bh_status bh_check_rate(bh_buf *out, const bh_check_spec *spec, bh_error *err);
/* The manifest that fits the descriptor of the plugin at `path`. */
bh_status bh_check_describe_file(bh_buf *out, const char *path, bh_error *err);

/* ---- to the worker ---- */
typedef struct bh_check_init {
  bh_str test, path, session, folder, input;   /* folder: of the session's files; empty: none */
  int64_t seed;
  bh_pull_option *options; size_t option_count;
} bh_check_init;
void bh_check_init_put(bh_buf *b, const bh_check_init *x);
bool bh_check_init_get(bh_check_init *out, bh_arena *a, bh_str source);
/* The role's loop in the worker process. */
int bh_check_worker_main(int fd);
#endif
