/* The HTTP service against a scripted server: pinning, repeats, redirects, sizes, limits. */
#include "http_fixture.h"

static void test_get(void **state)
{
  bh_http_answer a;
  SCRIPT("HTTP/1.1 200 OK\r\nX-One: first\r\nx-two:  2 \r\nConnection: close\r\n\r\nhello");
  assert_int_equal(get(&a, url("/x?y=1"), "", 0), BH_OK);
  assert_int_equal(a.status, 200);
  assert_str(a.body, "hello");
  assert_str(bh_http_service_get()->header(&run.host, "x-ONE"), "first");
  assert_str(bh_http_service_get()->header(&run.host, "absent"), "");
  assert_non_null(strstr(server.asked[0], "GET /x?y=1 HTTP/1.1\r\n"));
  bh_str escaped;
  assert_int_equal(bh_http_service_get()->escape(&run.host, BH_S("a b&c/\xc3\xa9~"), &escaped), BH_OK);
  assert_str(escaped, "a%20b%26c%2F%C3%A9~");
}

static void test_pinning(void **state)
{
  char other_port[64];
  bh_http_answer a;
  snprintf(other_port, sizeof other_port, "http://127.0.0.1:%d/", server.port + 1);
  const char *const rows[] = {other_port, "http://169.254.169.254/latest/", "https://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "", "nonsense",
    "http://127.0.0.1@evil.example/"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (get(&a, rows[i], "", 0) != BH_E_INVALID)
      fail_msg("\"%s\" was reached", rows[i]);
  assert_int_equal(get(&a, other_port, "", 0), BH_E_INVALID);
  assert_reason("is not among the hosts of this connector's options");
  snprintf(other_port, sizeof other_port, "http://user:pw@127.0.0.1:%d/", server.port);
  assert_int_equal(get(&a, other_port, "", 0), BH_E_INVALID);
  assert_null(strstr(run.host.reason, "pw"));
}

static void test_repeats(void **state)
{
  bh_http_answer a;
  SCRIPT(SAY("503 Busy", "Content-Length: 0\r\n"), NULL, SAY("429 Slow", "Retry-After: 1\r\n"), OK("fine"));
  int64_t began = bh_monotonic_ms();
  assert_int_equal(get(&a, url("/"), "GET", 0), BH_OK);
  assert_str(a.body, "fine");
  assert_int_equal(server.served, 4);
  assert_true(bh_monotonic_ms() - began >= 1000);
}

static void test_gives_up(void **state)
{
  bh_http_answer a;
  SCRIPT(SAY("503 Busy", ""), SAY("503 Busy", ""), SAY("503 Busy", ""), SAY("503 Busy", ""), SAY("503 Busy", "\r\nwhy"));
  assert_int_equal(get(&a, url("/p?secret=1"), "GET", 0), BH_E_TRANSIENT);
  assert_int_equal(a.status, 503);
  assert_int_equal(server.served, 5);
  assert_reason("/p: the server answered with status 503");
  assert_null(strstr(run.host.reason, "secret"));
}

/* A POST that was sent and not answered is not sent again: nobody knows what came of it. */
static void test_post_unknown(void **state)
{
  bh_http_answer a;
  SCRIPT(NULL, OK("x"));
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_UNKNOWN);
  assert_int_equal(server.served, 1);
  assert_int_equal(get(&a, url("/"), "POST", BH_HTTP_NO_RETRY), BH_OK);
}

/* What has an effect and was not refused may have happened: it is not sent again, and not called a failure. */
static void test_effect(void **state)
{
  bh_http_answer a;
  SCRIPT(SAY("503 Busy", "Content-Length: 0\r\n"), SAY("500 No", ""), SAY("303 See", "Location: /\r\n"), SAY("404 No", ""), SAY("403 No", ""),
         SAY("429 Slow", ""), OK("made"), SAY("503 Busy", ""), SAY("503 Busy", ""), OK("made"), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_UNKNOWN);
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_UNKNOWN);
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_UNKNOWN);
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_PERMANENT);
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_E_AUTH);
  assert_int_equal(server.served, 5);
  assert_int_equal(get(&a, url("/"), "POST", 0), BH_OK);                                     /* 429, and then made */
  assert_int_equal(get(&a, url("/"), "PUT", BH_HTTP_EFFECT), BH_E_UNKNOWN);                   /* not repeated */
  assert_int_equal(get(&a, url("/"), "POST", BH_HTTP_EFFECT | BH_HTTP_REPEATABLE), BH_OK);    /* 503, and then made */
  assert_int_equal(get(&a, url("/"), "POST", BH_HTTP_EFFECT | BH_HTTP_REPEATABLE | BH_HTTP_NO_RETRY), BH_E_UNKNOWN);
  assert_int_equal(server.served, 11);
}

static void test_statuses(void **state)
{
  static const struct { const char *line; bh_status rc; } rows[] = {{SAY("401 No", ""), BH_E_AUTH}, {SAY("403 No", ""), BH_E_AUTH},
    {SAY("404 No", ""), BH_E_PERMANENT}, {SAY("409 No", ""), BH_E_PERMANENT}, {SAY("500 No", ""), BH_E_TRANSIENT}, {SAY("301 Off", "Location: http://evil.example/\r\n"), BH_E_PERMANENT}};
  const char *list[6];
  bh_http_answer a;
  for (size_t i = 0; i < 6; i++)
    list[i] = rows[i].line;
  script(6, list);
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(get(&a, url("/"), "GET", 0), rows[i].rc);
}

static void test_redirect(void **state)
{
  bh_http_answer a;
  SCRIPT(SAY("302 Found", "Location: /there\r\n"), OK("here"));
  assert_int_equal(get(&a, url("/"), "", 0), BH_OK);
  assert_str(a.body, "here");
  assert_non_null(strstr(server.asked[1], "GET /there"));
}

static void test_redirect_loop(void **state)
{
  bh_http_answer a;
  SCRIPT(SAY("302 F", "Location: /\r\n"), SAY("302 F", "Location: /\r\n"), SAY("302 F", "Location: /\r\n"), SAY("302 F", "Location: /\r\n"),
         SAY("302 F", "Location: /\r\n"), SAY("302 F", "Location: /\r\n"));
  assert_int_equal(get(&a, url("/"), "", 0), BH_E_PERMANENT);
  assert_reason("more than 5 redirects");
}

static void test_limits(void **state)
{
  bh_http_answer a = {.struct_size = sizeof a};
  bh_http_request q = {.struct_size = sizeof q, .url = bh_str_c(url("/")), .answer_bytes_max = 4, .timeout_ms = 5000};
  SCRIPT(OK("hello"), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  assert_int_equal(bh_http_service_get()->send(&run.host, &q, &a), BH_E_PERMANENT);
  assert_reason("larger than is allowed");
  q.flags = BH_HTTP_NO_RETRY;
  q.answer_bytes_max = 0;
  assert_int_equal(bh_http_service_get()->send(&run.host, &q, &a), BH_E_TRANSIENT); /* cut short */
  const bh_str headers[] = {BH_S("X-Bad"), BH_S("a\r\nInjected: 1")};
  q.headers = headers;
  q.header_count = 2;
  assert_int_equal(bh_http_service_get()->send(&run.host, &q, &a), BH_E_INVALID);
}

static void test_stall(void **state)
{
  bh_http_answer a = {.struct_size = sizeof a};
  const bh_http_request q = {.struct_size = sizeof q, .flags = BH_HTTP_NO_RETRY, .url = bh_str_c(url("/")), .timeout_ms = 300};
  int64_t began = bh_monotonic_ms();
  /* Nobody accepts: the connection stands, and nothing comes. */
  assert_int_equal(bh_http_service_get()->send(&run.host, &q, &a), BH_E_TRANSIENT);
  assert_true(bh_monotonic_ms() - began < 3000);
}

static bool say_cancelled(bh_host_ctx *c) { return true; }

static void test_cancel(void **state)
{
  bh_http_answer a;
  run.host.cancelled = say_cancelled;
  int64_t began = bh_monotonic_ms();
  assert_int_equal(get(&a, url("/"), "", 0), BH_E_CANCELLED);
  assert_true(bh_monotonic_ms() - began < 3000);
}

static void test_rate_limit(void **state)
{
  bh_http_answer a;
  SCRIPT(OK("1"), OK("2"), OK("3"), OK("4"));
  assert_int_equal(bh_http_service_get()->rate_limit(&run.host, 10, 1), BH_OK);
  int64_t began = bh_monotonic_ms();
  for (int i = 0; i < 4; i++)
    assert_int_equal(get(&a, url("/"), "", 0), BH_OK);
  assert_true(bh_monotonic_ms() - began >= 300);
  assert_int_equal(bh_http_service_get()->rate_limit(&run.host, 1, 0), BH_E_INVALID);
}

int main(void)
{
  const struct CMUnitTest tests[] = {T(test_get), T(test_pinning), T(test_repeats), T(test_gives_up), T(test_post_unknown),
    T(test_statuses), T(test_effect), T(test_redirect), T(test_redirect_loop), T(test_limits), T(test_stall),
    T(test_cancel), T(test_rate_limit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
