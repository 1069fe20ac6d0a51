/* The client's discounts where several of its contracts are billed on one issue date: given once, on the sum, shared out over the lines of all of
 * them (BILLING: per client and scheduled issue date); then each contract's minimum, which counts net of them. */
#ifndef BH_CLIENT_DISCOUNT_H
#define BH_CLIENT_DISCOUNT_H
#include "batch/gather.h"
/* rated[i] belongs to gathered[i]; the ones that share are changed in place. */
bh_status bh_client_discounts(const bh_gathered *gathered, bh_rated *rated, size_t n, bh_arena *a, bh_error *err);
#endif
