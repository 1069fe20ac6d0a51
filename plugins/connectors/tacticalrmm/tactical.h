/* The tacticalrmm connector's own declarations. */
#ifndef TACTICAL_H
#define TACTICAL_H
#include "billhook/kit.h"

typedef struct tactical {
  const bh_host *h;
  bhk_api api;
  int by_site; /* sites are the clients */
} tactical;

/* What one pull knows. */
typedef struct tactical_pull {
  tactical *t;
  const bh_emit *emit;
  bhk_map clients; /* name (with sites: "CLIENT|SITE", a sign that Tactical lets neither have) → id */
  bhk_seen seen;
  bhk_bad bad;
  bhk_buf key;
} tactical_pull;
void tactical_pull_dispose(tactical_pull *p);

/* Reads the clients, or the sites, and emits them. None at all is BH_E_INVALID: it is never read as nothing to bill. */
bh_status tactical_clients(tactical_pull *p);
bh_status tactical_agents(tactical_pull *p);
#endif
