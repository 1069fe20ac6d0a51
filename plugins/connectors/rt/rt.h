/* The rt connector's own declarations. */
#ifndef RT_H
#define RT_H
#include "../psa/psa.h"

typedef struct rt {
  psa p;
  bh_str token, user, password, queues, billable;
  bhk_buf authorization, path;
  bhk_map tickets;      /* id -> its queue's id */
  bhk_map deleted, not_billable; /* ids of tickets */
  bhk_map names;        /* id -> subject */
} rt;

/* A paged list: "/tickets?query=…&fields=…" without its page, or a search by POST where `body` is not empty. */
bh_status rt_read(rt *x, const bhk_buf *path, bh_str body, const char *const *fields, size_t field_count, bh_status (*row)(void *user, const bh_json_record *r),
                  void *user);
bh_status rt_put_escaped(rt *x, bhk_buf *b, bh_str text);

bh_status rt_queues(rt *x, bool emit);
/* Reads what is to be known of these tickets: their queues and subjects, which are deleted, which are not billable. */
bh_status rt_tickets(rt *x, const psa_ids *ids);
bh_status rt_time(rt *x);
#endif
