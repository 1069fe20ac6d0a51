/* What models carry from one period of a line to the next: stored with the documents that charge the periods, handed to the first period that
 * is rated again, and passed along from there in the rating worker. */
#ifndef BH_CARRY_H
#define BH_CARRY_H
#include "batch/plan.h"
#include "base/wire.h"

/* The carry that a document leaves for one period of a line. */
typedef struct bh_carry {
  bh_str key;
  bh_day whole_from, whole_until;
  bh_str bytes;                /* as the model gave it, version first (plugin/model_emit.h) */
} bh_carry;
bh_str bh_carries_pack(bh_arena *a, const bh_carry *items, size_t n);
/* False where the bytes are not such a pack. Strings point into them. */
bool bh_carries_unpack(bh_carry **out, size_t *n, bh_arena *a, bh_str packed);

/* Notes with each key the carry that the last of these rows left for it. Rows in the order of documents. */
bh_status bh_carries_note(bh_charged_key *keys, size_t key_count, bh_arena *a, const bh_charged_line *rows, size_t n, bh_error *err);
/* The stored carry that a period of a line goes on from: that of the last charged period before it. NULL where there is none. */
const bh_charged_key *bh_carry_before(const bh_contract_plan *c, bh_str key, bh_day whole_from);
/* Whether any line of the contract keeps a carry. */
bool bh_carries_any(const bh_contract_terms *c);
/* Billings in an order in which each period of a carrying line comes after the one before it: theirs, unless lead days or the timing were
 * changed. */
void bh_carries_order(bh_contract_plan *p);

/* ---- in the rating worker: the carries of one frame, line by line ---- */
typedef struct bh_carry_chain { bh_arena arena; bh_map last; } bh_carry_chain;
void bh_carry_chain_init(bh_carry_chain *c);
void bh_carry_chain_reset(bh_carry_chain *c);
void bh_carry_chain_dispose(bh_carry_chain *c);
/* What the line goes on from: that of a period rated before in this frame, or the stored one, whichever is later. False where the period
 * before could not be rated. */
bool bh_carry_chain_get(const bh_carry_chain *c, bh_str *out, bh_str contract, const bh_rate_line *line);
/* The line's carry, empty where it has none; ok false: it could not be rated. */
void bh_carry_chain_put(bh_carry_chain *c, bh_str contract, const bh_rate_line *line, bh_str carry, bool ok);
#endif
