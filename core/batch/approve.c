/* Approval: numbers, freezes, chains, posts and settles in one transaction. */
#include "batch/approve.h"
#include "batch/approval.h"
#include "batch/credited.h"
#include "batch/document.h"
#include "batch/draft_json.h"
#include "batch/settle.h"
#include "base/failpoint.h"
#include <stdlib.h>

/* What a lot of documents has come to and is written together. */
typedef struct lot {
  bh_arena a;
  bh_chain_link *links; size_t link_count, link_cap;
  bh_posting *posts; size_t post_count, post_cap;
  int64_t done, of;            /* documents, for the progress */
} lot;

static void *grown(void *items, size_t need, size_t *cap, size_t size)
{
  if (need <= *cap)
    return items;
  *cap = need * 2;
  void *more = realloc(items, *cap * size);
  bh_require(more != NULL);
  return more;
}

static void link_add(lot *x, int64_t place, int64_t doc, const bh_sha *hash)
{
  x->links = grown(x->links, x->link_count + 1, &x->link_cap, sizeof *x->links);
  x->links[x->link_count++] = (bh_chain_link){ place, doc, *hash };
}

static bh_status post(bh_approval *ap, lot *x, const bh_doc_row *row, bh_str postings)
{
  bh_post *posts;
  size_t n;
  if (!bh_posts_unpack(&posts, &n, &x->a, bh_arena_str(&x->a, postings)))
    return bh_fail(ap->err, BH_E_STORE, "document %lld: its postings cannot be read back", (long long)row->doc);
  if (ap->has_date)
    bh_posts_date(&x->a, posts, n, row->issue);
  x->posts = grown(x->posts, x->post_count + n, &x->post_cap, sizeof *x->posts);
  for (size_t i = 0; i < n; i++)
    x->posts[x->post_count++] = (bh_posting){ .doc = row->doc, .n = (int32_t)i, .day = row->issue, .account = posts[i].account, .currency = row->currency,
      .amount = posts[i].amount, .span = bh_span_defers(posts[i].span, row->issue) ? posts[i].span : (bh_span){ 0, 0 } };
  return BH_OK;
}

/* Customer credit pays an invoice, a credit note is offset. The row stays as it was frozen. */
static bh_status settle_money(bh_approval *ap, bh_arena *a, const bh_doc_whole *d)
{
  bh_doc_row row = d->row;
  int64_t *corrected = NULL;
  size_t n = 0;
  bh_status st = row.total < 0 ? bh_corrected_docs(&corrected, &n, a, ap->b->store, &row, d->client, d->body.json, ap->err) : BH_OK;
  return st == BH_OK ? bh_ledger_approved(&ap->ledger, a, &row, corrected, n, ap->err) : st;
}

static bh_status record(bh_approval *ap, const bh_doc_row *row, bool forced)
{
  if (!forced && ap->o->date == NULL)
    return BH_OK; /* an ordinary approval is recorded once, with its batch */
  bh_event e = { .at_s = ap->now_s, .who = bh_str_c(ap->b->options.who), .what = forced ? BH_S("forced") : BH_S("dated"), .doc = row->doc, .client = row->client,
    .reason = bh_str_c(forced ? ap->o->force_reason : ap->o->date) };
  return bh_store_event_add(ap->b->store, &e, ap->err);
}

static bh_status freeze(bh_approval *ap, bh_arena *a, bh_doc_whole *d, lot *x)
{
  bh_store *s = ap->b->store;
  bh_buf_clear(&ap->frozen);
  bh_status st = bh_doc_frozen(&ap->frozen, &d->row, &d->body, ap->err);
  if (st != BH_OK)
    return st;
  bh_str parts[2] = { { (const char *)ap->last.b, sizeof ap->last.b }, bh_buf_str(&ap->frozen) };
  ap->last = bh_sha256(parts, 2);
  link_add(x, ++ap->place, d->row.doc, &ap->last);
  st = bh_store_doc_approve(s, d->row.doc, d->row.number, ap->place, ap->err);
  if (st == BH_OK)
    st = post(ap, x, &d->row, d->body.postings);
  if (st == BH_OK)
    st = settle_money(ap, a, d);
  return st == BH_OK ? bh_approval_settle(ap, a, &d->row, d->client) : st;
}

static bh_status approve_one(bh_approval *ap, bh_arena *a, bh_doc_whole *d, void *ctx)
{
  bh_doc_row *row = &d->row;
  bh_str id = bh_doc_id(a, d->client, row->ord);
  if (bh_approval_excepted(ap, d->client, id))
    return BH_OK;
  if (row->state != BH_DOC_DRAFT) { /* approved already: success */
    ap->approved_n += row->state != BH_DOC_VOID;
    return BH_OK;
  }
  if (bh_approval_stops(ap, a, row, d->client).len > 0) {
    ap->held_n++;
    return BH_OK;
  }
  bool forced = row->hold.len > 0 || bh_by_hand_of(&ap->by_hand, row->client, row->doc) != NULL;
  bh_status st = BH_OK;
  if (ap->has_date && ap->date != row->issue) {
    st = bh_store_doc_body(ap->b->store, &d->body, a, row->doc, ap->err); /* with the evidence, which stays */
    if (st == BH_OK)
      st = bh_approval_move(ap, a, row, &d->body);
  }
  const bh_invoicing *inv = &ap->b->ws->invoicing;
  if (st == BH_OK && inv->has_closed_through && row->issue <= inv->closed_through)
    return bh_fail(ap->err, BH_E_PERMANENT, "%.*s is dated in closed books (closed_through in billhook.lua): give it a later date with --date", BH_STR_ARG(id));
  if (st == BH_OK)
    st = bh_approval_number(ap, row);
  row->number = bh_buf_str(&ap->number);
  if (st == BH_OK)
    st = freeze(ap, a, d, ctx);
  if (st == BH_OK)
    st = record(ap, row, forced);
  ap->approved_n++;
  BH_FAILPOINT("approve.document");
  return st;
}

static bh_status write_lot(bh_approval *ap, void *ctx)
{
  lot *x = ctx;
  bh_status st = bh_store_chain_append(ap->b->store, x->links, x->link_count, ap->err);
  if (st == BH_OK)
    st = bh_store_post(ap->b->store, x->posts, x->post_count, ap->err);
  x->done += (int64_t)x->link_count;
  x->link_count = x->post_count = 0;
  bh_arena_reset(&x->a);
  bh_engine_progress(ap->b, "documents", x->done, x->of);
  return st;
}

/* A held invoice that is named by itself and not forced stops everything. */
static bh_status look_at_named(bh_approval *ap, bh_arena *a, bh_doc_whole *d, void *ctx)
{
  if (d->row.state == BH_DOC_VOID)
    return bh_fail(ap->err, BH_E_PERMANENT, "%.*s is void", BH_STR_ARG(bh_doc_id(a, d->client, d->row.ord)));
  if (d->row.state == BH_DOC_DRAFT && bh_approval_stops(ap, a, &d->row, d->client).len > 0) {
    ap->refused = true;
    ap->held_n++;
  }
  return BH_OK;
}

static bh_status approve_all(bh_approval *ap)
{
  lot x = { .done = 0 };
  bh_arena_init(&x.a);
  for (size_t i = 0; i < ap->chosen.count; i++)
    x.of += ap->chosen.items[i].count;
  bh_status st = bh_approval_each(ap, &ap->named, false, look_at_named, NULL, NULL);
  if (st == BH_OK && !ap->refused)
    st = bh_ledger_init(&ap->ledger, ap->b->store, ap->b->options.who, ap->now_s, ap->err);
  if (st == BH_OK && !ap->refused)
    st = bh_store_chain_last(ap->b->store, &ap->place, &ap->last, ap->err);
  if (st == BH_OK && !ap->refused)
    st = bh_approval_each(ap, &ap->chosen, true, approve_one, write_lot, &x);
  free(x.links);
  free(x.posts);
  bh_arena_dispose(&x.a);
  if (st != BH_OK || ap->approved_n == 0)
    return st;
  bh_buf what;
  bh_buf_init(&what, 4096);
  for (size_t i = 0; i < ap->o->what_count; i++)
    bh_buf_fmt(&what, "%s%.100s", i ? " " : "", ap->o->what[i]);
  bh_event e = { .at_s = ap->now_s, .who = bh_str_c(ap->b->options.who), .what = BH_S("approved"), .reason = bh_buf_str(&what) };
  st = bh_store_event_add(ap->b->store, &e, ap->err);
  bh_buf_dispose(&what);
  return st;
}

static void approval_init(bh_approval *ap)
{
  bh_arena_init(&ap->a);
  bh_buf_init(&ap->series, 256);
  bh_buf_init(&ap->number, 256);
  bh_buf_init(&ap->frozen, 64 << 20);
}

static void approval_dispose(bh_approval *ap)
{
  free(ap->chosen.items);
  free(ap->named.items);
  bh_buf_dispose(&ap->series);
  bh_buf_dispose(&ap->number);
  bh_buf_dispose(&ap->frozen);
  bh_arena_dispose(&ap->a);
}

bh_status bh_approve_docs(billhook *b, const int64_t *docs, size_t n, const char *why, bh_error *err)
{
  billhook_approve_options none = { .struct_size = sizeof none, .what = &why, .what_count = 1 };
  bh_approval ap = { .b = b, .o = &none, .err = err };
  approval_init(&ap);
  bh_status st = bh_clock_now(&ap.now_s, err);
  if (st == BH_OK)
    st = bh_by_hand_load(&ap.by_hand, b->store, &ap.a, b->today, err);
  for (size_t i = 0; i < n; i++)
    bh_approval_choose(&ap, docs[i], false);
  if (st == BH_OK)
    st = approve_all(&ap);
  approval_dispose(&ap);
  return st;
}

int billhook_approve(billhook *b, const billhook_approve_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_approval ap = { .b = b, .o = o, .err = &err };
  approval_init(&ap);
  bh_status st = BH_OK;
  if (o->date != NULL) {
    ap.has_date = true;
    if (!bh_day_parse(&ap.date, bh_str_c(o->date)))
      st = bh_fail(&err, BH_E_USAGE, "--date %s: expected a date as YYYY-MM-DD", o->date);
  }
  if (st == BH_OK && o->what_count == 0)
    st = bh_fail(&err, BH_E_USAGE, "approve what? Expected a batch such as 2026-12-01.1, or invoices");
  if (st == BH_OK && o->force_reason != NULL && *o->force_reason == 0)
    st = bh_fail(&err, BH_E_USAGE, "--force: expected a reason, which is recorded");
  if (st == BH_OK)
    st = bh_clock_now(&ap.now_s, &err);
  if (st == BH_OK) {
    st = bh_engine_store(b, BH_STORE_WRITE);
    if (st != BH_OK)
      err = b->error;
  }
  if (st == BH_OK)
    st = bh_store_begin(b->store, &err);
  if (st == BH_OK)
    st = bh_by_hand_load(&ap.by_hand, b->store, &ap.a, b->today, &err);
  if (st == BH_OK)
    st = bh_approval_choose_all(&ap);
  if (st == BH_OK)
    st = approve_all(&ap);
  BH_FAILPOINT("approve.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  BH_FAILPOINT("approve.after_commit");
  if (st == BH_OK)
    st = bh_approval_answer(&ap, out);
  int exit_status = st == BH_E_PERMANENT ? (bh_engine_end(b, st, &err), BILLHOOK_SOME) : bh_engine_end(b, st, &err);
  if (st == BH_OK) {
    bh_engine_log(b, 2, "approved %zu, held %zu", ap.approved_n, ap.held_n);
    exit_status = ap.held_n > 0 ? BILLHOOK_SOME : BILLHOOK_DONE;
  }
  approval_dispose(&ap);
  return exit_status;
}
