/* Rating one billing: models → rule → percent and commit → discounts → the contract's minimum. Runs in the rating worker. */
#ifndef BH_RATE_H
#define BH_RATE_H
#include "batch/carry.h"
#include "plugin/model.h"
#include "rules/rules.h"

/* Rates `b` into *out (arena). A model or rule that fails holds the billing (out->hold_reason); only our own trouble is a status. `chain` has
 * what models carry on from the billings rated before; it takes what this one leaves. */
bh_status bh_rate_billing(bh_rated *out, const bh_billing *b, bh_models *models, bh_rules *rules, const bh_rule_ask *ask, bh_carry_chain *chain,
                          bh_arena *a, bh_error *err);

/* The rating role's loop in the worker process.
 * INIT: count of models, then (id, absolute path, why it is not to be loaded: mostly empty) each; memory and instruction limits of rules (i64
 *   each). → PHASE: the id of each model before it is loaded, then an empty one: the worker is up. A model that cannot be loaded fails its lines.
 * RATE: u32 frame number (0: a client by itself, whose every call into a model is told in PHASE frames beforehand), count, then a bh_billing each. → RATED: the frame number, count, then a bh_rated each, in the same order.
 * QUERY (worker → host, while rating): u32 index in the frame, u8 what (1 count, 2 assets, 3 previous), string selector or i64 n.
 *   → ANSWER: u8 ok, then a ratio (1), or a string (2, 3); ok 0: a message. */
int bh_rating_worker_main(int fd);
enum { BH_ASK_COUNT = 1, BH_ASK_ASSETS = 2, BH_ASK_PREVIOUS = 3 };
#endif
