/* An answer of 4 KiB that ends at each of its bytes (QUALITY R3): whatever the way in which its end is told, it is never taken for a whole one. */
#include "plugin/http.h"
#include "test_util.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 8192, TOLD_BY_LENGTH = 0, TOLD_BY_CLOSE, TOLD_BY_CHUNKS, WAYS };

static struct server { int fd; pthread_t thread; const char *answer; size_t len; int way; } server;
static bh_connector_run run;
static int channel[2];
static char base_url[64];
static const bh_option url_option = {.key = "url", .type = BH_OPT_TEXT};
static bh_value url_value;

static void send_all(int c, const char *bytes, size_t n)
{
  while (n) {
    ssize_t w = send(c, bytes, n, MSG_NOSIGNAL);
    if (w <= 0)
      return;
    bytes += w;
    n -= (size_t)w;
  }
}

/* The client asks for /N: N bytes of the answer come. */
static void *serve(void *arg)
{
  char request[4096], head[200];
  for (;;) {
    int c = accept(server.fd, NULL, NULL);
    if (c < 0)
      return NULL;
    size_t got = 0;
    for (ssize_t n = 1; n > 0 && !memmem(request, got, "\r\n\r\n", 4); got += n > 0 ? (size_t)n : 0)
      n = read(c, request + got, sizeof request - 1 - got);
    request[got] = 0;
    size_t n = strtoul(request + 5, NULL, 10);
    int len = server.way == TOLD_BY_LENGTH  ? snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", server.len)
              : server.way == TOLD_BY_CLOSE ? snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                                            : snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", server.len);
    send_all(c, head, (size_t)len);
    send_all(c, server.answer, n);
    if (server.way == TOLD_BY_CHUNKS && n == server.len)
      send_all(c, "\r\n0\r\n\r\n", 7);
    close(c);
  }
}

static int setup(void **state)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  server = (struct server){.fd = socket(AF_INET, SOCK_STREAM, 0)};
  if (bind(server.fd, (struct sockaddr *)&a, sizeof a) || listen(server.fd, 8) || getsockname(server.fd, (struct sockaddr *)&a, &len) ||
      socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
    return -1;
  snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d", ntohs(a.sin_port));
  run = (bh_connector_run){.workspace_fd = -1, .fd = channel[0]};
  bh_arena_init(&run.arena);
  bh_host_ctx_init(&run.host);
  run.host.owner = &run;
  url_value = (bh_value){.option = &url_option, .set = true, .text = bh_str_c(base_url)};
  run.host.options = (bh_values){&url_value, 1};
  return 0;
}

static int teardown(void **state)
{
  shutdown(server.fd, SHUT_RDWR);
  if (server.answer)
    pthread_join(server.thread, NULL);
  close(server.fd);
  bh_http_close(&run);
  bh_host_ctx_dispose(&run.host);
  bh_arena_dispose(&run.arena);
  close(channel[0]);
  close(channel[1]);
  return 0;
}

static size_t records;

static bh_status on_record(void *user, const bh_json_record *r)
{
  records++;
  assert_int_equal(r->kinds[0], BH_JSON_NUMBER);
  assert_int_equal(r->texts[0].len, 19); /* no id is ever cut */
  return BH_OK;
}

static bh_status ask(size_t n)
{
  static const char *const fields[] = {"id", "name"};
  const bh_json_query query = {.struct_size = sizeof query, .each = "$.items[*]", .fields = fields, .field_count = 2, .record = on_record};
  const bh_json_query *queries[] = {&query};
  char url[100];
  snprintf(url, sizeof url, "%s/%zu", base_url, n);
  const bh_http_request q = {.struct_size = sizeof q, .flags = BH_HTTP_NO_RETRY, .url = bh_str_c(url)};
  bh_http_answer answer = {.struct_size = sizeof answer};
  bh_host_call_begin(&run.host);
  records = 0;
  bh_status rc = bh_json_service_get()->http(&run.host, &q, NULL, queries, 1, &answer);
  (void)bh_host_call_end(&run.host, rc, "pull", NULL);
  return rc;
}

static void test_each_byte(void **state)
{
  char text[ANSWER_BYTES_MAX] = "{\"total\":40,\"items\":[";
  size_t len = strlen(text), count = 0;
  for (; len < 4096; count++)
    len += (size_t)snprintf(text + len, sizeof text - len, "%s{\"id\":9007199254740993%03zu,\"name\":\"Acme \\u00e9 \xc3\xa9 PC-%zu\",\"on\":true,\"load\":-1.5e3,\"tags\":[null,{}]}",
                            count ? "," : "", count, count);
  len += (size_t)snprintf(text + len, sizeof text - len, "]}");
  server.answer = text;
  server.len = len;
  assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
  for (server.way = 0; server.way < WAYS; server.way++) {
    for (size_t n = 0; n < len; n++) {
      bh_status rc = ask(n);
      if (rc != BH_E_TRANSIENT && rc != BH_E_PERMANENT)
        fail_msg("way %d, %zu of %zu bytes: status %d", server.way, n, len, rc);
      assert_true(records <= count);
    }
    assert_int_equal(ask(len), BH_OK);
    assert_int_equal(records, count);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_each_byte, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
