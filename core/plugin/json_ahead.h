/* Pages that have come ahead are read in threads of their own, while the connector works on the page before. */
#ifndef BH_JSON_AHEAD_H
#define BH_JSON_AHEAD_H
#include "plugin/json_pages.h"

typedef struct bh_json_ahead bh_json_ahead;

/* What was read of a page. */
typedef struct bh_json_page {
  bh_status status;        /* why the reading ended early, after the records that came first */
  const char *reason;
  bool listed;             /* as bh_json_reader_listed of the first query */
  uint64_t records;        /* of the first query */
  bh_page_hash hash;
} bh_json_page;

/* NULL where there can be no thread: pages are read when their turn comes. The queries must live as long. not_json: as bh_json_reader_feed's. wake:
 * called in such a thread when it has read a page. */
bh_json_ahead *bh_json_ahead_new(const bh_json_query *const *queries, size_t n, bh_status not_json, void (*wake)(void *ctx), void *wake_ctx);
void bh_json_ahead_free(bh_json_ahead *x);
bool bh_json_ahead_has(bh_json_ahead *x, bh_str url);
bool bh_json_ahead_reads(bh_json_ahead *x, bh_str url); /* it has it, and has not read it whole yet */
/* To be read; the body must live until the page has been played, or x is freed. False: it is larger than what is read ahead, or too many wait. */
bool bh_json_ahead_give(bh_json_ahead *x, bh_str url, bh_str body);
/* Waits until it has been read. False: it was not given, or what is on it takes more room than there is: nothing of it was kept. */
bool bh_json_ahead_take(bh_json_ahead *x, bh_str url, bh_json_page *out);
/* Hands over the records of the page that was taken last, as bh_json_tape_play, and forgets the page. */
bh_status bh_json_ahead_play(bh_json_ahead *x);
#endif
