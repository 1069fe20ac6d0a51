/* The handle behind the embedding API: what a command needs, opened when it is first asked for. */
#ifndef BH_ENGINE_H
#define BH_ENGINE_H
#include <billhook/billhook.h>
#include "facts/facts.h"
#include "plugin/plugins.h"
#include "store/store.h"
#include "workspace/workspace.h"

struct billhook {
  bh_arena arena;              /* lives as long as the handle */
  billhook_options options;    /* strings copied */
  bh_str dir;
  bh_plugin_set *plugins;
  bh_plugin_specs specs;
  bh_mistakes mistakes;
  const char *const *overlays; size_t overlay_count; /* files laid over the workspace: what-if */
  bh_workspace *ws;
  bool ws_whole;               /* the price book too, not only billhook.lua */
  bh_store *store; bool store_writes;
  bh_day today;                /* set with the workspace's timezone */
  bh_error error;
};

/* Each opens its part once and keeps it. A workspace with mistakes is BH_E_WORKSPACE (the mistakes are in b->mistakes). */
bh_status bh_engine_config(billhook *b);                       /* billhook.lua */
bh_status bh_engine_workspace(billhook *b);                    /* and pricebook.lua */
bh_status bh_engine_store(billhook *b, bh_store_mode mode);    /* WRITE takes the lock too */
bh_status bh_engine_plugins(billhook *b);                      /* manifests only; needs no workspace */
/* For check: the workspace with its mistakes left in b->mistakes; and the status that they come to. */
bh_status bh_engine_workspace_mistakes(billhook *b);
bh_status bh_engine_mistakes(billhook *b);
void bh_engine_log(billhook *b, int level, const char *fmt, ...) BH_PRINTF(3, 4);
/* Exit status of a code; bh_engine_end notes the error in b->error and returns the exit status. */
int bh_exit_status(bh_status code);
int bh_engine_end(billhook *b, bh_status code, const bh_error *err);
void bh_engine_progress(billhook *b, const char *what, int64_t done, int64_t of);
bool bh_engine_stopped(const billhook *b);
void bh_out_buf(const billhook_out *out, const bh_buf *buf);   /* writes it whole */
void bh_out_line(const billhook_out *out, const bh_buf *buf);  /* and a newline */

/* "2026-12-01.1" ↔ (day, ordinal). */
bool bh_batch_parse(bh_day *day, int32_t *ordinal, bh_str text);
bh_str bh_batch_format(bh_arena *a, const bh_batch_row *row);
/* A document's shown id, CLIENT-ORD, and finding one by id or number (BH_E_NOTFOUND says what was asked for and how ids look). */
bh_str bh_doc_id(bh_arena *a, bh_str client_id, int32_t ord);
bh_status bh_doc_find(bh_doc_row *out, bh_str *client_id, bh_arena *a, bh_store *s, bh_str what, bh_error *err);
/* The contracts that may stand on the client's documents: its own, and those of clients that are or were billed to it. */
bh_status bh_doc_contracts(bh_contract_row **out, size_t *n, bh_arena *a, bh_store *s, int32_t client, bh_error *err);
/* Has the next run look at these clients again. */
bh_status bh_doc_members_wake(bh_store *s, bh_arena *a, int32_t client, bh_error *err);
const char *bh_doc_state_name(bh_doc_state s);
#endif
