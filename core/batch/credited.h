/* Which documents correct which. */
#ifndef BH_CREDITED_H
#define BH_CREDITED_H
#include "batch/engine.h"
/* Sum (negative, minor) of the lines that correct the invoice of that id on credits that are not void, drafts included; the last such credit's id,
 * empty where there is none. */
bh_status bh_credited(int64_t *sum, bh_str *by, bh_arena *a, bh_store *s, int32_t client, bh_str invoice, bh_error *err);
/* The documents whose lines a credit note corrects, in the order of its lines (one may stand there more than once). json: the note's text. */
bh_status bh_corrected_docs(int64_t **out, size_t *n, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_str client, bh_str json, bh_error *err);
#endif
