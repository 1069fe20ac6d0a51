/* billhook.host.websocket/1 over the recorded session: the messages go through the same reader as the network's. */
#include "plugin/check/inside.h"
#include "plugin/json_reader.h"

/* What a socket has said since the last message came. The struct is this service's own: plugins see the name alone. */
typedef struct socket { bool open; bh_buf url, sent; } socket;
static socket sockets[BH_WEBSOCKETS_OPEN_MAX];

static bh_check_player *player_of(bh_connector_run *r)
{
  return r->transport->ctx;
}

static socket *mine(bh_websocket *s)
{
  for (size_t i = 0; i < BH_WEBSOCKETS_OPEN_MAX; i++)
    if ((void *)&sockets[i] == (void *)s && sockets[i].open)
      return &sockets[i];
  return NULL;
}

static void shut(socket *s)
{
  if (s->open) {
    bh_buf_dispose(&s->url);
    bh_buf_dispose(&s->sent);
  }
  s->open = false;
}

void bh_check_websockets_close(void)
{
  for (size_t i = 0; i < BH_WEBSOCKETS_OPEN_MAX; i++)
    shut(&sockets[i]);
}

/* Is there any message from that address? */
static bool knows(const bh_check_player *p, bh_str url)
{
  for (size_t i = 0; p->replay && i < p->replay->count; i++)
    if (bh_str_eqz(p->replay->items[i].method, "WS") && bh_str_eq(p->replay->items[i].url, url))
      return true;
  return false;
}

static bh_status ws_open(void *ctx, const bh_http_request *q, bh_websocket **out)
{
  bh_connector_run *r = bh_run_of(ctx);
  size_t i = 0;
  *out = NULL;
  while (i < BH_WEBSOCKETS_OPEN_MAX && sockets[i].open)
    i++;
  if (i == BH_WEBSOCKETS_OPEN_MAX)
    return bh_host_fail(&r->host, BH_E_INVALID, "more than %d WebSockets are open", BH_WEBSOCKETS_OPEN_MAX);
  if (!knows(player_of(r), q->url)) {
    bh_check_player *p = player_of(r);
    if (p->replay && !p->missed[0])
      snprintf(p->missed, sizeof p->missed, "WS %.*s", (int)(q->url.len < 200 ? q->url.len : 200), q->url.ptr);
    return bh_host_fail(&r->host, BH_E_TRANSIENT, "the WebSocket cannot be opened: no connection");
  }
  sockets[i].open = true;
  bh_buf_init(&sockets[i].url, 65536);
  bh_buf_init(&sockets[i].sent, (size_t)16 << 20);
  bh_buf_puts(&sockets[i].url, q->url);
  *out = (bh_websocket *)(void *)&sockets[i];
  return BH_OK;
}

static bh_status ws_send(void *ctx, bh_websocket *handle, bh_str text)
{
  socket *s = mine(handle);
  if (!s || !bh_utf8_ok(text))
    return bh_host_fail(ctx, BH_E_INVALID, "the WebSocket is not open, or the message is not UTF-8");
  bh_buf_puts(&s->sent, text);
  return BH_OK;
}

static bh_status read_message(bh_connector_run *r, const bh_exchange *x, const bh_json_query *const *queries, size_t n)
{
  bh_json_reader *reader;
  bh_status rc = bh_json_reader_new(&reader, &r->host, queries, n);
  if (rc)
    return rc;
  for (bh_str left = x->body; rc == BH_OK && left.len;) {
    size_t some = x->chunk && x->chunk < left.len ? x->chunk : left.len;
    rc = bh_json_reader_feed(reader, (bh_str){left.ptr, some}, BH_E_PERMANENT);
    left = (bh_str){left.ptr + some, left.len - some};
  }
  if (rc == BH_OK && x->broken)
    rc = bh_host_fail(&r->host, BH_E_TRANSIENT, "the WebSocket's connection broke off in the middle of a message");
  if (rc == BH_OK)
    rc = bh_json_reader_end(reader, BH_E_PERMANENT);
  bh_json_reader_free(reader);
  return rc;
}

/* A status that is none of a WebSocket's, and no connection: the other side has closed. */
static bh_status ws_next(void *ctx, bh_websocket *handle, uint32_t timeout_ms, const bh_json_query *const *queries, size_t n, int32_t *closed)
{
  bh_connector_run *r = bh_run_of(ctx);
  socket *s = mine(handle);
  (void)timeout_ms;
  *closed = 0;
  if (!s)
    return bh_host_fail(&r->host, BH_E_INVALID, "the WebSocket is not open");
  if (r->host.cancelled && r->host.cancelled(&r->host))
    return bh_host_fail(&r->host, BH_E_CANCELLED, "cancelled");
  bh_exchange x = {.method = BH_S("WS"), .url = bh_buf_str(&s->url), .sent = bh_buf_str(&s->sent), .headers = {"", 0}, .body = {"", 0}};
  bh_check_player_answer(player_of(r), &x);
  bh_buf_clear(&s->sent);
  if (x.status == 404)
    return bh_host_fail(&r->host, BH_E_TRANSIENT, "waiting for the WebSocket's next message: not in time");
  if (x.status == 101)
    return read_message(r, &x, queries, n);
  *closed = 1;
  shut(s);
  return BH_OK;
}

static void ws_close(void *ctx, bh_websocket *handle)
{
  socket *s = mine(handle);
  (void)ctx;
  if (s)
    shut(s);
}

const bh_websocket_service *bh_check_websockets(void)
{
  static const bh_websocket_service service = {.struct_size = sizeof service, .open = ws_open, .send = ws_send, .next = ws_next, .close = ws_close};
  return &service;
}
