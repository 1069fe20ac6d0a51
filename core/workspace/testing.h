/* The workspace's own tests: files tests/NAME_test.lua, run in the workspace's sandbox with describe, it, before_each, expect and bill. What a bill comes to,
 * and where golden files lie, is the caller's to say. One thread. */
#ifndef BH_WORKSPACE_TESTING_H
#define BH_WORKSPACE_TESTING_H
#include "workspace/workspace.h"

typedef struct bh_test_result {
  bh_str file; int32_t line;   /* of what failed; of the test where it passed */
  bh_str name;                 /* "acme: gives 3% over 50 seats" */
  bool ok;
  bh_str message;              /* why not, without FILE:LINE in front; several lines where several things differ */
} bh_test_result;

/* An invoice as `show --json` has it; key_of: the evidence, which names each line's identity in its contract (empty where there is none). */
typedef struct bh_test_invoice { bh_str json, evidence; } bh_test_invoice;

typedef struct bh_test_host {
  void *ctx;
  /* BH_E_INVALID: the test asked for something that is not there (err says what); any other failure ends the run. Results live in `a`. */
  bh_status (*bill)(void *ctx, bh_test_invoice **out, size_t *n, bh_arena *a, bh_str contract, bh_day date, const bh_node *facts, bh_error *err);
  /* Compares with the golden document of that name: appends one line for each difference; nothing where they are the same (or it was accepted). */
  bh_status (*golden)(void *ctx, bh_buf *out, bh_str name, const bh_node *value, bh_error *err);
  void (*result)(void *ctx, const bh_test_result *r); /* strings are good until it returns */
} bh_test_host;

/* Names of the test files, "tests/acme_test.lua", sorted. */
bool bh_tests_list(bh_str **out, size_t *n, bh_arena *a, const bh_workspace *ws);
/* Runs them, telling each test's result. only: tests whose name contains it (empty: all). A file that cannot be run is a result that failed. */
bh_status bh_tests_run(bh_workspace *ws, const bh_str *files, size_t n, bh_str only, const bh_test_host *host, bh_error *err);
#endif
