/* Running connectors: a worker each, side by side, what they push handed to the caller's sink as it comes. */
#ifndef BH_PULL_H
#define BH_PULL_H
#include "base/date.h"
#include "base/json.h"
#include "plugin/plugins.h"
#include "plugin/transport.h"

typedef struct bh_pull_option { bh_str key; bh_str value; bool secret; } bh_pull_option; /* value: text; lists and tables as JSON */
/* What a connector brings. Strings live during the call. A status other than BH_OK ends that connector's pull with err's message. */
typedef struct bh_pull_asset { bh_str client, kind, klass, id, name, attrs; int32_t mode; bh_day from, to, last_seen; } bh_pull_asset; /* mode: bh_scope_mode's values */
typedef struct bh_pull_gauge { bh_str client, metric; bh_day day; bh_dec value; } bh_pull_gauge;
typedef struct bh_pull_usage { bh_str client, metric, id, description, attrs; bh_day day; bh_dec quantity; } bh_pull_usage;
typedef struct bh_pull_charge { bh_str client, id, product, description, po, contract; bh_day day; bh_dec quantity; bool has_price; bh_dec price; bool has_cost; bh_dec cost; } bh_pull_charge;
typedef struct bh_pull_product { bh_str id, name; bool has_price; bh_dec price; bool has_cost; bh_dec cost; } bh_pull_product;
typedef struct bh_pull_cost { bh_str client, id, product, description, currency; bh_day from, until; bh_dec quantity, amount; } bh_pull_cost; /* [from, until) */
typedef struct bh_pull_sink {
  bh_status (*client)(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err);
  bh_status (*asset)(void *ctx, const bh_pull_asset *x, bh_error *err);
  bh_status (*gauge)(void *ctx, const bh_pull_gauge *x, bh_error *err);
  bh_status (*usage)(void *ctx, const bh_pull_usage *x, bh_error *err);
  bh_status (*charge)(void *ctx, const bh_pull_charge *x, bh_error *err);
  bh_status (*scope)(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err);
  bh_status (*client_failed)(void *ctx, bh_str client, bh_str why, bh_error *err);
  /* May be NULL: what they would get is dropped. */
  bh_status (*contract)(void *ctx, bh_str client, bh_str id, bh_str json, bh_error *err);
  bh_status (*product)(void *ctx, const bh_pull_product *x, bh_error *err);
  bh_status (*cost)(void *ctx, const bh_pull_cost *x, bh_error *err);
  bh_status (*sent)(void *ctx, const bh_sent *x, bh_error *err);
  bh_status (*received)(void *ctx, const bh_received *x, bh_error *err);
  bh_status (*tax_code)(void *ctx, const bh_tax_code *x, bh_error *err);
  bh_status (*outcome)(void *ctx, const bh_outcome *x, bh_error *err);
  bh_status (*cursor)(void *ctx, bh_str cursor, bh_error *err);  /* after everything else, when the pull has returned OK */
  void (*log)(void *ctx, bh_str connector, int32_t level, bh_str text);
  void (*exchange)(void *ctx, const bh_exchange *x); /* of jobs with `record`; unscrubbed. May be NULL */
} bh_pull_sink;
enum { BH_CALL_PULL = 0, BH_CALL_PROBE = 1, BH_CALL_CLIENTS = 2, BH_CALL_DELIVER = 3, BH_CALL_LOOKUP = 4, BH_CALL_STATUS = 5, BH_CALL_CHARGE = 6,
  BH_CALL_REFUND = 7, BH_CALL_EVENT = 8, BH_CALL_COUNT = 9 };
const char *bh_call_name(int32_t call); /* "pull", …; NULL: it is none */
/* What the calls of sinks and gateways are about: of a sink key, document, ref (status); of a gateway key, debit; of an event body, headers, time. */
typedef struct bh_outward {
  bh_str key, ref;
  bh_document document;
  bh_debit debit;
  bh_str body;
  bh_str *headers; size_t header_count; /* name, value … */
  int64_t now_s;
} bh_outward;
typedef struct bh_pull_job {
  bh_str name;                   /* the connector's name in the workspace */
  const bh_manifest *plugin;
  const bh_pull_option *options; size_t option_count;
  bh_str workspace_dir;          /* paths in options are relative to it; files are opened below it only */
  bh_str timezone; bh_day day;   /* the pull's date */
  void *ctx;                     /* for the sink */
  int timeout_s;                 /* whole pull; 0: 3600 */
  int32_t call;                  /* BH_CALL_… */
  bh_outward outward;            /* for the calls of sinks and gateways */
  bh_day since;                  /* 0: everything */
  bh_str cursor;                 /* of the last good pull; may be empty */
  bh_str ca;                     /* absolute path of certificates to trust instead of the system's; may be empty */
  bool record;                   /* hands over each request and its answer too */
  /* out: */
  bh_status status; bh_error error; int64_t took_ms; /* the message begins with: connector "NAME": */
  long peak_kib;                 /* its worker's memory */
} bh_pull_job;
/* Runs all jobs side by side; each ends with its own status. Returns BH_E_INTERRUPTED where *stop became nonzero. */
bh_status bh_pull_run(bh_pull_job *jobs, size_t n, const bh_pull_sink *sink, const volatile int *stop, bh_error *err);
/* The connector role's loop in the worker process: loads the plugin that INIT names, calls pull, pushes frames. */
int bh_connector_worker_main(int fd);
#endif
