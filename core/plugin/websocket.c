/* billhook.host.websocket/1: messages, streamed through the JSON queries as their frames come. */
#include "plugin/websocket.h"
#include "plugin/json_reader.h"
#include "plugin/sizes.h"
#include <stdlib.h>
#include <sys/random.h>

enum { HEARD_BYTES_MAX = 64 * 1024 * 1024, TEXT_BYTES_MAX = 16 * 1024 * 1024, TIMEOUT_DEFAULT_MS = 60000, TIMEOUT_MAX_MS = 600000, CONTROL_BYTES_MAX = 125, CLOSE_TIMEOUT_MS = 1000 };
static const uint64_t message_bytes_max = (uint64_t)4 << 30;

/* ---- wslay's view of the connection ---- */

static ssize_t on_recv(uint8_t *bytes, size_t n, int flags, void *user)
{
  (void)flags;
  ssize_t got = bh_websocket_receive(user, bytes, n);
  return got > 0 ? got : -1;
}

static ssize_t on_send(const uint8_t *bytes, size_t n, int flags, void *user)
{
  bh_websocket *s = user;
  size_t sent = 0;
  (void)flags;
  CURLcode code = curl_easy_send(s->curl, bytes, n, &sent);
  if (code != CURLE_OK && code != CURLE_AGAIN)
    s->lost = true;
  return sent > 0 ? (ssize_t)sent : -1;
}

static int on_mask(uint8_t *bytes, size_t n, void *user)
{
  (void)user;
  return getrandom(bytes, n, 0) == (ssize_t)n ? 0 : -1;
}

static bh_status send_frame(bh_websocket *s, uint8_t opcode, bh_str payload, int64_t until_ms)
{
  struct wslay_frame_iocb io = {.fin = 1, .opcode = opcode, .payload_length = payload.len, .mask = 1, .data = (const uint8_t *)payload.ptr, .data_length = payload.len};
  for (;;) {
    ssize_t n = wslay_frame_send(s->frames, &io);
    if (n >= 0) {
      io.data += n;
      io.data_length -= (size_t)n;
      if (io.data_length == 0)
        return BH_OK;
    } else if (n != WSLAY_ERR_WANT_WRITE || s->lost) {
      s->lost = true;
      return bh_host_fail(&s->run->host, BH_E_TRANSIENT, "the WebSocket's connection broke off");
    }
    bh_status rc = bh_websocket_wait(s, true, until_ms, "sending over the WebSocket");
    if (rc)
      return rc;
  }
}

/* A courtesy: what comes of it is nobody's reason for anything, and must not stand in place of one that is recorded. */
static void send_close(bh_websocket *s, bh_str payload)
{
  bh_host_ctx *host = &s->run->host;
  char reason[sizeof host->reason];
  bh_status why = host->why;
  memcpy(reason, host->reason, sizeof reason);
  (void)send_frame(s, WSLAY_CONNECTION_CLOSE, payload, bh_monotonic_ms() + bh_http_wait_ms(CLOSE_TIMEOUT_MS));
  memcpy(host->reason, reason, sizeof reason);
  host->why = why;
}

/* ---- listening ---- */

static bool listened_to(const bh_websocket *s)
{
  return s->run->transport && s->run->transport->heard;
}

/* A message that came, as the answer to what was sent before it. */
static void hear(bh_websocket *s)
{
  const bh_exchange x = {.method = BH_S("WS"), .url = bh_buf_str(&s->url), .sent = bh_buf_str(&s->sent), .status = 101, .headers = {"", 0},
    .body = bh_buf_str(&s->came)};
  s->run->transport->heard(s->run->transport->ctx, &x);
  bh_buf_clear(&s->sent);
}

/* ---- what comes ---- */

typedef struct incoming {
  bh_json_reader *reader;
  uint64_t bytes;                      /* of the message */
  uint64_t left;                       /* of the frame */
  bool in_frame, begun, fin;
  uint8_t opcode;
  unsigned char control[CONTROL_BYTES_MAX];
  size_t control_len;
} incoming;

static bh_status broken(bh_websocket *s, const char *what)
{
  s->lost = true;
  return bh_host_fail(&s->run->host, BH_E_PERMANENT, "the WebSocket server sent %s", what);
}

static bh_status begin_frame(bh_websocket *s, incoming *in, const struct wslay_frame_iocb *io)
{
  bool control = wslay_is_ctrl_frame(io->opcode);
  if (io->rsv || io->mask || (control && (!io->fin || io->payload_length > CONTROL_BYTES_MAX)))
    return broken(s, "a frame that is none");
  if (!control && (io->opcode == WSLAY_CONTINUATION_FRAME) != in->begun)
    return broken(s, "a message that does not follow from the one before");
  in->in_frame = true;
  in->opcode = io->opcode;
  in->left = io->payload_length;
  in->control_len = 0;
  if (!control) {
    in->begun = true;
    in->fin = io->fin;
  }
  return BH_OK;
}

static bh_status take_data(bh_websocket *s, incoming *in, bh_str data)
{
  in->left -= data.len < in->left ? data.len : in->left;
  if (wslay_is_ctrl_frame(in->opcode)) {
    if (data.len > sizeof in->control - in->control_len)
      return broken(s, "a control frame that is too long");
    memcpy(in->control + in->control_len, data.ptr, data.len);
    in->control_len += data.len;
    return BH_OK;
  }
  in->bytes += data.len;
  if (in->bytes > message_bytes_max)
    return broken(s, "a message of more than 4 GiB");
  if (listened_to(s))
    bh_buf_puts(&s->came, data);
  return data.len ? bh_json_reader_feed(in->reader, data, BH_E_PERMANENT) : BH_OK;
}

/* *whole: the message is there. */
static bh_status end_frame(bh_websocket *s, incoming *in, bool *whole)
{
  in->in_frame = false;
  if (in->opcode == WSLAY_PING)
    return send_frame(s, WSLAY_PONG, (bh_str){(const char *)in->control, in->control_len}, bh_monotonic_ms() + bh_http_wait_ms(CLOSE_TIMEOUT_MS));
  if (in->opcode == WSLAY_CONNECTION_CLOSE) {
    send_close(s, (bh_str){(const char *)in->control, in->control_len < 2 ? 0 : 2});
    s->closed = true;
    return BH_OK;
  }
  *whole = !wslay_is_ctrl_frame(in->opcode) && in->fin;
  return BH_OK;
}

static bh_status receive(bh_websocket *s, incoming *in, int64_t until_ms)
{
  static const char what[] = "waiting for the WebSocket's next message";
  for (bool whole = false; !whole && !s->closed;) {
    struct wslay_frame_iocb io;
    memset(&io, 0, sizeof io);
    ssize_t n = wslay_frame_recv(s->frames, &io);
    bh_status rc = BH_OK;
    if (n >= 0) {
      if (!in->in_frame)
        rc = begin_frame(s, in, &io);
      if (rc == BH_OK)
        rc = take_data(s, in, (bh_str){(const char *)io.data, io.data_length});
      if (rc == BH_OK && in->left == 0)
        rc = end_frame(s, in, &whole);
      if (rc == BH_OK && !whole && !s->closed && !in->in_frame) /* one that sends pings without end is never waited for */
        rc = bh_websocket_in_time(s, until_ms, what);
    } else if (s->lost && !in->begun && !in->in_frame) {
      s->closed = true; /* gone without a word, between two messages */
    } else if (s->lost) {
      rc = bh_host_fail(&s->run->host, BH_E_TRANSIENT, "the WebSocket's connection broke off in the middle of a message");
    } else if (n != WSLAY_ERR_WANT_READ) {
      rc = broken(s, "a frame that is none");
    } else {
      rc = bh_websocket_wait(s, false, until_ms, what);
    }
    if (rc)
      return rc;
  }
  return BH_OK;
}

/* ---- the service ---- */

static bh_status websocket_open(void *ctx, const bh_http_request *request, bh_websocket **out)
{
  static const struct wslay_frame_callbacks callbacks = {.send_callback = on_send, .recv_callback = on_recv, .genmask_callback = on_mask};
  bh_connector_run *r = bh_run_of(ctx);
  size_t i = 0;
  *out = NULL;
  if (!request || request->struct_size < BH_HTTP_REQUEST_1_0 || request->header_count % 2 || (request->header_count && !request->headers))
    return bh_host_fail(&r->host, BH_E_INVALID, "a WebSocket's request is not filled in");
  while (i < BH_WEBSOCKETS_OPEN_MAX && r->websockets[i])
    i++;
  if (i == BH_WEBSOCKETS_OPEN_MAX)
    return bh_host_fail(&r->host, BH_E_INVALID, "more than %d WebSockets are open", BH_WEBSOCKETS_OPEN_MAX);
  (void)bh_http_of(r); /* libcurl is set up there */
  bh_websocket *s = calloc(1, sizeof *s);
  if (!s || wslay_frame_context_init(&s->frames, &callbacks, s) != 0)
    bh_out_of_memory(sizeof *s);
  s->run = r;
  r->websockets[i] = s;
  bh_buf_init(&s->url, HEARD_BYTES_MAX);
  bh_buf_init(&s->sent, HEARD_BYTES_MAX);
  bh_buf_init(&s->came, HEARD_BYTES_MAX);
  if (listened_to(s))
    bh_buf_puts(&s->url, request->url);
  bh_status rc = bh_websocket_connect(s, request);
  if (rc) {
    s->lost = true;
    bh_websocket_free(r, s);
    return rc;
  }
  *out = s;
  return BH_OK;
}

static bool mine(bh_connector_run *r, const bh_websocket *s)
{
  for (size_t i = 0; s && i < BH_WEBSOCKETS_OPEN_MAX; i++)
    if (r->websockets[i] == s)
      return true;
  return false;
}

static int64_t until(uint32_t timeout_ms)
{
  return bh_monotonic_ms() + bh_http_wait_ms(timeout_ms == 0 ? TIMEOUT_DEFAULT_MS : timeout_ms < TIMEOUT_MAX_MS ? timeout_ms : TIMEOUT_MAX_MS);
}

static bh_status websocket_send(void *ctx, bh_websocket *s, bh_str text)
{
  bh_connector_run *r = bh_run_of(ctx);
  if (!mine(r, s) || s->closed || s->lost)
    return bh_host_fail(&r->host, BH_E_INVALID, "the WebSocket is not open");
  if (text.len > TEXT_BYTES_MAX || !bh_utf8_ok(text))
    return bh_host_fail(&r->host, BH_E_INVALID, "a WebSocket's message is UTF-8 text of at most 16 MiB");
  if (listened_to(s))
    bh_buf_puts(&s->sent, text);
  return send_frame(s, WSLAY_TEXT_FRAME, text, until(0));
}

static bh_status websocket_next(void *ctx, bh_websocket *s, uint32_t timeout_ms, const bh_json_query *const *queries, size_t n, int32_t *closed)
{
  bh_connector_run *r = bh_run_of(ctx);
  incoming in = {0};
  *closed = 0;
  if (!mine(r, s))
    return bh_host_fail(&r->host, BH_E_INVALID, "the WebSocket is not open");
  if (s->closed || s->lost) {
    *closed = 1;
    return BH_OK;
  }
  bh_status rc = bh_json_reader_new(&in.reader, &r->host, queries, n);
  if (rc)
    return rc;
  bh_buf_clear(&s->came);
  rc = receive(s, &in, until(timeout_ms));
  if (rc == BH_OK && !s->closed && listened_to(s))
    hear(s);
  if (rc == BH_OK && s->closed)
    *closed = 1;
  else if (rc == BH_OK)
    rc = bh_json_reader_end(in.reader, BH_E_PERMANENT);
  if (rc) /* what is left of the message would be taken for the next one */
    s->lost = true;
  bh_json_reader_free(in.reader);
  return rc;
}

static void websocket_close(void *ctx, bh_websocket *s)
{
  bh_connector_run *r = bh_run_of(ctx);
  if (mine(r, s))
    bh_websocket_free(r, s);
}

void bh_websocket_free(bh_connector_run *r, bh_websocket *s)
{
  static const char normal[] = {3, -24}; /* status 1000 */
  for (size_t i = 0; i < BH_WEBSOCKETS_OPEN_MAX; i++)
    if (r->websockets[i] == s)
      r->websockets[i] = NULL;
  if (!s->closed && !s->lost)
    send_close(s, (bh_str){normal, 2});
  if (s->curl)
    curl_easy_cleanup(s->curl);
  wslay_frame_context_free(s->frames);
  bh_buf_dispose(&s->early);
  bh_buf_dispose(&s->url);
  bh_buf_dispose(&s->sent);
  bh_buf_dispose(&s->came);
  free(s);
}

void bh_websockets_close_all(bh_connector_run *r)
{
  for (size_t i = 0; i < BH_WEBSOCKETS_OPEN_MAX; i++)
    if (r->websockets[i])
      bh_websocket_free(r, r->websockets[i]);
}

const bh_websocket_service *bh_websocket_service_get(void)
{
  static const bh_websocket_service service = {.struct_size = sizeof service, .open = websocket_open, .send = websocket_send, .next = websocket_next,
    .close = websocket_close};
  return &service;
}
