/* The rows, what is most at stake first. */
#include "report/csv.h"
#include "report/reconcile.h"
#include <stdlib.h>

static int by_money(const void *p, const void *q) {
  const bh_reconcile_row *a = *(bh_reconcile_row *const *)p, *b = *(bh_reconcile_row *const *)q;
  if (a->staked != b->staked) return a->staked ? 1 : -1; /* what has no price is looked at first */
  int k = bh_dec_cmp(bh_money_dec(b->at_stake, b->decimals), bh_money_dec(a->at_stake, a->decimals));
  if (k == 0) k = bh_str_cmp(a->client, b->client);
  return k ? k : bh_str_cmp(a->product, b->product);
}

static bh_str quantity(char text[32], const bh_figure *f) { return f->known ? (bh_str){text, bh_ratio_format_dec(text, f->quantity, 4, NULL)} : (bh_str){"", 0}; }

/* a - b; empty where one of them is not known. What is not billed is billed at zero. */
static bh_str less(char text[32], const bh_figure *a, const bh_figure *b, bool b_may_lack) {
  bh_ratio d;
  if (!a->known || (!b->known && !b_may_lack) || !bh_ratio_sub(&d, a->quantity, b->quantity)) return (bh_str){"", 0};
  return (bh_str){text, bh_ratio_format_dec(text, d, 4, NULL)};
}

static bh_str money(char text[32], bool is, int64_t amount, int32_t decimals) { return is ? (bh_str){text, bh_money_format(text, amount, decimals)} : (bh_str){"", 0}; }

static bool one_currency(const bh_reconcile_row *x) { return x->vendor.priced && x->billed.priced && !x->many_currencies && bh_str_eq(x->currency, x->cost_currency); }

enum { COLUMNS = 15 };
static const char *const columns[COLUMNS] = {"client", "product", "counted", "billed", "vendor", "counted_less_billed", "vendor_less_billed", "vendor_less_counted", "amount", "currency",
                                             "cost", "cost_currency", "margin", "at_stake", "connector"};

static void cells(bh_str out[COLUMNS], char text[COLUMNS][32], const bh_reconcile_row *x) {
  const bh_figure zero = {.known = true, .quantity = bh_ratio_int(0)};
  const bh_figure *billed = x->billed.known ? &x->billed : &zero;
  out[0] = x->client;
  out[1] = x->product;
  out[2] = quantity(text[2], &x->counted);
  out[3] = quantity(text[3], billed);
  out[4] = quantity(text[4], &x->vendor);
  out[5] = less(text[5], &x->counted, billed, true);
  out[6] = less(text[6], &x->vendor, billed, true);
  out[7] = less(text[7], &x->vendor, &x->counted, false);
  out[8] = money(text[8], true, x->billed.amount, x->decimals);
  out[9] = x->currency;
  out[10] = money(text[10], x->vendor.priced && !x->many_currencies, x->vendor.amount, x->cost_decimals);
  out[11] = x->cost_currency;
  out[12] = money(text[12], one_currency(x), x->billed.amount - x->vendor.amount, x->decimals);
  out[13] = money(text[13], x->staked, x->at_stake, x->decimals);
  out[14] = x->connector;
}

static void put_text(bh_jw *w, const char *key, bh_str s) {
  bh_jw_key_any(w, key);
  if (s.len) bh_jw_str(w, s);
  else bh_jw_null(w);
}

static void put_loose(bh_jw *w, const bh_reconcile_loose *x) {
  char text[32];
  bh_jw_obj(w);
  bh_jw_key(w, "connector"); bh_jw_str(w, x->cost->connector);
  bh_jw_key(w, "id"); bh_jw_str(w, x->cost->id);
  bh_jw_key(w, "vendor_client"); bh_jw_str(w, x->cost->client);
  bh_jw_key(w, "vendor_product"); bh_jw_str(w, x->cost->product);
  put_text(w, "client", x->client);
  put_text(w, "product", x->product);
  put_text(w, "description", x->cost->description);
  bh_jw_key(w, "quantity"); bh_jw_str(w, (bh_str){text, bh_dec_format_trim(text, x->cost->quantity)});
  bh_jw_key(w, "cost"); bh_jw_str(w, (bh_str){text, bh_dec_format(text, x->cost->amount)});
  bh_jw_key(w, "cost_currency"); bh_jw_str(w, x->cost->currency);
  bh_jw_obj_end(w);
}

static bh_status totals(bh_jw *w, const bh_reconcile *r) {
  bh_sums billed = {.count = 0}, cost = {.count = 0}, stake = {.count = 0};
  bh_status st = BH_OK;
  for (size_t i = 0; i < r->count && st == BH_OK; i++) {
    const bh_reconcile_row *x = r->rows[i];
    st = bh_sums_add(&billed, x->currency, x->decimals, x->billed.amount, r->err);
    if (st == BH_OK && x->vendor.priced) st = bh_sums_add(&cost, x->cost_currency, x->cost_decimals, x->vendor.amount, r->err);
    if (st == BH_OK && x->staked) st = bh_sums_add(&stake, x->currency, x->decimals, x->at_stake, r->err);
  }
  bh_jw_key(w, "totals");
  bh_jw_obj(w);
  bh_jw_key(w, "amount"); bh_sums_write(w, &billed);
  bh_jw_key(w, "cost"); bh_sums_write(w, &cost);
  bh_jw_key(w, "at_stake"); bh_sums_write(w, &stake);
  bh_jw_obj_end(w);
  return st;
}

static bh_status put_json(bh_buf *out, const bh_reconcile *r) {
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "from"); bh_jw_day(&w, r->from);
  bh_jw_key(&w, "to"); bh_jw_day(&w, r->until - 1);
  bh_jw_key(&w, "date"); bh_jw_day(&w, r->day);
  bh_jw_key(&w, "rows");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->count; i++) {
    bh_str c[COLUMNS];
    char text[COLUMNS][32];
    cells(c, text, r->rows[i]);
    bh_jw_obj(&w);
    for (size_t k = 0; k < COLUMNS; k++) put_text(&w, columns[k], c[k]);
    put_text(&w, "unknown", r->rows[i]->unknown);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "unmapped");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->loose_count; i++) put_loose(&w, &r->loose[i]);
  bh_jw_arr_end(&w);
  bh_status st = totals(&w, r);
  bh_jw_obj_end(&w);
  bh_buf_putc(out, '\n');
  return st;
}

static void put_csv(bh_buf *out, const bh_reconcile *r) {
  for (size_t k = 0; k < COLUMNS; k++) bh_buf_fmt(out, "%s,", columns[k]);
  bh_buf_putz(out, "unmapped\r\n");
  for (size_t i = 0; i < r->count; i++) {
    bh_str c[COLUMNS];
    char text[COLUMNS][32];
    cells(c, text, r->rows[i]);
    for (size_t k = 0; k < COLUMNS; k++) {
      (c[k].ptr == text[k] ? bh_csv_number : bh_csv_text)(out, c[k]); /* a negative number is no formula */
      bh_buf_putc(out, ',');
    }
    bh_buf_putz(out, "\r\n");
  }
  for (size_t i = 0; i < r->loose_count; i++) {
    const bh_reconcile_loose *x = &r->loose[i];
    char number[32];
    bh_csv_text(out, x->client.len ? x->client : x->cost->client);
    bh_buf_putc(out, ',');
    bh_csv_text(out, x->product.len ? x->product : x->cost->product);
    bh_buf_putz(out, ",,,");
    bh_buf_put(out, number, bh_dec_format_trim(number, x->cost->quantity));
    bh_buf_putz(out, ",,,,,,");
    bh_buf_put(out, number, bh_dec_format(number, x->cost->amount));
    bh_buf_fmt(out, ",%.*s,,,", BH_STR_ARG(x->cost->currency));
    bh_csv_text(out, x->cost->connector);
    bh_buf_fmt(out, ",%s\r\n", !x->client.len ? x->product.len ? "client" : "client and product" : "product");
  }
}

bh_status bh_reconcile_write(bh_reconcile *r, bool csv, const billhook_out *out) {
  bh_buf text;
  bh_status st = BH_OK;
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  if (r->count > 1) qsort(r->rows, r->count, sizeof *r->rows, by_money);
  if (csv) put_csv(&text, r);
  else st = put_json(&text, r);
  if (st == BH_OK && text.failed) st = bh_fail(r->err, BH_E_OVERFLOW, "the report is too large to print");
  if (st == BH_OK) bh_out_buf(out, &text);
  bh_buf_dispose(&text);
  return st;
}
