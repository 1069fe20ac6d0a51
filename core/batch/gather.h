/* Gather: the quantities and prices of a planned billing, so that it can be rated without looking anything up. Reads facts, writes nothing. */
#ifndef BH_GATHER_H
#define BH_GATHER_H
#include "batch/plan.h"
#include "facts/facts.h"

/* Why an invoice must wait, beside those that rating finds. */
typedef struct bh_hold { bh_str reason, message; } bh_hold;
typedef struct bh_holds { bh_hold *items; size_t count, cap; } bh_holds;
void bh_hold_add(bh_holds *h, bh_arena *a, bh_str reason, bh_str message);

/* What stands in the evidence about one line's quantity. */
typedef struct bh_line_count {
  bool counted;
  bh_str selector, connector, at, family; /* family: JSON, empty where the client shares nothing */
  bh_str except, identity;     /* of assets, JSON: what the client leaves out, and what makes one thing of several; identity: empty where no rule does */
  bh_day from, until;          /* days read, half-open */
  int64_t pull; bh_day as_of;
  bh_ratio raw;
  bool has_included; bh_ratio included; /* what was in the price, of its last days */
  const struct bh_commit_run *held; size_t held_count; /* what is committed, by day; none where nothing is */
} bh_line_count;

typedef struct bh_gathered {
  bh_billing billing;          /* what the rating worker gets: billing.lines[i] … */
  const bh_plan_line **lines;  /* … was planned as lines[i], */
  bh_line_count *counts;       /* … counted as counts[i] */
  const bh_plan_billing *plan;
  const bh_contract_plan *contract;
  bool shared;                 /* other contracts are billed on the same issue date and discounts reach across them: these are given to all of
                                  them together, and the contract's minimum after them (client_discount.h) */
  bh_discount *all_discounts; size_t all_discount_count; /* the contract's, with contracts = "all" */
  bh_discount *client_discounts; size_t client_discount_count;
  bool has_minimum; int64_t minimum_minor; bh_of minimum_of;
  bool left_out;               /* a line could not be counted at all: nothing of this contract is settled by this run */
} bh_gathered;

typedef struct bh_gather_ctx {
  bh_store *store;
  const bh_workspace *ws;
  const bh_client_terms *client;
  bh_client_facts *facts;      /* loaded at the first counted line */
  bh_day date;
  int64_t pull_last;           /* stands for "now" in what is stored */
  bh_holds *holds;
  bh_day facts_from;
  bh_str except;               /* what the client leaves out, as JSON; empty until it is asked for */
} bh_gather_ctx;

/* The facts a client's billings read: loads them once. */
bh_status bh_gather_facts(bh_gather_ctx *g, bh_arena *a, const bh_contract_plan *plans, size_t n, bh_error *err);
bh_status bh_gather_billing(bh_gathered *out, bh_gather_ctx *g, bh_arena *a, const bh_contract_plan *c, const bh_plan_billing *b,
                            bool shared, bh_error *err);
#endif
