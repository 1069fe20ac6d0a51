/* The whole store against itself. */
#include "report/verify.h"

enum { SORT_BYTES = 16 << 20 };

void bh_verify_problem(bh_verify *v, bh_verify_check what, const char *fmt, ...) {
  char text[800];
  v->failed[what] = true;
  if (v->problem_count++ >= BH_VERIFY_PROBLEMS_MAX) return;
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  bh_str s = bh_str_c(text);
  s.len = bh_utf8_span(s); /* cut in the middle of a character */
  if (v->problem_count > 1) bh_buf_putc(&v->problems, ',');
  bh_json_str(&v->problems, s);
}

const bh_verify_doc *bh_verify_find(const bh_verify *v, int64_t doc) {
  size_t lo = 0, hi = v->doc_count;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (v->docs[mid].doc < doc) lo = mid + 1;
    else hi = mid;
  }
  return lo < v->doc_count && v->docs[lo].doc == doc ? &v->docs[lo] : NULL;
}

const char *bh_verify_name(bh_verify *v, int64_t doc) {
  if (doc < 0) return bh_arena_fmt(&v->scratch, "money event %lld", (long long)-doc).ptr;
  bh_doc_row row;
  bh_str client;
  bh_arena *a = &v->scratch;
  if (bh_store_doc_get(v->store, &row, a, doc, NULL) == BH_OK && bh_store_client_id(v->store, &client, a, row.client, NULL) == BH_OK)
    return bh_arena_z(a, row.number.len ? row.number : bh_doc_id(a, client, row.ord));
  return bh_arena_fmt(a, "document %lld", (long long)doc).ptr;
}

static bh_status list_doc(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  bh_verify *v = ctx;
  (void)client; (void)body; (void)err;
  if (v->doc_count == v->doc_cap) {
    size_t cap = v->doc_cap ? v->doc_cap * 2 : 1024;
    bh_verify_doc *bigger = BH_NEWN(&v->arena, bh_verify_doc, cap);
    if (v->doc_count) memcpy(bigger, v->docs, v->doc_count * sizeof *bigger);
    v->docs = bigger;
    v->doc_cap = cap;
  }
  bh_verify_doc *d = &v->docs[v->doc_count++];
  *d = (bh_verify_doc){.doc = row->doc, .chain = row->chain, .total = row->total, .paid = row->paid, .client = row->client, .decimals = row->decimals,
                       .credit_note = row->type == BH_DOC_CREDIT_NOTE, .by_hand = row->by_hand, .state = row->state};
  snprintf(d->currency, sizeof d->currency, "%.*s", BH_STR_ARG(row->currency));
  return BH_OK;
}

static bh_status look_at(bh_verify *v, int64_t doc, bh_error *err) {
  bh_doc_row row;
  bh_report_doc d;
  bh_str client;
  bh_arena *a = &v->scratch;
  bh_status st = bh_store_doc_get(v->store, &row, a, doc, err);
  if (st == BH_E_NOTFOUND) return BH_OK; /* its place in the chain and its number miss it */
  if (st == BH_OK) st = bh_store_client_id(v->store, &client, a, row.client, err);
  if (st != BH_OK) return st;
  if (row.number.len) {
    char payload[24];
    int n = snprintf(payload, sizeof payload, "%lld", (long long)doc);
    st = bh_sorter_add(v->numbers, row.number, (bh_str){payload, (size_t)n}, err);
    if (st != BH_OK) return st;
  }
  bh_error why = {0};
  st = bh_report_doc_of(&d, a, v->store, &row, client, &why);
  if (st == BH_OK) return bh_verify_amounts(v, &d, err);
  if (st != BH_E_STORE && st != BH_E_INVALID && st != BH_E_NOTFOUND) {
    if (err != NULL) *err = why;
    return st;
  }
  bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s", why.message); /* names the document */
  return BH_OK;
}

static bh_status look_at_all(bh_verify *v, bh_error *err) {
  bh_doc_filter all = {.state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
  bh_status st = bh_store_docs_each(v->store, &all, false, list_doc, v, err);
  for (size_t i = 0; i < v->doc_count && st == BH_OK; i++) {
    bh_arena_reset(&v->scratch);
    st = look_at(v, v->docs[i].doc, err);
    if (i % 256 == 0) bh_engine_progress(v->b, "verify", (int64_t)i, (int64_t)v->doc_count);
    if (st == BH_OK && bh_engine_stopped(v->b)) st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
  }
  return st;
}

static bh_status check_engine(bh_verify *v, bh_error *err) {
  bh_buf words;
  bh_buf_init(&words, 65536);
  bh_status st = bh_store_integrity(v->store, &words, err);
  bh_str all = bh_buf_str(&words); /* never NULL, even where nothing was said */
  const char *at = all.ptr, *end = all.ptr + all.len;
  while (at < end) { /* one a line */
    const char *nl = memchr(at, '\n', (size_t)(end - at));
    const char *to = nl ? nl : end;
    if (to > at) bh_verify_problem(v, BH_VERIFY_STORE, "the store's file: %.*s", (int)(to - at), at);
    at = to + 1;
  }
  bh_buf_dispose(&words);
  return st;
}

static bh_status check_all(bh_verify *v, bh_error *err) {
  bh_status st = check_engine(v, err);
  if (st == BH_OK) st = bh_store_begin_read(v->store, err);
  if (st != BH_OK) return st;
  st = look_at_all(v, err);
  if (st == BH_OK) st = bh_verify_chain(v, err);
  if (st == BH_OK) st = bh_verify_numbers(v, err);
  if (st == BH_OK) st = bh_verify_journal(v, err);
  if (st == BH_OK) st = bh_verify_keys(v, err);
  if (st == BH_OK) st = bh_verify_hand(v, err);
  bh_store_rollback(v->store);
  return st;
}

static void put_result(bh_buf *out, const bh_verify *v) {
  static const char *const names[BH_VERIFY_CHECKS] = {"chain", "numbers", "amounts", "journal", "keys", "store"};
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "ok"); bh_jw_bool(&w, v->problem_count == 0);
  bh_jw_key(&w, "documents"); bh_jw_int(&w, (int64_t)v->doc_count);
  bh_jw_key(&w, "checks");
  bh_jw_obj(&w);
  for (int i = 0; i < BH_VERIFY_CHECKS; i++) {
    bh_jw_key(&w, names[i]);
    bh_jw_bool(&w, !v->failed[i]);
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "head"); /* what anybody gets who hashes `export --canonical` */
  char head[2 * sizeof v->head.b + 1];
  bh_hex(head, v->head.b, sizeof v->head.b);
  if (v->has_chain) bh_jw_z(&w, head); else bh_jw_null(&w);
  bh_jw_key(&w, "problem_count"); bh_jw_int(&w, v->problem_count);
  bh_jw_key(&w, "problems");
  bh_jw_arr(&w);
  bh_buf_puts(out, bh_buf_str(&v->problems));
  bh_jw_arr_end(&w);
  bh_jw_obj_end(&w);
}

int billhook_verify(billhook *b, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  bh_verify v = {.b = b};
  bh_buf text;
  bh_arena_init(&v.arena);
  bh_arena_init(&v.scratch);
  bh_buf_init(&v.problems, (size_t)4 << 20);
  bh_buf_init(&text, (size_t)8 << 20);
  bh_status st = bh_report_open(&present, b, &err);
  if (st == BH_OK) st = bh_sorter_new(&v.numbers, SORT_BYTES, NULL, &err);
  if (st == BH_OK) st = bh_sorter_new(&v.keys, SORT_BYTES, NULL, &err);
  v.store = b->store;
  if (st == BH_OK && present) st = check_all(&v, &err);
  if (st == BH_OK) {
    put_result(&text, &v);
    bh_out_line(out, &text);
  }
  if (v.numbers) bh_sorter_free(v.numbers);
  if (v.keys) bh_sorter_free(v.keys);
  bh_buf_dispose(&text);
  bh_buf_dispose(&v.problems);
  bh_arena_dispose(&v.scratch);
  bh_arena_dispose(&v.arena);
  int status = bh_engine_end(b, st, &err);
  return status == BILLHOOK_DONE && v.problem_count > 0 ? BILLHOOK_SOME : status;
}
