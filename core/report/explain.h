/* The parts of explain. */
#ifndef BH_EXPLAIN_H
#define BH_EXPLAIN_H
#include "report/asking.h"

/* A client whose lines stand on the document: its own, then those of children. */
typedef struct bh_explained_client { bh_str id; bh_client_terms *terms; bh_client_facts *facts; } bh_explained_client;

/* One explanation under way. */
typedef struct bh_explaining {
  billhook *b;
  bh_arena *a;
  bh_report_doc doc;
  bh_explained_client *clients; size_t client_count;
  bh_client_iter *held;        /* what the clients' terms refer to */
  bh_client_terms *client;     /* of the line in hand. NULL: `why` says why nothing can be listed */
  bh_client_facts *facts;      /* NULL likewise */
  bh_str why;
  bh_report_doc *before; size_t before_count; /* the client's earlier invoices, the last first */
} bh_explaining;

/* The list behind a count. `assets`: what was there on one of the days and counted; the rest says why not. */
typedef struct bh_explained {
  bool asked;                  /* the line counted something, and the facts answered */
  bh_asked count;
  bh_fact_asset *assets; size_t asset_count;
  bh_fact_usage *usage; size_t usage_count;
  bh_fact_level *levels; size_t level_count;
  bh_str failed;               /* why the facts did not answer */
} bh_explained;
void bh_explain_ask(bh_explained *out, bh_explaining *x, const bh_node *evidence_line);

/* "assets", "left_out", "usage", "levels" of a line. */
void bh_explain_write_lists(bh_jw *w, const bh_explained *e);
/* "since_last": which devices and users came and went since the invoice before on which the same key stands. */
void bh_explain_write_since(bh_jw *w, bh_explaining *x, const bh_node *evidence_line, const bh_explained *now);
#endif
