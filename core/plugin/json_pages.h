/* Going from page to page of a list. */
#ifndef BH_JSON_PAGES_H
#define BH_JSON_PAGES_H
#include "plugin/http.h"

typedef struct bh_pager {
  const bh_json_pages *how;    /* NULL: one page */
  bh_arena arena;
  bh_map had;                  /* URLs and cursors of before */
  bh_str base, url;            /* the request's, and the next page's */
  int64_t number;              /* NUMBER, OFFSET */
  uint32_t pages;
  uint64_t hash;               /* of the page that is being read */
  uint64_t hash_before;
  bh_json_query watch;         /* finds the text at how->path */
  const char *watch_field[1];
  bh_buf found;
} bh_pager;
bh_status bh_pager_init(bh_pager *p, bh_host_ctx *host, const bh_json_pages *how, bh_str url);
void bh_pager_dispose(bh_pager *p);
bool bh_pager_watches(const bh_pager *p);
void bh_pager_begin(bh_pager *p);             /* a page is read from its beginning */
void bh_pager_bytes(bh_pager *p, bh_str bytes);
/* After a page: p->url is the next one's, and *more is true; or it was the last. `records`: of the first query on this page. */
bh_status bh_pager_next(bh_pager *p, bh_host_ctx *host, const bh_http_answer *answer, uint64_t records, bool *more);
#endif
