/* Void: a document that was not delivered is taken back. It keeps its number; its keys are open again, at today's price book. */
#include "batch/credited.h"
#include "batch/engine.h"
#include "batch/reopen_keys.h"
#include "batch/unsettle.h"
#include "receivables/ledger.h"
#include "base/failpoint.h"

/* Its keys are owed again, unless it was a credit that had opened them: at today's price book, also where corrections of them stand on other documents. */
static bh_status open_again(billhook *b, bh_arena *a, const bh_doc_row *row, bh_str client_id, const bh_doc_line *lines, size_t n, bh_error *err)
{
  bh_status st = row->by_hand ? BH_OK : bh_reopen_left_over(b->store, a, lines, n, err);
  return st == BH_OK ? bh_unsettle_lines(b->store, a, row->client, client_id, lines, n, err) : st;
}

/* A credit that opened periods again can only go while they are open. */
static bh_status still_open(billhook *b, bh_arena *a, const bh_doc_row *row, bh_str id, bh_error *err)
{
  bh_doc_line *lines;
  size_t n;
  bh_status st = row->state == BH_DOC_DRAFT ? BH_E_NOTFOUND : bh_store_doc_lines(b->store, &lines, &n, a, row->doc, err);
  for (size_t i = 0; st == BH_OK && i < n; i++) {
    bh_charged_line *later;
    size_t later_n;
    if (lines[i].kind != BH_LINE_REOPEN || lines[i].contract == 0)
      continue;
    st = bh_store_charged(b->store, &later, &later_n, a, lines[i].contract, err);
    for (size_t k = 0; st == BH_OK && k < later_n; k++)
      if (later[k].doc > row->doc && later[k].line.whole_from == lines[i].whole_from && later[k].line.whole_until == lines[i].whole_until &&
          bh_str_eq(later[k].line.key, lines[i].key))
        return bh_fail(err, BH_E_USAGE, "%.*s: its periods have been billed again: void that invoice first", BH_STR_ARG(id));
  }
  return st == BH_E_NOTFOUND ? BH_OK : st;
}

typedef struct reversal { const bh_doc_row *row; bh_arena *a; bh_posting *rows; size_t count, cap; } reversal;

static bh_status on_posting(void *ctx, const bh_posting *p, bh_error *err)
{
  reversal *r = ctx;
  if (p->doc != r->row->doc)
    return BH_OK;
  if (r->count == r->cap) {
    size_t cap = r->cap ? r->cap * 2 : 16;
    bh_posting *more = BH_NEWN(r->a, bh_posting, cap);
    if (r->count)
      memcpy(more, r->rows, r->count * sizeof *more);
    r->rows = more;
    r->cap = cap;
  }
  bh_posting *x = &r->rows[r->count++];
  *x = *p;
  x->account = bh_arena_str(r->a, p->account);
  x->currency = r->row->currency;
  x->entry = 1;
  x->amount = -p->amount;
  return BH_OK;
}

/* A void would change books that are closed: both the document and its reversal have to lie after them. */
static bh_status in_open_books(billhook *b, const bh_doc_row *row, bh_str id, bh_error *err)
{
  const bh_invoicing *inv = &b->ws->invoicing;
  char closed[12];
  if (!inv->has_closed_through || (row->issue > inv->closed_through && b->today > inv->closed_through))
    return BH_OK;
  bh_day_format(closed, inv->closed_through);
  if (row->issue > inv->closed_through)
    return bh_fail(err, BH_E_USAGE, "today lies in closed books (closed_through = \"%s\" in billhook.lua): void %.*s with a later --date", closed, BH_STR_ARG(id));
  return bh_fail(err, BH_E_USAGE, "%.*s is dated in closed books (closed_through = \"%s\" in billhook.lua): `billhook credit %.*s --full --rebill` takes it back in the books that are open",
                 BH_STR_ARG(id), closed, BH_STR_ARG(id));
}

static bh_status take_back(billhook *b, bh_arena *a, const char *invoice, const char *reason, bh_buf *json, bh_error *err)
{
  bh_doc_row row;
  bh_str client;
  int64_t now;
  bh_status st = bh_doc_find(&row, &client, a, b->store, bh_str_c(invoice), err);
  if (st == BH_OK)
    st = bh_clock_now(&now, err);
  if (st != BH_OK)
    return st;
  bh_str id = bh_doc_id(a, client, row.ord);
  if (row.state == BH_DOC_VOID)
    return bh_fail(err, BH_E_USAGE, "%.*s is void already", BH_STR_ARG(id));
  if (row.state == BH_DOC_SENT)
    return bh_fail(err, BH_E_USAGE, "%.*s has been delivered: `billhook credit %.*s --full --rebill` takes it back", BH_STR_ARG(id), BH_STR_ARG(id));
  bh_str credit = { "", 0 };
  int64_t sum = 0;
  st = bh_credited(&sum, &credit, a, b->store, row.client, id, err);
  if (st == BH_OK && credit.len > 0)
    return bh_fail(err, BH_E_USAGE, "%.*s is credited by %.*s: void that first", BH_STR_ARG(id), BH_STR_ARG(credit));
  if (st == BH_OK)
    st = still_open(b, a, &row, id, err);
  if (st != BH_OK)
    return st;
  bool draft = row.state == BH_DOC_DRAFT;
  if (draft && !row.by_hand)
    return bh_fail(err, BH_E_USAGE, "%.*s is a draft: drafts are made anew by each run, there is nothing to void", BH_STR_ARG(id));
  if (!draft)
    st = in_open_books(b, &row, id, err);
  bh_doc_line *lines;
  size_t n;
  if (st == BH_OK)
    st = bh_store_doc_lines(b->store, &lines, &n, a, row.doc, err);
  if (st != BH_OK)
    return st;
  if (draft) { /* a credit by hand that nobody approved simply goes */
    st = bh_store_doc_delete(b->store, row.doc, err);
  } else {
    reversal r = { .row = &row, .a = a };
    bh_day day = b->today > row.issue ? b->today : row.issue; /* never before what it takes back */
    st = bh_store_postings_of(b->store, row.doc, on_posting, &r, err);
    for (size_t i = 0; i < r.count; i++) {
      r.rows[i].day = day;
      r.rows[i].n = (int32_t)i;
    }
    bh_ledger ledger;
    if (st == BH_OK)
      st = bh_store_post(b->store, r.rows, r.count, err);
    if (st == BH_OK)
      st = bh_ledger_init(&ledger, b->store, b->options.who, now, err);
    if (st == BH_OK)
      st = bh_ledger_voided(&ledger, a, &row, day, bh_str_c(reason), id, err);
    row.state = BH_DOC_VOID;
    if (st == BH_OK)
      st = bh_store_doc_update(b->store, &row, err);
  }
  if (st == BH_OK)
    st = open_again(b, a, &row, client, lines, n, err);
  bh_event e = { .at_s = now, .who = bh_str_c(b->options.who), .what = BH_S("void"), .reason = bh_str_c(reason), .doc = row.doc, .client = row.client };
  if (st == BH_OK)
    st = bh_store_event_add(b->store, &e, err);
  bh_jw w;
  bh_jw_init(&w, json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "invoice"); bh_jw_str(&w, id);
  bh_jw_key(&w, "number");
  if (row.number.len) bh_jw_str(&w, row.number); else bh_jw_null(&w);
  bh_jw_key(&w, "state"); bh_jw_z(&w, "void");
  bh_jw_obj_end(&w);
  return st;
}

int billhook_void(billhook *b, const char *invoice, const char *reason, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_arena a;
  bh_arena_init(&a);
  bh_buf json;
  bh_buf_init(&json, 1 << 20);
  bh_status st = reason == NULL || *reason == 0 ? bh_fail(&b->error, BH_E_USAGE, "void needs --reason, which is recorded") : bh_engine_store(b, BH_STORE_WRITE);
  if (st != BH_OK)
    err = b->error;
  if (st == BH_OK)
    st = bh_store_begin(b->store, &err);
  if (st == BH_OK)
    st = take_back(b, &a, invoice, reason, &json, &err);
  BH_FAILPOINT("void.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  if (st == BH_OK)
    bh_out_line(out, &json);
  bh_buf_dispose(&json);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}
