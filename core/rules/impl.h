/* What the files of core/rules share. lua.h stays behind this header: nothing outside the room includes it.
 *
 * Functions that take a lua_State may leave by longjmp (a Lua error). They hold no malloc and no descriptor at that moment: what they
 * allocate is Lua's, an arena's, or hangs on bh_rules. */
#ifndef BH_RULES_IMPL_H
#define BH_RULES_IMPL_H
#include "base/json.h"
#include "rules/rules.h"
#include <lauxlib.h>
#include <lua.h>

enum {
  BH_RULE_HOOK_STEP = 1000,             /* instructions between two looks at the budget */
  BH_RULE_SOURCE_MAX = 1024 * 1024,     /* bytes of one source */
  BH_RULE_ENTRIES_MAX = 4096,           /* rules in the cache; then everything is dropped */
  BH_RULE_TRACE_MAX = 1000,             /* deeds that are written down; the rest is counted */
  BH_RULE_ASKS_MAX = 1000,              /* different questions to the host in one call */
  BH_RULE_DISCOUNTS_MAX = 1000,
  BH_RULE_TEXT_MAX = 2000,              /* bytes of a description, reason, memo or hold */
  BH_RULE_REPEAT_BYTES_MAX = 1024 * 1024,
  BH_RULE_REPEAT_COUNT_MAX = 1000000,
  BH_RULE_FAILURE_BYTES = 8192
};

/* Every full userdata that a rule can hold starts with its tag. */
enum { BH_TAG_DEC = 0x44454331, BH_TAG_BILL, BH_TAG_LINE, BH_TAG_SELECTOR, BH_TAG_FILTER };

/* ---- compiled bundles (compile.c) ---- */
typedef struct bh_rule_env { int chunk_ref, globals_ref, meta_ref; bool dirty; } bh_rule_env; /* one a chunk: its globals of a call */
typedef struct bh_bundle {
  int table_ref;                        /* Lua side: see BH_BUNDLE_* */
  int kept_functions_ref, kept_values_ref; /* upvalue number upvalues[i] of function i has value i */
  int *upvalues; size_t upvalue_count, upvalue_cap;
  bh_rule_env *envs; size_t env_count, env_cap;
  bool complete;
  struct bh_bundle *next;               /* of the state, to be freed with it */
} bh_bundle;
enum { BH_BUNDLE_RULES = 1, BH_BUNDLE_RESULT, BH_BUNDLE_LOADED, BH_BUNDLE_SOURCES, BH_BUNDLE_VISITED };

typedef struct bh_rule_entry {
  bh_sha hash; bh_str name;             /* what it was asked for by */
  bh_bundle *bundle;
  int function_ref;
  int line;                             /* where the function begins */
  bh_str file;
  bh_str failure;                       /* why it cannot be run, or empty */
} bh_rule_entry;

/* ---- one call ---- */
typedef struct bh_rule_discount {
  bool is_percent; bh_dec value;
  bh_str reason, key;
  const struct bh_rule_filter *of;      /* NULL: all lines */
} bh_rule_discount;

typedef struct bh_rule_call {
  bh_rated *rated;
  const bh_billing *billing;
  const bh_rule_ask *ask;
  bh_arena *arena;
  bool active;
  uint32_t serial;                      /* line objects of an earlier call are dead */
  bh_status host_status;                /* what an ask returned that is no fault of the rule */
  bh_error host_error;
  bh_owed_line *lines_before; size_t line_count_before; bool changed; /* to go back to */
  size_t host_bytes;                    /* what the call keeps outside Lua: counts against the memory */
  bh_rule_discount *discounts; size_t discount_count, discount_cap;
  bh_str *memos; size_t memo_count, memo_cap;
  bh_str hold;
  bh_str *trace; size_t trace_count, trace_cap, trace_left_out;
  bh_map asked; size_t asked_count;
  bh_map keys, ordinals;                /* of lines and discounts that were added */
  int client_ref, period_ref;           /* LUA_NOREF until asked for */
} bh_rule_call;

struct bh_rules {
  bh_rule_limits limits;
  lua_State *L;
  lua_State *running;                   /* L, or the thread in which a module is being loaded */
  size_t used_bytes, cap_bytes;
  int refusals;                         /* allocations over the cap in this call */
  bool malloc_failed;                   /* memory was refused by the system, not by the cap */
  bool out_of_memory;                   /* … while a module was loaded */
  bool load_failed;                     /* a module is half loaded: the state cannot be used again */
  int64_t budget;                       /* instructions left */
  bool spent;
  int loading;                          /* > 0 while a file's top level runs */
  bool fresh;                           /* nothing has run in this state yet */
  bh_arena cache;                       /* of entries and their texts */
  bh_map entries;                       /* rule hash + name → bh_rule_entry */
  bh_map bundles;                       /* content → bh_bundle */
  bh_bundle *bundle_list;
  bh_bundle *current;                   /* whose modules `require` sees */
  bh_rule_entry *last;
  bh_buf scratch;
  bh_rule_call call;
  bh_rule_entry *running_entry;
  int sandbox_ref, dec_meta_ref, line_meta_ref, selector_meta_ref, bill_ref, bill_keys_ref, line_keys_ref;
  lua_CFunction stock_insert, stock_remove, stock_concat, stock_format, stock_tonumber, stock_floor, stock_ceil, stock_abs;
  char failure[BH_RULE_FAILURE_BYTES];  /* message and traceback of what failed; empty: none */
  bool traced;                          /* `failure` has a message: frames only are added */
};

static inline bh_rules *bh_rules_of(lua_State *L) { return *(bh_rules **)lua_getextraspace(L); }

/* state.c */
bh_status bh_rules_open(bh_rules *r, bh_error *err);            /* a new Lua state with its sandbox */
void bh_rules_close(bh_rules *r);                               /* … and everything that was compiled in it */
void bh_rules_charge(lua_State *L, int64_t instructions);       /* work done in C counts too */
void bh_rules_arm(bh_rules *r, lua_State *L, int64_t budget);   /* a new budget, counted from here */
void bh_rules_account(lua_State *L, size_t bytes);              /* memory kept outside Lua */

/* sandbox.c */
void bh_sandbox_build(lua_State *L);                            /* unprotected: call it under pcall */
/* A name that a rule finds, and what the editor's annotations say of it (annotate.c). function NULL: stock Lua's own, or a member that is no method.
 * tags: of a function the language server's lines, "@param n? integer\n@return decimal"; of a member its type. NULL: Lua's own name, which editors know,
 * or a word of the workspace. Lists end with a NULL name. */
typedef struct bh_word { const char *library, *name; lua_CFunction function; const char *tags, *doc; } bh_word;
extern const bh_word bh_sandbox_words[], bh_bill_words[], bh_line_words[], bh_dec_words[];
void bh_words_set(lua_State *L, const bh_word *words);          /* puts functions, and the numbers 1, 2 … of members, into the table on top */

/* freeze.c */
/* Makes the table at the top of the stack read-only in place: its content moves to a shadow, which is pushed. */
void bh_freeze_table(lua_State *L);
/* Everything reachable from the value on top (popped): tables become read-only, upvalues of functions are kept by the bundle. */
void bh_freeze_reach(lua_State *L, bh_bundle *bundle);
/* Pushes the table that holds the content: the shadow of a read-only one, else the table itself. */
void bh_freeze_plain(lua_State *L, int index);

/* text.c, tables.c: replacements in the libraries */
int bh_lua_tostring(lua_State *L);
int bh_lua_tonumber(lua_State *L);
int bh_lua_rep(lua_State *L);
int bh_lua_format(lua_State *L);
int bh_lua_pairs(lua_State *L);
int bh_lua_next(lua_State *L);
int bh_lua_sort(lua_State *L);
int bh_lua_insert(lua_State *L);
int bh_lua_remove(lua_State *L);
int bh_lua_concat(lua_State *L);

/* dec.c */
void bh_dec_open(lua_State *L);
void bh_dec_push(lua_State *L, bh_dec d);
const bh_dec *bh_dec_at(lua_State *L, int index);               /* NULL: not a decimal */
/* A decimal or a Lua integer; a float and all else are errors that name the line. what: "price" or NULL. */
bh_dec bh_dec_need(lua_State *L, int index, const char *what);
/* Also a string of a decimal, as the workspace writes it. */
bh_dec bh_dec_need_text(lua_State *L, int index, const char *what);
int bh_lua_dec(lua_State *L);
int bh_dec_push_result(lua_State *L, bool fits, bh_dec d);      /* fits false: an error */
/* dec_methods.c */
int bh_dec_lua_round(lua_State *L);
int bh_dec_lua_split(lua_State *L);
int bh_dec_lua_abs(lua_State *L);
int bh_dec_lua_floor(lua_State *L);
int bh_dec_lua_ceil(lua_State *L);
int bh_lua_max(lua_State *L);
int bh_lua_min(lua_State *L);
int bh_lua_abs(lua_State *L);
int bh_lua_floor(lua_State *L);
int bh_lua_ceil(lua_State *L);

/* compile.c */
/* The compiled rule of the billing: from the cache, or compiled and run now. Errors are Lua errors. */
bh_rule_entry *bh_rule_find(bh_rules *r, const bh_billing *b);  /* NULL: not in the cache; no Lua error */
bh_rule_entry *bh_rule_compile(lua_State *L, const bh_billing *b);
void bh_rule_refuse(bh_rules *r, const bh_billing *b, bh_str failure); /* remembers that it cannot be compiled */

/* bundle.c, module.c */
bh_bundle *bh_bundle_new(bh_rules *r);
void bh_bundle_drop(bh_rules *r);                               /* the newest one, which came to nothing */
/* Compiles a source; pushes its globals (new and empty) and its function. */
void bh_bundle_load(lua_State *L, bh_bundle *b, bh_str source, const char *chunk_name);
/* The file has run: what its globals (at a stack index) hold becomes read-only. `env`: which of the bundle's chunks. */
void bh_bundle_seal(lua_State *L, bh_bundle *b, size_t env, int globals);
void bh_bundle_env_fresh(lua_State *L, bh_rule_env *env);       /* empty globals for the calls to come */
void bh_bundle_reach_rules(lua_State *L, bh_bundle *b);         /* bh_freeze_reach for the functions that were registered */
void bh_bundle_enter(lua_State *L, bh_bundle *bundle);          /* fresh globals where the last call left something */
/* After a call: false where a file-level local was changed (its name in *name); everything is put back. */
bool bh_bundle_leave(lua_State *L, bh_bundle *bundle, const char **name);
void bh_bundles_free(bh_rules *r);
int bh_lua_require(lua_State *L);
int bh_lua_rule(lua_State *L);
int bh_lua_constructor(lua_State *L);                           /* client "x" {…} and its like: nothing */
int bh_lua_secret(lua_State *L);

/* select.c */
void bh_select_open(lua_State *L);
int bh_lua_devices(lua_State *L);
int bh_lua_users(lua_State *L);
int bh_lua_assets(lua_State *L);
int bh_lua_gauge(lua_State *L);
int bh_lua_usage(lua_State *L);
void bh_select_reach(lua_State *L, int index);                  /* pushes the selector's table */
bh_str bh_select_json(lua_State *L, int index);                 /* canonical JSON of a selector or table; lives in the call's arena */

/* convert.c */
void bh_node_push_lua(lua_State *L, const bh_node *n, bool money);
void bh_json_push_lua(lua_State *L, bh_str json, bool money);   /* money: amounts and quantities become decimals */
bh_node *bh_node_from_lua(lua_State *L, int index);

/* bill.c, bill_ask.c, bill_lines.c, bill_add.c, filter.c */
void bh_bill_open(lua_State *L);
void bh_bill_lines_open(lua_State *L);
bh_rule_call *bh_bill_self(lua_State *L, const char *method);   /* argument 1 is the bill, and a call is on */
void bh_bill_change(lua_State *L);                              /* before the first change: what to go back to */
bh_str bh_bill_keep(lua_State *L, bh_str s);                    /* copy that lives as long as the result */
bh_str bh_bill_text(lua_State *L, int index, const char *what); /* a kept, checked text: UTF-8, not empty, not too long */
void bh_bill_did(lua_State *L, bh_str deed);                    /* for the evidence; the text is kept as it is */
bh_str bh_bill_fmt(lua_State *L, const char *fmt, ...) BH_PRINTF(2, 3);
bool bh_bill_take(lua_State *L, bh_str key);                    /* false: the rule has used the key before */
bh_str bh_bill_ordinal(lua_State *L, const char *prefix, bh_str text); /* a key not used yet: PREFIX TEXT#n */
void *bh_bill_grow(lua_State *L, void *items, size_t count, size_t *cap, size_t size); /* room for one more, in the call's arena */
void bh_bill_push_ratio(lua_State *L, bh_ratio q);              /* an integer where it is whole, else a decimal */
bh_status bh_bill_finish(bh_rules *r, bh_error *err);           /* discounts, memos, hold and trace go into the result; no Lua */
int bh_bill_count(lua_State *L);
int bh_bill_quantity(lua_State *L);
int bh_bill_assets(lua_State *L);
int bh_bill_previous(lua_State *L);
int bh_bill_lines(lua_State *L);
int bh_bill_add(lua_State *L);
int bh_bill_discount(lua_State *L);
int bh_bill_memo(lua_State *L);
int bh_bill_hold(lua_State *L);
void bh_line_push(lua_State *L, size_t index);
void bh_line_recompute(lua_State *L, bh_owed_line *l, bh_dec price, bh_ratio quantity); /* sets them, and the amount that follows */
bh_ratio bh_line_need_quantity(lua_State *L, int index, const char *what);
/* Checks the keys of the table at `index` against a NULL-ended list; an unknown one is an error that names the nearest. */
void bh_bill_keys(lua_State *L, int index, const char *what, const char *const *known);

/* Which lines: of each field named, one of the values. Pointer-free, so that it can be copied. */
typedef struct bh_rule_condition { uint32_t field, at, len; } bh_rule_condition;
typedef struct bh_rule_filter { uint32_t tag, count; size_t bytes; bh_rule_condition conditions[]; } bh_rule_filter;
const bh_rule_filter *bh_filter_new(lua_State *L, int index, const char *what); /* pushes it (nil: all lines, NULL) */
bool bh_filter_takes(const bh_rule_filter *f, const bh_owed_line *l);

/* trace.c */
int bh_rules_error(lua_State *L, const char *fmt, ...);         /* lua_pushfstring's formats; puts the rule's FILE:LINE in front; no return */
int bh_rules_failed(lua_State *L);                              /* the message handler: fills r->failure */
void bh_rules_sample(bh_rules *r);                              /* from the allocator: where memory ran out */
#endif
