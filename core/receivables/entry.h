/* What payment add, payment refund and writeoff share: whom it is about, how much, when, and how the answer is given. */
#ifndef BH_ENTRY_H
#define BH_ENTRY_H
#include "base/json.h"
#include "batch/engine.h"
#include "receivables/ledger.h"

typedef struct bh_entry {
  billhook *b;
  bh_arena a;
  bh_ledger ledger;
  const char *what;            /* "payment add", for errors */
  bh_doc_row invoice; bh_str invoice_id; /* doc 0: a client was named */
  int32_t client; bh_str client_id;
  bh_str currency; int32_t decimals;
  int64_t amount;
  bh_day day;
  bh_str method, reference;
  bh_buf json; bh_jw w;
} bh_entry;

/* Opens the store for writing, begins, and reads what was given. To be ended whatever the status. */
bh_status bh_entry_begin(bh_entry *h, billhook *b, const char *what, const billhook_payment_options *o, bh_error *err);
bh_money_row bh_entry_event(const bh_entry *h, bh_money_kind kind);
/* The answer's first and last members: whom, how much, when; the invoices with their new balances, and the client's customer credit. */
void bh_entry_answer(bh_entry *h, const char *kind);
bh_status bh_entry_answer_end(bh_entry *h, const bh_settling *items, size_t n, bh_error *err);
/* Commits and prints, or rolls back; the exit status. */
int bh_entry_end(bh_entry *h, bh_status st, const bh_error *err, const billhook_out *out);
#endif
