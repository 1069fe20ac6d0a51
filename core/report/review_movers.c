/* The biggest movers: which clients' invoices differ most from their last ones, and which products made the difference. */
#include "report/review.h"

#include <stdlib.h>

enum { MOVERS_MAX = 10, WHY_MAX = 6 };

/* One product (or kind of line) on both documents. */
typedef struct cause {
  bh_str name, unit;
  bh_ratio quantity[2];        /* last, now */
  bh_str price[2];             /* empty: none; "*": several */
  int64_t amount[2];
  bh_str period[2]; int64_t periods[2]; /* the last one seen; how many */
  bool there[2], counted;
} cause;
typedef struct causes { bh_arena *a; bh_map map; cause **list; size_t n, cap; } causes;

static cause *cause_of(causes *c, bh_str name, bh_str shown) {
  cause **slot = (cause **)bh_map_ref(&c->map, name);
  if (*slot != NULL) return *slot;
  *slot = BH_NEW(c->a, cause);
  (*slot)->name = shown;
  (*slot)->quantity[0] = (*slot)->quantity[1] = bh_ratio_int(0);
  if (c->n == c->cap) {
    size_t cap = c->cap ? c->cap * 2 : 16;
    cause **bigger = BH_NEWN(c->a, cause *, cap);
    if (c->n) memcpy(bigger, c->list, c->n * sizeof *bigger);
    c->list = bigger;
    c->cap = cap;
  }
  return c->list[c->n++] = *slot;
}

static void add_amount(cause *c, int side, const bh_node *n, int decimals) {
  int64_t amount;
  if (bh_report_minor(&amount, n, "amount", decimals)) bh_money_add(&c->amount[side], amount);
  c->there[side] = true;
}

static void add_line(causes *c, int side, const bh_node *line, int decimals) {
  bh_str kind = bh_report_text(line, "kind"), product = bh_report_text(line, "product");
  if (bh_str_eqz(kind, "adjustment")) {
    add_amount(cause_of(c, BH_S("\x01" "adjustments"), BH_S("adjustments")), side, line, decimals);
    return;
  }
  bh_str shown = product.len ? product : bh_report_text(line, "description");
  cause *x = cause_of(c, bh_arena_fmt(c->a, "%.*s/%.*s", BH_STR_ARG(kind), BH_STR_ARG(shown)), shown);
  bh_dec d;
  bh_ratio q;
  if (bh_dec_parse(&d, bh_report_text(line, "quantity"), BH_DEC_SCALE_MAX) && bh_ratio_of_dec(&q, d) &&
      bh_ratio_add(&q, x->quantity[side], q)) {
    x->quantity[side] = q;
    x->counted = true;
  }
  bh_str price = bh_report_text(line, "unit_price");
  x->price[side] = x->price[side].len == 0 || bh_str_eq(x->price[side], price) ? price : BH_S("*");
  x->unit = bh_report_text(line, "unit");
  bh_str from = bh_report_text(bh_node_get(line, "period"), "from");
  if (x->periods[side] == 0 || !bh_str_eq(from, x->period[side])) x->periods[side]++;
  x->period[side] = from;
  add_amount(x, side, line, decimals);
}

static void add_document(causes *c, int side, const bh_report_doc *d) {
  bh_node **items;
  int decimals = d->row.decimals;
  size_t n = bh_report_items(&items, d->json, "lines");
  for (size_t i = 0; i < n; i++) add_line(c, side, items[i], decimals);
  n = bh_report_items(&items, d->json, "discounts");
  for (size_t i = 0; i < n; i++) add_amount(cause_of(c, BH_S("\x01" "discounts"), BH_S("discounts")), side, items[i], decimals);
  n = bh_report_items(&items, d->json, "taxes");
  for (size_t i = 0; i < n; i++) add_amount(cause_of(c, BH_S("\x01" "taxes"), BH_S("taxes")), side, items[i], decimals);
}

static uint64_t change(const cause *c) {
  int64_t d;
  if (__builtin_sub_overflow(c->amount[1], c->amount[0], &d)) return UINT64_MAX;
  return d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
}

static int by_change(const void *pa, const void *pb) {
  const cause *a = *(cause *const *)pa, *b = *(cause *const *)pb;
  uint64_t x = change(a), y = change(b);
  return x != y ? (x < y ? 1 : -1) : bh_str_cmp(a->name, b->name);
}

static void put_cause(bh_jw *w, const cause *c, int decimals) {
  char was[32], now[32], diff[32], q0[32], q1[32];
  int64_t d;
  if (__builtin_sub_overflow(c->amount[1], c->amount[0], &d)) return;
  bh_money_format(was, c->amount[0], decimals);
  bh_money_format(now, c->amount[1], decimals);
  bh_money_format(diff, d, decimals);
  bh_buf text;
  bh_buf_init(&text, 4096);
  bh_buf_puts(&text, c->name);
  bool same_quantity = bh_ratio_cmp(c->quantity[0], c->quantity[1]) == 0;
  if (!c->there[0]) bh_buf_putz(&text, ": new");
  else if (!c->there[1]) bh_buf_putz(&text, ": not on this one");
  else if (c->periods[0] != c->periods[1]) /* a catch-up, or one of two billings: quantities would mislead */
    bh_buf_fmt(&text, ": %lld → %lld period%s", (long long)c->periods[0], (long long)c->periods[1], c->periods[1] == 1 ? "" : "s");
  else if (!c->counted) bh_buf_fmt(&text, ": %s → %s", was, now);
  else {
    bh_ratio_format_dec(q0, c->quantity[0], 4, NULL);
    bh_ratio_format_dec(q1, c->quantity[1], 4, NULL);
    if (!same_quantity) bh_buf_fmt(&text, ": %s → %s%s%.*s", q0, q1, c->unit.len ? " " : "", BH_STR_ARG(c->unit));
    if (!bh_str_eq(c->price[0], c->price[1]) && !bh_str_eqz(c->price[0], "*") && !bh_str_eqz(c->price[1], "*"))
      bh_buf_fmt(&text, "%s price %.*s → %.*s", same_quantity ? ":" : ",", BH_STR_ARG(c->price[0]), BH_STR_ARG(c->price[1]));
    else if (same_quantity) bh_buf_fmt(&text, ": %s → %s", was, now);
  }
  bh_buf_fmt(&text, " (%s%s)", d > 0 ? "+" : "", diff);
  bh_jw_str(w, bh_buf_str(&text));
  bh_buf_dispose(&text);
}

static bh_status put_mover(bh_jw *w, bh_arena *a, bh_store *s, const bh_review_doc *d, bh_error *err) {
  bh_report_doc now, last;
  causes c = {.a = a};
  bh_map_init(&c.map, a);
  bh_status st = bh_report_doc_of(&now, a, s, &d->row, d->client, err);
  if (st == BH_OK) st = bh_report_doc_of(&last, a, s, &d->last, d->client, err);
  if (st != BH_OK) return st;
  add_document(&c, 0, &last);
  add_document(&c, 1, &now);
  if (c.n > 1) qsort(c.list, c.n, sizeof *c.list, by_change);
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, d->client);
  bh_jw_key(w, "invoice"); bh_jw_str(w, now.id);
  bh_jw_key(w, "currency"); bh_jw_str(w, d->row.currency);
  bh_jw_key(w, "last"); bh_jw_money(w, d->last.total, d->last.decimals);
  bh_jw_key(w, "now"); bh_jw_money(w, d->row.total, d->row.decimals);
  bh_jw_key(w, "last_invoice"); bh_jw_str(w, last.id);
  bh_jw_key(w, "why");
  bh_jw_arr(w);
  for (size_t i = 0; i < c.n && i < WHY_MAX && change(c.list[i]) > 0; i++) put_cause(w, c.list[i], d->row.decimals);
  bh_jw_arr_end(w);
  bh_jw_obj_end(w);
  return BH_OK;
}

/* In thousandths of the major unit, so that currencies compare as numbers of about one size. */
static bh_i128 weight(const bh_review_doc *d) {
  bh_i128 diff = (bh_i128)d->row.total - d->last.total;
  if (diff < 0) diff = -diff;
  for (int i = d->row.decimals; i < 3; i++) diff *= 10;
  return diff;
}

bh_status bh_review_movers(bh_jw *w, bh_store *s, const bh_review_doc *docs, size_t n, bh_error *err) {
  const bh_review_doc *top[MOVERS_MAX + 1];
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (docs[i].last.doc == 0 || docs[i].last.total == docs[i].row.total) continue;
    size_t at = count;
    while (at > 0 && weight(top[at - 1]) < weight(&docs[i])) at--;
    for (size_t k = count; k > at; k--) top[k] = top[k - 1];
    top[at] = &docs[i];
    if (count < MOVERS_MAX) count++;
  }
  bh_status st = BH_OK;
  bh_arena a;
  bh_arena_init(&a);
  bh_jw_key(w, "movers");
  bh_jw_arr(w);
  for (size_t i = 0; i < count && st == BH_OK; i++) {
    bh_arena_reset(&a);
    st = put_mover(w, &a, s, top[i], err);
  }
  bh_jw_arr_end(w);
  bh_arena_dispose(&a);
  return st;
}
