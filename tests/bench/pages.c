/* A server on loopback for tests/bench/pull, with everything it says made beforehand, so that serving costs next to nothing:
 *   pages DEVICES PAGE_SIZE CLIENTS LATENCY_MS
 * /devices?page=N    a page of devices, some 300 bytes each, from 1; the total stands in each
 * /slow/devices?page=N   the same, after LATENCY_MS
 * /whole/BYTES       one answer of about so many bytes: the pages' devices over and over, ids counting on
 * Prints its port; ends when its standard input does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DEVICE_BYTES_MAX = 512 };

typedef struct text { char *ptr; size_t len; } text;
static text *pages;
static long devices, page_size, clients, latency_ms, page_count;

/* The client of a device is spread out: platforms list by their own ids, not client by client. */
static int device(char *out, long i)
{
  uint64_t h = (uint64_t)i * 0x9E3779B97F4A7C15u;
  h ^= h >> 32;
  static const char *const classes[] = {"WINDOWS_WORKSTATION", "WINDOWS_SERVER", "MAC", "LINUX_SERVER"};
  return snprintf(out, DEVICE_BYTES_MAX,
                  "{\"id\":%ld,\"organizationId\":%llu,\"locationId\":%llu,\"nodeClass\":\"%s\",\"displayName\":\"PC-%06ld\",\"dnsName\":\"pc-%06ld.client%llu.example\","
                  "\"offline\":%s,\"created\":1699999999.25,\"lastContact\":\"2026-11-01T1%llu:15:00Z\",\"tags\":[\"a\",\"b\"],"
                  "\"system\":{\"serialNumber\":\"SN%012llX\",\"domain\":null}}",
                  1000000 + i, (unsigned long long)(h % (uint64_t)clients), (unsigned long long)(h >> 40 & 7), classes[h >> 20 & 3], i, i,
                  (unsigned long long)(h % (uint64_t)clients), h >> 30 & 1 ? "true" : "false", (unsigned long long)(h >> 50 & 7),
                  (unsigned long long)(h >> 8 & 0xffffffffffff));
}

static text page(long n)
{
  long from = n * page_size, to = from + page_size < devices ? from + page_size : devices;
  size_t cap = (size_t)(to > from ? to - from : 0) * DEVICE_BYTES_MAX + 200;
  text t = {malloc(cap), 0};
  char *body = t.ptr + 100; /* the head goes before it */
  int len = snprintf(body, 100, "{\"total\":%ld,\"items\":[", devices);
  for (long i = from; i < to; i++) {
    if (i > from)
      body[len++] = ',';
    len += device(body + len, i);
  }
  len += snprintf(body + len, 3, "]}");
  int head = snprintf(t.ptr, 100, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len);
  memmove(t.ptr + head, body, (size_t)len);
  t.len = (size_t)(head + len);
  t.ptr = realloc(t.ptr, t.len);
  return t;
}

static int send_all(int c, const char *bytes, size_t n)
{
  while (n) {
    ssize_t w = send(c, bytes, n, MSG_NOSIGNAL);
    if (w <= 0)
      return -1;
    bytes += w;
    n -= (size_t)w;
  }
  return 0;
}

static void whole(int c, unsigned long long bytes)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"items\":[";
  size_t cap = 1 << 20, len = 0;
  char *block = malloc(cap + DEVICE_BYTES_MAX);
  send_all(c, head, sizeof head - 1);
  unsigned long long sent = 0;
  for (long i = 0; sent < bytes; i++) {
    if (i)
      block[len++] = ',';
    len += (size_t)device(block + len, i);
    if (len >= cap) {
      if (send_all(c, block, len) < 0)
        break;
      sent += len;
      len = 0;
    }
  }
  send_all(c, block, len);
  send_all(c, "]}", 2);
  free(block);
}

static void *serve(void *arg)
{
  int c = (int)(intptr_t)arg;
  char request[8192];
  size_t got = 0;
  for (;;) {
    char *end;
    while (!(end = memmem(request, got, "\r\n\r\n", 4))) {
      ssize_t n = got < sizeof request ? read(c, request + got, sizeof request - got) : 0;
      if (n <= 0)
        goto out;
      got += (size_t)n;
    }
    *end = 0;
    const char *number = strstr(request, "page="), *big = strstr(request, "GET /whole/");
    if (big) {
      whole(c, strtoull(big + 11, NULL, 10));
      goto out;
    }
    if (strncmp(request, "GET /slow", 9) == 0) {
      struct timespec t = {latency_ms / 1000, latency_ms % 1000 * 1000000};
      nanosleep(&t, NULL);
    }
    long n = number ? strtol(number + 5, NULL, 10) - 1 : 0;
    n = n < 0 || n > page_count ? page_count : n; /* the last one is empty */
    if (send_all(c, pages[n].ptr, pages[n].len) < 0)
      goto out;
    size_t used = (size_t)(end + 4 - request);
    memmove(request, request + used, got - used);
    got -= used;
  }
out:
  close(c);
  return NULL;
}

static void *accept_all(void *arg)
{
  int listener = *(int *)arg, one = 1;
  for (;;) {
    int c = accept(listener, NULL, NULL);
    pthread_t t;
    if (c < 0)
      return NULL;
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (pthread_create(&t, NULL, serve, (void *)(intptr_t)c) == 0)
      pthread_detach(t);
  }
}

int main(int argc, char **argv)
{
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof a;
  pthread_t t;
  char c;
  if (argc != 5)
    return 2;
  devices = strtol(argv[1], NULL, 10);
  page_size = strtol(argv[2], NULL, 10);
  clients = strtol(argv[3], NULL, 10);
  latency_ms = strtol(argv[4], NULL, 10);
  page_count = (devices + page_size - 1) / page_size;
  pages = calloc((size_t)page_count + 1, sizeof *pages);
  for (long n = 0; n <= page_count; n++)
    pages[n] = page(n);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 256) || getsockname(listener, (struct sockaddr *)&a, &len))
    return 1;
  pthread_create(&t, NULL, accept_all, &listener);
  printf("%d\n", ntohs(a.sin_port));
  fflush(stdout);
  while (read(0, &c, 1) > 0)
    ;
  return 0;
}
