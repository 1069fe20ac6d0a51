/* Documents in the store: put, replaced, deleted, approved; what was charged; series, chain, journal, events. */
#include "facts_fixture.h"

typedef struct who { bh_client_row client; bh_contract_row contracts[2]; } who;

static who make_client(fixture *f, const char *id) {
  who w = {0};
  OK(bh_store_client_put(f->store, &w.client, bh_str_c(id), &f->err));
  for (int i = 0; i < 2; i++) {
    w.contracts[i] = (bh_contract_row){.client = w.client.num, .id = bh_arena_fmt(&f->arena, "%s-%d", id, i), .next_due = BH_DAY_MIN, .currency = BH_S("USD"), .terms = BH_S("{}")};
    OK(bh_store_contract_put(f->store, &w.contracts[i], &f->err));
  }
  return w;
}

static bh_doc_line line_of(int32_t contract, const char *key, bh_day from) {
  return (bh_doc_line){.contract = contract, .key = bh_str_c(key), .whole_from = from, .whole_until = from + 30, .from = from + 1, .until = from + 29,
                       .kind = BH_LINE_ADJUSTMENT, .counts = true, .line_id = BH_S("L1"), .product = BH_S("av"), .book = 3, .rule = 4,
                       .quantity = {114, 31}, .amount = -12345, .issue = from, .taxes = {"\0\1\2", 3}, .pull = 7, .as_of = from + 2};
}

static const bh_doc_body body = {{"{\"a\":1}", 7}, {"{\"e\":1}", 7}, {"\0p", 2}};

static int64_t put(fixture *f, who *w, int64_t doc, int32_t batch, const bh_doc_line *lines, size_t n) {
  bh_doc_row row = {.doc = doc, .client = w->client.num, .ord = doc ? w->client.doc_ord : ++w->client.doc_ord, .type = BH_DOC_INVOICE, .split = BH_S("po=1"),
                    .currency = BH_S("USD"), .decimals = 2, .batch = batch, .issue = dec_day(1), .due = dec_day(16), .rated_on = dec_day(1), .pull = 9,
                    .subtotal = 100, .total = 119, .paid = 0, .hold = BH_S("[]"), .settle = {"\0s", 2}};
  OK(bh_store_doc_put(f->store, &row, &body, lines, n, &f->err));
  return row.doc;
}

static void approve(fixture *f, int64_t doc, int64_t place) {
  OK(bh_store_doc_approve(f->store, doc, bh_arena_fmt(&f->arena, "INV-2026-%06lld", (long long)place), place, &f->err));
}

static size_t charged(fixture *f, const who *w, int contract) {
  bh_charged_line *lines;
  size_t n;
  OK(bh_store_charged(f->store, &lines, &n, &f->arena, w->contracts[contract].num, &f->err));
  return n;
}

static void set_state(fixture *f, int64_t doc, bh_doc_state to) {
  bh_doc_row row;
  OK(bh_store_doc_get(f->store, &row, &f->arena, doc, &f->err));
  row.state = to;
  OK(bh_store_doc_update(f->store, &row, &f->err));
}

static void put_and_read(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  bh_batch_row batch = {.day = dec_day(1), .stats = BH_S("{}")};
  OK(bh_store_batch_new(f->store, &batch, &f->err));
  who w = make_client(f, "acme");
  bh_doc_line lines[] = {line_of(w.contracts[0].num, "care#1", dec_day(1)), line_of(w.contracts[1].num, "av#1", dec_day(1)), line_of(0, "hand", dec_day(1))};
  int64_t doc = put(f, &w, 0, batch.num, lines, 3);
  assert_int_equal(doc, 1);
  OK(bh_store_commit(f->store, &f->err));
  bh_doc_row row;
  bh_doc_body got;
  bh_doc_line *read;
  size_t n;
  OK(bh_store_doc_get(f->store, &row, &f->arena, doc, &f->err));
  assert_int_equal(row.client, w.client.num);
  assert_int_equal(row.ord, 1);
  assert_str(row.split, "po=1");
  assert_str(row.hold, "[]");
  assert_str(row.number, "");
  assert_int_equal(row.settle.len, 2);
  assert_int_equal(row.total, 119);
  assert_int_equal(row.pull, 9);
  assert_int_equal(row.due, dec_day(16));
  OK(bh_store_doc_body(f->store, &got, &f->arena, doc, &f->err));
  assert_str(got.json, "{\"a\":1}");
  assert_int_equal(got.postings.len, 2);
  OK(bh_store_doc_lines(f->store, &read, &n, &f->arena, doc, &f->err));
  assert_int_equal(n, 3);
  assert_str(read[0].key, "care#1");
  assert_int_equal(read[0].quantity.num, 114);
  assert_int_equal(read[0].quantity.den, 31);
  assert_int_equal(read[0].amount, -12345);
  assert_int_equal(read[0].kind, BH_LINE_ADJUSTMENT);
  assert_int_equal(read[0].taxes.len, 3);
  assert_int_equal(read[0].book, 3);
  assert_int_equal(read[0].rule, 4);
  assert_int_equal(read[0].pull, 7);
  assert_int_equal(read[0].as_of, dec_day(3));
  assert_int_equal(read[0].from, dec_day(2));
  assert_int_equal(read[0].until, dec_day(30));
  OK(bh_store_doc_by_ord(f->store, &row, &f->arena, w.client.num, 1, &f->err));
  assert_int_equal(row.doc, doc);
  assert_int_equal(bh_store_doc_by_ord(f->store, &row, &f->arena, w.client.num, 2, &f->err), BH_E_NOTFOUND);
  assert_int_equal(bh_store_doc_get(f->store, &row, &f->arena, 2, &f->err), BH_E_NOTFOUND);
  assert_int_equal(bh_store_doc_by_number(f->store, &row, &f->arena, BH_S("INV-1"), &f->err), BH_E_NOTFOUND);
  assert_int_equal(bh_store_doc_body(f->store, &got, &f->arena, 2, &f->err), BH_E_NOTFOUND);
}

static void drafts(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  who w = make_client(f, "acme"), other = make_client(f, "globex");
  bh_doc_line lines[] = {line_of(w.contracts[0].num, "care#1", dec_day(1)), line_of(w.contracts[1].num, "av#1", dec_day(1))};
  int64_t doc = put(f, &w, 0, 0, lines, 2);
  put(f, &other, 0, 0, NULL, 0);
  bh_doc_row *rows;
  size_t n;
  OK(bh_store_drafts_of(f->store, &rows, &n, &f->arena, w.client.num, &f->err));
  assert_int_equal(n, 1);
  /* Replaced: it keeps its id, and no line of before is left. */
  assert_int_equal(put(f, &w, doc, 0, lines + 1, 1), doc);
  bh_doc_line *read;
  OK(bh_store_doc_lines(f->store, &read, &n, &f->arena, doc, &f->err));
  assert_int_equal(n, 1);
  approve(f, doc, 1);
  assert_int_equal(charged(f, &w, 0), 0);
  assert_int_equal(charged(f, &w, 1), 1);
  OK(bh_store_drafts_of(f->store, &rows, &n, &f->arena, w.client.num, &f->err));
  assert_int_equal(n, 0);
  /* An approved document is neither replaced nor deleted nor approved again. */
  bh_doc_row row = {.doc = doc, .client = w.client.num, .ord = 1, .currency = BH_S("USD"), .split = BH_S(""), .hold = BH_S(""), .settle = BH_S("")};
  assert_int_equal(bh_store_doc_put(f->store, &row, &body, NULL, 0, &f->err), BH_E_INVALID);
  assert_int_equal(bh_store_doc_delete(f->store, doc, &f->err), BH_E_INVALID);
  assert_int_equal(bh_store_doc_approve(f->store, doc, BH_S("INV-9"), 9, &f->err), BH_E_INVALID);
  assert_int_equal(charged(f, &w, 1), 1);
  int64_t second = put(f, &w, 0, 0, lines, 2);
  OK(bh_store_doc_delete(f->store, second, &f->err));
  assert_int_equal(bh_store_doc_get(f->store, &row, &f->arena, second, &f->err), BH_E_NOTFOUND);
  OK(bh_store_doc_lines(f->store, &read, &n, &f->arena, second, &f->err));
  assert_int_equal(n, 0);
  int64_t third = put(f, &w, 0, 0, NULL, 0);
  assert_true(third > second); /* a number is never given twice */
  OK(bh_store_commit(f->store, &f->err));
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_store_doc_delete(f->store, third, &f->err));
  OK(bh_store_commit(f->store, &f->err));
  OK(bh_store_begin(f->store, &f->err));
  assert_true(put(f, &w, 0, 0, NULL, 0) > third);
  OK(bh_store_commit(f->store, &f->err));
}

static void what_is_charged(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  who w = make_client(f, "acme");
  int64_t docs[6];
  for (int i = 0; i < 6; i++) {
    bh_doc_line lines[] = {line_of(w.contracts[0].num, "care#1", dec_day(1) + 31 * i), line_of(w.contracts[1].num, "av#1", dec_day(1)),
                           line_of(w.contracts[0].num, "care#2", dec_day(1))};
    lines[2].counts = false;
    docs[i] = put(f, &w, 0, 0, lines, 3);
  }
  assert_int_equal(charged(f, &w, 0), 0); /* drafts charge nothing */
  static const bh_doc_state states[] = {BH_DOC_APPROVED, BH_DOC_SENT, BH_DOC_PARTLY_PAID, BH_DOC_PAID, BH_DOC_VOID};
  for (int i = 0; i < 5; i++) {
    approve(f, docs[i], i + 1);
    set_state(f, docs[i], states[i]);
  }
  bh_charged_line *lines;
  size_t n;
  OK(bh_store_charged(f->store, &lines, &n, &f->arena, w.contracts[0].num, &f->err));
  assert_int_equal(n, 8);
  assert_int_equal(lines[0].doc, docs[0]);
  assert_int_equal(lines[0].n, 0);
  assert_str(lines[0].line.key, "care#1");
  assert_int_equal(lines[1].n, 2);
  assert_false(lines[1].line.counts);
  assert_int_equal(lines[7].doc, docs[3]);
  OK(bh_store_charged_since(f->store, &lines, &n, &f->arena, w.contracts[0].num, dec_day(1) + 31 * 2 + 30 - 1, &f->err));
  assert_int_equal(n, 4); /* the third and fourth, whole documents */
  OK(bh_store_charged_since(f->store, &lines, &n, &f->arena, w.contracts[1].num, dec_day(31), &f->err));
  assert_int_equal(n, 0);
  bh_doc_row row;
  OK(bh_store_doc_before(f->store, &row, &f->arena, w.client.num, BH_S("USD"), 0, &f->err));
  assert_int_equal(row.doc, docs[3]); /* not the void one, not the draft */
  OK(bh_store_doc_before(f->store, &row, &f->arena, w.client.num, BH_S("USD"), docs[3], &f->err));
  assert_int_equal(row.doc, docs[2]);
  OK(bh_store_doc_before(f->store, &row, &f->arena, w.client.num, BH_S("EUR"), 0, &f->err));
  assert_int_equal(row.doc, 0);
  OK(bh_store_doc_by_number(f->store, &row, &f->arena, BH_S("INV-2026-000003"), &f->err));
  assert_int_equal(row.doc, docs[2]);
  OK(bh_store_commit(f->store, &f->err));
}

typedef struct seen { fixture *f; char text[1000]; bool approve; int64_t place; } seen;

static bh_status see(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *b, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%.*s-%d%s ", BH_STR_ARG(client), row->ord, b && b->json.len == 7 ? "+" : "");
  if (!s->approve) return BH_OK;
  s->place++;
  return bh_store_doc_approve(s->f->store, row->doc, bh_arena_fmt(&s->f->arena, "X-%d", (int)s->place), s->place, err);
}

static void each(fixture *f, bh_doc_filter filter, bool bodies, bool approving, const char *expected) {
  seen s = {.f = f, .approve = approving};
  OK(bh_store_docs_each(f->store, &filter, bodies, see, &s, &f->err));
  assert_string_equal(s.text, expected);
}

static void streams(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  who z = make_client(f, "zeta"), a = make_client(f, "acme");
  bh_batch_row first = {.day = dec_day(1), .stats = BH_S("{}")}, second = first, third = first;
  OK(bh_store_batch_new(f->store, &first, &f->err));
  put(f, &z, 0, first.num, NULL, 0);
  put(f, &a, 0, first.num, NULL, 0);
  int64_t kept = put(f, &z, 0, first.num, NULL, 0);
  OK(bh_store_batch_new(f->store, &second, &f->err));
  assert_int_equal(second.ordinal, 2);
  put(f, &a, 0, second.num, NULL, 0);
  bh_doc_row row;
  OK(bh_store_doc_get(f->store, &row, &f->arena, kept, &f->err));
  row.batch = second.num; /* an old draft that a later run made anew */
  OK(bh_store_doc_update(f->store, &row, &f->err));
  third.day = dec_day(2);
  OK(bh_store_batch_new(f->store, &third, &f->err));
  assert_int_equal(third.ordinal, 1);
  const bh_doc_filter any = {.state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
  bh_doc_filter q = any;
  each(f, q, false, false, "zeta-1 acme-1 zeta-2 acme-2 ");
  q.by_client = true;
  each(f, q, true, false, "acme-1+ acme-2+ zeta-1+ zeta-2+ ");
  q = any, q.batch = first.num;
  each(f, q, false, false, "zeta-1 acme-1 ");
  q.batch = second.num, q.by_client = true, q.state = BH_DOC_DRAFT;
  each(f, q, false, false, "acme-2 zeta-2 ");
  q = any, q.batch = third.num;
  each(f, q, false, false, "");
  q = any, q.client = a.client.num;
  each(f, q, true, false, "acme-1+ acme-2+ ");
  q = any, q.from = dec_day(2);
  each(f, q, false, false, "");
  q = any, q.to = dec_day(1);
  each(f, q, false, false, "zeta-1 acme-1 zeta-2 acme-2 ");
  q = any, q.batch = second.num, q.state = BH_DOC_DRAFT, q.by_client = true; /* approved while they stream by */
  each(f, q, true, true, "acme-2+ zeta-2+ ");
  each(f, q, true, false, "");
  q = any, q.state = BH_DOC_DRAFT;
  each(f, q, true, false, "zeta-1+ acme-1+ ");
  q = any, q.state = BH_DOC_APPROVED;
  each(f, q, false, false, "zeta-2 acme-2 ");
  bh_batch_row b;
  OK(bh_store_batch_find(f->store, &b, &f->arena, dec_day(1), 2, &f->err));
  assert_int_equal(b.num, second.num);
  OK(bh_store_batch_find(f->store, &b, &f->arena, dec_day(1), 3, &f->err));
  assert_int_equal(b.num, 0);
  OK(bh_store_batch_last(f->store, &b, &f->arena, &f->err));
  assert_int_equal(b.num, third.num);
  third.stats = BH_S("{\"x\":1}");
  OK(bh_store_batch_update(f->store, &third, &f->err));
  OK(bh_store_batch_get(f->store, &b, &f->arena, third.num, &f->err));
  assert_str(b.stats, "{\"x\":1}");
  OK(bh_store_commit(f->store, &f->err));
}

static bh_status see_series(void *ctx, bh_str series, int64_t last, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%.*s=%d ", BH_STR_ARG(series), (int)last);
  return BH_OK;
}

static bh_status see_posting(void *ctx, const bh_posting *p, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%d.%d.%d %.*s %.*s %d; ", (int)p->doc, p->entry, p->n, BH_STR_ARG(p->account), BH_STR_ARG(p->currency), (int)p->amount);
  return BH_OK;
}

static bh_status see_chain(void *ctx, int64_t place, int64_t doc, const bh_sha *hash, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%d:%d:%d ", (int)place, (int)doc, hash->b[31]);
  return BH_OK;
}

static void approval(void **state) {
  fixture *f = *state;
  int64_t seq = 0;
  OK(bh_store_begin(f->store, &f->err));
  for (int i = 1; i <= 3; i++) {
    OK(bh_store_series_next(f->store, &seq, BH_S("INV-2026"), &f->err));
    assert_int_equal(seq, i);
  }
  OK(bh_store_series_next(f->store, &seq, BH_S("CN-2026"), &f->err));
  assert_int_equal(seq, 1);
  OK(bh_store_commit(f->store, &f->err));
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_store_series_next(f->store, &seq, BH_S("INV-2026"), &f->err));
  bh_store_rollback(f->store);
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_store_series_next(f->store, &seq, BH_S("INV-2026"), &f->err));
  assert_int_equal(seq, 4); /* no gap after what was rolled back */
  seen s = {.f = f};
  OK(bh_store_series_each(f->store, see_series, &s, &f->err));
  assert_string_equal(s.text, "CN-2026=1 INV-2026=4 ");
  int64_t place;
  bh_sha hash = {{0}};
  OK(bh_store_chain_last(f->store, &place, &hash, &f->err));
  assert_int_equal(place, 0);
  bh_chain_link links[] = {{.place = 1, .doc = 11}, {.place = 2, .doc = 12}};
  links[0].hash.b[31] = 1;
  links[1].hash.b[31] = 2;
  OK(bh_store_chain_append(f->store, links, 2, &f->err));
  assert_int_not_equal(bh_store_chain_append(f->store, &(bh_chain_link){.place = 2, .doc = 13}, 1, &f->err), BH_OK);
  OK(bh_store_chain_last(f->store, &place, &hash, &f->err));
  assert_int_equal(place, 2);
  assert_int_equal(hash.b[31], 2);
  s.text[0] = 0;
  OK(bh_store_chain_each(f->store, see_chain, &s, &f->err));
  assert_string_equal(s.text, "1:11:1 2:12:2 ");
  who w = make_client(f, "acme");
  int64_t a = put(f, &w, 0, 0, NULL, 0), b = put(f, &w, 0, 0, NULL, 0);
  approve(f, a, 7);
  assert_int_not_equal(bh_store_doc_approve(f->store, b, BH_S("INV-2026-000007"), 8, &f->err), BH_OK); /* a number is given once */
  bh_posting p[] = {{.doc = a, .n = 0, .day = dec_day(1), .account = BH_S("receivable"), .amount = 119},
                    {.doc = a, .n = 1, .day = dec_day(1), .account = BH_S("revenue:av"), .amount = -119},
                    {.doc = a, .n = 0, .entry = 1, .day = dec_day(2), .account = BH_S("receivable"), .amount = -119}};
  OK(bh_store_post(f->store, p, 3, &f->err));
  s.text[0] = 0;
  OK(bh_store_postings_each(f->store, see_posting, &s, &f->err));
  assert_string_equal(s.text, "1.0.0 receivable USD 119; 1.0.1 revenue:av USD -119; 1.1.0 receivable USD -119; ");
  bh_event e = {.at_s = 1796083200, .who = BH_S("jo"), .what = BH_S("approve"), .reason = BH_S(""), .doc = a, .client = w.client.num}, *events;
  OK(bh_store_event_add(f->store, &e, &f->err));
  e.what = BH_S("void"), e.reason = BH_S("not delivered");
  OK(bh_store_event_add(f->store, &e, &f->err));
  size_t n;
  OK(bh_store_events_of(f->store, &events, &n, &f->arena, a, &f->err));
  assert_int_equal(n, 2);
  assert_str(events[1].what, "void");
  assert_str(events[1].reason, "not delivered");
  assert_int_equal(events[1].client, w.client.num);
  OK(bh_store_commit(f->store, &f->err));
}

static bh_status see_client(void *ctx, bh_str id, const bh_client_row *row, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%.*s=%d ", BH_STR_ARG(id), row->num);
  return BH_OK;
}

static void clients_contracts_contents(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  who z = make_client(f, "zeta"), a = make_client(f, "acme");
  a.client.raw_hash.b[0] = 9;
  a.client.next_due = dec_day(5);
  a.client.charged_to = dec_day(31);
  a.client.settled_pull = 4;
  a.client.open_draft = true;
  OK(bh_store_client_put(f->store, &a.client, BH_S("acme"), &f->err));
  bh_client_row row;
  OK(bh_store_client_get(f->store, &row, BH_S("acme"), &f->err));
  assert_memory_equal(&row, &a.client, sizeof row.num + sizeof row.raw_hash);
  assert_int_equal(row.next_due, dec_day(5));
  assert_int_equal(row.charged_to, dec_day(31));
  assert_int_equal(row.settled_pull, 4);
  assert_true(row.open_draft && row.exists);
  seen s = {.f = f};
  OK(bh_store_clients_each(f->store, see_client, &s, &f->err));
  assert_string_equal(s.text, "acme=2 zeta=1 ");
  bh_str id;
  OK(bh_store_client_id(f->store, &id, &f->arena, z.client.num, &f->err));
  assert_str(id, "zeta");
  assert_int_equal(bh_store_client_id(f->store, &id, &f->arena, 99, &f->err), BH_E_NOTFOUND);
  row.num = 99;
  assert_int_equal(bh_store_client_put(f->store, &row, BH_S("nobody"), &f->err), BH_E_BUG);
  bh_contract_row *of, found;
  size_t n;
  a.contracts[1].hash.b[3] = 1;
  a.contracts[1].terms = BH_S("{\"x\":1}");
  a.contracts[1].next_due = dec_day(9);
  OK(bh_store_contract_put(f->store, &a.contracts[1], &f->err));
  OK(bh_store_contracts_of(f->store, &of, &n, &f->arena, a.client.num, &f->err));
  assert_int_equal(n, 2);
  assert_str(of[0].id, "acme-0");
  assert_int_equal(of[1].hash.b[3], 1);
  assert_str(of[1].terms, "{\"x\":1}");
  assert_int_equal(of[1].next_due, dec_day(9));
  OK(bh_store_contract_find(f->store, &found, &f->arena, BH_S("acme-1"), &f->err));
  assert_int_equal(found.num, a.contracts[1].num);
  assert_int_equal(found.client, a.client.num);
  OK(bh_store_contract_find(f->store, &found, &f->arena, BH_S("nothing"), &f->err));
  assert_int_equal(found.num, 0);
  /* It moved house: the one that was charged is found. */
  bh_contract_row moved = {.client = z.client.num, .id = BH_S("acme-1"), .currency = BH_S(""), .terms = BH_S("")};
  OK(bh_store_contract_put(f->store, &moved, &f->err));
  OK(bh_store_contract_find(f->store, &found, &f->arena, BH_S("acme-1"), &f->err));
  assert_int_equal(found.client, a.client.num);
  int32_t one, two, again;
  bh_sha h1 = {{1}}, h2 = {{1, 2}};
  OK(bh_store_content_put(f->store, &one, &h1, BH_S("book"), BH_S("{\"a\":1}"), &f->err));
  OK(bh_store_content_put(f->store, &two, &h2, BH_S("rule"), BH_S("{\"b\":1}"), &f->err));
  OK(bh_store_content_put(f->store, &again, &h1, BH_S("book"), BH_S("{\"a\":1}"), &f->err));
  assert_int_equal(one, again);
  assert_int_not_equal(one, two);
  bh_str text;
  OK(bh_store_content_get(f->store, &text, &f->arena, two, &f->err));
  assert_str(text, "{\"b\":1}");
  assert_int_equal(bh_store_content_get(f->store, &text, &f->arena, 99, &f->err), BH_E_NOTFOUND);
  OK(bh_store_commit(f->store, &f->err));
}

static bh_status see_num(void *ctx, int64_t doc, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%lld ", (long long)doc);
  return BH_OK;
}

static bh_status see_frozen(void *ctx, int64_t doc, bh_str number, bh_str json, bh_error *err) {
  seen *s = ctx;
  size_t at = strlen(s->text);
  snprintf(s->text + at, sizeof s->text - at, "%lld %.*s %.*s; ", (long long)doc, BH_STR_ARG(number), BH_STR_ARG(json));
  return BH_OK;
}

static void spans_and_many_rows(void **state) {
  fixture *f = *state;
  enum { LINES = 21, POSTS = 19 };
  OK(bh_store_begin(f->store, &f->err));
  bh_batch_row batch = {.day = dec_day(1), .stats = BH_S("{}")};
  OK(bh_store_batch_new(f->store, &batch, &f->err));
  who z = make_client(f, "zeta"), a = make_client(f, "acme");
  bh_doc_line lines[LINES], *read;
  for (int i = 0; i < LINES; i++) {
    lines[i] = line_of(a.contracts[0].num, "av#1", dec_day(1));
    lines[i].amount = i;
  }
  int64_t one = put(f, &z, 0, batch.num, NULL, 0), two = put(f, &a, 0, batch.num, lines, LINES), three = put(f, &z, 0, batch.num, NULL, 0);
  size_t n;
  OK(bh_store_doc_lines(f->store, &read, &n, &f->arena, two, &f->err));
  assert_int_equal(n, LINES);
  for (int i = 0; i < LINES; i++) assert_int_equal(read[i].amount, i);
  seen s = {.f = f};
  bh_doc_filter drafts = {.batch = batch.num, .state = BH_DOC_DRAFT, .from = BH_DAY_MIN, .to = BH_DAY_MAX, .by_client = true};
  OK(bh_store_doc_nums_each(f->store, &drafts, see_num, &s, &f->err));
  assert_string_equal(s.text, "2 1 3 ");
  bh_doc_whole *docs;
  OK(bh_store_doc_span(f->store, &docs, &n, &f->arena, two, three, true, &f->err));
  assert_int_equal(n, 2);
  assert_int_equal(docs[0].row.doc, two);
  assert_str(docs[0].client, "acme");
  assert_str(docs[1].client, "zeta");
  assert_str(docs[1].body.json, "{\"a\":1}");
  assert_int_equal(docs[1].body.postings.len, 2);
  assert_int_equal(docs[1].body.evidence.len, 0);
  OK(bh_store_doc_span(f->store, &docs, &n, &f->arena, one, one, false, &f->err));
  assert_int_equal(n, 1);
  assert_int_equal(docs[0].body.json.len, 0);
  OK(bh_store_doc_span(f->store, &docs, &n, &f->arena, 99, 100, false, &f->err));
  assert_int_equal(n, 0);
  approve(f, three, 1);
  approve(f, one, 2);
  bh_chain_link links[] = {{.place = 1, .doc = three}, {.place = 2, .doc = one}};
  OK(bh_store_chain_append(f->store, links, 2, &f->err));
  s.text[0] = 0;
  OK(bh_store_frozen_each(f->store, see_frozen, &s, &f->err));
  assert_string_equal(s.text, "3 INV-2026-000001 {\"a\":1}; 1 INV-2026-000002 {\"a\":1}; ");
  bh_posting p[POSTS];
  for (int i = 0; i < POSTS; i++) p[i] = (bh_posting){.doc = one, .n = i, .day = dec_day(1), .account = i % 2 ? BH_S("receivable") : BH_S("revenue:av"), .amount = i};
  OK(bh_store_post(f->store, p, POSTS, &f->err));
  OK(bh_store_post(f->store, p, 0, &f->err));
  s.text[0] = 0;
  OK(bh_store_postings_of(f->store, one, see_posting, &s, &f->err));
  assert_non_null(strstr(s.text, "1.0.17 receivable USD 17; 1.0.18 revenue:av USD 18; "));
  OK(bh_store_commit(f->store, &f->err));
}

/* A number that was taken for a client is not given again, and a client that is put later has it. */
static void client_numbers(void **state) {
  fixture *f = *state;
  int32_t num;
  OK(bh_store_begin(f->store, &f->err));
  who a = make_client(f, "acme");
  assert_int_equal(a.client.num, 1);
  OK(bh_store_client_number(f->store, &num, &f->err));
  assert_int_equal(num, 2);
  who z = make_client(f, "zeta");
  assert_int_equal(z.client.num, 3);
  bh_client_row later = {.num = num}, found;
  OK(bh_store_client_put(f->store, &later, BH_S("later"), &f->err));
  OK(bh_store_client_get(f->store, &found, BH_S("later"), &f->err));
  assert_int_equal(found.num, 2);
  bh_store_rollback(f->store);
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_store_client_number(f->store, &num, &f->err));
  assert_int_equal(num, 1); /* what was rolled back was never given */
  bh_store_rollback(f->store);
  assert_int_equal(bh_store_client_number(f->store, &num, &f->err), BH_E_BUG);
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    T(put_and_read), T(drafts), T(what_is_charged), T(streams), T(approval), T(clients_contracts_contents), T(spans_and_many_rows), T(client_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
