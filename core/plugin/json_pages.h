/* Going from page to page of a list. */
#ifndef BH_JSON_PAGES_H
#define BH_JSON_PAGES_H
#include "plugin/http.h"

enum { BH_PAGES_AHEAD_MAX = 8 };

/* Of a page's bytes, to tell a page that comes twice: a block at a time, whatever the pieces are that they come in. */
enum { BH_PAGE_HASH_LANES = 4 };
typedef struct bh_page_hash {
  uint64_t sums[BH_PAGE_HASH_LANES], sums_of_sums[BH_PAGE_HASH_LANES]; /* as Fletcher's: of the words, and of their places */
  unsigned char tail[8 * BH_PAGE_HASH_LANES];
  size_t tail_len;
} bh_page_hash;
void bh_page_hash_init(bh_page_hash *h);
void bh_page_hash_add(bh_page_hash *h, bh_str bytes);

typedef struct bh_pager {
  const bh_json_pages *how;    /* NULL: one page */
  bh_arena arena;
  bh_map had;                  /* URLs and cursors of before */
  bh_str base, url;            /* the request's, and the next page's */
  int64_t number;              /* NUMBER, OFFSET */
  uint32_t pages;
  bh_page_hash hash;           /* of the page that is being read */
  uint64_t hash_before;
  bh_json_query watch;         /* finds the texts at how->path and how->total */
  const char *watch_field[2];
  bh_json_query last;          /* AFTER: the field of each record, of which the last stays */
  const char *last_field[1];
  bh_buf found;
  uint64_t records;            /* of the first query, on all pages so far */
  int64_t total;               /* as the last page said; -1: it did not */
} bh_pager;
bh_status bh_pager_init(bh_pager *p, bh_host_ctx *host, const bh_json_pages *how, bh_str url);
void bh_pager_dispose(bh_pager *p);
/* What it wants to see of each page besides the caller's queries; `each` is that of the first. At most 2. */
size_t bh_pager_queries(const bh_json_query **out, bh_pager *p, const char *each);
/* The URL of the page `n` behind the next one, where that can be known beforehand; empty where it cannot, or where the list has surely ended before. */
bh_str bh_pager_ahead(bh_pager *p, bh_arena *a, uint32_t n);
void bh_pager_begin(bh_pager *p);             /* a page is read from its beginning */
void bh_pager_bytes(bh_pager *p, bh_str bytes);
/* After a page: p->url is the next one's, and *more is true; or it was the last. `records`: of the first query on this page. */
bh_status bh_pager_next(bh_pager *p, bh_host_ctx *host, const bh_http_answer *answer, uint64_t records, bool *more);
#endif
