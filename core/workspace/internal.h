/* What the files of this folder share: the statement under examination, paths, typed readers, levels of inheritance.
 * Nothing outside core/workspace includes it. */
#ifndef BH_WORKSPACE_INTERNAL_H
#define BH_WORKSPACE_INTERNAL_H
#include "workspace/workspace.h"

enum { WS_LINE_MAX = 1 << 20, WS_FILE_MAX = 64 << 20, WS_ID_MAX = 200, WS_DEPTH_MAX = 32, WS_LINES_MAX = 10000 };

/* ---- where in a statement: a chain on the stack, written out only when something is wrong ---- */
typedef struct ws_path {
  const struct ws_path *up;
  bh_str key;      /* ".key", or with index > 0: "[index]" (1-based) */
  int32_t index;
} ws_path;
#define WS_KEY(up, lit) (&(const ws_path){(up), BH_S(lit), 0})
#define WS_KEYS(up, str) (&(const ws_path){(up), (str), 0})
#define WS_AT(up, i) (&(const ws_path){(up), {"", 0}, (int32_t)((i) + 1)})

/* ---- one statement under examination ---- */
typedef struct ws_ck {
  bh_workspace *ws;
  bh_mistakes *m;       /* NULL: quiet (checked before, or frozen) */
  bh_arena *a;          /* where results go */
  bh_str file;
  int32_t line;
  const char *word;     /* "contract" */
  bh_str id;
  size_t bad;           /* mistakes found with this statement */
} ws_ck;
void ws_bad(ws_ck *ck, const ws_path *at, const char *fmt, ...) BH_PRINTF(3, 4);
void ws_advise(ws_ck *ck, const ws_path *at, const char *fmt, ...) BH_PRINTF(3, 4);
/* "unknown WHAT "name"; did you mean …?" or the known ones. */
void ws_bad_name(ws_ck *ck, const ws_path *at, const char *what, bh_str name, const char *const *known, size_t n);
/* "TEXT; expected EXPECTED" for a value of the wrong kind. */
void ws_bad_kind(ws_ck *ck, const ws_path *at, const bh_node *n, const char *expected);
void ws_unsupported(ws_ck *ck, const ws_path *at, const char *what); /* what: a value of the key, or NULL */
void ws_bad_key(ws_ck *ck, const ws_path *at, bh_str key, const char *const *known, size_t n);

/* Every key of a statement or table, for the annotations (annotate.c). */
typedef struct ws_names { const char *const *items; size_t count; } ws_names;
extern const ws_names ws_company_keys, ws_invoicing_keys, ws_tax_keys, ws_identity_keys, ws_product_keys, ws_template_keys, ws_client_keys, ws_contract_keys,
  ws_line_keys, ws_charge_keys, ws_discount_keys, ws_bill_keys;

/* ---- tables: known keys in sorted order, picked in one pass. NULL values count as absent. ---- */
typedef bool (*ws_extra_key)(void *ctx, bh_str key); /* true: known to somebody else */
/* False where it is no table; unknown keys are complained about, and the rest is picked. out[n] gets the values; items[0] goes to the key "1" where that is known. */
bool ws_pick(ws_ck *ck, const ws_path *at, const bh_node *table, const char *const *names, size_t n, bh_node **out,
             ws_extra_key extra, void *ctx);
bh_node *ws_item(const bh_node *table, size_t i);  /* items[i], or the field named i+1 (a mixed table read back from JSON) */
bool ws_is_list(const bh_node *n);                 /* a sequence, or an empty table */
bool ws_is_record(const bh_node *n);               /* named fields only, or an empty table */
static inline bool ws_set(const bh_node *n) { return n && n->kind != BH_NODE_NULL; }
bh_node *ws_get(const bh_node *table, const char *key); /* NULL where absent or null */

/* ---- typed readers: false after a mistake ---- */
typedef enum ws_num_kind { WS_MONEY, WS_MONEY_SIGNED, WS_QUANTITY, WS_PERCENT, WS_INTEGER } ws_num_kind;
bool ws_text(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out);       /* a string that is not empty */
bool ws_text_any(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out);   /* or an integer, as text */
bool ws_texts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str **out, size_t *count); /* a string or a list of them */
bool ws_bool(ws_ck *ck, const ws_path *at, const bh_node *n, bool *out);
bool ws_int(ws_ck *ck, const ws_path *at, const bh_node *n, int32_t min, int32_t max, int32_t *out);
bool ws_choice(ws_ck *ck, const ws_path *at, const bh_node *n, const char *const *choices, size_t count, int *out);
bool ws_num(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_dec *out);
bool ws_parse_unit(bh_str s, bh_unit *out);
bool ws_id_ok(bh_str id);
bool ws_currency(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out, int32_t *decimals);
/* "2026-12-01"; with base > BH_DAY_MIN also "+3 months" counted from it (less a day where `is_end`: ends is a last day). */
bool ws_date(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bool is_end, bh_day *out);
/* A number, or { start = …, ["2027-01-01"] = … }. */
bool ws_dated(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_day base, bh_dated *out);
bool ws_opt(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_day base, bh_opt_dated *out);
bh_dated ws_dated_one(bh_arena *a, bh_dec v);
bh_node *ws_dated_node(bh_arena *a, const bh_dated *d);
bh_str ws_json(bh_arena *a, const bh_node *n);  /* canonical text */

/* Money by currency: KEY (in `own`), KEYs = { EUR = … }, KEYs_from = { DATE = … }. */
typedef enum ws_found { WS_ABSENT, WS_FOUND, WS_MISSING, WS_WRONG } ws_found;
ws_found ws_money(ws_ck *ck, const ws_path *at, const bh_node *table, bh_str key, ws_num_kind kind, bh_str own,
                  bh_str currency, bh_day base, bh_dated *out);
/* Checks the three spellings in every currency. */
void ws_money_check(ws_ck *ck, const ws_path *at, const bh_node *table, bh_str key, ws_num_kind kind, bh_day base);

/* ---- selectors, exceptions, discounts ---- */
bool ws_selector(ws_ck *ck, const ws_path *at, const bh_node *n, bh_selector *out);
bool ws_excepts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_except **out, size_t *count);
/* "all", products, or a filter; false after a mistake. */
bool ws_of(ws_ck *ck, const ws_path *at, const bh_node *n, bh_of *out);
/* `of` must be {currency, starts}; amounts in `currency` are read as `own` where written plainly. */
bool ws_discounts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str own, bh_str currency, bh_day base,
                  bh_discount **out, size_t *count);

/* ---- levels: what line, contract, template, client and invoicing may each say ---- */
enum {
  WS_HAS_BILL = 1, WS_HAS_TIMING = 2, WS_HAS_PRORATE = 4, WS_HAS_TRUE_UP = 8, WS_HAS_ADJUST = 16, WS_HAS_UPLIFT = 32,
  WS_HAS_SECTION = 64, WS_HAS_PO = 128, WS_HAS_RULE = 256, WS_HAS_TERMS = 512, WS_HAS_APPROVAL = 1024, WS_HAS_GUARD = 2048
};
typedef struct ws_level {
  uint32_t has;
  bh_bill bill;
  bh_timing timing;
  bh_prorate prorate;
  bh_true_up true_up;
  bh_adjust_kind adjust; int32_t adjust_every; bh_unit adjust_unit;
  bh_uplift uplift;
  bh_str section, po, rule, terms;
  const bh_po *po_order;
  bool approval_auto, guard_off, guard_amount_set;
  bh_dec guard_change, guard_amount;
} ws_level;
typedef struct ws_level_nodes {
  bh_node *bill, *timing, *prorate, *true_up, *adjust, *uplift, *section, *po, *rule, *terms, *approval, *guard, *reminders;
} ws_level_nodes;
/* base: the contract's start, BH_DAY_MIN where there is none (then relative dates are kept open: pass BH_DAY_MIN+1). */
void ws_level_read(ws_ck *ck, const ws_path *at, const ws_level_nodes *n, bh_day base, ws_level *out);
void ws_level_under(ws_level *top, const ws_level *below); /* fills what top does not say */
#define WS_BASE_UNKNOWN (BH_DAY_MIN + 1) /* relative dates allowed, the start not known yet (templates) */

/* ---- products, price lists, templates ---- */
typedef struct ws_statement {
  int word;
  bh_str id, file;
  int32_t line;
  bh_node *node;
  bool pending;
} ws_statement;
typedef struct ws_product {
  ws_statement st;
  const bh_plugin_spec *model; /* NULL: hybrid, or not understood */
  bool hybrid;
} ws_product;

/* Everything that lies below a line, resolved for one currency. `t` holds what a line without keys of its own has. */
typedef struct ws_base {
  bh_line_terms t;
  const bh_plugin_spec *model;
  const bh_node *node;         /* the book */
  ws_level level, tmpl;        /* product and template line; the template itself */
  bool at_set, quantity_set, shown_set, per_line;
  bh_dated quantity; bool has_changes;
  bool has_markup; bh_dated markup;
  bool once; bh_day once_on; bh_discount *no_discounts;
  struct ws_base *parts; size_t part_count;
} ws_base;
typedef struct ws_layer { const bh_node *node; bh_str own; const char *origin; } ws_layer; /* top first */
/* The merged tree below a line, in one currency. */
bh_node *ws_book_build(ws_ck *ck, const ws_product *p, const ws_layer *layers, size_t n, bh_str currency,
                       const bh_node *tmpl, bh_day base);
/* With ck->m set, only looks (a product, a template's line, a price list's entry): money and parameters are not read. */
bool ws_base_read(ws_ck *ck, const ws_path *at, const bh_node *book, bh_day base, ws_base *out);

const bh_plugin_spec *ws_spec(const bh_workspace *ws, bh_plugin_kind kind, bh_str id);
const bh_option_spec *ws_option(const bh_plugin_spec *spec, bh_str key);
bool ws_option_key(const bh_plugin_spec *spec, bh_str key, const bh_option_spec **out); /* K, and for money Ks, Ks_from */
size_t ws_spec_keys(const bh_plugin_spec *spec, bh_arena *a, const char ***out);
size_t ws_spec_names(const bh_workspace *ws, bh_plugin_kind kind, bh_arena *a, const char ***out);
bool ws_in_group(bh_str key); /* price, prices, prices_from, tiers */
/* Reads the model's parameters from a table in `currency` (money there is of currency `own`). `check_all` looks at every
 * currency; *missing gets the path of the first price that the currency does not have. */
bool ws_params(ws_ck *ck, const ws_path *at, const bh_node *table, const bh_plugin_spec *spec, bh_str own, bh_str currency,
               bh_day base, bool signed_money, bh_param **out, size_t *count, bh_str *missing);
/* `of = "all"`, a product, a list of them, { tax = "service" }: "all", or the canonical JSON of { "tax": ["service"] } (ws_of). */
bool ws_products(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out);
/* The tables of a list of records; one table alone (*n itself) is a list of one. */
bh_node *const *ws_records(bh_node *const *n, size_t *count);
/* What a model asks of a line beside its parameters (BH_OPT_EITHER, BH_OPT_CARRY, BH_MODEL_BY_DAY). */
void ws_model_asks(ws_ck *ck, const ws_path *at, const bh_plugin_spec *model, bh_node *const *keys, bh_line_terms *t);
/* What models ask of all lines of a contract together: exclusive texts, products that a share names. */
void ws_models_together(ws_ck *ck, const bh_contract_terms *t);
void ws_params_check(ws_ck *ck, const ws_path *at, const bh_node *table, const bh_plugin_spec *spec, bh_day base);
void ws_param_value_check(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_option_spec *o);
void ws_tiers_check(ws_ck *ck, const ws_path *at, const bh_param *p, bool volume);

/* line keys, shared by contracts and templates */
/* A quantity (but one of it) or changes on what a flat product charges. */
void ws_flat_check(ws_ck *ck, const ws_path *at, const bh_node *t);
void ws_product_read(ws_ck *ck, ws_product *p);
bh_str ws_ref_key(bh_arena *a, bh_str connector, bh_str ref);
/* Notes what a product, a tax is called elsewhere; a name that another one has is a mistake. */
void ws_product_refs(ws_ck *ck, const bh_node *product);
void ws_tax_refs(ws_ck *ck, const bh_tax *tax);
void ws_pricelist_read(ws_ck *ck, bh_node *node, const ws_path *at, bh_str own);
void ws_template_read(ws_ck *ck, const bh_node *node);
bh_str ws_line_product(const bh_node *line);

/* ---- a contract being resolved ---- */
typedef struct ws_contract_ctx {
  bh_contract_terms *out;
  ws_level level;              /* the contract's own */
  ws_level tmpl;               /* the template's schedule and po, as they are today */
  const ws_level *client;      /* the client's, invoicing's already under it */
  bh_str client_currency;
} ws_contract_ctx;
bool ws_line_resolve(ws_ck *ck, ws_contract_ctx *c, const ws_path *at, const bh_node *own, const ws_base *base,
                     bh_line_terms *out);
typedef struct ws_merged_line { const bh_node *own, *tmpl; int32_t own_index, tmpl_index; bool omits; } ws_merged_line; /* index 0-based, -1; omits: what is not there */
size_t ws_lines_merge(bh_arena *a, const bh_node *own_lines, const bh_node *tmpl_lines, ws_merged_line **out);
void ws_contract_overlay(bh_arena *a, bh_node *below, const bh_node *over); /* lines merged, other keys replaced */
typedef struct ws_lua_rule { bh_str contract, file; int32_t line; bool seen, over; bh_str source; bh_sha source_hash; } ws_lua_rule;
typedef struct ws_client_ctx {
  bh_client_terms *terms; bh_node *node; ws_level level;
  const bh_node *pricelist;    /* inline or named; NULL: none */
  bh_str pricelist_own;        /* the currency of plain prices in it */
  bh_discount *discounts; size_t discount_count; /* in the client's currency */
  const struct ws_kin *kin;    /* NULL: an ordinary client */
  bh_sha hash;
} ws_client_ctx;
bool ws_contract_resolve(ws_ck *ck, bh_node *node, const ws_client_ctx *client, const ws_lua_rule *rule, bh_contract_terms *out,
                         ws_level *level);
/* The named list or the inline table; NULL after a mistake. */
const bh_node *ws_pricelist_of(ws_ck *ck, const ws_path *at, bh_node *n, bh_str own, bh_str *out_own);
bool ws_client_resolve(ws_ck *ck, bh_node *node, ws_client_ctx *out);
/* The base of a line: memoized where no template and no inline list takes part. NULL: unknown product. */
typedef struct ws_below { const bh_node *contract_list, *client_list; bh_str contract_own, client_own; const bh_node *tmpl, *tmpl_line; } ws_below;
const ws_base *ws_base_of(ws_ck *ck, const ws_path *at, bh_str product, const ws_below *below, bh_str currency, bh_day starts);
const ws_base *ws_base_text(ws_ck *ck, bh_str currency); /* a once line with a text and no product */
/* The line that a charge is; NULL after a mistake. */
bh_node *ws_charge_line(ws_ck *ck, bh_node *charge);

/* ---- rules ---- */
typedef struct ws_rule_file { bh_str name, file, source; bool broken; bh_str bundle; bh_sha hash; } ws_rule_file;
void ws_rules_load(bh_workspace *ws, bh_mistakes *m, bh_error *err);
/* {"file","name","source","modules"} */
bh_str ws_rule_bundle(bh_workspace *ws, bh_arena *a, bh_str file, bh_str name, bh_str source, bh_sha *hash);
void ws_rule_requires_check(bh_workspace *ws, bh_mistakes *m, bh_str file, bh_str source);

/* ---- files laid over the workspace (overlay.c) ---- */
typedef struct ws_overlay { bh_str shown, path, name; } ws_overlay; /* name: "clients/acme.lua", which it stands for; empty: read in addition */
bh_status ws_overlays_read(bh_workspace *ws, const char *const *files, size_t n, bh_error *err);
bh_str ws_file_path(const bh_workspace *ws, bh_arena *a, bh_str name);   /* where the file of that name is read from, */
bh_str ws_file_shown(const bh_workspace *ws, bh_str name);               /* and what it is called in messages */
/* ws_list() of a folder of the workspace, with the files that are laid over it. */
void ws_list_over(const bh_workspace *ws, bh_arena *a, const char *folder, const char *suffix, bh_str **out, size_t *count);

struct bh_workspace_impl {
  ws_overlay *overlays; size_t overlay_count;
  bh_map products, pricelists, templates, rules, books; /* books: memo of ws_base by product and currency */
  bh_map product_refs, tax_refs; /* ws_ref_key → our id (bh_str), as `ids` say */
  const char **product_ids; size_t product_count;
  const char **pricelist_ids; size_t pricelist_count;
  const char **template_ids; size_t template_count;
  const char **tax_ids; size_t tax_id_count;
  const char **connector_ids; size_t connector_count;
  const char **use_ids; size_t use_id_count;  /* connectors, sinks, gateways: what `ids` may name */
  const char **rule_ids; size_t rule_count;
  ws_level invoicing_level;
  bh_str invoicing_json;
  bh_sha env_hash;             /* config, book, version, models: part of every raw hash */
  bh_arena memo;
  bool torn;                   /* a file of statements was not read to its end: unknown names are no news */
};

/* ---- configuration statements ---- */
void ws_company_read(ws_ck *ck, const bh_node *n);
void ws_store_read(ws_ck *ck, const bh_node *n);
void ws_invoicing_read(ws_ck *ck, const bh_node *n);
void ws_invoicing_defaults(bh_workspace *ws);
void ws_use_read(ws_ck *ck, bh_plugin_kind kind, bh_str name, const bh_node *n);
void ws_tax_read(ws_ck *ck, bh_tax *out, const bh_node *n);
void ws_tax_links(ws_ck *ck, bh_tax *tax, const bh_node *n);
void ws_identity_read(ws_ck *ck, const bh_node *n);
bool ws_sections(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str **out, bool **totals, size_t *count);
bool ws_address_check(ws_ck *ck, const ws_path *at, const bh_node *n);
bool ws_ids_check(ws_ck *ck, const ws_path *at, const bh_node *n);
bool ws_terms_check(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out);
bool ws_reminders_check(ws_ck *ck, const ws_path *at, const bh_node *n);
bool ws_retries_check(ws_ck *ck, const ws_path *at, const bh_node *n);
bool ws_late_fee_check(ws_ck *ck, const ws_path *at, const bh_node *n);
/* A secret in a tree: { "$secret" = "env:X" }. */
bool ws_secret_of(const bh_node *n, bh_str *out);

/* ---- files ---- */
bool ws_list(bh_arena *a, const char *dir, const char *suffix, bh_str **out, size_t *count); /* sorted names; none where no folder */
bh_str ws_join(bh_arena *a, bh_str dir, const char *name);

/* ---- Lua ---- */
enum { WS_W_COMPANY, WS_W_STORE, WS_W_INVOICING, WS_W_CONNECTOR, WS_W_SINK, WS_W_GATEWAY, WS_W_TAX, WS_W_IDENTITY,
       WS_W_PRODUCT, WS_W_PRICELIST, WS_W_TEMPLATE, WS_W_CLIENT, WS_W_CONTRACT, WS_W_CHARGE, WS_W_RULE, WS_W_COUNT };
extern const char *const ws_words[WS_W_COUNT];
typedef enum ws_file_kind { WS_FILE_CONFIG, WS_FILE_BOOK, WS_FILE_CLIENTS, WS_FILE_TESTS, WS_FILE_OVER /* any statement */ } ws_file_kind;
typedef struct ws_lua ws_lua;
/* Called for each statement as it is complete; the node lives in the arena given to ws_lua_run. */
typedef void (*ws_on_statement)(void *ctx, ws_statement *st);
bh_status ws_lua_new(ws_lua **out, bh_workspace *ws, bh_mistakes *m, bh_error *err);
void ws_lua_free(ws_lua *lua);
/* False where Lua stopped in the middle: what follows may not know every name. */
bool ws_lua_run(ws_lua *lua, bh_str file, bh_str source, ws_file_kind kind, bh_arena *a, ws_on_statement on, void *ctx);
/* Syntax only. */
bool ws_lua_check(ws_lua *lua, bh_str file, bh_str source);
#endif
