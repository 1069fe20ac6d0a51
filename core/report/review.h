/* The batch for a person: what review prints, part by part. */
#ifndef BH_REVIEW_H
#define BH_REVIEW_H
#include "base/hash.h"
#include "report/report.h"

/* A document of the batch beside the client's last invoice (last.doc 0: its first). */
typedef struct bh_review_doc { bh_doc_row row, last; bh_str client; } bh_review_doc;

/* "movers": the biggest differences, with the products that made them. */
bh_status bh_review_movers(bh_jw *w, bh_store *s, const bh_review_doc *docs, size_t n, bh_error *err);
/* "unbilled": counts of charged periods that are now known to have been higher than what was billed. Best effort: a workspace with
 * mistakes, or a client that is not in it any more, has no entries. */
bh_status bh_review_unbilled(bh_jw *w, billhook *b, const bh_review_doc *docs, size_t n, bh_error *err);
#endif
