/* Revenue by product over some days: what was invoiced in them, what was earned in them, and what is deferred at their end. */
#include "billing/earned.h"
#include "report/tabular.h"

enum { INVOICED, RECOGNISED, DEFERRED, KEYS };
static const char *const keys[KEYS] = {"invoiced", "recognised", "deferred"};

typedef struct revenue { bh_tabular table; bh_day from, to; } revenue;

static bh_status on_posting(void *ctx, const bh_posting *p, bh_error *err) {
  revenue *r = ctx;
  bool deferred = bh_str_starts(p->account, BH_S("deferred:"));
  if ((!deferred && !bh_str_starts(p->account, BH_S("revenue:"))) || p->day > r->to) return BH_OK;
  size_t skip = deferred ? sizeof "deferred:" - 1 : sizeof "revenue:" - 1;
  bh_tabular_row *row = bh_tabular_row_of(&r->table, (bh_str){p->account.ptr + skip, p->account.len - skip}, p->currency, bh_currency_decimals(p->currency));
  int64_t amount = -p->amount, before = bh_earned(amount, p->span, p->day, r->from - 1), now = bh_earned(amount, p->span, p->day, r->to);
  bh_status st = p->day >= r->from ? bh_tabular_add(row, INVOICED, amount, err) : BH_OK;
  if (st == BH_OK) st = bh_tabular_add(row, RECOGNISED, now - before, err);
  return st == BH_OK ? bh_tabular_add(row, DEFERRED, amount - now, err) : st;
}

static void head(bh_jw *w, const void *ctx) {
  const revenue *r = ctx;
  bh_jw_key(w, "from"); bh_jw_day(w, r->from);
  bh_jw_key(w, "to"); bh_jw_day(w, r->to);
}

static bh_status read_day(bh_day *out, const char *text, bh_day fallback, const char *what, bh_error *err) {
  *out = fallback;
  if (text == NULL || bh_day_parse(out, bh_str_c(text))) return BH_OK;
  return bh_fail(err, BH_E_USAGE, "%s %s: expected a date as YYYY-MM-DD", what, text);
}

int billhook_report_revenue(billhook *b, const char *from, const char *to, int csv, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  revenue r = {0};
  bh_tabular_init(&r.table, "product", keys, KEYS);
  bh_status st = bh_report_open(&present, b, &err);
  int year = 0, month = 0, day = 0;
  bh_day_split(b->today == BH_DAY_MIN ? 0 : b->today, &year, &month, &day);
  if (st == BH_OK) st = read_day(&r.to, to, b->today, "--to", &err);
  if (st == BH_OK) st = read_day(&r.from, from, bh_day_make(year, 1, 1), "--from", &err);
  if (st == BH_OK && r.from > r.to) st = bh_fail(&err, BH_E_USAGE, "report revenue: --from is after --to");
  if (st == BH_OK && present) st = bh_store_postings_each(b->store, on_posting, &r, &err);
  if (st == BH_OK) st = bh_tabular_write(out, &r.table, csv != 0, head, &r, &err);
  bh_tabular_dispose(&r.table);
  return bh_engine_end(b, st, &err);
}
