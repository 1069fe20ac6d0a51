/* When the next request may go: evenly spread, or so many in any window. */
#include "plugin/http.h"
#include <poll.h>
#include <stdlib.h>

enum { WINDOW_REQUESTS_MAX = 100000, REST_MAX_MS = 1000 * 1000 * 1000, HASTE_MAX = 1000 };

int64_t bh_http_wait_ms(int64_t ms)
{
  static int64_t haste;
  if (haste == 0) {
    const char *said = getenv("BILLHOOK_HTTP_HASTE");
    int64_t n = said ? strtoll(said, NULL, 10) : 1;
    haste = n < 1 ? 1 : n > HASTE_MAX ? HASTE_MAX : n;
  }
  return ms > haste ? ms / haste : 1;
}

bool bh_http_window_set(bh_http *h, uint32_t requests, uint32_t seconds)
{
  free(h->window);
  h->window = NULL;
  h->window_count = 0;
  if (requests == 0)
    return true;
  if (!seconds || seconds > 86400 || requests > WINDOW_REQUESTS_MAX)
    return false;
  h->window = calloc(requests, sizeof *h->window);
  if (!h->window)
    bh_out_of_memory(requests * sizeof *h->window);
  for (uint32_t i = 0; i < requests; i++)
    h->window[i] = INT64_MIN / 2;
  h->window_count = requests;
  h->window_at = 0;
  h->window_ms = (int64_t)seconds * 1000;
  return true;
}

int64_t bh_http_turn_ms(const bh_http *h)
{
  int64_t now = bh_monotonic_ms(), at = now;
  if (h->gap_ms && h->next_ms > at)
    at = h->next_ms;
  if (h->window_count && h->window[h->window_at] + h->window_ms > at) /* the one that went `window_count` requests ago */
    at = h->window[h->window_at] + h->window_ms;
  return at - now;
}

void bh_http_went(bh_http *h)
{
  int64_t now = bh_monotonic_ms();
  if (h->gap_ms)
    h->next_ms = (h->next_ms > now ? h->next_ms : now) + h->gap_ms;
  if (h->window_count) {
    h->window[h->window_at] = now;
    h->window_at = (h->window_at + 1) % h->window_count;
  }
}

bool bh_http_rest(bh_http *h, int64_t ms)
{
  struct pollfd p = {.fd = h->run->fd, .events = POLLIN};
  if (bh_http_replays(h)) /* nobody is there to be spared */
    return !(h->run->host.cancelled && h->run->host.cancelled(&h->run->host));
  return poll(&p, 1, (int)(ms < REST_MAX_MS ? ms : REST_MAX_MS)) == 0; /* the host speaks only to stop us */
}
