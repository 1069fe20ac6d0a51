/* Discounts that reach across a client's contracts billed on one issue date: those of a contract with contracts = "all", then the client's own.
 * Each is given once, on the sum, shared out over the lines of all of them (BILLING 6.5); then each contract's minimum, which counts net of them.
 * Contracts in another currency are a sum of their own. */
#ifndef BH_CLIENT_DISCOUNT_H
#define BH_CLIENT_DISCOUNT_H
#include "batch/gather.h"
/* Whether the client has several contracts and such discounts at all. */
bool bh_discounts_reach_across(const bh_client_terms *client);
/* rated[i] belongs to gathered[i]; the ones that share are changed in place. */
bh_status bh_client_discounts(const bh_gathered *gathered, bh_rated *rated, size_t n, bh_arena *a, bh_error *err);
#endif
