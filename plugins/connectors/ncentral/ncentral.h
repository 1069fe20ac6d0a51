/* The ncentral connector's own declarations. */
#ifndef NCENTRAL_H
#define NCENTRAL_H
#include "billhook/kit.h"

typedef struct ncentral {
  const bh_host *h;
  bhk_api api;
  int64_t page_size;
  uint32_t at_once;
  int by_site;          /* sites are clients, too */
} ncentral;

/* Emits customers and, where they are clients, sites. No customer at all is BH_E_INVALID: it is never read as nothing to bill. */
bh_status ncentral_clients(ncentral *n, const bh_emit *emit);
bh_status ncentral_devices(ncentral *n, const bh_emit *emit);
#endif
