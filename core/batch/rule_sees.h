/* What a pricing rule is told of the client and the contract beside what stands on documents. */
#ifndef BH_RULE_SEES_H
#define BH_RULE_SEES_H
#include "billing/terms.h"
/* The client's card with its tags, a JSON object. */
bh_str bh_rule_client(bh_arena *a, const bh_client_terms *client);
/* The tags of a statement's text, a JSON array; empty where it has none. */
bh_str bh_rule_tags(bh_arena *a, bh_str text);
#endif
