/* Frames and facts on the wire: every truncation, and what garbage does. */
#include "plugin/fact_wire.h"
#include "plugin/frame.h"
#include "plugin/pull_init.h"
#include "plugin_test.h"
#include <fcntl.h>
#include <sys/socket.h>

static void test_frame_round(void **state)
{
  int ends[2];
  bh_buf b;
  uint16_t type;
  bh_error err = {0};
  bh_buf_init(&b, 1 << 20);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(bh_frame_write(ends[0], BH_FRAME_FACTS, BH_S("hello"), &err), BH_OK);
  assert_int_equal(bh_frame_write(ends[0], BH_FRAME_DONE, (bh_str){"", 0}, &err), BH_OK);
  assert_int_equal(bh_frame_read(ends[1], &type, &b, &err), BH_OK);
  assert_int_equal(type, BH_FRAME_FACTS);
  assert_str(bh_buf_str(&b), "hello");
  assert_int_equal(bh_frame_read(ends[1], &type, &b, &err), BH_OK);
  assert_int_equal(type, BH_FRAME_DONE);
  assert_int_equal(b.len, 0);
  close(ends[0]);
  assert_int_equal(bh_frame_read(ends[1], &type, &b, &err), BH_E_NOTFOUND);
  close(ends[1]);
  bh_buf_dispose(&b);
}

static void test_frame_truncated(void **state)
{
  unsigned char bytes[BH_FRAME_HEADER_BYTES + 5];
  bh_frame_header_put(bytes, 7, 5);
  memcpy(bytes + BH_FRAME_HEADER_BYTES, "hello", 5);
  for (size_t n = 1; n < sizeof bytes; n++) {
    int ends[2];
    bh_buf b;
    uint16_t type;
    bh_buf_init(&b, 1 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[0], bytes, n), n);
    close(ends[0]);
    assert_int_equal(bh_frame_read(ends[1], &type, &b, NULL), BH_E_WORKER);
    close(ends[1]);
    bh_buf_dispose(&b);
  }
}

/* Each byte of a header that is not as it must be. */
static void test_frame_header(void **state)
{
  unsigned char head[BH_FRAME_HEADER_BYTES];
  uint16_t type;
  size_t len;
  bh_frame_header_put(head, 300, BH_FRAME_MAX);
  assert_true(bh_frame_header_get(head, &type, &len));
  assert_int_equal(type, 300);
  assert_int_equal(len, BH_FRAME_MAX);
  static const int fixed[] = {0, 1, 2, 3, 6, 7};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    for (int bit = 0; bit < 8; bit++) {
      head[fixed[i]] ^= (unsigned char)(1 << bit);
      assert_false(bh_frame_header_get(head, &type, &len));
      head[fixed[i]] ^= (unsigned char)(1 << bit);
    }
  bh_frame_header_put(head, 1, (size_t)BH_FRAME_MAX + 1);
  assert_false(bh_frame_header_get(head, &type, &len));
  bh_frame_header_put(head, 0, 1);
  assert_false(bh_frame_header_get(head, &type, &len));
}

static void test_frame_limits(void **state)
{
  int ends[2];
  bh_buf b;
  uint16_t type;
  bh_buf_init(&b, 4);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  assert_int_equal(bh_frame_write(ends[0], 1, BH_S("hello"), NULL), BH_OK);
  assert_int_equal(bh_frame_read(ends[1], &type, &b, NULL), BH_E_WORKER);
  close(ends[0]);
  close(ends[1]);
  bh_buf_dispose(&b);
}

/* ---- facts ---- */

static const bh_str attrs[] = {BH_S("site"), BH_S("Albany"), BH_S("os"), BH_S("Windows 11")};

static void pack(bh_buf *b)
{
  bh_buf_init(b, 1 << 20);
  bh_fact_client_put(b, &(bh_client){.struct_size = sizeof(bh_client), .id = BH_S("acme"), .name = BH_S("Acme Dental")});
  bh_fact_asset_put(b, &(bh_asset){.struct_size = sizeof(bh_asset), .mode = BH_ASSET_INTERVAL, .client = BH_S("acme"), .kind = BH_S("device"),
    .klass = BH_S("server"), .id = BH_S("1"), .name = BH_S("SRV"), .from = {2026, 1, 1}, .attrs = attrs, .attr_count = 4});
  bh_fact_gauge_put(b, &(bh_gauge){.struct_size = sizeof(bh_gauge), .date = {2026, 2, 28}, .client = BH_S("acme"), .metric = BH_S("m365"),
    .value = {42, 0, 0}});
  bh_fact_usage_put(b, &(bh_usage){.struct_size = sizeof(bh_usage), .date = {2026, 2, 3}, .client = BH_S("acme"), .metric = BH_S("gb"),
    .id = BH_S("u1"), .description = {"", 0}, .quantity = {125, 1, 0}});
  bh_fact_charge_put(b, &(bh_charge){.struct_size = sizeof(bh_charge), .has = BH_CHARGE_PRICE, .date = {2026, 2, 4}, .client = BH_S("acme"),
    .id = BH_S("c1"), .product = {"", 0}, .description = BH_S("Cable"), .po = {"", 0}, .contract = {"", 0}, .quantity = {1, 0, 0},
    .unit_price = {999, 2, 0}});
  bh_fact_contract_put(b, &(bh_contract){.struct_size = sizeof(bh_contract), .client = BH_S("acme"), .id = BH_S("k"), .json = BH_S("{}")});
  bh_fact_scope_put(b, BH_S("*"), BH_S("*"), true);
  bh_fact_client_failed_put(b, BH_S("umbrella"), BH_S("403"));
}

static void test_facts_round(void **state)
{
  bh_buf b;
  test_sink s;
  bh_error err = {0};
  pack(&b);
  test_sink_init(&s);
  if (bh_facts_unpack(bh_buf_str(&b), &test_pull_sink, &s, &err))
    fail_msg("%s", err.message);
  assert_str(bh_buf_str(&s.text), "client acme\n"
                                  "asset 0 acme device server 1 \"SRV\" 2026-01-01 max {\"os\":\"Windows 11\",\"site\":\"Albany\"}\n"
                                  "gauge acme m365 2026-02-28 42\n"
                                  "usage acme gb u1 2026-02-03 12.5 \"\" {}\n"
                                  "charge acme c1  \"Cable\" 2026-02-04 1 9.99 -  \n"
                                  "scope * * complete\n"
                                  "failed umbrella: 403\n");
  bh_buf_dispose(&b);
  bh_buf_dispose(&s.text);
}

/* Every prefix is either whole facts or garbage; every changed byte is taken or refused, and neither reads past the end. */
static void test_facts_damaged(void **state)
{
  bh_buf b;
  pack(&b);
  size_t whole = 0;
  for (size_t n = 0; n <= b.len; n++) {
    test_sink s;
    test_sink_init(&s);
    char *copy = malloc(n ? n : 1); /* of its very size: a sanitizer sees a byte too many */
    memcpy(copy, b.ptr, n);
    bh_status rc = bh_facts_unpack((bh_str){copy, n}, &test_pull_sink, &s, NULL);
    assert_true(rc == BH_OK || rc == BH_E_WORKER);
    whole += rc == BH_OK;
    free(copy);
    bh_buf_dispose(&s.text);
  }
  assert_int_equal(whole, 9); /* nothing, and after each of eight */
  char *copy = malloc(b.len);
  for (size_t i = 0; i < b.len; i++)
    for (int bit = 0; bit < 8; bit++) {
      test_sink s;
      test_sink_init(&s);
      memcpy(copy, b.ptr, b.len);
      copy[i] ^= (char)(1 << bit);
      bh_status rc = bh_facts_unpack((bh_str){copy, b.len}, &test_pull_sink, &s, NULL);
      assert_true(rc == BH_OK || rc == BH_E_WORKER || rc == BH_E_INVALID);
      bh_buf_dispose(&s.text);
    }
  free(copy);
  bh_buf_dispose(&b);
}

static void test_attrs_twice(void **state)
{
  static const bh_str twice[] = {BH_S("os"), BH_S("a"), BH_S("os"), BH_S("b")};
  bh_buf b;
  test_sink s;
  bh_error err = {0};
  bh_buf_init(&b, 1 << 20);
  test_sink_init(&s);
  bh_fact_usage_put(&b, &(bh_usage){.struct_size = sizeof(bh_usage), .date = {2026, 2, 3}, .client = BH_S("acme"), .metric = BH_S("gb"),
    .id = BH_S("u1"), .description = {"", 0}, .quantity = {125, 1, 0}, .attrs = twice, .attr_count = 4});
  assert_int_equal(bh_facts_unpack(bh_buf_str(&b), &test_pull_sink, &s, &err), BH_E_INVALID);
  assert_non_null(strstr(err.message, "\"os\" stands twice"));
  bh_buf_dispose(&b);
  bh_buf_dispose(&s.text);
}

static void test_init_truncated(void **state)
{
  bh_pull_option options[] = {{BH_S("token"), BH_S("abc"), true}, {BH_S("path"), BH_S("counts/"), false}};
  bh_pull_init out;
  bh_buf b;
  bh_arena a;
  bh_arena_init(&a);
  bh_buf_init(&b, 1 << 16);
  bh_pull_init_put(&b, &(bh_pull_init){.plugin = BH_S("csv"), .path = BH_S("/x/csv.so"), .name = BH_S("sheet"), .workspace_dir = BH_S("/w"),
    .timezone = BH_S("UTC"), .cursor = {"", 0}, .day = 20000, .options = options, .option_count = 2});
  assert_true(bh_pull_init_get(&out, &a, bh_buf_str(&b)));
  assert_str(out.options[1].value, "counts/");
  assert_true(out.options[0].secret);
  for (size_t n = 0; n < b.len; n++)
    assert_false(bh_pull_init_get(&out, &a, (bh_str){b.ptr, n}));
  bh_buf_dispose(&b);
  bh_arena_dispose(&a);
}

/* ---- a worker from the host's side ---- */

static void test_worker_life(void **state)
{
  bh_worker *w;
  bh_frame f;
  bh_error err = {0};
  assert_int_equal(bh_worker_start(&w, &(bh_worker_spec){.role = "connector", .name = "x"}, &err), BH_OK);
  assert_int_equal(bh_worker_wait(w, &f, 20000, &err), BH_OK);
  assert_int_equal(f.type, BH_FRAME_HELLO);
  assert_int_equal(bh_worker_wait(w, &f, 100, &err), BH_E_WORKER);
  assert_string_equal(err.message, "hung for 1 s");
  assert_true(bh_worker_peak_kib(w) > 0);
  assert_int_equal(bh_worker_send(w, BH_FRAME_STOP, (bh_str){"", 0}, &err), BH_E_WORKER);
  assert_string_equal(err.message, "crashed with signal 9 (Killed)");
  bh_worker_free(w);
  assert_int_equal(bh_worker_start(&w, &(bh_worker_spec){.role = "nonsense", .name = "x"}, &err), BH_OK);
  assert_int_equal(bh_worker_wait(w, &f, 20000, &err), BH_E_WORKER);
  assert_string_equal(err.message, "exited with status 2");
  bh_worker_free(w);
}

/* What a worker inherits: nothing but its three and the channel. */
static void test_worker_garbage_init(void **state)
{
  bh_worker *w;
  bh_frame f;
  bh_error err = {0};
  assert_int_equal(bh_worker_start(&w, &(bh_worker_spec){.role = "connector", .name = "x"}, &err), BH_OK);
  assert_int_equal(bh_worker_wait(w, &f, 20000, &err), BH_OK);
  assert_int_equal(bh_worker_send(w, BH_FRAME_INIT, BH_S("\xff\xff\xff\xff\x0f"), &err), BH_OK);
  assert_int_equal(bh_worker_wait(w, &f, 20000, &err), BH_OK);
  assert_int_equal(f.type, BH_FRAME_ERROR);
  assert_int_equal(bh_worker_wait(w, &f, 20000, &err), BH_E_WORKER);
  assert_string_equal(err.message, "exited with status 0");
  bh_worker_free(w);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_frame_round), cmocka_unit_test(test_frame_truncated), cmocka_unit_test(test_frame_header),
    cmocka_unit_test(test_frame_limits), cmocka_unit_test(test_facts_round), cmocka_unit_test(test_facts_damaged),
    cmocka_unit_test(test_attrs_twice), cmocka_unit_test(test_init_truncated), cmocka_unit_test(test_worker_life),
    cmocka_unit_test(test_worker_garbage_init)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
