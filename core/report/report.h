/* What the reports share: documents as they are stored, read back. Nothing here writes to the store. */
#ifndef BH_REPORT_H
#define BH_REPORT_H
#include "base/json.h"
#include "workspace/workspace.h"
#include "batch/by_hand.h"
#include "batch/document.h"

enum { BH_REPORT_LINE_MAX = 256 << 20 }; /* bytes of one printed document */

/* Opens billhook.lua and the store. *present is false where nothing was ever billed here (no store yet). */
bh_status bh_report_open(bool *present, billhook *b, bh_error *err);
/* A member of an object: its text, empty where it is absent or no text. */
bh_str bh_report_text(const bh_node *object, const char *key);
/* An amount of money as stored ("-12.50") in minor units; false where it is none or does not fit the currency. */
bool bh_report_minor(int64_t *out, const bh_node *object, const char *key, int decimals);
/* "47", "3.5", "16/30". */
bool bh_report_ratio(bh_ratio *out, bh_str text);
/* Array members; 0 and NULL where absent. */
size_t bh_report_items(bh_node ***out, const bh_node *object, const char *key);

/* A document with its texts parsed. Lives in the arena it was read into. */
typedef struct bh_report_doc {
  bh_doc_row row;
  bh_str client, id;           /* "acme", "acme-12" */
  bh_doc_body body;
  bh_node *json, *evidence;    /* evidence: NULL where it was erased */
} bh_report_doc;
bh_status bh_report_doc_named(bh_report_doc *out, bh_arena *a, bh_store *s, bh_str id_or_number, bh_error *err);
bh_status bh_report_doc_of(bh_report_doc *out, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_str client, bh_error *err);
/* The last approved invoice of the same client, currency and split before it and of another batch; row.doc 0 where none. */
bh_status bh_report_before(bh_doc_row *out, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_error *err);
bh_node *bh_report_evidence_line(const bh_node *evidence, bh_str line_id); /* NULL where absent */
bh_str bh_report_copy(bh_arena *a, const bh_buf *b);

/* Shown names of the batches 1 … count-1 by their number. */
typedef struct bh_batch_names { bh_str *names; int32_t count; } bh_batch_names;
bh_status bh_batch_names_load(bh_batch_names *out, bh_arena *a, bh_store *s, bh_error *err);
bh_str bh_batch_name(const bh_batch_names *n, int32_t num);
/* {reason, message} of each hold; of what is approved only those by hand (which bh_by_hand_lay has added). */
size_t bh_report_holds(bh_node ***out, bh_arena *a, const bh_doc_row *row);

/* [{"at","who","what","reason"}]: what people did to the document. */
bh_status bh_report_events(bh_jw *w, bh_arena *a, bh_store *s, int64_t doc, bh_error *err);

/* A sum of money a currency, in the order of the codes. */
typedef struct bh_sums { struct { char code[8]; int32_t decimals; int64_t sum; } items[32]; size_t count; } bh_sums;
bh_status bh_sums_add(bh_sums *s, bh_str currency, int32_t decimals, int64_t amount, bh_error *err);
void bh_sums_write(bh_jw *w, const bh_sums *s);
#endif
