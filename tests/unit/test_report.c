/* The reports over a store that was filled by hand. */
#include "report_fixture.h"
#include "test_util.h"
#include "report/review.h"

#include <stdlib.h>
#include <unistd.h>

static bool has(const report_fixture *f, const char *text) {
  return f->out.len > 0 && memmem(f->out.ptr, f->out.len, text, strlen(text)) != NULL;
}
#define assert_has(f, text) do { if (!has((f), (text))) fail_msg("no \"%s\" in %.*s", (text), (int)(f)->out.len, (f)->out.ptr); } while (0)

static void lists_documents(void **state) {
  report_fixture *f = *state;
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_invoices(f->b, NULL, NULL, NULL, NULL, &out), BILLHOOK_DONE);
  assert_int_equal(fixture_lines(f), 3);
  out = fixture_out(f);
  assert_int_equal(billhook_invoices(f->b, "draft", "acme", "2026-12-01", "2026-12-01", &out), BILLHOOK_DONE);
  bh_node *d = fixture_json(f);
  assert_str(bh_report_text(d, "id"), "acme-3");
  assert_str(bh_report_text(d, "total"), "780.00");
  assert_str(bh_report_text(bh_node_get(d, "hold"), "reason"), "guard");
  assert_int_equal(bh_node_get(d, "number")->kind, BH_NODE_NULL);
  out = fixture_out(f);
  assert_int_equal(billhook_invoices(f->b, NULL, "nobody", NULL, NULL, &out), BILLHOOK_DONE);
  assert_int_equal(f->out.len, 0);
  assert_int_equal(billhook_invoices(f->b, "aproved", NULL, NULL, NULL, &out), BILLHOOK_USAGE);
  assert_non_null(strstr(billhook_error(f->b), "approved"));
  assert_int_equal(billhook_invoices(f->b, NULL, NULL, "yesterday", NULL, &out), BILLHOOK_USAGE);
}

static void shows_by_id_and_number(void **state) {
  report_fixture *f = *state;
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_show(f->b, "INV-2026-000002", &out), BILLHOOK_DONE);
  bh_node *d = fixture_json(f);
  assert_str(bh_report_text(d, "id"), "acme-2");
  assert_str(bh_report_text(d, "number"), "INV-2026-000002");
  assert_str(bh_report_text(d, "state"), "approved");
  assert_str(bh_report_text(d, "batch"), "2026-11-01.1");
  assert_str(bh_report_text(d, "balance"), "521.29");
  out = fixture_out(f);
  assert_int_equal(billhook_show(f->b, "acme-99", &out), BILLHOOK_USAGE);
  assert_int_equal(f->out.len, 0);
}

static void reviews_the_last_batch(void **state) {
  report_fixture *f = *state;
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_review(f->b, NULL, &out), BILLHOOK_SOME); /* one is held */
  bh_node *d = fixture_json(f), **list;
  assert_str(bh_report_text(d, "batch"), "2026-12-01.1");
  assert_str(bh_report_text(bh_node_get(d, "totals"), "USD"), "780.00");
  assert_str(bh_report_text(bh_node_get(d, "last_totals"), "USD"), "521.29");
  assert_int_equal(bh_report_items(&list, d, "held"), 2);
  assert_str(bh_report_text(list[0], "reason"), "guard");
  assert_int_equal(bh_report_items(&list, d, "movers"), 1);
  assert_str(bh_report_text(list[0], "last"), "521.29");
  assert_str(bh_report_text(list[0], "now"), "780.00");
  assert_has(f, "seat: 12 → 15, price 42.00 → 44.00 (+156.00)");
  assert_has(f, "desk: new (+120.00)");
  bh_str hash = bh_arena_str(&f->a, bh_report_text(d, "hash"));
  assert_int_equal(hash.len, 64);
  out = fixture_out(f);
  assert_int_equal(billhook_review(f->b, "2026-10-01.1", &out), BILLHOOK_DONE);
  assert_int_equal(bh_report_items(&list, fixture_json(f), "movers"), 0); /* a first invoice */
  assert_int_equal(billhook_review(f->b, "2026-10-01.7", &out), BILLHOOK_USAGE);
  assert_int_equal(billhook_review(f->b, "December", &out), BILLHOOK_USAGE);

  const fixture_line more[] = {{"seat#2", "seat", "1", "1.00", 100}};
  fixture_open_store(f);
  fixture_put(f, &(fixture_doc){"2026-12-01", "2026-12-16", "2026-12-01", "2026-12-31", 3, more, 1, 0, 0, NULL, false, NULL, NULL});
  fixture_close_store(f);
  fixture_reopen(f);
  out = fixture_out(f);
  assert_int_equal(billhook_review(f->b, NULL, &out), BILLHOOK_SOME);
  assert_false(bh_str_eq(bh_report_text(fixture_json(f), "hash"), hash));
}

static void verifies_what_is_right(void **state) {
  report_fixture *f = *state;
  billhook_out out = fixture_out(f);
  int status = billhook_verify(f->b, &out);
  if (status != BILLHOOK_DONE) fail_msg("%d: %s %.*s", status, billhook_error(f->b), (int)f->out.len, f->out.ptr);
  bh_node *d = fixture_json(f);
  assert_true(bh_node_get(d, "ok")->boolean);
  assert_int_equal(bh_node_get(d, "documents")->integer, 3);
}

/* A text of the second document is replaced, and verify must say what is wrong with it. */
static void tamper(report_fixture *f, const char *from, const char *to) {
  bh_error err = {0};
  bh_doc_body body;
  fixture_open_store(f);
  assert_int_equal(bh_store_doc_body(f->s, &body, &f->a, 2, &err), BH_OK);
  char *at = memmem(body.json.ptr, body.json.len, from, strlen(from));
  assert_non_null(at);
  assert_int_equal(strlen(from), strlen(to));
  memcpy(at, to, strlen(to));
  assert_int_equal(bh_store_doc_body_update(f->s, 2, &body, &err), BH_OK);
  fixture_close_store(f);
  fixture_reopen(f);
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_verify(f->b, &out), BILLHOOK_SOME);
}

static void verify_finds_a_changed_text(void **state) {
  report_fixture *f = *state;
  tamper(f, "2026-11-30", "2026-11-29");
  assert_has(f, "\"chain\":false");
  assert_has(f, "\"amounts\":true");
  assert_has(f, "INV-2026-000002 is not what was frozen");
}

static void verify_finds_a_changed_amount(void **state) {
  report_fixture *f = *state;
  tamper(f, "\"amount\":\"504.00\"", "\"amount\":\"505.00\"");
  assert_has(f, "\"amounts\":false");
  assert_has(f, "12 × 42.00 × 1 is not 505.00");
  assert_has(f, "its lines sum to 505.00, its subtotal is 504.00");
}

static void verify_finds_a_double_charge(void **state) {
  report_fixture *f = *state;
  const fixture_line again[] = {{"seat#1", "seat", "10", "42.00", 42000}};
  fixture_open_store(f);
  fixture_put(f, &(fixture_doc){"2026-12-02", "2026-12-16", "2026-10-01", "2026-10-31", 3, again, 1, 0, 0, NULL, true, NULL, NULL});
  fixture_close_store(f);
  fixture_reopen(f);
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_verify(f->b, &out), BILLHOOK_SOME);
  assert_has(f, "INV-2026-000001 and INV-2026-000003 both charge seat#1 for 2026-10-01 – 2026-10-31");
  assert_has(f, "\"chain\":true");
}

static void verify_finds_gaps_and_an_unbalanced_journal(void **state) {
  report_fixture *f = *state;
  bh_error err = {0};
  int64_t n;
  fixture_open_store(f);
  assert_int_equal(bh_store_series_next(f->s, &n, BH_S("INV-2026-{seq:6}"), &err), BH_OK);
  bh_posting p = {1, 2, 0, 20000, BH_S("receivable"), BH_S("USD"), 100, {0, 0}};
  assert_int_equal(bh_store_post(f->s, &p, 1, &err), BH_OK);
  fixture_close_store(f);
  fixture_reopen(f);
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_verify(f->b, &out), BILLHOOK_SOME);
  assert_has(f, "number 3 is missing in the series INV-2026-{seq:6}");
  assert_has(f, "does not balance: 1.00 USD is left");
  assert_has(f, "\"journal\":false");
  assert_has(f, "\"numbers\":false");
}

static int export(report_fixture *f, const char *format, const char *folder, int canonical, int evidence) {
  billhook_out out = fixture_out(f);
  billhook_export_options o = {.struct_size = sizeof o, .format = format, .folder = folder, .canonical = canonical, .evidence = evidence};
  return billhook_export(f->b, &o, &out);
}

static void exports(void **state) {
  report_fixture *f = *state;
  char folder[128];
  assert_int_equal(export(f, "json", NULL, 0, 0), BILLHOOK_DONE);
  assert_int_equal(fixture_lines(f), 3);
  assert_int_equal(export(f, NULL, NULL, 1, 0), BILLHOOK_DONE);
  assert_int_equal(fixture_lines(f), 2); /* the third is a draft */
  assert_has(f, "\"number\":\"INV-2026-000001\"");
  assert_false(has(f, "\"state\""));
  assert_int_equal(export(f, NULL, NULL, 0, 1), BILLHOOK_DONE);
  assert_has(f, "\"document\":\"acme-1\"");
  assert_int_equal(export(f, "csv", NULL, 0, 0), BILLHOOK_DONE);
  assert_int_equal(fixture_lines(f), 5);
  assert_has(f, "id,number,type,state");
  assert_has(f, "\"'=cmd, \"\"x\"\"\"");
  assert_int_equal(export(f, "html", NULL, 0, 0), BILLHOOK_DONE);
  assert_has(f, "Acme &amp; &lt;Dental&gt;");
  assert_has(f, ">DRAFT<");
  assert_false(has(f, "<Dental>"));
  snprintf(folder, sizeof folder, "%s/out", f->dir);
  assert_int_equal(export(f, "html", folder, 0, 0), BILLHOOK_DONE);
  assert_int_equal(fixture_lines(f), 4);
  assert_has(f, "INV-2026-000001.html\n");
  assert_has(f, "index.html\n");
  assert_int_equal(export(f, "pdf", NULL, 0, 0), BILLHOOK_USAGE);
  assert_int_equal(export(f, "csv", folder, 0, 0), BILLHOOK_USAGE);
}

static void explains(void **state) {
  report_fixture *f = *state;
  bh_node **list;
  billhook_out out = fixture_out(f);
  assert_int_equal(billhook_explain(f->b, "acme-3", NULL, &out), BILLHOOK_DONE);
  bh_node *d = fixture_json(f);
  assert_int_equal(bh_report_items(&list, d, "lines"), 2);
  assert_str(bh_report_text(bh_node_get(list[0], "price"), "origin"), "override");
  assert_str(bh_report_text(list[0], "model"), "per_unit 1.0");
  assert_str(bh_report_text(bh_node_get(list[0], "since_last"), "invoice"), "INV-2026-000002");
  assert_str(bh_report_text(bh_node_get(list[0], "since_last"), "quantity"), "12");
  assert_int_equal(bh_node_get(bh_node_get(list[1], "since_last"), "invoice")->kind, BH_NODE_NULL);
  out = fixture_out(f);
  assert_int_equal(billhook_explain(f->b, "acme-3", "2", &out), BILLHOOK_DONE);
  assert_int_equal(bh_report_items(&list, fixture_json(f), "lines"), 1);
  assert_str(bh_report_text(list[0], "id"), "acme-3:2");
  assert_int_equal(billhook_explain(f->b, "acme-3", "7", &out), BILLHOOK_USAGE);
}

static void init_writes_into_empty_folders_only(void **state) {
  report_fixture *f = *state;
  char dir[128], why[256];
  snprintf(dir, sizeof dir, "%s/a/b", f->dir);
  assert_int_equal(billhook_init(dir, 0, why, sizeof why), BILLHOOK_DONE);
  assert_int_equal(billhook_init(dir, 0, why, sizeof why), BILLHOOK_USAGE);
  assert_non_null(strstr(why, "not empty"));
  snprintf(dir, sizeof dir, "%s/a/b/billhook.lua", f->dir);
  assert_int_equal(access(dir, R_OK), 0);
}

int main(void) {
  setenv("BILLHOOK_NOW", "2026-12-02T03:00:00Z", 1);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(lists_documents, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(shows_by_id_and_number, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(reviews_the_last_batch, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(verifies_what_is_right, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(verify_finds_a_changed_text, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(verify_finds_a_changed_amount, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(verify_finds_a_double_charge, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(verify_finds_gaps_and_an_unbalanced_journal, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(exports, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(explains, fixture_setup, fixture_teardown),
    cmocka_unit_test_setup_teardown(init_writes_into_empty_folders_only, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
