/* The kaseya-vsa connector's own declarations. */
#ifndef VSA_H
#define VSA_H
#include "billhook/kit.h"

typedef struct vsa {
  const bh_host *h;
  bhk_api api;          /* …/api/v1.0 */
  int64_t page_size;
  uint32_t at_once;
  int by_group;         /* machine groups are the clients, not organisations */
  int include_inactive;
} vsa;

/* What one pull knows. */
typedef struct vsa_pull {
  vsa *v;
  const bh_emit *emit;
  bhk_map organizations;  /* id → name */
  bhk_map groups;         /* machine group's id → its organisation's id */
  bhk_seen seen;
  bhk_bad bad;
} vsa_pull;
void vsa_pull_dispose(vsa_pull *p);

/* Reads one of VSA's lists. VSA reports mistakes with HTTP 200: each answer's ResponseCode is looked at. `path` has a query already where it ends
 * in '&', and ends in '?' otherwise. */
bh_status vsa_list(vsa_pull *p, const char *path, const char *what, const char *const *fields, size_t field_count,
                   bh_status (*row)(void *user, const bh_json_record *r));
/* Organisations and machine groups; emits those of the two that are the clients. No organisation at all is BH_E_INVALID: it is never read as nothing to bill. */
bh_status vsa_clients(vsa_pull *p);
bh_status vsa_agents(vsa_pull *p);
#endif
