/* Plan: which billings of a client are to be rated on a date, and why. Pure over the client's terms and what the store says was charged. */
#ifndef BH_PLAN_H
#define BH_PLAN_H
#include "billing/rating.h"
#include "store/store.h"
#include "workspace/workspace.h"

/* All that was charged for one key (contract, line or discount, whole period), netted over documents that are not void. */
typedef struct bh_charged_key {
  bh_str key;
  bh_day whole_from, whole_until;
  bh_day from, until;          /* days in force, as first charged */
  bh_day issue;                /* the billing's scheduled issue date */
  bh_line_kind kind;           /* of the first row */
  int64_t amount;              /* net, minor */
  bh_str line_id, product;     /* of the line that a correction corrects */
  bh_ratio quantity;
  int32_t book, rule;
  int64_t pull, last_pull;     /* facts it is judged by; of its last document (late usage) */
  bh_day as_of;
  bh_day adjusted;             /* the run's day of its last adjustment; MIN: none */
  bh_str taxes;                /* packed (settle.h) */
  bh_str carry;                /* what its model left for the next period; empty: nothing */
  int32_t payer;               /* the client on whose document the charge stands */
  bool open;                   /* a credit with --rebill re-opened it */
  int64_t wish;                /* the last re-opening that it was re-rated for (store_hand.h) */
  bool pending;                /* re-opened and not re-rated yet: today's price book, rules and facts */
  int64_t wish_next;           /* that re-opening */
  bool seen;                   /* met again while planning or differencing */
} bh_charged_key;

/* One line of one billing to be rated. */
typedef struct bh_plan_line {
  const bh_line_terms *terms;  /* today's, or over the frozen book where charged */
  uint32_t index;
  bh_day whole_from, whole_until;
  bh_day from, until;          /* days in force; empty: owed is zero */
  bh_day counted_until;        /* where line or contract ended inside a commitment: the first day after that end, from which on the last
                                  quantity holds; else `until` or later */
  bh_day piece_issue;          /* the day that at = "issue" reads */
  bh_charged_key *charged;     /* NULL: never charged */
  bool fixed;                  /* stands as it was charged: it takes part in the discounts of its billing, and is not compared */
  bool late;                   /* never charged, inside a period that other lines of the contract were billed for */
  int64_t pull; bh_day as_of;  /* facts as known, and the last day that exists for it */
} bh_plan_line;
typedef struct bh_plan_billing {
  bh_day issue;
  bool made;                   /* something of it has been charged */
  bool reopened;               /* a key of it is to be re-rated */
  bh_day not_before;           /* a stub after a schedule that changed: the first day that is not charged yet */
  bool whole_own;              /* the contract's own schedule has a period with this issue date: */
  bh_day own_from, own_until;  /* that period, cut to the contract's life, */
  bh_ratio own_fraction;       /* and its share of the whole */
  bh_plan_line *lines; size_t line_count, line_cap;
  int32_t rule;                /* content number of the rule it was charged with; 0: today's */
} bh_plan_billing;

typedef struct bh_contract_plan {
  const bh_contract_terms *terms;
  const bh_client_terms *client; /* who is served; NULL: the document's client */
  bh_contract_row row;
  bool full;                   /* charged periods are compared too */
  bool edited;                 /* its text differs from what was settled */
  bool ended;                  /* its last day is before the run's date */
  bool unsettled;              /* a schedule that changed still owes its stub: to be compared in full until then */
  bh_day next_due;             /* earliest issue date after the run's date; BH_DAY_MAX: none to come */
  bh_day charged_to;           /* the last day that its billings so far cover */
  bh_charged_key *keys; size_t key_count;
  bh_reopened_row *reopened; size_t reopened_count; /* wishes of its keys, settled ones too */
  const bh_day *again; size_t again_count; /* issue dates on which keys of the client are re-opened: looked at however long ago */
  bh_plan_billing *billings; size_t billing_count, billing_cap;
  bh_str removed_key;          /* a charged line that is gone from the files without an end */
} bh_contract_plan;

typedef struct bh_book_resolver { /* a charged line over the price book of then */
  bh_status (*resolve)(void *ctx, bh_line_terms *out, bh_arena *a, const bh_contract_terms *c, size_t index, int32_t book, bool *same, bh_error *err);
  void *ctx;
} bh_book_resolver;

/* Nets charged rows into keys (arena), in order of first appearance. */
bh_charged_key *bh_charged_keys(bh_arena *a, const bh_charged_line *rows, size_t n, size_t *out_n);
/* Lays the re-openings over them: which keys are to be re-rated, and what those keep for which a run found no difference. */
void bh_charged_keys_reopen(bh_charged_key *keys, size_t n, const bh_reopened_row *rows, size_t row_count);

/* A change of the contract that would cut a period that has been charged: where it stands ("lines[1].bill"), and what is wrong. */
typedef struct bh_plan_cut { bh_str path, message; } bh_plan_cut;
/* The first one that p->terms and p->keys show; strings in the arena. */
bool bh_plan_cuts(bh_plan_cut *out, bh_arena *a, const bh_contract_plan *p);

/* Fills p->billings for the run's date; p->terms, row, full, edited, keys, reopened, again are set by the caller. */
bh_status bh_plan_contract(bh_contract_plan *p, bh_arena *a, bh_day date, int32_t true_up_months, const bh_book_resolver *books, bh_error *err);
#endif
