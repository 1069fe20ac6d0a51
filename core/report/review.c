/* The batch for a person. */
#include "batch/batch_hash.h"
#include "report/review.h"

typedef struct gathering { bh_arena *a; const bh_by_hand *by_hand; bh_review_doc *docs; size_t n, cap; } gathering;

static bh_status gather(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  gathering *g = ctx;
  (void)body; (void)err;
  if (g->n == g->cap) {
    size_t cap = g->cap ? g->cap * 2 : 64;
    bh_review_doc *bigger = BH_NEWN(g->a, bh_review_doc, cap);
    if (g->n) memcpy(bigger, g->docs, g->n * sizeof *bigger);
    g->docs = bigger;
    g->cap = cap;
  }
  bh_review_doc *d = &g->docs[g->n++];
  d->row = *row;
  d->client = bh_arena_str(g->a, client);
  d->row.currency = bh_arena_str(g->a, row->currency);
  d->row.split = bh_arena_str(g->a, row->split);
  d->row.hold = bh_arena_str(g->a, row->hold);
  bh_by_hand_lay(g->by_hand, g->a, &d->row, d->client);
  d->row.number = bh_arena_str(g->a, row->number);
  d->row.settle = (bh_str){"", 0};
  return BH_OK;
}

static bh_status newest(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  int32_t *batch = ctx;
  (void)client; (void)body; (void)err;
  if (row->batch > *batch) *batch = row->batch;
  return BH_OK;
}

/* The newest batch with drafts, which wait for a person; else the last. A nightly run that finds nothing new leaves an empty batch. */
static bh_status find_waiting(bh_batch_row *out, bh_arena *a, bh_store *s, bh_error *err) {
  bh_doc_filter drafts = {.state = BH_DOC_DRAFT, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
  int32_t batch = 0;
  bh_status st = bh_store_docs_each(s, &drafts, false, newest, &batch, err);
  if (st != BH_OK) return st;
  return batch != 0 ? bh_store_batch_get(s, out, a, batch, err) : bh_store_batch_last(s, out, a, err);
}

static bh_status find_batch(bh_batch_row *out, bh_arena *a, bh_store *s, const char *name, bh_error *err) {
  bh_day day;
  int32_t ordinal;
  if (name == NULL) {
    bh_status st = find_waiting(out, a, s, err);
    if (st == BH_OK && out->num == 0) return bh_fail(err, BH_E_NOTFOUND, "there is no batch yet: `billhook run` makes one");
    return st;
  }
  if (!bh_batch_parse(&day, &ordinal, bh_str_c(name)))
    return bh_fail(err, BH_E_USAGE, "\"%s\" is not a batch: expected DATE.N as in 2026-12-01.1", name);
  bh_status st = bh_store_batch_find(s, out, a, day, ordinal, err);
  if (st == BH_OK && out->num == 0) return bh_fail(err, BH_E_NOTFOUND, "there is no batch %s", name);
  return st;
}

static size_t put_held(bh_jw *w, const bh_review_doc *docs, size_t n) {
  size_t held = 0;
  bh_arena a;
  bh_arena_init(&a);
  for (size_t i = 0; i < n; i++) {
    bh_node **holds;
    if (docs[i].row.state != BH_DOC_DRAFT) continue;
    bh_arena_reset(&a);
    size_t count = bh_report_holds(&holds, &a, &docs[i].row);
    for (size_t k = 0; k < count; k++, held++) {
      bh_jw_obj(w);
      bh_jw_key(w, "client"); bh_jw_str(w, docs[i].client);
      bh_jw_key(w, "invoice"); bh_jw_str(w, bh_doc_id(&a, docs[i].client, docs[i].row.ord));
      bh_jw_key(w, "reason"); bh_jw_str(w, bh_report_text(holds[k], "reason"));
      bh_jw_key(w, "message"); bh_jw_str(w, bh_report_text(holds[k], "message"));
      bh_str lifts = bh_report_text(holds[k], "lifts");
      if (lifts.len) { bh_jw_key(w, "lifts"); bh_jw_str(w, lifts); }
      bh_jw_obj_end(w);
    }
  }
  bh_arena_dispose(&a);
  return held;
}

/* Clients for which no draft could be made stand in the run's own document only. */
static size_t put_undrafted(bh_jw *w, bh_arena *a, const bh_batch_row *batch) {
  bh_node *stats, **held;
  size_t put = 0;
  if (batch->stats.len == 0 || bh_json_parse(&stats, a, batch->stats, NULL, NULL) != BH_OK) return 0;
  size_t n = bh_report_items(&held, stats, "held");
  for (size_t i = 0; i < n; i++) {
    const bh_node *invoice = bh_node_get(held[i], "invoice");
    if (invoice != NULL && invoice->kind != BH_NODE_NULL) continue;
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, bh_report_text(held[i], "client"));
    bh_jw_key(w, "invoice"); bh_jw_null(w);
    bh_jw_key(w, "reason"); bh_jw_str(w, bh_report_text(held[i], "reason"));
    bh_jw_key(w, "message"); bh_jw_str(w, bh_report_text(held[i], "message"));
    bh_jw_obj_end(w);
    put++;
  }
  return put;
}

static bh_status look_back(bh_review_doc *docs, size_t n, bh_arena *a, billhook *b, bh_error *err) {
  bh_status st = BH_OK;
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    if (docs[i].row.by_hand) continue;
    st = bh_report_before(&docs[i].last, a, b->store, &docs[i].row, err);
    if (i % 256 == 0) bh_engine_progress(b, "comparing", (int64_t)i, (int64_t)n);
    if (bh_engine_stopped(b)) return bh_fail(err, BH_E_INTERRUPTED, "stopped");
  }
  return st;
}

static bh_status put_review(bh_jw *w, size_t *held, billhook *b, const bh_batch_row *batch, bh_arena *a, bh_error *err) {
  bh_by_hand by_hand;
  gathering g = {.a = a, .by_hand = &by_hand};
  bh_doc_filter f = {.batch = batch->num, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX, .by_client = true};
  bh_sums now = {0}, last = {0};
  bh_sha hash;
  char hex[65];
  size_t drafts = 0, first = 0;
  bh_status st = bh_by_hand_load(&by_hand, b->store, a, b->today, err);
  if (st == BH_OK) st = bh_store_docs_each(b->store, &f, false, gather, &g, err);
  if (st == BH_OK) st = bh_batch_hash(&hash, b->store, batch->num, &by_hand, err);
  if (st == BH_OK) st = look_back(g.docs, g.n, a, b, err);
  for (size_t i = 0; i < g.n && st == BH_OK; i++) {
    const bh_review_doc *d = &g.docs[i];
    drafts += d->row.state == BH_DOC_DRAFT;
    first += d->last.doc == 0 && !d->row.by_hand;
    st = bh_sums_add(&now, d->row.currency, d->row.decimals, d->row.total, err);
    if (st == BH_OK && d->last.doc != 0) st = bh_sums_add(&last, d->row.currency, d->last.decimals, d->last.total, err);
  }
  if (st != BH_OK) return st;
  bh_hex(hex, hash.b, sizeof hash.b);
  bh_jw_obj(w);
  bh_jw_key(w, "batch"); bh_jw_str(w, bh_batch_format(a, batch));
  bh_jw_key(w, "hash"); bh_jw_z(w, hex);
  bh_jw_key(w, "date"); bh_jw_day(w, batch->day);
  bh_jw_key(w, "documents"); bh_jw_int(w, (int64_t)g.n);
  bh_jw_key(w, "drafts"); bh_jw_int(w, (int64_t)drafts);
  bh_jw_key(w, "first_invoices"); bh_jw_int(w, (int64_t)first);
  bh_jw_key(w, "totals"); bh_sums_write(w, &now);
  bh_jw_key(w, "last_totals"); bh_sums_write(w, &last); /* of the same clients' last invoices */
  bh_jw_key(w, "held");
  bh_jw_arr(w);
  *held = put_held(w, g.docs, g.n) + put_undrafted(w, a, batch);
  bh_jw_arr_end(w);
  st = bh_review_movers(w, b->store, g.docs, g.n, err);
  if (st == BH_OK) st = bh_review_unbilled(w, b, g.docs, g.n, err);
  bh_jw_obj_end(w);
  return st;
}

int billhook_review(billhook *b, const char *name, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  size_t held = 0;
  bh_batch_row batch = {0};
  bh_arena a;
  bh_buf text;
  bh_jw w;
  bh_arena_init(&a);
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &text);
  bh_status st = bh_report_open(&present, b, &err);
  if (st == BH_OK && !present) st = bh_fail(&err, BH_E_NOTFOUND, "there is no batch yet: `billhook run` makes one");
  if (st == BH_OK) st = bh_store_begin_read(b->store, &err);
  if (st == BH_OK) {
    st = find_batch(&batch, &a, b->store, name, &err);
    if (st == BH_OK) st = put_review(&w, &held, b, &batch, &a, &err);
    bh_store_rollback(b->store);
  }
  if (st == BH_OK) bh_out_line(out, &text);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  int status = bh_engine_end(b, st, &err);
  return status == BILLHOOK_DONE && held > 0 ? BILLHOOK_SOME : status;
}
