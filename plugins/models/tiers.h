/* Prices by tiers of a quantity, for the models that have them: the parameters `mode` and `tiers` (up_to, price, flat). A tier is
 * (previous, up_to]: exactly up_to is inside, 0 is in none. */
#ifndef BILLHOOK_MODELS_TIERS_H
#define BILLHOOK_MODELS_TIERS_H
#include "text.h"

typedef struct tiers tiers;
/* Reads the two parameters; free() is the caller's. What is wrong is recorded with the number of the tier. */
bh_status tiers_read(tiers **out, const bh_host *host, const bh_values *params);
/* Emits one line for each tier's units and one for each flat of `quantity`, with this fraction and these days; `prefix` (may be empty)
 * stands before what tells the tiers apart. BH_E_INVALID below zero. */
bh_status tiers_rate(const tiers *t, const bh_host *host, const bh_model_emit *out, bh_ratio quantity, bh_ratio fraction, bh_period days,
                     const char *prefix);

/* The two options, for a plugin's array. */
extern const char *const tiers_modes[];
extern const bh_option tiers_records[];
#endif
