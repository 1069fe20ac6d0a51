/* meshcentral: device groups are the clients, nodes their devices. Shared by this folder's files. */
#ifndef MESHCENTRAL_H
#define MESHCENTRAL_H
#include "billhook/kit.h"

typedef struct mesh {
  const bh_host *h;
  const bh_websocket_service *ws;
  bhk_buf url, auth;        /* the control channel's address; the value of x-meshauth */
  bh_str archived;          /* the tag of what is not counted any more; empty: none */
  int by_name;              /* a client is called by its group's name */
  bh_websocket *socket;     /* while a call lasts */
  bhk_map groups;           /* id → what the client is called */
  bhk_map names;            /* what a client is called → the group's id */
} mesh;

/* A message that is waited for: the queries see each message as it streams, and `action` says at its end which it was. */
typedef struct mesh_wanted {
  const char *action;
  const bh_json_query *const *queries;
  size_t query_count;       /* at most 3 */
} mesh_wanted;

/* ---- session.c ---- */
bh_status mesh_open(mesh *m);
void mesh_close(mesh *m);
/* Sends the request, and reads messages until the one that is wanted has come. */
bh_status mesh_ask(mesh *m, const char *request, const mesh_wanted *wanted);
bh_status mesh_no_memory(const mesh *m);

/* ---- nodes.c ---- */
bh_status mesh_nodes_pull(mesh *m, const bh_pull *what, const bh_emit *emit);
#endif
