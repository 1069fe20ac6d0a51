/* The autotask connector's own declarations. */
#ifndef AUTOTASK_H
#define AUTOTASK_H
#include "../psa/psa.h"

enum { AT_PAGE = 500 };

typedef struct at {
  psa p;
  bh_str user, secret, integration_code;
  bool with_charges, hours_worked;
  bhk_buf path, search;
  bhk_map tickets;   /* ticket id -> company id */
  bhk_map projects;  /* project id -> company id */
  bhk_map tasks;     /* task id -> project id */
  bhk_map contracts; /* contract id -> company id */
  psa_ids open_tickets, open_projects, open_tasks; /* ids still to be asked for */
} at;

/* Reads all of an entity ("Companies") whose filter is `filter`: JSON of conditions, may be empty (then: every id). `fields` are asked for and
 * read, the first is "id". The number of rows is compared with the API's own. */
bh_status at_read(at *x, const char *entity, const char *filter, const char *const *fields, size_t field_count,
                  bh_status (*row)(void *user, const bh_json_record *r), void *user);
/* {"op":"gte","field":"dateWorked","value":"2026-09-01"} */
void at_condition(bhk_buf *b, const char *op, const char *field, bh_date day);
/* What is wanted of x->tickets, x->tasks or x->projects, and then asked for at once. What cannot be seen stays unknown. */
bh_status at_want(at *x, bhk_map *of, bh_str id);
bh_status at_look_up(at *x);
bh_status at_ignore(void *user, const bh_json_record *r);

bh_status at_companies(at *x);
bh_status at_devices(at *x);
bh_status at_contacts(at *x);
bh_status at_contracts(at *x);
bh_status at_time(at *x);
bh_status at_charges(at *x);
#endif
