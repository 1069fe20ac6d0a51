/* What is left from a day: a block of hours bought, an allowance not used. A list of them, oldest first, is the carry of the models that
 * keep one. Version 1 of its bytes, little-endian, 20 for each: year × 10000 + month × 100 + day (4), numerator (8), denominator (8). */
#ifndef BILLHOOK_MODELS_RESTS_H
#define BILLHOOK_MODELS_RESTS_H
#include "self.h"
#include "text.h"

enum { RESTS_MAX = 200, RESTS_VERSION = 1 };
typedef struct rest { bh_date day; bh_ratio left; } rest;
typedef struct rests { rest items[RESTS_MAX]; size_t count; } rests;

/* The carry that came in; none is an empty list. */
bh_status rests_read(rests *out, const bh_host *host, const bh_model_input *in);
bh_status rests_write(const rests *r, const bh_host *host, const bh_model_emit *out);
/* Adds one in its order of days, behind those of the same day. */
bh_status rests_add(rests *r, const bh_host *host, bh_date day, bh_ratio left);
/* Takes from *left what *want asks for; both shrink. 0 where a number does not fit. */
int rest_draw(bh_ratio *want, bh_ratio *left);

/* The parameter `opening`: { hours = "13.25", bought = "2026-08-01" }, one or a list. `otherwise` is the day of one without `bought`. */
bh_status rests_opening(rests *out, const bh_host *host, const bh_values *params, bh_date otherwise);
extern const bh_option rests_opening_records[];

int date_compare(bh_date a, bh_date b);
/* The same day n months on (or back), the month's last where there is none. */
bh_date date_add_months(bh_date d, int64_t n);
bh_date date_before(bh_date d);
#endif
