/* The rules of a workspace, loaded as a run would load them: what stands at the top of their files runs, the rules themselves do not. */
#ifndef BH_CHECK_RULES_H
#define BH_CHECK_RULES_H
#include "batch/engine.h"

typedef struct bh_rules_check bh_rules_check;
bh_status bh_rules_check_new(bh_rules_check **out, billhook *b, bh_error *err);
void bh_rules_check_free(bh_rules_check *x);
/* Notes the contract's rule; one that came before, by content and name, is not noted again. */
void bh_rules_check_add(bh_rules_check *x, const bh_contract_terms *t);
/* Loads them in a rating worker. One that cannot be loaded, or never comes to its end, is a mistake of the engine's. */
bh_status bh_rules_check_run(bh_rules_check *x, bh_error *err);
#endif
