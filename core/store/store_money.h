/* Part of store.h: money beside the documents. An event is a payment, a refund, a credit note's or a customer credit's use, a write-off; it stands in
 * the journal with doc = −num, and says what it settled of which documents. */
#ifndef BH_STORE_MONEY_H
#define BH_STORE_MONEY_H

typedef enum bh_money_kind {
  BH_MONEY_PAYMENT = 1, BH_MONEY_REFUND, BH_MONEY_CREDIT_NOTE, /* offset against invoices, the rest kept as customer credit */
  BH_MONEY_APPLIED,         /* customer credit that paid an invoice */
  BH_MONEY_WRITE_OFF, BH_MONEY_RELEASED /* what had settled a document that is void now */
} bh_money_kind;
typedef struct bh_money_row {
  int64_t num;              /* 1, 2, …: in the order of making */
  bh_money_kind kind;
  int32_t client;
  bh_str currency; int32_t decimals;
  bh_day day;
  int64_t amount;           /* minor, positive */
  int64_t left;             /* customer credit that it made and that has not been used yet */
  int64_t doc;              /* what it came from or was meant for; 0: none */
  bh_str method, reference, reason, who;
  int64_t at_s;
} bh_money_row;
/* What an event took off a document's balance (negative: put back). */
typedef struct bh_settled { int64_t money, doc, amount; bh_money_kind kind; bh_day day; } bh_settled;

/* Writes a new event (io->num is given) with its settlements (money is filled in). */
bh_status bh_store_money_put(bh_store *s, bh_money_row *io, const bh_settled *items, size_t n, bh_error *err);
bh_status bh_store_money_left(bh_store *s, int64_t num, int64_t left, bh_error *err);
/* Events of a client (0: all), or that have customer credit left; by day, then number. */
typedef bh_status (*bh_money_fn)(void *ctx, const bh_money_row *row, bh_error *err);
bh_status bh_store_money_each(bh_store *s, int32_t client, bool with_left, bh_money_fn fn, void *ctx, bh_error *err);
bh_status bh_store_money_get(bh_store *s, bh_money_row *out, bh_arena *a, int64_t num, bh_error *err); /* BH_E_NOTFOUND */
bh_status bh_store_credit_any(bh_store *s, bool *out, bh_error *err); /* whether any client has customer credit left */
bh_status bh_store_settled_of(bh_store *s, bh_settled **out, size_t *n, bh_arena *a, int64_t doc, bh_error *err);     /* of a document, by event */
bh_status bh_store_settled_by(bh_store *s, bh_settled **out, size_t *n, bh_arena *a, int64_t money, bh_error *err);   /* of an event, by document */
/* The narrow write of a document: what is settled of it, and the state that follows. */
bh_status bh_store_doc_settle(bh_store *s, int64_t doc, int64_t paid, bh_doc_state state, bh_error *err);
/* A client's invoices in a currency on which something is open: the one due first first. */
bh_status bh_store_docs_open(bh_store *s, bh_doc_row **out, size_t *n, bh_arena *a, int32_t client, bh_str currency, bh_error *err);
#endif
