/* The document as JSON. What is stored is canonical (RFC 8785) and without state, hold, batch, sent, paid and balance:
 *   {"client":{…},"company":{…},"currency","discounts":[…],"due_date","evidence":"sha256 hex","id","issue_date","lines":[…],"memos":[…]?,
 *    "number":null,"po"?,"schema":"billhook.invoice/1","subtotal","taxes":[…],"terms","total","type"}
 * Lines: {"amount","contract","corrects","description","fraction","id","kind","period":{"from","to"},"product","quantity","quantity_exact"?,"section"?,
 *    "tax":[…],"unit","unit_price"}. Discounts: {"amount","contract","description","line","percent"}. Taxes: {"amount","base","category","name","rate","reason"?,"tax"}.
 *
 * The evidence (bh_doc_body.evidence), canonical as well:
 *   {"client":"acme","contracts":[{"file","hash","id"}],"document":"acme-1","lines":[{"id":"acme-1:1","contract","key","book":"hash"|null,
 *     "count":{"selector":{…},"connector","at":"issue","from","to","pull":12,"as_of","raw":"47","minimum"?,"included"?}|null,
 *     "committed"?:{"decrease","quantity","raw","until"},
 *     "price":{"origin":"list"|"dated list"|"override"|"pricelist"|"template"|"markup"|"uplift"|"rule"|"adjustment"|"credit","uplift_of"?,"uplift_steps"?},
 *     "model":"per_unit 1.0"|null,"rule":"hash"|null,"trace":[…]?,"corrects":{"line","charged","owed","changed":[…]}|null}]} */
#ifndef BH_DOCUMENT_H
#define BH_DOCUMENT_H
#include "batch/engine.h"

/* The frozen bytes: the stored JSON with its number in place (a draft keeps null). */
bh_status bh_doc_frozen(bh_buf *out, const bh_doc_row *row, const bh_doc_body *body, bh_error *err);
/* The document as show, export and sinks have it: frozen members and state, hold, batch, paid, balance. No newline. */
bh_status bh_doc_shown(bh_buf *out, bh_arena *a, const bh_doc_row *row, const bh_doc_body *body, bh_str batch, bh_error *err);
#endif
