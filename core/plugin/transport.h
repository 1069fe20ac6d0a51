/* In place of the network, or listening to it: how the check replays a session and `plugin record` writes one down. */
#ifndef BH_TRANSPORT_H
#define BH_TRANSPORT_H
#include "base/base.h"

/* One request and what came of it. */
typedef struct bh_exchange {
  bh_str method, url, sent;    /* sent: the request's body */
  bh_str token;                /* that the host put into a header (oauth2(), session()); empty: none */
  bh_str asked;                /* replayed: the request's headers, as lines "Name: value\n" */
  int32_t status;              /* 0: no connection */
  bh_str headers;              /* lines "Name: value\n" */
  bh_str body;
  size_t chunk;                /* replayed: so many bytes at a time; 0: all at once */
  bool broken;                 /* replayed: the connection breaks behind the body */
  bool lost;                   /* replayed: it breaks before anything comes, and the request has arrived */
} bh_exchange;

typedef struct bh_transport {
  void *ctx;
  /* Fills in what follows `sent`; what it points to lives until the next call. NULL: the network answers. */
  void (*answer)(void *ctx, bh_exchange *x);
  /* After each attempt; of a refusal only the beginning of the body. NULL: nobody listens. */
  void (*heard)(void *ctx, const bh_exchange *x);
} bh_transport;
#endif
