/* Rating: from quantities to exact lines of one billing (one contract, one scheduled issue date), and what they cost.
 * Pure: no I/O, no clock, no Lua, no SQL. The batch gathers quantities, the rating worker calls models and rules. */
#ifndef BH_RATING_H
#define BH_RATING_H
#include "base/wire.h"
#include "billing/schedule.h"
#include "billing/terms.h"

/* A run of days with one quantity: [from, until), the billed quantity (after minimum, included, …) and its share of the
 * whole period. A line that is not split by day has one run. */
typedef struct bh_qty_run { bh_day from, until; bh_ratio quantity; bh_ratio fraction; } bh_qty_run;

/* A day-by-day count as runs: [from, until) with one raw count. */
typedef struct bh_count_run { bh_day from, until; bh_ratio count; } bh_count_run;

/* A money/quantity/... parameter bound to a period (dated values picked, uplift applied). */
typedef struct bh_bound bh_bound;
typedef struct bh_bound_record { bh_bound *items; size_t count; } bh_bound_record;
struct bh_bound {
  bh_str key; bh_param_type type;
  bool set; bh_dec number; bh_str text;
  bh_bound_record *records; size_t record_count;
};

/* One line of one billing, ready to be rated. */
typedef struct bh_rate_line {
  uint32_t index;              /* in the contract's lines */
  bh_str key, product, description, unit, category, model, section, po;
  bool once, recurring;
  bh_day whole_from, whole_until; /* the scheduled period: part of the key */
  bh_day from, until;          /* days in force: what is shown (inclusive there) */
  bh_ratio fraction;           /* of the days in force */
  bh_qty_run *runs; size_t run_count;
  bh_ratio bare;               /* the quantity before minimum and included (rules: bill:count of the product) */
  bh_bound *params; size_t param_count;
  bool has_cost; bh_dec cost;
  bool has_min_amount; bh_dec min_amount; bool has_max_amount; bh_dec max_amount;
  bh_discount *discounts; size_t discount_count; /* the line's, those in force */
  bool carries;                /* its model keeps a carry from period to period: */
  bh_str carry;                /* the stored one of the last period before that is not rated together with this one; empty: none */
  bh_day carry_from;           /* that period's first day; BH_DAY_MIN where there is none */
  bool by_day;                 /* its model takes usage day by day: */
  bh_qty_run *days; size_t day_count; /* one for each day that has any (runs holds their sum) */
} bh_rate_line;

typedef struct bh_billing {
  bh_str contract, client, currency;
  int32_t decimals; bh_rounding rounding;
  bh_day issue;                /* the scheduled issue date: with the contract, the billing's identity */
  bh_day period_from, period_until; /* of the contract's own schedule: bill.period in rules */
  bh_rate_line *lines; size_t line_count;
  bh_discount *discounts; size_t discount_count;               /* the contract's, those in force */
  bh_discount *client_discounts; size_t client_discount_count; /* empty where another contract of the client carries them */
  bool has_minimum; int64_t minimum_minor; /* the contract's minimum, already prorated */
  bh_of minimum_of;
  bh_str rule_bundle; bh_sha rule_hash; bh_str rule_name; /* empty: no rule */
  bool rule_load_only;         /* the rule's file is loaded, the rule does not run (check) */
  bh_str client_json;          /* what a rule sees as bill.client */
  bh_str tags_json;            /* … as bill.tags, a JSON array; empty: none */
  bh_day starts;               /* … as bill.starts */
} bh_billing;

/* What is owed for one line part: the unit of differencing is (contract, key, whole period, part). */
typedef enum bh_owed_kind { BH_OWED_CHARGE, BH_OWED_ONCE, BH_OWED_MINIMUM, BH_OWED_RULE } bh_owed_kind;
typedef struct bh_owed_line {
  uint32_t line_index;         /* into bh_billing.lines, UINT32_MAX for rule and minimum lines */
  bh_owed_kind kind;
  bh_str key;                  /* the line's key; rule lines: "rule:" + id or text#n; the minimum: "minimum" */
  bh_day whole_from, whole_until;
  bh_str product, description, unit, category;
  bh_day from, until;
  bh_ratio quantity; bh_dec unit_price; bh_ratio fraction;
  int64_t amount;              /* minor, gross of discounts */
  bool removed;                /* by the rule: owed is zero, not shown */
  bool has_cost; bh_dec cost;
  bh_str section, po;
  bh_str rule_note;            /* what the rule did to it, or empty */
} bh_owed_line;

/* A discount as owed: a key of its own beside the lines. `amount` is negative or zero. */
typedef struct bh_owed_discount {
  bh_str key;                  /* "discount:line:KEY:n", "discount:contract:n", "discount:client:n", "discount:rule:TEXT#n" */
  bool on_line; bh_str line_key; /* null on the document for contract and client discounts */
  bool of_client;
  bh_str description;
  bool is_percent; bh_dec percent;
  int64_t amount;
  int64_t base;                /* what it was taken of: what the discounts before left of the lines that it reaches */
  bh_day whole_from, whole_until; /* the span it is keyed by: the line's period, or the billing's */
  int64_t *shares;             /* per owed line, adding up to amount: for tax bases and revenue */
} bh_owed_discount;

/* What a model gives beside the lines of one rate line. */
typedef struct bh_rated_more {
  uint32_t line_index;         /* into bh_billing.lines */
  bh_str carry;                /* for the next period; empty: none */
  bh_str notes;                /* for the evidence, one a line of text; empty: none */
} bh_rated_more;

/* A billing as rated. */
typedef struct bh_rated {
  bh_str contract; bh_day issue;
  bh_owed_line *lines; size_t line_count, line_cap;
  bh_owed_discount *discounts; size_t discount_count, discount_cap;
  bh_str *memos; size_t memo_count;
  bh_rated_more *more; size_t more_count, more_cap;
  bh_status status;            /* BH_OK, or why it could not be rated: */
  bh_str hold_reason;          /* "rule-failed", "rule-hold", "plugin-failed", … ; empty where not held */
  bh_str hold_message;
  bh_str rule_trace;           /* what the rule did, JSON array of strings, for the evidence */
} bh_rated;

/* -- quantities (BILLING 3): raw count → minimum → included → round_up_to → maximum -- */
bh_status bh_quantity_apply(bh_ratio *out, bh_ratio raw, const bh_dec *minimum, const bh_ratio *included,
                            const bh_dec *round_up_to, const bh_dec *maximum, bh_error *err);
/* A fixed quantity with its changes as runs that cover [from, until); one where it says none. */
bh_status bh_quantity_runs(bh_count_run **out, size_t *n, bh_arena *a, const bh_dated *quantity, bh_day from, bh_day until, bh_error *err);
/* One quantity from daily counts by an `at` policy other than daily and sum: runs cover [from, until) without gaps.
 * issue_day picks the day for BH_AT_ISSUE. */
bh_status bh_quantity_at(bh_ratio *out, bh_at at, const bh_count_run *runs, size_t n, bh_day from, bh_day until,
                         bh_day issue_day, bh_error *err);

/* -- prices -- */
/* Binds a line's parameters to a period: dated values on `day`, uplift steps up to `day` on money parameters (unit
 * price, tier prices, flats), each step rounded to the price's own decimals (at least the currency's). */
bh_status bh_params_bind(bh_bound **out, size_t *out_count, bh_arena *a, const bh_param *params, size_t n, bh_day day,
                         const bh_uplift *uplift, int currency_decimals, bh_rounding mode, bh_error *err);
/* Steps of an uplift in force on `day`: 0 before uplift->from, else 1 + whole multiples of every_months. */
int32_t bh_uplift_steps(const bh_uplift *u, bh_day day);
/* Each step raises by the percent in force on its own day. */
bh_status bh_uplift_apply(bh_dec *io_price, const bh_uplift *u, bh_day day, int currency_decimals, bh_rounding mode, bh_error *err);

/* -- discounts and the contract's minimum (BILLING 6.5, 6.6) --
 * Appends to r->discounts / r->lines. Percent before fixed, each percent of what the last left, owed never below zero;
 * line, then contract, then client. Rule discounts that are already in r->discounts stay, and count as given before. */
bh_status bh_discounts_apply(bh_rated *r, const bh_billing *b, bh_arena *a, bh_error *err);
/* Whether `of` takes in a line of that contract; removed ones too. */
bool bh_of_takes(const bh_of *of, const bh_owed_line *l, bh_str contract);
void bh_of_put(bh_buf *b, const bh_of *of);
void bh_of_get(bh_of *out, bh_arena *a, struct bh_get *g); /* g->bad where it is none */
/* Owed lines for what lines with a minimum_amount are short of (kind minimum, under the line's own key); `skip` (one for each of b's lines,
 * or NULL): those that are not rated yet. bh_discounts_apply does it first. */
bh_status bh_bounds_shortfalls(bh_rated *r, const bh_billing *b, const bool *skip, bh_arena *a, bh_error *err);
bh_status bh_minimum_apply(bh_rated *r, const bh_billing *b, bh_arena *a, bh_error *err);

/* -- tax (BILLING 6.7), per document -- */
/* The taxes of the place that is served, where it is not the document's client: a child's own (BILLING 7). */
typedef struct bh_tax_place {
  const bh_str *taxes; size_t count;    /* ids, of those that the document knows */
  bool exempt; bh_str exempt_reason; bool reverse_charge;
} bh_tax_place;
typedef struct bh_tax_item {   /* one line or one discount share of a document */
  bh_str category;             /* empty: none */
  int64_t net;                 /* minor, signed: line amount, or a discount's share on a line of that category */
  const bh_tax_place *place;   /* NULL: the document's client */
  bh_day service_day;          /* for by_service taxes: the period's first day */
  const bh_str *fixed_tax; const bh_dec *fixed_rate; size_t fixed_count; /* a correction: the taxes of what it corrects; else 0 */
  bool fixed;                  /* true: use fixed_* (even when empty) */
  /* out: the taxes that apply to this item, in order; arrays in the arena */
  bh_str *taxes; bh_dec *rates; size_t tax_count;
} bh_tax_item;
typedef struct bh_tax_row { bh_str tax, name, category; bh_dec rate; int64_t base, amount; bool inclusive, compound; bh_str reason; } bh_tax_row;
bh_status bh_tax_compute(bh_tax_row **out, size_t *out_count, bh_arena *a, const bh_tax *const *taxes, size_t tax_count,
                         bh_tax_item *items, size_t item_count, bh_day issue, bool exempt, bh_str exempt_reason,
                         bool reverse_charge, bh_rounding mode, bh_error *err);

/* -- payment terms (BILLING 7) -- */
bh_status bh_due_date(bh_day *out, bh_str terms, bh_day issue, bh_error *err);

/* bh_billing and bh_rated over the wire (frames to rating workers). */
void bh_billing_put(bh_buf *b, const bh_billing *x);
bool bh_billing_get(bh_billing *out, bh_arena *a, struct bh_get *g);
void bh_rated_put(bh_buf *b, const bh_rated *x);
bool bh_rated_get(bh_rated *out, bh_arena *a, struct bh_get *g);
void bh_rated_add_line(bh_rated *r, bh_arena *a, const bh_owed_line *l);
void bh_rated_add_discount(bh_rated *r, bh_arena *a, const bh_owed_discount *d);
void bh_rated_add_more(bh_rated *r, bh_arena *a, const bh_rated_more *m);
#endif
