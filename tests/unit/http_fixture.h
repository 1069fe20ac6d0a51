/* The HTTP service over a scripted server on loopback, for the tests that include this. */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H
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
static struct server { int fd, port; pthread_t thread; const char *answers[ANSWERS_MAX]; size_t count; const char *(*route)(const char *asked); char asked[ANSWERS_MAX][4096]; size_t served; } server;

static inline void read_request(int fd, char *into, size_t cap)
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

static inline void *serve(void *arg)
{
  for (size_t i = 0; i < server.count; i++) {
    int c = accept(server.fd, NULL, NULL);
    if (c < 0)
      break;
    read_request(c, server.asked[i], sizeof server.asked[i]);
    server.served = i + 1;
    const char *a = server.route ? server.route(server.asked[i]) : server.answers[i];
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline void script(size_t n, const char *const *answers)
{
  memcpy(server.answers, answers, n * sizeof *answers);
  server.count = n;
  assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}
#define SCRIPT(...) do { static const char *const list_[] = {__VA_ARGS__}; script(sizeof list_ / sizeof *list_, list_); } while (0)

#define OK(body) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body
#define SAY(status, more) "HTTP/1.1 " status "\r\nConnection: close\r\n" more "\r\n"

static inline const char *url(const char *path)
{
  static char text[4][256];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(text[turn], sizeof text[turn], "%s%s", base_url, path);
  return text[turn];
}

static inline bh_status get(bh_http_answer *a, const char *where, const char *method, uint32_t flags)
{
  const bh_http_request q = {.struct_size = sizeof q, .flags = flags, .method = bh_str_c(method), .url = bh_str_c(where), .timeout_ms = 5000};
  *a = (bh_http_answer){.struct_size = sizeof *a};
  return bh_http_service_get()->send(&run.host, &q, a);
}

static inline void assert_reason(const char *says)
{
  if (!strstr(run.host.reason, says))
    fail_msg("\"%s\" does not say \"%s\"", run.host.reason, says);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#endif
