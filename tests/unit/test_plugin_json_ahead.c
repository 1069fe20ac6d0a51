/* Pages read ahead in threads come to the same records, in the same order, with the same end as those that are read when their turn comes. */
#include "plugin/json_ahead.h"
#include "plugin/json_reader.h"
#include "test_util.h"
#include <stdlib.h>

enum { PAGES = 60, PAGE_BYTES = 900 * 1024 };

static bh_buf got, expected, *into;
static char *bodies[PAGES];
static volatile int woken;

static void wake(void *ctx)
{
  __atomic_add_fetch((int *)ctx, 1, __ATOMIC_RELAXED);
}

static bh_status write_down(void *user, const bh_json_record *r)
{
  bh_buf_fmt(into, "%s", (const char *)user);
  for (size_t i = 0; i < r->key_count; i++)
    bh_buf_fmt(into, "[%.*s]", BH_STR_ARG(r->keys[i]));
  for (size_t i = 0; i < r->field_count; i++)
    bh_buf_fmt(into, " %d:%.*s", r->kinds[i], BH_STR_ARG(r->texts[i]));
  bh_buf_putc(into, '\n');
  return BH_OK;
}

static const char *const device[] = {"id", "name", "system.serial", "tags", "gone"}, *const whole[] = {"total", "next"}, *const any[] = {"id"};
static const bh_json_query list = {.struct_size = sizeof list, .each = "$.items[*]", .fields = device, .field_count = 5, .record = write_down, .user = (void *)(uintptr_t)"l"};
static const bh_json_query watch = {.struct_size = sizeof watch, .each = "$", .fields = whole, .field_count = 2, .record = write_down, .user = (void *)(uintptr_t)"w"};
static const bh_json_query members = {.struct_size = sizeof members, .each = "$.more.*", .fields = any, .field_count = 1, .record = write_down, .user = (void *)(uintptr_t)"m"};
static const bh_json_query *const queries[] = {&list, &watch, &members};

/* Devices whose members come in this order and in that, some missing, some twice; and pages that end too early, or are no list. */
static char *page(uint64_t seed)
{
  bh_buf b;
  bh_buf_init(&b, PAGE_BYTES);
  bh_buf_fmt(&b, "{\"total\":%d,\"%s\":[", (int)test_random_below(&seed, 1000), test_random_below(&seed, 8) ? "items" : "other");
  int n = (int)test_random_below(&seed, 300);
  for (int i = 0; i < n; i++) {
    static const char *const extra[] = {"\"domain\":null,", "\"id\":7,", "\"system\":{\"os\":[1,{\"x\":2}],\"serial\":\"second\"},", "\"offline\":true,", ""};
    bh_buf_fmt(&b, "%s{%s", i ? "," : "", extra[test_random_below(&seed, 5)]);
    if (test_random_below(&seed, 5))
      bh_buf_fmt(&b, "\"id\":%d,\"name\":\"pc %d \\u00e9\",", i, i);
    else
      bh_buf_fmt(&b, "\"name\":\"pc %d\",\"id\":\"%d\",", i, i);
    bh_buf_fmt(&b, "\"system\":{\"serial\":\"SN%04d\",\"a\":{}},%s\"tags\":[\"a\",{\"k\":null}]}", i, extra[test_random_below(&seed, 5)]);
  }
  bh_buf_fmt(&b, "],\"more\":{\"x\":{\"id\":1},\"y\":{\"id\":2}},\"next\":\"n\"}");
  if (test_random_below(&seed, 6) == 0)
    b.len = (size_t)test_random_below(&seed, (int64_t)b.len);
  bh_buf_putc(&b, 0);
  return b.ptr;
}

static bh_str body_of(int i)
{
  return bh_str_c(bodies[i]);
}

static bh_str url_of(int i)
{
  static char text[32];
  snprintf(text, sizeof text, "https://host/list?page=%d", i);
  return bh_str_c(text);
}

/* What a reader says of the page here and now. */
static void read_here(int i, bh_json_page *out, char reason[800])
{
  bh_host_ctx host;
  bh_json_reader *r;
  bh_host_ctx_init(&host);
  bh_host_call_begin(&host);
  assert_int_equal(bh_json_reader_new(&r, &host, queries, 3), BH_OK);
  out->status = bh_json_reader_feed(r, body_of(i), BH_E_PERMANENT);
  if (out->status == BH_OK)
    out->status = bh_json_reader_end(r, BH_E_PERMANENT);
  out->listed = bh_json_reader_listed(r, 0);
  out->records = bh_json_reader_records(r, 0);
  snprintf(reason, 800, "%s", host.reason);
  bh_json_reader_free(r);
  bh_host_ctx_dispose(&host);
}

static void compare(bh_json_ahead *x, int i)
{
  bh_json_page ahead, here;
  char reason[800], why[800];
  assert_true(bh_json_ahead_take(x, url_of(i), &ahead));
  snprintf(why, sizeof why, "%s", ahead.status ? ahead.reason : "");
  into = &got;
  bh_buf_clear(&got);
  assert_int_equal(bh_json_ahead_play(x), BH_OK);
  assert_false(bh_json_ahead_has(x, url_of(i)));
  into = &expected;
  bh_buf_clear(&expected);
  read_here(i, &here, reason);
  assert_true(bh_str_eq(bh_buf_str(&got), bh_buf_str(&expected)));
  assert_int_equal(ahead.status, here.status);
  assert_string_equal(why, here.status ? reason : "");
  assert_int_equal(ahead.records, here.records);
  assert_int_equal(ahead.listed, here.listed);
}

static void test_the_same(void **state)
{
  bh_json_ahead *x = bh_json_ahead_new(queries, 3, BH_E_PERMANENT, wake, (void *)(uintptr_t)&woken);
  assert_non_null(x);
  int given = 0;
  for (int i = 0; i < PAGES; i++) {
    while (given < PAGES && given < i + 1 + i % 7 && bh_json_ahead_give(x, url_of(given), body_of(given)))
      given++;
    compare(x, i);
  }
  assert_int_equal(woken, PAGES);
  bh_json_ahead_free(x);
}

static void test_limits(void **state)
{
  bh_json_ahead *x = bh_json_ahead_new(queries, 3, BH_E_PERMANENT, wake, (void *)(uintptr_t)&woken);
  bh_json_page p;
  for (int i = 0; i < BH_PAGES_AHEAD_MAX; i++)
    assert_true(bh_json_ahead_give(x, url_of(i), body_of(i)));
  assert_false(bh_json_ahead_give(x, url_of(PAGES), body_of(9))); /* no more at once */
  compare(x, 3);                                                  /* not in the order given */
  assert_false(bh_json_ahead_take(x, url_of(3), &p));
  bh_buf large;
  bh_buf_init(&large, 4 << 20);
  while (large.len <= 1 << 20)
    bh_buf_puts(&large, BH_S("          "));
  assert_false(bh_json_ahead_give(x, url_of(PAGES), bh_buf_str(&large))); /* too large to be read twice over */
  bh_buf_clear(&large);
  bh_buf_puts(&large, BH_S("{\"items\":[{}"));
  while (large.len < 1000 * 1000)
    bh_buf_puts(&large, BH_S(",{}"));
  bh_buf_puts(&large, BH_S("]}"));
  assert_true(bh_json_ahead_give(x, url_of(PAGES), bh_buf_str(&large)));
  assert_false(bh_json_ahead_take(x, url_of(PAGES), &p)); /* its records take more room than it does: nothing of it is kept */
  assert_false(bh_json_ahead_has(x, url_of(PAGES)));
  bh_json_ahead_free(x); /* with pages that nobody takes */
  bh_json_ahead_free(NULL);
  bh_buf_dispose(&large);
}

static bh_status stop(void *user, const bh_json_record *r)
{
  (void)user;
  return bh_str_eqz(r->texts[0], "2") ? BH_E_CANCELLED : write_down((void *)(uintptr_t)"l", r);
}

static void test_a_record_that_is_not_taken(void **state)
{
  const bh_json_query q = {.struct_size = sizeof q, .each = "$[*]", .fields = any, .field_count = 1, .record = stop};
  const bh_json_query *const one[] = {&q};
  bh_json_ahead *x = bh_json_ahead_new(one, 1, BH_E_PERMANENT, wake, (void *)(uintptr_t)&woken);
  bh_json_page p;
  into = &got;
  bh_buf_clear(&got);
  assert_true(bh_json_ahead_give(x, BH_S("u"), BH_S("[{\"id\":1},{\"id\":2},{\"id\":3}]")));
  assert_true(bh_json_ahead_take(x, BH_S("u"), &p));
  assert_int_equal(bh_json_ahead_play(x), BH_E_CANCELLED);
  assert_str(bh_buf_str(&got), "l[0] 4:1\n");
  bh_json_ahead_free(x);
}

static int setup(void **state)
{
  bh_buf_init(&got, 64 << 20);
  bh_buf_init(&expected, 64 << 20);
  for (int i = 0; i < PAGES; i++)
    bodies[i] = page((uint64_t)i + 1);
  return 0;
}

static int teardown(void **state)
{
  bh_buf_dispose(&got);
  bh_buf_dispose(&expected);
  for (int i = 0; i < PAGES; i++)
    free(bodies[i]);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_same), cmocka_unit_test(test_limits), cmocka_unit_test(test_a_record_that_is_not_taken)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
