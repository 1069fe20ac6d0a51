/* The connectwise connector's own declarations. */
#ifndef CONNECTWISE_H
#define CONNECTWISE_H
#include "../psa/psa.h"

enum { CW_PAGE = 1000, CW_PAGE_DEFAULT = 25 /* rows of a page where pageSize is not honoured */ };

typedef struct cw {
  psa p;
  bh_str company, public_key, private_key, client_id, companies; /* companies: further conditions */
  bool with_charges, bill_flag, actual_hours;
  bhk_map closed;   /* ids of the statuses at hand under which things don't count */
  bhk_buf path;
} cw;

/* A list of the API. */
typedef struct cw_list {
  const char *path;        /* "/company/companies" */
  bh_str conditions;       /* ConnectWise's own language; may be empty */
  const char *ask;         /* the query's `fields`: what comes is no more than needed */
  const char *const *fields;
  size_t field_count;
  bh_status (*row)(void *user, const bh_json_record *r);
  bool inner;              /* one of very many small ones: counted only where it may have been cut */
} cw_list;
/* Reads it whole, and compares with the API's own count: a list that is cut is BH_E_TRANSIENT. */
bh_status cw_read(cw *c, const cw_list *l, void *user, const bh_json_query *const *more, size_t more_count, void (*repeated)(void *user));
/* Fills c->closed with the ids of the statuses at `path` whose `flag` is set. */
bh_status cw_closed_statuses(cw *c, const char *path, const char *flag);
/* "name>=[2026-08-31T00:00:00Z]": a day earlier, as the company's day may begin before that of UTC. */
void cw_since(bhk_buf *b, const char *name, bh_date day);

bh_status cw_companies(cw *c);
bh_status cw_configurations(cw *c);
bh_status cw_contacts(cw *c);
bh_status cw_agreements(cw *c);     /* products first, then agreements with their additions */
bh_status cw_time_entries(cw *c);
bh_status cw_charges(cw *c);
#endif
