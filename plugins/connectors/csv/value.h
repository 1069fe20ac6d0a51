/* Dates, numbers, UTF-8, and the identity of a row's content, as files write them. The jsonl and command connectors have them from here. */
#ifndef BILLHOOK_CSV_VALUE_H
#define BILLHOOK_CSV_VALUE_H
#include <billhook/plugin.h>

int csv_parse_date(bh_str s, bh_date *out);
/* [+-]digits[.digits], at most `places` decimals. */
int csv_parse_number(bh_str s, int places, bh_dec *out);
int csv_date_cmp(bh_date a, bh_date b);
bh_date csv_date_next(bh_date d);
int csv_utf8_ok(bh_str s);
/* How often a content has been seen, by its 128-bit FNV-1a hash. */
typedef struct csv_hash { uint64_t high, low; } csv_hash;
typedef struct csv_seen { csv_hash *keys; uint32_t *counts; size_t cap, used; } csv_seen;
csv_hash csv_hash_start(void);
csv_hash csv_hash_add(csv_hash h, bh_str s);                    /* with its length, so that parts cannot run together */
bh_status csv_seen_add(csv_seen *s, csv_hash key, uint32_t *ordinal);
void csv_seen_free(csv_seen *s);
/* The id of a usage record that has none: from its content and its number among records of the same content, so that the same records give the
 * same ids in whatever order they stand. `date` as written; the id lies in `out`. */
bh_status csv_usage_id(csv_seen *seen, bh_usage *x, bh_str date, char out[64]);
#endif
