/* What a person has seen of a batch, as one number. */
#ifndef BH_BATCH_HASH_H
#define BH_BATCH_HASH_H
#include "batch/by_hand.h"
/* The digest that `review` prints and `approve --hash` compares: over the id, the content and the hold of every document of the
 * batch, in the order of their making, whatever their state. Reads; needs no transaction of its own. */
bh_status bh_batch_hash(bh_sha *out, bh_store *s, int32_t batch_num, const bh_by_hand *by_hand, bh_error *err);
#endif
