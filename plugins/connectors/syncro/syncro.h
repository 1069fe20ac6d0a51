/* The syncro connector's own declarations. */
#ifndef SYNCRO_H
#define SYNCRO_H
#include "../psa/psa.h"

typedef struct syncro {
  psa p;
  bh_str token;
  bool skip_lost;  /* timers whose ticket is gone */
  bhk_buf authorization, path;
  bhk_map tickets; /* id -> customer */
} syncro;

/* A list of the API, page by page: "/customers" with its "name=value&…", the records' path "$.customers[*]". The pages say how many there are; where
 * they don't, the list ends with an empty one. A list that comes short of its own count is BH_E_TRANSIENT. */
typedef struct syncro_list {
  const char *path, *query, *each;
  const char *const *fields;
  size_t field_count;
  bh_status (*row)(void *user, const bh_json_record *r);
  const bh_json_query *inside; /* rows inside the records, which come before them; may be NULL */
  void (*repeated)(void *user);
} syncro_list;
bh_status syncro_read(syncro *s, const syncro_list *l, void *user);

bh_status syncro_customers(syncro *s);
bh_status syncro_assets(syncro *s);
bh_status syncro_contacts(syncro *s);
bh_status syncro_products(syncro *s);
bh_status syncro_schedules(syncro *s); /* recurring invoices are the contracts */
bh_status syncro_timers(syncro *s);
#endif
