/* What the connectors to PSA platforms share: their options, clients once each, devices, contacts, time entries, charges, contracts with lines.
 * Over the kit; compiled into each of them. One pull runs from top to bottom in one thread. */
#ifndef BH_CONNECTOR_PSA_H
#define BH_CONNECTOR_PSA_H
#include <billhook/kit.h>
#include <stdbool.h>

/* ---- options that all of them have, for their option arrays; the manifests repeat them ---- */

extern const char *const psa_quantity_choices[];
#define PSA_OPTIONS_ASSETS \
  {.key = "include_inactive", .type = BH_OPT_BOOL, .fallback = "false", .help = "Bring clients, devices and contacts that are inactive or archived, too."}, \
  {.key = "with_users", .type = BH_OPT_BOOL, .fallback = "true", .help = "Bring contacts as users."}, \
  BHK_CLASSES, \
  {.key = "class", .type = BH_OPT_TEXT, .fallback = "other", .help = "The class of devices whose word tells none."}
#define PSA_OPTIONS_TIME \
  {.key = "with_time", .type = BH_OPT_BOOL, .fallback = "true", .help = "Bring time entries as usage (time.hours)."}, \
  {.key = "lookback_days", .type = BH_OPT_INTEGER, .fallback = "90", .help = "How many days of time entries and charges each pull reads again."}, \
  {.key = "non_billable", .type = BH_OPT_BOOL, .fallback = "false", .help = "Count time that is not billable, too."}
#define PSA_OPTIONS_CONTRACTS \
  {.key = "with_contracts", .type = BH_OPT_BOOL, .fallback = "true", .help = "Bring contracts with their lines, and products."}, \
  {.key = "billed_through", .type = BH_OPT_DATE, .help = "The last day that the platform has billed itself: contracts start after it, older charges stay there."}, \
  {.key = "quantities", .type = BH_OPT_CHOICE, .choices = psa_quantity_choices, .fallback = "platform", \
   .help = "Quantities of contract lines: the platform's, or counted as the product says."}

typedef struct psa {
  bhk_api api;
  const bh_emit *emit;
  bool include_inactive, with_users, with_time, non_billable, with_contracts, count;
  int64_t lookback_days;
  bh_date today, since;    /* of the pull; since: of time entries and charges. Set by psa_begin() */
  bh_date billed_through;  /* year 0: not set */
  bh_str other;            /* the class of what tells none */
  bhk_map clients;         /* id -> name, of those that count */
  bhk_map closed;          /* id -> name, of those that the platform has closed */
  bhk_map late;            /* of the closed ones, those that were emitted with what had been done for them */
  bhk_map products;        /* ids that were emitted */
} psa;

/* Reads the options above that `options` says the plugin has, and opens the API at the text option "url". Dispose of it in any case. */
enum { PSA_ASSETS = 1u << 0, PSA_TIME = 1u << 1, PSA_CONTRACTS = 1u << 2 };
bh_status psa_open(psa *p, const bh_host *h, unsigned options);
void psa_dispose(psa *p);
/* A call begins: what the last one left is forgotten. `what` may be NULL. */
void psa_begin(psa *p, const bh_emit *emit, const bh_pull *what);

bh_status psa_no_memory(psa *p);

/* Reads a list whose first field is the id: pages of a list that moves repeat rows, and each reaches `row` once. `repeated` (may be NULL) is called
 * for a row that was there before, after the rows of further queries inside it. *rows (may be NULL): how many different ones there were. */
bh_status psa_read(psa *p, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user),
                   uint64_t *rows);
/* The same for lists that the connector asks for page by page: `seen` keeps the ids from one to the next. *rows: how many this page had. */
bh_status psa_read_page(psa *p, const bhk_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user),
                        bhk_map *seen, uint64_t *rows);
bh_status psa_scope(psa *p, const char *kind, int32_t how); /* of all clients: 0 begins, BH_SCOPE_… ends it */

/* Rows that stand inside another and come before it: copies of their fields, until the other has come. */
typedef struct psa_rows {
  bh_str *v;               /* width fields a row */
  size_t n, cap, width;
} psa_rows;
bh_status psa_rows_add(psa *p, psa_rows *rows, const bh_json_record *r);
void psa_rows_clear(psa_rows *rows);
void psa_rows_dispose(psa_rows *rows);
/* Ids, each once, in the order in which they came: what is asked for by id is asked for in that order. */
typedef struct psa_ids {
  bhk_map set;
  bh_str *v;               /* owned by `set` */
  size_t n, cap;
} psa_ids;
bh_status psa_ids_add(psa *p, psa_ids *ids, bh_str id);
void psa_ids_dispose(psa_ids *ids);
/* Platforms write true as true, "true", "True", 1 and "1". */
bool psa_true(bh_str text);

/* ---- dates ---- */

/* The civil date that the text begins with ("2026-11-01T00:00:00Z" is a day, not an instant, in many fields of these platforms). Empty: year 0. */
bh_status psa_day(psa *p, bh_str text, bh_date *out);
bh_date psa_day_add(bh_date d, int64_t days);
int psa_day_cmp(bh_date a, bh_date b);
/* "2026-11-01" */
void psa_put_day(bhk_buf *b, bh_date d);

/* ---- numbers ---- */

/* `units` of which `per` make one hour (minutes: 60, seconds: 3600), as hours, cut at the ninth place: sums never come out above what they are. */
bh_status psa_hours(psa *p, bh_str units, int64_t per, bh_dec *out);
void psa_put_dec(bhk_buf *b, bh_dec d);

/* ---- facts ---- */

/* A client, once. It counts, and is emitted, unless the platform has closed it (and include_inactive is off): of a closed one nothing that it has counts,
 * but the time and the charges from before that are owed. They bring the client along, as long as there are any within the time that is read.
 * A client that is not the MSP's (a prospect, what an option leaves out) is not handed over at all. `website` may be a URL, an e-mail domain, or empty. */
bh_status psa_client(psa *p, bh_str id, bh_str name, bh_str website, bool closed);
bool psa_has_client(const psa *p, bh_str id);  /* it counts */
bool psa_owes_client(const psa *p, bh_str id); /* it counts, or has been closed: what was done for it is owed */
/* A device or a user ("device", "user") of a client that counts; others are passed over. */
bh_status psa_asset(psa *p, const char *kind, bh_str klass, bh_str client, bh_str id, bh_str name, const bhk_attrs *attrs);
/* The class of the platform's word: the option `classes`, else words such as "server" in it, else the option `class`. */
bh_str psa_class(psa *p, bh_str word);
bh_status psa_product(psa *p, bh_str id, bh_str name, bh_str price, bh_str cost);

typedef struct psa_time {
  bh_str id, client, description;
  bh_date date;
  bh_dec hours;
  bool billable;
  bh_str work_type, role, agent, ticket, contract;
} psa_time;
/* Usage of "time.hours", of closed clients as well. What is not billable has a quantity of 0, unless the option asks for it: an entry that was billable when it was read
 * last no longer counts. */
bh_status psa_time_emit(psa *p, const psa_time *t);

typedef struct psa_charge {
  bh_str id, client, product, description, po, contract;
  bh_date date;
  bh_str quantity, unit_price, cost;
  const char *what;        /* "product 12", for errors */
  bool done;               /* it was sold, and is owed by a closed client, too; else it waits for an invoice that a closed one does not get any more */
} psa_charge;
/* One on or before billed_through is the platform's own affair and passed over. */
bh_status psa_charge_emit(psa *p, const psa_charge *c);

/* ---- contracts: heads from one list, lines from others, emitted together at the end ---- */

typedef struct psa_contract {
  bh_str id, client, name; /* one allocation, at id.ptr */
  bh_date starts, ends;    /* ends: year 0: open */
  bhk_buf head, lines;
  size_t line_count;
} psa_contract;
typedef struct psa_contracts {
  psa_contract *v;
  size_t n, cap;
  bhk_map index;           /* id -> number in v */
  const char *word;        /* what the platform calls one: "agreement" */
} psa_contracts;

/* A contract; *out is NULL where it is no business of ours: its client does not count, the id was there before, or it ended on or before
 * billed_through. One of a closed client is, where it has ended within the last lookback_days: its last time and charges are billed by it. A closed
 * client's contract that goes on is not: nobody shall be billed for months to come. `starts` is required. A pointer is good until the next is added. */
bh_status psa_contract_add(psa *p, psa_contracts *all, psa_contract **out, bh_str id, bh_str client, bh_str name, bh_date starts, bh_date ends);
psa_contract *psa_contract_get(psa_contracts *all, bh_str id);
/* A member of the contract; empty: left out. */
void psa_contract_text(psa_contract *c, const char *key, bh_str value);
/* {"every": 3, "unit": "month"}, and anniversary where the periods count from the contract's first day. */
void psa_contract_bill(psa_contract *c, int every, const char *unit, bool anniversary);
/* The same, with periods that begin where `first`, one of their first days, says: on a day of the month, or on "MM-DD". */
void psa_contract_bill_on(psa_contract *c, int every, const char *unit, bh_date first);
/* The records that the option PSA_CYCLES takes, before the guess: false where neither knows. `h` may have no such option. */
extern const bh_option psa_cycle_records[];
#define PSA_CYCLES(words) {.key = "cycles", .type = BH_OPT_RECORDS, .records = psa_cycle_records, .help = words}
bool psa_cycle_option(psa *p, bh_str word, int *every, const char **unit);
/* "monthly", "Quarterly", "Semi-Annual" …; false: not known. */
bool psa_cycle(bh_str word, int *every, const char **unit);
bh_status psa_contract_wrong(psa *p, const psa_contracts *all, bh_str id, bh_str name, const char *fmt, ...) BH_PRINTF(5, 6);

typedef struct psa_line {
  const char *what;        /* "addition": with the id, for errors */
  bh_str id, product, name;
  bh_str quantity, price, included, cost; /* numbers as sent; empty: not said */
  bh_date from, ends, once;
} psa_line;
/* A line; one that is never in force within its contract is left out. A quantity or price below zero or that is none is an error. */
bh_status psa_line_add(psa *p, const psa_contracts *all, psa_contract *c, const psa_line *l);
/* All that have a line. */
bh_status psa_contracts_emit(psa *p, psa_contracts *all);
void psa_contracts_dispose(psa_contracts *all);
#endif
