/* The halopsa connector's own declarations. */
#ifndef HALOPSA_H
#define HALOPSA_H
#include "../psa/psa.h"

enum { HALO_PAGE = 100 };

typedef struct halo {
  psa p;
  bh_str client_id, client_secret, scope, tenant, token_url, no_charge;
  bhk_buf token, path;
} halo;

/* A paged list: "/Asset" with its "&name=value", the array's path "$.assets[*]". */
bh_status halo_read(halo *x, const char *path, const char *query, const char *each, const char *const *fields, size_t field_count,
                    bh_status (*row)(void *user, const bh_json_record *r), void *user, const bh_json_query *inside, void (*repeated)(void *user));

bh_status halo_clients(halo *x);
bh_status halo_assets(halo *x);
bh_status halo_users(halo *x);
bh_status halo_items(halo *x);
bh_status halo_contracts(halo *x);  /* recurring invoices, with what their contracts say; one-off lines as charges */
bh_status halo_time(halo *x, bh_date today);
#endif
