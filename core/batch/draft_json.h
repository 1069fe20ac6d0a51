/* The JSON of a draft and of its evidence (document.h says what stands in them). */
#ifndef BH_DRAFT_JSON_H
#define BH_DRAFT_JSON_H
#include "batch/draft.h"

typedef struct bh_draft_doc {
  const bh_client_terms *client;
  const bh_workspace *ws;
  bh_plugin_specs specs;
  bh_str id, currency; int32_t decimals;
  bh_doc_type type;
  bh_day issue, due;
  bh_due_line **lines; size_t line_count;
  bh_str *line_ids;
  bh_due_discount **discounts; size_t discount_count;
  bh_str *discount_lines;      /* the id of the line a discount belongs to; empty: none */
  bh_str po, site;             /* what the document was split by; empty: nothing */
  bh_str terms;                /* of payment */
  bh_str *memos; size_t memo_count;
  const bh_due_carry *carries; size_t carry_count; /* of all contracts of the client */
  bh_tax_row *taxes; size_t tax_count;
  int64_t subtotal, total;
} bh_draft_doc;
void bh_draft_json(bh_buf *out, const bh_draft_doc *d, const char *evidence_hex);
/* The client that a line serves where it is not the document's own: a child; else empty. */
bh_str bh_served_client(const bh_draft_doc *d, const bh_contract_plan *contract);
/* The member "sections", where any line has one. */
void bh_sections_json(bh_jw *w, const bh_draft_doc *d);
void bh_evidence_json(bh_buf *out, const bh_draft_doc *d);
/* Subtotal, taxes and total: fills the document and the parts' taxes. */
bh_status bh_draft_total(bh_drafting *d, bh_draft_doc *doc, bh_arena *a, bh_error *err);
/* Receivable against revenue by product and tax by tax, packed; revenue whose span reaches beyond the document's date is deferred. Tax inside prices is
 * taken out of the revenue of the lines that carry it. */
bh_str bh_draft_postings(const bh_draft_doc *doc, bh_arena *a);
/* The same postings on a document of another date: what is deferred may be earned by then, and the other way round. */
void bh_posts_date(bh_arena *a, bh_post *posts, size_t n, bh_day issue);
/* "1", "16/30": days in force over the whole period's days where prorated by day. */
size_t bh_fraction_text(char out[48], const bh_due_line *l);
#endif
