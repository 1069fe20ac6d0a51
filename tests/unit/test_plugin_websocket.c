/* WebSockets against a server that says whatever a test wants it to. */
#include "http_fixture.h"
#include "plugin/websocket.h"
#include <openssl/evp.h>

/* All waits are a fiftieth: of the default 30 s to open 600 ms, of the 60 s for a message 1200 ms. Who is to be in time has 12 s. */
#define HASTE "50"
enum { LONG_MS = 600000, OPEN_MS = 600, NEXT_MS = 1200, LATE_MS = 5000 };

static bh_str frames;       /* what the server sends behind its handshake */
static const char *accept_as; /* instead of the right answer to the key; NULL: the right one */
static const char *status = "101 Switching Protocols";
static unsigned char heard[256];
static size_t heard_len;
static bool stays; /* the server waits for us to close */
static bool silent; /* it takes the request, and says nothing */
static bool resets; /* it breaks off as soon as it has heard a message of two bytes */
static bool floods; /* it says what `frames` are again and again, until we close */

static void answer_key(char out[32], const char *asked)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  char text[96];
  size_t n = 0;
  const char *key = strstr(asked, "Sec-WebSocket-Key: ");
  assert_non_null(key);
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
  assert_int_equal(EVP_Q_digest(NULL, "SHA1", NULL, text, strlen(text), digest, &n), 1);
  EVP_EncodeBlock((unsigned char *)out, digest, (int)n);
}

static void *serve_frames(void *arg)
{
  char head[512], key[32];
  int c = accept(server.fd, NULL, NULL);
  if (c < 0)
    return NULL;
  read_request(c, server.asked[0], sizeof server.asked[0]);
  answer_key(key, server.asked[0]);
  if (silent) {
    while (recv(c, key, sizeof key, 0) > 0) {}
    close(c);
    return NULL;
  }
  int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", status, accept_as ? accept_as : key);
  (void)!send(c, head, (size_t)n, MSG_NOSIGNAL);
  for (size_t i = 0; i < frames.len; i += 3) /* three bytes at a time: nothing may depend on where a read ends */
    (void)!send(c, frames.ptr + i, frames.len - i < 3 ? frames.len - i : 3, MSG_NOSIGNAL);
  while (floods && send(c, frames.ptr, frames.len, MSG_NOSIGNAL) > 0) /* and takes what is said to it: pongs are never in the way */
    while (recv(c, key, sizeof key, MSG_DONTWAIT) > 0) {}
  if (!stays)
    shutdown(c, SHUT_WR);
  if (resets && recv(c, key, 8, MSG_WAITALL) == 8)
    setsockopt(c, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
  for (ssize_t got; !resets && heard_len < sizeof heard && (got = recv(c, heard + heard_len, sizeof heard - heard_len, 0)) > 0;)
    heard_len += (size_t)got;
  close(c);
  return NULL;
}

static bh_status open_within(bh_websocket **out, uint32_t timeout_ms)
{
  const bh_str headers[] = {BH_S("x-auth"), BH_S("abc")};
  const bh_http_request q = {.struct_size = sizeof q, .url = bh_str_c(url("/control?x=1")), .headers = headers, .header_count = 2, .timeout_ms = timeout_ms};
  heard_len = 0;
  server.count = 1;
  assert_int_equal(pthread_create(&server.thread, NULL, serve_frames, NULL), 0);
  return bh_websocket_service_get()->open(&run.host, &q, out);
}

static bh_status open_one(bh_websocket **out)
{
  return open_within(out, LONG_MS);
}

#define FRAMES(literal) ((bh_str){literal, sizeof(literal) - 1})

static bh_buf got;

static bh_status take(void *user, const bh_json_record *r)
{
  bh_buf_fmt(&got, "%.*s ", BH_STR_ARG(r->texts[0]));
  return BH_OK;
}

static bh_status next_within(bh_websocket *s, int32_t *closed, uint32_t timeout_ms)
{
  static const char *const fields[] = {"a"};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$", .fields = fields, .field_count = 1, .record = take};
  const bh_json_query *list[] = {&q};
  return bh_websocket_service_get()->next(&run.host, s, timeout_ms, list, 1, closed);
}

static bh_status next(bh_websocket *s, int32_t *closed)
{
  return next_within(s, closed, LONG_MS);
}

static int begin(void **state)
{
  bh_buf_init(&got, 4096);
  accept_as = NULL;
  stays = silent = floods = resets = false;
  status = "101 Switching Protocols";
  return setup(state);
}

static int end(void **state)
{
  bh_websockets_close_all(&run);
  bh_buf_dispose(&got);
  return teardown(state);
}

/* Two messages, the second in three fragments with a ping between them, then a close. */
static void test_messages(void **state)
{
  bh_websocket *s;
  int32_t closed;
  frames = FRAMES("\x81\x07{\"a\":1}" "\x01\x03{\"a" "\x89\x02hi" "\x00\x00" "\x80\x04\":2}" "\x88\x02\x03\xe8");
  assert_int_equal(open_one(&s), BH_OK);
  assert_non_null(strstr(server.asked[0], "GET /control?x=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
  assert_non_null(strstr(server.asked[0], "\r\nx-auth: abc\r\n"));
  assert_int_equal(next(s, &closed), BH_OK);
  assert_int_equal(closed, 0);
  assert_int_equal(next(s, &closed), BH_OK);
  assert_int_equal(closed, 0);
  assert_str(bh_buf_str(&got), "1 2 ");
  assert_int_equal(next(s, &closed), BH_OK);
  assert_int_equal(closed, 1);
  bh_websocket_service_get()->close(&run.host, s);
  pthread_join(server.thread, NULL);
  server.count = 0;
  /* What it heard: the pong with the ping's two bytes, then the close; both masked. */
  assert_true(heard_len == 16 && heard[0] == 0x8a && heard[1] == 0x82 && heard[8] == 0x88 && heard[9] == 0x82);
  assert_int_equal(heard[6] ^ heard[2], 'h');
  assert_int_equal(heard[7] ^ heard[3], 'i');
}

static void test_send(void **state)
{
  bh_websocket *s;
  frames = FRAMES("");
  assert_int_equal(open_one(&s), BH_OK);
  assert_int_equal(bh_websocket_service_get()->send(&run.host, s, BH_S("{}")), BH_OK);
  assert_int_equal(bh_websocket_service_get()->send(&run.host, s, BH_S("\xff")), BH_E_INVALID);
  bh_websocket_service_get()->close(&run.host, s);
  assert_int_equal(bh_websocket_service_get()->send(&run.host, s, BH_S("{}")), BH_E_INVALID); /* it is no more */
  pthread_join(server.thread, NULL);
  server.count = 0;
  assert_true(heard_len >= 8 && heard[0] == 0x81 && heard[1] == 0x82 && (heard[6] ^ heard[2]) == '{' && (heard[7] ^ heard[3]) == '}');
}

static void test_handshakes(void **state)
{
  static const struct { const char *status, *accept; bh_status rc; const char *says; } rows[] = {
    {"401 Unauthorized", NULL, BH_E_AUTH, "status 401"}, {"404 Not Found", NULL, BH_E_PERMANENT, "status 404"}, {"503 Busy", NULL, BH_E_TRANSIENT, "status 503"},
    {"101 Switching Protocols", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", BH_E_PERMANENT, "not that of a WebSocket server"}};
  frames = FRAMES("");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bh_websocket *s;
    status = rows[i].status;
    accept_as = rows[i].accept;
    assert_int_equal(open_one(&s), rows[i].rc);
    assert_null(s);
    assert_reason(rows[i].says);
    pthread_join(server.thread, NULL);
    server.count = 0;
  }
}

static void test_elsewhere(void **state)
{
  const bh_http_request q = {.struct_size = sizeof q, .url = BH_S("wss://evil.example/control")};
  bh_websocket *s;
  assert_int_equal(bh_websocket_service_get()->open(&run.host, &q, &s), BH_E_INVALID);
  assert_reason("https://evil.example:443 is not among the hosts");
}

/* Each ends the connection with an error; none of it is taken for a message, nor for the end of a list. */
static void test_bad_frames(void **state)
{
  static const struct { bh_str frames; bh_status rc; const char *says; } rows[] = {
    {{"\x81\x05{\"a\"", 6}, BH_E_TRANSIENT, "in the middle of a message"},
    {{"\x81\x05hello", 7}, BH_E_PERMANENT, "not JSON"},
    {{"\xc1\x02{}", 4}, BH_E_PERMANENT, "a frame that is none"},             /* a reserved bit */
    {{"\x80\x02{}", 4}, BH_E_PERMANENT, "does not follow"},                   /* goes on with nothing */
    {{"\x01\x01{\x81\x02{}", 7}, BH_E_PERMANENT, "does not follow"},           /* a message inside a message */
    {{"\x09\x01x", 3}, BH_E_PERMANENT, "a frame that is none"},               /* a ping in fragments */
    {{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10}, BH_E_PERMANENT, "a frame that is none"},
    {{"\x81\x82\1\2\3\4{}", 8}, BH_E_PERMANENT, "a frame that is none"}};     /* masked, as only a client's are */
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bh_websocket *s;
    int32_t closed = 0;
    frames = rows[i].frames;
    assert_int_equal(open_one(&s), BH_OK);
    bh_status rc = next(s, &closed);
    if (rc != rows[i].rc || closed)
      fail_msg("row %zu: %d instead of %d, %s", i, rc, rows[i].rc, run.host.reason);
    assert_reason(rows[i].says);
    assert_int_equal(next(s, &closed), BH_OK); /* it is over */
    assert_int_equal(closed, 1);
    bh_websocket_service_get()->close(&run.host, s);
    pthread_join(server.thread, NULL);
    server.count = 0;
  }
}

static bool say_cancelled(bh_host_ctx *c) { return true; }

static void test_cancel(void **state)
{
  bh_websocket *s;
  int32_t closed;
  frames = FRAMES("\x81\x05{\"a\"");
  stays = true;
  assert_int_equal(open_one(&s), BH_OK);
  run.host.cancelled = say_cancelled;
  int64_t began = bh_monotonic_ms();
  assert_int_equal(next(s, &closed), BH_E_CANCELLED);
  assert_true(bh_monotonic_ms() - began < 1000);
}

/* Nobody who says nothing, half a message or nothing but pings is waited for longer than it is said, and that in haste. */
static void test_waits(void **state)
{
  static const struct { bh_str frames; bool floods; } rows[] = {{{"", 0}, false}, {{"\x81\x05{\"a\"", 6}, false}, {{"\x89\x00", 2}, true}, {{"\x8a\x00", 2}, true}};
  bh_websocket *s;
  silent = true;
  int64_t began = bh_monotonic_ms();
  assert_int_equal(open_within(&s, 0), BH_E_TRANSIENT);
  assert_reason("opening the WebSocket: not in time");
  assert_in_range(bh_monotonic_ms() - began, OPEN_MS, LATE_MS);
  pthread_join(server.thread, NULL);
  server.count = 0;
  silent = false;
  stays = true;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int32_t closed = 0;
    frames = rows[i].frames;
    floods = rows[i].floods;
    assert_int_equal(open_one(&s), BH_OK);
    began = bh_monotonic_ms();
    assert_int_equal(next_within(s, &closed, 0), BH_E_TRANSIENT);
    assert_reason("waiting for the WebSocket's next message: not in time");
    assert_in_range(bh_monotonic_ms() - began, NEXT_MS, LATE_MS);
    bh_websocket_service_get()->close(&run.host, s);
    pthread_join(server.thread, NULL);
    server.count = 0;
  }
}

/* What comes of closing does not take the place of why it is closed. */
static void test_close_keeps_the_reason(void **state)
{
  bh_websocket *s;
  frames = FRAMES("");
  stays = resets = true;
  assert_int_equal(open_one(&s), BH_OK);
  assert_int_equal(bh_websocket_service_get()->send(&run.host, s, BH_S("{}")), BH_OK);
  pthread_join(server.thread, NULL);
  server.count = 0;
  assert_int_equal(bh_host_fail(&run.host, BH_E_PERMANENT, "a list that is none"), BH_E_PERMANENT);
  bh_websocket_service_get()->close(&run.host, s);
  assert_reason("a list that is none");
  assert_int_equal(run.host.why, BH_E_PERMANENT);
}

#define W(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
  setenv("BILLHOOK_HTTP_HASTE", HASTE, 1);
  const struct CMUnitTest tests[] = {W(test_messages), W(test_send), W(test_handshakes), W(test_elsewhere), W(test_bad_frames), W(test_cancel), W(test_waits), W(test_close_keeps_the_reason)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
