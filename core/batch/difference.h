/* Difference: what is owed less what was charged, key by key (BILLING 1). Pure over a rated billing and the contract's charged keys. */
#ifndef BH_DIFFERENCE_H
#define BH_DIFFERENCE_H
#include "batch/carry.h"
#include "batch/gather.h"
#include "batch/settle.h"

/* A line that goes on a document. */
typedef struct bh_due_line {
  const bh_contract_plan *contract;
  const bh_plan_line *planned;   /* NULL: rule and minimum lines */
  const bh_line_count *count;    /* NULL where nothing was counted */
  const struct bh_commit_run *held; /* what is committed on its first day; NULL where nothing is */
  bh_line_kind kind;
  bh_str key;
  bh_day whole_from, whole_until, issue;
  bh_day from, until;            /* shown, until exclusive */
  bh_str product, description, unit, section, po;
  bh_ratio quantity; bh_dec unit_price; bh_ratio fraction;
  int64_t amount;
  bh_tax_part part;              /* net = amount */
  bh_charged_key *corrects;      /* adjustments */
  int64_t owed;                  /* adjustments: what the key comes to now */
  bool reopened;                 /* a difference that a person asked for: it waits for nothing, and is not held as re-rated */
  int64_t wish;                  /* the re-opening that it settles once approved; 0: none */
  bh_str trace;                  /* what the rule did: JSON array, or empty */
  bh_str notes;                  /* what the model says for the evidence, one a line of text; with the first line of its key */
  bool has_rule; bh_sha rule_hash; bh_str rule_bundle;
  uint32_t order;                /* the line's place in its contract */
} bh_due_line;
typedef struct bh_due_discount {
  const bh_contract_plan *contract;
  bh_str key;
  bh_day issue;
  bool on_line; bh_str line_key; bh_day line_from, line_until; /* the line's whole period */
  bh_str description; bool is_percent; bh_dec percent;
  int64_t amount, base;          /* base: what it was taken of (0 for an adjustment) */
  bh_tax_part *parts; size_t part_count;
  bool adjusts;
  int32_t payer;                 /* the client on whose documents its billing stands; 0: who pays today */
  bh_str po;
} bh_due_discount;
/* What a model leaves for the period after a charged one: goes with any document of the contract. */
typedef struct bh_due_carry { const bh_contract_plan *contract; bh_carry carry; } bh_due_carry;
typedef struct bh_due {
  bh_due_line *lines; size_t line_count, line_cap;
  bh_due_discount *discounts; size_t discount_count, discount_cap;
  bh_str *memos; size_t memo_count;
  bh_due_carry *carries; size_t carry_count, carry_cap;
} bh_due;
void bh_due_append(bh_due *to, bh_arena *a, const bh_due *from);

/* What an edit changes in periods that are over: the sum of the differences, and the periods, each once. */
typedef struct bh_rerated { int64_t sum; bh_sched_period *periods; size_t count, cap; } bh_rerated;
/* Appends what the billing owes beyond what was charged. */
bh_status bh_difference_billing(bh_due *out, bh_rerated *rerated, bh_arena *a, const bh_gathered *g, const bh_rated *r, bh_contract_plan *c,
                                bh_day date, bh_error *err);
/* The quantity guard: a held reason where a counted quantity moved beyond it. */
void bh_difference_guard(bh_holds *holds, bh_arena *a, const bh_due *due, const bh_charged_key *last, size_t n, const bh_client_terms *client,
                         int decimals);
#endif
