/* Which taxes can fall on a document: the client's, those of the children on it, and those that a correction brings along. */
#ifndef BH_DRAFT_TAX_H
#define BH_DRAFT_TAX_H
#include "batch/draft_json.h"

/* A child is taxed where it is: by its own `tax`, `tax_exempt` and `reverse_charge`, where it says any of them; else as the client that pays. */
typedef struct bh_doc_places {
  const bh_client_terms *client; /* the document's */
  const bh_client_terms *served; const bh_tax_place *place; /* of the item before */
} bh_doc_places;
bh_tax_item bh_doc_tax_item(bh_doc_places *p, bh_arena *a, const bh_contract_plan *contract, const bh_tax_part *part, bh_day service);
/* Fills the places of what is not fixed where the document's taxes are more than its client's. */
const bh_tax **bh_doc_taxes(bh_arena *a, const bh_workspace *ws, const bh_draft_doc *doc, bh_tax_item *items, size_t n, size_t *out_n);
#endif
