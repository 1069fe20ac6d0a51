#include "report_fixture.h"
#include "test_util.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static void write_file(const char *dir, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void ok(bh_status st, const bh_error *err) {
  if (st != BH_OK) fail_msg("%s", err->message);
}

void fixture_open_store(report_fixture *f) {
  bh_error err = {0};
  char path[256];
  billhook_close(f->b);
  f->b = NULL;
  snprintf(path, sizeof path, "%s/billhook.db", f->dir);
  ok(bh_store_open(&f->s, path, BH_STORE_WRITE, &err), &err);
  ok(bh_store_begin(f->s, &err), &err);
}

void fixture_close_store(report_fixture *f) {
  bh_error err = {0};
  ok(bh_store_commit(f->s, &err), &err);
  bh_store_close(f->s);
  f->s = NULL;
}

static bh_day day(const char *text) {
  bh_day d;
  assert_true(bh_day_parse(&d, bh_str_c(text)));
  return d;
}

/* The document's text, as batch/draft_json.c writes it. */
static void text_of(bh_buf *out, const fixture_doc *d, bh_str id, int64_t subtotal, int64_t total, const char *evidence) {
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "client"); bh_jw_raw(&w, BH_S("{\"id\":\"acme\",\"name\":\"Acme & <Dental>\"}"));
  bh_jw_key(&w, "company"); bh_jw_raw(&w, BH_S("{\"name\":\"Northwind\"}"));
  bh_jw_key(&w, "currency"); bh_jw_z(&w, "USD");
  bh_jw_key(&w, "discounts");
  bh_jw_arr(&w);
  if (d->discount) {
    bh_jw_obj(&w);
    bh_jw_key(&w, "amount"); bh_jw_money(&w, d->discount, 2);
    bh_jw_key(&w, "contract"); bh_jw_z(&w, "acme-m");
    bh_jw_key(&w, "description"); bh_jw_z(&w, "3-year term");
    bh_jw_key(&w, "line"); bh_jw_null(&w);
    bh_jw_key(&w, "percent"); bh_jw_null(&w);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "due_date"); bh_jw_z(&w, d->due);
  bh_jw_key(&w, "evidence"); bh_jw_z(&w, evidence);
  bh_jw_key(&w, "id"); bh_jw_str(&w, id);
  bh_jw_key(&w, "issue_date"); bh_jw_z(&w, d->issue);
  bh_jw_key(&w, "lines");
  bh_jw_arr(&w);
  for (size_t i = 0; i < d->line_count; i++) {
    const fixture_line *l = &d->lines[i];
    char line_id[64];
    snprintf(line_id, sizeof line_id, "%.*s:%zu", BH_STR_ARG(id), i + 1);
    bh_jw_obj(&w);
    bh_jw_key(&w, "amount"); bh_jw_money(&w, l->amount, 2);
    bh_jw_key(&w, "contract"); bh_jw_z(&w, "acme-m");
    bh_jw_key(&w, "corrects"); bh_jw_null(&w);
    bh_jw_key(&w, "description"); bh_jw_z(&w, i == 0 && d->description ? d->description : l->product);
    bh_jw_key(&w, "fraction"); bh_jw_z(&w, "1");
    bh_jw_key(&w, "id"); bh_jw_z(&w, line_id);
    bh_jw_key(&w, "kind"); bh_jw_z(&w, "charge");
    bh_jw_key(&w, "period");
    bh_jw_obj(&w);
    bh_jw_key(&w, "from"); bh_jw_z(&w, d->from);
    bh_jw_key(&w, "to"); bh_jw_z(&w, d->to);
    bh_jw_obj_end(&w);
    bh_jw_key(&w, "product"); bh_jw_z(&w, l->product);
    bh_jw_key(&w, "quantity"); bh_jw_z(&w, l->quantity);
    bh_jw_key(&w, "tax");
    bh_jw_arr(&w);
    bh_jw_arr_end(&w);
    bh_jw_key(&w, "unit"); bh_jw_null(&w);
    bh_jw_key(&w, "unit_price"); bh_jw_z(&w, l->price);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "number"); bh_jw_null(&w);
  bh_jw_key(&w, "schema"); bh_jw_z(&w, "billhook.invoice/1");
  bh_jw_key(&w, "subtotal"); bh_jw_money(&w, subtotal, 2);
  bh_jw_key(&w, "taxes");
  bh_jw_arr(&w);
  if (d->tax) {
    bh_jw_obj(&w);
    bh_jw_key(&w, "amount"); bh_jw_money(&w, d->tax, 2);
    bh_jw_key(&w, "base"); bh_jw_money(&w, subtotal + d->discount, 2);
    bh_jw_key(&w, "category"); bh_jw_z(&w, "S");
    bh_jw_key(&w, "name"); bh_jw_z(&w, "Sales tax");
    bh_jw_key(&w, "rate"); bh_jw_z(&w, d->tax_rate);
    bh_jw_key(&w, "tax"); bh_jw_z(&w, "ny");
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "total"); bh_jw_money(&w, total, 2);
  bh_jw_key(&w, "type"); bh_jw_z(&w, "invoice");
  bh_jw_obj_end(&w);
}

static bh_str evidence_of(bh_arena *a, const fixture_doc *d, bh_str id) {
  bh_buf out;
  bh_buf_init(&out, 1 << 20);
  bh_buf_fmt(&out, "{\"client\":\"acme\",\"document\":\"%.*s\",\"lines\":[", BH_STR_ARG(id));
  for (size_t i = 0; i < d->line_count; i++)
    bh_buf_fmt(&out, "%s{\"book\":null,\"contract\":\"acme-m\",\"corrects\":null,\"count\":null,\"id\":\"%.*s:%zu\","
                     "\"key\":\"%s\",\"model\":\"per_unit 1.0\",\"price\":{\"origin\":\"override\"},\"rule\":null}",
               i ? "," : "", BH_STR_ARG(id), i + 1, d->lines[i].key);
  bh_buf_putz(&out, "]}");
  bh_str text = bh_arena_str(a, bh_buf_str(&out));
  bh_buf_dispose(&out);
  return text;
}

static void approve(report_fixture *f, const bh_doc_row *row, const bh_doc_body *body) {
  bh_error err = {0};
  int64_t seq, place;
  bh_sha hash;
  char number[32];
  bh_buf frozen;
  bh_buf_init(&frozen, 1 << 20);
  ok(bh_store_series_next(f->s, &seq, BH_S("INV-2026-{seq:6}"), &err), &err);
  snprintf(number, sizeof number, "INV-2026-%06lld", (long long)seq);
  ok(bh_store_chain_last(f->s, &place, &hash, &err), &err);
  bh_doc_row now = *row;
  now.number = bh_str_c(number);
  ok(bh_doc_frozen(&frozen, &now, body, &err), &err);
  bh_str parts[] = {{(const char *)hash.b, sizeof hash.b}, bh_buf_str(&frozen)};
  bh_sha next = bh_sha256(parts, 2);
  ok(bh_store_chain_append(f->s, &(bh_chain_link){place + 1, row->doc, next}, 1, &err), &err);
  ok(bh_store_doc_approve(f->s, row->doc, now.number, place + 1, &err), &err);
  bh_posting p[] = {{row->doc, 0, 0, row->issue, BH_S("receivable"), BH_S("USD"), row->total, {0, 0}},
    {row->doc, 1, 0, row->issue, BH_S("revenue:seat"), BH_S("USD"), -row->total, {0, 0}}};
  ok(bh_store_post(f->s, p, 2, &err), &err);
  bh_buf_dispose(&frozen);
}

int64_t fixture_put(report_fixture *f, const fixture_doc *d) {
  bh_error err = {0};
  bh_client_row client = {0};
  bh_doc_row row = {.type = BH_DOC_INVOICE, .currency = BH_S("USD"), .decimals = 2, .batch = d->batch, .issue = day(d->issue), .due = day(d->due),
    .rated_on = day(d->issue), .split = BH_S(""), .number = BH_S(""), .settle = BH_S("")};
  bh_doc_line lines[8] = {0};
  ok(bh_store_client_get(f->s, &client, BH_S("acme"), &err), &err);
  row.client = client.num;
  row.ord = ++client.doc_ord;
  ok(bh_store_client_put(f->s, &client, BH_S("acme"), &err), &err);
  bh_str id = bh_doc_id(&f->a, BH_S("acme"), row.ord);
  for (size_t i = 0; i < d->line_count; i++) {
    row.subtotal += d->lines[i].amount;
    lines[i] = (bh_doc_line){.contract = f->contract, .key = bh_str_c(d->lines[i].key), .whole_from = day(d->from), .whole_until = day(d->to) + 1,
      .from = day(d->from), .until = day(d->to) + 1, .kind = BH_LINE_CHARGE, .counts = true, .line_id = bh_arena_fmt(&f->a, "%.*s:%zu", BH_STR_ARG(id), i + 1),
      .product = bh_str_c(d->lines[i].product), .quantity = bh_ratio_int(1), .amount = d->lines[i].amount, .issue = row.issue, .taxes = BH_S("")};
  }
  size_t n = d->line_count;
  if (d->discount)
    lines[n++] = (bh_doc_line){.contract = f->contract, .key = BH_S("discount:contract:1"), .whole_from = day(d->from), .whole_until = day(d->to) + 1, .from = day(d->from),
      .until = day(d->to) + 1, .kind = BH_LINE_DISCOUNT, .counts = true, .line_id = BH_S(""), .product = BH_S(""), .quantity = bh_ratio_int(1), .amount = d->discount, .issue = row.issue, .taxes = BH_S("")};
  row.total = row.subtotal + d->discount + d->tax;
  row.hold = bh_str_c(d->hold);
  bh_doc_body body = {.evidence = evidence_of(&f->a, d, id), .postings = BH_S("")};
  bh_sha sum = bh_sha256_1(body.evidence);
  char hex[65];
  bh_hex(hex, sum.b, sizeof sum.b);
  bh_buf text;
  bh_buf_init(&text, 1 << 20);
  text_of(&text, d, id, row.subtotal, row.total, hex);
  body.json = bh_buf_str(&text);
  ok(bh_store_doc_put(f->s, &row, &body, lines, n, &err), &err);
  if (d->approve) approve(f, &row, &body);
  bh_buf_dispose(&text);
  return row.doc;
}

static void batch(report_fixture *f, const char *on) {
  bh_error err = {0};
  bh_batch_row row = {.day = day(on), .stats = BH_S("")};
  ok(bh_store_batch_new(f->s, &row, &err), &err);
}

static void fill(report_fixture *f) {
  bh_error err = {0};
  bh_client_row client = {0};
  fixture_open_store(f);
  ok(bh_store_client_put(f->s, &client, BH_S("acme"), &err), &err);
  f->acme = client.num;
  bh_contract_row contract = {.client = client.num, .id = BH_S("acme-m"), .currency = BH_S("USD"), .terms = BH_S("")};
  ok(bh_store_contract_put(f->s, &contract, &err), &err);
  f->contract = contract.num;
  batch(f, "2026-10-01");
  batch(f, "2026-11-01");
  batch(f, "2026-12-01");
  const fixture_line october[] = {{"seat#1", "seat", "10", "42.00", 42000}}, november[] = {{"seat#1", "seat", "12", "42.00", 50400}},
    december[] = {{"seat#1", "seat", "15", "44.00", 66000}, {"desk#1", "desk", "1", "120.00", 12000}};
  fixture_put(f, &(fixture_doc){"2026-10-01", "2026-10-16", "2026-10-01", "2026-10-31", 1, october, 1, 0, 0, NULL, true, NULL, NULL});
  fixture_put(f, &(fixture_doc){"2026-11-01", "2026-11-16", "2026-11-01", "2026-11-30", 2, november, 1, -2520, 4249, "8.875", true, NULL, "=cmd, \"x\""});
  fixture_put(f, &(fixture_doc){"2026-12-01", "2026-12-16", "2026-12-01", "2026-12-31", 3, december, 2, 0, 0, NULL, false,
                                "[{\"message\":\"moved by 25%\",\"reason\":\"guard\"},{\"message\":\"old\",\"reason\":\"stale-facts\"}]", NULL});
  fixture_close_store(f);
}

void fixture_reopen(report_fixture *f) {
  billhook_options o = {.struct_size = sizeof o, .workspace = f->dir, .date = "2026-12-02"};
  billhook_close(f->b);
  assert_int_equal(billhook_open(&f->b, &o), BILLHOOK_DONE);
}

static void keep(void *ctx, const char *bytes, size_t n) { bh_buf_put(ctx, bytes, n); }

billhook_out fixture_out(report_fixture *f) {
  bh_buf_clear(&f->out);
  return (billhook_out){keep, &f->out};
}

bh_node *fixture_json(report_fixture *f) {
  bh_node *n;
  bh_error err = {0};
  bh_str text = bh_buf_str(&f->out);
  if (text.len && text.ptr[text.len - 1] == '\n') text.len--;
  ok(bh_json_parse(&n, &f->a, text, NULL, &err), &err);
  return n;
}

size_t fixture_lines(const report_fixture *f) {
  size_t n = 0;
  for (size_t i = 0; i < f->out.len; i++) n += f->out.ptr[i] == '\n';
  return n;
}

int fixture_setup(void **state) {
  report_fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  snprintf(f->dir, sizeof f->dir, "/tmp/billhook-report-XXXXXX");
  assert_non_null(mkdtemp(f->dir));
  bh_arena_init(&f->a);
  bh_buf_init(&f->out, 1 << 24);
  write_file(f->dir, "billhook.lua", "company { name = \"Northwind\", currency = \"USD\", timezone = \"UTC\" }\n");
  fill(f);
  fixture_reopen(f);
  *state = f;
  return 0;
}

static void remove_folder(const char *dir) {
  DIR *d = opendir(dir);
  char path[512];
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
    if (unlink(path) != 0) remove_folder(path);
  }
  if (d != NULL) closedir(d);
  rmdir(dir);
}

int fixture_teardown(void **state) {
  report_fixture *f = *state;
  billhook_close(f->b);
  remove_folder(f->dir);
  bh_buf_dispose(&f->out);
  bh_arena_dispose(&f->a);
  free(f);
  return 0;
}
