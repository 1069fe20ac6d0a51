/* The conformance suite inside its worker: one test of one plugin. */
#ifndef BH_CHECK_INSIDE_H
#define BH_CHECK_INSIDE_H
#include "plugin/check/check.h"
#include "plugin/connector.h"
#include "plugin/load.h"
#include "plugin/model_emit.h"

typedef struct bh_check bh_check;

/* ---- facts.c: what a pull brought ---- */
typedef struct bh_check_fact { const char *what; bh_str json, kind, client; } bh_check_fact; /* what: "client", "asset" … */
typedef struct bh_check_scope { bh_str kind, client; } bh_check_scope;
typedef struct bh_check_facts {
  bh_arena arena;
  bh_check_fact *items; size_t count, cap;         /* sorted by bh_check_facts_done, each once */
  bh_check_scope *complete; size_t complete_count, complete_cap;
  bh_check_scope *partial; size_t partial_count, partial_cap;
  bh_str *failed; size_t failed_count, failed_cap; /* clients */
} bh_check_facts;
void bh_check_facts_init(bh_check_facts *f);
void bh_check_facts_dispose(bh_check_facts *f);
void bh_check_facts_clear(bh_check_facts *f);
bh_status bh_check_facts_take(bh_check_facts *f, bh_str packed, bh_error *err);
void bh_check_facts_done(bh_check_facts *f);
/* Whether `got`, a pull that came to BH_OK, may stand where the good session brings `good`: the same, or what is missing is said to be (a failed
 * client, a list that is not declared complete and was). Otherwise false, with the words. */
bool bh_check_facts_judge(char out[600], const bh_check_facts *good, const bh_check_facts *got);
/* The same for files, of which nobody knows how long they were: only what is declared complete and is not there is wrong. */
bool bh_check_facts_judge_files(char out[600], const bh_check_facts *good, const bh_check_facts *got);
/* Whether nothing says of the asset x what it means that others of its kind did not come: no scope, whole or partial, and it is no change either. */
bool bh_check_facts_open(const bh_check_facts *f, const bh_check_fact *x);

/* ---- replay.c: a recorded session ---- */
typedef struct bh_check_exchange {
  bh_str method, url, sent, token, headers, body; /* token: empty: whatever the request carries */
  int32_t status;
  bh_str path;                   /* the URL without its query, for finding pages of one list */
  bool used;
  /* of sinks and gateways (other_side.h) */
  bh_str effect, once, after, sent_has;
  bool repeats; int32_t repeat_status; bh_str repeat_body; /* the answer to what comes again under the same key */
} bh_check_exchange;
typedef struct bh_check_file { bh_str name, text; } bh_check_file;
typedef struct bh_check_replay {
  bh_check_exchange *items; size_t count;
  bh_check_file *files; size_t file_count;
  bh_pull_option *options; size_t option_count;
  bh_str timezone, cursor;
  bh_day date, since;
  struct bh_check_subject *subjects; size_t subject_count;
  struct bh_check_event *events; size_t event_count;
} bh_check_replay;
bh_status bh_check_replay_read(bh_check_replay *out, bh_arena *a, bh_str json, bh_error *err);

/* What happens to the answers of one run. */
typedef enum bh_check_how {
  BH_CHECK_AS_IS, BH_CHECK_CHUNKS, BH_CHECK_CUT, BH_CHECK_BREAK, BH_CHECK_EMPTY, BH_CHECK_HOLLOW, BH_CHECK_HTML, BH_CHECK_STATUS, BH_CHECK_OTHER_PAGE,
  BH_CHECK_UTF8, BH_CHECK_LONG_IDS, BH_CHECK_NESTED, BH_CHECK_NESTED_INSIDE, BH_CHECK_REFUSED,
  BH_CHECK_LOST                  /* of sinks and gateways: sent, and no answer */
} bh_check_how;
typedef struct bh_check_mutation {
  bh_check_how how;
  size_t at;                     /* which exchange; CHUNKS and LONG_IDS: all */
  size_t number;                 /* the status, where it is cut, bytes a chunk, the other exchange */
  bool once;                     /* OTHER_PAGE: the first time only */
  bh_map *plain;                 /* LONG_IDS: numbers that stay as they are, because members that do not end in "id" have them too */
} bh_check_mutation;
/* "with answer 3 (GET https://…/devices) cut after 120 bytes" */
void bh_check_mutation_words(char out[300], const bh_check_replay *r, const bh_check_mutation *m);
/* The answer's body as the mutation makes it, in `a`. */
bh_str bh_check_mutate(bh_arena *a, const bh_check_mutation *m, const bh_check_exchange *x);
/* Notes the numbers of members that do not end in "id": they may be references, or counts that happen to be the same. */
void bh_check_plain_numbers(bh_map *out, bh_str body);
/* Ids that were made long, as they were. */
bh_str bh_check_short_ids(bh_arena *a, bh_str text);

/* One run's transport. */
typedef struct bh_check_player {
  bh_check_replay *replay;
  const bh_check_mutation *mutation;
  bh_transport transport;
  bh_arena arena;
  size_t requests;
  bool endless;                  /* it asked more often than any session can need */
  bool done_once;
  char missed[300];              /* the first request that the recording does not have */
} bh_check_player;
void bh_check_player_init(bh_check_player *p, bh_check_replay *r, const bh_check_mutation *m);
void bh_check_player_dispose(bh_check_player *p);
/* Answers one request; the player of a WebSocket's messages as well. */
void bh_check_player_answer(bh_check_player *p, bh_exchange *x);

/* ---- sockets.c: WebSockets over the recorded session ---- */
/* An exchange with the method WS is a message that came, `sent` what was sent since the one before. */
const bh_websocket_service *bh_check_websockets(void);
void bh_check_websockets_close(void);

/* ---- faults.c: host functions that fail, and a host that wants to stop ---- */
/* Counts the calls of the host's functions from here on; the `fail_at`th fails (0: none); from the `cancel_at`th on cancelled() is true. */
void bh_check_faults_set(uint64_t fail_at, uint64_t cancel_at);
uint64_t bh_check_faults_calls(void);
const char *bh_check_faults_failed(void);  /* which one was made to fail; NULL: none yet */
uint64_t bh_check_faults_services(void);   /* how often a service was asked for */
/* Puts the counting functions into the tables that the plugin gets. One instance at a time. */
void bh_check_faults_host(bh_host_ctx *c);
void bh_check_faults_emit(bh_emit *emit);
void bh_check_faults_model(bh_model_emit *emit);
void bh_check_faults_outward(bh_connector_run *run);

/* ---- fields.c: fields that no record has ---- */
/* From begin to end the queries of all calls are watched. */
void bh_check_fields_begin(void);
void bh_check_fields_end(void);
/* The queries, or others in their place that hand on to them; *keep is free()d after the call. `url` empty: a message. */
const bh_json_query *const *bh_check_fields_watch(void **keep, const bh_json_query *const *queries, size_t n, bh_str method, bh_str url);
/* A warning for each query with fields that none of its records had. */
void bh_check_fields_judge(bh_check *k);

/* ---- the test that runs ---- */
typedef struct bh_check_case { bh_str name; const bh_node *json; } bh_check_case;
struct bh_check {
  int fd;
  bh_arena arena;
  bh_check_init init;
  bh_manifest manifest;
  const bh_plugin *plugin;
  const bh_connector *connector;
  const bh_model *model;
  bool outward;                  /* a sink or a gateway */
  int32_t sends;                 /* its call that has an effect: BH_CALL_DELIVER, BH_CALL_CHARGE */
  bh_check_replay replay;
  bh_check_case *cases; size_t case_count;
  bh_str *carries;               /* what each case left, once they were rated as they stand */
  bool invented;                 /* the case is none of the vendor's */
  uint64_t random;
  bh_error err;                  /* why it failed */
  char words[600];               /* what there is to say where it passed */
  bh_buf warnings;               /* what a person must see although it passed, a line each */
  bh_str result;                 /* in place of the words, where it is set */
  bool skipped;
};
/* Each returns BH_OK, or another status with k->err filled in. */
bh_status bh_check_symbols(bh_check *k);
bh_status bh_check_manifest(bh_check *k);
bh_status bh_check_options(bh_check *k);
bh_status bh_check_required(bh_check *k);
bh_status bh_check_lifecycle(bh_check *k);
bh_status bh_check_process(bh_check *k);
bh_status bh_check_host_failures(bh_check *k);
bh_status bh_check_cancel(bh_check *k);
bh_status bh_check_good_session(bh_check *k);
bh_status bh_check_twice(bh_check *k);
bh_status bh_check_growth(bh_check *k);
bh_status bh_check_long_ids(bh_check *k);
bh_status bh_check_files(bh_check *k);
bh_status bh_check_mutated(bh_check *k);   /* the tests that change answers, by k->init.test */
bh_status bh_check_cases_test(bh_check *k);
bh_status bh_check_same(bh_check *k);
bh_status bh_check_order(bh_check *k);
bh_status bh_check_parts(bh_check *k);
bh_status bh_check_pure(bh_check *k);
bh_status bh_check_rate_one(bh_check *k);
bh_status bh_check_delivers(bh_check *k);
bh_status bh_check_once(bh_check *k);
bh_status bh_check_failures(bh_check *k);  /* the tests that spoil answers of sinks and gateways, by k->init.test */
bh_status bh_check_outward_faults(bh_check *k);
bh_status bh_check_events(bh_check *k);
bh_status bh_check_interface(bh_check *k);
bh_status bh_check_describe(bh_check *k); /* no test: the result is the plugin's manifest */
bh_status bh_check_skip(bh_check *k, const char *fmt, ...) BH_PRINTF(2, 3); /* BH_OK */
bh_status bh_check_say(bh_check *k, const char *fmt, ...) BH_PRINTF(2, 3);  /* BH_OK */
/* A warning; the test passes. */
void bh_check_warn(bh_check *k, const char *fmt, ...) BH_PRINTF(2, 3);
/* brought.c: adds how much of each kind there is to the words, and warns of assets that came outside any scope. */
void bh_check_brought(bh_check *k, const bh_check_facts *f);
/* What it is about to do, for the message if it dies there. */
void bh_check_doing(bh_check *k, const char *fmt, ...) BH_PRINTF(2, 3);
uint64_t bh_check_random(bh_check *k, uint64_t below);

/* ---- prepare.c: the plugin, its session, its cases ---- */
/* Loads the plugin and reads what stands beside it. */
bh_status bh_check_prepare(bh_check *k);
/* The instance's options: the session's, then those by hand, then something for each required one that is left. `without` (may be NULL): a key
 * that is left out, however required. */
bh_status bh_check_values(bh_values *out, bh_arena *a, const bh_check *k, const char *without, bh_error *err);
/* The parameters of a case. */
bh_status bh_check_params(bh_values *out, bh_arena *a, const bh_check *k, const bh_node *params, const char *without, bh_error *err);
/* Something that fits the option, as text (records as JSON). */
bh_str bh_check_something(bh_arena *a, const bh_option *o);

/* ---- session.c: an instance and its calls ---- */
enum { BH_CHECK_PROBE = 1, BH_CHECK_CLIENTS = 2, BH_CHECK_PULL = 4, BH_CHECK_PULL_AGAIN = 8, BH_CHECK_ALL_CALLS = 7 };
typedef struct bh_check_run {
  /* in */
  int calls;                     /* besides create and destroy; 0: no more */
  const bh_check_mutation *mutation;
  const char *without;           /* a required option that is left out */
  bool no_network;               /* every connection fails */
  /* out */
  bh_status status;              /* of the first call that did not return BH_OK */
  const char *call;              /* which one that was; or the last one */
  char reason[800];              /* as recorded; empty: it did not say why */
  bh_check_facts clients, facts, again;
  char missed[300];
  bool endless;
} bh_check_run_result;
void bh_check_run_init(bh_check_run_result *r);
void bh_check_run_dispose(bh_check_run_result *r);
/* The transport's own, or NULL: nobody answers. */
void bh_check_open(bh_connector_run *run, bh_check *k, const bh_transport *transport);
void bh_check_close(bh_connector_run *run);
/* Facts, reason and the rest are of this run alone. BH_OK: the run took place, whatever it came to. */
bh_status bh_check_connect(bh_check *k, bh_check_run_result *r);
/* Every run that fails must say why. */
bh_status bh_check_said_why(bh_check *k, const bh_check_run_result *r, const char *when);

/* ---- rate.c: a model and its calls ---- */
typedef struct bh_check_rated { bh_status status; const char *call; char reason[800]; bh_buf json; } bh_check_rated;
typedef struct bh_check_instance bh_check_instance;
bh_status bh_check_instance_new(bh_check_instance **out, bh_check *k, char reason[800]);
void bh_check_instance_free(bh_check_instance *i);
/* Rates one case; `carry` (may be NULL): what a case before left, replaced by what this one leaves. json: {"lines":[…],"carry":…,"notes":[…]}. */
bh_status bh_check_rate_case(bh_check_rated *out, bh_check *k, bh_check_instance *i, const bh_node *json, bh_str *carry, bh_arena *carry_arena, const char *without);
/* All cases with one instance, in the order of `turn` (NULL: as they stand): results[i] is case i's JSON, or "prepare: …", "rate: …" where it
 * failed. A case that says "carry": true goes on from the one before it in the file, whatever the order. */
bh_status bh_check_rate_all(bh_str *results, bh_check *k, const size_t *turn);
/* "4", "2.5", "16/30". */
bool bh_check_ratio(bh_ratio *out, bh_str text);
/* Exactly what the lines of a result come to, as a ratio. */
bool bh_check_sum(bh_ratio *out, bh_str json);

/* ---- symbols.c ---- */
/* Calls back with each symbol that the plugin needs and each that it exports. */
bh_status bh_check_each_symbol(bh_check *k, void (*each)(void *ctx, const char *name, bool defined, bool weak, bool bound), void *ctx);

/* ---- measure.c ---- */
typedef struct bh_check_size { size_t heap_bytes, mapped_kib; int descriptors, threads; } bh_check_size;
bh_check_size bh_check_measure(void);
#endif
