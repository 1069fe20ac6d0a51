/* The ninjaone connector's own declarations. */
#ifndef NINJAONE_H
#define NINJAONE_H
#include "billhook/kit.h"

typedef struct ninja {
  const bh_host *h;
  bhk_api api;
  int64_t page_size;
  int by_location;      /* locations are the clients, not organisations */
  int include_inactive;
} ninja;

/* What one pull knows. */
typedef struct ninja_pull {
  ninja *n;
  const bh_emit *emit;
  bhk_map organizations, locations; /* id → name */
  bhk_seen seen;                    /* ids of the list that is being read */
  bhk_bad bad;                      /* its malformed rows */
} ninja_pull;
void ninja_pull_dispose(ninja_pull *p);

/* Reads one of the lists that are bare arrays with pages after an id. It ends with an empty page: a page with fewer rows than were asked for may
 * be one that NinjaOne cut. */
bh_status ninja_list(ninja_pull *p, const char *path, const char *what, const char *const *fields, size_t field_count,
                     bh_status (*row)(void *user, const bh_json_record *r));
/* Organisations and locations; emits those of the two that are the clients. None at all is BH_E_INVALID: it is never read as nothing to bill. */
bh_status ninja_clients(ninja_pull *p);
bh_status ninja_devices(ninja_pull *p);
#endif
