#include "report/tabular.h"
#include "report/csv.h"
#include <stdlib.h>

void bh_tabular_init(bh_tabular *t, const char *name_key, const char *const *keys, size_t n) {
  *t = (bh_tabular){.name_key = name_key, .keys = keys, .key_count = n};
  bh_require(n <= BH_TABULAR_SUMS_MAX);
  bh_arena_init(&t->arena);
  bh_map_init(&t->index, &t->arena);
  bh_buf_init(&t->key, 1 << 20);
}

void bh_tabular_dispose(bh_tabular *t) {
  bh_buf_dispose(&t->key);
  bh_arena_dispose(&t->arena);
}

bh_tabular_row *bh_tabular_row_of(bh_tabular *t, bh_str name, bh_str currency, int32_t decimals) {
  bh_buf_clear(&t->key);
  bh_buf_puts(&t->key, currency);
  bh_buf_putc(&t->key, '\n');
  bh_buf_puts(&t->key, name);
  bh_tabular_row **slot = (bh_tabular_row **)bh_map_ref(&t->index, bh_buf_str(&t->key));
  if (*slot != NULL) return *slot;
  if (t->count == t->cap) {
    size_t cap = t->cap ? t->cap * 2 : 64;
    bh_tabular_row **bigger = BH_NEWN(&t->arena, bh_tabular_row *, cap);
    if (t->count) memcpy(bigger, t->rows, t->count * sizeof *bigger);
    t->rows = bigger;
    t->cap = cap;
  }
  bh_tabular_row *row = *slot = t->rows[t->count++] = BH_NEW(&t->arena, bh_tabular_row);
  row->name = bh_arena_str(&t->arena, name);
  row->decimals = decimals;
  snprintf(row->currency, sizeof row->currency, "%.*s", BH_STR_ARG(currency));
  return row;
}

bh_status bh_tabular_add(bh_tabular_row *row, size_t key, int64_t amount, bh_error *err) {
  if (bh_money_add(&row->sums[key], amount)) return BH_OK;
  return bh_fail(err, BH_E_OVERFLOW, "%.*s: a sum in %s does not fit a number", BH_STR_ARG(row->name), row->currency);
}

static int order(const void *x, const void *y) {
  const bh_tabular_row *a = *(bh_tabular_row *const *)x, *b = *(bh_tabular_row *const *)y;
  int c = bh_str_cmp(a->name, b->name);
  return c ? c : strcmp(a->currency, b->currency);
}

static bool empty(const bh_tabular *t, const bh_tabular_row *row) {
  for (size_t k = 0; k < t->key_count; k++)
    if (row->sums[k] != 0) return false;
  return true;
}

static void put_csv(bh_buf *out, const bh_tabular *t) {
  bh_buf_fmt(out, "%s,currency", t->name_key);
  for (size_t k = 0; k < t->key_count; k++) bh_buf_fmt(out, ",%s", t->keys[k]);
  bh_buf_putz(out, "\r\n");
  for (size_t i = 0; i < t->count; i++) {
    const bh_tabular_row *row = t->rows[i];
    if (empty(t, row)) continue;
    bh_csv_text(out, row->name);
    bh_buf_fmt(out, ",%s", row->currency);
    for (size_t k = 0; k < t->key_count; k++) {
      char text[32];
      bh_money_format(text, row->sums[k], row->decimals);
      bh_buf_fmt(out, ",%s", text);
    }
    bh_buf_putz(out, "\r\n");
  }
}

static void put_row(bh_jw *w, const bh_tabular *t, const char *name_key, const bh_tabular_row *row) {
  bh_jw_obj(w);
  if (name_key != NULL) {
    bh_jw_key(w, name_key); bh_jw_str(w, row->name);
  }
  bh_jw_key(w, "currency"); bh_jw_z(w, row->currency);
  for (size_t k = 0; k < t->key_count; k++) {
    bh_jw_key(w, t->keys[k]); bh_jw_money(w, row->sums[k], row->decimals);
  }
  bh_jw_obj_end(w);
}

static bh_status put_json(bh_buf *out, bh_tabular *t, void (*head)(bh_jw *w, const void *ctx), const void *ctx, bh_error *err) {
  bh_tabular totals;
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  head(&w, ctx);
  bh_jw_key(&w, "rows");
  bh_jw_arr(&w);
  bh_tabular_init(&totals, "", t->keys, t->key_count);
  bh_status st = BH_OK;
  for (size_t i = 0; i < t->count; i++) {
    const bh_tabular_row *row = t->rows[i];
    if (empty(t, row)) continue;
    put_row(&w, t, t->name_key, row);
    bh_tabular_row *total = bh_tabular_row_of(&totals, BH_S("total"), bh_str_c(row->currency), row->decimals);
    for (size_t k = 0; k < t->key_count && st == BH_OK; k++) st = bh_tabular_add(total, k, row->sums[k], err);
  }
  bh_jw_arr_end(&w);
  if (totals.count) qsort(totals.rows, totals.count, sizeof *totals.rows, order);
  bh_jw_key(&w, "totals");
  bh_jw_arr(&w);
  for (size_t i = 0; i < totals.count; i++) put_row(&w, t, NULL, totals.rows[i]);
  bh_jw_arr_end(&w);
  bh_jw_obj_end(&w);
  bh_buf_putc(out, '\n');
  bh_tabular_dispose(&totals);
  return st;
}

bh_status bh_tabular_write(const billhook_out *out, bh_tabular *t, bool csv, void (*head)(bh_jw *w, const void *ctx), const void *ctx, bh_error *err) {
  bh_buf text;
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  if (t->count) qsort(t->rows, t->count, sizeof *t->rows, order);
  bh_status st = BH_OK;
  if (csv) put_csv(&text, t);
  else st = put_json(&text, t, head, ctx, err);
  if (st == BH_OK && text.failed) st = bh_fail(err, BH_E_OVERFLOW, "the report is too large to print");
  if (st == BH_OK) bh_out_buf(out, &text);
  bh_buf_dispose(&text);
  return st;
}
