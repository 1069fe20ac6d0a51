/* Which documents correct which; and what credits by hand have taken back of invoices: documents that are not void, drafts included. */
#ifndef BH_CREDITED_H
#define BH_CREDITED_H
#include "batch/engine.h"

/* A document's lines as a credit sees them: net, each with its share of the discounts that lie on it. */
typedef struct bh_net_line {
  bh_str id, corrects, by;     /* by: the document's id */
  int64_t gross, net;          /* minor, signed */
} bh_net_line;
/* Shares of a contract's discounts go to the lines of the same issue date, product and tax category (of a line's discount: to that line), by largest
 * remainder over their amounts: together the lines come to subtotal and discounts. `rows` are the document's, lines first. What no line can carry is
 * added to *apart. */
bh_status bh_net_lines(bh_net_line **out, size_t *n, int64_t *apart, bh_arena *a, const bh_doc_row *doc, bh_str doc_id, const bh_node *json,
                       const bh_doc_line *rows, size_t row_count, bh_error *err);

/* Every line of the client's credits by hand. */
typedef struct bh_given { bh_net_line *lines; size_t count, cap; } bh_given;
bh_status bh_given_read(bh_given *out, bh_arena *a, bh_store *s, int32_t client, bh_error *err);
/* What is given of a line: the sum of the credits that correct it, each less what was credited of itself. */
int64_t bh_given_to(const bh_given *g, bh_str line_id);

/* Sum (negative, minor) of the lines that correct the invoice of that id on credits that are not void, drafts included; the last such credit's id,
 * empty where there is none. */
bh_status bh_credited(int64_t *sum, bh_str *by, bh_arena *a, bh_store *s, int32_t client, bh_str invoice, bh_error *err);
/* The documents whose lines a credit note corrects, in the order of its lines (one may stand there more than once). json: the note's text. */
bh_status bh_corrected_docs(int64_t **out, size_t *n, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_str client, bh_str json, bh_error *err);
#endif
