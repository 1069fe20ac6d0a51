/* A workspace in a temporary folder with a store that was filled by hand: three approved invoices and a draft. */
#ifndef BH_REPORT_FIXTURE_H
#define BH_REPORT_FIXTURE_H
#include "report/report.h"

typedef struct report_fixture {
  char dir[64];
  bh_arena a;
  bh_buf out;                  /* what the API printed last */
  billhook *b;                 /* opened by fixture_reopen, for reading */
  bh_store *s;                 /* open between fixture_open_store and fixture_close_store */
  int32_t acme, contract;
} report_fixture;

/* One line of a document. quantity × price must be amount. */
typedef struct fixture_line { const char *key, *product, *quantity, *price; int64_t amount; } fixture_line;
typedef struct fixture_doc {
  const char *issue, *due, *from, *to;
  int32_t batch;
  const fixture_line *lines; size_t line_count;
  int64_t discount, tax;       /* minor */
  const char *tax_rate;
  bool approve;
  const char *hold;            /* JSON array, or NULL */
  const char *description;     /* of the first line; NULL: the product */
} fixture_doc;

int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_open_store(report_fixture *f);
void fixture_close_store(report_fixture *f);
int64_t fixture_put(report_fixture *f, const fixture_doc *d); /* within an open store; returns the document's number */
void fixture_reopen(report_fixture *f);
billhook_out fixture_out(report_fixture *f);   /* clears f->out */
bh_node *fixture_json(report_fixture *f);      /* f->out, one document */
size_t fixture_lines(const report_fixture *f); /* lines in f->out */
#endif
