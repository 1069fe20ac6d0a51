/* What documents are split by, and what is invoiced against purchase orders. */
#ifndef BH_DRAFT_ORDER_H
#define BH_DRAFT_ORDER_H
#include "batch/draft_json.h"

/* The purchase order of a line or discount: its own, the contract's, the client's that is served, the one's that pays. */
bh_str bh_po_of(const bh_client_terms *payer, const bh_contract_plan *c, bh_str own);
bh_str bh_line_site(const bh_due_line *l);
bh_str bh_discount_site(const bh_due_discount *x);
/* The identity of a document beside client and currency; sets the document's po and site where the client is split by them. */
typedef struct bh_split { bh_str po, site, key; } bh_split;
bh_split bh_split_of(bh_arena *a, const bh_client_terms *payer, const bh_contract_plan *c, bh_str po, bh_str site);

/* What the documents of this run have put on an order so far: several drafts of one client may stand against one. */
typedef struct bh_po_sums { struct { const bh_po *order; int64_t amount; } *items; size_t count; } bh_po_sums;
/* Holds a document that goes beyond an order's limit, or is dated after its end (reason max-total). Drafts that are open count by this run
 * alone: nothing counts twice. */
bh_status bh_po_hold(bh_holds *holds, bh_po_sums *sums, bh_drafting *d, const bh_draft_doc *doc, int32_t client, bh_arena *a, bh_error *err);
/* Terms of payment of the contracts on the document: the ones that give the most time, so that nobody is reminded early. */
bh_status bh_doc_due(bh_draft_doc *doc, bh_error *err);
/* Approval is automatic where it is for every contract on the document. */
bool bh_doc_automatic(const bh_draft_doc *doc);
/* The contracts' notes, then what rules had to say. */
void bh_doc_memos(bh_draft_doc *doc, bh_arena *a, const bh_due *due);
#endif
