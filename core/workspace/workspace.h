/* Reads billhook.lua, pricebook.lua, clients/ and rules/ of a workspace into plain structs, with every mistake named
 * by file, line and path. Touches no store and no clock. One thread. */
#ifndef BH_WORKSPACE_H
#define BH_WORKSPACE_H
#include "billing/terms.h"

/* ---- mistakes: collected, never thrown; the first 1,000 are kept (in the order of files and lines), all are counted ---- */
typedef struct bh_mistake { bh_str file; int32_t line; bh_str path, message; bool advice; size_t found; } bh_mistake;
typedef struct bh_mistakes {
  bh_arena arena;
  bh_mistake *items; size_t count;    /* kept */
  size_t total;                       /* mistakes found (advice apart) */
  size_t advice_total;
} bh_mistakes;
void bh_mistakes_init(bh_mistakes *m);
void bh_mistakes_sort(bh_mistakes *m);  /* by file and line; advice behind */
void bh_mistakes_dispose(bh_mistakes *m);
/* path may be empty; "FILE:LINE: path: message" when printed. */
/* Appends the printed form, `FILE:LINE: contract "acme": lines[2].price: message` (no newline); path holds
 * `contract "acme" lines[2].price`. */
void bh_mistake_format(bh_buf *out, const bh_mistake *x);
void bh_mistake_add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, const char *fmt, ...) BH_PRINTF(5, 6);
void bh_advice_add(bh_mistakes *m, bh_str file, int32_t line, bh_str path, const char *fmt, ...) BH_PRINTF(5, 6);

/* ---- what plugins exist and which options they take: from the manifests, given by the caller ---- */
typedef enum bh_plugin_kind { BH_KIND_CONNECTOR, BH_KIND_MODEL, BH_KIND_SINK, BH_KIND_GATEWAY, BH_KIND_TAX } bh_plugin_kind;
typedef struct bh_option_spec {
  bh_str key, type;            /* text money quantity percent integer choice date duration bool products records */
  bool required, secret;
  bool carry, exclusive, either; /* model parameters (BH_OPT_CARRY, …) */
  bh_str fallback, help;
  bh_str *choices; size_t choice_count;
  struct bh_option_spec *records; size_t record_count; /* of type records */
} bh_option_spec;
typedef struct bh_plugin_spec {
  bh_str id; bh_str version;   /* "per_unit", "1.0" */
  bh_plugin_kind kind;
  bh_option_spec *options; size_t option_count;
  int32_t phase;               /* models: 2 sees what other lines came to */
  bool by_day;                 /* models: usage day by day */
} bh_plugin_spec;
typedef struct bh_plugin_specs { const bh_plugin_spec *items; size_t count; } bh_plugin_specs;

/* ---- billhook.lua ---- */
typedef struct bh_option_value { bh_str key; bh_node *value; bool secret; } bh_option_value; /* secret: value is the reference's text, "env:NAME" */
typedef struct bh_plugin_use {
  bh_plugin_kind kind;
  bh_str name, plugin;         /* connector "rmm" { plugin = "meshcentral" } */
  bh_option_value *options; size_t option_count; /* as written, `plugin` left out */
  bool contracts;              /* what the platform has as contracts is written as clients/NAME.jsonl */
  bh_str ca;                   /* absolute path of certificates to trust instead of the system's; empty: those */
  bh_str *ignore; size_t ignore_count; /* ids of the platform's clients, * in them, that nobody is to claim */
  int32_t line;
} bh_plugin_use;
typedef struct bh_invoicing {
  bh_str number, credit_number; /* "INV-{year}-{seq:6}", "CN-{year}-{seq:6}" */
  bh_str terms; bh_rounding rounding;
  bool approval_auto, group_by_contract, negative_carry;
  int32_t stale_days;
  bool guard_off; bh_dec guard_change_percent; bool guard_amount_set; bh_dec guard_amount;
  bool has_max_total; bh_dec max_total;
  bh_adjust_kind adjust; int32_t adjust_every; bh_unit adjust_unit;
  bh_str *sections; bool *section_totals; size_t section_count; /* totals: only the sum is printed */
  bool has_closed_through; bh_day closed_through;
  int32_t true_up_months;      /* 13 */
} bh_invoicing;

typedef struct bh_workspace {
  bh_arena arena;
  bh_str dir;                  /* absolute */
  bh_str company_json;         /* canonical JSON of company {} */
  bh_str company_name, currency, timezone, locale;
  int32_t decimals;
  bh_str store_url;            /* empty: DIR/billhook.db */
  bh_invoicing invoicing;
  bh_plugin_use *uses; size_t use_count;
  bh_tax *taxes; size_t tax_count;
  bh_identity *identities; size_t identity_count;
  bh_sha config_hash;          /* of billhook.lua: part of every settled digest */
  bh_sha book_hash;            /* of pricebook.lua and rules/: a client whose raw digest has both unchanged need not be read again */
  bh_plugin_specs specs;
  struct bh_workspace_impl *impl; /* products, price lists, templates as trees; Lua is closed by then */
} bh_workspace;

/* Nearest folder upward from `start` with a billhook.lua; BH_E_WORKSPACE where there is none. */
bh_status bh_workspace_find(bh_str *out, bh_arena *a, const char *start, bh_error *err);
/* Loads billhook.lua and pricebook.lua (and the names of rules/). Mistakes go to `m`; the status is BH_OK whenever the files could be
 * read at all, BH_E_WORKSPACE where not. `specs` must outlive the workspace. */
bh_status bh_workspace_load(bh_workspace **out, const char *dir, bh_plugin_specs specs, bh_mistakes *m, bh_error *err);
/* The same with files laid over it, by their paths: one with the name of a file of the workspace (billhook.lua, pricebook.lua, clients/X, rules/X) stands in
 * its place; another one is read in addition, and each of its statements takes the place of the one with the same word and id. Mistakes name a
 * file as it was given. BH_E_USAGE where one cannot be read or placed. */
bh_status bh_workspace_load_over(bh_workspace **out, const char *dir, bh_plugin_specs specs, const char *const *files, size_t n, bh_mistakes *m,
                                 bh_error *err);
/* Only billhook.lua (approve, show, export need no more). */
bh_status bh_workspace_load_config(bh_workspace **out, const char *dir, bh_plugin_specs specs, bh_mistakes *m, bh_error *err);
void bh_workspace_free(bh_workspace *ws);

/* ---- clients, streamed in the order of their ids; memory does not grow with their number ---- */
typedef struct bh_client_iter bh_client_iter;
/* One client's entries as they stand in the files: enough to know whether anything changed. Valid until the next call. */
typedef struct bh_client_raw {
  bh_str id;
  bh_sha raw_hash;             /* of the entries' text in order, config_hash and book_hash, engine version, model versions */
  size_t contract_count;
  bh_str bill_to;              /* who pays for it; empty: itself */
  uint32_t unit_count;         /* how many clients are billed together with it, itself too: they follow one another; 0: it is billed alone */
} bh_client_raw;
/* Reads and sorts all entries (spilling under the workspace's temporary folder or $TMPDIR). Syntax mistakes, duplicate ids and
 * dangling references go to `m`. */
bh_status bh_clients_open(bh_client_iter **out, bh_workspace *ws, bh_mistakes *m, bh_error *err);
/* For billing: clients of which one is billed to another follow one another, behind all others, so that their documents can be made together.
 * `ties`: more of those that belong together, by what was billed before. */
typedef struct bh_tie { bh_str client, payer; } bh_tie;
bh_status bh_clients_open_units(bh_client_iter **out, bh_workspace *ws, bh_mistakes *m, const bh_tie *ties, size_t n, bh_error *err);
bh_status bh_clients_next(bh_client_iter *it, bh_client_raw *out, bool *more, bh_error *err);
/* Validates and resolves the client that _next gave: lookups done, contracts by id. Mistakes go to `m`; *out is NULL where the client
 * itself could not be understood. Allocated in `a`, but it refers to what is the iterator's (names of files, a parent's ids): it dies with the sooner of the two. */
bh_status bh_clients_resolve(bh_client_iter *it, bh_client_terms **out, bh_arena *a, bh_mistakes *m, bh_error *err);
void bh_clients_close(bh_client_iter *it);
/* A one-off charge that a connector brought, as the JSON of a "charge" entry: it joins the client that _next gave, as if it stood in its file. To be
 * called before _resolve (again); id and json must live as long as that. */
bh_status bh_clients_add_charge(bh_client_iter *it, bh_str id, bh_str json, bh_error *err);
/* Keeps the entries of the client that _next gave (until _close); _back makes them the current ones again, as if _next had just given them. */
typedef struct bh_client_kept bh_client_kept;
const bh_client_kept *bh_clients_keep(bh_client_iter *it);
bh_status bh_clients_back(bh_client_iter *it, const bh_client_kept *kept, bh_error *err);
/* A family as it stands in evidence (terms.h). False where it is none. */
bool bh_family_parse(bh_family *out, bh_arena *a, const struct bh_node *n);
/* What products, or taxes, are called elsewhere, as their `ids` say: in the order of the files. Strings live as long as the workspace. */
typedef struct bh_called { bh_str connector, ref, id; } bh_called;
void bh_workspace_products_called(const bh_workspace *ws, bh_arena *a, bh_called **out, size_t *n);
void bh_workspace_taxes_called(const bh_workspace *ws, bh_arena *a, bh_called **out, size_t *n);
/* Our product of that name there: by `ids`, else the one whose own id it is; empty where neither is. */
bh_str bh_workspace_product_of(const bh_workspace *ws, bh_str connector, bh_str ref);
/* What a table `ids` says (NULL: nothing) of the thing with that id of ours. Strings are the table's. */
void bh_called_read(bh_called **out, size_t *n, bh_arena *a, const struct bh_node *ids, bh_str id);
/* A product as the price book has it today, in that currency and without a contract: what it counts, its list price. NULL: unknown, a hybrid, or one
 * with mistakes. Lives as long as the workspace. */
const bh_line_terms *bh_workspace_list_terms(bh_workspace *ws, bh_str product, bh_str currency);
/* The ids of all products, as they stand in the price book. */
void bh_workspace_products(const bh_workspace *ws, const char *const **out, size_t *n);

/* The terms of line `index` of a contract over a book frozen at charging instead of today's (BILLING 1: a charged period
 * keeps its price book). `book` is a bh_line_terms.book of then. */
bh_status bh_line_rebook(bh_line_terms *out, const bh_workspace *ws, bh_arena *a, const bh_client_terms *client,
                         const bh_contract_terms *contract, size_t index, bh_str book, bh_error *err);

/* A selector as JSON text, {"devices":{"class":"server"}}: what a pricing rule asks for. BH_E_INVALID names what was expected. */
bh_status bh_selector_parse(bh_selector *out, bh_arena *a, bh_str json, bh_error *err);

/* ---- annotations for the Lua language server ---- */
typedef void (*bh_annotate_fn)(bh_buf *out, const char *prefix, const char *name, const char *tags, const char *doc);
/* All statements with their keys, products with the options of the models in `specs`, and the words of tests. BH_E_INVALID names what has no annotation. */
bh_status bh_workspace_annotate(bh_buf *out, bh_plugin_specs specs, bh_annotate_fn print, bh_error *err);

/* ---- secrets ---- */
/* env:NAME, file:PATH (relative to the workspace; refused where group or others can read), cmd:PROGRAM ARGS. The value is written to
 * `out`, which the caller wipes. The error never holds the value. */
/* Whether the connector's statement says that this client of its platform is none of ours. */
bool bh_use_ignores(const bh_workspace *ws, bh_str connector, bh_str ref);
bh_status bh_secret_read(bh_buf *out, const bh_workspace *ws, bh_str reference, bh_error *err);
#endif
