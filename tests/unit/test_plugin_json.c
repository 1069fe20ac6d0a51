/* The JSON service on texts: paths, kinds, keys; the same records whatever the chunks; what is no JSON. */
#include "plugin/connector.h"
#include "plugin/json_reader.h"
#include "test_util.h"

static bh_connector_run run;
static bh_buf out;

static int setup(void **state)
{
  run = (bh_connector_run){.fd = -1, .workspace_fd = -1};
  bh_host_ctx_init(&run.host);
  run.host.owner = &run;
  bh_buf_init(&out, 1 << 24);
  bh_host_call_begin(&run.host);
  return 0;
}

static int teardown(void **state)
{
  bh_host_ctx_dispose(&run.host);
  bh_buf_dispose(&out);
  return 0;
}

/* "[keys] kind:text kind:text\n" a record. */
static bh_status write_down(void *user, const bh_json_record *r)
{
  for (size_t i = 0; i < r->key_count; i++)
    bh_buf_fmt(&out, "[%.*s]", BH_STR_ARG(r->keys[i]));
  for (size_t i = 0; i < r->field_count; i++)
    bh_buf_fmt(&out, " %d:%.*s", r->kinds[i], BH_STR_ARG(r->texts[i]));
  bh_buf_putc(&out, '\n');
  const char *stop_at = user;
  return stop_at && r->field_count && bh_str_eqz(r->texts[0], stop_at) ? BH_E_CANCELLED : BH_OK;
}

static bh_status text(const char *json, const char *each, const char *const *fields, size_t n)
{
  const bh_json_query q = {.struct_size = sizeof q, .each = each, .fields = fields, .field_count = n, .record = write_down};
  const bh_json_query *list[] = {&q};
  bh_buf_clear(&out);
  return bh_json_service_get()->text(&run.host, bh_str_c(json), list, 1);
}

static void expect(const char *json, const char *each, const char *const *fields, size_t n, const char *records)
{
  if (text(json, each, fields, n))
    fail_msg("%s: %s", json, run.host.reason);
  assert_str(bh_buf_str(&out), records);
}

static void test_kinds(void **state)
{
  static const char *const fields[] = {"a", "b", "c.d", "e[1]", "f", "g", ""};
  expect("[{\"a\":1.50,\"b\":null,\"c\":{\"d\":\"x\\u00e9\"},\"e\":[1,true],\"f\":{\"k\":[1,{\"z\":\"q\\\"\"}],\"m\":{}},\"a\":2}]", "$[*]", fields, 7,
         "[0] 4:1.50 1: 5:x\xc3\xa9 3:true 6:{\"k\":[1,{\"z\":\"q\\\"\"}],\"m\":{}} 0: "
         "6:{\"a\":1.50,\"b\":null,\"c\":{\"d\":\"x\xc3\xa9\"},\"e\":[1,true],\"f\":{\"k\":[1,{\"z\":\"q\\\"\"}],\"m\":{}},\"a\":2}\n");
  static const char *const whole[] = {""};
  expect("[1234567890123456789012,\"s\",false,null,[],{}]", "$[*]", whole, 1,
         "[0] 4:1234567890123456789012\n[1] 5:s\n[2] 2:false\n[3] 1:\n[4] 7:[]\n[5] 6:{}\n");
  expect("1e400", "$", whole, 1, " 4:1e400\n");
}

static void test_paths(void **state)
{
  static const char *const id[] = {"id"};
  static const char *const odd[] = {"['odd name']", "a['b.c'][0]"};
  expect("{\"nodes\":{\"m1\":[{\"id\":1},{\"id\":2}],\"m2\":[{\"id\":3}]},\"id\":9}", "$.nodes.*[*]", id, 1, "[m1][0] 4:1\n[m1][1] 4:2\n[m2][0] 4:3\n");
  expect("{\"r\":[{\"id\":1},{\"id\":2}]}", "$.r[1]", id, 1, " 4:2\n");
  expect("{\"odata.value\":[{\"id\":\"x\"}]}", "$['odata.value'][*]", id, 1, "[0] 5:x\n");
  expect("{\"odd name\":1,\"a\":{\"b.c\":[7]}}", "$", odd, 2, " 4:1 4:7\n");
  expect("{\"r\":{\"id\":1}}", "$.r[*]", id, 1, ""); /* an object is no array */
  expect("{\"r\":[{\"id\":1}]}", "$.r.*", id, 1, "");
  expect("[[{\"id\":1}],[],[{\"id\":2},{}]]", "$[*][*]", id, 1, "[0][0] 4:1\n[2][0] 4:2\n[2][1] 0:\n");
  static const char *const bad_each[] = {"", "r", "$.", "$[", "$[x]", "$['a]", "$..a", "$[*", NULL};
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(text("[]", bad_each[i], id, 1), BH_E_INVALID);
  static const char *const bad_field[] = {"a[*]"};
  assert_int_equal(text("[]", "$", bad_field, 1), BH_E_INVALID);
}

static void test_stop(void **state)
{
  static const char *const id[] = {"id"};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$[*]", .fields = id, .field_count = 1, .record = write_down, .user = (void *)(uintptr_t)"2"};
  const bh_json_query *list[] = {&q};
  assert_int_equal(bh_json_service_get()->text(&run.host, BH_S("[{\"id\":1},{\"id\":2},{\"id\":3}]"), list, 1), BH_E_CANCELLED);
  assert_str(bh_buf_str(&out), "[0] 4:1\n[1] 4:2\n");
}

/* Two queries on one document, fed in every size of chunk: the same. */
static void test_chunks(void **state)
{
  static const char json[] = "{\"meta\":{\"next\":\"p2\",\"n\":3},\"items\":[{\"id\":\"a\\ud83d\\ude00\",\"tags\":[\"x\",{\"y\":null}]},{\"id\":null},{}],\"z\":\"\xc3\xa9\"}";
  static const char *const fields[] = {"id", "tags"}, *const meta[] = {"next", "n", "x"};
  const bh_json_query q1 = {.struct_size = sizeof q1, .each = "$.items[*]", .fields = fields, .field_count = 2, .record = write_down};
  const bh_json_query q2 = {.struct_size = sizeof q2, .each = "$.meta", .fields = meta, .field_count = 3, .record = write_down};
  const bh_json_query *list[] = {&q1, &q2};
  for (size_t chunk = 1; chunk < sizeof json; chunk++) {
    bh_json_reader *r;
    bh_buf_clear(&out);
    assert_int_equal(bh_json_reader_new(&r, &run.host, list, 2), BH_OK);
    for (size_t at = 0; at < sizeof json - 1; at += chunk) {
      size_t n = sizeof json - 1 - at < chunk ? sizeof json - 1 - at : chunk;
      assert_int_equal(bh_json_reader_feed(r, (bh_str){json + at, n}, BH_E_PERMANENT), BH_OK);
    }
    assert_int_equal(bh_json_reader_end(r, BH_E_PERMANENT), BH_OK);
    assert_int_equal(bh_json_reader_records(r, 0), 3);
    bh_json_reader_free(r);
    assert_str(bh_buf_str(&out), " 5:p2 4:3 0:\n[0] 5:a\xf0\x9f\x98\x80 7:[\"x\",{\"y\":null}]\n[1] 1: 0:\n[2] 0: 0:\n");
  }
  for (size_t n = 0; n < sizeof json - 1; n++) { /* truncated at every byte */
    bh_json_reader *r;
    assert_int_equal(bh_json_reader_new(&r, &run.host, list, 2), BH_OK);
    bh_status rc = bh_json_reader_feed(r, (bh_str){json, n}, BH_E_PERMANENT);
    assert_int_equal(rc ? rc : bh_json_reader_end(r, BH_E_PERMANENT), BH_E_PERMANENT);
    bh_json_reader_free(r);
  }
}

static void test_hostile(void **state)
{
  static const char *const id[] = {"id"};
  static const char *const rows[] = {"", "<html>", "[1,]", "{\"a\":1", "[\"\xff\"]", "nul", "[1] [2]", "[\"a\nb\"]", "{a:1}", "[1}"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (text(rows[i], "$[*]", id, 1) != BH_E_INVALID)
      fail_msg("taken: %s", rows[i]);
  assert_int_equal(text("[\"a\\u0000b\"]", "$[*]", id, 1), BH_E_PERMANENT);
  bh_buf deep;
  bh_buf_init(&deep, 1 << 20);
  for (int i = 0; i < 10000; i++)
    bh_buf_putc(&deep, '[');
  bh_buf_putc(&deep, 0);
  assert_int_equal(text(deep.ptr, "$", id, 1), BH_E_PERMANENT);
  assert_non_null(strstr(run.host.reason, "nested deeper than 256"));
  bh_buf_dispose(&deep);
}

/* A value that never ends is not piled up. */
static void test_endless(void **state)
{
  static char block[1 << 20];
  bh_json_reader *r;
  bh_status rc = BH_OK;
  int fed = 0;
  memset(block, 'x', sizeof block);
  assert_int_equal(bh_json_reader_new(&r, &run.host, NULL, 0), BH_OK);
  assert_int_equal(bh_json_reader_feed(r, BH_S("[\""), BH_E_PERMANENT), BH_OK);
  for (; rc == BH_OK && fed < 100; fed++)
    rc = bh_json_reader_feed(r, (bh_str){block, sizeof block}, BH_E_PERMANENT);
  assert_int_equal(rc, BH_E_PERMANENT);
  assert_true(fed < 20);
  bh_json_reader_free(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown), cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
    cmocka_unit_test_setup_teardown(test_stop, setup, teardown), cmocka_unit_test_setup_teardown(test_chunks, setup, teardown),
    cmocka_unit_test_setup_teardown(test_hostile, setup, teardown), cmocka_unit_test_setup_teardown(test_endless, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
