/* The parts of the msgraph connector. */
#ifndef BILLHOOK_MSGRAPH_H
#define BILLHOOK_MSGRAPH_H
#include <billhook/kit.h>

enum { GRAPH_USERS_NONE, GRAPH_USERS_LICENSED, GRAPH_USERS_ALL };

typedef struct graph {
  const bh_host *h;
  bhk_api api;
  bh_str token_url, client_id, client_secret, scope, metric, prepaid, ignore;
  int users, disabled, guests; /* the last two: count them, too */
} graph;

/* One pull, one tenant at a time. */
typedef struct graph_run {
  graph *g;
  const bh_emit *emit;
  bh_date today;
  bh_str client;
  bhk_map skus;    /* of the tenant: skuId → skuPartNumber */
  bhk_seen seen;   /* users of the tenant */
  size_t rows;
} graph_run;

/* ---- tenant.c ---- */
/* Everything of every tenant. What one of them refuses costs that one alone. */
bh_status graph_tenants(graph_run *x);
/* A token of the tenant: from here on requests are its. */
bh_status graph_log_in(graph *g, bh_str tenant);
/* ---- skus.c ---- */
bh_status graph_skus(graph_run *x);
/* Is the licence one that everybody gets for nothing? */
int graph_ignored(const graph *g, bh_str sku);
/* ---- users.c ---- */
bh_status graph_users(graph_run *x);
#endif
