/* Holds by hand: of a client (all that it has, and what is drafted later) or of one document. They stand in a table of their own and are laid over what a
 * run found, so that they end by themselves on their day, and survive drafts that are made anew. Whatever approves, delivers, collects or
 * reminds asks here first. */
#ifndef BH_BY_HAND_H
#define BH_BY_HAND_H
#include "batch/engine.h"

typedef struct bh_by_hand { bh_hold_row *rows; size_t count; bh_day today; } bh_by_hand;
/* All holds, once a command. today: on which they have to be in force. */
bh_status bh_by_hand_load(bh_by_hand *out, bh_store *s, bh_arena *a, bh_day today, bh_error *err);
/* The hold in force on that document, else on its client; doc 0: one that is not stored yet. NULL: neither. */
const bh_hold_row *bh_by_hand_of(const bh_by_hand *h, int32_t client, int64_t doc);
/* "held by anna: disputed; until 2026-12-10, or `billhook release acme`" */
bh_str bh_by_hand_words(bh_arena *a, const bh_hold_row *row, bh_str released_as);
/* Adds the hold that is in force to row->hold, for show, lists and approval; a void document is held by nothing. */
void bh_by_hand_lay(const bh_by_hand *h, bh_arena *a, bh_doc_row *row, bh_str client_id);
#endif
