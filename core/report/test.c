/* billhook test: the workspace's own tests, billed by a trial. */
#include "batch/trial.h"
#include "report/golden.h"
#include "report/report.h"
#include "workspace/testing.h"

typedef struct testing {
  billhook *b;
  bh_trial *trial;
  bh_golden golden;
  bh_arena arena;
  bh_buf list; bh_jw w;        /* "tests" */
  int64_t passed, failed;
} testing;

/* A bill that nothing came of is an invoice without lines. */
static bh_str nothing(bh_arena *a, const bh_trial_bill *bill, bh_day date) {
  static const char *const empty[] = {"discounts", "lines", "taxes"}, *const zero[] = {"balance", "paid", "subtotal", "total"}, *const none[] = {"id", "number", "state", "type"};
  bh_buf json;
  bh_jw w;
  bh_buf_init(&json, 1 << 20);
  bh_jw_init(&w, &json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "client");
  bh_jw_obj(&w);
  bh_jw_key(&w, "id"); bh_jw_str(&w, bill->client);
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "currency"); bh_jw_str(&w, bill->currency);
  bh_jw_key(&w, "hold");
  if (bill->hold.len) bh_jw_raw(&w, bill->hold); else bh_jw_null(&w);
  bh_jw_key(&w, "issue_date"); bh_jw_day(&w, date);
  for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
    bh_jw_key(&w, empty[i]);
    bh_jw_arr(&w);
    bh_jw_arr_end(&w);
  }
  for (size_t i = 0; i < sizeof zero / sizeof *zero; i++) {
    bh_jw_key(&w, zero[i]);
    bh_jw_money(&w, 0, bill->decimals);
  }
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    bh_jw_key(&w, none[i]);
    bh_jw_null(&w);
  }
  bh_jw_obj_end(&w);
  bh_str out = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  return out;
}

static bh_status on_bill(void *ctx, bh_test_invoice **out, size_t *n, bh_arena *a, bh_str contract, bh_day date, const bh_node *facts, bh_error *err) {
  testing *t = ctx;
  bh_trial_bill bill;
  if (bh_engine_stopped(t->b)) return bh_fail(err, BH_E_INTERRUPTED, "stopped");
  bh_status st = bh_trial_run(&bill, t->trial, a, contract, date, facts, err);
  if (st != BH_OK) return st;
  *out = BH_NEWN(a, bh_test_invoice, bill.doc_count + 1);
  for (*n = 0; *n < bill.doc_count; ++*n) (*out)[*n] = (bh_test_invoice){bill.docs[*n].json, bill.docs[*n].evidence};
  if (*n == 0) (*out)[(*n)++] = (bh_test_invoice){nothing(a, &bill, date), {"", 0}};
  return BH_OK;
}

static bh_status on_golden(void *ctx, bh_buf *out, bh_str name, const bh_node *value, bh_error *err) {
  testing *t = ctx;
  return bh_golden_check(&t->golden, out, name, value, err);
}

static void on_result(void *ctx, const bh_test_result *r) {
  testing *t = ctx;
  if (r->ok) t->passed++;
  else t->failed++;
  bh_jw *w = &t->w;
  bh_jw_obj(w);
  bh_jw_key(w, "file"); bh_jw_str(w, r->file);
  bh_jw_key(w, "line"); bh_jw_int(w, r->line);
  bh_jw_key(w, "name"); bh_jw_str(w, r->name);
  bh_jw_key(w, "ok"); bh_jw_bool(w, r->ok);
  bh_jw_key(w, "message");
  if (r->ok) bh_jw_null(w); else bh_jw_str(w, r->message);
  bh_jw_obj_end(w);
}

static bool same_file(bh_str file, bh_str named) {
  if (bh_str_eq(file, named)) return true;
  size_t head = sizeof "tests/" - 1, tail = sizeof "_test.lua" - 1;
  bh_str name = {file.ptr + head, file.len - head}, stem = {name.ptr, name.len - tail};
  bool behind = named.len > file.len && named.ptr[named.len - file.len - 1] == '/' && bh_str_eq((bh_str){named.ptr + named.len - file.len, file.len}, file);
  return bh_str_eq(name, named) || bh_str_eq(stem, named) || behind;
}

/* The files that were named: "acme", "acme_test.lua", "tests/acme_test.lua", or that behind a folder. */
static bh_status choose(bh_str **files, size_t *n, bh_arena *a, const billhook_test_options *o, bh_error *err) {
  if (o->file_count == 0) return BH_OK;
  bh_str *chosen = BH_NEWN(a, bh_str, o->file_count);
  for (size_t i = 0; i < o->file_count; i++) {
    size_t k = 0;
    while (k < *n && !same_file((*files)[k], bh_str_c(o->files[i]))) k++;
    if (k == *n) return bh_fail(err, BH_E_USAGE, "there is no test file \"%s\": expected the name of one in tests/, such as tests/acme_test.lua", o->files[i]);
    chosen[i] = (*files)[k];
  }
  *files = chosen;
  *n = o->file_count;
  return BH_OK;
}

static void report(const testing *t, size_t files, const billhook_out *out) {
  bh_buf json;
  bh_jw w;
  bh_buf_init(&json, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "passed"); bh_jw_int(&w, t->passed);
  bh_jw_key(&w, "failed"); bh_jw_int(&w, t->failed);
  bh_jw_key(&w, "files"); bh_jw_int(&w, (int64_t)files);
  bh_jw_key(&w, "accepted");
  bh_jw_arr(&w);
  for (size_t i = 0; i < t->golden.count; i++) bh_jw_str(&w, t->golden.written[i]);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "tests"); bh_jw_raw(&w, bh_buf_str(&t->list));
  bh_jw_obj_end(&w);
  bh_out_line(out, &json);
  bh_buf_dispose(&json);
}

int billhook_test(billhook *b, const billhook_test_options *o, const billhook_out *out) {
  bh_error err = {0};
  testing t = {.b = b};
  bh_str *files = NULL;
  size_t n = 0;
  bh_arena_init(&t.arena);
  bh_buf_init(&t.list, BH_REPORT_LINE_MAX / 2);
  bh_jw_init(&t.w, &t.list);
  bh_status st = bh_trial_new(&t.trial, b, &err);
  if (st == BH_OK) {
    t.golden = (bh_golden){.dir = b->dir, .accept = o->accept != 0, .arena = &t.arena};
    (void)bh_tests_list(&files, &n, &t.arena, b->ws); /* no folder, no tests */
    st = choose(&files, &n, &t.arena, o, &err);
  }
  bh_jw_arr(&t.w);
  bh_test_host host = {.ctx = &t, .bill = on_bill, .golden = on_golden, .result = on_result};
  if (st == BH_OK) st = bh_tests_run(b->ws, files, n, bh_str_c(o->only), &host, &err);
  bh_jw_arr_end(&t.w);
  if (st == BH_OK) report(&t, n, out);
  int status = bh_engine_end(b, st, &err);
  if (st == BH_OK && t.failed > 0) status = BILLHOOK_SOME;
  bh_trial_free(t.trial);
  bh_buf_dispose(&t.list);
  bh_arena_dispose(&t.arena);
  return status;
}
