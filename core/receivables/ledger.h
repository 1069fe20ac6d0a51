/* The ledger beside the documents: what is paid, written off, and kept as customer credit. Every event is one balanced entry of the journal, in the
 * caller's transaction. This header is the room's face to batch, which approves and voids; it knows nothing of batch.
 *
 * Accounts, debit positive: receivable, cash:METHOD, customer-credit, write-off (and those that documents post to: store.h). */
#ifndef BH_LEDGER_H
#define BH_LEDGER_H
#include "store/store.h"

typedef struct bh_ledger {
  bh_store *store;
  bh_str who;
  int64_t now_s;
  bool credit;                 /* some client may have customer credit: to be looked for at each approval */
} bh_ledger;
bh_status bh_ledger_init(bh_ledger *out, bh_store *s, const char *who, int64_t now_s, bh_error *err);

/* A document that an event settles (a negative amount puts back). `row` is brought up to date. */
typedef struct bh_settling { bh_doc_row *row; int64_t amount; } bh_settling;
/* Enters an event: io's kind, client, currency, decimals, day, amount, doc, method, reference and reason are given; num and left are filled in.
 *   cash + write_off = Σ settled + what becomes customer credit (below zero: what is used of it, and must have been drawn before)
 * Posts it, and moves the documents' paid and state. A document is never paid beyond its total: that aborts. */
bh_status bh_ledger_enter(bh_ledger *l, bh_money_row *io, int64_t cash, int64_t write_off, bh_settling *items, size_t n, bh_arena *a, bh_error *err);
/* Uses up customer credit of a client in a currency, oldest first, what came from document `first` before all (0: none). *drawn is what there was
 * of it, at most `most`. only_first: nothing but what came from there. */
bh_status bh_ledger_draw(bh_ledger *l, int64_t *drawn, int32_t client, bh_str currency, int64_t first, bool only_first, int64_t most, bh_error *err);

/* At approval, after its postings, with row as approved: an invoice takes the client's customer credit; a credit note is offset against the invoices
 * it corrects, then against the client's other open ones, the first due first, and what is left becomes customer credit.
 * corrected: documents that a credit note corrects, in the order of its lines. */
bh_status bh_ledger_approved(bh_ledger *l, bh_arena *a, bh_doc_row *row, const int64_t *corrected, size_t n, bh_error *err);
/* At a void, on its day, before the row is written as void: what had settled an invoice becomes customer credit (a write-off is taken back); what a
 * credit note had settled is open again. BH_E_USAGE where its credit has been used already. `name`: of the document, for that. */
bh_status bh_ledger_voided(bh_ledger *l, bh_arena *a, bh_doc_row *row, bh_day day, bh_str reason, bh_str name, bh_error *err);
#endif
