/* What approving or voiding a document does to customer credit and to other documents. */
#include "receivables/ledger.h"

static bh_money_row event_of(const bh_doc_row *row, bh_money_kind kind, bh_day day, int64_t amount) {
  return (bh_money_row){.kind = kind, .client = row->client, .currency = row->currency, .decimals = row->decimals, .day = day, .amount = amount, .doc = row->doc};
}

static bh_status apply_credit(bh_ledger *l, bh_arena *a, bh_doc_row *row, bh_error *err) {
  int64_t used;
  bh_status st = bh_ledger_draw(l, &used, row->client, row->currency, 0, false, row->total - row->paid, err);
  if (st != BH_OK || used == 0) return st;
  bh_money_row event = event_of(row, BH_MONEY_APPLIED, row->issue, used);
  bh_settling x = {row, used};
  return bh_ledger_enter(l, &event, 0, 0, &x, 1, a, err);
}

/* The invoices that a credit note is offset against, in order; each once. */
typedef struct targets { bh_settling *items; size_t n; int64_t left; } targets;

static void take(targets *t, bh_doc_row *row) {
  for (size_t i = 0; i < t->n; i++)
    if (t->items[i].row->doc == row->doc) return;
  int64_t open = row->total - row->paid, amount = open < t->left ? open : t->left;
  if (amount <= 0) return;
  t->items[t->n++] = (bh_settling){row, amount};
  t->left -= amount;
}

static bh_status offset(bh_ledger *l, bh_arena *a, bh_doc_row *row, const int64_t *corrected, size_t n, bh_error *err) {
  bh_doc_row *open;
  size_t open_n;
  bh_require(row->total != INT64_MIN);
  bh_status st = bh_store_docs_open(l->store, &open, &open_n, a, row->client, row->currency, err);
  if (st != BH_OK) return st;
  targets t = {.items = BH_NEWN(a, bh_settling, open_n + 1), .left = -row->total};
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < open_n; k++)
      if (open[k].doc == corrected[i]) take(&t, &open[k]);
  for (size_t k = 0; k < open_n; k++) take(&t, &open[k]);
  bh_money_row event = event_of(row, BH_MONEY_CREDIT_NOTE, row->issue, -row->total);
  t.items[t.n++] = (bh_settling){row, row->total};
  return bh_ledger_enter(l, &event, 0, 0, t.items, t.n, a, err);
}

bh_status bh_ledger_approved(bh_ledger *l, bh_arena *a, bh_doc_row *row, const int64_t *corrected, size_t n, bh_error *err) {
  row->state = BH_DOC_APPROVED;
  if (row->total < 0) return offset(l, a, row, corrected, n, err);
  return row->total > 0 && l->credit ? apply_credit(l, a, row, err) : BH_OK;
}

static bh_status release_invoice(bh_ledger *l, bh_arena *a, bh_doc_row *row, bh_day day, bh_str reason, bh_error *err) {
  bh_settled *rows;
  size_t n;
  int64_t written_off = 0;
  bh_status st = bh_store_settled_of(l->store, &rows, &n, a, row->doc, err);
  if (st != BH_OK) return st;
  for (size_t i = 0; i < n; i++)
    if (rows[i].kind == BH_MONEY_WRITE_OFF) bh_require(bh_money_add(&written_off, rows[i].amount));
  bh_money_row event = event_of(row, BH_MONEY_RELEASED, day, row->paid);
  event.reason = reason;
  bh_settling x = {row, -row->paid};
  return bh_ledger_enter(l, &event, 0, -written_off, &x, 1, a, err);
}

/* What the credit note settled: still standing on documents, or (where those are void by now) customer credit. */
static bh_status release_credit_note(bh_ledger *l, bh_arena *a, bh_doc_row *row, bh_day day, bh_str reason, bh_str name, bh_error *err) {
  bh_settled *mine, *rows;
  size_t mine_n, n;
  bh_status st = bh_store_settled_of(l->store, &mine, &mine_n, a, row->doc, err);
  if (st == BH_OK && mine_n != 1) return bh_fail(err, BH_E_STORE, "%.*s: what it was offset against cannot be found: run `billhook verify`", BH_STR_ARG(name));
  if (st == BH_OK) st = bh_store_settled_by(l->store, &rows, &n, a, mine[0].money, err);
  if (st != BH_OK) return st;
  bh_settling *items = BH_NEWN(a, bh_settling, n);
  int64_t credit = -row->paid, drawn = 0;
  size_t kept = 0;
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    bh_doc_row *target = rows[i].doc == row->doc ? row : BH_NEW(a, bh_doc_row);
    if (target != row) st = bh_store_doc_get(l->store, target, a, rows[i].doc, err);
    if (st != BH_OK || target->state == BH_DOC_VOID) continue;
    if (target != row) credit -= rows[i].amount;
    items[kept++] = (bh_settling){target, -rows[i].amount};
  }
  if (st == BH_OK) st = bh_ledger_draw(l, &drawn, row->client, row->currency, row->doc, false, credit, err);
  if (st == BH_OK && drawn < credit)
    return bh_fail(err, BH_E_USAGE, "%.*s: the customer credit that it gave has been used: void or refund what used it first", BH_STR_ARG(name));
  bh_money_row event = event_of(row, BH_MONEY_RELEASED, day, -row->paid);
  event.reason = reason;
  return st == BH_OK ? bh_ledger_enter(l, &event, 0, 0, items, kept, a, err) : st;
}

bh_status bh_ledger_voided(bh_ledger *l, bh_arena *a, bh_doc_row *row, bh_day day, bh_str reason, bh_str name, bh_error *err) {
  if (row->paid == 0) return BH_OK;
  return row->total < 0 ? release_credit_note(l, a, row, day, reason, name, err) : release_invoice(l, a, row, day, reason, err);
}
