/* The yardstick of tests/bench/pull: reads the same pages with libcurl and yajl alone, and counts what it sees.
 *   fetch URL PAGES     prints the values counted */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

static unsigned long values, bytes;

static int on_null(void *x) { (void)x; return (int)(++values, 1); }
static int on_boolean(void *x, int yes) { (void)x, (void)yes; return (int)(++values, 1); }
static int on_text(void *x, const char *text, size_t len) { (void)x, (void)text; bytes += len; return (int)(++values, 1); }
static int on_string(void *x, const unsigned char *text, size_t len) { return on_text(x, (const char *)text, len); }
static int on_open(void *x) { (void)x; return 1; }

static size_t on_body(char *body, size_t size, size_t n, void *parser)
{
  return yajl_parse(parser, (const unsigned char *)body, size * n) == yajl_status_ok ? size * n : 0;
}

int main(int argc, char **argv)
{
  static const yajl_callbacks callbacks = {on_null, on_boolean, NULL, NULL, on_text, on_string, on_open, on_string, on_open, on_open, on_open};
  char url[300];
  if (argc != 3)
    return 2;
  CURL *c = curl_easy_init();
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
  for (long n = 1, pages = strtol(argv[2], NULL, 10); n <= pages; n++) {
    yajl_handle parser = yajl_alloc(&callbacks, NULL, NULL);
    snprintf(url, sizeof url, "%s?page=%ld", argv[1], n);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, parser);
    if (curl_easy_perform(c) != CURLE_OK || yajl_complete_parse(parser) != yajl_status_ok)
      return 1;
    yajl_free(parser);
  }
  curl_easy_cleanup(c);
  printf("%lu values, %lu bytes\n", values, bytes);
  return 0;
}
