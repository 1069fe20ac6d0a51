/* The HTTP service against a scripted server: pinning, repeats, redirects, sizes, tokens, pages. */
#include "plugin/http.h"
#include "test_util.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server: one answer after the other; NULL: the connection is closed without one ---- */

enum { ANSWERS_MAX = 16 };
static struct server { int fd, port; pthread_t thread; const char *answers[ANSWERS_MAX]; size_t count; char asked[ANSWERS_MAX][4096]; size_t served; } server;

static void read_request(int fd, char *into, size_t cap)
{
  size_t len = 0, body = 0;
  char *end = NULL;
  for (;;) {
    ssize_t n = read(fd, into + len, cap - 1 - len);
    if (n <= 0)
      break;
    len += (size_t)n;
    into[len] = 0;
    if (!end && (end = strstr(into, "\r\n\r\n"))) {
      const char *length = strstr(into, "Content-Length: ");
      body = length ? strtoul(length + 16, NULL, 10) : 0;
    }
    if (end && len >= (size_t)(end + 4 - into) + body)
      break;
  }
}

static void *serve(void *arg)
{
  for (size_t i = 0; i < server.count; i++) {
    int c = accept(server.fd, NULL, NULL);
    if (c < 0)
      break;
    read_request(c, server.asked[i], sizeof server.asked[i]);
    server.served = i + 1;
    const char *a = server.answers[i];
    for (size_t at = 0, n = a ? strlen(a) : 0; at < n;) {
      ssize_t w = send(c, a + at, n - at, MSG_NOSIGNAL);
      if (w <= 0)
        break;
      at += (size_t)w;
    }
    close(c);
  }
  return NULL;
}

static bh_connector_run run;
static int channel[2];
static char base_url[64];
static const bh_option url_option = {.key = "url", .type = BH_OPT_TEXT};
static bh_value url_value;

static int setup(void **state)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  server = (struct server){.fd = socket(AF_INET, SOCK_STREAM, 0)};
  if (bind(server.fd, (struct sockaddr *)&a, sizeof a) || listen(server.fd, 8) || getsockname(server.fd, (struct sockaddr *)&a, &len))
    return -1;
  server.port = ntohs(a.sin_port);
  snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d", server.port);
  run = (bh_connector_run){.workspace_fd = -1};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
    return -1;
  run.fd = channel[0];
  bh_arena_init(&run.arena);
  bh_host_ctx_init(&run.host);
  run.host.owner = &run;
  url_value = (bh_value){.option = &url_option, .set = true, .text = bh_str_c(base_url)};
  run.host.options = (bh_values){&url_value, 1};
  bh_http_of(&run)->backoff_ms = 5;
  bh_host_call_begin(&run.host);
  return 0;
}

static int teardown(void **state)
{
  shutdown(server.fd, SHUT_RDWR);
  if (server.count)
    pthread_join(server.thread, NULL);
  close(server.fd);
  bh_http_close(&run);
  bh_host_ctx_dispose(&run.host);
  bh_arena_dispose(&run.arena);
  close(channel[0]);
  close(channel[1]);
  return 0;
}

static void script(size_t n, const char *const *answers)
{
  memcpy(server.answers, answers, n * sizeof *answers);
  server.count = n;
  assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}
#define SCRIPT(...) do { static const char *const list_[] = {__VA_ARGS__}; script(sizeof list_ / sizeof *list_, list_); } while (0)

#define OK(body) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define SAY(status, more) "HTTP/1.1 " status "\r\nConnection: close\r\n" more "\r\n"

static const char *url(const char *path)
{
  static char text[4][256];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(text[turn], sizeof text[turn], "%s%s", base_url, path);
  return text[turn];
}

static bh_status get(bh_http_answer *a, const char *where, const char *method, uint32_t flags)
{
  const bh_http_request q = {.struct_size = sizeof q, .flags = flags, .method = bh_str_c(method), .url = bh_str_c(where), .timeout_ms = 5000};
  *a = (bh_http_answer){.struct_size = sizeof *a};
  return bh_http_service_get()->send(&run.host, &q, a);
}

static void assert_reason(const char *says)
{
  if (!strstr(run.host.reason, says))
    fail_msg("\"%s\" does not say \"%s\"", run.host.reason, says);
}

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

static void test_oauth(void **state)
{
  bh_http_answer a;
  const bh_http_oauth2 how = {.struct_size = sizeof how, .token_url = bh_str_c(url("/token")), .client_id = BH_S("me"), .client_secret = BH_S("p&w"),
    .scope = BH_S("all")};
  SCRIPT(OK("{\"access_token\":\"T1\",\"expires_in\":3600}"), OK("one"), SAY("401 Expired", ""), OK("{\"access_token\":\"T2\"}"), OK("two"));
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &how), BH_OK);
  assert_int_equal(get(&a, url("/a"), "", 0), BH_OK);
  assert_int_equal(get(&a, url("/b"), "", 0), BH_OK);
  assert_str(a.body, "two");
  assert_non_null(strstr(server.asked[0], "POST /token"));
  assert_non_null(strstr(server.asked[0], "grant_type=client_credentials&client_id=me&client_secret=p%26w&scope=all"));
  assert_non_null(strstr(server.asked[1], "Authorization: Bearer T1\r\n"));
  assert_non_null(strstr(server.asked[4], "Authorization: Bearer T2\r\n"));
  const bh_http_oauth2 elsewhere = {.struct_size = sizeof how, .token_url = BH_S("https://login.example/token"), .client_id = BH_S("me")};
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &elsewhere), BH_E_INVALID);
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

/* ---- JSON as it streams ---- */

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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
  const struct CMUnitTest tests[] = {T(test_get), T(test_pinning), T(test_repeats), T(test_gives_up), T(test_post_unknown), T(test_statuses),
    T(test_redirect), T(test_redirect_loop), T(test_limits), T(test_stall), T(test_cancel), T(test_oauth), T(test_rate_limit), T(test_pages_number), T(test_pages_link),
    T(test_pages_cursor), T(test_pages_circle), T(test_pages_same), T(test_pages_next_url_elsewhere), T(test_json_answers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
