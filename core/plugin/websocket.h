/* A WebSocket over libcurl's connection: Debian's libcurl has none of its own. Framing by wslay. */
#ifndef BH_WEBSOCKET_H
#define BH_WEBSOCKET_H
#include "plugin/http.h"
#include <wslay/wslay.h>

struct bh_websocket {
  bh_connector_run *run;
  CURL *curl;
  curl_socket_t socket;
  wslay_frame_context_ptr frames;
  bh_buf early;          /* what came behind the handshake's headers, from `early_at` on */
  size_t early_at;
  bool lost, closed;
  /* where it is listened to (transport.h): */
  bh_buf url, sent, came; /* what was sent since the last message that came, and that message */
};

/* ---- websocket_open.c ---- */
/* Connects and shakes hands. Records the reason. */
bh_status bh_websocket_connect(bh_websocket *s, const bh_http_request *q);
/* Past `until_ms`: BH_E_TRANSIENT; the host wants to stop: BH_E_CANCELLED. Recorded, with `what` for what was in hand. */
bh_status bh_websocket_in_time(bh_websocket *s, int64_t until_ms, const char *what);
/* Waits a while for the socket to be readable (or writable), as long as there is time. */
bh_status bh_websocket_wait(bh_websocket *s, bool write, int64_t until_ms, const char *what);
bh_status bh_websocket_send_all(bh_websocket *s, bh_str bytes, int64_t until_ms);
/* Up to `bytes`; 0 where nothing is there yet, -1 where the connection is gone. */
ssize_t bh_websocket_receive(bh_websocket *s, void *into, size_t bytes);
#endif
