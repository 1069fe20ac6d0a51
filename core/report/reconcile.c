#include "report/reconcile.h"

bh_reconcile_row *bh_reconcile_of(bh_reconcile *r, bh_str client, bh_str product) {
  bh_str key = bh_arena_fmt(&r->scratch, "%.*s\n%.*s", BH_STR_ARG(client), BH_STR_ARG(product));
  bh_reconcile_row **slot = (bh_reconcile_row **)bh_map_ref(&r->by_key, key);
  if (*slot) return *slot;
  if (r->count == r->cap) {
    size_t cap = r->cap ? r->cap * 2 : 64;
    bh_reconcile_row **grown = BH_NEWN(&r->arena, bh_reconcile_row *, cap);
    if (r->count) memcpy(grown, r->rows, r->count * sizeof *grown);
    r->rows = grown;
    r->cap = cap;
  }
  bh_reconcile_row *x = *slot = r->rows[r->count++] = BH_NEW(&r->arena, bh_reconcile_row), **first = (bh_reconcile_row **)bh_map_ref(&r->by_client, client);
  const bh_line_terms *list = bh_workspace_list_terms(r->b->ws, product, r->b->ws->currency);
  *x = (bh_reconcile_row){.client = bh_arena_str(&r->arena, client), .product = bh_arena_str(&r->arena, product), .next = *first,
                          .usage = list && list->counted && list->count.kind == BH_SEL_USAGE};
  x->counted.quantity = x->billed.quantity = x->vendor.quantity = bh_ratio_int(0);
  return *first = x;
}

bool bh_reconcile_share(int64_t *io, const bh_reconcile *r, bh_day from, bh_day until) {
  bh_day a = from > r->from ? from : r->from, b = until < r->until ? until : r->until;
  return bh_money_scale(io, *io, b > a ? b - a : 0, until - from, BH_HALF_UP);
}

static bh_status overflow(bh_reconcile *r, bh_str what) { return bh_fail(r->err, BH_E_OVERFLOW, "%.*s: a sum does not fit a number", BH_STR_ARG(what)); }

static bh_status one_cost(bh_reconcile *r, const bh_cost_row *c) {
  const bh_mapped *client = bh_mapping_client(&r->mapping, c->connector, c->client);
  bh_str product = bh_mapping_product(&r->mapping, c->connector, c->product);
  if (!client || client->twice || product.len == 0) {
    r->loose[r->loose_count++] = (bh_reconcile_loose){c, client && !client->twice ? client->id : (bh_str){"", 0}, product};
    return BH_OK;
  }
  bh_reconcile_row *x = bh_reconcile_of(r, client->id, product);
  bh_ratio quantity;
  int64_t amount;
  int32_t decimals = bh_currency_decimals(c->currency);
  if (!x->vendor.known) {
    x->connector = c->connector;
    x->cost_currency = c->currency;
    x->cost_decimals = decimals;
  }
  x->vendor.known = true;
  bool in_force = x->usage || (c->from <= r->day && r->day < c->until);
  if (!bh_ratio_of_dec(&quantity, c->quantity) || (in_force && !bh_ratio_add(&x->vendor.quantity, x->vendor.quantity, quantity))) return overflow(r, c->id);
  if (!bh_str_eq(x->cost_currency, c->currency)) {
    x->many_currencies = true;
    return BH_OK;
  }
  if (!bh_money_of_dec(&amount, c->amount, decimals, BH_HALF_UP) || !bh_reconcile_share(&amount, r, c->from, c->until) || !bh_money_add(&x->vendor.amount, amount))
    return overflow(r, c->id);
  x->vendor.priced = true;
  return BH_OK;
}

bh_status bh_reconcile_costs(bh_reconcile *r) {
  bh_cost_row *rows;
  size_t n;
  bh_status st = bh_store_costs(r->b->store, &rows, &n, &r->arena, r->from, r->until, r->err);
  r->loose = BH_NEWN(&r->arena, bh_reconcile_loose, n + 1);
  for (size_t i = 0; i < n && st == BH_OK; i++) st = one_cost(r, &rows[i]);
  return st;
}

/* What nobody counts and no vendor invoices (a flat fee) has nothing to be compared with. */
static void drop_lonely(bh_reconcile *r) {
  size_t kept = 0;
  for (size_t i = 0; i < r->count; i++) {
    const bh_reconcile_row *x = r->rows[i];
    bool nothing = bh_ratio_cmp(x->counted.quantity, bh_ratio_int(0)) == 0 && !x->billed.known && !x->vendor.known && !x->unknown.len;
    if ((x->counted.known || x->vendor.known || x->unknown.len) && !nothing) r->rows[kept++] = r->rows[i];
  }
  r->count = kept;
}

static bh_ratio away(bh_ratio a, bh_ratio b) { /* |a - b|, zero where it does not fit */
  bh_ratio d;
  if (!bh_ratio_sub(&d, a, b)) return bh_ratio_int(0);
  if (d.num < 0) d.num = -d.num;
  return d;
}

/* At list price; where there is none at what the vendor asks for one. */
static void stake(bh_reconcile *r, bh_reconcile_row *x) {
  bh_ratio most = bh_ratio_int(0), zero = most;
  bh_str currency = x->currency.len ? x->currency : r->b->ws->currency;
  const bh_figure *const others[] = {&x->counted, &x->vendor};
  for (size_t i = 0; i < 2; i++) {
    bh_ratio d = others[i]->known ? away(others[i]->quantity, x->billed.quantity) : zero;
    if (bh_ratio_cmp(d, most) > 0) most = d;
  }
  const bh_line_terms *list = bh_workspace_list_terms(r->b->ws, x->product, currency);
  x->currency = currency;
  x->decimals = bh_currency_decimals(currency);
  if (bh_ratio_cmp(most, zero) == 0) {
    x->staked = true;
    return;
  }
  x->staked = list && bh_worth(&x->at_stake, list, most, r->day, x->decimals);
  bh_ratio q = x->vendor.quantity, share;
  if (!x->staked && x->vendor.priced && q.num > 0 && bh_str_eq(x->cost_currency, currency) && bh_ratio_div(&share, most, q))
    x->staked = bh_money_scale(&x->at_stake, x->vendor.amount, share.num, share.den, BH_HALF_UP);
}

static bh_status read_all(bh_reconcile *r) {
  bh_status st = bh_mapping_read(&r->mapping, &r->arena, r->b, r->err);
  if (st == BH_OK && r->b->mistakes.total > 0) {
    st = bh_engine_mistakes(r->b);
    *r->err = r->b->error;
  }
  if (st == BH_OK) st = bh_store_begin_read(r->b->store, r->err);
  if (st == BH_OK) st = bh_reconcile_costs(r);
  if (st == BH_OK) st = bh_reconcile_billed(r);
  if (st == BH_OK) st = bh_reconcile_counted(r);
  bh_store_rollback(r->b->store);
  if (st != BH_OK) return st;
  drop_lonely(r);
  for (size_t i = 0; i < r->count; i++) stake(r, r->rows[i]);
  return BH_OK;
}

/* --month 2026-11, or the month of --date. */
static bh_status read_month(bh_reconcile *r, const char *date, const char *month) {
  int year, number, day;
  r->day = r->b->today;
  if (date && month) return bh_fail(r->err, BH_E_USAGE, "report reconcile: --date and --month; expected one of them");
  if (date && !bh_day_parse(&r->day, bh_str_c(date))) return bh_fail(r->err, BH_E_USAGE, "--date %s: expected a date as YYYY-MM-DD", date);
  char first[16];
  if (month && (strlen(month) != 7 || snprintf(first, sizeof first, "%s-01", month) != 10 || !bh_day_parse(&r->from, bh_str_c(first))))
    return bh_fail(r->err, BH_E_USAGE, "--month %s: expected a month as YYYY-MM", month);
  if (!month) {
    bh_day_split(r->day, &year, &number, &day);
    r->from = bh_day_make(year, number, 1);
  }
  r->until = bh_day_add(r->from, 1, BH_UNIT_MONTH);
  if (month) r->day = r->until - 1 < r->b->today ? r->until - 1 : r->b->today;
  if (r->day < r->from) r->day = r->from;
  return BH_OK;
}

int billhook_report_reconcile(billhook *b, const char *date, const char *month, int csv, const billhook_out *out) {
  bh_error err = {0};
  bh_reconcile r = {.b = b, .err = &err};
  bool present = false;
  bh_arena_init(&r.arena);
  bh_arena_init(&r.scratch);
  bh_map_init(&r.by_key, &r.arena);
  bh_map_init(&r.by_client, &r.arena);
  bh_status st = bh_engine_workspace(b);
  if (st != BH_OK) err = b->error;
  if (st == BH_OK) st = bh_report_open(&present, b, &err);
  if (st == BH_OK) st = read_month(&r, date, month);
  if (st == BH_OK && present) st = read_all(&r);
  if (st == BH_OK) st = bh_reconcile_write(&r, csv != 0, out);
  bool open = r.loose_count > 0;
  for (size_t i = 0; i < r.count; i++) open |= r.rows[i]->unknown.len > 0;
  bh_arena_dispose(&r.scratch);
  bh_arena_dispose(&r.arena);
  int status = bh_engine_end(b, st, &err);
  return status == BILLHOOK_DONE && open ? BILLHOOK_SOME : status;
}
