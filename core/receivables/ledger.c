/* Entering events: the journal, the settlements and the documents' balances in one. */
#include "receivables/ledger.h"

bh_status bh_ledger_init(bh_ledger *out, bh_store *s, const char *who, int64_t now_s, bh_error *err) {
  *out = (bh_ledger){.store = s, .who = bh_str_c(who), .now_s = now_s};
  return bh_store_credit_any(s, &out->credit, err);
}

/* A credit note stays approved: nobody pays it. */
static bh_doc_state state_of(const bh_doc_row *row) {
  if (row->state == BH_DOC_VOID || row->type == BH_DOC_CREDIT_NOTE) return row->state;
  if (row->paid == 0) return row->state == BH_DOC_SENT ? BH_DOC_SENT : BH_DOC_APPROVED;
  return row->paid == row->total ? BH_DOC_PAID : BH_DOC_PARTLY_PAID;
}

static bh_status settle(bh_ledger *l, bh_settling *x, bh_error *err) {
  bh_doc_row *row = x->row;
  bh_require(bh_money_add(&row->paid, x->amount));
  bh_require(row->total < 0 ? row->paid <= 0 && row->paid >= row->total : row->paid >= 0 && row->paid <= row->total);
  row->state = state_of(row);
  return bh_store_doc_settle(l->store, row->doc, row->paid, row->state, err);
}

static void post(bh_posting *rows, int32_t *n, const bh_money_row *event, bh_str account, int64_t amount) {
  if (amount == 0) return;
  rows[*n] = (bh_posting){.doc = -event->num, .n = *n, .day = event->day, .account = account, .currency = event->currency, .amount = amount};
  (*n)++;
}

static bh_status journal(bh_ledger *l, const bh_money_row *event, int64_t cash, int64_t write_off, int64_t settled, int64_t credit, bh_arena *a, bh_error *err) {
  bh_posting rows[4];
  int32_t n = 0;
  post(rows, &n, event, bh_arena_fmt(a, "cash:%.*s", BH_STR_ARG(event->method)), cash);
  post(rows, &n, event, BH_S("write-off"), write_off);
  post(rows, &n, event, BH_S("receivable"), -settled);
  post(rows, &n, event, BH_S("customer-credit"), -credit);
  int64_t sum = 0;
  for (int32_t i = 0; i < n; i++) bh_require(bh_money_add(&sum, rows[i].amount));
  bh_require(sum == 0);
  return bh_store_post(l->store, rows, (size_t)n, err);
}

bh_status bh_ledger_enter(bh_ledger *l, bh_money_row *io, int64_t cash, int64_t write_off, bh_settling *items, size_t n, bh_arena *a, bh_error *err) {
  bh_settled *rows = BH_NEWN(a, bh_settled, n ? n : 1);
  int64_t settled = 0, credit = cash;
  for (size_t i = 0; i < n; i++) {
    rows[i] = (bh_settled){.doc = items[i].row->doc, .amount = items[i].amount};
    bh_require(bh_money_add(&settled, items[i].amount));
  }
  bh_require(settled != INT64_MIN && bh_money_add(&credit, write_off) && bh_money_add(&credit, -settled) && credit != INT64_MIN);
  io->left = credit > 0 ? credit : 0;
  io->who = l->who;
  io->at_s = l->now_s;
  l->credit = l->credit || credit > 0;
  bh_status st = bh_store_money_put(l->store, io, rows, n, err);
  if (st == BH_OK) st = journal(l, io, cash, write_off, settled, credit, a, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) st = settle(l, &items[i], err);
  return st;
}

/* ---- customer credit ---- */
typedef struct lot { int64_t num, left; } lot;
typedef struct lots { bh_arena a; bh_str currency; int64_t first; lot *items; size_t n, cap; bool of_first; } lots;

static bh_status on_lot(void *ctx, const bh_money_row *row, bh_error *err) {
  lots *x = ctx;
  (void)err;
  if (!bh_str_eq(row->currency, x->currency) || (x->first != 0 && row->doc == x->first) != x->of_first) return BH_OK;
  if (x->n == x->cap) {
    size_t cap = x->cap ? x->cap * 2 : 16;
    lot *more = BH_NEWN(&x->a, lot, cap);
    if (x->n) memcpy(more, x->items, x->n * sizeof *more);
    x->items = more;
    x->cap = cap;
  }
  x->items[x->n++] = (lot){row->num, row->left};
  return BH_OK;
}

bh_status bh_ledger_draw(bh_ledger *l, int64_t *drawn, int32_t client, bh_str currency, int64_t first, bool only_first, int64_t most, bh_error *err) {
  lots x = {.currency = currency, .first = first};
  bh_arena_init(&x.a);
  *drawn = 0;
  bh_status st = BH_OK;
  for (int pass = 0; pass < (only_first ? 1 : 2) && st == BH_OK; pass++) {
    x.of_first = pass == 0;
    if (!x.of_first || first != 0) st = bh_store_money_each(l->store, client, true, on_lot, &x, err);
  }
  for (size_t i = 0; i < x.n && *drawn < most && st == BH_OK; i++) {
    int64_t take = x.items[i].left < most - *drawn ? x.items[i].left : most - *drawn;
    st = bh_store_money_left(l->store, x.items[i].num, x.items[i].left - take, err);
    *drawn += take;
  }
  bh_arena_dispose(&x.a);
  return st;
}
