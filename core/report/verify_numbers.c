/* Numbers: none twice, none missing in its series. */
#include "report/verify.h"

#include <stdlib.h>

typedef struct series { bh_str prefix, suffix, name; int64_t last; uint8_t *seen; } series;
typedef struct series_list { bh_verify *v; series *items; size_t n, cap; } series_list;

/* "INV-2026-{seq:6}": what stands before and behind the counter. A series without one is all prefix. */
static bh_status add_series(void *ctx, bh_str name, int64_t last, bh_error *err) {
  series_list *l = ctx;
  bh_arena *a = &l->v->arena;
  (void)err;
  if (l->n == l->cap) {
    size_t cap = l->cap ? l->cap * 2 : 8;
    series *bigger = BH_NEWN(a, series, cap);
    if (l->n) memcpy(bigger, l->items, l->n * sizeof *bigger);
    l->items = bigger;
    l->cap = cap;
  }
  series *s = &l->items[l->n++];
  *s = (series){.name = bh_arena_str(a, name), .last = last};
  s->prefix = s->name;
  for (size_t i = 0; i + 5 <= s->name.len; i++) {
    const char *close = memcmp(s->name.ptr + i, "{seq", 4) == 0 ? memchr(s->name.ptr + i, '}', s->name.len - i) : NULL;
    if (close == NULL) continue;
    s->prefix = (bh_str){s->name.ptr, i};
    s->suffix = (bh_str){close + 1, (size_t)(s->name.ptr + s->name.len - close - 1)};
    break;
  }
  enum { SERIES_MAX = 100 * 1000 * 1000 };
  if (last > 0 && last <= SERIES_MAX) s->seen = BH_NEWN(a, uint8_t, (size_t)last / 8 + 1);
  return BH_OK;
}

static bool counter_of(int64_t *out, const series *s, bh_str number) {
  size_t around = s->prefix.len + s->suffix.len;
  bh_dec d;
  if (number.len <= around || !bh_str_starts(number, s->prefix)) return false;
  bh_str digits = {number.ptr + s->prefix.len, number.len - around};
  bh_str tail = {digits.ptr + digits.len, s->suffix.len};
  if (!bh_str_eq(tail, s->suffix) || digits.ptr[0] < '0' || digits.ptr[0] > '9' || !bh_dec_parse(&d, digits, 0)) return false;
  *out = d.coef;
  return true;
}

static void place(bh_verify *v, series_list *l, bh_str number) {
  series *best = NULL;
  int64_t at = 0, n;
  for (size_t i = 0; i < l->n; i++)
    if (counter_of(&n, &l->items[i], number) && (best == NULL || l->items[i].prefix.len > best->prefix.len)) {
      best = &l->items[i];
      at = n;
    }
  if (best == NULL) bh_verify_problem(v, BH_VERIFY_NUMBERS, "%.*s belongs to no series of numbers", BH_STR_ARG(number));
  else if (at < 1 || at > best->last)
    bh_verify_problem(v, BH_VERIFY_NUMBERS, "%.*s lies outside its series, which has come to %lld", BH_STR_ARG(number), (long long)best->last);
  else if (best->seen != NULL) best->seen[at / 8] |= (uint8_t)(1 << at % 8);
}

bh_status bh_verify_numbers(bh_verify *v, bh_error *err) {
  series_list l = {.v = v};
  bh_buf before;
  bh_buf_init(&before, 65536);
  bh_status st = bh_store_series_each(v->store, add_series, &l, err);
  if (st == BH_OK) st = bh_sorter_finish(v->numbers, err);
  while (st == BH_OK) {
    bh_str number, doc;
    bool more = false;
    st = bh_sorter_next(v->numbers, &number, &doc, &more, err);
    if (st != BH_OK || !more) break;
    if (before.len && bh_str_eq(bh_buf_str(&before), number))
      bh_verify_problem(v, BH_VERIFY_NUMBERS, "the number %.*s was given twice", BH_STR_ARG(number));
    bh_buf_clear(&before);
    bh_buf_puts(&before, number);
    place(v, &l, number);
  }
  bh_buf_dispose(&before);
  for (size_t i = 0; i < l.n && st == BH_OK; i++)
    for (int64_t k = 1; l.items[i].seen != NULL && k <= l.items[i].last; k++)
      if (!(l.items[i].seen[k / 8] & 1 << k % 8))
        bh_verify_problem(v, BH_VERIFY_NUMBERS, "number %lld is missing in the series %.*s", (long long)k, BH_STR_ARG(l.items[i].name));
  return st;
}
