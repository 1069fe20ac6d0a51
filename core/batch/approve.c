/* Approval: numbers, freezes, chains, posts and settles in one transaction. */
#include "batch/approve.h"
#include "batch/document.h"
#include "batch/settle.h"
#include "base/failpoint.h"
#include "batch/batch_hash.h"
#include <stdlib.h>

typedef struct chosen { int64_t doc; bool named; } chosen; /* named: by itself, not through its batch */
typedef struct approval {
  billhook *b;
  const billhook_approve_options *o;
  bh_arena a;                  /* for the whole call */
  chosen *docs; size_t count, cap;
  bool has_date; bh_day date;
  int64_t place; bh_sha last;  /* of the chain */
  int64_t now_s;
  bh_buf approved, held;       /* JSON array members */
  size_t approved_n, held_n;
  bh_error *err;
} approval;

static void choose(approval *ap, int64_t doc, bool named)
{
  for (size_t i = 0; named && i < ap->count; i++)
    if (ap->docs[i].doc == doc) {
      ap->docs[i].named = true;
      return;
    }
  if (ap->count == ap->cap) {
    size_t cap = ap->cap ? ap->cap * 2 : 256;
    chosen *more = realloc(ap->docs, cap * sizeof *more);
    bh_require(more != NULL);
    ap->docs = more;
    ap->cap = cap;
  }
  ap->docs[ap->count++] = (chosen){ doc, named };
}

static bh_status on_batch_doc(void *ctx, const bh_doc_row *row, bh_str client_id, const bh_doc_body *body, bh_error *err)
{
  if (row->state == BH_DOC_DRAFT)
    choose(ctx, row->doc, false);
  return BH_OK;
}

static bool excepted(const approval *ap, bh_str client, bh_str id)
{
  for (size_t i = 0; i < ap->o->except_count; i++)
    if (bh_str_eqz(client, ap->o->except[i]) || bh_str_eqz(id, ap->o->except[i]))
      return true;
  return false;
}

/* What is to be left out must be there: a word that names nothing would freeze what it meant to spare. */
static bh_status check_except(approval *ap)
{
  for (size_t i = 0; i < ap->o->except_count; i++) {
    bh_str word = bh_str_c(ap->o->except[i]);
    bh_client_row client;
    bh_doc_row row;
    bh_error none;
    bh_status st = bh_store_client_get(ap->b->store, &client, word, ap->err);
    if (st != BH_OK)
      return st;
    if (!client.exists && bh_doc_find(&row, NULL, &ap->a, ap->b->store, word, &none) != BH_OK)
      return bh_fail(ap->err, BH_E_USAGE, "--except %s: no invoice or client of that name: nothing is approved", ap->o->except[i]);
  }
  return BH_OK;
}

static bh_status choose_batch(approval *ap, bh_day day, int32_t ordinal, const char *what)
{
  bh_batch_row row;
  bh_status st = bh_store_batch_find(ap->b->store, &row, &ap->a, day, ordinal, ap->err);
  if (st == BH_OK && row.num == 0)
    return bh_fail(ap->err, BH_E_USAGE, "no batch %s: `billhook review` shows the last one", what);
  if (st == BH_OK && ap->o->hash != NULL) {
    bh_sha now;
    char hex[65];
    st = bh_batch_hash(&now, ap->b->store, row.num, ap->err);
    bh_hex(hex, now.b, sizeof now.b);
    size_t n = strlen(ap->o->hash);
    if (st == BH_OK && (n < 8 || n > 64 || strncmp(hex, ap->o->hash, n) != 0))
      return bh_fail(ap->err, BH_E_PERMANENT, "batch %s has changed since the review whose hash was given: nothing is approved; review it again", what);
  }
  bh_doc_filter f = { .batch = row.num, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX, .by_client = true };
  return st == BH_OK ? bh_store_docs_each(ap->b->store, &f, false, on_batch_doc, ap, ap->err) : st;
}

/* The series of a number with its year, and the number itself: "INV-{year}-{seq:6}". */
static bh_status number_of(approval *ap, bh_arena *a, bh_str *out, const bh_doc_row *row)
{
  bh_str format = row->type == BH_DOC_CREDIT_NOTE ? ap->b->ws->invoicing.credit_number : ap->b->ws->invoicing.number;
  int year, month, day;
  bh_day_split(row->issue, &year, &month, &day);
  bh_buf series, number;
  bh_buf_init(&series, 256);
  bh_buf_init(&number, 256);
  bh_status st = BH_OK;
  int64_t seq = 0;
  for (int pass = 0; pass < 2 && st == BH_OK; pass++) {
    for (size_t i = 0; i < format.len;) {
      bh_str rest = { format.ptr + i, format.len - i };
      if (bh_str_starts(rest, BH_S("{year}"))) {
        bh_buf_fmt(pass ? &number : &series, "%04d", year);
        i += 6;
      } else if (bh_str_starts(rest, BH_S("{month}"))) {
        bh_buf_fmt(pass ? &number : &series, "%02d", month);
        i += 7;
      } else if (bh_str_starts(rest, BH_S("{seq"))) {
        size_t close = i;
        int width = 1;
        while (close < format.len && format.ptr[close] != '}')
          close++;
        if (i + 5 < close && format.ptr[i + 4] == ':') {
          bh_dec w;
          if (bh_dec_parse(&w, (bh_str){ format.ptr + i + 5, close - i - 5 }, 0) && w.coef >= 1 && w.coef <= 18)
            width = (int)w.coef;
        }
        if (pass) bh_buf_fmt(&number, "%0*lld", width, (long long)seq); else bh_buf_putz(&series, "{seq}");
        i = close + 1;
      } else {
        bh_buf_putc(pass ? &number : &series, format.ptr[i++]);
      }
    }
    if (pass == 0)
      st = bh_store_series_next(ap->b->store, &seq, bh_buf_str(&series), ap->err);
  }
  *out = bh_arena_str(a, bh_buf_str(&number));
  bh_buf_dispose(&series);
  bh_buf_dispose(&number);
  return st;
}

/* The rate of a tax on a day, or NULL. */
static const bh_dec *rate_on(const bh_workspace *ws, bh_str tax, bh_day day)
{
  const bh_dec *rate = NULL;
  for (size_t i = 0; i < ws->tax_count; i++)
    if (bh_str_eq(ws->taxes[i].id, tax) && !ws->taxes[i].by_service)
      for (size_t k = 0; k < ws->taxes[i].rate_count; k++)
        if (ws->taxes[i].rates[k].from <= day)
          rate = &ws->taxes[i].rates[k].percent;
  return rate;
}

/* A tax that changes between the two dates would be wrong on the document: only a run can rate it anew. */
static bh_status same_taxes(approval *ap, const bh_doc_row *row, const bh_node *tree)
{
  const bh_node *taxes = bh_node_get(tree, "taxes");
  for (size_t i = 0; taxes != NULL && i < taxes->item_count; i++) {
    const bh_node *tax = bh_node_get(taxes->items[i], "tax");
    const bh_dec *then = tax ? rate_on(ap->b->ws, tax->text, row->issue) : NULL, *now = tax ? rate_on(ap->b->ws, tax->text, ap->date) : NULL;
    if (then != NULL && now != NULL && bh_dec_cmp(*then, *now) != 0)
      return bh_fail(ap->err, BH_E_PERMANENT, "the rate of tax \"%.*s\" changes between the draft's date and %s: run again with --date %s", BH_STR_ARG(tax->text),
                     ap->o->date, ap->o->date);
  }
  return BH_OK;
}

/* approve --date: the document's dates move before it is frozen; what is due when follows its terms. */
static bh_status move_date(approval *ap, bh_arena *a, bh_doc_row *row, bh_doc_body *body)
{
  bh_day due = ap->date;
  bh_node *tree;
  char text[12];
  bh_status st = bh_json_parse(&tree, a, body->json, NULL, ap->err);
  if (st == BH_OK)
    st = same_taxes(ap, row, tree);
  const bh_node *terms = st == BH_OK ? bh_node_get(tree, "terms") : NULL;
  if (terms != NULL)
    st = bh_due_date(&due, terms->text, ap->date, ap->err);
  if (st != BH_OK)
    return st;
  bh_day_format(text, ap->date);
  bh_node_set(a, tree, BH_S("issue_date"), bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
  bh_day_format(text, due);
  bh_node_set(a, tree, BH_S("due_date"), bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
  bh_buf json;
  bh_buf_init(&json, 64 << 20);
  bh_json_write(&json, tree);
  body->json = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  row->issue = ap->date;
  row->due = due;
  st = bh_store_doc_body_update(ap->b->store, row->doc, body, ap->err);
  return st == BH_OK ? bh_store_doc_update(ap->b->store, row, ap->err) : st;
}

static bh_status settle(approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client_id)
{
  bh_store *s = ap->b->store;
  bh_settle x;
  bool by_hand = row->settle.len == 0; /* settles nothing; with --rebill it opens what it takes back */
  if (by_hand)
    x = (bh_settle){ 0 };
  else if (!bh_settle_unpack(&x, a, row->settle))
    return bh_fail(ap->err, BH_E_STORE, "document %lld: what it settles cannot be read back", (long long)row->doc);
  bh_status st = BH_OK;
  bool reopened = false;
  if (x.contract_count > 0) {
    for (size_t i = 0; i < x.contract_count && st == BH_OK; i++)
      st = bh_store_contract_settle(s, row->client, x.contracts[i].num, &x.contracts[i].hash, x.contracts[i].next_due, x.contracts[i].currency, ap->err);
  } else { /* one of several documents of these contracts: the next run compares in full */
    bh_doc_line *lines;
    size_t n, rows_n;
    bh_contract_row *rows;
    st = bh_store_doc_lines(s, &lines, &n, a, row->doc, ap->err);
    if (st == BH_OK)
      st = bh_store_contracts_of(s, &rows, &rows_n, a, row->client, ap->err);
    for (size_t j = 0; st == BH_OK && j < rows_n; j++) {
      bool on = false;
      for (size_t i = 0; i < n && !on; i++)
        on = lines[i].contract == rows[j].num;
      if (!on)
        continue;
      reopened = true;
      rows[j].hash = (bh_sha){ { 0 } };
      rows[j].next_due = BH_DAY_MIN;
      rows[j].currency = row->currency;
      st = bh_store_contract_put(s, &rows[j], ap->err);
    }
  }
  if (st != BH_OK || !by_hand)
    return st == BH_OK ? bh_store_client_settle(s, row->client, &x.raw_hash, x.whole ? x.next_due : BH_DAY_MIN, x.pull, x.charged_to, ap->err) : st;
  bh_client_row client;
  st = bh_store_client_get(s, &client, client_id, ap->err);
  if (st != BH_OK)
    return st;
  bh_doc_row *drafts;
  size_t drafts_n;
  st = bh_store_drafts_of(s, &drafts, &drafts_n, a, row->client, ap->err);
  client.open_draft = drafts_n > 0;
  if (reopened) {
    client.raw_hash = (bh_sha){ { 0 } };
    client.next_due = BH_DAY_MIN;
  }
  return st == BH_OK ? bh_store_client_put(s, &client, client_id, ap->err) : st;
}

static bh_status post(approval *ap, bh_arena *a, const bh_doc_row *row, const bh_doc_body *body)
{
  bh_post *posts;
  size_t n;
  if (!bh_posts_unpack(&posts, &n, a, body->postings))
    return bh_fail(ap->err, BH_E_STORE, "document %lld: its postings cannot be read back", (long long)row->doc);
  bh_posting *rows = BH_NEWN(a, bh_posting, n ? n : 1);
  for (size_t i = 0; i < n; i++)
    rows[i] = (bh_posting){ .doc = row->doc, .n = (int32_t)i, .day = row->issue, .account = posts[i].account, .currency = row->currency, .amount = posts[i].amount };
  return bh_store_post(ap->b->store, rows, n, ap->err);
}

static void approved_json(approval *ap, bh_str id, bh_str number)
{
  if (ap->approved_n++)
    bh_buf_putc(&ap->approved, ',');
  bh_buf_putz(&ap->approved, "{\"invoice\":");
  bh_json_str(&ap->approved, id);
  bh_buf_putz(&ap->approved, ",\"number\":");
  bh_json_str(&ap->approved, number);
  bh_buf_putc(&ap->approved, '}');
}

static void held_json(approval *ap, bh_arena *a, bh_str client, bh_str id, bh_str hold)
{
  bh_node *holds = NULL;
  if (bh_json_parse(&holds, a, hold, NULL, NULL) != BH_OK)
    return;
  for (size_t i = 0; i < holds->item_count; i++) {
    const bh_node *reason = bh_node_get(holds->items[i], "reason"), *message = bh_node_get(holds->items[i], "message");
    if (ap->held_n++)
      bh_buf_putc(&ap->held, ',');
    bh_buf_putz(&ap->held, "{\"client\":");
    bh_json_str(&ap->held, client);
    bh_buf_putz(&ap->held, ",\"invoice\":");
    bh_json_str(&ap->held, id);
    bh_buf_putz(&ap->held, ",\"message\":");
    bh_json_str(&ap->held, message ? message->text : (bh_str){ "", 0 });
    bh_buf_putz(&ap->held, ",\"reason\":");
    bh_json_str(&ap->held, reason ? reason->text : (bh_str){ "", 0 });
    bh_buf_putc(&ap->held, '}');
  }
}

static bh_status record(approval *ap, const bh_doc_row *row, bool forced)
{
  if (!forced && ap->o->date == NULL)
    return BH_OK; /* an ordinary approval is recorded once, with its batch */
  bh_event e = { .at_s = ap->now_s, .who = bh_str_c(ap->b->options.who), .what = forced ? BH_S("forced") : BH_S("dated"), .doc = row->doc, .client = row->client,
    .reason = bh_str_c(forced ? ap->o->force_reason : ap->o->date) };
  return bh_store_event_add(ap->b->store, &e, ap->err);
}

static bh_status approve_one(approval *ap, bh_arena *a, const chosen *c)
{
  bh_doc_row row;
  bh_doc_body body;
  bh_str client;
  bh_store *s = ap->b->store;
  bh_status st = bh_store_doc_get(s, &row, a, c->doc, ap->err);
  if (st == BH_OK)
    st = bh_store_client_id(s, &client, a, row.client, ap->err);
  if (st != BH_OK)
    return st;
  bh_str id = bh_doc_id(a, client, row.ord);
  if (excepted(ap, client, id))
    return BH_OK;
  if (row.state != BH_DOC_DRAFT) { /* approved already: success */
    if (row.state != BH_DOC_VOID)
      approved_json(ap, id, row.number);
    return BH_OK;
  }
  bool forced = row.hold.len > 0;
  if (forced && ap->o->force_reason == NULL) {
    held_json(ap, a, client, id, row.hold);
    return BH_OK;
  }
  st = ap->has_date ? bh_store_doc_body(s, &body, a, row.doc, ap->err) : bh_store_doc_text(s, &body, a, row.doc, ap->err);
  if (st == BH_OK && ap->has_date && ap->date != row.issue)
    st = move_date(ap, a, &row, &body);
  const bh_invoicing *inv = &ap->b->ws->invoicing;
  if (st == BH_OK && inv->has_closed_through && row.issue <= inv->closed_through)
    return bh_fail(ap->err, BH_E_PERMANENT, "%.*s is dated in closed books (closed_through in billhook.lua): give it a later date with --date", BH_STR_ARG(id));
  if (st == BH_OK)
    st = number_of(ap, a, &row.number, &row);
  if (st != BH_OK)
    return st;
  bh_buf frozen;
  bh_buf_init(&frozen, 64 << 20);
  st = bh_doc_frozen(&frozen, &row, &body, ap->err);
  if (st == BH_OK) {
    bh_str parts[2] = { { (const char *)ap->last.b, sizeof ap->last.b }, bh_buf_str(&frozen) };
    ap->last = bh_sha256(parts, 2);
    st = bh_store_chain_append(s, ++ap->place, row.doc, &ap->last, ap->err);
  }
  bh_buf_dispose(&frozen);
  if (st == BH_OK)
    st = bh_store_doc_approve(s, row.doc, row.number, ap->place, ap->err);
  if (st == BH_OK)
    st = post(ap, a, &row, &body);
  if (st == BH_OK)
    st = settle(ap, a, &row, client);
  if (st == BH_OK)
    st = record(ap, &row, forced);
  if (st == BH_OK)
    approved_json(ap, id, row.number);
  BH_FAILPOINT("approve.document");
  return st;
}

/* A held invoice that is named by itself and not forced stops everything. */
static bh_status named_holds(approval *ap, bh_arena *a, bool *any)
{
  *any = false;
  for (size_t i = 0; i < ap->count; i++) {
    bh_doc_row row;
    bh_str client;
    if (!ap->docs[i].named)
      continue;
    bh_arena_reset(a);
    bh_status st = bh_store_doc_get(ap->b->store, &row, a, ap->docs[i].doc, ap->err);
    if (st == BH_OK)
      st = bh_store_client_id(ap->b->store, &client, a, row.client, ap->err);
    if (st != BH_OK)
      return st;
    if (row.state == BH_DOC_VOID)
      return bh_fail(ap->err, BH_E_PERMANENT, "%.*s is void", BH_STR_ARG(bh_doc_id(a, client, row.ord)));
    if (row.state == BH_DOC_DRAFT && row.hold.len > 0 && ap->o->force_reason == NULL) {
      *any = true;
      held_json(ap, a, client, bh_doc_id(a, client, row.ord), row.hold);
    }
  }
  return BH_OK;
}

static bh_status choose_all(approval *ap)
{
  bh_store *s = ap->b->store;
  bh_status checked = check_except(ap);
  if (checked != BH_OK)
    return checked;
  for (size_t i = 0; i < ap->o->what_count; i++) {
    const char *what = ap->o->what[i];
    bh_day day;
    int32_t ordinal;
    bh_doc_row row;
    bh_status st;
    if (bh_batch_parse(&day, &ordinal, bh_str_c(what))) {
      st = choose_batch(ap, day, ordinal, what);
    } else if (ap->o->hash != NULL) {
      return bh_fail(ap->err, BH_E_USAGE, "--hash is a batch's, as `review` printed it: expected a batch such as 2026-12-01.1, not \"%s\"", what);
    } else {
      st = bh_doc_find(&row, NULL, &ap->a, s, bh_str_c(what), ap->err);
      if (st == BH_OK)
        choose(ap, row.doc, true);
    }
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}

static bh_status approve_all(approval *ap)
{
  bh_arena a;
  bh_arena_init(&a);
  bool stop = false;
  bh_status st = named_holds(ap, &a, &stop);
  if (st == BH_OK && !stop)
    st = bh_store_chain_last(ap->b->store, &ap->place, &ap->last, ap->err);
  for (size_t i = 0; i < ap->count && st == BH_OK && !stop; i++) {
    bh_arena_reset(&a);
    st = approve_one(ap, &a, &ap->docs[i]);
    if ((i & 1023) == 1023)
      bh_engine_progress(ap->b, "documents", (int64_t)i + 1, (int64_t)ap->count);
  }
  bh_arena_dispose(&a);
  if (st == BH_OK && !stop && ap->approved_n > 0) {
    bh_buf what;
    bh_buf_init(&what, 4096);
    for (size_t i = 0; i < ap->o->what_count; i++)
      bh_buf_fmt(&what, "%s%.100s", i ? " " : "", ap->o->what[i]);
    bh_event e = { .at_s = ap->now_s, .who = bh_str_c(ap->b->options.who), .what = BH_S("approved"), .reason = bh_buf_str(&what) };
    st = bh_store_event_add(ap->b->store, &e, ap->err);
    bh_buf_dispose(&what);
  }
  return st;
}

bh_status bh_approve_docs(billhook *b, const int64_t *docs, size_t n, const char *why, bh_error *err)
{
  billhook_approve_options none = { .struct_size = sizeof none };
  approval ap = { .b = b, .o = &none, .err = err };
  bh_arena_init(&ap.a);
  bh_buf_init(&ap.approved, 1u << 30);
  bh_buf_init(&ap.held, 1u << 30);
  none.what = &why;
  none.what_count = 1;
  bh_status st = bh_clock_now(&ap.now_s, err);
  for (size_t i = 0; i < n; i++)
    choose(&ap, docs[i], false);
  if (st == BH_OK)
    st = approve_all(&ap);
  free(ap.docs);
  bh_buf_dispose(&ap.approved);
  bh_buf_dispose(&ap.held);
  bh_arena_dispose(&ap.a);
  return st;
}

static void put(const billhook_out *out, bh_str s)
{
  if (out != NULL && out->write != NULL && s.len > 0)
    out->write(out->ctx, s.ptr, s.len);
}

int billhook_approve(billhook *b, const billhook_approve_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  approval ap = { .b = b, .o = o, .err = &err };
  bh_arena_init(&ap.a);
  bh_buf_init(&ap.approved, 1u << 30);
  bh_buf_init(&ap.held, 1u << 30);
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
    st = choose_all(&ap);
  if (st == BH_OK)
    st = approve_all(&ap);
  BH_FAILPOINT("approve.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  BH_FAILPOINT("approve.after_commit");
  int exit_status = st == BH_E_PERMANENT ? (bh_engine_end(b, st, &err), BILLHOOK_SOME) : bh_engine_end(b, st, &err);
  if (st == BH_OK) {
    put(out, BH_S("{\"approved\":["));
    put(out, bh_buf_str(&ap.approved));
    put(out, BH_S("],\"held\":["));
    put(out, bh_buf_str(&ap.held));
    put(out, BH_S("]}\n"));
    bh_engine_log(b, 2, "approved %zu, held %zu", ap.approved_n, ap.held_n);
    exit_status = ap.held_n > 0 ? BILLHOOK_SOME : BILLHOOK_DONE;
  }
  free(ap.docs);
  bh_buf_dispose(&ap.approved);
  bh_buf_dispose(&ap.held);
  bh_arena_dispose(&ap.a);
  return exit_status;
}
