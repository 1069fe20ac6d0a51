/* The datto-rmm connector's own declarations. */
#ifndef DATTO_H
#define DATTO_H
#include "billhook/kit.h"

typedef struct datto {
  const bh_host *h;
  bhk_api api;          /* …/api */
  int64_t page_size;
  uint32_t at_once;
  int include_inactive;
} datto;

/* Emits the account's sites as clients. None at all is BH_E_INVALID: it is never read as nothing to bill. */
bh_status datto_sites(datto *d, const bh_emit *emit);
/* Emits the account's devices. */
bh_status datto_devices(datto *d, const bh_emit *emit);
#endif
