/* What has been agreed, resolved into plain structs: the workspace writes them, everything after reads them.
 * All strings and arrays live in the arena of whoever made the struct. Amounts of money are decimals here
 * (major units, as written); minor units begin with rated lines (rating.h). */
#ifndef BH_TERMS_H
#define BH_TERMS_H
#include "base/base.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/hash.h"
#include "base/json.h"

typedef enum bh_align { BH_ALIGN_CALENDAR, BH_ALIGN_ANNIVERSARY } bh_align;
typedef enum bh_timing { BH_ADVANCE, BH_ARREARS } bh_timing;
typedef enum bh_prorate { BH_PRORATE_DAILY, BH_PRORATE_30_360, BH_PRORATE_NONE, BH_PRORATE_FULL } bh_prorate;
typedef enum bh_at { BH_AT_ISSUE, BH_AT_START, BH_AT_END, BH_AT_PEAK, BH_AT_AVERAGE, BH_AT_DAILY, BH_AT_SUM } bh_at;
typedef enum bh_true_up { BH_TRUE_UP_CONTRACT, BH_TRUE_UP_ALL, BH_TRUE_UP_NONE } bh_true_up;
typedef enum bh_adjust_kind { BH_ADJUST_NEXT, BH_ADJUST_NOW, BH_ADJUST_EVERY } bh_adjust_kind;

/* A schedule (BILLING 2). `on`: day of month 1..31 for months, quarters, years; weekday 1..7 (Monday 1) for weeks;
 * on_month 1..12 where written "MM-DD", else 0. */
typedef struct bh_bill {
  int32_t every;
  bh_unit unit;
  int32_t on, on_month;
  bh_align align;
  bh_timing timing;
  int32_t lead_days, lag_days;
} bh_bill;

/* A number that changes on dates: entries sorted by day, the first at BH_DAY_MIN ("start"). count 0: absent. */
typedef struct bh_dated_item { bh_day from; bh_dec value; } bh_dated_item;
typedef struct bh_dated { const bh_dated_item *items; size_t count; } bh_dated;
/* The value in force on a day, or NULL where absent (or before the first entry). */
const bh_dec *bh_dated_on(const bh_dated *d, bh_day day);

/* What is counted. kind "device" / "user" / … for assets; metric for gauges and usage. */
typedef enum bh_selector_kind { BH_SEL_NONE, BH_SEL_ASSETS, BH_SEL_GAUGE, BH_SEL_USAGE } bh_selector_kind;
typedef struct bh_match { bh_str key, glob; } bh_match; /* class, id, name, or any attribute */
typedef struct bh_except {
  bh_match *match; size_t match_count;
  bh_day from, ends; /* in force; MIN/MAX where not given; ends is the last day */
  bh_str reason;
} bh_except;
/* One thing seen by several connectors counts once: found by these attributes, counted as the preferred connector has it. */
typedef struct bh_identity { bh_str kind; bh_str *by; size_t by_count; bh_str *prefer; size_t prefer_count; } bh_identity;
/* Clients that share what a parent's ids name: each child takes what it matches, on its days; the parent's own lines count the rest (BILLING 3).
 * It belongs to what a charged period keeps: a child that is added later takes nothing out of what was charged. */
typedef struct bh_child { bh_str client; bh_match *match; size_t match_count; bh_day from, until; /* half-open */ } bh_child;
typedef struct bh_family {
  bh_child *children; size_t child_count; /* the parent: all that match something, by id; a child: itself alone, or none */
  bool of_parent;              /* the parent's own view: what children take is not its */
  const bh_child *siblings; size_t sibling_count; /* all children of today, this one too: no two may take one asset */
  bh_str text;                 /* canonical JSON of it, without the siblings */
} bh_family;
typedef struct bh_selector {
  bh_selector_kind kind;
  bh_str asset_kind;          /* assets */
  bh_str metric;              /* gauge, usage */
  bh_str from;                /* connector name; empty: any */
  bh_match *match; size_t match_count;
  int32_t seen_within;        /* days; 0: not asked */
  bh_except *except; size_t except_count;
  bh_str text;                /* canonical JSON of it: its identity */
  const bh_family *family;    /* NULL: the client shares nothing */
} bh_selector;

/* A model's parameter, typed by the model's option table, in the contract's currency. */
typedef enum bh_param_type {
  BH_PARAM_TEXT, BH_PARAM_MONEY, BH_PARAM_QUANTITY, BH_PARAM_PERCENT, BH_PARAM_INTEGER, BH_PARAM_CHOICE, BH_PARAM_RECORDS
} bh_param_type;
typedef struct bh_param bh_param;
typedef struct bh_param_record { bh_param *params; size_t count; } bh_param_record;
struct bh_param {
  bh_str key;
  bh_param_type type;
  bh_dated number;             /* money, quantity, percent, integer */
  bh_str text;                 /* text, choice */
  bh_param_record *records; size_t record_count;
};

/* `of`: which lines something is taken of. Every test must hold, by any of its values; no test: all lines. */
typedef enum bh_of_key { BH_OF_CONTRACT, BH_OF_ID, BH_OF_KIND, BH_OF_PO, BH_OF_PRODUCT, BH_OF_SECTION, BH_OF_TAX, BH_OF_UNIT, BH_OF_KEY_COUNT } bh_of_key;
extern const char *const bh_of_keys[BH_OF_KEY_COUNT]; /* as written, in the order of the enum, which is sorted */
typedef struct bh_of_test { bh_of_key key; bh_str *values; size_t value_count; } bh_of_test;
typedef struct bh_of { bh_of_test *tests; size_t test_count; } bh_of;

typedef struct bh_discount {
  bool is_percent;
  bh_dec value;                /* percent, or money in the contract's currency: of the day that it is bound to */
  bh_dated values;             /* by day; none: value */
  bh_str reason;
  bh_day from, ends;           /* in force by the period's first day; ends inclusive */
  bh_of of;
  bool all_contracts;          /* a contract's: reaches the client's other contracts of the same issue date */
  uint32_t ordinal;            /* its place among those in force, from 1; 0: as listed. What its key is made of */
  uint32_t listed;             /* its place in the list as it is written, from 1: which one it is, whatever else is in force */
} bh_discount;

/* What holds a quantity up (BILLING 3, decrease; billing/commit.h). */
typedef enum bh_decrease { BH_DECREASE_NOW, BH_DECREASE_NEXT_PERIOD, BH_DECREASE_RENEWAL } bh_decrease;
typedef struct bh_commitment {
  bh_decrease decrease;
  int32_t term_months, window_days;
  bh_day coterm;               /* the last day of the term that lines have in common; BH_DAY_MIN where none */
  bool release;                /* the rest of a term is not charged where line or contract ends inside it */
  bool taken; bh_dec taken_quantity; bh_day taken_until; /* moved in: at least so many, up to and with that day */
} bh_commitment;

typedef struct bh_uplift { bool on; bh_dec percent; bh_dated percents; /* by the step's day, where dated; else none: percent */
  int32_t every_months; bh_day from; } bh_uplift;
typedef struct bh_opt_dated { bool set; bh_dated value; } bh_opt_dated;

/* A purchase order with its bounds: what may be invoiced against it (net of discounts, before tax), and its last day. */
typedef struct bh_po { bh_str number, currency; bool has_limit; bh_dec limit; bh_day ends; } bh_po;
/* A person at the client, and what is sent to it. Never part of a document: it is read from the files when something is sent. */
typedef struct bh_contact { bh_str email, name, phone, role; bh_str *gets; size_t get_count; } bh_contact;

/* One line of a contract with every lookup done (line → price lists → template → product; line → contract → … for
 * schedules). `book` is the canonical JSON of all that came from below the line (product, price list and template
 * parts): what a charged period keeps. */
typedef struct bh_line_terms {
  bh_str key;                  /* its identity in the contract: id, else PRODUCT#n; once: PRODUCT@DATE#n */
  bh_str path;                 /* "lines[2]", for messages */
  bh_str product, name, unit, category, section, po, site;
  const bh_po *po_order;       /* where the po has bounds; NULL: a bare number, or none */
  bh_str model;                /* plugin id, e.g. "per_unit" */
  bool carries;                /* its model keeps a carry from period to period */
  bool by_day;                 /* its model takes usage day by day */
  bh_bill bill;                /* with the line's own timing */
  bh_prorate prorate;
  bh_at at;
  bh_true_up true_up;
  bh_adjust_kind adjust; int32_t adjust_every; bh_unit adjust_unit;
  bool once; bh_day once_on;
  bh_day from, ends;           /* days in force, inclusive; MIN/MAX where open */
  bh_day billed_through;       /* BH_DAY_MIN where none */
  bool counted;                /* selector, else the fixed quantity */
  bh_selector count;
  bh_dated quantity;           /* fixed, with its changes */
  bh_opt_dated minimum, maximum, included, round_up_to;
  bh_commitment commit;
  bh_str *includes; size_t include_count; /* products of which each unit of this one includes one */
  bh_str *bundles; size_t bundle_count;   /* products that include this line's */
  bool of_bundle;              /* not written in the contract: it is there because a product includes its */
  bh_str included_per;         /* product of another line of the billing; empty where plain */
  bh_opt_dated minimum_amount, maximum_amount;
  bh_param *params; size_t param_count;
  bh_opt_dated cost;
  bool price_override;         /* the line itself set a price */
  bool price_missing;          /* the contract's currency has no price: what for, in price_missing_what */
  bh_str price_missing_what;
  bh_str price_origin;         /* "override", "pricelist", "template", "product", … */
  bh_discount *discounts; size_t discount_count;
  bh_uplift uplift;
  bool hide_zero;              /* show = "hidden" */
  const bh_family *family;     /* who shared the assets when this was agreed; NULL: nobody. Part of the book */
  bh_str book;
  bh_sha book_hash;
} bh_line_terms;

typedef struct bh_contract_terms {
  bh_str id, client, currency;
  int32_t decimals;            /* of the currency */
  bh_rounding rounding;
  bh_day starts, ends;         /* inclusive; ends already closed by the client's; MAX where open */
  bh_day billed_through;
  bh_line_terms *lines; size_t line_count;
  bh_discount *discounts; size_t discount_count;
  bh_discount *client_discounts; size_t client_discount_count;
  bool has_minimum; bh_dated minimum;  /* money */
  bh_of minimum_of;            /* the lines that count towards it */
  bh_bill bill;                /* the contract's own schedule (its minimum follows it) */
  bh_adjust_kind adjust; int32_t adjust_every; bh_unit adjust_unit;
  bh_str rule_name;            /* empty where it has none */
  bh_str rule_bundle;          /* source bundle (rules/bundle.h), canonical JSON */
  bh_sha rule_hash;
  bh_str section;
  bh_str po, site, note;
  const bh_po *po_order;
  bh_str terms;                /* of payment, looked up */
  bool approval_auto;
  bh_dec guard_change_percent, guard_amount; bool guard_amount_set, guard_off;
  bh_str text;                 /* canonical JSON of the contract as written */
  bh_str file; int32_t line;   /* where it stands */
  bh_sha hash;                 /* of everything that may change what is owed for charged periods: text, its client's
                                  terms, invoicing; not the price book */
} bh_contract_terms;

typedef struct bh_tax_rate { bh_day from; bh_dec percent; } bh_tax_rate;
typedef struct bh_tax {
  bh_str id, name, category;   /* category: UBL's, "S" by default */
  bh_tax_rate *rates; size_t rate_count;  /* by day; the first at BH_DAY_MIN */
  bh_str *applies; size_t applies_count;  /* product categories; none: to lines of every category, and of none */
  bh_str *on; size_t on_count;            /* compound: the taxes whose amounts join the base */
  bool inclusive, by_service;
  const struct bh_node *ids;              /* what connectors, sinks and gateways call it; NULL: nothing */
} bh_tax;

typedef struct bh_client_id { bh_str connector, ref; bool of_parent; } bh_client_id; /* of_parent: a child reads its parent's facts there */
typedef struct bh_client_terms {
  bh_str id, name, currency;
  bh_day ends;
  bh_client_id *ids; size_t id_count;
  bool facts_given;                        /* a test says what was there: its first id answers every selector, and what it does not name is zero and fresh */
  bh_str parent, bill_to;                  /* empty where none */
  const bh_family *family;                 /* NULL: shares nothing */
  bh_str *taxes; size_t tax_count;        /* ids of bh_tax, in the order written */
  bool tax_exempt; bh_str exempt_reason;
  bool reverse_charge;
  bool tax_own;                            /* says something of its own taxes: `tax`, `tax_exempt` or `reverse_charge` */
  bh_except *except; size_t except_count;
  bh_str terms;                            /* payment terms, as written or inherited */
  bh_str po;
  const bh_po **orders; size_t order_count; /* purchase orders with bounds, of the client, its contracts and their lines: each number once */
  bh_str *split; size_t split_count;       /* "po", "site" */
  bh_contact *contacts; size_t contact_count;
  bool approval_auto;
  bool group_by_contract;
  bool negative_carry;
  int32_t stale_days;
  bh_dec guard_change_percent; bh_dec guard_amount; bool guard_amount_set, guard_off;
  bool has_max_total; bh_dec max_total;
  bh_str card;                             /* canonical JSON object that stands as "client" on documents */
  bh_str text;                             /* canonical JSON as written */
  bh_contract_terms *contracts; size_t contract_count;  /* by id */
  bh_str file; int32_t line;
} bh_client_terms;

#endif
