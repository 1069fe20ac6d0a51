/* Reading JSON as it streams: queries get their records one by one; what no query asks for is not kept. */
#ifndef BH_JSON_READER_H
#define BH_JSON_READER_H
#include "plugin/host.h"

typedef struct bh_json_reader bh_json_reader;
/* The queries must live as long as the reader. BH_E_INVALID with the reason recorded where one cannot be understood. */
bh_status bh_json_reader_new(bh_json_reader **out, bh_host_ctx *host, const bh_json_query *const *queries, size_t n);
void bh_json_reader_free(bh_json_reader *r);
/* From the beginning again, or another text; nothing is left of the one before. */
void bh_json_reader_restart(bh_json_reader *r);
/* What a callback returned; `not_json` where the text is none (with its place recorded). */
bh_status bh_json_reader_feed(bh_json_reader *r, bh_str bytes, bh_status not_json);
bh_status bh_json_reader_end(bh_json_reader *r, bh_status not_json);
uint64_t bh_json_reader_records(const bh_json_reader *r, size_t query); /* handed over of this text */
/* False where what the query's first [*] or .* goes through has not come: an answer of another shape. */
bool bh_json_reader_listed(const bh_json_reader *r, size_t query);
bool bh_json_reader_used(const bh_json_reader *r);                      /* any record at all */
#endif
