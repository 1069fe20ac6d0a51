/* Marking charged keys as re-opened, in the caller's transaction. */
#ifndef BH_REOPEN_KEYS_H
#define BH_REOPEN_KEYS_H
#include "batch/plan.h"
/* What stands charged of a contract, with what was re-opened of it. */
typedef struct bh_standing {
  bh_charged_line *rows; size_t row_count;      /* of documents that are not void, in their order */
  bh_charged_key *keys; size_t key_count;
  bh_reopened_row *reopened; size_t reopened_count;
} bh_standing;
bh_status bh_standing_read(bh_standing *out, bh_store *s, bh_arena *a, int32_t contract, bh_error *err);
/* Re-opens one key of it. *fresh false: it was open already, which is no harm. */
bh_status bh_reopen_key(bool *fresh, bh_store *s, int32_t contract, const bh_standing *standing, bh_charged_key *key, bh_error *err);
/* Charged lines that were taken back (by a void, by a credit that bills anew) while corrections of them stand on other documents: what is left of
 * such a key is compared at today's price book, as if all of it were owed anew. `lines` are those that were taken back. */
bh_status bh_reopen_left_over(bh_store *s, bh_arena *a, const bh_doc_line *lines, size_t n, bh_error *err);
/* Keys of the contract's lines, in contrast to discounts, its minimum and what rules add, which follow their billing. */
static inline bool bh_key_of_line(const bh_charged_key *k) { return k->kind != BH_LINE_DISCOUNT && k->whole_from < k->whole_until; }
#endif
