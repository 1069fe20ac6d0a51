/* A connector inside its worker: one plugin, one instance, its services. Linked into the worker alone. */
#ifndef BH_CONNECTOR_H
#define BH_CONNECTOR_H
#include "plugin/host.h"
#include "plugin/pull_init.h"
#include "plugin/transport.h"

enum { BH_FILES_OPEN_MAX = 16, BH_WEBSOCKETS_OPEN_MAX = 4 };

typedef struct bh_open_scope { bh_str kind, client; } bh_open_scope;
typedef struct bh_connector_run {
  int fd;                      /* the channel */
  bh_arena arena;
  bh_pull_init init;
  bh_host_ctx host;            /* host.owner is this struct */
  bool lost;                   /* the host cannot be written to */
  /* emit.c */
  bh_emit emit;
  /* outward_emit.c: of sinks and gateways */
  bh_sink_emit sink_emit;
  bh_gateway_emit gateway_emit;
  size_t said;                 /* sent() and outcome() in the call that goes on */
  bh_buf facts;                /* packed, not yet sent */
  bh_status (*take)(struct bh_connector_run *r, bh_str facts, bh_error *err); /* where they go; NULL: to the host */
  bh_open_scope *scopes; size_t scope_count, scope_cap;
  bh_buf cursor;
  bh_status bad; char why[400]; /* the first fact that was not taken */
  /* file_service.c */
  int workspace_fd;            /* -1 until it is needed */
  struct bh_file *files[BH_FILES_OPEN_MAX];
  /* http.c */
  struct bh_http *http;        /* NULL until it is asked for */
  bh_websocket *websockets[BH_WEBSOCKETS_OPEN_MAX];
  const bh_transport *transport; /* NULL: the network, and nobody listens */
} bh_connector_run;

void bh_emit_init(bh_connector_run *r);
void bh_emit_dispose(bh_connector_run *r);
bh_status bh_emit_flush(bh_connector_run *r, bh_error *err);
/* For the emit functions: keeps what was wrong with the first thing that was not taken, and records it; sends what has gathered. */
bh_status bh_emit_refuse(bh_connector_run *r, const char *what);
bh_status bh_emit_packed(bh_connector_run *r);
/* After a call that returned BH_OK: scopes that were not ended, facts that were not taken. */
bh_status bh_emit_finish(bh_connector_run *r, bh_error *err);

/* The services, with the host's ctx as first argument of their functions. */
const bh_file_service *bh_file_service_get(void);
const bh_http_service *bh_http_service_get(void);
const bh_json_service *bh_json_service_get(void);
const bh_websocket_service *bh_websocket_service_get(void);
const bh_program_service *bh_program_service_get(void);
/* file_service.c: the folder that the option names, open; -1 where it names none, or with *rc not BH_OK. */
int bh_file_open_folder(bh_status *rc, bh_connector_run *r, const char *key);
/* file_list.c: list() of the file service. */
bh_status bh_file_list(void *ctx, const char *key, int32_t *folder, bh_status (*name)(void *user, bh_str name), void *user);
/* Closes what the plugin has left open after a call, and at the end. */
void bh_files_close_all(bh_connector_run *r);
void bh_websocket_free(bh_connector_run *r, bh_websocket *s);
void bh_websockets_close_all(bh_connector_run *r);
void bh_http_close(bh_connector_run *r);
static inline bh_connector_run *bh_run_of(void *host_ctx) { return ((bh_host_ctx *)host_ctx)->owner; }
#endif
