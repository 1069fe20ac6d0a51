/* What is open, by client and currency, and for how long it has been due; and the customer credit that stands against it. */
#include "report/tabular.h"

enum { NOT_DUE, DAYS_30, DAYS_60, DAYS_90, OVER_90, TOTAL, CREDIT, KEYS };
static const char *const keys[KEYS] = {"not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "total", "customer_credit"};

typedef struct aging {
  bh_store *store;
  bh_tabular table;
  bh_arena scratch;            /* emptied before each document or event */
  bool cut; bh_day day;        /* cut: as it stood at the end of that day; else all that is in the ledger */
} aging;

typedef struct void_day { bh_day day; } void_day;

static bh_status see_void(void *ctx, const bh_posting *p, bh_error *err) {
  void_day *x = ctx;
  (void)err;
  if (p->entry == 1) x->day = p->day;
  return BH_OK;
}

/* What was open on the document at the end of the day. */
static bh_status open_on(int64_t *out, aging *g, const bh_doc_row *row, bh_error *err) {
  *out = row->state == BH_DOC_VOID ? 0 : row->total - row->paid;
  if (!g->cut) return BH_OK;
  void_day gone = {BH_DAY_MAX};
  bh_settled *rows;
  size_t n;
  *out = row->total;
  bh_status st = row->state == BH_DOC_VOID ? bh_store_postings_of(g->store, row->doc, see_void, &gone, err) : BH_OK;
  if (st == BH_OK) st = bh_store_settled_of(g->store, &rows, &n, &g->scratch, row->doc, err);
  if (st != BH_OK) return st;
  if (gone.day <= g->day) *out = 0;
  for (size_t i = 0; i < n; i++)
    if (rows[i].day <= g->day && !bh_money_add(out, -rows[i].amount)) return bh_fail(err, BH_E_OVERFLOW, "a balance does not fit a number");
  return BH_OK;
}

static size_t bucket(bh_day late) { return late <= 0 ? NOT_DUE : late <= 30 ? DAYS_30 : late <= 60 ? DAYS_60 : late <= 90 ? DAYS_90 : OVER_90; }

static bh_status on_doc(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  aging *g = ctx;
  int64_t open;
  (void)body;
  if (row->state == BH_DOC_DRAFT || (g->cut && row->issue > g->day)) return BH_OK;
  bh_arena_reset(&g->scratch);
  bh_status st = open_on(&open, g, row, err);
  if (st != BH_OK || open == 0) return st;
  bh_tabular_row *r = bh_tabular_row_of(&g->table, client, row->currency, row->decimals);
  st = bh_tabular_add(r, bucket(g->day - row->due), open, err);
  return st == BH_OK ? bh_tabular_add(r, TOTAL, open, err) : st;
}

typedef struct credit_of { int64_t sum; } credit_of;

static bh_status see_credit(void *ctx, const bh_posting *p, bh_error *err) {
  credit_of *x = ctx;
  if (bh_str_eqz(p->account, "customer-credit") && !bh_money_add(&x->sum, -p->amount)) return bh_fail(err, BH_E_OVERFLOW, "the customer credit does not fit a number");
  return BH_OK;
}

static bh_status on_event(void *ctx, const bh_money_row *row, bh_error *err) {
  aging *g = ctx;
  credit_of x = {0};
  bh_str client;
  if (g->cut && row->day > g->day) return BH_OK;
  bh_arena_reset(&g->scratch);
  bh_status st = bh_store_postings_of(g->store, -row->num, see_credit, &x, err);
  if (st == BH_OK && x.sum == 0) return BH_OK;
  if (st == BH_OK) st = bh_store_client_id(g->store, &client, &g->scratch, row->client, err);
  return st == BH_OK ? bh_tabular_add(bh_tabular_row_of(&g->table, client, row->currency, row->decimals), CREDIT, x.sum, err) : st;
}

static void head(bh_jw *w, const void *ctx) {
  const aging *g = ctx;
  bh_jw_key(w, "date"); bh_jw_day(w, g->day);
}

int billhook_report_aging(billhook *b, const char *date, int csv, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  aging g = {0};
  bh_tabular_init(&g.table, "client", keys, KEYS);
  bh_arena_init(&g.scratch);
  bh_status st = bh_report_open(&present, b, &err);
  g.store = b->store;
  g.day = b->today;
  g.cut = date != NULL;
  if (st == BH_OK && date != NULL && !bh_day_parse(&g.day, bh_str_c(date))) st = bh_fail(&err, BH_E_USAGE, "--date %s: expected a date as YYYY-MM-DD", date);
  bh_doc_filter all = {.state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
  if (st == BH_OK && present) {
    st = bh_store_begin_read(g.store, &err);
    if (st == BH_OK) st = bh_store_docs_each(g.store, &all, false, on_doc, &g, &err);
    if (st == BH_OK) st = bh_store_money_each(g.store, 0, false, on_event, &g, &err);
    bh_store_rollback(g.store);
  }
  if (st == BH_OK) st = bh_tabular_write(out, &g.table, csv != 0, head, &g, &err);
  bh_arena_dispose(&g.scratch);
  bh_tabular_dispose(&g.table);
  return bh_engine_end(b, st, &err);
}
