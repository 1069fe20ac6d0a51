/* The store: one interface, engines behind it (SQLite here). SQL stands in this folder and nowhere else. Rows go in and out
 * in plain structs, without an engine's types. One writer at a time (store_lock); readers never block. One thread a handle.
 * Days are bh_day, amounts minor units, strings UTF-8. Names that repeat (clients, contracts, accounts, contents) are
 * interned as small integers that are given once and never reused. */
#ifndef BH_STORE_H
#define BH_STORE_H
#include "base/base.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/hash.h"

typedef struct bh_store bh_store;
enum { BH_STORE_APPLICATION_ID = 0x42484b31, BH_STORE_SCHEMA = 3 };

typedef enum bh_store_mode { BH_STORE_READ, BH_STORE_WRITE } bh_store_mode;
/* Before the process's first store: it has one thread, and nobody else uses the engine's library in it. Later calls do nothing. */
void bh_store_alone(void);
/* Opens (WRITE: creates with mode 0600, migrates forward after a backup) the store. A newer schema, another application's file, a
 * file that is not a store: BH_E_STORE saying so. READ of a store that does not exist: BH_E_NOTFOUND. */
bh_status bh_store_open(bh_store **out, const char *path, bh_store_mode mode, bh_error *err);
void bh_store_close(bh_store *s);
bh_str bh_store_path(const bh_store *s); /* as long as the handle */
/* The writers' lock beside the store (flock on PATH-lock): waits up to wait_s seconds, then BH_E_LOCKED naming the holder's pid; BH_E_INTERRUPTED
 * where *stop (may be NULL) becomes nonzero meanwhile. Released by close and by death. */
bh_status bh_store_lock(bh_store *s, int wait_s, const volatile int *stop, bh_error *err);
bh_status bh_store_begin(bh_store *s, bh_error *err);   /* write transaction */
bh_status bh_store_begin_read(bh_store *s, bh_error *err); /* one snapshot for many reads */
bh_status bh_store_commit(bh_store *s, bh_error *err);
void bh_store_rollback(bh_store *s);

/* ---- clients and contracts: what is settled (ARCHITECTURE: the settled digest) ---- */
typedef struct bh_client_row {
  int32_t num;
  bh_sha raw_hash;          /* as bh_client_raw gave it when all of its contracts were settled; zero where not */
  bh_day next_due;          /* earliest next issue date of its contracts; BH_DAY_MIN where unknown */
  int64_t settled_pull;     /* the pull up to which late facts have been looked at */
  bh_day charged_to;        /* the last day that any charged period of it covers; BH_DAY_MIN where none */
  int32_t doc_ord;          /* ordinal of its last document */
  bool open_draft;          /* it has a draft now */
  bool exists;
} bh_client_row;
/* exists false (and num 0) where the id is new. */
bh_status bh_store_client_get(bh_store *s, bh_client_row *out, bh_str id, bh_error *err);
/* Makes it where it does not exist yet: with the number that it has, else with the next. */
bh_status bh_store_client_put(bh_store *s, bh_client_row *io, bh_str id, bh_error *err);
/* The number of a client that is made later in this transaction. */
bh_status bh_store_client_number(bh_store *s, int32_t *out, bh_error *err);
bh_status bh_store_client_id(bh_store *s, bh_str *out, bh_arena *a, int32_t num, bh_error *err);
/* Clients that the store knows, in the order of their ids: to find those that are gone from the files. */
typedef bh_status (*bh_client_fn)(void *ctx, bh_str id, const bh_client_row *row, bh_error *err);
bh_status bh_store_clients_each(bh_store *s, bh_client_fn fn, void *ctx, bh_error *err);

typedef struct bh_contract_row {
  int32_t num, client;
  bh_str id;
  bh_sha hash;              /* bh_contract_terms.hash when settled; zero where not */
  bh_day next_due;
  bh_str currency;          /* of its charged documents; empty where none */
  bh_str terms;             /* the contract's text when last charged (to say what changed); empty where none */
} bh_contract_row;
bh_status bh_store_contracts_of(bh_store *s, bh_contract_row **out, size_t *n, bh_arena *a, int32_t client, bh_error *err);
/* The contract of that id whatever its client; num 0 where unknown. */
bh_status bh_store_contract_find(bh_store *s, bh_contract_row *out, bh_arena *a, bh_str id, bh_error *err);
bh_status bh_store_contract_put(bh_store *s, bh_contract_row *io, bh_error *err); /* makes it where num is 0 */
/* The day on which a contract's differences were last looked at (BH_DAY_MIN: never); only contracts whose adjustments have a rhythm have one. */
bh_status bh_store_looked(bh_store *s, bh_day *out, int32_t contract, bh_error *err);
bh_status bh_store_looked_put(bh_store *s, int32_t contract, bh_day day, bh_error *err);
bh_status bh_store_contracts_any(bh_store *s, bool *out, bh_error *err); /* whether there is any at all */

/* What approval settles, in one write each: a contract of a client by its number; a client by its number (charged_to only grows; open_draft is
 * looked up; raw_hash is kept only where no draft is open). */
bh_status bh_store_contract_settle(bh_store *s, int32_t client, int32_t num, const bh_sha *hash, bh_day next_due, bh_str currency, bh_error *err);
bh_status bh_store_client_settle(bh_store *s, int32_t num, const bh_sha *raw_hash, bh_day next_due, int64_t settled_pull, bh_day charged_to, bh_error *err);

/* Who pays for whom: the clients whose lines have stood on documents of a payer, today or before. */
bh_status bh_store_payer_add(bh_store *s, int32_t payer, int32_t client, bh_error *err); /* once or again */
bh_status bh_store_payer_clients(bh_store *s, int32_t **out, size_t *n, bh_arena *a, int32_t payer, bh_error *err);
typedef struct bh_payer_row { bh_str client, payer; } bh_payer_row; /* ids */
bh_status bh_store_payers(bh_store *s, bh_payer_row **out, size_t *n, bh_arena *a, bh_error *err);

/* Contents by hash: books, rule bundles, texts. Returns the same number for the same text. */
bh_status bh_store_content_put(bh_store *s, int32_t *out_num, const bh_sha *hash, bh_str kind, bh_str text, bh_error *err);
bh_status bh_store_content_get(bh_store *s, bh_str *out, bh_arena *a, int32_t num, bh_error *err);

/* ---- batches ---- */
typedef struct bh_batch_row { int32_t num; bh_day day; int32_t ordinal; bh_str stats; /* run's JSON */ } bh_batch_row;
bh_status bh_store_batch_new(bh_store *s, bh_batch_row *io, bh_error *err);            /* next ordinal of io->day */
bh_status bh_store_batch_update(bh_store *s, const bh_batch_row *row, bh_error *err);  /* stats */
bh_status bh_store_batch_find(bh_store *s, bh_batch_row *out, bh_arena *a, bh_day day, int32_t ordinal, bh_error *err); /* num 0: none */
bh_status bh_store_batch_get(bh_store *s, bh_batch_row *out, bh_arena *a, int32_t num, bh_error *err);
bh_status bh_store_batch_last(bh_store *s, bh_batch_row *out, bh_arena *a, bh_error *err); /* num 0: none */

/* ---- documents ---- */
typedef enum bh_doc_type { BH_DOC_INVOICE, BH_DOC_CREDIT_NOTE } bh_doc_type;
typedef enum bh_doc_state { BH_DOC_DRAFT, BH_DOC_APPROVED, BH_DOC_SENT, BH_DOC_PARTLY_PAID, BH_DOC_PAID, BH_DOC_VOID } bh_doc_state;
/* by_hand: a credit note that a person drafted (bh_credit): a run never remakes it. */
typedef struct bh_doc_row {
  int64_t doc;              /* 1, 2, …: in the order of making */
  int32_t client, ord;      /* shown id: CLIENT-ORD */
  bh_doc_type type; bh_doc_state state;
  bool by_hand;
  bh_str split;             /* the draft's identity beside client and currency: split keys, contract; empty by default */
  bh_str currency; int32_t decimals;
  int32_t batch;
  bh_day issue, due, rated_on;
  int64_t pull;             /* the facts it was rated with */
  int64_t subtotal, total, paid; /* paid: whatever has been settled of the total, in money or otherwise; total − paid is the balance */
  bh_str number;            /* empty until approved */
  int64_t chain;            /* its place in the chain; 0 until approved */
  bh_str hold;              /* JSON array of {"reason","message"}; empty where not held */
  bh_str settle;            /* packed: what approval settles (batch/settle.h) */
} bh_doc_row;
/* The document's JSON, its evidence and what to post, apart from the row that changes with its state. */
typedef struct bh_doc_body { bh_str json;    /* canonical JSON to be frozen, "number":null until approved */
  bh_str evidence;          /* canonical JSON */
  bh_str postings;          /* packed (batch/posting.h) */
} bh_doc_body;
/* A line as the difference needs it: who is charged what for which key. */
typedef struct bh_doc_line {
  int32_t contract;         /* 0: none (credit by hand) */
  bh_str key;               /* line or discount key */
  bh_day whole_from, whole_until; /* the scheduled period of the key */
  bh_day from, until;       /* days in force, as shown */
  uint8_t kind;             /* bh_line_kind */
  bool counts;              /* counts as charged: everything but goodwill, late fees … */
  bh_str line_id;           /* as on the document */
  bh_str product;
  int32_t book;             /* content number of the line's book; 0: none */
  int32_t rule;             /* content number of the rule bundle; 0: none */
  bh_ratio quantity;        /* of a counted line what was counted, before minimum and included; else as shown */
  int64_t amount;           /* minor, signed */
  bh_day issue;             /* the billing's scheduled issue date */
  bh_str taxes;             /* packed: the taxes and rates it was charged with, for corrections */
  int64_t pull;             /* the facts its key is judged by */
  bh_day as_of;             /* the run's date its key was rated on */
  bh_str po;                /* the purchase order it is invoiced against; empty: none */
  bh_str carries;           /* packed (batch/carry.h): what models carry on from periods of this contract; on its first line here, mostly empty */
  int64_t wish;             /* the re-opening (store_hand.h) that it was rated for: its book, rule and facts are the key's from here on; 0: none */
  uint8_t takes_back;       /* of a BH_LINE_REOPEN: 1 + the kind of the line that it takes back; 0: not known */
} bh_doc_line;
typedef enum bh_line_kind { BH_LINE_CHARGE, BH_LINE_ADJUSTMENT, BH_LINE_MINIMUM, BH_LINE_ONCE, BH_LINE_RULE, BH_LINE_LATE_FEE, BH_LINE_GOODWILL, BH_LINE_DISCOUNT,
  BH_LINE_REOPEN /* a credit with --rebill: takes a charged key back and opens it again */ } bh_line_kind;

/* Writes a document with its lines (and the contract → document index). doc 0: a new one gets its number. An existing draft is replaced. */
bh_status bh_store_doc_put(bh_store *s, bh_doc_row *io, const bh_doc_body *body, const bh_doc_line *lines, size_t n, bh_error *err);
bh_status bh_store_doc_delete(bh_store *s, int64_t doc, bh_error *err);       /* a draft on which nothing is owed any more */
bh_status bh_store_doc_update(bh_store *s, const bh_doc_row *row, bh_error *err); /* the row only */
bh_status bh_store_doc_body_update(bh_store *s, int64_t doc, const bh_doc_body *body, bh_error *err);
bh_status bh_store_doc_get(bh_store *s, bh_doc_row *out, bh_arena *a, int64_t doc, bh_error *err); /* BH_E_NOTFOUND */
bh_status bh_store_doc_body(bh_store *s, bh_doc_body *out, bh_arena *a, int64_t doc, bh_error *err);
bh_status bh_store_doc_lines(bh_store *s, bh_doc_line **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err);
bh_status bh_store_doc_by_ord(bh_store *s, bh_doc_row *out, bh_arena *a, int32_t client, int32_t ord, bh_error *err);
bh_status bh_store_doc_by_number(bh_store *s, bh_doc_row *out, bh_arena *a, bh_str number, bh_error *err);
/* Drafts of a client, by_hand ones included. */
bh_status bh_store_drafts_of(bh_store *s, bh_doc_row **out, size_t *n, bh_arena *a, int32_t client, bh_error *err);
/* Every line on documents of a contract that is approved and not void, `counts` or not, in the order of documents, with its
 * document's number and state. `charged` rows only where counts_only. */
typedef struct bh_charged_line { int64_t doc; int32_t n; int32_t client; /* whose document it is */ bh_doc_line line; } bh_charged_line;
bh_status bh_store_charged(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err);
/* The same, without documents on which all of the contract's whole periods end on or before `since`. */
bh_status bh_store_charged_since(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_day since, bh_error *err);
/* The same rows, but only of the contract's last such document: what the last invoice had. */
bh_status bh_store_charged_last(bh_store *s, bh_charged_line **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err);
/* What stands against a purchase order on the client's approved, not void documents of that currency, credits too: net of discounts, before tax. */
bh_status bh_store_po_used(bh_store *s, int64_t *out, int32_t client, bh_str currency, bh_str po, bh_error *err);
/* The client's last approved, not void invoice of that currency before `doc` (0: any), doc 0 in *out where none. */
bh_status bh_store_doc_before(bh_store *s, bh_doc_row *out, bh_arena *a, int32_t client, bh_str currency, int64_t doc, bh_error *err);

typedef struct bh_doc_filter {
  int32_t batch;            /* 0: any */
  int32_t client;           /* 0: any */
  int32_t state;            /* bh_doc_state, -1: any */
  bh_day from, to;          /* issue date, inclusive; MIN/MAX */
  bool by_client;           /* order by client id, currency, split; else by doc */
} bh_doc_filter;
/* Streams rows (and bodies where with_body) in one read; the arena is reset before each call of fn. */
typedef bh_status (*bh_doc_fn)(void *ctx, const bh_doc_row *row, bh_str client_id, const bh_doc_body *body, bh_error *err);
bh_status bh_store_docs_each(bh_store *s, const bh_doc_filter *f, bool with_body, bh_doc_fn fn, void *ctx, bh_error *err);

/* The documents' numbers alone. */
bh_status bh_store_doc_nums_each(bh_store *s, const bh_doc_filter *f, bh_status (*fn)(void *ctx, int64_t doc, bh_error *err), void *ctx, bh_error *err);
/* Documents first … last in one read, each with its client's id and (with_text) its body without the evidence. Not always all: at most 256
 * documents, and no more after the first MiB of text; *n 0 where there is none. */
typedef struct bh_doc_whole { bh_doc_row row; bh_str client; bh_doc_body body; } bh_doc_whole;
bh_status bh_store_doc_span(bh_store *s, bh_doc_whole **out, size_t *n, bh_arena *a, int64_t first, int64_t last, bool with_text, bh_error *err);

/* ---- approval ---- */
/* The next number of a series ("INV-{year}…" resolved to its year): gapless, given inside the transaction. */
bh_status bh_store_series_next(bh_store *s, int64_t *out, bh_str series, bh_error *err);
bh_status bh_store_series_each(bh_store *s, bh_status (*fn)(void *ctx, bh_str series, int64_t last, bh_error *err), void *ctx, bh_error *err);
/* The chain's last hash (zeros where empty) and its place; links are appended in the order of their places. */
bh_status bh_store_chain_last(bh_store *s, int64_t *place, bh_sha *hash, bh_error *err);
typedef struct bh_chain_link { int64_t place, doc; bh_sha hash; } bh_chain_link;
bh_status bh_store_chain_append(bh_store *s, const bh_chain_link *links, size_t n, bh_error *err);
bh_status bh_store_chain_each(bh_store *s, bh_status (*fn)(void *ctx, int64_t place, int64_t doc, const bh_sha *hash, bh_error *err), void *ctx, bh_error *err);
/* Frozen documents in the order of the chain, streamed: the text as it was drafted, and the number that goes into it. */
typedef bh_status (*bh_frozen_fn)(void *ctx, int64_t doc, bh_str number, bh_str json, bh_error *err);
bh_status bh_store_frozen_each(bh_store *s, bh_frozen_fn fn, void *ctx, bh_error *err);
/* Approval's narrow write: state, number, chain and issue/due of a draft, without touching the rest of the row. */
bh_status bh_store_doc_approve(bh_store *s, int64_t doc, bh_str number, int64_t chain, bh_error *err);

/* ---- the journal: double entry, balanced in every document and event ---- */
typedef struct bh_posting {
  int64_t doc;              /* negative: the money event −doc (store_money.h) */
  int32_t n, entry;         /* entry 0: approval, or the event; 1: void */
  bh_day day;
  bh_str account;           /* interned: "receivable", "revenue:PRODUCT", "deferred:PRODUCT", "tax:TAX", "goodwill", "late-fees",
                             * "cash:METHOD", "customer-credit", "write-off" */
  bh_str currency;
  int64_t amount;           /* minor; debit positive */
  bh_span span;             /* deferred: the days it is earned over; else empty */
} bh_posting;
bh_status bh_store_post(bh_store *s, const bh_posting *p, size_t n, bh_error *err);
bh_status bh_store_postings_of(bh_store *s, int64_t doc, bh_status (*fn)(void *ctx, const bh_posting *p, bh_error *err), void *ctx, bh_error *err);
bh_status bh_store_postings_each(bh_store *s, bh_status (*fn)(void *ctx, const bh_posting *p, bh_error *err), void *ctx, bh_error *err);

/* ---- who did what: approvals, forced holds, credits, voids; never part of the frozen document ---- */
typedef struct bh_event { int64_t at_s; bh_str who, what, reason; int64_t doc; int32_t client; } bh_event;
bh_status bh_store_event_add(bh_store *s, const bh_event *e, bh_error *err);
bh_status bh_store_events_of(bh_store *s, bh_event **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err);

/* A copy of the whole store as a new file (mode 0600), while it is in use; synced and complete, or not there. */
bh_status bh_store_backup(bh_store *s, const char *path, bh_error *err);
/* A store that is gone when it is closed, empty, or (facts_of: the path of a store) with the facts of another and none of its documents.
 * The other one is only read. */
bh_status bh_store_scratch(bh_store **out, const char *facts_of, bh_error *err);
/* Engine's own consistency check, for verify. */
bh_status bh_store_integrity(bh_store *s, bh_buf *problems, bh_error *err);

#include "store/store_facts.h"
#include "store/store_platform.h"
#include "store/store_money.h"
#include "store/store_hand.h"
#include "store/store_money.h"
#endif
