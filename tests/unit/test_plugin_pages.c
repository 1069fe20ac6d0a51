/* Lists in pages, read as they stream. */
#include "http_fixture.h"

static bh_buf got;

static bh_status take(void *user, const bh_json_record *r)
{
  bh_buf_fmt(&got, "%.*s ", BH_STR_ARG(r->texts[0]));
  return BH_OK;
}

static bh_status pages(const bh_json_pages *how)
{
  static const char *const fields[] = {"id"};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$.r[*]", .fields = fields, .field_count = 1, .record = take};
  const bh_json_query *list[] = {&q};
  const bh_http_request request = {.struct_size = sizeof request, .url = bh_str_c(url("/list?size=2")), .timeout_ms = 5000};
  bh_http_answer a = {.struct_size = sizeof a};
  bh_buf_init(&got, 65536);
  return bh_json_service_get()->http(&run.host, &request, how, list, 1, &a);
}

static void assert_got(const char *ids)
{
  assert_str(bh_buf_str(&got), ids);
  bh_buf_dispose(&got);
}

static void test_pages_number(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 2};
  SCRIPT(OK("{\"r\":[{\"id\":1},{\"id\":2}]}"), OK("{\"r\":[{\"id\":3},{\"id\":4}]}"), OK("{\"r\":[{\"id\":5}]}"));
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 3 4 5 ");
  assert_non_null(strstr(server.asked[2], "GET /list?size=2&page=3 "));
}

static void test_pages_link(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_LINK};
  SCRIPT("HTTP/1.1 200 OK\r\nLink: </list?p=1>; rel=\"first\", </list?p=2>; rel=\"next\"\r\nConnection: close\r\n\r\n{\"r\":[{\"id\":1}]}",
         OK("{\"r\":[{\"id\":2}]}"));
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 ");
  assert_non_null(strstr(server.asked[1], "GET /list?p=2 "));
}

static void test_pages_cursor(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_CURSOR, .path = "$.meta.next", .param = "after"};
  SCRIPT(OK("{\"r\":[{\"id\":1}],\"meta\":{\"next\":\"c 2\"}}"), OK("{\"r\":[{\"id\":2}],\"meta\":{\"next\":null}}"));
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 ");
  assert_non_null(strstr(server.asked[1], "after=c%202 "));
}

static void test_pages_circle(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_CURSOR, .path = "$.next", .param = "after"};
  SCRIPT(OK("{\"r\":[{\"id\":1}],\"next\":\"a\"}"), OK("{\"r\":[{\"id\":2}],\"next\":\"b\"}"), OK("{\"r\":[{\"id\":3}],\"next\":\"a\"}"));
  assert_int_equal(pages(&how), BH_E_PERMANENT);
  assert_reason("turns in a circle");
  bh_buf_dispose(&got);
}

static void test_pages_same(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_OFFSET, .param = "skip"};
  SCRIPT(OK("{\"r\":[{\"id\":1}]}"), OK("{\"r\":[{\"id\":1}]}"));
  assert_int_equal(pages(&how), BH_E_PERMANENT);
  assert_reason("turns in a circle");
  bh_buf_dispose(&got);
}

static void test_pages_next_url_elsewhere(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_NEXT_URL, .path = "$.next"};
  SCRIPT(OK("{\"r\":[{\"id\":1}],\"next\":\"https://evil.example/steal\"}"));
  assert_int_equal(pages(&how), BH_E_INVALID);
  assert_reason("https://evil.example:443 is not among the hosts");
  bh_buf_dispose(&got);
}

static void test_json_answers(void **state)
{
  SCRIPT(SAY("502 Bad", ""), OK("{\"r\":[{\"id\":1}]}"), OK("<html>login</html>"), OK("{\"r\":[{\"id\":7},"),
         "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"r\":[{\"id\":8},", SAY("403 No", ""));
  assert_int_equal(pages(NULL), BH_OK); /* repeated before the first record */
  assert_got("1 ");
  assert_int_equal(pages(NULL), BH_E_PERMANENT);
  assert_reason("not JSON");
  assert_got("");
  assert_int_equal(pages(NULL), BH_E_PERMANENT);
  assert_got("7 ");
  assert_int_equal(pages(NULL), BH_E_TRANSIENT); /* cut short after a record: not repeated */
  assert_got("8 ");
  assert_int_equal(pages(NULL), BH_E_AUTH);
  assert_got("");
}

static void test_pages_after(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_AFTER, .path = "id", .param = "after", .page_size = 2};
  SCRIPT(OK("{\"r\":[{\"id\":1},{\"id\":\"9223372036854775807\"}]}"), OK("{\"r\":[{\"id\":3},{\"id\":4}]}"), OK("{\"r\":[]}"));
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 9223372036854775807 3 4 ");
  assert_non_null(strstr(server.asked[0], "GET /list?size=2 "));
  assert_non_null(strstr(server.asked[1], "GET /list?size=2&after=9223372036854775807 "));
  assert_non_null(strstr(server.asked[2], "GET /list?size=2&after=4 "));
}

static void test_pages_after_circle(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_AFTER, .path = "id", .param = "after", .page_size = 2};
  SCRIPT(OK("{\"r\":[{\"id\":1},{\"id\":2}]}"), OK("{\"r\":[{\"id\":1},{\"id\":2}]}"), OK("{\"r\":[{\"id\":1},{}]}"));
  assert_int_equal(pages(&how), BH_E_PERMANENT);
  assert_reason("turns in a circle");
  assert_got("1 2 1 2 ");
  assert_int_equal(pages(&how), BH_E_PERMANENT);
  assert_reason("has no \"id\" to go on from");
  bh_buf_dispose(&got);
}

static void test_pages_total(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 2, .total = "$.n"};
  SCRIPT(OK("{\"n\":3,\"r\":[{\"id\":1},{\"id\":2}]}"), OK("{\"r\":[{\"id\":3}],\"n\":3}"), OK("{\"n\":\"4\",\"r\":[{\"id\":1},{\"id\":2}]}"),
         OK("{\"r\":[{\"id\":3}],\"n\":\"4\"}"));
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 3 ");
  assert_int_equal(pages(&how), BH_E_TRANSIENT);
  assert_reason("has 4 records by its own count, and 3 came");
  assert_got("1 2 3 ");
}

/* ---- pages ahead ---- */

static int refused;

static const char *five_pages(const char *asked)
{
  static const char *const answers[] = {OK("{\"n\":9,\"r\":[{\"id\":1},{\"id\":2}]}"), OK("{\"n\":9,\"r\":[{\"id\":3},{\"id\":4}]}"),
    OK("{\"n\":9,\"r\":[{\"id\":5},{\"id\":6}]}"), OK("{\"n\":9,\"r\":[{\"id\":7},{\"id\":8}]}"), OK("{\"n\":9,\"r\":[{\"id\":9}]}")};
  const char *page = strstr(asked, "page=");
  int n = page ? page[5] - '0' : 0;
  if (n == 3 && refused-- > 0)
    return SAY("503 Busy", "");
  return n >= 1 && n <= 5 ? answers[n - 1] : SAY("404 No", "");
}

/* In order, whatever the order in which they come; no further than the list is long. */
static void test_pages_ahead(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 2, .total = "$.n", .ahead = 4};
  server.route = five_pages;
  refused = 0;
  script(5, (const char *const[5]){NULL});
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 3 4 5 6 7 8 9 ");
  pthread_join(server.thread, NULL);
  assert_int_equal(server.served, 5);
  server.count = 0;
}

/* What does not come whole ahead is asked for once more in its turn. */
static void test_pages_ahead_refused(void **state)
{
  const bh_json_pages how = {.struct_size = sizeof how, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 2, .total = "$.n", .ahead = 3};
  server.route = five_pages;
  refused = 2;
  script(7, (const char *const[7]){NULL});
  assert_int_equal(pages(&how), BH_OK);
  assert_got("1 2 3 4 5 6 7 8 9 ");
  pthread_join(server.thread, NULL);
  assert_int_equal(server.served, 7);
  server.count = 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {T(test_pages_number), T(test_pages_link), T(test_pages_cursor), T(test_pages_circle), T(test_pages_same),
    T(test_pages_next_url_elsewhere), T(test_json_answers), T(test_pages_after), T(test_pages_after_circle), T(test_pages_total),
    T(test_pages_ahead), T(test_pages_ahead_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
