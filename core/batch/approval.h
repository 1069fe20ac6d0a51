/* Inside approval: what one call of approve works on. */
#ifndef BH_APPROVAL_H
#define BH_APPROVAL_H
#include "batch/engine.h"
#include "receivables/ledger.h"
#include "batch/by_hand.h"

/* Documents doc … doc + count - 1: a batch's are written one after another, so that a few spans stand for all of them. */
typedef struct bh_doc_spans { struct bh_doc_range { int64_t doc, count; } *items; size_t count, cap; } bh_doc_spans;

typedef struct bh_approval {
  billhook *b;
  const billhook_approve_options *o;
  bh_arena a;                  /* for the whole call */
  bh_doc_spans chosen;         /* in the order in which they get their numbers */
  bh_doc_spans named;          /* of these, what was named by itself and not through its batch */
  bool has_date; bh_day date;
  int64_t place; bh_sha last;  /* of the chain */
  int64_t now_s;
  bh_ledger ledger;
  bh_by_hand by_hand;
  bool unsettled;              /* a credit that bills anew was among them: what the drafts behind it settle was read too early */
  size_t approved_n, held_n;
  bool refused;                /* one that was named is held: nothing is approved */
  bh_buf series, number, frozen; /* of the document at hand */
  bh_error *err;
} bh_approval;

/* ---- approve_choose.c ---- */
void bh_approval_choose(bh_approval *ap, int64_t doc, bool named);
bh_status bh_approval_choose_all(bh_approval *ap);
bool bh_approval_excepted(const bh_approval *ap, bh_str client, bh_str id);
/* The holds that still stop a draft, as JSON; empty: none. --force lifts what a run found; a person's hold only where it names that invoice. */
bh_str bh_approval_stops(const bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client);
/* fn for every chosen document, read with its body (with_text) some at a time; `done` after each lot, whose arena then ends. NULL: nothing. */
typedef bh_status (*bh_chosen_fn)(bh_approval *ap, bh_arena *a, bh_doc_whole *d, void *ctx);
typedef bh_status (*bh_lot_fn)(bh_approval *ap, void *ctx);
bh_status bh_approval_each(bh_approval *ap, const bh_doc_spans *spans, bool with_text, bh_chosen_fn fn, bh_lot_fn done, void *ctx);

/* ---- approve_number.c: the next number of the document's series, into ap->number ---- */
bh_status bh_approval_number(bh_approval *ap, const bh_doc_row *row);
/* ---- approve_date.c: approve --date moves the document's dates before it is frozen ---- */
bh_status bh_approval_move(bh_approval *ap, bh_arena *a, bh_doc_row *row, bh_doc_body *body);
/* ---- approve_settle.c: what the approved document settles of its client and contracts ---- */
bh_status bh_approval_settle(bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client_id);
/* ---- approve_answer.c: after the commit, what became of the chosen, from the store ---- */
bh_status bh_approval_answer(bh_approval *ap, const billhook_out *out);
/* What holds it, one a reason, as members of a JSON array. */
size_t bh_approval_held(bh_buf *out, bh_arena *a, size_t before, bh_str client, bh_str id, bh_str hold);
#endif
