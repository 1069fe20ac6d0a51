/* The embedding API: all that the command does, for a platform that loads billing into its own process.
 *
 * One handle is one workspace; a handle is used from one thread at a time; handles share nothing, so a platform can hold
 * many. Every function returns an exit status (BILLHOOK_*), the same that the command ends with, and writes the JSON that the command prints
 * with --json through `out` (one document, or one a line for lists). After a status of 2 and more billhook_error() says why. Strings are UTF-8. */
#ifndef BILLHOOK_H
#define BILLHOOK_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define BILLHOOK_API __attribute__((visibility("default")))

enum {
  BILLHOOK_DONE = 0,         /* nothing needs a person */
  BILLHOOK_SOME = 1,         /* done; something is held or failed for single clients */
  BILLHOOK_USAGE = 2,
  BILLHOOK_WORKSPACE = 3,    /* the workspace is wrong; nothing was done */
  BILLHOOK_LOCKED = 4,
  BILLHOOK_CONNECTOR = 5,    /* a connector, or a sink that map asks, failed as a whole; the rest was done */
  BILLHOOK_STORE = 6,
  BILLHOOK_BUG = 70,
  BILLHOOK_INTERRUPTED = 130
};

typedef struct billhook billhook;
typedef struct billhook_out { void (*write)(void *ctx, const char *bytes, size_t n); void *ctx; } billhook_out;
typedef struct billhook_options {
  uint32_t struct_size;
  const char *workspace;     /* folder; NULL: BILLHOOK_WORKSPACE, else the nearest upward from the working directory */
  const char *plugin_dir;    /* NULL: the installed ones */
  const char *date;          /* "YYYY-MM-DD": today for this handle; NULL: the clock in the company's timezone */
  const char *who;           /* who acts, for the record; NULL: the user's login name */
  int wait_s;                /* for the writers' lock */
  const volatile int *stop;  /* may be NULL: where it becomes nonzero, work ends at the next whole client */
  /* progress of long work: what, done, of (0 where not known). May be NULL. */
  void (*progress)(void *ctx, const char *what, int64_t done, int64_t of);
  /* level 0 error, 1 warning, 2 info, 3 debug. May be NULL. */
  void (*log)(void *ctx, int level, const char *message);
  void *ctx;
  int alone;                 /* nonzero: this process has one thread and nothing else in it uses SQLite, which then needs no locks. Set it at the first
                              * handle or never */
} billhook_options;

BILLHOOK_API const char *billhook_version(void);
BILLHOOK_API int billhook_open(billhook **out, const billhook_options *options);
BILLHOOK_API void billhook_close(billhook *b);
BILLHOOK_API const char *billhook_error(const billhook *b); /* the last failure's words; never NULL. b may be NULL after a failed open */

/* Writes a new workspace into dir (example: a small MSP that bills at once). Needs no handle. err: up to err_size bytes. */
BILLHOOK_API int billhook_init(const char *dir, int example, char *err, size_t err_size);

BILLHOOK_API int billhook_check(billhook *b, const billhook_out *out);

typedef struct billhook_pull_options {
  uint32_t struct_size;
  const char *const *connectors; size_t connector_count; /* none: all */
  int whole;                                       /* everything is asked for again, wherever the last pull stood */
} billhook_pull_options;
BILLHOOK_API int billhook_pull(billhook *b, const billhook_pull_options *o, const billhook_out *out);
/* Clients that a connector names and no client claims, the reverse, and products, taxes and contracts that nothing is mapped to; with the likeliest
 * matches. write: those of clients that are unique and exact go into clients/ids.jsonl. Sinks are asked at once, in workers.
 * BILLHOOK_SOME where something is left open, BILLHOOK_CONNECTOR where a sink could not be asked. */
typedef struct billhook_map_options {
  uint32_t struct_size;
  const char *const *connectors; size_t connector_count; /* and sinks; none: all */
  int suggest, write;
} billhook_map_options;
BILLHOOK_API int billhook_map(billhook *b, const billhook_map_options *o, const billhook_out *out);

typedef struct billhook_run_options {
  uint32_t struct_size;
  const char *const *clients; size_t client_count; /* none: all */
  int dry_run, no_pull, jobs;                      /* jobs 0: one a core */
  int no_digest;                                   /* rate everything again: for tests of the settled digest */
} billhook_run_options;
BILLHOOK_API int billhook_run(billhook *b, const billhook_run_options *o, const billhook_out *out);

BILLHOOK_API int billhook_review(billhook *b, const char *batch, const billhook_out *out); /* batch NULL: the last */

typedef struct billhook_approve_options {
  uint32_t struct_size;
  const char *const *what; size_t what_count;      /* a batch, or invoices */
  const char *const *except; size_t except_count;
  const char *force_reason, *hash, *date;
} billhook_approve_options;
BILLHOOK_API int billhook_approve(billhook *b, const billhook_approve_options *o, const billhook_out *out);

BILLHOOK_API int billhook_invoices(billhook *b, const char *state, const char *client, const char *from, const char *to, const billhook_out *out);
BILLHOOK_API int billhook_show(billhook *b, const char *invoice, const billhook_out *out);
/* What people did to a document, {"events":[{"at","who","what","reason"}]}: it is no part of the document. */
BILLHOOK_API int billhook_history(billhook *b, const char *invoice, const billhook_out *out);
BILLHOOK_API int billhook_explain(billhook *b, const char *invoice, const char *line, const billhook_out *out);
/* format: json csv html hledger (the whole journal: no ids). canonical: the frozen bytes, of approved documents alone; evidence: the evidence documents. ids none: all documents of every state.
 * html with a folder: one file an invoice is written there and the names are listed on out. */
typedef struct billhook_export_options {
  uint32_t struct_size;
  const char *format; const char *const *invoices; size_t invoice_count;
  const char *folder; int canonical, evidence;
} billhook_export_options;
BILLHOOK_API int billhook_export(billhook *b, const billhook_export_options *o, const billhook_out *out);

typedef struct billhook_credit_options {
  uint32_t struct_size;
  const char *invoice, *line;
  const char *amount, *percent; int full, rebill;
  const char *reason;
} billhook_credit_options;
BILLHOOK_API int billhook_credit(billhook *b, const billhook_credit_options *o, const billhook_out *out);
/* Charged periods to be re-rated with today's price book, rules and facts; the next run drafts the difference. Either an invoice (and one line of it, by
 * id, number or product), or a product with the days (YYYY-MM-DD, both included) that its periods touch, of one client or of all. */
typedef struct billhook_reopen_options {
  uint32_t struct_size;
  const char *invoice, *line;
  const char *product, *from, *to, *client;
  const char *reason;
} billhook_reopen_options;
BILLHOOK_API int billhook_reopen(billhook *b, const billhook_reopen_options *o, const billhook_out *out);
/* Adds a one-off charge to clients/charges.jsonl, dated today; the next run drafts it. Either a product of the price book or a text; numbers are strings of
 * decimals. price NULL: the product's list price, or its cost and markup. */
typedef struct billhook_charge_options {
  uint32_t struct_size;
  const char *client, *product, *text, *quantity, *price, *cost, *po;
} billhook_charge_options;
BILLHOOK_API int billhook_charge(billhook *b, const billhook_charge_options *o, const billhook_out *out);

/* Stops approval, delivery, Auto Pay and reminders of a client (what is drafted later as well) or of one invoice; until: the last day on which it is held,
 * NULL until it is released. */
BILLHOOK_API int billhook_hold(billhook *b, const char *client_or_invoice, const char *until, const char *reason, const billhook_out *out);
BILLHOOK_API int billhook_release(billhook *b, const char *client_or_invoice, const char *reason, const billhook_out *out);
BILLHOOK_API int billhook_void(billhook *b, const char *invoice, const char *reason, const billhook_out *out);
/* Bills the past months twice, with the workspace as it is and with files laid over it, and prints the difference. The store is only read.
 * BILLHOOK_SOME where the change holds or fails a client. */
typedef struct billhook_what_if_options {
  uint32_t struct_size;
  const char *const *with; size_t with_count;      /* paths */
  int months;                                      /* 1 to 24; 0: 12 */
  int jobs;                                        /* 0: one a core */
} billhook_what_if_options;
BILLHOOK_API int billhook_what_if(billhook *b, const billhook_what_if_options *o, const billhook_out *out);
/* The workspace's own tests (tests/NAME_test.lua). Nothing is written but golden files, where accept is set. BILLHOOK_SOME where a test failed. */
typedef struct billhook_test_options {
  uint32_t struct_size;
  const char *const *files; size_t file_count;     /* none: all */
  const char *only;                                /* NULL, or what a test's name must contain */
  int accept;                                      /* golden files are written as the values are now */
} billhook_test_options;
BILLHOOK_API int billhook_test(billhook *b, const billhook_test_options *o, const billhook_out *out);

/* A payment entered by hand, or one paid back. target: an invoice, or a client: then its open invoices, the one due first first. What is over becomes
 * customer credit. currency NULL: the invoice's, else the one that the client was billed in, else the client's; date NULL: today; method NULL: "bank". */
typedef struct billhook_payment_options {
  uint32_t struct_size;
  const char *target, *amount, *currency, *date, *method, *reference;
} billhook_payment_options;
BILLHOOK_API int billhook_payment_add(billhook *b, const billhook_payment_options *o, const billhook_out *out);
BILLHOOK_API int billhook_payment_refund(billhook *b, const billhook_payment_options *o, const billhook_out *out);
BILLHOOK_API int billhook_writeoff(billhook *b, const char *invoice, const char *amount, const char *reason, const char *date, const billhook_out *out);
/* Open balances by client and currency, by how long they are due; date NULL: all that is in the ledger, aged today. csv: rows with a header instead of JSON. */
BILLHOOK_API int billhook_report_aging(billhook *b, const char *date, int csv, const billhook_out *out);
/* Revenue by product: invoiced and recognised from … to, deferred at its end. NULL: since the year began, until today. */
BILLHOOK_API int billhook_report_revenue(billhook *b, const char *from, const char *to, int csv, const billhook_out *out);
/* On a day (NULL: today): devices and users that no line bills, lines that bill what is no longer there, platform clients that nobody claims; with what
 * they are worth a month at list price. BILLHOOK_SOME where a line's count is not known. */
BILLHOOK_API int billhook_report_leakage(billhook *b, const char *date, int csv, const billhook_out *out);
/* Of a month (of date, or "YYYY-MM"; both NULL: this one), by client and product: what is counted, billed, and on the vendor's invoice. BILLHOOK_SOME where
 * a count is not known or a vendor's line is mapped to nothing. */
BILLHOOK_API int billhook_report_reconcile(billhook *b, const char *date, const char *month, int csv, const billhook_out *out);
BILLHOOK_API int billhook_verify(billhook *b, const billhook_out *out);
/* The store brought forward to this library's schema, after a backup; and a copy of it as a new file, complete or not there. */
BILLHOOK_API int billhook_store_migrate(billhook *b, const billhook_out *out);
BILLHOOK_API int billhook_store_backup(billhook *b, const char *file, const billhook_out *out);
BILLHOOK_API int billhook_plugin_list(billhook *b, const billhook_out *out);  /* one a line */
BILLHOOK_API int billhook_plugin_info(billhook *b, const char *id, const billhook_out *out);
BILLHOOK_API int billhook_plugin_trust(billhook *b, const char *file, const billhook_out *out);

/* ---- for vendors of plugins; none of these needs a workspace but record ---- */
/* The conformance suite on one .so: BILLHOOK_SOME where a test failed. */
typedef struct billhook_plugin_check_options {
  uint32_t struct_size;
  const char *file;
  const char *replay;                              /* a recorded session or cases; NULL: NAME.replay.json or NAME.cases.json beside the file */
  const char *only;                                /* one test; NULL: all */
  uint64_t seed;                                   /* the same seed: the same cuts and turns */
  const char *const *options; size_t option_count; /* KEY=VALUE, beside those of the session; a secret as env:NAME, file:PATH or cmd:PROGRAM */
} billhook_plugin_check_options;
BILLHOOK_API int billhook_plugin_check(billhook *b, const billhook_plugin_check_options *o, const billhook_out *out);
/* Prints the manifest that fits a plugin's descriptor. */
BILLHOOK_API int billhook_plugin_manifest(billhook *b, const char *file, const billhook_out *out);
/* One call of a plugin, in a worker: what a connector's probe, clients or pull emits, a JSON object a line; or what a model's rate comes to, one object. */
typedef struct billhook_plugin_call_options {
  uint32_t struct_size;
  const char *file, *call;                         /* connectors: "probe", "clients", "pull"; models: "rate"; sinks: "probe", "deliver", "lookup", "status",
                                                    * "clients"; gateways: "probe", "charge", "refund", "lookup", "event" */
  const char *const *options; size_t option_count; /* KEY=VALUE; a secret as env:NAME, file:PATH or cmd:PROGRAM */
  const char *quantity, *from, *to, *currency;     /* rate: NULL: none, December 2026, USD. currency: charge and refund, too */
  /* Sinks and gateways; each may be NULL where its call does without. */
  const char *key;                                 /* of the delivery or the attempt */
  const char *ref;                                 /* status: of the document over there; refund: of the payment */
  const char *document, *client;                   /* deliver, lookup: a file with the document's JSON; the sink's id of its client */
  const char *amount, *customer, *method, *description; /* charge, refund, lookup */
  const char *body;                                /* event: a file with the webhook's body */
  const char *const *headers; size_t header_count; /* event: NAME=VALUE */
} billhook_plugin_call_options;
BILLHOOK_API int billhook_plugin_call(billhook *b, const billhook_plugin_call_options *o, const billhook_out *out);
/* Runs a connector of the workspace against its platform, and prints the session as a replay file: secrets, people, machines and addresses are replaced. */
typedef struct billhook_plugin_record_options {
  uint32_t struct_size;
  const char *connector;
  const char *const *scrub; size_t scrub_count;    /* members of answers that hold names, besides those that are known by theirs */
  const char *since;                               /* a date, as a later pull has one; NULL: everything is asked for */
  const billhook_out *left;                        /* gets the members whose texts were left as they were ("data.role"), a line each; NULL: nobody does */
} billhook_plugin_record_options;
BILLHOOK_API int billhook_plugin_record(billhook *b, const billhook_plugin_record_options *o, const billhook_out *out);
/* Writes a new plugin ("connector", "model") into dir (NULL: its name), which must be empty or not there. Needs no handle. err: up to err_size bytes. */
BILLHOOK_API int billhook_plugin_new(const char *kind, const char *name, const char *dir, char *err, size_t err_size);

#ifdef __cplusplus
}
#endif
#endif
