/* What a quantity is worth at the prices that stand in a line or a product: without discounts, minimums and tax. For reports; nothing is billed by it. */
#ifndef BH_WORTH_H
#define BH_WORTH_H
#include "report/report.h"

/* A quantity of it for one period, in minor units. False where there is no price, or the model is not one that prices a quantity (or not one of the
 * shipped ones). */
bool bh_worth(int64_t *out, const bh_line_terms *t, bh_ratio quantity, bh_day day, int32_t decimals);
/* What is billed for such a period, for a month: half-up. A month of days and weeks is a twelfth of 365 days. */
bool bh_worth_monthly(int64_t *io, const bh_bill *bill);
#endif
