/* The document as text: the number spliced in, the members beside it. */
#include "workspace/workspace.h"
#include "batch/document.h"
#include "test_util.h"

static const char stored[] = "{\"client\":{\"id\":\"a\",\"number\":null},\"discounts\":[{\"number\":null}],\"memos\":[\"\\\"number\\\":null}\"],\"number\":null,\"total\":\"12.00\"}";

static bh_doc_body body_of(const char *json) { return (bh_doc_body){bh_str_c(json), {"", 0}, {"", 0}}; }

static void frozen_puts_the_number_at_the_top_only(void **state) {
  (void)state;
  bh_buf out;
  bh_error err = {0};
  bh_buf_init(&out, 4096);
  bh_doc_body body = body_of(stored);
  bh_doc_row row = {.doc = 7, .number = BH_S("INV-\"7")};
  assert_int_equal(bh_doc_frozen(&out, &row, &body, &err), BH_OK);
  assert_str(bh_buf_str(&out), "{\"client\":{\"id\":\"a\",\"number\":null},\"discounts\":[{\"number\":null}],\"memos\":[\"\\\"number\\\":null}\"],"
                               "\"number\":\"INV-\\\"7\",\"total\":\"12.00\"}");
  bh_buf_clear(&out);
  row.number = (bh_str){"", 0};
  assert_int_equal(bh_doc_frozen(&out, &row, &body, &err), BH_OK);
  assert_str(bh_buf_str(&out), stored);
  bh_buf_dispose(&out);
}

static void frozen_refuses_what_is_no_document(void **state) {
  (void)state;
  static const char *const bad[] = {"", "{", "[]", "{\"number\":null", "{\"number\" :null}", "{\"number\":\"X\"}", "{\"a\":1}", "{\"a\":[1,{\"number\":null}]}", "{\"number\":}"};
  bh_doc_row row = {.doc = 7, .number = BH_S("INV-7")};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    bh_buf out;
    bh_error err = {0};
    bh_doc_body body = body_of(bad[i]);
    bh_buf_init(&out, 4096);
    assert_int_equal(bh_doc_frozen(&out, &row, &body, &err), BH_E_STORE);
    bh_buf_dispose(&out);
  }
}

static void shown_adds_what_changes_in_order(void **state) {
  (void)state;
  bh_buf out;
  bh_arena a;
  bh_error err = {0};
  bh_buf_init(&out, 4096);
  bh_arena_init(&a);
  bh_doc_body body = body_of("{\"client\":{\"id\":\"a\"},\"id\":\"a-1\",\"number\":null,\"subtotal\":\"12.00\",\"type\":\"invoice\"}");
  bh_doc_row row = {.doc = 7, .number = BH_S("INV-7"), .total = 1200, .paid = 200, .decimals = 2, .state = BH_DOC_DRAFT,
    .hold = BH_S("[{\"message\":\"m\",\"reason\":\"guard\"},{\"message\":\"n\",\"reason\":\"no-facts\"}]")};
  assert_int_equal(bh_doc_shown(&out, &a, &row, &body, BH_S("2026-12-01.1"), &err), BH_OK);
  assert_str(bh_buf_str(&out), "{\"balance\":\"10.00\",\"batch\":\"2026-12-01.1\",\"client\":{\"id\":\"a\"},"
                               "\"hold\":{\"message\":\"m\",\"more\":[{\"message\":\"n\",\"reason\":\"no-facts\"}],\"reason\":\"guard\"},\"id\":\"a-1\",\"number\":\"INV-7\","
                               "\"paid\":\"2.00\",\"state\":\"draft\",\"subtotal\":\"12.00\",\"type\":\"invoice\"}");
  bh_buf_clear(&out);
  row.state = BH_DOC_APPROVED; /* forced: the reason stays in the row, for the record */
  assert_int_equal(bh_doc_shown(&out, &a, &row, &body, BH_S("2026-12-01.1"), &err), BH_OK);
  assert_non_null(memmem(out.ptr, out.len, "\"hold\":null", 11));
  bh_buf_clear(&out);
  row = (bh_doc_row){.doc = 8, .total = 5, .decimals = 0};
  assert_int_equal(bh_doc_shown(&out, &a, &row, &body, (bh_str){"", 0}, &err), BH_OK);
  assert_str(bh_buf_str(&out), "{\"balance\":\"5\",\"batch\":null,\"client\":{\"id\":\"a\"},\"hold\":null,\"id\":\"a-1\",\"number\":null,\"paid\":\"0\",\"state\":\"draft\","
                               "\"subtotal\":\"12.00\",\"type\":\"invoice\"}");
  bh_arena_dispose(&a);
  bh_buf_dispose(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(frozen_puts_the_number_at_the_top_only),
    cmocka_unit_test(frozen_refuses_what_is_no_document),
    cmocka_unit_test(shown_adds_what_changes_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
